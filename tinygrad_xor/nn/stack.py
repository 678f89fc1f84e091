"""Layers in a row: which they are, how they fit together, and their parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.activations import linear
from tinygrad_xor.nn.layer import Input, Layer, Shape, as_array, as_shape
from tinygrad_xor.nn.layers import Activation, Dense, Dropout, Flatten
from tinygrad_xor.nn.weights import HasWeights
from tinygrad_xor.seeds import generator


class Stack(HasWeights):
    """What a `Sequential` is before it learns: layers, each made for what the one before gives.

    Args:
        layers: the layers, first to last; an `Input` may stand before them.
        seed: of the random weights of all layers, of the order of the examples, and of dropout.
    """

    def __init__(
        self,
        layers: Iterable[Layer | Input] = (),
        *,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        self.layers: list[Layer] = []
        #: The shape of one example that comes in, ``(features,)``; ``None`` until it is known.
        self.input_shape: Shape | None = None
        #: Draws the weights of layers that have no seed of their own, and the order of examples.
        self.rng = generator(seed)
        self._output_shape: Shape | None = None
        for layer in layers:
            self.add(layer)

    def add(self, layer: Layer | Input) -> None:
        """Put `layer` at the end. Its weights are made as soon as its input shape is known.

        A layer of another network brings its weights along, and both networks share them.

        Raises:
            TypeError: if it is not a layer.
            ValueError: if it is in the network already, does not fit the layer before it, or is an
                `Input` that does not come first.
        """
        if isinstance(layer, Input):
            if self.layers or self.input_shape is not None:
                raise ValueError(f"{layer!r} comes before all layers, not after {self.layers}")
            self.input_shape = self._output_shape = layer.shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"a network is made of layers, such as Dense(5), not of {layer!r}")
        if not hasattr(layer, "built"):
            raise TypeError(f"{type(layer).__name__}.__init__ must call super().__init__()")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer!r} is in this network already: make another one")
        if any(layer.given_name == other.name for other in self.layers):
            raise ValueError(f"there is a layer called {layer.name!r} in this network already")
        self.layers.append(layer)
        if layer.given_name is None:
            layer.name = f"{type(layer).__name__.lower()}_{self._number(layer)}"
        if len(self.layers) == 1 and self.input_shape is None:
            self.input_shape = self._output_shape = layer.input_shape
        if self._output_shape is not None:
            self._build(layer)

    def pop(self) -> Layer:
        """Take the last layer away. As after `add`, the optimizer starts afresh.

        Raises:
            ValueError: if there is none.
        """
        if not self.layers:
            raise ValueError("there is no layer to take away")
        last = self.layers.pop()
        if self.input_shape is not None:
            self._output_shape = self.input_shape
            for layer in self.layers:
                self._output_shape = layer.compute_output_shape(self._output_shape)
        return last

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name, or at this place.

        Raises:
            ValueError: if there is none, with the names that there are.
        """
        if index is not None and -len(self.layers) <= index < len(self.layers):
            return self.layers[index]
        for layer in self.layers:
            if index is None and layer.name == name:
                return layer
        raise ValueError(
            f"there is no layer {name if index is None else index!r}: there are "
            f"{', '.join(layer.name for layer in self.layers)}"
        )

    def build(self, input_shape: int | tuple[int | None, ...]) -> None:
        """Make the weights of all layers for examples of `input_shape`.

        As in Keras, the shape may begin with ``None`` for the batch.
        """
        sizes = input_shape if isinstance(input_shape, tuple) else (input_shape,)
        self.input_shape = self._output_shape = as_shape(
            tuple(n for i, n in enumerate(sizes) if i or n is not None)  # type: ignore[misc]
        )
        for layer in self.layers:
            self._build(layer)

    def _build(self, layer: Layer) -> None:
        assert self._output_shape is not None
        if not layer.built:
            layer.build(self._output_shape, self.rng, number=self._number(layer))
        elif layer.input_shape != self._output_shape:
            raise ValueError(
                f"{layer!r} has weights for examples of shape {layer.input_shape}, and is given "
                f"{self._output_shape}"
            )
        self._output_shape = layer.compute_output_shape(self._output_shape)

    def _number(self, layer: Layer) -> int:
        same = [other for other in self.layers if type(other) is type(layer)]
        return 1 + next(i for i, other in enumerate(same) if other is layer)

    def __call__(self, x: Any, training: bool = False) -> Value:
        """The network's output for inputs of shape ``(batch, features)``.

        Args:
            x: the inputs, an array or a Value.
            training: whether the network is learning just now, which matters to `Dropout`.

        Raises:
            ValueError: if there are no layers, or `x` does not fit the first one.
        """
        self.refuse_no_layers()
        x = as_array(x)
        if self.input_shape is None:
            self.build(x.shape[1:])
        for layer in self.layers:
            x = layer(x, training)
        return x if type(x) is Value else Value(x)  # plain, if no layer computes with Values

    def refuse_no_layers(self) -> None:
        """Refuse to compute anything without layers.

        Raises:
            ValueError: if there are none.
        """
        if not self.layers:
            raise ValueError("a network needs a layer: add(Dense(1)) puts one in")

    def dense_layers(self) -> list[Dense]:
        """The layers, if all are `Dense`; `Dropout`, which does nothing after training, left out.

        Raises:
            ValueError: if there are other layers.
        """
        dense = []
        for layer in self.layers:
            if isinstance(layer, Dense):
                dense.append(layer)
            elif not isinstance(layer, Dropout):
                raise ValueError(f"this needs a network of Dense layers, and {layer!r} is in it")
        return dense

    def output_layer(self) -> Dense | Activation | None:
        """The layer whose activation gives the outputs; ``None`` if there is none that is known."""
        for layer in reversed(self.layers):
            if isinstance(layer, Dense) or (
                isinstance(layer, Activation) and layer.activation is not linear
            ):
                return layer
            if not isinstance(layer, (Activation, Dropout, Flatten)):
                return None
        return None

    @property
    def output_shape(self) -> Shape | None:
        """The shape of one example that comes out; ``None`` until it is known."""
        return self._output_shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(map(repr, self.layers))}])"

    # -- parameters -------------------------------------------------------------------------------

    def parameters(self) -> list[Value]:
        """The parameters of all layers, first to last."""
        return [p for layer in self.layers for p in layer.parameters()]

    @property
    def weights(self) -> list[Value]:
        """The weights of all layers: parameters, and what else training changes."""
        return [w for layer in self.layers for w in layer.weights]

    def trainable_parameters(self) -> list[Value]:
        """The parameters of the layers that are not frozen."""
        return [p for layer in self.layers if layer.trainable for p in layer.parameters()]

    def penalties(self) -> list[Any]:
        """What its layers add to the loss."""
        return [penalty for layer in self.layers for penalty in layer.penalties()]

    @property
    def trainable(self) -> bool:
        """Whether a layer learns. Set it to freeze all layers, or none."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, new: bool) -> None:
        for layer in self.layers:
            layer.trainable = new

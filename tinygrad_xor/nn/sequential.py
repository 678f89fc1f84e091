"""A network whose layers stand in a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.architecture import NETWORKS
from tinygrad_xor.nn.layer import Input, Layer, as_array, as_shape
from tinygrad_xor.nn.model import Model
from tinygrad_xor.nn.network import Call, Network
from tinygrad_xor.nn.symbolic import Shape, SymbolicTensor


class Sequential(Model):
    """Layers in a row: the output of each is the input of the next.

    Args:
        layers: the layers, first to last; an `Input` may stand before them. A network among them
            is one layer.
        seed: of the random weights of all layers, of the order of the examples, and of dropout.
        name: how `get_layer` of another network finds it.

    >>> import numpy as np
    >>> from tinygrad_xor.nn import Dense
    >>> model = Sequential([Dense(5, input_dim=2, activation="relu"), Dense(1)], seed=0)
    >>> model(np.array([[0.0, 1.0]])).shape
    (1, 1)
    >>> model.count_parameters()
    21
    """

    def __init__(
        self,
        layers: Iterable[Layer | Input] = (),
        *,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
    ) -> None:
        Network.__init__(self, seed=seed, name=name)
        self.gives = [0]
        for layer in layers:
            self.add(layer)

    if TYPE_CHECKING:  # it has one output, where others may have several

        @overload
        def __call__(self, x: SymbolicTensor, training: bool = ...) -> SymbolicTensor: ...
        @overload
        def __call__(self, x: Any, training: bool = ...) -> Value: ...
        def __call__(self, x: Any, training: bool = False) -> Any:
            """The network's output."""

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
            self.input_shape, self.built = layer.of_one, True
            return
        shape = self.output_shape
        self.append(layer)
        if self.input_shape is None and len(self.layers) == 1:
            shape = self.input_shape = layer.input_shape
        self.built = self.input_shape is not None
        if shape is not None:
            self._build(layer, shape)

    def append(self, layer: Layer) -> None:
        """Put `layer` at the end, and make no weights.

        Raises:
            TypeError: if it is not a layer.
            ValueError: if it cannot stand there.
        """
        if not isinstance(layer, Layer):
            raise TypeError(f"a network is made of layers, such as Dense(5), not of {layer!r}")
        if not hasattr(layer, "given_name"):
            raise TypeError(f"{type(layer).__name__}.__init__ must call super().__init__()")
        if isinstance(layer, Network) and (layer.takes_list or layer.gives_list):
            raise ValueError(
                f"{layer.name} has several inputs or outputs: call it on tensors, for a Model"
            )
        if layer is self or (isinstance(layer, Network) and layer.holds(self)):
            raise ValueError(f"{layer.name} would be in itself: it is, or holds, {self.name}")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer!r} is in this network already: make another one")
        if any(layer.given_name == other.name for other in self.layers):
            raise ValueError(f"there is a layer called {layer.name!r} in this network already")
        number = len(self.layers)
        self.layers.append(layer)
        self.calls.append(Call(layer, number, (number,)))
        self.gives, self._put_together = [number + 1], None
        if layer.given_name is None:
            layer.name = f"{layer.default_name}_{self._number(layer)}"

    def pop(self) -> Layer:
        """Take the last layer away. As after `add`, the optimizer starts afresh.

        Raises:
            ValueError: if there is none.
        """
        if not self.layers:
            raise ValueError("there is no layer to take away")
        self.gives, self._put_together = [len(self.layers) - 1], None
        self.calls.pop()
        return self.layers.pop()

    def build(
        self,
        input_shape: int | tuple[int | None, ...],
        rng: np.random.Generator | None = None,
        number: int | None = None,
    ) -> None:
        """Make the weights of all layers for examples of `input_shape`.

        As in Keras, the shape may begin with ``None`` for the batch. They are drawn from the seed
        of the network; one without, inside of another network, draws them from `rng`.
        """
        sizes = input_shape if isinstance(input_shape, tuple) else (input_shape,)
        self.input_shape = as_shape(
            tuple(n for i, n in enumerate(sizes) if i or n is not None)  # type: ignore[misc]
        )
        self.built = True
        if rng is not None and not self._has_seed:
            self.rng = rng
        shape = self.input_shape
        for layer in self.layers:
            self._build(layer, shape)
            shape = layer.compute_output_shape(shape)

    def inputs_of(self, x: Any) -> list[Any]:
        """The input, as an array or a Value; the weights are made for it, if there are none."""
        x = as_array(x)
        if self.input_shape is None:
            self.build(x.shape[1:])
        return [x]

    def _build(self, layer: Layer, shape: Shape) -> None:
        layer.check_shape(shape)
        if not layer.built:
            layer.build(shape, self.rng, number=self._number(layer))

    def _number(self, layer: Layer) -> int:
        same = [other for other in self.layers if type(other) is type(layer)]
        return 1 + next(i for i, other in enumerate(same) if other is layer)


NETWORKS["Sequential"] = Sequential

"""Layers made of layers: which they are, and their parameters."""

from __future__ import annotations

from typing import Any

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.layer import Layer
from tinygrad_xor.nn.layers import Dense, Dropout


class Container(Layer):
    """A layer that has others in it.

    Args:
        name: how `get_layer` of another one finds it.
    """

    def __init__(self, *, name: str | None = None) -> None:
        #: The layers, each once; a network among them counts as one.
        self.layers: list[Layer] = []
        super().__init__(name=name)

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

    def refuse_no_layers(self) -> None:
        """Refuse to compute anything without layers.

        Raises:
            ValueError: if there are none.
        """
        if not self.layers:
            raise ValueError("a network needs a layer: add(Dense(1)) puts one in")

    @property
    def flat_layers(self) -> list[Layer]:
        """The layers, with those of a network among them in its place; each once."""
        found: dict[int, Layer] = {}
        for layer in self.layers:
            if isinstance(layer, Container):
                found.update((id(one), one) for one in layer.flat_layers)
            else:
                found[id(layer)] = layer
        return list(found.values())

    def holds(self, layer: Layer) -> bool:
        """Whether the layer is in this network, or in one of its networks."""
        return any(
            one is layer or (isinstance(one, Container) and one.holds(layer)) for one in self.layers
        )

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

    def parameters(self) -> list[Value]:
        """The parameters of all layers, first to last."""
        return [p for layer in self.flat_layers for p in layer.parameters()]

    def named_parameters(self) -> dict[str, Value]:
        """The parameters of all layers, by the number of the layer and their name."""
        layers = enumerate(self.flat_layers)
        return {f"{i}.{k}": p for i, layer in layers for k, p in layer.named_parameters().items()}

    def named_weights(self) -> dict[str, Value]:
        """The weights of all layers, by the number of the layer and their name."""
        layers = enumerate(self.flat_layers)
        return {f"{i}.{k}": p for i, layer in layers for k, p in layer.named_weights().items()}

    def trainable_parameters(self) -> list[Value]:
        """The parameters of the layers that are not frozen."""
        return [p for layer in self.flat_layers if layer.trainable for p in layer.parameters()]

    def penalties(self) -> list[Any]:
        """What its layers add to the loss."""
        return [penalty for layer in self.flat_layers for penalty in layer.penalties()]

    @property
    def trainable(self) -> bool:
        """Whether a layer learns. Set it to freeze all layers, or none."""
        return any(layer.trainable for layer in self.flat_layers)

    @trainable.setter
    def trainable(self, new: bool) -> None:
        for layer in self.flat_layers:
            layer.trainable = new

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(map(repr, self.layers))}])"

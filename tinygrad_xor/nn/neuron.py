"""A neuron, made of scalars, and a neuron of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.activations import ActivationFunction
from tinygrad_xor.seeds import generator


class Neuron:
    """One neuron, made of scalars: ``activation(w₁x₁ + w₂x₂ + … + bias)``.

    Args:
        n_inputs: how many numbers come in.
        activation: a name (``"relu"``), a function of a Value, or ``None``.
        seed: of the random weights, uniform in ±1 as in micrograd.

    >>> neuron = Neuron(2, "relu", seed=0)
    >>> out = neuron([1.0, 0.0])
    >>> out.backward()
    >>> [w.grad for w in neuron.weights], neuron.bias.grad
    ([1.0, 0.0], 1.0)
    """

    def __init__(
        self,
        n_inputs: int,
        activation: str | ActivationFunction | None = None,
        *,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        rng = generator(seed)
        self.activation = activations.get(activation)
        #: One Value for each input.
        self.weights = [Value(w, label=f"w{i}") for i, w in enumerate(rng.uniform(-1, 1, n_inputs))]
        #: A Value, 0 at first.
        self.bias = Value(0.0, label="b")

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """The neuron's output for `inputs`: numbers, or the Values of other neurons."""
        if len(inputs) != len(self.weights):
            raise ValueError(f"a neuron of {len(self.weights)} inputs was given {len(inputs)}")
        total: Any = self.bias
        for w, x in zip(self.weights, inputs, strict=True):
            total = total + w * x
        return self.activation(total)

    def parameters(self) -> list[Value]:
        """The weights and the bias."""
        return [*self.weights, self.bias]

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {activations.name_of(self.activation)!r})"


class NeuronOfLayer(Neuron):
    """One neuron of a `Dense` layer. It has no weights of its own: it reads the layer's."""

    def __init__(
        self, kernel: Value, bias: Value | None, index: int, activation: ActivationFunction
    ) -> None:
        self.activation = activation
        self._kernel, self._bias, self._index = kernel, bias, index

    @property
    def weights(self) -> list[Value]:  # type: ignore[override]
        """The weights, taken from a column of the kernel: gradients flow back into it."""
        return list(self._kernel[:, self._index])

    @property
    def bias(self) -> Any:  # type: ignore[override]
        """The bias, taken from an element of the layer's."""
        return 0.0 if self._bias is None else self._bias[self._index]

    def parameters(self) -> list[Value]:
        """The layer's parameters, which this neuron shares with its neighbours."""
        return [p for p in (self._kernel, self._bias) if p is not None]

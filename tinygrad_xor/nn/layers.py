"""A neuron, and a layer of neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.products import matmul
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.nn import activations, initializers
from tinygrad_xor.nn.activations import Activation
from tinygrad_xor.nn.initializers import Initializer


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
        activation: str | Activation | None = None,
        *,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        rng = np.random.default_rng(seed)
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

    def __init__(self, layer: Dense, index: int) -> None:
        self.layer = layer
        self.index = index
        self.activation = layer.activation

    @property
    def weights(self) -> list[Value]:  # type: ignore[override]
        """The weights, taken from column `index` of the kernel: gradients flow back into it."""
        return list(self.layer.kernel[:, self.index])

    @property
    def bias(self) -> Any:  # type: ignore[override]
        """The bias, taken from element `index` of the layer's."""
        return 0.0 if self.layer.bias is None else self.layer.bias[self.index]

    def parameters(self) -> list[Value]:
        """The layer's parameters, which this neuron shares with its neighbours."""
        return self.layer.parameters()

    def __repr__(self) -> str:
        return f"neuron {self.index} of {self.layer!r}"


class Dense:
    """A fully connected layer: ``activation(x @ kernel + bias)``.

    Args:
        units: the number of neurons.
        activation: a name (``"relu"``), a function of a Value, or ``None``.
        input_dim: the number of inputs; without it, the first input decides.
        kernel_initializer: a name or a function of a random generator and a shape.
        bias_initializer: the same, for the bias.
        use_bias: whether there is one.
        seed: of the random weights.

    The kernel has shape ``(input_dim, units)``, the bias ``(units,)``. Inputs have shape
    ``(..., input_dim)`` and outputs ``(..., units)``.

    >>> layer = Dense(3, activation="tanh", input_dim=2, seed=0)
    >>> layer(np.ones((4, 2))).shape
    (4, 3)
    >>> [p.shape for p in layer.parameters()]
    [(2, 3), (3,)]
    """

    def __init__(
        self,
        units: int,
        activation: str | Activation | None = None,
        input_dim: int | None = None,
        *,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        use_bias: bool = True,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        if not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(f"a layer needs one neuron or more, not {units!r}")
        self.units = int(units)
        self.activation = activations.get(activation)
        self.input_dim = input_dim
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.use_bias = use_bias
        #: ``"dense"``, with the number of the layer behind it once it is built.
        self.name = "dense"
        self.seed = seed
        self._kernel: Value | None = None
        self._bias: Value | None = None

    def build(
        self, input_dim: int, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the weights for `input_dim` inputs, drawn from the layer's seed, else from `rng`.

        In pictures they are called W and b, with the `number` of the layer behind it.
        """
        if self.input_dim not in (None, input_dim):
            raise ValueError(f"{self!r} was made for {self.input_dim} inputs, not {input_dim}")
        if self.seed is not None or rng is None:
            rng = np.random.default_rng(self.seed)
        suffix = "" if number is None else str(number)
        if number is not None:
            self.name = f"dense_{number}"
        self.input_dim = input_dim
        self._kernel = Value(
            self.kernel_initializer(rng, (input_dim, self.units)), label=f"W{suffix}"
        )
        if self.use_bias:
            self._bias = Value(self.bias_initializer(rng, (self.units,)), label=f"b{suffix}")

    @property
    def kernel(self) -> Value:
        """The weights, of shape ``(input_dim, units)``."""
        if self._kernel is None:
            if self.input_dim is None:
                raise ValueError(
                    f"{self!r} has no weights yet: it does not know how many inputs it has. "
                    "Pass input_dim=, or call it once"
                )
            self.build(self.input_dim)
        assert self._kernel is not None
        return self._kernel

    @property
    def bias(self) -> Value | None:
        """The biases, of shape ``(units,)``; ``None`` without them."""
        return self._bias if self._kernel is not None or self.kernel is not None else None

    def __call__(self, x: Any) -> Value:
        """The layer's output, of shape ``(..., units)``, for inputs of shape ``(..., input_dim)``.

        Raises:
            ValueError: if the last axis of `x` does not have `input_dim` elements.
        """
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        if self.input_dim is None and shape:
            self.build(shape[-1])
        if not shape or shape[-1] != self.input_dim:
            raise ValueError(f"{self!r} takes inputs of shape (..., {self.input_dim}), not {shape}")
        with scope(self.name):
            z = matmul(x, self.kernel)
            if self.bias is not None:
                z = z + self.bias
            return self.activation(z)

    @property
    def neurons(self) -> list[Neuron]:
        """The layer's neurons, one for each unit; they share the layer's weights."""
        return [NeuronOfLayer(self, index) for index in range(self.units)]

    def parameters(self) -> list[Value]:
        """The kernel and, if there is one, the bias."""
        return [self.kernel] if self.bias is None else [self.kernel, self.bias]

    def __repr__(self) -> str:
        return f"Dense({self.units}, {activations.name_of(self.activation)!r})"

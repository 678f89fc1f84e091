"""Layers: what a network is made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.products import matmul
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.nn import activations, initializers
from tinygrad_xor.nn.activations import Activation
from tinygrad_xor.nn.initializers import Initializer
from tinygrad_xor.nn.neuron import Neuron, NeuronOfLayer

Shape = tuple[int, ...]


class Input:
    """The shape of one example, as the first thing in a `Sequential`; no layer of its own.

    Args:
        shape: without the axis for the batch: ``(2,)``, or ``(8, 8)`` for small images.

    >>> Input(2).shape
    (2,)
    """

    def __init__(self, shape: int | Shape) -> None:
        self.shape = as_shape(shape)

    def __repr__(self) -> str:
        return f"Input({self.shape})"


class Layer:
    """What all layers share. A layer of your own defines `call`, and more if it learns.

    Attributes:
        name: unique within a network.
        trainable: whether its parameters learn. Set it to False to freeze the layer: its parameters
            then count as constants, and no gradient is computed for them.
        input_shape: of one example, without the batch; ``None`` until it is known.
        built: whether the parameters have been made.

    >>> class Double(Layer):
    ...     def call(self, x, training=False):
    ...         return x * 2
    >>> Double()(np.ones((1, 3))).tolist()
    [[2.0, 2.0, 2.0]]
    """

    def __init__(self, input_shape: int | Shape | None = None) -> None:
        self.name = type(self).__name__.lower()
        self.trainable = True
        self.input_shape = None if input_shape is None else as_shape(input_shape)
        self.built = False

    def call(self, x: Any, training: bool = False) -> Any:
        """The output for a batch. `training` says whether the network is learning just now."""
        raise TypeError(f"{type(self).__name__} does nothing: a layer defines call(x, training)")

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the parameters for examples of `input_shape`, drawn from `rng`.

        In a network `number` counts the layers of this kind, and ends the layer's name.
        """
        self.input_shape = input_shape
        self.built = True
        if number is not None:
            self.name = f"{type(self).__name__.lower()}_{number}"

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one example that comes out, without the batch."""
        return input_shape

    def named_parameters(self) -> dict[str, Value]:
        """The leaf Values that can learn, by the names they have in files; none for most layers."""
        return {}

    def parameters(self) -> list[Value]:
        """The leaf Values that can learn."""
        return list(self.named_parameters().values())

    def config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, as JSON can hold them."""
        return {}

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The layer's output for a batch, of shape ``(batch, ...)``."""
        if not self.built:
            self.build(np.shape(x)[1:])
        with scope(self.name):
            return self.call(x, training)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.config().items())
        return f"{type(self).__name__}({arguments})"


class Dense(Layer):
    """A fully connected layer: ``activation(x @ kernel + bias)``.

    Args:
        units: the number of neurons.
        activation: a name (``"relu"``), a function of a Value, or ``None``.
        input_dim: the number of inputs; without it, the first input decides.
        input_shape: the same as ``(input_dim,)``.
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
        input_shape: Shape | None = None,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        use_bias: bool = True,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        super().__init__(input_dim if input_shape is None else input_shape)
        if not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(f"a layer needs one neuron or more, not {units!r}")
        self.units = int(units)
        self.activation = activations.get(activation)
        self.input_dim = None if self.input_shape is None else self.input_shape[-1]
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.use_bias = use_bias
        self.seed = seed
        self._kernel: Value | None = None
        self._bias: Value | None = None

    def build(
        self,
        input_shape: int | Shape,
        rng: np.random.Generator | None = None,
        number: int | None = None,
    ) -> None:
        """Make the weights for `input_shape`, drawn from the layer's seed, else from `rng`.

        In pictures they are called W and b, with the `number` of the layer behind it.
        """
        shape = as_shape(input_shape)
        if self.input_dim not in (None, shape[-1]):
            raise ValueError(f"{self!r} was made for {self.input_dim} inputs, not {shape[-1]}")
        super().build(shape, rng, number)
        self.input_dim = shape[-1]
        if self.seed is not None or rng is None:
            rng = np.random.default_rng(self.seed)
        suffix = "" if number is None else str(number)
        kernel = self.kernel_initializer(rng, (self.input_dim, self.units))
        self._kernel = Value(kernel, label=f"W{suffix}")
        if self.use_bias:
            self._bias = Value(self.bias_initializer(rng, (self.units,)), label=f"b{suffix}")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The last axis becomes `units` long."""
        return (*input_shape[:-1], self.units)

    @property
    def kernel(self) -> Value:
        """The weights, of shape ``(input_dim, units)``."""
        if self._kernel is None:
            if self.input_dim is None:
                raise ValueError(
                    f"{self!r} has no weights yet: it does not know how many inputs it has. "
                    "Pass input_dim=, or call it once"
                )
            self.build(self.input_shape or self.input_dim)
        assert self._kernel is not None
        return self._kernel

    @property
    def bias(self) -> Value | None:
        """The biases, of shape ``(units,)``; ``None`` without them."""
        return self._bias if self._kernel is not None or self.kernel is not None else None

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The layer's output, of shape ``(..., units)``, for inputs of shape ``(..., input_dim)``.

        Raises:
            ValueError: if the last axis of `x` does not have `input_dim` elements.
        """
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        if self.input_dim is None and shape:
            self.build(shape[-1:])
        if not shape or shape[-1] != self.input_dim:
            raise ValueError(f"{self!r} takes inputs of shape (..., {self.input_dim}), not {shape}")
        with scope(self.name):
            return self.call(x)

    def call(self, x: Any, training: bool = False) -> Any:
        """The formula; the weights of a frozen layer are constants in it."""
        kernel, bias = self.kernel, self.bias
        z = matmul(x, kernel if self.trainable else kernel.data)
        if bias is not None:
            z = z + (bias if self.trainable else bias.data)
        return self.activation(z)

    @property
    def neurons(self) -> list[Neuron]:
        """The layer's neurons, one for each unit; they share the layer's weights."""
        return [NeuronOfLayer(self, index) for index in range(self.units)]

    def named_parameters(self) -> dict[str, Value]:
        """The kernel and, if there is one, the bias."""
        bias = self.bias
        return {"kernel": self.kernel} | ({} if bias is None else {"bias": bias})

    def config(self) -> dict[str, Any]:
        """The arguments, by names where they have names."""
        return {
            "units": self.units,
            "activation": activations.name_of(self.activation),
            "input_dim": self.input_dim,
            "use_bias": self.use_bias,
        }

    def __repr__(self) -> str:
        return f"Dense({self.units}, {activations.name_of(self.activation)!r})"


class Dropout(Layer):
    """Sets a random part of its inputs to zero while the network learns; else passes them on.

    So no neuron can rely on one other alone. What is kept is divided by ``1 - rate``, so that the
    expected sum stays the same (Srivastava et al., 2014, section 10, as in Keras).

    Args:
        rate: the part that is set to zero, at least 0 and below 1.
        input_shape: of one example, if it is the first layer.
        seed: of what is dropped.

    >>> layer = Dropout(0.5, seed=0)
    >>> layer(np.ones((1, 4)), training=True).tolist()
    [[2.0, 0.0, 0.0, 0.0]]
    >>> layer(np.ones((1, 4))).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """

    def __init__(
        self,
        rate: float,
        *,
        input_shape: int | Shape | None = None,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        super().__init__(input_shape)
        if not 0 <= rate < 1:
            raise ValueError(f"rate={rate!r}: the part that is dropped is at least 0 and below 1")
        self.rate = rate
        self._rng = None if seed is None else np.random.default_rng(seed)

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Take what is dropped from the layer's seed, else from `rng`."""
        super().build(input_shape, rng, number)
        self._rng = self._rng or rng or np.random.default_rng()

    def call(self, x: Any, training: bool = False) -> Any:
        """`x`, with holes in it while the network learns."""
        if not training or not self.rate:
            return x
        assert self._rng is not None
        kept = self._rng.random(x.shape) >= self.rate
        return x * (kept / (1 - self.rate))

    def config(self) -> dict[str, Any]:
        """The rate."""
        return {"rate": self.rate}


class Flatten(Layer):
    """Each example as one row of numbers: ``(batch, 8, 8)`` becomes ``(batch, 64)``.

    >>> Flatten()(np.ones((5, 8, 8))).shape
    (5, 64)
    """

    def call(self, x: Any, training: bool = False) -> Any:
        """`x` with all axes but the first made one."""
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The product of all lengths."""
        return (math.prod(input_shape),)


def as_shape(shape: int | Shape) -> Shape:
    """The shape of one example as a tuple of positive integers; 2 stands for ``(2,)``.

    Raises:
        ValueError: if a length is not 1 or more.
    """
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sizes or not all(isinstance(n, (int, np.integer)) and n > 0 for n in sizes):
        raise ValueError(
            f"the shape of an example has lengths of 1 or more, without the batch, not {shape!r}"
        )
    return tuple(int(n) for n in sizes)


#: What a file may name: `load` makes layers of no other classes.
LAYERS: dict[str, type[Layer]] = {"Dense": Dense, "Dropout": Dropout, "Flatten": Flatten}

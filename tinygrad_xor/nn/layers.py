"""The layers that a network is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import leaky_relu, relu
from tinygrad_xor.derivatives.products import matmul
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.nn import activations, initializers, regularizers
from tinygrad_xor.nn.initializers import Initializer
from tinygrad_xor.nn.layer import Layer, as_array, as_shape
from tinygrad_xor.nn.neuron import Neuron, NeuronOfLayer
from tinygrad_xor.nn.regularizers import Regularizer
from tinygrad_xor.nn.symbolic import Shape, called, is_symbolic
from tinygrad_xor.seeds import generator


class Dense(Layer):
    """A fully connected layer: ``activation(x @ kernel + bias)``.

    Args:
        units: the number of neurons.
        activation: a name (``"relu"``), a function of a Value, or ``None``.
        input_dim: the number of inputs; without it, the first input decides.
        input_shape: the same as ``(input_dim,)``.
        kernel_initializer: a name or a function of a random generator and a shape.
        bias_initializer: the same, for the bias.
        kernel_regularizer: what is added to the loss: a name (``"l2"``), an object of
            `regularizers` (``L2(0.1)``), a function of the kernel, or ``None``.
        use_bias: whether there is one.
        seed: of the random weights.
        name: how `get_layer` finds it.

    The kernel has shape ``(input_dim, units)``, the bias ``(units,)``. Inputs have shape
    ``(..., input_dim)`` and outputs ``(..., units)``.

    >>> layer = Dense(3, activation="tanh", input_dim=2, seed=0)
    >>> layer(np.ones((4, 2))).shape
    (4, 3)
    >>> [p.shape for p in layer.parameters()]
    [(2, 3), (3,)]
    """

    fixes_last_axis = True

    def __init__(
        self,
        units: int,
        activation: str | activations.ActivationFunction | None = None,
        input_dim: int | None = None,
        *,
        input_shape: Shape | None = None,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        kernel_regularizer: str | Regularizer | Mapping[str, float] | None = None,
        use_bias: bool = True,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_dim if input_shape is None else input_shape, name=name)
        if not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(f"a layer needs one neuron or more, not {units!r}")
        self.units = int(units)
        self.activation = activations.get(activation)
        self.input_dim = None if self.input_shape is None else self.input_shape[-1]
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
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
            rng = generator(self.seed)
        suffix = "" if number is None else str(number)
        shapes = self.weight_shapes(shape)
        self._kernel = Value(self.kernel_initializer(rng, shapes["kernel"]), label=f"W{suffix}")
        if self.use_bias:
            self._bias = Value(self.bias_initializer(rng, shapes["bias"]), label=f"b{suffix}")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The last axis becomes `units` long."""
        return (*input_shape[:-1], self.units)

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The kernel and, if there is one, the bias."""
        bias: dict[str, Shape] = {"bias": (self.units,)} if self.use_bias else {}
        return {"kernel": (input_shape[-1], self.units), **bias}

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
        if is_symbolic(x):
            return called(self, x)
        x = as_array(x)
        shape = x.shape
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
        return [
            NeuronOfLayer(self.kernel, self.bias, index, self.activation)
            for index in range(self.units)
        ]

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
            **regularizers.config_of(self.kernel_regularizer),
        }

    def __repr__(self) -> str:
        return f"Dense({self.units}, {activations.name_of(self.activation)!r})"


class Activation(Layer):
    """An activation function as a layer of its own.

    Args:
        activation: a name (``"relu"``) or a function of a Value.
        input_shape: of one example, if it is the first layer.
        name: how `get_layer` finds it.

    >>> Activation("relu")(np.array([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    def __init__(
        self,
        activation: str | activations.ActivationFunction,
        *,
        input_shape: int | Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        self.activation = activations.get(activation)

    def call(self, x: Any, training: bool = False) -> Any:
        """The function of `x`."""
        return self.activation(x)

    def config(self) -> dict[str, Any]:
        """The function, by name where it has one."""
        return {"activation": activations.name_of(self.activation)}


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
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        if not 0 <= rate < 1:
            raise ValueError(f"rate={rate!r}: the part that is dropped is at least 0 and below 1")
        self.rate = rate
        #: What draws the neurons that are dropped; ``None`` before the layer is built.
        self.rng = None if seed is None else generator(seed)

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Take what is dropped from the layer's seed, else from `rng`."""
        super().build(input_shape, rng, number)
        self.rng = self.rng or rng or np.random.default_rng()

    def call(self, x: Any, training: bool = False) -> Any:
        """`x`, with holes in it while the network learns."""
        if not training or not self.rate:
            return x
        assert self.rng is not None
        kept = self.rng.random(x.shape) >= self.rate
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


class ReLU(Layer):
    """``max(0, x)``, as a layer of its own.

    >>> ReLU()(np.array([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    def call(self, x: Any, training: bool = False) -> Any:
        """What is above 0."""
        return relu(x)


class LeakyReLU(Layer):
    """``x`` above 0, and ``negative_slope * x`` below, as a layer of its own.

    Args:
        negative_slope: 0.3, as in Keras; the activation ``"leaky_relu"`` has 0.01.
        input_shape: of one example, if it is the first layer.
        name: how `get_layer` finds it.

    >>> LeakyReLU()(np.array([[-1.0, 2.0]])).tolist()
    [[-0.3, 2.0]]
    """

    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        input_shape: int | Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        if not 0 <= negative_slope < math.inf:
            raise ValueError(f"negative_slope must be 0 or more, not {negative_slope!r}")
        self.negative_slope = negative_slope

    def call(self, x: Any, training: bool = False) -> Any:
        """The function of `x`."""
        return leaky_relu(x, self.negative_slope)

    def config(self) -> dict[str, Any]:
        """The slope."""
        return {"negative_slope": self.negative_slope}

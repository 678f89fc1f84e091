"""Layers that look at windows of their inputs: convolutions, and the largest number of each window.

The axes are Keras's: ``(batch, steps, channels)`` and ``(batch, rows, columns, channels)``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.products import matmul
from tinygrad_xor.engine import Value
from tinygrad_xor.nn import activations, initializers, regularizers
from tinygrad_xor.nn.initializers import Initializer
from tinygrad_xor.nn.layer import Layer
from tinygrad_xor.nn.regularizers import Regularizer
from tinygrad_xor.nn.symbolic import Shape
from tinygrad_xor.seeds import generator


class _Windows(Layer):
    """What looks at a window of `size`, moves it by `strides`, and looks again."""

    #: How many axes the window has.
    rank: int

    def __init__(
        self,
        size: int | Shape,
        strides: int | Shape,
        padding: str,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        #: How long the window is, along each axis.
        self.size = self._sizes("a window", size)
        #: By how much it moves.
        self.strides = self._sizes("strides", strides)
        if padding not in ("valid", "same"):
            raise ValueError(f"padding={padding!r}: there are 'valid' and 'same'")
        #: Whether all windows lie within, or the ends are filled up.
        self.padding = padding

    def _sizes(self, what: str, given: int | Shape) -> Shape:
        sizes = (given,) * self.rank if isinstance(given, (int, np.integer)) else tuple(given)
        if len(sizes) != self.rank or not all(
            isinstance(n, (int, np.integer)) and n > 0 for n in sizes
        ):
            raise ValueError(f"{what} has {self.rank} lengths of 1 or more, not {given!r}")
        return tuple(int(n) for n in sizes)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """How many windows there are along each axis, and the channels.

        Raises:
            ValueError: if the examples have other axes, or there is no room for a window.
        """
        if len(input_shape) != self.rank + 1:
            raise ValueError(
                f"{self!r} takes examples with {self.rank} axes and channels, not of shape "
                f"{input_shape}"
            )
        same = self.padding == "same"
        counts = [
            -(-n // stride) if same else (n - size) // stride + 1
            for n, size, stride in zip(input_shape, self.size, self.strides, strict=False)
        ]
        if min(counts) < 1:
            raise ValueError(
                f"{self!r} needs examples of at least {self.size}, not of shape {input_shape}"
            )
        return (*counts, input_shape[-1])

    def windows(self, x: Any, fill: float) -> Any:
        """All windows: ``(batch, *counts, channels, *size)``, where `x` ends filled with `fill`."""
        axes = range(1, self.rank + 1)
        if self.padding == "same":
            around = [(0, 0)]
            for n, size, stride in zip(x.shape[1:], self.size, self.strides, strict=False):
                missing = max((-(-n // stride) - 1) * stride + size - n, 0)
                around.append((missing // 2, missing - missing // 2))
            if any(map(any, around)):
                x = np.pad(x, [*around, (0, 0)], constant_values=fill)
        seen = np.lib.stride_tricks.sliding_window_view(x, self.size, axis=tuple(axes))
        return seen[(slice(None), *[slice(None, None, stride) for stride in self.strides])]


class _Convolution(_Windows):
    """A dense layer for each window: the same weights everywhere."""

    fixes_last_axis = True

    def __init__(
        self,
        filters: int,
        kernel_size: int | Shape,
        strides: int | Shape = 1,
        padding: str = "valid",
        activation: str | activations.ActivationFunction | None = None,
        *,
        use_bias: bool = True,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        kernel_regularizer: str | Regularizer | Mapping[str, float] | None = None,
        input_shape: Shape | None = None,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(kernel_size, strides, padding, input_shape, name)
        if not isinstance(filters, (int, np.integer)) or filters < 1:
            raise ValueError(f"a layer needs one filter or more, not {filters!r}")
        self.filters = int(filters)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.seed = seed
        self._parameters: dict[str, Value] = {}

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the kernel, ``(*kernel_size, channels, filters)``, and the bias, ``(filters,)``."""
        self.compute_output_shape(input_shape)  # refuses what does not fit
        super().build(input_shape, rng, number)
        if self.seed is not None or rng is None:
            rng = generator(self.seed)
        suffix = "" if number is None else str(number)
        begin = {"kernel": self.kernel_initializer, "bias": self.bias_initializer}
        self._parameters = {
            name: Value(
                begin[name](rng, shape), label=f"{'W' if name == 'kernel' else 'b'}{suffix}"
            )
            for name, shape in self.weight_shapes(input_shape).items()
        }

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The kernel and, if there is one, the bias."""
        bias: dict[str, Shape] = {"bias": (self.filters,)} if self.use_bias else {}
        return {"kernel": (*self.size, input_shape[-1], self.filters), **bias}

    def named_parameters(self) -> dict[str, Value]:
        """The kernel and, if there is one, the bias."""
        return self._parameters

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """How many windows there are along each axis, and the filters."""
        return (*super().compute_output_shape(input_shape)[:-1], self.filters)

    def call(self, x: Any, training: bool = False) -> Any:
        """Each window in a row, times the kernel: one product of matrices for all of them."""
        learned = {k: p if self.trainable else p.data for k, p in self._parameters.items()}
        seen = self.windows(x, 0.0)
        batch, *counts = seen.shape[: self.rank + 1]
        last = self.rank + 1  # the channels, which go behind the places in a window
        seen = np.moveaxis(seen, last, -1)
        length = math.prod(self.size) * x.shape[-1]
        kernel = learned["kernel"].reshape(length, self.filters)
        z = matmul(seen.reshape(batch * math.prod(counts), length), kernel)
        z = z.reshape(batch, *counts, self.filters)
        return self.activation(z + learned["bias"] if self.use_bias else z)

    def config(self) -> dict[str, Any]:
        """The settings."""
        return {
            "filters": self.filters,
            "kernel_size": list(self.size),
            "strides": list(self.strides),
            "padding": self.padding,
            "activation": activations.name_of(self.activation),
            "use_bias": self.use_bias,
            **regularizers.config_of(self.kernel_regularizer),
        }


class Conv1D(_Convolution):
    """The same dense layer for each stretch of a row: ``(batch, steps, channels)`` comes in.

    Args:
        filters: how many numbers it gives for each window.
        kernel_size: how long a window is.
        strides: by how much it moves.
        padding: ``"valid"`` for windows that lie within, ``"same"`` to fill up with zeros.
        activation: a name, a function of a Value, or ``None``.
        use_bias: whether there is a bias.
        kernel_initializer: a name or a function of a random generator and a shape.
        bias_initializer: the same, for the bias.
        kernel_regularizer: what is added to the loss: a name (``"l2"``), an object of
            `regularizers` (``L2(0.1)``), a function of the kernel, or ``None``.
        input_shape: of one example, if it is the first layer.
        seed: of the random weights.
        name: how `get_layer` finds it.

    >>> layer = Conv1D(1, 2, kernel_initializer=lambda rng, shape: np.ones(shape))
    >>> layer(np.array([[[1.0], [2.0], [3.0]]])).data.tolist()
    [[[3.0], [5.0]]]
    """

    rank = 1


class Conv2D(_Convolution):
    """The same dense layer for each part of an image: ``(batch, rows, columns, channels)``.

    Args:
        filters: how many numbers it gives for each window.
        kernel_size: how many rows and columns a window has, or one number for both.
        strides: by how much it moves, down and to the right.
        padding: as of `Conv1D`.
        activation: a name, a function of a Value, or ``None``.
        use_bias: whether there is a bias.
        kernel_initializer: a name or a function of a random generator and a shape.
        bias_initializer: the same, for the bias.
        input_shape: of one example, if it is the first layer.
        seed: of the random weights.
        name: how `get_layer` finds it.

    >>> Conv2D(4, 3, padding="same")(np.ones((1, 8, 6, 3))).shape
    (1, 8, 6, 4)
    """

    rank = 2


class _MaxPooling(_Windows):
    """The largest number of each window, channel by channel."""

    def __init__(
        self,
        pool_size: int | Shape = 2,
        strides: int | Shape | None = None,
        padding: str = "valid",
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        moves = pool_size if strides is None else strides
        super().__init__(pool_size, moves, padding, input_shape, name)

    def call(self, x: Any, training: bool = False) -> Any:
        """The largest of each window; a gradient is shared where several are the largest."""
        return np.max(self.windows(x, -math.inf), axis=tuple(range(-self.rank, 0)))

    def config(self) -> dict[str, Any]:
        """The settings."""
        return {
            "pool_size": list(self.size),
            "strides": list(self.strides),
            "padding": self.padding,
        }


class MaxPooling1D(_MaxPooling):
    """The largest number of each stretch of a row: ``(batch, steps, channels)`` comes in.

    Args:
        pool_size: how long a window is.
        strides: by how much it moves; as long as it is, without this.
        padding: as of `Conv1D`; what is filled up never counts.
        input_shape: of one example, if it is the first layer.
        name: how `get_layer` finds it.

    >>> MaxPooling1D(2)(np.array([[[1.0], [3.0], [2.0], [0.0]]])).tolist()
    [[[3.0], [2.0]]]
    """

    rank = 1


class MaxPooling2D(_MaxPooling):
    """The largest number of each part of an image; the arguments are those of `MaxPooling1D`.

    >>> MaxPooling2D()(np.arange(16.0).reshape(1, 4, 4, 1)).ravel().tolist()
    [5.0, 7.0, 13.0, 15.0]
    """

    rank = 2

"""Layers that bring their inputs to mean 0 and variance 1, and then to a scale that is learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.layer import Layer
from tinygrad_xor.nn.symbolic import Shape

#: What each weight begins with, and its name in pictures if it can learn.
_WEIGHTS: dict[str, tuple[float, str | None]] = {
    **{"gamma": (1.0, "γ"), "beta": (0.0, "β")},
    **{"moving_mean": (0.0, None), "moving_variance": (1.0, None)},
}


class _Normalization(Layer):
    """What both share: γ and β, and the formula ``γ (x - mean) / sqrt(variance + ε) + β``."""

    fixes_last_axis = True

    def __init__(
        self,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        *,
        input_shape: int | Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        if not 0 < epsilon < math.inf:
            raise ValueError(f"epsilon must be greater than 0, not {epsilon!r}")
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self._parameters: dict[str, Value] = {}
        self._running: dict[str, Value] = {}

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the weights: one of each for every feature, the last axis."""
        super().build(input_shape, rng, number)
        for name, shape in self.weight_shapes(input_shape).items():
            start, label = _WEIGHTS[name]
            kept = self._running if label is None else self._parameters
            kept[name] = Value(np.full(shape, start), label=label)

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """γ and β, as far as they are wanted."""
        wanted = {"gamma": self.scale, "beta": self.center}
        return {name: input_shape[-1:] for name, is_wanted in wanted.items() if is_wanted}

    def named_parameters(self) -> dict[str, Value]:
        """γ and β, as far as they are wanted."""
        return self._parameters

    def normalized(self, x: Any, mean: Any, variance: Any) -> Any:
        """The formula."""
        y = (x - mean) / np.sqrt(variance + self.epsilon)
        learned = {k: p if self.trainable else p.data for k, p in self._parameters.items()}
        if self.scale:
            y = y * learned["gamma"]
        return y + learned["beta"] if self.center else y

    def config(self) -> dict[str, Any]:
        """The settings."""
        return {"epsilon": self.epsilon, "center": self.center, "scale": self.scale}


class BatchNormalization(_Normalization):
    """Each feature with the mean and variance that it has in the batch (Ioffe and Szegedy, 2015).

    After training it has running means of them in their place; a frozen layer has them always. As
    in Keras, the variance is that of the batch, divided by the number of examples.

    Args:
        momentum: how much of the running means is kept in a step, at least 0 and below 1.
        epsilon: keeps the root away from zero.
        center: whether to learn β.
        scale: whether to learn γ.
        input_shape: of one example, if it is the first layer.
        name: how `get_layer` finds it.

    >>> layer = BatchNormalization(epsilon=1e-12)
    >>> layer(np.array([[1.0], [3.0]]), training=True).data.round(6).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, **more: Any) -> None:
        super().__init__(epsilon, **more)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and below 1, not {momentum!r}")
        self.momentum = momentum

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """γ and β, as far as they are wanted, and the running means."""
        running = dict.fromkeys(("moving_mean", "moving_variance"), input_shape[-1:])
        return {**super().weight_shapes(input_shape), **running}

    def named_buffers(self) -> dict[str, Value]:
        """The running means."""
        return self._running

    def call(self, x: Any, training: bool = False) -> Any:
        """`x` with the numbers of the batch, which go into the running means; or with those."""
        if not (training and self.trainable):
            return self.normalized(x, *[running.data for running in self._running.values()])
        axes = tuple(range(x.ndim - 1))
        mean = np.mean(x, axis=axes)
        far = x - mean
        variance = np.mean(far * far, axis=axes)
        for running, now in zip(self._running.values(), (mean, variance), strict=True):
            data = now.data if type(now) is Value else now
            running.data = running.data * self.momentum + data * (1 - self.momentum)
        return self.normalized(x, mean, variance)

    def config(self) -> dict[str, Any]:
        """The settings."""
        return {"momentum": self.momentum, **super().config()}


class LayerNormalization(_Normalization):
    """Each example with the mean and variance of its own features (Ba, Kiros and Hinton, 2016).

    The features are the last axis.

    Args:
        epsilon: keeps the root away from zero.
        center: whether to learn β.
        scale: whether to learn γ.
        input_shape: of one example, if it is the first layer.
        name: how `get_layer` finds it.

    >>> layer = LayerNormalization(epsilon=1e-12)
    >>> layer(np.array([[1.0, 3.0], [0.0, 10.0]])).data.round(6).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def call(self, x: Any, training: bool = False) -> Any:
        """`x`, example by example."""
        mean = np.mean(x, axis=-1, keepdims=True)
        far = x - mean
        return self.normalized(x, mean, np.mean(far * far, axis=-1, keepdims=True))

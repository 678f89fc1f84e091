"""Layers that bring their inputs to mean 0 and variance 1, and then to a scale that is learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.layer import Layer
from tinygrad_xor.nn.symbolic import Shape


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

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make γ, of ones, and β, of zeros: one of each for every feature, the last axis."""
        super().build(input_shape, rng, number)
        features = input_shape[-1:]
        if self.scale:
            self._parameters["gamma"] = Value(np.ones(features), label="γ")
        if self.center:
            self._parameters["beta"] = Value(np.zeros(features), label="β")

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
        self._running: dict[str, Value] = {}

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the parameters, and the running means: a mean of 0 and a variance of 1."""
        super().build(input_shape, rng, number)
        features = input_shape[-1:]
        self._running = {
            "moving_mean": Value(np.zeros(features)),
            "moving_variance": Value(np.ones(features)),
        }

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

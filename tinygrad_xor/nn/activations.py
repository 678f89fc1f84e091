"""Activation functions by name, as ``Dense(5, activation="relu")`` finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import leaky_relu, relu, sigmoid, softmax, softplus
from tinygrad_xor.names import look_up

ActivationFunction = Callable[[Any], Any]


def linear(x: Any) -> Any:
    """No activation: x itself."""
    return x


ACTIVATIONS: dict[str, ActivationFunction] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "relu": relu,
    "tanh": np.tanh,
    "leaky_relu": leaky_relu,
    "softplus": softplus,
    "softmax": softmax,
}

#: Between which numbers the outputs of each are.
RANGES = {
    "linear": (-np.inf, np.inf),
    "sigmoid": (0.0, 1.0),
    "relu": (0.0, np.inf),
    "tanh": (-1.0, 1.0),
    "leaky_relu": (-np.inf, np.inf),
    "softplus": (0.0, np.inf),
    "softmax": (0.0, 1.0),
}

#: Those that look at one number at a time, as the neurons of a hidden layer do.
ELEMENTWISE = [name for name in ACTIVATIONS if name != "softmax"]


def get(activation: str | ActivationFunction | None) -> ActivationFunction:
    """The function for a name, a function itself, or ``None`` for no activation.

    >>> float(get("relu")(-3.0))
    0.0
    """
    if activation is None:
        return linear
    if callable(activation):
        return activation
    return look_up("activation", activation, ACTIVATIONS)


def name_of(activation: ActivationFunction) -> str:
    """The name that `get` would turn back into this function.

    >>> name_of(np.tanh)
    'tanh'
    """
    known = (name for name, function in ACTIVATIONS.items() if function is activation)
    return next(known, getattr(activation, "__name__", repr(activation)))

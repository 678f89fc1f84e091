"""Activation functions by name, as ``Dense(5, activation="relu")`` finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import leaky_relu, relu, sigmoid, softmax, softplus
from tinygrad_xor.names import look_up

ActivationFunction = Callable[[Any], Any]


#: So that outputs of mean 0 and variance 1 keep both, layer after layer (Klambauer et al., 2017).
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def linear(x: Any) -> Any:
    """No activation: x itself."""
    return x


def elu(x: Any) -> Any:
    """x above 0, and ``exp(x) - 1`` below (Clevert et al., 2016).

    >>> elu(np.array([-1.0, 2.0])).round(4).tolist()
    [-0.6321, 2.0]
    """
    above = x > 0
    return np.where(above, x, np.expm1(np.where(above, 0.0, x)))  # a large x would overflow


def selu(x: Any) -> Any:
    """The elu, steeper everywhere and more so below 0 (Klambauer et al., 2017).

    >>> selu(np.array([-1.0, 2.0])).round(4).tolist()
    [-1.1113, 2.1014]
    """
    y = elu(x)
    return _SELU_SCALE * np.where(x > 0, y, _SELU_ALPHA * y)


def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, which is called swish, too (Ramachandran et al., 2017).

    >>> silu(np.array([-1.0, 2.0])).round(4).tolist()
    [-0.2689, 1.7616]
    """
    return x * sigmoid(x)


def gelu(x: Any) -> Any:
    """x times the part of normal numbers below it, exactly, as in Keras (Hendrycks & Gimpel, 2016).

    Raises:
        ModuleNotFoundError: if there is no SciPy, which has that part.

    >>> gelu(np.array([-1.0, 2.0])).round(4).tolist()
    [-0.1587, 1.9545]
    """
    try:
        from scipy.special import ndtr
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'the activation gelu needs SciPy: pip install "tinygrad-xor[special]"', name=error.name
        ) from error
    return x * ndtr(x)


ACTIVATIONS: dict[str, ActivationFunction] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "relu": relu,
    "tanh": np.tanh,
    "leaky_relu": leaky_relu,
    "softplus": softplus,
    "softmax": softmax,
    "elu": elu,
    "selu": selu,
    "silu": silu,
    "gelu": gelu,
}
_OTHER_NAMES = {"swish": silu}

#: Between which numbers the outputs of each are.
RANGES = {
    "linear": (-np.inf, np.inf),
    "sigmoid": (0.0, 1.0),
    "relu": (0.0, np.inf),
    "tanh": (-1.0, 1.0),
    "leaky_relu": (-np.inf, np.inf),
    "softplus": (0.0, np.inf),
    "softmax": (0.0, 1.0),
    "elu": (-1.0, np.inf),
    "selu": (-_SELU_SCALE * _SELU_ALPHA, np.inf),
    "silu": (-0.2784645427610738, np.inf),
    "gelu": (-0.16997120747990369, np.inf),
}

#: What the commands offer for hidden neurons, and the explorer's page computes.
ELEMENTWISE = ["linear", "sigmoid", "relu", "tanh", "leaky_relu", "softplus"]


def get(activation: str | ActivationFunction | None) -> ActivationFunction:
    """The function for a name, a function itself, or ``None`` for no activation.

    >>> float(get("relu")(-3.0))
    0.0
    """
    if activation is None:
        return linear
    if callable(activation):
        return activation
    return look_up("activation", activation, ACTIVATIONS | _OTHER_NAMES)


def name_of(activation: ActivationFunction) -> str:
    """The name that `get` would turn back into this function.

    >>> name_of(np.tanh)
    'tanh'
    """
    known = (name for name, function in ACTIVATIONS.items() if function is activation)
    return next(known, getattr(activation, "__name__", repr(activation)))

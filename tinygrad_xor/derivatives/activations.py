"""The functions inside neurons: sigmoid, ReLU and their kin, softmax.

Each is stable for every float: no overflow, no 0 · inf, in the value or in the derivative.
"""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import NEAR_1, away_from_1
from tinygrad_xor.derivatives._calls import one_axis
from tinygrad_xor.engine import Primitive, primitive
from tinygrad_xor.engine.sampling import nonzero
from tinygrad_xor.program import one_step

_array = np.ndarray  # found quicker


def _sigmoid(x: Any) -> Any:
    # 1 / (1 + exp(-x)), with top and bottom multiplied by exp(x) where x < 0: nothing overflows.
    if isinstance(x, float):
        e = np.exp(-abs(x))
        return (e if x < 0 else 1.0) / (1.0 + e)
    return np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x)))


@one_step(
    in_steps=lambda g, y, x: g * y * np.where(y < NEAR_1, 1 - y, _sigmoid(-x)),
)
def _sigmoid_rule(g: Any, y: Any, x: Any) -> Any:
    """y (1 - y). Where y is close to 1, and rounded, that is σ(x) σ(-x)."""
    if not away_from_1(y):
        return g * y * sigmoid(-x)
    if type(y) is _array is type(g):
        slope = g * y  # the same, without an operation that mixes an array with a Python number
        slope -= slope * y
        return slope
    return g * y * (1 - y)


def _relu(x: Any) -> Any:
    if isinstance(x, float):
        return type(x)(0.0) if x <= 0 else x  # nan is not <= 0, and stays
    return np.maximum(x, 0.0)


def _relu_slope(y: Any) -> Any:
    """1 where ReLU lets its input through, 0 where not: the sign of its result."""
    if type(y) is float:
        return 1.0 if y > 0 else y  # nan stays
    return np.sign(y)


def _leaky_relu(x: Any, slope: float = 0.01) -> Any:
    return np.where(x > 0, x, slope * x)


def _softplus(x: Any) -> Any:
    return np.logaddexp(0.0, x)


def _log_softmax(x: Any, axis: int = -1) -> Any:
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _softmax(x: Any, axis: int = -1) -> Any:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


sigmoid: Primitive = primitive(
    _sigmoid,
    "σ",
    _sigmoid_rule,
    name="sigmoid",
    elementwise=True,
    real_only=True,
)

relu = primitive(
    _relu,
    "ReLU",
    lambda g, y, x: g * _relu_slope(y),
    name="relu",
    elementwise=True,
    domain=nonzero,
    distance_to_kink=lambda x: x,
    real_only=True,
)

leaky_relu = primitive(
    _leaky_relu,
    "leaky ReLU",
    lambda g, y, x, slope=0.01: np.where(x > 0, g, slope * g),
    name="leaky_relu",
    elementwise=True,
    domain=nonzero,
    distance_to_kink=lambda x: x,
    real_only=True,
)

softplus = primitive(
    _softplus,
    "softplus",
    lambda g, y, x: g * sigmoid(x),
    name="softplus",
    elementwise=True,
    real_only=True,
)

softmax = primitive(
    _softmax,
    "softmax",
    lambda g, y, x, axis=-1: y * (g - np.sum(g * y, axis=axis, keepdims=True)),
    name="softmax",
    calls=one_axis,
    real_only=True,
)

log_softmax = primitive(
    _log_softmax,
    "log softmax",
    lambda g, y, x, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    name="log_softmax",
    calls=one_axis,
    real_only=True,
)

"""Many numbers into fewer: sum, mean, logsumexp."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import any_axes
from tinygrad_xor.engine import primitive


def _keep_axes(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`g` of a reduced shape, with axes of length 1 where `x` was reduced: it broadcasts to x."""
    if keepdims or axis is None:
        return g
    shape = list(np.shape(x))
    for a in axis if isinstance(axis, tuple) else (axis,):
        shape[a] = 1
    return np.reshape(g, tuple(shape))


def _spread(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`g` copied to every element of `x` that was summed into it."""
    return np.zeros(np.shape(x)) + _keep_axes(g, x, axis, keepdims)


def _size(x: Any) -> int:
    return 1 if type(x) is float else max(1, x.size)


def _count(y: Any, x: Any) -> float:
    """How many elements of x went into each element of y."""
    return _size(x) / _size(y)


def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    add: Any = np.add  # what np.sum does, without its checks
    return add.reduce(x, axis=axis, keepdims=keepdims)


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if type(x) is float:
        return x + 0.0  # -0.0 becomes 0.0, as in NumPy
    if x.size == 0 or x.dtype == np.float16:
        return np.mean(x, axis=axis, keepdims=keepdims)  # warns of nothing; sums in float32
    total = _sum(x, axis, keepdims)
    return total / (x.size // total.size)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    total = np.sum(np.exp(x - largest), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):  # all inputs -inf: log(0) = -inf is right
        y = largest + np.log(total)
    return y if keepdims else np.squeeze(y, axis=axis)


sum_ = primitive(
    _sum,
    "Σ",
    lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis, keepdims),
    stands_for=np.sum,
    calls=lambda random: any_axes(random, smallest=0),
)

mean = primitive(
    _mean,
    "mean",
    lambda g, y, x, axis=None, keepdims=False: _spread(g / _count(y, x), x, axis, keepdims),
    stands_for=np.mean,
    calls=any_axes,
)

logsumexp = primitive(
    _logsumexp,
    "log Σ exp",
    lambda g, y, x, axis=None, keepdims=False: (
        _keep_axes(g, x, axis, keepdims) * np.exp(x - _keep_axes(y, x, axis, keepdims))
    ),
    name="logsumexp",
    calls=any_axes,
)

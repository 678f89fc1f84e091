"""Quantiles: between which neighbours in order each lies, and what either has of its gradient."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._axes import at_the_end, from_the_end, keep_axes
from tinygrad_xor.derivatives.reductions import nan_where
from tinygrad_xor.program import one_step


@one_step
def quantile_rule(g: Any, y: Any, x: Any, q: Any, axis: Any, method: str | None) -> Any:
    """A quantile lies between two neighbours in order: each gets its share of the gradient.

    Where it is NaN, because a number is, so is the gradient. The method says, as in NumPy, where
    among n numbers in order it lies; without one, only those count that are not NaN.
    """
    position = _among_numbers if method is None else _among_all(method)
    g = nan_where(y, g)
    last = at_the_end(x, axis)
    order, n = np.argsort(last, axis=-1), last.shape[-1]
    q = np.asarray(q)
    total: Any = np.zeros(np.shape(x))
    for index in np.ndindex(q.shape):
        place = position(last, q[index])
        low = np.floor(place).astype(int)
        weights = np.zeros(last.shape)
        for rank, weight in ((low, 1 - place + low), (np.minimum(low + 1, n - 1), place - low)):
            where = np.take_along_axis(order, rank, axis=-1)
            old = np.take_along_axis(weights, where, axis=-1)
            np.put_along_axis(weights, where, old + weight, axis=-1)
        total = total + from_the_end(weights, x, axis) * keep_axes(
            g[index] if q.ndim else g, x, axis
        )
    return total


def _among_all(method: Any = "linear") -> Any:
    """Where among n numbers in order a quantile lies: NumPy says it, of the numbers 0 to n - 1."""

    def position(last: Any, q: float) -> Any:
        place = np.quantile(np.arange(float(np.shape(last)[-1])), q, method=method)
        return np.full((*np.shape(last)[:-1], 1), place)

    return position


def _among_numbers(last: Any, q: float) -> Any:
    """The same among those that are not NaN, which come last in order."""
    count = np.sum(~np.isnan(last), axis=-1, keepdims=True)
    return q * np.maximum(count - 1, 0)

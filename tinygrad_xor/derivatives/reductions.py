"""Many numbers into fewer: sums, products, extremes; and the running ones."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import an_axis, an_axis_or_all, of, reductions
from tinygrad_xor.engine import alias, composed, primitive
from tinygrad_xor.engine.sampling import distinct
from tinygrad_xor.program import one_step


def keep_axes(g: Any, x: Any, axis: Any) -> Any:
    """`g` of a reduced shape, with axes of length 1 where `x` was reduced: it broadcasts to x."""
    if axis is None or np.ndim(x) == 0:
        return g
    shape = list(np.shape(x))
    for a in axis if isinstance(axis, tuple) else (axis,):
        shape[a] = 1
    return np.reshape(g, tuple(shape))


def spread(g: Any, x: Any, axis: Any, where: Any) -> Any:
    """`g` copied to every element of `x` that was taken into it, and 0 to the others."""
    copied = np.zeros(np.shape(x)) + keep_axes(g, x, axis)
    return copied if where is True else np.where(where, copied, 0.0)


def size(x: Any) -> int:
    """The number of elements, but 1 for none."""
    return 1 if type(x) is float else max(1, x.size)


def count(y: Any, x: Any, where: Any, axis: Any, keepdims: bool) -> Any:
    """How many elements of x went into each element of y."""
    if where is True:
        return size(x) / size(y)
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=keepdims)


def at_the_end(x: Any, axis: Any) -> Any:
    """`x` with the axes that are reduced made one, the last."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(x, -1)
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = np.shape(moved)[: np.ndim(moved) - len(axes)]
    return np.reshape(moved, (*kept, math.prod(np.shape(moved)[len(kept) :])))


def from_the_end(last: Any, x: Any, axis: Any) -> Any:
    """The opposite of `at_the_end`: an array of the shape of `x` again."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(last, np.shape(x))
    axes = axis if isinstance(axis, tuple) else (axis,)
    shape = np.moveaxis(np.empty(np.shape(x)), axes, range(-len(axes), 0)).shape
    return np.moveaxis(np.reshape(last, shape), range(-len(axes), 0), axes)


# -- sums -----------------------------------------------------------------------------------------


def _sum(x: Any, axis: Any = None, keepdims: bool = False, **more: Any) -> Any:
    add: Any = np.add  # what np.sum does, without its checks
    return add.reduce(x, axis=axis, keepdims=keepdims, **more)


def _mean(x: Any, axis: Any = None, keepdims: bool = False, **more: Any) -> Any:
    if type(x) is float and axis in (None, 0, -1) and not more:
        return x + 0.0  # -0.0 becomes 0.0, as in NumPy
    if more or type(x) is float or x.size == 0 or x.dtype == np.float16:
        return np.mean(x, axis=axis, keepdims=keepdims, **more)  # half is summed in float32
    total = _sum(x, axis, keepdims)
    return total / (x.size / total.size)


sum_ = primitive(
    _sum,
    "Σ",
    lambda g, y, x, axis=None, keepdims=False, where=True, initial=0.0: spread(g, x, axis, where),
    implements=np.sum,
    calls=reductions(smallest=0, initial=[0.0, 1.5]),
)

nansum = primitive(
    np.nansum,
    "Σ",
    lambda g, y, x, axis=None, keepdims=False, where=True, initial=0.0: (
        spread(g, x, axis, where) * ~np.isnan(x)
    ),
    calls=reductions(smallest=0),
)

mean = primitive(
    _mean,
    "mean",
    lambda g, y, x, axis=None, keepdims=False, where=True: spread(
        g / count(y, x, where, axis, keepdims), x, axis, where
    ),
    implements=np.mean,
    calls=reductions(masked=False),
)


def _cumsum_rule(g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """Each element is in all the sums from its own place on: the running sum from the end."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


cumsum = primitive(np.cumsum, "Σ…", _cumsum_rule, calls=of(axis=an_axis_or_all))


# -- products -------------------------------------------------------------------------------------


def _without_each(x: Any) -> Any:
    """Along a new axis i before the last: x with element i replaced by 1."""
    return np.where(np.eye(np.shape(x)[-1]), 1.0, np.expand_dims(x, -2))


@one_step
def _prod_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    keepdims: bool = False,
    where: Any = True,
    initial: float = 1.0,
) -> Any:
    """The gradient is the product of all others; dividing by x is quicker, but not at zero."""
    if np.all(x != 0):
        return spread(g * y, x, axis, where) / x
    taken = np.where(where, x, 1.0)
    others = from_the_end(np.prod(_without_each(at_the_end(taken, axis)), axis=-1), x, axis)
    return spread(g * initial, x, axis, where) * others


prod = primitive(np.prod, "∏", _prod_rule, calls=reductions(initial=[1.0, 2.0]))


@one_step
def _cumprod_rule(g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    if np.all(x != 0):
        return _cumsum_rule(g * y, y, x, axis) / x
    g, last = at_the_end(g, axis), at_the_end(x, axis)
    products = np.cumprod(_without_each(last), axis=-1)  # [..., i, k]: without x_i, up to x_k
    later = np.triu(np.ones_like(products))
    return from_the_end(np.sum(np.expand_dims(g, -2) * products * later, axis=-1), x, axis)


cumprod = primitive(np.cumprod, "∏…", _cumprod_rule, calls=of(axis=an_axis_or_all))


def _from_first(running: Any, a: Any, first: float, axis: int | None, include_initial: bool) -> Any:
    if axis is None and np.ndim(a) > 1:
        raise ValueError(f"name the axis of an array of shape {np.shape(a)} to go along")
    axis = 0 if axis is None else axis
    result = running(a, axis=axis)
    if not include_initial:
        return result
    shape = list(np.shape(a))
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, dtype=result.dtype), result], axis=axis)


@composed(np.cumulative_sum, calls=of(least=1, axis=an_axis, include_initial=[False, True]))
def cumulative_sum(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """Running sums, after a 0 if that is wanted."""
    return _from_first(np.cumsum, x, 0.0, axis, include_initial)


@composed(np.cumulative_prod, calls=of(least=1, axis=an_axis, include_initial=[False, True]))
def cumulative_prod(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """Running products, after a 1 if that is wanted."""
    return _from_first(np.cumprod, x, 1.0, axis, include_initial)


# -- extremes -------------------------------------------------------------------------------------


def _extreme_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    keepdims: bool = False,
    where: Any = True,
    initial: Any = None,
) -> Any:
    """Elements that are the extreme share its gradient equally, as in JAX; NaN is the extreme."""
    kept = keep_axes(y, x, axis)
    chosen = ((x == kept) | (np.isnan(x) & np.isnan(kept))) & np.asarray(where)
    share = np.sum(chosen, axis=axis, keepdims=True)
    return keep_axes(g, x, axis) * (chosen / np.maximum(share, 1))


max_, min_ = (
    primitive(
        function,
        symbol,
        _extreme_rule,
        calls=reductions(masked=False),
        domain=distinct,
        real_only=True,
    )
    for function, symbol in ((np.max, "max"), (np.min, "min"))
)


alias("max", np.amax)
alias("min", np.amin)


@composed(np.ptp, calls=reductions(masked=False), domain=distinct, real_only=True)
def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest minus the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# -- the logarithm of a sum of exponentials -------------------------------------------------------


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    total = np.sum(np.exp(x - largest), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):  # all inputs -inf: log(0) = -inf is right
        y = largest + np.log(total)
    return y if keepdims else np.squeeze(y, axis=axis)


def _logsumexp_rule(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    kept = keep_axes(y, x, axis)
    kept = np.where(kept == -np.inf, 0.0, kept)  # no inf - inf, where all are -inf
    return keep_axes(g, x, axis) * np.exp(x - kept)


logsumexp = primitive(
    _logsumexp,
    "log Σ exp",
    _logsumexp_rule,
    name="logsumexp",
    calls=reductions(masked=False),
    real_only=True,
)

"""Many numbers into fewer: sums, products, extremes; and the running ones.

Elements that are equally extreme share the gradient equally, of all subgradients the one in their
middle, as in JAX. Where the extreme is NaN, so is the gradient.
"""

import itertools
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import may_be, seen
from tinygrad_xor.derivatives._axes import (
    count,
    first_axis,
    from_the_end,
    keep_axes,
    over,
    spread,
)
from tinygrad_xor.derivatives._calls import alike, an_axis, an_axis_or_all, of, reductions
from tinygrad_xor.derivatives._scaling import exponents, log2, may_leave_range, scaled
from tinygrad_xor.derivatives.activations import softmax
from tinygrad_xor.engine import Value, alias, composed, primitive
from tinygrad_xor.engine.foreign import is_foreign
from tinygrad_xor.engine.sampling import distinct
from tinygrad_xor.engine.sums import sum_over
from tinygrad_xor.program import one_step

# -- sums -----------------------------------------------------------------------------------------


def _sum(x: Any, axis: Any = None, keepdims: bool = False, **more: Any) -> Any:
    if more:
        add: Any = np.sum if is_foreign(x) else np.add.reduce
        return add(x, axis=axis, keepdims=keepdims, **more)
    return sum_over(x, axis, keepdims)


def _mean(x: Any, axis: Any = None, keepdims: bool = False, **more: Any) -> Any:
    if isinstance(x, float) and axis in (None, 0, -1) and not more:
        return np.float64(x + 0.0)  # -0.0 becomes 0.0, as in NumPy
    if more or isinstance(x, float) or x.size == 0 or x.dtype.char in "eF":
        return np.mean(
            x, axis=axis, keepdims=keepdims, **more
        )  # they are taken in higher precision
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
        over(g, count(y, x, where, axis, keepdims)), x, axis, where
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


def _recurrence(a: Any, b: Any) -> Any:
    if len(a) == 0:
        return 0.0 * a
    first = 0.0 * a[0]
    steps = itertools.accumulate(
        zip(a, b, strict=True), lambda s, ab: ab[0] * s + ab[1], initial=first
    )
    return np.stack([*steps][1:])


def _back(a: Any, g: Any) -> Any:
    """What each b of a recurrence is taken into: a recurrence from the end."""
    return np.flip(recurrence(np.flip(_shifted(a, -1, 0.0), 0), np.flip(g, 0)), 0)


def _shifted(x: Any, by: int, first: float) -> Any:
    """`x` moved by one place along the first axis, with a number in the place that is free."""
    edge = np.full_like(x[:1].data if type(x) is Value else x[:1], first)
    return np.concatenate([edge, x[:-1]] if by > 0 else [x[1:], edge], axis=0)


#: sᵢ = aᵢ sᵢ₋₁ + bᵢ along the first axis: what a derivative of running products is made of.
recurrence = primitive(
    _recurrence,
    "s=as+b",
    lambda g, z, x, y: _back(x, g) * _shifted(z, 1, 0.0),
    lambda g, z, x, y: _back(x, g),
    name="recurrence",
    calls=alike(2),
)


@one_step
def _others(x: Any) -> Any:
    """Of each along the first axis, the product of those before it, times those after it."""
    numbers = seen(x)
    if type(numbers) is np.ndarray and not may_leave_range(numbers):
        return _others_in_range(x)
    k = exponents(x)
    return scaled(_others_in_range(scaled(x, -k)), np.sum(k, axis=0) - k)


def _others_in_range(x: Any) -> Any:
    before = np.cumprod(_shifted(x, 1, 1.0), axis=0)
    return before * np.flip(np.cumprod(np.flip(_shifted(x, -1, 1.0), 0), axis=0), 0)


def _prod_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    keepdims: bool = False,
    where: Any = True,
    initial: float = 1.0,
) -> Any:
    """The gradient is the product of all others."""
    taken = first_axis(x if where is True else np.where(where, x, 1.0), axis)
    others = from_the_end(np.moveaxis(_others(taken), 0, -1), x, axis)
    return spread(g * initial, x, axis, where) * others


prod = primitive(np.prod, "∏", _prod_rule, calls=reductions(initial=[1.0, 2.0]))


def _is_out_of_range(y: Any) -> Any:
    """Whether products are 0, too small to be exact, infinite or NaN."""
    size = np.abs(y)
    return ~((size >= np.finfo(np.result_type(size)).tiny) & (size < np.inf))


@one_step
def _cumprod_rule(g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """The products that x is in, without it: divided by it, where all are numbers like others."""
    if not may_be(_is_out_of_range, y):
        return _cumsum_rule(g * y, y, x, axis) / x
    slopes = _cumprod_slopes(first_axis(g, axis), first_axis(x, axis))
    return from_the_end(np.moveaxis(slopes, 0, -1), x, axis)


def _cumprod_slopes(g: Any, x: Any) -> Any:
    """Of each what is before it, times what is after it in all: sᵢ = gᵢ + xᵢ₊₁ sᵢ₊₁.

    With powers of 2 taken out of x, as of `_others`, and out of s that of its largest part: of
    those up to the next 0, for behind it there are none.
    """
    k = exponents(x)
    up_to = np.cumsum(k, axis=0)
    parts = up_to + np.rint(log2(g))
    behind = 1e9 * np.cumsum(log2(x) == -np.inf, axis=0)  # more than every power of 2
    largest = np.flip(np.maximum.accumulate(np.flip(parts - behind, 0), axis=0), 0) + behind
    found = np.abs(largest) < 1e8
    least = np.min(largest, axis=0, where=found, initial=1e8)
    largest = np.where(found, largest, np.where(least < 1e8, least, 0.0))
    x = scaled(x, -k)
    smaller = scaled(x, np.diff(largest, axis=0, prepend=largest[:1]))
    after = _back(smaller, scaled(g, up_to - largest))
    before = np.cumprod(_shifted(x, 1, 1.0), axis=0)
    return scaled(before * after, largest - k)


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


@one_step(in_steps=lambda y, g: np.where(np.isnan(y) & (g != 0), np.nan, g))
def nan_where(y: Any, g: Any) -> Any:
    """The gradient g of y; where y is NaN, and anything is asked of it, NaN."""
    if not may_be(np.isnan, y):
        return g
    return np.where(np.isnan(y) & (g != 0), np.nan, g)[()]


def _extreme_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    keepdims: bool = False,
    where: Any = True,
    initial: Any = None,
) -> Any:
    """Elements that are the extreme share its gradient equally; of NaN there is none, but NaN."""
    kept = keep_axes(y, x, axis)
    chosen = x == kept
    if where is not True:
        chosen = chosen & np.asarray(where)
    share = np.sum(chosen, axis=axis, keepdims=True)
    g = nan_where(kept, keep_axes(g, x, axis))
    return g * (chosen / np.maximum(share, 1))


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


def _running_extreme_rule(g: Any, y: Any, x: Any, axis: int = 0) -> Any:
    """As of extremes: all that are equal to the largest so far share its gradient."""
    g, y, x = (first_axis(v, axis) for v in (g, y, x))
    chosen = 1.0 * (x == y)
    same = np.concatenate([np.zeros(np.shape(y[:1])), y[1:] == y[:-1]], axis=0)
    share = nan_where(y, g) / np.maximum(
        recurrence(same, chosen), 1
    )  # by how many there are so far
    shares = _back(same, share) * chosen
    return from_the_end(np.moveaxis(shares, 0, -1), np.moveaxis(x, 0, axis), axis)


cummax, cummin = (
    primitive(
        accumulate,
        symbol,
        _running_extreme_rule,
        name=name,
        calls=of(least=1, axis=an_axis),
        domain=distinct,
        real_only=True,
    )
    for name, symbol, accumulate in (
        ("cummax", "max…", lambda x, axis=0: np.maximum.accumulate(x, axis=axis)),
        ("cummin", "min…", lambda x, axis=0: np.minimum.accumulate(x, axis=axis)),
    )
)


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


def _shares_of_any(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    kept = keep_axes(y, x, axis)
    x = np.where(np.isinf(kept) & (x == kept), 0.0, np.where(kept == np.inf, -np.inf, x))
    return keep_axes(g, x, axis) * softmax(x, axis=axis) * (kept != -np.inf)


@one_step(in_steps=_shares_of_any)
def _logsumexp_rule(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Each has its share of softmax; infinite ones share equally, and none has any of -∞.

    Not exp(x - y), in which the rounding of a large y would be magnified.
    """
    if not may_be(np.isinf, y):
        return keep_axes(g, x, axis) * softmax(x, axis=axis)
    return _shares_of_any(g, y, x, axis)


logsumexp = primitive(
    _logsumexp,
    "log Σ exp",
    _logsumexp_rule,
    name="logsumexp",
    calls=reductions(masked=False),
    real_only=True,
)

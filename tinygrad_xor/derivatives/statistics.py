"""Spread, averages, order statistics, and what ignores NaN.

Equal numbers have no spread, and 0 is given for its slope; among equal ones in order the first that
a stable sort finds is taken. Where a statistic is NaN, so is its gradient.
"""

import inspect
import warnings
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array, axes_of, is_any, seen
from tinygrad_xor.derivatives._axes import count, keep_axes, over, spread
from tinygrad_xor.derivatives._calls import any_axes, of, reductions
from tinygrad_xor.derivatives._limits import along
from tinygrad_xor.derivatives._quantiles import quantile_rule
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.sampling import Domain, distinct, real
from tinygrad_xor.program import one_step


@one_step
def _from_mean(x: Any, axis: Any, where: Any) -> Any:
    """How far each is from the mean, and exactly 0 where all are equal: the mean may be rounded."""
    over_axis = {"axis": axis, "keepdims": True, "where": where}
    numbers = seen(x)
    if numbers is not None:
        most = np.max(numbers, initial=-np.inf, **over_axis)
        if is_any(most == np.min(numbers, initial=np.inf, **over_axis)):
            x = x - most
    if where is True:
        return conj(x - np.mean(x, axis=axis, keepdims=True))
    total = np.sum(np.where(where, x, 0.0), axis=axis, keepdims=True)
    return np.where(where, conj(x - total / count(total, x, where, axis, True)), 0.0)


def _var_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    per = over(g, count(y, x, where, axis, keepdims) - ddof)
    return 2 * spread(per, x, axis, where) * _from_mean(x, axis, where)


def _std_rule(g: Any, y: Any, x: Any, **how: Any) -> Any:
    """std is the root of var, a length: where it is 0 there is no derivative, and 0 is given."""
    axis, where = how.get("axis"), how.get("where", True)

    def keep(y: Any) -> Any:
        return keep_axes(y, x, axis)

    degrees = count(y, x, where, axis, how.get("keepdims", False)) - how.get("ddof", 0)
    away = over(_from_mean(x, axis, where), degrees if where is True else keep(degrees))
    return along(g, y, away, keep(g) * ratio(away, keep(y)), keep)


_std_rule.__signature__ = inspect.signature(_var_rule)  # type: ignore[attr-defined]

var = primitive(np.var, "var", _var_rule, calls=reductions(masked=False, ddof=[0, 0.5]))

std = primitive(
    np.std,
    "std",
    _std_rule,
    calls=lambda random: any_axes(random, smallest=2, least=1),
    domain=distinct,
)


def _along(a: Any, weights: Any, axis: Any) -> Any:
    """Weights that belong to some axes of `a`, shaped so that they broadcast to it."""
    axes = axes_of(a, axis)
    if np.shape(weights) != tuple(np.shape(a)[ax] for ax in axes):
        raise TypeError(
            f"average() of shape {np.shape(a)} over axis {axis} does not fit weights of shape "
            f"{np.shape(weights)}"
        )
    shape = [n if i in axes else 1 for i, n in enumerate(np.shape(a))]
    return np.reshape(np.transpose(weights, np.argsort(axes)), shape)


@one_step(refuses=lambda is_zero: is_zero)
def _refuse_zeros(is_zero: Any) -> Any:
    if np.any(is_zero):
        raise ZeroDivisionError("the weights sum to zero, so there is no average")
    return is_zero


@composed(
    np.average,
    calls=lambda random: (((2, 3), (2, 3)), {"axis": random.choice([None, 0, -1])}),
    domain=(real, distinct),
    arrange=lambda inputs, params: ((inputs[0],), {**params, "weights": inputs[1] + 2.5}),
)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The mean, weighted."""
    if weights is None:
        result = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full(np.shape(result), np.size(a) / max(1, np.size(result)))
        return (result, total) if returned else result
    a, weights = array(a), array(weights)
    if np.shape(weights) != np.shape(a):
        weights = _along(a, weights, axis)
    whole = a.dtype.kind in "iub"
    dtype = np.result_type(a.dtype, weights.dtype, *[np.float64] * whole)
    a, weights = (x if x.dtype == dtype else x.astype(dtype) for x in (a, weights))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    _refuse_zeros(total == 0)
    result = np.sum(np.multiply(a, weights), axis=axis, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, np.shape(result))) if returned else result


# -- order statistics -----------------------------------------------------------------------------


#: How NumPy places a quantile between its neighbours.
_METHODS = ["linear", "lower", "higher", "midpoint", "nearest", "weibull", "median_unbiased"]

quantile = primitive(
    np.quantile,
    "quantile",
    lambda g, y, x, q, axis=None, keepdims=False, method="linear": quantile_rule(
        g, y, x, q, axis, method
    ),
    calls=reductions(masked=False, q=[0.3, [0.0, 0.5, 1.0], [[0.9]]], method=_METHODS),
    domain=distinct,
    real_only=True,
)

percentile = primitive(
    np.percentile,
    "percentile",
    lambda g, y, x, q, axis=None, keepdims=False, method="linear": quantile_rule(
        g, y, x, np.divide(q, 100), axis, method
    ),
    calls=reductions(masked=False, q=[30.0, [0.0, 50.0, 100.0]], method=_METHODS[:3]),
    domain=distinct,
    real_only=True,
)

median = primitive(
    np.median,
    "median",
    lambda g, y, x, axis=None, keepdims=False: quantile_rule(g, y, x, 0.5, axis, "linear"),
    calls=reductions(masked=False),
    domain=distinct,
    real_only=True,
)


# -- what ignores NaN -----------------------------------------------------------------------------


def _nan_as(a: Any, number: float) -> Any:
    return np.where(np.isnan(a), number, a)


def _shared(total: Any, by: Any) -> Any:
    """total / by, in the dtype of the total.

    Half precision has no numbers above 65504, and NumPy divides complex64 in double precision.
    """
    if total.dtype not in (np.float16, np.complex64):
        return total / by.astype(total.dtype)
    return (total / by.astype(np.float64)).astype(total.dtype)


@composed(np.nanprod, calls=reductions(masked=False))
def nanprod(a: Any, axis: Any = None, keepdims: bool = False, initial: float = 1.0) -> Any:
    """The product of the numbers."""
    return np.prod(_nan_as(a, 1.0), axis=axis, keepdims=keepdims, initial=initial)


@composed(np.nanmax, calls=reductions(masked=False), domain=distinct, real_only=True)
def nanmax(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest of the numbers."""
    largest = np.max(_nan_as(a, -np.inf), axis=axis, keepdims=keepdims)
    return np.where(np.all(np.isnan(a), axis=axis, keepdims=keepdims), np.nan, largest)


@composed(np.nanmin, calls=reductions(masked=False), domain=distinct, real_only=True)
def nanmin(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest of the numbers."""
    smallest = np.min(_nan_as(a, np.inf), axis=axis, keepdims=keepdims)
    return np.where(np.all(np.isnan(a), axis=axis, keepdims=keepdims), np.nan, smallest)


@composed(np.nanmean, calls=reductions(masked=False))
def nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of the numbers."""
    how_many = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)
    return _shared(np.sum(_nan_as(a, 0.0), axis=axis, keepdims=keepdims), how_many)


@composed(np.nanvar, calls=reductions(masked=False, ddof=[0, 0.5]), real_only=True)
def nanvar(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance of the numbers."""
    missing = np.isnan(a)
    from_mean = np.where(missing, 0.0, a - np.nanmean(a, axis=axis, keepdims=True))
    how_many = np.sum(~missing, axis=axis, keepdims=keepdims)
    total = np.sum(from_mean * from_mean, axis=axis, keepdims=keepdims)
    per = how_many - ddof
    return np.where(per <= 0, np.nan, _shared(total, np.where(per <= 0, 1.0, per)))


nanstd = primitive(
    np.nanstd,
    "std",
    lambda g, y, x, axis=None, ddof=0, keepdims=False: _std_rule(
        g, y, x, axis=axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(x)
    ),
    calls=lambda random: any_axes(random, smallest=2, least=1),
    domain=distinct,
    real_only=True,
)


nanmedian = primitive(
    np.nanmedian,
    "median",
    lambda g, y, x, axis=None, keepdims=False: quantile_rule(g, y, x, 0.5, axis, None),
    calls=reductions(masked=False),
    domain=distinct,
    real_only=True,
)

nanquantile = primitive(
    np.nanquantile,
    "quantile",
    lambda g, y, x, q, axis=None, keepdims=False: quantile_rule(g, y, x, q, axis, None),
    calls=reductions(masked=False, q=[0.3, [0.0, 0.5, 1.0]]),
    domain=distinct,
    real_only=True,
)

nanpercentile = primitive(
    np.nanpercentile,
    "percentile",
    lambda g, y, x, q, axis=None, keepdims=False: quantile_rule(
        g, y, x, np.divide(q, 100), axis, None
    ),
    calls=reductions(masked=False, q=[30.0, [0.0, 50.0, 100.0]]),
    domain=distinct,
    real_only=True,
)


@composed(np.nancumsum, calls=of())
def nancumsum(a: Any, axis: int | None = None) -> Any:
    """Running sums of the numbers."""
    return np.cumsum(_nan_as(a, 0.0), axis=axis)


@composed(np.nancumprod, calls=of())
def nancumprod(a: Any, axis: int | None = None) -> Any:
    """Running products of the numbers."""
    return np.cumprod(_nan_as(a, 1.0), axis=axis)


# -- several variables ----------------------------------------------------------------------------


@composed(np.cov, calls=of(least=2, most=2, smallest=2, ddof=[None, 0], bias=[True, False]))
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None
) -> Any:
    """The covariances of the rows."""
    x = np.atleast_2d(m) if rowvar or np.ndim(m) == 1 else np.atleast_2d(m).T
    if y is not None:
        other = np.atleast_2d(y) if rowvar or np.ndim(y) == 1 else np.atleast_2d(y).T
        x = np.concatenate([x, other], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    x = x * np.float64(1.0)  # as NumPy computes it
    x = x - np.mean(x, axis=1, keepdims=True)
    degrees = x.shape[1] - ddof
    if degrees <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
    return np.squeeze(np.dot(x, conj(x.T)) * np.true_divide(1, max(degrees, 0)))


#: Rows that are not nearly multiples of each other: at a correlation of 1 there is a kink.
_unlike_rows = Domain(
    "rows far from proportional",
    lambda a: np.sin(np.arange(np.size(a)) ** 2.0).reshape(np.shape(a)) + a / 15,
)


@composed(np.corrcoef, calls=lambda random: (((2, 4),), {}), domain=_unlike_rows, real_only=True)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The correlation coefficients of the rows: covariances over standard deviations."""
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    return np.clip(c / deviation[:, None] / deviation[None, :], -1, 1)

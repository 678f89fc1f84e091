"""Numerical derivatives that know their own error.

Central differences with steps that halve, extrapolated to step zero (Richardson; Ridders, "Accurate
computation of F'(x) and F'(x) F''(x)", 1982; Press et al., Numerical Recipes, section 5.7). The
extrapolations disagree by about the truncation error; rounding is known from the size of the
numbers and the step. The estimate with the smallest sum of both is taken, element by element.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

EPS = float(np.finfo(float).eps)
#: A function's result is taken to be right to this many units in the last place.
NOISE = 8.0
#: The first step, for an argument of size 1; powers of two make ``x + h`` exact more often.
FIRST_STEP = 2.0**-5
#: How often the step is halved at most. The last one is 2**-25, near the root of epsilon.
LEVELS = 20
#: Steps go on being halved until the error is below this part of the derivative.
GOOD = 1e-7
COMPLEX_STEP = 1e-100


@dataclass
class Estimate:
    """A derivative, how far off it may be, and how often the function was called for it."""

    value: Any
    error: Any
    calls: int


def derivative(
    phi: Callable[[float], Any],
    scale: float = 1.0,
    size: float = 0.0,
    reach: float = np.inf,
    eps: float = EPS,
) -> Estimate:
    """The derivative at 0 of a function of one number, with its error.

    Args:
        phi: returns a number or an array; it is called at 0 plus and minus a few steps.
        scale: how far phi's argument can move before phi changes much.
        size: of the numbers that phi's result was computed from, whose rounding is in it.
        reach: steps are halved at least until they are below this: the way to a pole, say.
        eps: of the precision in which phi computes.

    >>> d = derivative(lambda t: np.exp(2 * t))
    >>> bool(abs(d.value - 2) < d.error < 1e-10)
    True
    """
    step = FIRST_STEP * scale
    table: list[Any] = []
    best = Estimate(np.nan, np.inf, 0)
    for level in range(LEVELS):
        h = step / 2**level
        high, low = np.asarray(phi(h)), np.asarray(phi(-h))
        with np.errstate(all="ignore"):
            row = [(high - low) / (2 * h)]
            rounding = NOISE * eps * np.maximum(np.maximum(np.abs(high), np.abs(low)), size) / h
            for k, above in enumerate(table, start=1):
                row.append(row[-1] + (row[-1] - above) / (4.0**k - 1))
            errors = [
                np.maximum(np.abs(row[k] - row[k - 1]), np.abs(row[k] - table[k - 1])) + rounding
                for k in range(1, len(row))
            ]
        best.calls += 2
        improved = False
        if errors:
            value, error = _smallest(row[1:], errors)
            # A smaller step that contradicts a larger one is right: there was a pole between.
            contradicts = np.abs(value - best.value) > 3 * (error + best.error)
            better = (error < best.error) | contradicts
            improved = bool(np.any(better))
            best.value = np.where(better, value, best.value)
            best.error = np.where(better, error, best.error)
        good = best.error <= np.maximum(GOOD * np.abs(best.value), 10 * rounding)
        if level >= 3 and h <= reach and not improved and np.all(good):
            # Without a jump nearby, a plain difference is four times as near after each halving.
            now, before = (np.abs(d[0] - best.value) for d in (row, table))
            if np.all(now <= before / 2 + 10 * rounding):
                break
        table = row
    return best


def _smallest(values: list[Any], errors: list[Any]) -> tuple[Any, Any]:
    """The value with the smallest error, element by element; NaN counts as infinitely wrong."""
    value, error = values[0], np.nan_to_num(errors[0], nan=np.inf)
    for v, e in zip(values[1:], errors[1:], strict=True):
        better = np.nan_to_num(e, nan=np.inf) < error
        value, error = np.where(better, v, value), np.where(better, e, error)
    return value, error


def complex_step(phi: Callable[[Any], Any], near: Estimate) -> Estimate:
    """The same derivative without any truncation, if phi continues to complex arguments.

    ``phi(ih) = phi(0) + ih phi'(0) - …``, so the imaginary part over h has no difference in it
    (Squire and Trapp, "Using complex variables to estimate derivatives", 1998). A function that is
    not analytic (it takes an absolute value, a real part) gives another number: then, and where
    complex numbers are refused, `near` is returned.

    >>> d = complex_step(np.sin, derivative(np.sin))
    >>> bool(d.value == 1.0), bool(d.error < 1e-14)
    (True, True)
    """
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            value = np.imag(phi(COMPLEX_STEP * 1j)) / COMPLEX_STEP
    except (TypeError, ValueError, ArithmeticError, np.exceptions.ComplexWarning):
        return Estimate(near.value, near.error, near.calls + 1)
    with np.errstate(all="ignore"):
        agrees = np.abs(value - near.value) <= 3 * near.error
    error = np.minimum(near.error, NOISE * EPS * np.abs(value) + COMPLEX_STEP**0.5)
    if not np.all(agrees):
        return Estimate(near.value, near.error, near.calls + 1)
    return Estimate(value, error, near.calls + 1)


def one_sided(phi: Callable[[float], Any], scale: float = 1.0) -> tuple[Any, Any]:
    """The slopes to the left and to the right of 0. They differ at a kink.

    >>> left, right = one_sided(abs)
    >>> float(left), float(right)
    (-1.0, 1.0)
    """
    h = 2.0**-20 * scale
    middle = np.asarray(phi(0.0))
    return (middle - phi(-h)) / h, (phi(h) - middle) / h

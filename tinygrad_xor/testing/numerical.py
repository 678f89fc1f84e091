"""Numerical derivatives that know their own error.

Central differences with steps that halve, extrapolated to step zero (Richardson; Ridders, "Accurate
computation of F'(x) and F'(x) F''(x)", 1982; Press et al., Numerical Recipes, section 5.7). The
extrapolations disagree by about the truncation error; rounding is known from the noise of the
function, which is measured, and the step. The estimate with the smallest sum of both is taken,
element by element. Where the function continues to complex numbers, a step along the imaginary axis
has no error but rounding.

Steps may be arrays: many derivatives are taken at once, each with steps of its own, and a step of 0
asks for nothing.
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
#: What is smooth needs three steps only, that much smaller than the first.
SMOOTH_STEP, SMOOTH_LEVELS = 2.0**-3, 3
#: Or this step and half of it; the error is this part of what that moves.
QUICK_STEP, QUICK_PART = 2.0**-9, 2.0**-15
#: Steps go on being halved until the error is below this part of the derivative.
GOOD = 1e-7
#: A step along the imaginary axis: its square is nothing beside 1.
COMPLEX_STEP = 2.0**-100
#: Powers of epsilon that are tried as distances between neighbours, from 2**-44 to 2**-22.
NEIGHBOURS = (0.85, 0.62, 0.5, 0.42)


@dataclass
class Estimate:
    """A derivative, how far off it may be, and how often the function was called for it."""

    value: Any
    error: Any
    calls: int


def derivative(
    phi: Callable[[Any], Any],
    scale: Any = 1.0,
    noise: Any = 0.0,
    reach: Any = np.inf,
    eps: float = EPS,
    levels: int = LEVELS,
) -> Estimate:
    """The derivative at 0 of a function of one number, with its error.

    Args:
        phi: returns a number or an array; it is called at 0 plus and minus a few steps.
        scale: how far phi's argument can move before phi changes much.
        noise: by how much phi's result may be off, beside its rounding.
        reach: steps are halved at least until they are below this: the way to a pole, say.
        eps: of the precision in which phi computes.
        levels: how many steps are tried at most.

    >>> d = derivative(lambda t: np.exp(2 * t))
    >>> bool(abs(d.value - 2) < d.error < 1e-10)
    True
    """
    step = np.asarray(FIRST_STEP * np.asarray(scale))
    table: list[Any] = []
    best = Estimate(np.nan, np.inf, 0)
    for level in range(levels):
        h = step / 2**level
        high, low = np.asarray(phi(h)), np.asarray(phi(-h))
        with np.errstate(all="ignore"):
            row = [(high - low) / (2 * h)]
            rounding = (NOISE * eps * np.maximum(np.abs(high), np.abs(low)) + noise) / np.abs(h)
            for k, above in enumerate(table, start=1):
                row.append(row[-1] + (row[-1] - above) / (4.0**k - 1))
            errors = [
                np.maximum(np.abs(row[k] - row[k - 1]), np.abs(row[k] - table[k - 1])) + rounding
                for k in range(1, len(row))
            ]
        best.calls += 2
        improved = np.asarray(False)
        if errors:
            value, error = _smallest(row[1:], errors)
            # A smaller step that contradicts a larger one is right: there was a pole between.
            contradicts = np.abs(value - best.value) > 3 * (error + best.error)
            improved = (error < best.error) | contradicts
            best.value = np.where(improved, value, best.value)
            best.error = np.where(improved, error, best.error)
        done = best.error <= np.maximum(GOOD * np.abs(best.value), 10 * rounding)
        done &= ~improved & (h <= reach) & (level >= 2)
        # Without a jump nearby, a plain difference is four times as near after each halving.
        if table:
            now, before = (np.abs(d[0] - best.value) for d in (row, table))
            done &= now <= before / 2 + 10 * rounding
        if np.all(done | (h == 0)):
            break
        if step.ndim:
            step = np.where(np.all(done, axis=-1, keepdims=True), 0.0, step)
        table = row
    return best


def _smallest(values: list[Any], errors: list[Any]) -> tuple[Any, Any]:
    """The value with the smallest error, element by element; NaN counts as infinitely wrong."""
    value, error = values[0], np.where(np.isnan(errors[0]), np.inf, errors[0])
    for v, e in zip(values[1:], errors[1:], strict=True):
        better = e < error
        value, error = np.where(better, v, value), np.where(better, e, error)
    return value, error


def smooth_derivative(
    phi: Callable[[Any], Any], scale: Any = 1.0, noise: Any = 0.0, eps: float = EPS
) -> Estimate:
    """The derivative by a few steps, which do where the function is smooth.

    >>> d = smooth_derivative(np.exp)
    >>> bool(abs(d.value - 1) < d.error < 1e-9)
    True
    """
    return derivative(phi, np.asarray(scale) * SMOOTH_STEP, noise, eps=eps, levels=SMOOTH_LEVELS)


def quick_derivative(
    phi: Callable[[Any], Any], scale: Any = 1.0, noise: Any = 0.0, eps: float = EPS
) -> Estimate:
    """The derivative by two steps on each side, for a claim that is likely to agree.

    The second step moves the difference by h² and leaves it off by h⁴: what is left is taken to be
    a small part of the move. Where it is more, as where a function changes fast, the error is
    understated, and no claim agrees.

    >>> d = quick_derivative(np.exp)
    >>> bool(abs(d.value - 1) < d.error < 1e-10)
    True
    """
    h = QUICK_STEP * np.asarray(scale)
    with np.errstate(all="ignore"):
        (far, _), (near, size) = _difference(phi, h), _difference(phi, h / 2)
        move = near - far
        error = QUICK_PART * np.abs(move) + (NOISE * eps * size + noise) / (h / 2)
    return Estimate(near + move / 3, np.where(np.isnan(error), np.inf, error), 4)


def _difference(phi: Callable[[Any], Any], h: Any) -> tuple[Any, Any]:
    """The central difference, and how large the values are."""
    high, low = np.asarray(phi(h)), np.asarray(phi(-h))
    return (high - low) / (2 * h), np.maximum(np.abs(high), np.abs(low))


def derivative_beside(
    phi: Callable[[Any], Any],
    claim: Any,
    scale: Any = 1.0,
    noise: Any = 0.0,
    reach: Any = np.inf,
    eps: float = EPS,
    known: Estimate | None = None,
) -> Estimate:
    """The derivative at 0, with steps that grow smaller as long as they contradict `claim`.

    A few steps do where the function is smooth and the claim is right. A derivative is a limit. A
    kink or a pole that is nearer than the steps hides in differences that agree with each other, so
    a claim is refuted by the smallest steps that still see, the last of them within `reach`. What
    is `known` already is not taken again.

    >>> d = derivative_beside(lambda t: np.abs(t - 1e-9), -1.0)
    >>> bool(abs(d.value + 1) < 10 * d.error < 1e-3)
    True
    """
    scale = np.asarray(scale)
    best = known or quick_derivative(phi, scale, noise, eps)
    rough = ~agrees(claim, best)
    if not np.any(rough):
        return best
    some = np.any(rough, axis=-1, keepdims=True) if scale.ndim else True
    more = derivative(phi, np.where(some, scale, 0.0), noise, eps=eps)
    best.value = np.where(some, more.value, best.value)
    best.error = np.where(some, more.error, best.error)
    best.calls += more.calls
    for near in (*(scale * 2.0**-power for power in (12, 24, 36)), np.minimum(scale, reach)):
        with np.errstate(all="ignore"):
            doubted = ~(np.abs(claim - best.value) <= 3 * best.error) | ~np.isfinite(best.error)
        if not np.any(doubted):
            break
        some = np.any(doubted, axis=-1, keepdims=True) if scale.ndim else True
        closer = derivative(phi, np.where(some, near, 0.0), noise, np.inf, eps)
        with np.errstate(all="ignore"):
            apart = ~(np.abs(closer.value - best.value) <= 3 * (closer.error + best.error))
            sure = closer.error < np.abs(closer.value) / 16
            better = doubted & (apart & sure | np.isinf(best.error))
        best.value = np.where(better, closer.value, best.value)
        best.error = np.where(better, closer.error, best.error)
        best.calls += closer.calls
    return best


def agrees(claim: Any, found: Estimate) -> Any:
    """Where a claim agrees with a derivative that is known well."""
    with np.errstate(all="ignore"):
        good = found.error <= GOOD * np.abs(found.value)
        return good & (np.abs(claim - found.value) <= 3 * found.error) | (
            (claim == 0) & (found.value == 0)
        )


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
    return confirmed(along_imaginary_axis(phi), near)


def confirmed(value: Any, near: Estimate) -> Estimate:
    """The derivative by complex steps, with its rounding, if it agrees with the one in `near`."""
    with np.errstate(all="ignore"):
        if value is None or not np.all(np.abs(value - near.value) <= 3 * near.error):
            return near
        error = np.minimum(near.error, NOISE * EPS * np.abs(value))
    return Estimate(value, error, near.calls + 1)


def along_imaginary_axis(phi: Callable[[Any], Any], scale: Any = 1.0) -> Any:
    """The imaginary part of phi over a tiny imaginary step; ``None`` where phi refuses it."""
    h = COMPLEX_STEP * np.asarray(scale)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            return np.imag(phi(1j * h)) / h
    except Exception:  # whatever it is that the function says of complex numbers
        return None


def noise_of(
    phi: Callable[[float], Any],
    wide: Any = np.inf,
    eps: float = EPS,
    powers: tuple[float, ...] = NEIGHBOURS,
) -> Any:
    """By how much phi's results jump between neighbours that are closer than phi can change.

    High differences of a smooth function vanish, those of its rounding grow: scaled back, they are
    its standard deviation (Hamming, "Introduction to Applied Numerical Analysis", 1971; Moré and
    Wild, "Estimating computational noise", 2011). The fourth and the sixth agree on it where they
    see noise; neighbours at several distances are tried, since a number on the way that is large
    rounds seldom, but none so far apart that phi changes between them.

    Args:
        phi: returns a number or an array; it is called at a few positive numbers near 0.
        wide: how large phi's results are around.
        eps: of the precision in which phi computes.
        powers: of `eps`, the distances between neighbours.

    >>> bool(noise_of(lambda t: np.float64(np.float32(0.7 + t))) > 1e-9)
    True
    >>> bool(noise_of(lambda t: np.sin(0.7 + t)) < 1e-15)
    True
    """
    found: Any = 0.0
    for power in powers:
        delta = 2.0 ** np.rint(power * np.log2(eps))  # a power of two is added exactly
        with np.errstate(all="ignore"):
            results = np.array([phi(k * delta) for k in range(1, 10)])
            near = np.ptp(results, axis=0) <= wide / 16
            sixth, fourth = (
                np.sqrt(np.mean(np.diff(results, k, axis=0) ** 2, axis=0) * part)
                for k, part in ((6, 720**2 / 479001600), (4, 24**2 / 40320))
            )
            seen = (sixth > fourth / 8) & (near | (power == powers[0]))
        found = np.fmax(found, np.where(seen, sixth, 0.0))
    return found


def one_sided(phi: Callable[[float], Any], scale: float = 1.0) -> tuple[Any, Any]:
    """The slopes to the left and to the right of 0. They differ at a kink.

    >>> left, right = one_sided(abs)
    >>> float(left), float(right)
    (-1.0, 1.0)
    """
    h = 2.0**-20 * scale
    middle = np.asarray(phi(0.0))
    return (middle - phi(-h)) / h, (phi(h) - middle) / h

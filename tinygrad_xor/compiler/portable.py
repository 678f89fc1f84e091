"""Functions with the same digits everywhere: exp, expm1, log, log1p, tanh.

A C library, NumPy on a newer processor and each browser round these their own way. What all of them
agree on, bit for bit, is ``+ - * /``, the root, comparisons and powers of two, so here they are
written in nothing else; each is at most 1 ulp from the true value, for every float64. Of float32
they are computed in float64 and rounded.

They are plain NumPy, which `trace` turns into programs without a branch. Arguments are reduced as
by Cody and Waite (*Software Manual for the Elementary Functions*, 1980): x = k·ln 2 + r, with ln 2
in two parts, of which the first has 40 bits, so that k times it is exact. The series of the rest
are minimax polynomials, found by Remez's exchange in 60 digits and rounded to doubles; that of log
belongs to artanh(s) with s = f / (2 + f), as in Muller, *Elementary Functions*, 3rd edition, 2016.
tanh of small numbers is Lambert's continued fraction of 1768, whose coefficients are whole numbers.
Where the first of two numbers is the larger, what their sum loses is a float too, and is kept
(Dekker, 1971).

>>> float(exp(1.0)), float(log(10.0)), float(tanh(0.5))
(2.718281828459045, 2.302585092994046, 0.46211715726000974)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.scaling import exponent, power_of_two
from tinygrad_xor.program.functions import astype

Function = Callable[..., Any]
#: What stands for a function of NumPy's.
PORTABLE: dict[Function, Function] = {}

#: ln 2 in two parts, and 1 / ln 2.
_LN2 = float.fromhex("0x1.62e42fefa2p-1")
_LN2_REST = 7.371002565167799e-13
_PER_LN2 = 1.4426950408889634
#: Added and taken away again, it rounds a number below 2⁵¹ to a whole one.
_ROUND = 1.5 * 2.0**52
#: exp(r) = 1 + r + r² P(r) where |r| ≤ ln 2 / 2, to 2⁻⁶².
_EXP = (
    0.5,
    0.1666666666666667,
    0.041666666666666685,
    0.008333333333326082,
    0.0013888888888874292,
    0.00019841269875003816,
    2.4801587347591392e-05,
    2.755725516830495e-06,
    2.7557252669041394e-07,
    2.510531335395688e-08,
    2.0921671678964282e-09,
)
#: 2 artanh(s) = 2 s + s³ P(s²) where |s| ≤ (√2 - 1) / (√2 + 1), to 2⁻⁵⁹.
_ARTANH = (
    0.6666666666666735,
    0.3999999999940749,
    0.2857142874414181,
    0.22222198378446376,
    0.1818357516660011,
    0.1531375574162,
    0.14799066196620772,
)
#: (x - tanh(x)) / x³, above and below: eight levels of 1 / (1 + x²/(3 + x²/(5 + …))).
_LAMBERT = (11486475.0, 810810.0, 12870.0, 44.0)
_LAMBERT_BELOW = (34459425.0, 16216200.0, 945945.0, 13860.0, 45.0)


def _in_place_of(numpys: Function) -> Callable[[Function], Function]:
    """Let a function stand for one of NumPy's: float32 is computed as float64, and rounded."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def portable(*inputs: Any) -> Any:
            with np.errstate(over="ignore"):
                if np.result_type(*inputs) != np.float32:
                    return function(*inputs)
                return astype(function(*[astype(x, np.float64) for x in inputs]), np.float32)

        PORTABLE[numpys] = portable
        return portable

    return decorate


@_in_place_of(np.exp)
def exp(x: Any) -> Any:
    """eˣ, for floats and arrays of them.

    >>> exp(np.array([0.0, -np.inf, 710.0, -745.0])).tolist()
    [1.0, 0.0, inf, 5e-324]
    """
    k, high, low = _reduced(_within(x, -746.0, 710.0))
    y = 1.0 + high
    y = y + _beyond(high, low, (1.0 - y) + high)
    half = _whole(0.5 * k)  # a number below the normal ones is to be rounded once
    return np.where(np.isnan(x), x, y * power_of_two(half) * power_of_two(k - half))


@_in_place_of(np.expm1)
def expm1(x: Any) -> Any:
    """eˣ - 1, right also where eˣ is close to 1.

    >>> expm1(np.array([1e-300, -0.0, -50.0, np.inf])).tolist()
    [1e-300, -0.0, -1.0, inf]
    """
    k, high, low = _reduced(_within(x, -45.0, 710.0))
    r = high - low
    z = r * r
    cubic = z * (r * _polynomial(_EXP[1:], r))
    lost = ((high - r) - low) * r - low  # by r: it is felt where k is 1
    part = power_of_two(-np.where(k < 64.0, k, 64.0))
    one = 1.0 - part
    lost = lost + ((1.0 - one) - part)
    y = one + high
    y = y + (((one - y) + high) + (0.5 * z + (cubic + lost)))
    return np.where(np.abs(x) >= 2.0**-54, 2.0 * y * power_of_two(k - 1.0), x)


@_in_place_of(np.tanh)
def tanh(x: Any) -> Any:
    """The hyperbolic tangent: from 0.6 on, 1 - 2 / (exp(2x) + 1).

    >>> tanh(np.array([-1e-300, 0.1, 20.0, -np.inf])).tolist()
    [-1e-300, 0.09966799462495582, 1.0, -1.0]
    """
    size = np.abs(x)
    is_small = size < 0.6
    k, high, low = _reduced(_within(2.0 * size, 0.0, 44.0))
    part = power_of_two(-k)
    one = 1.0 + part
    near = one + high
    rest = _beyond(high, low, (one - near) + high)
    below = near + rest
    lost = np.where(is_small, 0.0, (near - below) + rest)
    little = np.where(is_small, x, 0.0)
    z = little * little
    sign = np.where(x < 0.0, -1.0, 1.0)
    above = np.where(is_small, little * z * _polynomial(_LAMBERT, z), 2.0 * part * sign)
    below = np.where(is_small, _polynomial(_LAMBERT_BELOW, z), below)
    less = above / below
    first = np.where(is_small, x, sign)
    y = first - less
    y = y + (((first - y) - less) + less * (lost / below))
    return np.where(size >= 2.0**-28, y, x)


@_in_place_of(np.log)
def log(x: Any) -> Any:
    """The natural logarithm: -inf of 0, NaN below.

    >>> log(np.array([1.0, 0.0, 5e-324, np.inf, -1.0])).tolist()
    [0.0, -inf, -744.4400719213812, inf, nan]
    """
    is_normal = (x > 0.0) & (x < math.inf)
    w = np.where(is_normal, x, 1.0)
    is_tiny = w < 2.0**-1000
    k, m = _split(np.where(is_tiny, 2.0**54 * w, w))
    y = _of_reduced(np.where(is_tiny, k - 54.0, k), m - 1.0, 0.0)
    special = np.where(x == 0.0, -math.inf, np.where(x > 0.0, x, math.nan))
    return np.where(is_normal, y, special)


@_in_place_of(np.log1p)
def log1p(x: Any) -> Any:
    """log(1 + x), right also where x is small.

    >>> log1p(np.array([1e-300, -0.0, -1.0, np.inf])).tolist()
    [1e-300, -0.0, -inf, inf]
    """
    is_normal = (x > -1.0) & (x < math.inf)
    w = np.where(is_normal, x, 0.0)
    u = 1.0 + w
    lost = np.where(w < 1.0, w - (u - 1.0), 1.0 - (u - w))
    k, m = _split(u)
    is_near = k == 0.0
    y = _of_reduced(k, np.where(is_near, w, m - 1.0), np.where(is_near, 0.0, lost / u))
    special = np.where(x == -1.0, -math.inf, np.where(x < -1.0, math.nan, x))
    return np.where(is_normal & (np.abs(x) >= 2.0**-54), y, special)


def _within(x: Any, low: float, high: float) -> Any:
    """`x` between two numbers; NaN becomes one of them."""
    below = np.where(x < high, x, high)
    return np.where(below > low, below, low)


def _whole(x: Any) -> Any:
    return (x + _ROUND) - _ROUND


def _reduced(x: Any) -> tuple[Any, Any, Any]:
    """k, and r as high - low, where x = k·ln 2 + r."""
    k = _whole(x * _PER_LN2)
    return k, x - k * _LN2, k * _LN2_REST


def _beyond(high: Any, low: Any, lost: Any) -> Any:
    """exp(r) - 1 - high + lost, where r = high - low: r² / 2 and so on."""
    r = high - low
    z = r * r
    first, second, third = [_polynomial(_EXP[i : i + 4], r) for i in (0, 4, 8)]
    # what is added last is known last: a processor need not wait for it
    return ((lost - low) + z * first) + (z * (z * z)) * (second + (z * z) * third)


def _split(x: Any) -> tuple[Any, Any]:
    """k and m, where x = 2ᵏ m, and m is between √½ and √2."""
    k = 1.0 + exponent(x * math.sqrt(0.5))
    return k, 0.25 * x * power_of_two(2.0 - k)


def _of_reduced(k: Any, f: Any, rest: Any) -> Any:
    """k·ln 2 + log(1 + f) + a small rest."""
    s = f / (2.0 + f)
    z = s * s
    half_square = 0.5 * f * f
    tail = s * (half_square + z * _polynomial(_ARTANH, z)) + (k * _LN2_REST + rest)
    return k * _LN2 - ((half_square - tail) - f)


def _polynomial(coefficients: tuple[float, ...], z: Any) -> Any:
    """Σ cᵢ zⁱ, in pairs, which a processor computes at once (Estrin, 1960)."""
    terms: list[Any] = list(coefficients)
    while len(terms) > 1:
        pairs = [low + z * high for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
        z = z * z if len(terms) > 1 else z
    return terms[0]

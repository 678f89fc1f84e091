"""NumPy's functions that ONNX lacks, or that onnxruntime lacks in float64, in simpler ones.

Each keeps the digits where the plain formula loses them: log1p and expm1 are Kahan's (Higham,
*Accuracy and Stability of Numerical Algorithms*, 2nd edition, 1.14), the inverse hyperbolic ones
stand on log1p, and arctan halves its angle three times before it takes the series.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.expand import SIMPLER
from tinygrad_xor.program import Program
from tinygrad_xor.program.functions import name_of


def expm1(x: Any) -> Any:
    """exp(x) - 1, of which the error of exp(x) is divided out."""
    u = np.exp(x)
    rest = np.where(u == math.inf, u, (u - 1) * x / np.log(u))
    return np.where(u == 1, x, np.where(u - 1 == -1, -1.0, rest))


def log1p(x: Any) -> Any:
    """log(1 + x), of which the error of 1 + x is divided out."""
    u = 1 + x
    return np.where(u == 1, x, np.where(u == math.inf, u, np.log(u) * x / (u - 1)))


def sinh(x: Any) -> Any:
    """(eˣ - e⁻ˣ) / 2, which for small x is a difference of equals."""
    size = np.abs(x)
    small, half = expm1(np.minimum(size, 20.0)), np.exp(size / 2)
    y = np.where(size > 20, half / 2 * half, (small + small / (small + 1)) / 2)
    return np.where(x < 0, -y, y)


def cosh(x: Any) -> Any:
    """(eˣ + e⁻ˣ) / 2, without an infinity before its time."""
    half = np.exp(np.abs(x) / 2)
    return half / 2 * half + 0.5 / half / half


def arcsinh(x: Any) -> Any:
    """log(x + √(x² + 1)), of the larger side."""
    size = np.abs(x)
    small = np.minimum(size, 1e150)
    y = log1p(small + small * small / (1 + np.sqrt(small * small + 1)))
    y = np.where(size > 1e150, np.log(size) + math.log(2), y)
    return np.where(x < 0, -y, y)


def arccosh(x: Any) -> Any:
    """log(x + √(x² - 1)), by the distance from 1."""
    return log1p(x - 1 + np.sqrt(x - 1) * np.sqrt(x + 1))


def arctanh(x: Any) -> Any:
    """log((1 + x) / (1 - x)) / 2, of the positive side."""
    size = np.abs(x)
    y = log1p(2 * size / (1 - size)) / 2
    return np.where(x < 0, -y, y)


def arctan(x: Any) -> Any:
    """x - x³/3 + x⁵/5 - …, of an eighth of an angle of at most 45°."""
    size = np.abs(x)
    r = np.where(size > 1, 1 / size, size)
    for _ in range(3):
        r = r / (1 + np.sqrt(1 + r * r))
    terms = 0.0
    for k in reversed(range(9)):
        terms = (-1) ** k / (2 * k + 1) + r * r * terms
    y = np.where(size > 1, math.pi / 2 - 8 * r * terms, 8 * r * terms)
    return np.where(x < 0, -y, y)


def arctan2(y: Any, x: Any) -> Any:
    """The angle of the point (x, y), from its slope and the quarter that it lies in."""
    angle = arctan(y / np.where(x == 0, 1.0, x))
    straight = np.sign(y) * (math.pi / 2)
    behind = np.where(_signbit(y), angle - math.pi, angle + math.pi)
    return np.where(x == 0, straight, np.where(x < 0, behind, angle))


def hypot(x: Any, y: Any) -> Any:
    """√(x² + y²), scaled by the larger of them."""
    x, y = np.abs(x), np.abs(y)
    larger = np.maximum(x, y)
    ratio = np.minimum(x, y) / np.where(larger == 0, 1.0, larger)
    return np.where(larger == math.inf, larger, larger * np.sqrt(1 + ratio * ratio))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sums over pairs of axes, which have one letter."""
    if isinstance(axes, int):
        axes = (range(-axes, 0), range(axes))
    left, right = list("abcdefghijklm"[: a.ndim]), list("nopqrstuvwxyz"[: b.ndim])
    for i, j in zip(*[[x] if isinstance(x, int) else x for x in axes], strict=True):
        right[j] = left[i]
    rest = [letter for letter in left + right if (left + right).count(letter) == 1]
    return np.einsum(f"{''.join(left)},{''.join(right)}->{''.join(rest)}", a, b)


def erfc(x: Any) -> Any:
    """2/√π ∫ exp(-t²) dt from x on: exp(-x²) times a polynomial in 2 / (2 + |x|).

    The polynomial is of degree 31, through SciPy's ``erfcx`` (Schonfelder, *Mathematics of
    Computation* 32, 1978, has such for all error functions).
    """
    size = np.abs(x)
    t = 4 / (2 + size) - 1
    after, sums = 0.0, 0.0
    for c in reversed(_tail()[1:]):  # Clenshaw's, of Chebyshev polynomials
        after, sums = sums, c + 2 * t * sums - after
    y = np.exp(-size * size) * (_tail()[0] + t * sums - after) * 2 / (2 + size)
    return np.where(x < 0, 2 - y, y)


@functools.cache
def _tail() -> list[float]:
    """erfc(x) exp(x²) (2 + x) / 2 as Chebyshev polynomials in 4 / (2 + x) - 1."""
    from scipy.special import erfcx

    def scaled(t: Any) -> Any:
        x = 4 / (1 + t) - 2
        return erfcx(x) * (2 + x) / 2

    found: list[float] = np.polynomial.chebyshev.chebinterpolate(scaled, 31).tolist()
    return found


#: SciPy's, by the names they have in programs: it need not be here.
_SCIPYS: dict[str, Callable[..., Any]] = {
    "erfc": erfc,
    "ndtr": lambda x: erfc(x * -math.sqrt(0.5)) / 2,
}


def forms_for(program: Program) -> dict[Callable[..., Any], Callable[..., Any]]:
    """The forms of what a program calls. What only refuses some numbers lets all pass in a file."""
    forms = dict(FORMS)
    for function in {step.function for step in program.steps}:
        if hasattr(function, "refuses"):
            forms[function] = functools.partial(_granted, function)
        elif type(function) is np.ufunc and name_of(function) in _SCIPYS:
            forms[function] = _SCIPYS[name_of(function)]
    return forms


def _granted(function: Any, *args: Any, **named: Any) -> Any:
    return function.refuses(*args, **named)[0]


def _signbit(x: Any) -> Any:
    return (x < 0) | (1 / x < 0)


def _copysign(x: Any, y: Any) -> Any:
    return np.where(_signbit(y), -np.abs(x), np.abs(x))


def _dot(a: Any, b: Any) -> Any:
    if not (a.ndim and b.ndim):
        return a * b
    return a @ b if b.ndim <= 2 else tensordot(a, b, (-1, -2))


def _round(a: Any, decimals: int = 0) -> Any:
    return np.rint(a) if decimals == 0 else np.rint(a * 10.0**decimals) / 10.0**decimals


def _sinc(x: Any) -> Any:
    angle = np.where(x == 0, 1.0, math.pi * x)
    return np.where(x == 0, 1.0, np.sin(angle) / angle)


def _inner(a: Any, b: Any) -> Any:
    return a * b if not (a.ndim and b.ndim) else tensordot(a, b, (-1, -1))


#: What stands for a function before it is written with ONNX's operators.
FORMS: dict[Callable[..., Any], Callable[..., Any]] = {
    **SIMPLER,
    **{np.expm1: expm1, np.log1p: log1p, np.sinh: sinh, np.cosh: cosh, np.hypot: hypot},
    **{np.arcsinh: arcsinh, np.arccosh: arccosh, np.arctanh: arctanh, np.arctan: arctan},
    **{np.arctan2: arctan2, np.tan: lambda x: np.sin(x) / np.cos(x)},
    np.arcsin: lambda x: arctan(x / np.sqrt((1 - x) * (1 + x))),
    np.arccos: lambda x: 2 * arctan(np.sqrt((1 - x) / (1 + x))),
    **{np.exp2: lambda x: np.power(2.0, x), np.float_power: np.power},
    **{np.log2: lambda x: np.log(x) / math.log(2), np.log10: lambda x: np.log(x) / math.log(10)},
    np.cbrt: lambda x: np.sign(x) * np.power(np.abs(x), 1 / 3),
    **{np.signbit: _signbit, np.copysign: _copysign, np.round: _round, np.sinc: _sinc},
    **{f: lambda x: np.where(x < 0, np.ceil(x), np.floor(x)) for f in (np.trunc, np.fix)},
    np.isfinite: lambda x: ~(np.isnan(x) | np.isinf(x)),
    **{np.tensordot: tensordot, np.dot: _dot, np.inner: _inner},
    np.vdot: lambda a, b: np.sum(np.ravel(a) * np.ravel(b)),
    np.outer: lambda a, b: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)),
    np.nansum: lambda a, *more, **named: np.sum(np.where(np.isnan(a), 0.0, a), *more, **named),
    **{np.real: lambda x: x, np.imag: np.zeros_like},
    np.vecdot: lambda a, b, axis=-1: np.sum(a * b, axis=axis),
}
if hasattr(np, "matvec"):  # new in NumPy 2.2
    FORMS[np.matvec] = lambda a, x: np.squeeze(a @ np.expand_dims(x, -1), -1)
    FORMS[np.vecmat] = lambda x, a: np.squeeze(np.expand_dims(x, -2) @ a, -2)

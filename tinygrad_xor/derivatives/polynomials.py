"""Polynomials, as NumPy writes them: coefficients, the highest power first."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array
from tinygrad_xor.engine import composed
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import distinct, positive, real


@composed(np.polyval, calls=lambda random: (((3,), (2,)), {}))
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients p, highest power first, at x (Horner's scheme)."""
    p, x = array(p), array(x)
    y = x * 0.0
    for i in range(np.shape(p)[0]):
        y = y * x + p[i]
    return y


def _trimmed(p: Any) -> Any:
    """A polynomial without leading coefficients that are zero."""
    p = np.atleast_1d(p)
    places = np.flatnonzero(p != 0)
    return p[places[0] if len(places) else -1 :]


def _sum_of_polynomials(a1: Any, a2: Any, sign: float) -> Any:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(np.shape(a1)[0], np.shape(a2)[0])
    a1, a2 = (np.pad(a, (n - np.shape(a)[0], 0)) for a in (a1, a2))
    return a1 + sign * a2


@composed(np.polyadd, calls=lambda random: (((3,), (2,)), {}))
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    return _sum_of_polynomials(a1, a2, 1.0)


@composed(np.polysub, calls=lambda random: (((3,), (2,)), {}))
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return _sum_of_polynomials(a1, a2, -1.0)


@composed(np.polymul, calls=lambda random: (((3,), (2,)), {}), domain=positive)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials."""
    return np.convolve(_trimmed(a1), _trimmed(a2))


@composed(np.polyder, calls=lambda random: (((4,),), {"m": random.choice([1, 2])}))
def polyder(p: Any, m: int = 1) -> Any:
    """The derivative of a polynomial."""
    for _ in range(m):
        p = p[:-1] * np.arange(np.shape(p)[0] - 1, 0, -1)  # integers, so float32 becomes float64
    return p


@composed(
    np.polyfit,
    calls=lambda random: (((4,), (4,)), {"deg": random.choice([1, 2])}),
    domain=(distinct, real),
)
def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, w: Any = None) -> Any:
    """The coefficients of the polynomial that fits the points (x, y) with the least squares."""
    x, y = array(x) + 0.0, array(y) + 0.0
    powers = np.vander(x, deg + 1)
    if w is not None:
        w = array(w)
        powers = powers * np.expand_dims(w, 1)
        y = y * (np.expand_dims(w, 1) if np.ndim(y) == 2 else w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    if rcond is None:
        rcond = np.shape(x)[0] * np.finfo(x.dtype).eps
    coefficients = np.linalg.lstsq(powers / scale, y, rcond)[0]
    return np.transpose(np.transpose(coefficients) / scale)


@composed(
    np.vander,
    calls=lambda random: (
        ((3,),),
        {"N": random.choice([2, 3, None]), "increasing": random.choice([True, False])},
    ),
)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803
    """Powers of x in columns, highest power first."""
    n = np.shape(x)[0] if N is None else N
    x = x * np.float64(1.0)  # as NumPy computes it
    if n == 0:
        return np.reshape(x, (-1, 1))[:, :0]
    ones = 1.0 + 0.0 * x
    if is_complex(x) and n > 1:  # running products are rounded otherwise than products
        running = np.cumprod(np.stack([x] * (n - 1), axis=1), axis=1)
        columns = np.concatenate([np.expand_dims(ones, 1), running], axis=1)
        return columns if increasing else np.flip(columns, 1)
    powers = [ones]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    columns = np.stack(powers, axis=1)
    return columns if increasing else np.flip(columns, 1)

"""Differences, integrals, convolutions, interpolation, polynomials: arrays as sampled functions."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import an_axis, of
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.domains import distinct, positive, real


def _along(axis: int, ndim: int, part: Any) -> tuple[Any, ...]:
    return (slice(None),) * (axis % ndim) + (part,)


@composed(np.diff, calls=of(least=1, smallest=2, n=[0, 1, 2], axis=an_axis))
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Each element minus the one before, n times."""
    later, earlier = (_along(axis, np.ndim(a), part) for part in (slice(1, None), slice(-1)))
    for _ in range(n):
        a = a[later] - a[earlier]
    return a


@composed(np.ediff1d, calls=of(least=1))
def ediff1d(ary: Any) -> Any:
    """Differences of the elements in order."""
    return np.diff(np.ravel(ary))


def _gradient_along(f: Any, spacing: float, axis: int) -> Any:
    n = np.ndim(f)

    def part(start: int | None, stop: int | None) -> Any:
        return f[_along(axis, n, slice(start, stop))]

    inner = (part(2, None) - part(None, -2)) / (2.0 * spacing)
    first, last = (part(1, 2) - part(0, 1)) / spacing, (part(-1, None) - part(-2, -1)) / spacing
    return np.concatenate([first, inner, last], axis=axis)


@composed(np.gradient, calls=lambda random: (((3, 4),), {"axis": random.choice([None, 0, -1])}))
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided differences at the edges; equal spacing."""
    if edge_order != 1 or any(np.ndim(h) for h in varargs):
        raise TypeError("np.gradient of a Value takes equal spacing (numbers), and edge_order=1")
    axes = range(np.ndim(f)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    results = [_gradient_along(f, h, ax) for h, ax in zip(spacings, axes, strict=True)]
    return results[0] if len(results) == 1 else tuple(results)


@composed(
    np.trapezoid,
    calls=lambda random: (((2, 4),), {"dx": random.choice([1.0, 0.5]), "axis": -1}),
)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    later, earlier = (_along(axis, np.ndim(y), part) for part in (slice(1, None), slice(-1)))
    d: Any = dx
    if x is not None:
        d = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            shape = [1] * np.ndim(y)
            shape[axis] = -1
            d = np.reshape(d, shape)
    return np.sum(d * (y[later] + y[earlier]) / 2.0, axis)


@composed(
    np.linspace,
    calls=lambda random: (((2,), (2,)), {"num": 4, "endpoint": random.choice([True, False])}),
)
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    """Evenly spaced numbers between two."""
    parts = num - 1 if endpoint else num
    step = (stop - start) / max(parts, 1)
    dtype = np.result_type(start, stop, float(num))
    rising = np.reshape(np.arange(0, num, dtype=dtype), (-1,) + (1,) * np.ndim(step))
    points = rising * step + start
    if endpoint and num > 1:
        points = np.concatenate([points[:-1], np.expand_dims(stop + 0.0 * start, 0)], axis=0)
    return np.moveaxis(points, 0, axis)


def _in_full(g: Any, mode: str, m: int, n: int) -> Any:
    """`g` in its place in the convolution of mode "full", which has length m + n - 1."""
    short = min(m, n)
    start = {"full": 0, "same": short - 1 - short // 2, "valid": short - 1}[mode]
    return np.pad(g, (start, m + n - 1 - start - np.shape(g)[0]))


def _convolve_rule(g: Any, z: Any, own: Any, other: Any, mode: Any = "full") -> Any:
    full = _in_full(g, mode, np.shape(own)[0], np.shape(other)[0])
    return np.correlate(full, conj(other), "valid")


def _signals(random: Any) -> Any:
    m, n = random.choice([(4, 3), (3, 2), (2, 4), (1, 1)])
    return ((m,), (n,)), {"mode": random.choice(["full", "same", "valid"])}


convolve = primitive(
    np.convolve,
    "∗",
    lambda g, z, x, y, mode="full": _convolve_rule(g, z, x, y, mode),
    lambda g, z, x, y, mode="full": _convolve_rule(g, z, y, x, mode),
    calls=_signals,
)


@composed(np.correlate, calls=_signals)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """The sum of products as the second array slides along the first."""
    if np.shape(v)[0] > np.shape(a)[0]:
        return np.flip(np.convolve(np.flip(a), conj(v), mode))
    return np.convolve(a, np.flip(conj(v)), mode)


@composed(
    np.logspace,
    calls=lambda random: (((2,), (2,)), {"num": 3, "base": random.choice([10.0, 2.0])}),
)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    *,
    axis: int = 0,
) -> Any:
    """Powers of the base, with evenly spaced exponents between two."""
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


@composed(
    np.interp,
    calls=lambda random: (((3,), (4,)), {}),
    arrange=lambda inputs, params: (
        (np.abs(inputs[0]) % 3 * 0.9, [0.0, 1.0, 2.0, 3.0], inputs[1]),
        params,
    ),
    domain=(distinct, real),
    real_only=True,
)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Straight lines between the points (xp, fp), read at x."""
    xp, fp = (np.asarray(a) if isinstance(a, (list, tuple)) else a for a in (xp, fp))
    x, fp = x * np.float64(1.0), fp * np.float64(1.0)  # as NumPy computes it
    n = np.shape(xp)[0]
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, n - 2)
    x0, x1, y0, y1 = xp[low], xp[low + 1], fp[low], fp[low + 1]
    inside = (y1 - y0) / (x1 - x0) * (x - x0) + y0
    inside = np.where(x == xp[-1], fp[-1], inside)
    result = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[-1], fp[-1] if right is None else right, result)


@composed(np.polyval, calls=lambda random: (((3,), (2,)), {}))
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients p, highest power first, at x (Horner's scheme)."""
    y: Any = x * 0.0
    for i in range(np.shape(p)[0]):
        y = y * x + p[i]
    return y


def _sum_of_polynomials(a1: Any, a2: Any, sign: float) -> Any:
    n = max(np.shape(a1)[0], np.shape(a2)[0])
    a1, a2 = (np.pad(a, (n - np.shape(a)[0], 0)) for a in (a1, a2))
    return a1 + a2 if sign > 0 else a1 - a2


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
    return np.convolve(a1, a2)


@composed(np.polyder, calls=lambda random: (((4,),), {"m": random.choice([1, 2])}))
def polyder(p: Any, m: int = 1) -> Any:
    """The derivative of a polynomial."""
    for _ in range(m):
        p = p[:-1] * np.arange(np.shape(p)[0] - 1, 0, -1)  # integers, so float32 becomes float64
    return p


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
    powers = [np.ones(np.shape(x)) + 0.0 * x]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    columns = np.stack(powers[:n], axis=-1)
    return columns if increasing else np.flip(columns, -1)


@composed(np.unwrap, calls=of(least=1), real_only=True)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Jumps of more than half a period taken out: a shift by whole periods, with derivative 1."""
    return p + (np.unwrap(p.data, discont, axis, period=period) - p.data)

"""Differences, integrals, convolutions, interpolation: arrays as sampled functions."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array, axes_of, axis_of, part
from tinygrad_xor.derivatives._calls import an_axis, of
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import Value, composed, primitive
from tinygrad_xor.engine.sampling import distinct, real


@composed(np.diff, calls=of(least=1, smallest=2, n=[0, 1, 2], axis=an_axis))
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Each element minus the one before, n times."""
    for _ in range(n):
        a = part(a, axis, slice(1, None)) - part(a, axis, slice(-1))
    return a


@composed(np.ediff1d, calls=of(least=1))
def ediff1d(ary: Any) -> Any:
    """Differences of the elements in order."""
    return np.diff(np.ravel(ary))


def _gradient_along(f: Any, spacing: Any, axis: int) -> Any:
    if np.shape(f)[axis] < 2:
        raise ValueError(f"gradient() needs two elements along axis {axis} of shape {np.shape(f)}")
    inner = (part(f, axis, slice(2, None)) - part(f, axis, slice(-2))) / (2.0 * spacing)
    first = (part(f, axis, slice(1, 2)) - part(f, axis, slice(1))) / spacing
    last = (part(f, axis, slice(-1, None)) - part(f, axis, slice(-2, -1))) / spacing
    return np.concatenate([first, inner, last], axis=axis)


@composed(np.gradient, calls=lambda random: (((3, 4),), {"axis": random.choice([None, 0, -1])}))
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided differences at the edges; equal spacing."""
    if edge_order != 1 or any(np.ndim(h) for h in varargs):
        raise TypeError("np.gradient of a Value takes equal spacing (numbers), and edge_order=1")
    f = array(f)
    axes = axes_of(f, axis)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient() over {len(axes)} axes got {len(varargs)} spacings")
    results = [_gradient_along(f, h, ax) for h, ax in zip(spacings, axes, strict=True)]
    return results[0] if len(results) == 1 else tuple(results)


@composed(
    np.trapezoid,
    calls=lambda random: (((2, 4),), {"dx": random.choice([1.0, 0.5]), "axis": -1}),
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    y, d = array(y), dx
    if x is not None:
        x = array(x)
        d = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            shape = [1] * np.ndim(y)
            shape[axis_of(y, axis)] = -1
            d = np.reshape(d, shape)
    return np.sum(d * (part(y, axis, slice(1, None)) + part(y, axis, slice(-1))) / 2.0, axis)


@composed(
    np.linspace,
    calls=lambda random: (((2,), (2,)), {"num": 4, "endpoint": random.choice([True, False])}),
)
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    """Evenly spaced numbers between two."""
    dtype = np.result_type(*(x if np.isscalar(x) else array(x) for x in (start, stop)))
    start, stop = (x if type(x) is Value else np.asarray(x, dtype) for x in (start, stop))
    parts = max(num - 1 if endpoint else num, 1)
    delta = stop - start
    step = delta / parts
    rising = np.reshape(np.arange(0, num, dtype=dtype), (-1,) + (1,) * np.ndim(step))
    points = (rising / parts * delta if np.any(step == 0) else rising * step) + start
    if endpoint and num > 1:
        last = np.expand_dims(np.broadcast_to(stop, np.shape(delta)), 0)
        points = np.concatenate([points[:-1], last], axis=0)
    return np.moveaxis(points, 0, axis)


#: NumPy still takes the numbers that modes had once.
_MODES = {0: "valid", 1: "same", 2: "full"}


def _in_full(g: Any, mode: str, m: int, n: int) -> Any:
    """`g` in its place in the convolution of mode "full", which has length m + n - 1."""
    short = min(m, n)
    start = {"full": 0, "same": short - 1 - short // 2, "valid": short - 1}[mode]
    return np.pad(g, (start, m + n - 1 - start - np.shape(g)[0]))


def _convolve_rule(g: Any, z: Any, own: Any, other: Any, mode: Any) -> Any:
    mode = _MODES.get(mode, mode)
    full = _in_full(g, mode, int(np.size(own)), int(np.size(other)))
    return np.reshape(np.correlate(full, conj(np.ravel(other)), "valid"), np.shape(own))


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
    a, v = np.atleast_1d(a), np.atleast_1d(v)
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
    # NumPy computes in float64
    x, xp, fp = (array(a) * np.float64(1.0) for a in (x, xp, fp))
    n = np.shape(xp)[0]
    if np.shape(fp)[0] != n:
        raise ValueError(f"interp() needs a height for each point: {n} points, {np.shape(fp)[0]}")
    if n == 1:  # no line: the same height everywhere
        xp, fp, n = np.concatenate([xp, xp + 1.0]), np.concatenate([fp, fp]), 2
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, n - 2)
    x0, x1, y0, y1 = xp[low], xp[low + 1], fp[low], fp[low + 1]
    inside = (y1 - y0) / (x1 - x0) * (x - x0) + y0
    inside = np.where(x == xp[-1], fp[-1], inside)
    result = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[-1], fp[-1] if right is None else right, result)


@composed(np.unwrap, calls=of(least=1), real_only=True)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Jumps of more than half a period taken out: a shift by whole periods, with derivative 1."""
    return p + (np.unwrap(p.data, discont, axis, period=period) - p.data)

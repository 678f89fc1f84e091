"""Differences, integrals, convolutions, interpolation: arrays as sampled functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array, axes_of, axis_of, is_any, part
from tinygrad_xor.derivatives._calls import an_axis, of
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import Value, composed, primitive
from tinygrad_xor.engine.sampling import distinct, real
from tinygrad_xor.program import one_step

_NOTHING: Any = getattr(np, "_NoValue")  # noqa: B009 (NumPy's mark of what was not given)


@composed(np.diff, calls=of(least=1, smallest=2, n=[0, 1, 2], axis=an_axis))
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = _NOTHING, append: Any = _NOTHING
) -> Any:
    """Each element minus the one before, n times; with more elements before or after them all."""
    a = array(a)
    if n and not (prepend is _NOTHING and append is _NOTHING):
        joined = (_edge(prepend, a, axis), a, _edge(append, a, axis))
        a = np.concatenate([x for x in joined if x is not _NOTHING], axis=axis)
    for _ in range(n):
        a = part(a, axis, slice(1, None)) - part(a, axis, slice(-1))
    return a


def _edge(edge: Any, a: Any, axis: int) -> Any:
    """What to join to `a`: an array; or a number, in one place along the axis."""
    if edge is _NOTHING or np.ndim(edge):
        return edge
    shape = list(np.shape(a))
    shape[axis_of(a, axis)] = 1
    return np.broadcast_to(edge, shape)


@composed(np.ediff1d, calls=of(least=1))
def ediff1d(ary: Any) -> Any:
    """Differences of the elements in order."""
    return np.diff(np.ravel(ary))


#: The derivative at the left, the middle and the right one of three points, from their distances.
_WEIGHTS: tuple[Callable[[Any, Any], tuple[Any, Any, Any]], ...] = (
    lambda p, q: (-(2.0 * p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q))),
    lambda p, q: (-q / (p * (p + q)), (q - p) / (p * q), p / (q * (p + q))),
    lambda p, q: (q / (p * (p + q)), -(q + p) / (p * q), (2.0 * q + p) / (q * (p + q))),
)


def _gradient_along(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """By distances, a number or one for each step along the axis."""
    n, equal = np.shape(f)[axis], np.ndim(spacing) == 0
    if n < edge_order + 1:
        raise ValueError(
            f"gradient() needs {('two', 'three')[edge_order - 1]} elements along axis {axis} of "
            f"shape {np.shape(f)}"
        )

    def places(start: int, count: int = 1) -> list[Any]:
        return [part(f, axis, slice(start + k, start + k + count)) for k in range(3)]

    def weighted(weights: Any, elements: Any) -> Any:
        shape = [-1 if k == axis else 1 for k in range(np.ndim(f))]
        a, b, c = (np.reshape(w, shape) if np.ndim(w) else w for w in weights)
        return a * elements[0] + b * elements[1] + c * elements[2]

    left, _, right = three = places(0, n - 2)
    if equal:
        inner = (right - left) / (2.0 * spacing)
    else:
        inner = weighted(_WEIGHTS[1](spacing[:-1], spacing[1:]), three)
    if edge_order == 1:
        first, last = (spacing, spacing) if equal else (spacing[0], spacing[-1])
        x = places(0)
        y = places(n - 2)
        ends = (x[1] - x[0]) / first, (y[1] - y[0]) / last
    elif equal:
        ends = (
            weighted((-1.5 / spacing, 2.0 / spacing, -0.5 / spacing), places(0)),
            weighted((0.5 / spacing, -2.0 / spacing, 1.5 / spacing), places(n - 3)),
        )
    else:
        ends = (
            weighted(_WEIGHTS[0](spacing[0], spacing[1]), places(0)),
            weighted(_WEIGHTS[2](spacing[-2], spacing[-1]), places(n - 3)),
        )
    return np.concatenate([ends[0], inner, ends[1]], axis=axis)


def _distances(coordinates: Any, n: int) -> Any:
    """The steps between coordinates; one number for all, where it was given or they are equal."""
    if np.ndim(coordinates) == 0:
        return coordinates
    if np.shape(coordinates) != (n,):
        raise ValueError(
            f"gradient() takes a spacing, or as many coordinates as there are elements: {n}, not "
            f"of shape {np.shape(coordinates)}"
        )
    steps = np.diff(array(coordinates))
    return steps[0] if type(steps) is not Value and np.all(steps == steps[0]) else steps


@composed(
    np.gradient,
    calls=lambda random: (
        ((3, 4),),
        {"axis": random.choice([None, 0, -1]), "edge_order": random.choice([1, 2])},
    ),
)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided differences at the edges.

    For each axis a spacing, or the coordinates of the elements along it.
    """
    if edge_order not in (1, 2):
        raise ValueError(f"gradient() has edges of order 1 and 2, not {edge_order}")
    f = array(f)
    axes = axes_of(f, axis)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient() over {len(axes)} axes got {len(varargs)} spacings")
    results = [
        _gradient_along(f, _distances(h, np.shape(f)[ax]), ax, edge_order)
        for h, ax in zip(spacings, axes, strict=True)
    ]
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
    points = (rising / parts * delta if is_any(step == 0) else rising * step) + start
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


@one_step
def _at(points: Any, places: Any) -> Any:
    return points[places]


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
    x0, x1, y0, y1 = _at(xp, low), _at(xp, low + 1), _at(fp, low), _at(fp, low + 1)
    inside = (y1 - y0) / (x1 - x0) * (x - x0) + y0
    inside = np.where(x == xp[-1], fp[-1], inside)
    result = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[-1], fp[-1] if right is None else right, result)


# Jumps of more than half a period are taken out: a shift by whole periods, so the derivative is 1.
unwrap = primitive(
    np.unwrap,
    "unwrap",
    lambda g, y, p, discont=None, axis=-1, period=2 * np.pi: g,
    calls=of(least=1),
    real_only=True,
)

"""SciPy's test functions, special functions, splines and robust losses."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

Case = tuple[str, Any, tuple[Any, ...], dict[str, Any]]


def of_scipy() -> Iterator[Case]:
    optimize = importlib.import_module("scipy.optimize")
    special = importlib.import_module("scipy.special")
    interpolate = importlib.import_module("scipy.interpolate")
    robust = importlib.import_module("scipy.optimize._lsq.least_squares")
    for at in ([1.3, 0.7, 0.8, 1.9, 1.2], [1.0] * 5, [-1.2, 1.0, -1.2]):
        x = np.array(at)
        rosen, der = optimize.rosen, optimize.rosen_der
        yield "rosen", rosen, (x,), {"gradient": der, "hessian": optimize.rosen_hess}
        yield "rosen_hess_prod", der, (x,), {"vjp": optimize.rosen_hess_prod}
    for name in ("huber", "soft_l1", "cauchy", "arctan"):
        rho = getattr(robust, name, None) or robust.IMPLEMENTED_LOSSES[name]

        def rows(z: Any, rho: Any = rho) -> Any:
            found = np.empty((3, z.size))
            rho(z, found, cost_only=False)
            return found

        z = np.array([0.2, 0.7, 1.8, 9.0])
        for k, what in ((1, "first"), (2, "second")):
            f = lambda z, rows=rows, k=k: rows(z)[k - 1]
            j = lambda z, rows=rows, k=k: np.diag(rows(z)[k])
            yield f"least_squares loss {name}, {what}", f, (z,), {"jacobian": j}
    x = np.array([0.3, 0.8, 2.5])
    s = special
    pairs = {
        "gammaln": (s.gammaln, s.digamma),
        "digamma": (s.digamma, lambda x: s.polygamma(1, x)),
        "polygamma 2": (lambda x: s.polygamma(2, x), lambda x: s.polygamma(3, x)),
        "expit": (s.expit, lambda x: s.expit(x) * s.expit(-x)),
        "log_expit": (s.log_expit, lambda x: s.expit(-x)),
        "erf": (s.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
        "ndtr": (s.ndtr, lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)),
        "log_ndtr": (
            s.log_ndtr,
            lambda x: np.exp(-(x**2) / 2 - s.log_ndtr(x)) / np.sqrt(2 * np.pi),
        ),
        "sici": (lambda x: s.sici(x)[0], lambda x: np.sin(x) / x),
        "expi": (s.expi, lambda x: np.exp(x) / x),
        "lambertw": (lambda x: s.lambertw(x).real, lambda x: 1 / (x + np.exp(s.lambertw(x).real))),
        "airy": (lambda x: s.airy(x)[0], lambda x: s.airy(x)[1]),
    }
    for letter in ("j", "y", "i", "k"):
        value, slope = getattr(s, f"{letter}v"), getattr(s, f"{letter}vp")
        pairs[f"{letter}vp"] = (lambda x, v=value: v(1.5, x), lambda x, d=slope: d(1.5, x))
    for letter in ("jn", "yn", "in", "kn"):
        both = getattr(s, f"spherical_{letter}")
        pairs[f"spherical_{letter}"] = (
            lambda x, f=both: f(2, x),
            lambda x, f=both: f(2, x, derivative=True),
        )
    knots, heights = np.arange(6.0), np.array([0.0, 2.0, 1.0, 3.0, 2.5, 0.5])
    for name in ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator"):
        curve = getattr(interpolate, name)(knots, heights)
        pairs[name] = (curve, curve.derivative())
    spline = interpolate.make_interp_spline(knots, heights)
    pairs["BSpline"] = (spline, spline.derivative())
    krogh = interpolate.KroghInterpolator(knots, heights)
    pairs["KroghInterpolator"] = (krogh, krogh.derivative)
    bary = interpolate.BarycentricInterpolator(knots, heights)
    pairs["BarycentricInterpolator"] = (bary, bary.derivative)
    for name, (f, slope) in pairs.items():
        yield name, f, (x,), {"jacobian": lambda x, d=slope: np.diag(d(x))}

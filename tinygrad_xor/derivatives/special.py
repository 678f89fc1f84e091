"""Functions of ``scipy.special``. This page is read when a program has imported SciPy by itself.

At ends of domains slopes are infinite. ``x log y`` and its kin have no slope by y where x is 0,
also at y = 0: a target of 0 asks nothing of its prediction.

The derivatives are those of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov),
chapters 5 (gamma), 7 (error functions), 8 and 10 (Bessel functions).
"""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special
from scipy.special import _ufuncs

from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.engine import Primitive, Value, composed, primitive
from tinygrad_xor.engine.sampling import (
    Domain,
    above_1,
    between_0_and_1,
    inside_1,
    nonzero,
    positive,
    real,
)

#: SciPy's functions. With its array-API switch on, its module has wrappers of them, which no Value
#: can be given to: ``tinygrad_xor.scipy.special`` has these.
sc: Any = SimpleNamespace(
    **{
        name: function
        for module in (scipy.special, _ufuncs)
        for name, function in vars(module).items()
        if not name.startswith("_")
    }
)
sc.digamma = sc.psi  # under its other name there, the wrapper

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_LOG_2, _LOG_10 = math.log(2), math.log(10)
_ROOT_2, _ROOT_2_PI, _ROOT_2_OVER_PI = (math.sqrt(x) for x in (2, 2 * math.pi, 2 / math.pi))


def _entry(function: Any, symbol: str, *rules: Any, **how: Any) -> None:
    primitive(function, symbol, *rules, name=f"special.{function.__name__}", **how)


# -- error functions ------------------------------------------------------------------------------


def _far_out(slope: Any, x: Any, sign: int, factor: float) -> Any:
    """`slope`, whose parts cancel for large x; there factor · Σ (2k+1)!! hᵏ⁺¹ with h = ±1/2x².

    The series is that of dlmf.nist.gov, 7.12.1, term by term.
    """
    far = x > 6.0 if sign < 0 else np.abs(x) > 6.0
    h = sign / (2 * np.where(far, x, 6.0) ** 2)
    series: Any = 1.0
    for k in range(36, 0, -1):
        series = 1.0 + (2 * k + 1) * h * series
    return np.where(far, factor * h * series, slope)


def _dawsn_slope(y: Any, x: Any) -> Any:
    """1 - 2 x D(x)."""
    return _far_out(1 - 2 * x * y, x, 1, -1.0)


def _erfcx_slope(y: Any, x: Any) -> Any:
    """2 x erfcx(x) - 2/√π."""
    return _far_out(2 * x * y - _TWO_OVER_ROOT_PI, x, -1, _TWO_OVER_ROOT_PI)


_entry(sc.erf, "erf", lambda g, y, x: g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
_entry(sc.erfc, "erfc", lambda g, y, x: -g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
_entry(sc.erfi, "erfi", lambda g, y, x: g * _TWO_OVER_ROOT_PI * np.exp(x * x))
_entry(sc.dawsn, "D", lambda g, y, x: g * _dawsn_slope(y, x))
_entry(
    sc.erfcinv,
    "erfc⁻¹",
    lambda g, y, x: -g / _TWO_OVER_ROOT_PI * np.exp(y * y),
    domain=between_0_and_1,
)
_entry(sc.erfinv, "erf⁻¹", lambda g, y, x: g / _TWO_OVER_ROOT_PI * np.exp(y * y), domain=inside_1)
_entry(sc.ndtr, "Φ", lambda g, y, x: g * np.exp(-x * x / 2) / _ROOT_2_PI)
# erfcx(x) = exp(x²) erfc(x): what is left of a tail when its size is divided out.
_entry(sc.erfcx, "erfcx", lambda g, y, x: g * _erfcx_slope(y, x), domain=positive)
_entry(
    sc.log_ndtr,
    "log Φ",
    lambda g, y, x: g * _ROOT_2_OVER_PI / sc.erfcx(-x / _ROOT_2),
    real_only=True,
)
_entry(sc.ndtri, "Φ⁻¹", lambda g, y, x: g * _ROOT_2_PI * np.exp(y * y / 2), domain=between_0_and_1)

# -- the gamma function and its kin ---------------------------------------------------------------

_entry(sc.gamma, "Γ", lambda g, y, x: g * y * sc.digamma(x), domain=positive, real_only=True)
_entry(sc.gammaln, "log Γ", lambda g, y, x: g * sc.digamma(x), domain=positive)
_entry(sc.digamma, "ψ", lambda g, y, x: g * zeta(2.0, x), domain=positive, real_only=True)


class _Zeta(Primitive):
    """Hurwitz's zeta function, whose derivative by its order has no closed form."""

    def __call__(self, s: Any, q: Any) -> Any:
        """The same; it refuses to lose the gradient of `s`."""
        if type(s) is Value:
            raise TypeError(
                "special.zeta has no derivative by its first argument here: pass plain data, v.data"
            )
        return self.apply((s, q), {})


# SciPy's is not a ufunc and does not find this entry: digamma and its derivatives call it here.
zeta: Primitive = primitive(
    sc.zeta,
    "ζ",
    None,
    lambda g, z, x, y: -g * x * zeta.apply((x + 1.0, y), {}),
    name="special.zeta",
    kind=_Zeta,
    domain=(above_1, positive),
    elementwise=True,
    real_only=True,
)
_entry(sc.rgamma, "1/Γ", lambda g, y, x: -g * y * sc.digamma(x), domain=positive, real_only=True)
_entry(
    sc.beta,
    "B",
    lambda g, z, x, y: g * z * (sc.digamma(x) - sc.digamma(x + y)),
    lambda g, z, x, y: g * z * (sc.digamma(y) - sc.digamma(x + y)),
    domain=positive,
    real_only=True,
)
_entry(
    sc.betaln,
    "log B",
    lambda g, z, x, y: g * (sc.digamma(x) - sc.digamma(x + y)),
    lambda g, z, x, y: g * (sc.digamma(y) - sc.digamma(x + y)),
    domain=positive,
    real_only=True,
)

# -- logistic and entropies -----------------------------------------------------------------------

_entry(sc.expit, "σ", lambda g, y, x: g * y * sc.expit(-x))
_entry(sc.log_expit, "log σ", lambda g, y, x: g * sc.expit(-x))
_entry(sc.logit, "σ⁻¹", lambda g, y, x: g * (1 / x + 1 / (1 - x)), domain=between_0_and_1)
_entry(sc.entr, "−x log x", lambda g, y, x: -g * (np.log(x) + 1), domain=positive)
_entry(
    sc.xlogy,
    "x log y",
    lambda g, z, x, y: g * np.log(y),
    lambda g, z, x, y: g * ratio(x, y),
    domain=(real, positive),
    real_only=True,
)
_entry(
    sc.xlog1py,
    "x log(1+y)",
    lambda g, z, x, y: g * np.log1p(y),
    lambda g, z, x, y: g * ratio(x, 1 + y),
    domain=(real, positive),
    real_only=True,
)
_entry(
    sc.rel_entr,
    "x log(x/y)",
    lambda g, z, x, y: g * (np.log(ratio(x, y)) + 1),
    lambda g, z, x, y: -g * ratio(x, y),
    domain=positive,
    real_only=True,
)
_entry(
    sc.kl_div,
    "x log(x/y)−x+y",
    lambda g, z, x, y: g * np.log(ratio(x, y)),
    lambda g, z, x, y: g * (1 - ratio(x, y)),
    domain=(positive, above_1),
    real_only=True,
)

# -- exponentials, and incomplete functions -------------------------------------------------------

_entry(sc.exp10, "10ˣ", lambda g, y, x: g * y * _LOG_10)
_entry(sc.exp2, "2ˣ", lambda g, y, x: g * y * _LOG_2)
_entry(sc.expm1, "exp−1", lambda g, y, x: g * np.exp(x))
_entry(sc.log1p, "log(1+x)", lambda g, y, x: g / (1 + x), domain=positive)
_entry(sc.cbrt, "∛", lambda g, y, x: g / (3 * y * y), domain=nonzero)


#: Where orders are drawn. It is a set of its own, so that nobody draws a Value there.
_orders = Domain(positive.text, positive.project)


def _of_order(function: Any, symbol: str, rule: Any, domain: Any, count: int = 1) -> None:
    """An entry for a function of x after `count` orders, by which it has no derivative here."""
    name = function.__name__
    entry = primitive(
        function,
        symbol,
        *[None] * count,
        rule,
        name=f"special.{name}",
        domain=(_orders,) * count + (domain,),
        real_only=True,
    )

    @composed(
        function,
        calls=lambda random: (((2,),), {}),
        arrange=lambda inputs, params: ((1.5,) * count + inputs, params),
        domain=domain,
        real_only=True,
    )
    def of_plain_orders(*args: Any) -> Any:
        if any(type(order) is Value for order in args[:count]):
            raise TypeError(
                f"special.{name} is differentiated by its last argument only: pass plain data, "
                "v.data, for the others"
            )
        return entry(*args)


def _gamma_density(a: Any, x: Any) -> Any:
    return np.exp((a - 1) * np.log(x) - x - sc.gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - sc.betaln(a, b))


def _t_density(v: Any, x: Any) -> Any:
    normalizer = sc.gammaln((v + 1) / 2) - sc.gammaln(v / 2) - np.log(v * math.pi) / 2
    return np.exp(normalizer - (v + 1) / 2 * np.log1p(x * x / v))


_of_order(sc.stdtr, "T(ν,x)", lambda g, z, v, x: g * _t_density(v, x), real)
_of_order(sc.gammainc, "P(a,x)", lambda g, z, a, x: g * _gamma_density(a, x), positive)
_of_order(sc.gammaincc, "Q(a,x)", lambda g, z, a, x: -g * _gamma_density(a, x), positive)
_of_order(
    sc.betainc, "I(a,b,x)", lambda g, z, a, b, x: g * _beta_density(a, b, x), between_0_and_1, 2
)

# -- Bessel functions -----------------------------------------------------------------------------

_entry(sc.i0, "I₀", lambda g, y, x: g * sc.i1(x), real_only=True)
_entry(sc.j0, "J₀", lambda g, y, x: -g * sc.j1(x), real_only=True)


def _over_x(y: Any, x: Any, sign: int, scaled: bool = False) -> Any:
    """I₁(x)/x, or J₁(x)/x with the sign -1; near 0 by its series (dlmf.nist.gov, 10.2.2).

    With `scaled`, y and the result are multiplied by exp(-|x|).
    """
    near = np.abs(x) < 1.0
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series: Any = 0.0
    for k in range(9, -1, -1):
        scale = 2 * (4 * sign) ** k * math.factorial(k) * math.factorial(k + 1)
        series = series * small**2 + 1 / scale
    return np.where(near, series * np.exp(-np.abs(small)) if scaled else series, y / large)


_entry(sc.i1, "I₁", lambda g, y, x: g * (sc.i0(x) - _over_x(y, x, 1)), real_only=True)
_entry(sc.j1, "J₁", lambda g, y, x: g * (sc.j0(x) - _over_x(y, x, -1)), real_only=True)
_entry(sc.i0e, "e⁻ˣI₀", lambda g, y, x: g * (sc.i1e(x) - np.sign(x) * y), domain=nonzero)
_entry(
    sc.i1e,
    "e⁻ˣI₁",
    lambda g, y, x: g * (sc.i0e(x) - np.sign(x) * y - _over_x(y, x, 1, scaled=True)),
    domain=nonzero,
)
_entry(sc.y0, "Y₀", lambda g, y, x: -g * sc.y1(x), domain=positive)
_entry(sc.y1, "Y₁", lambda g, y, x: g * (sc.y0(x) - y / x), domain=positive)
_entry(sc.k0, "K₀", lambda g, y, x: -g * sc.k1(x), domain=positive)
_entry(sc.k1, "K₁", lambda g, y, x: -g * (sc.k0(x) + y / x), domain=positive)
_of_order(sc.jv, "Jᵥ", lambda g, z, v, x: g * (sc.jv(v - 1, x) - sc.jv(v + 1, x)) / 2, positive)
_of_order(sc.yv, "Yᵥ", lambda g, z, v, x: g * (sc.yv(v - 1, x) - sc.yv(v + 1, x)) / 2, positive)
_of_order(sc.iv, "Iᵥ", lambda g, z, v, x: g * (sc.iv(v - 1, x) + sc.iv(v + 1, x)) / 2, positive)
_of_order(sc.kv, "Kᵥ", lambda g, z, v, x: -g * (sc.kv(v - 1, x) + sc.kv(v + 1, x)) / 2, positive)

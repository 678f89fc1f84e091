"""Functions of ``scipy.special``. This page is read when a program has imported SciPy by itself.

The derivatives are those of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov),
chapters 5 (gamma), 7 (error functions), 8 and 10 (Bessel functions).
"""

import math
from typing import Any

import numpy as np
import scipy.special as sc

from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.engine import Primitive, primitive
from tinygrad_xor.engine.sampling import above_1, between_0_and_1, inside_1, positive, real

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_ROOT_2, _ROOT_2_PI, _ROOT_2_OVER_PI = (math.sqrt(x) for x in (2, 2 * math.pi, 2 / math.pi))


def _entry(function: Any, symbol: str, *rules: Any, **how: Any) -> None:
    primitive(function, symbol, *rules, name=f"special.{function.__name__}", **how)


# -- error functions ------------------------------------------------------------------------------

_entry(sc.erf, "erf", lambda g, y, x: g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
_entry(sc.erfc, "erfc", lambda g, y, x: -g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
_entry(sc.erfinv, "erf⁻¹", lambda g, y, x: g / _TWO_OVER_ROOT_PI * np.exp(y * y), domain=inside_1)
_entry(sc.ndtr, "Φ", lambda g, y, x: g * np.exp(-x * x / 2) / _ROOT_2_PI)
# erfcx(x) = exp(x²) erfc(x): what is left of a tail when its size is divided out.
_entry(sc.erfcx, "erfcx", lambda g, y, x: 2 * g * x * y - g * _TWO_OVER_ROOT_PI, domain=positive)
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
# Hurwitz's zeta function; its derivative by s has no closed form. SciPy's is not a ufunc and does
# not find this entry: digamma and its derivatives call it by its name here.
zeta: Primitive = primitive(
    sc.zeta,
    "ζ",
    None,
    lambda g, z, x, y: -g * x * zeta(x + 1.0, y),
    name="special.zeta",
    domain=(above_1, positive),
    elementwise=True,
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

# -- Bessel functions -----------------------------------------------------------------------------

_entry(sc.i0, "I₀", lambda g, y, x: g * sc.i1(x), real_only=True)
_entry(sc.j0, "J₀", lambda g, y, x: -g * sc.j1(x), real_only=True)


def _over_x(y: Any, x: Any, sign: int) -> Any:
    """I₁(x)/x, or J₁(x)/x with the sign -1; near 0 by its series (dlmf.nist.gov, 10.2.2)."""
    near = np.abs(x) < 1.0
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series: Any = 0.0
    for k in range(9, -1, -1):
        scale = 2 * (4 * sign) ** k * math.factorial(k) * math.factorial(k + 1)
        series = series * small**2 + 1 / scale
    return np.where(near, series, y / large)


_entry(sc.i1, "I₁", lambda g, y, x: g * (sc.i0(x) - _over_x(y, x, 1)), real_only=True)
_entry(sc.j1, "J₁", lambda g, y, x: g * (sc.j0(x) - _over_x(y, x, -1)), real_only=True)

"""Signs, sizes and roundings: functions with corners and jumps.

Between jumps the derivative is 0, and on them too; at the corner of ``|x|`` it is 0, the middle of
all slopes between -1 and 1.
"""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import of
from tinygrad_xor.derivatives._limits import along
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import alias, composed, primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import integers, lattice, nonzero, real


def _distance_to_integer(x: Any) -> Any:
    return np.minimum(x - np.floor(x), np.ceil(x) - x)


def _zero(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
    """The derivative between two jumps."""
    return g * 0.0


def _absolute_rule(g: Any, y: Any, x: Any) -> Any:
    return along(g, y, conj(x), g * (conj(ratio(x, y)) if is_complex(x) else np.sign(x)))


absolute = primitive(
    np.absolute,
    "|x|",
    _absolute_rule,
    domain=nonzero,
    distance_to_kink=lambda x: x,
)

fabs = primitive(np.fabs, "|x|", _absolute_rule, domain=nonzero, distance_to_kink=lambda x: x)


def _sign_rule(g: Any, y: Any, x: Any) -> Any:
    """Of real numbers 0; a complex one turns on the unit circle, by Im(dz / z)."""
    if not is_complex(x):
        return g * 0.0
    return 1j * np.imag(g * y) * ratio(conj(y), np.abs(x))


sign = primitive(np.sign, "sign", _sign_rule, domain=nonzero, distance_to_kink=lambda x: x)

copysign = primitive(
    np.copysign,
    "copysign",
    lambda g, z, x, y: g * np.sign(x) * np.copysign(1.0, y),
    None,
    domain=nonzero,
    distance_to_kink=lambda x, y: x,
)

floor, ceil, trunc, rint = (
    primitive(
        function,
        symbol,
        _zero,
        name=function.__name__,
        elementwise=True,
        domain=lattice(0.2),
        distance_to_kink=kink,
        real_only=True,
    )
    for function, symbol, kink in (
        (np.floor, "⌊x⌋", _distance_to_integer),
        (np.ceil, "⌈x⌉", _distance_to_integer),
        (np.trunc, "trunc", _distance_to_integer),
        (np.rint, "round", lambda x: _distance_to_integer(x + 0.5)),
    )
)

round_ = primitive(
    np.round,
    "round",
    lambda g, y, x, decimals=0: g * 0.0,
    calls=of(decimals=[0, 1]),
    domain=lattice(0.23),
    real_only=True,
)

alias("round", np.around)

nan_to_num = primitive(
    np.nan_to_num,
    "nan→0",
    lambda g, y, x, copy=True, nan=0.0, posinf=None, neginf=None: g * np.isfinite(x),
    calls=of(nan=[0.0, 1.0]),
    real_only=True,
)

heaviside = primitive(
    np.heaviside,
    "step",
    _zero,
    lambda g, z, x, y: g * (x == 0),
    domain=(nonzero, real),
    distance_to_kink=lambda x, y: x,
)

nextafter = primitive(
    np.nextafter,
    "next",
    lambda g, z, x, y: g,
    None,
    domain=(lattice(0.0), lattice(0.25)),
    distance_to_kink=lambda x, y: x - y,
)

ldexp = primitive(
    np.ldexp,
    "x·2ⁱ",
    lambda g, z, x, y: np.ldexp(g, y),
    None,
    domain=(real, integers),
    real_only=True,
)


@composed(np.modf, calls=of(), domain=lattice(0.25), real_only=True)
def modf(x: Any) -> Any:
    """The fractional and the integral part."""
    whole = np.trunc(x)
    return np.where(np.isinf(x), 0.0, x - np.where(np.isinf(x), 0.0, whole)), whole

"""Sums, products, quotients, remainders, powers, roots."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import may_be_0
from tinygrad_xor.engine import Primitive, Value, composed, primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.operands import real_power
from tinygrad_xor.engine.sampling import Domain, lattice, nonzero, positive, real
from tinygrad_xor.program import one_step

# A rule takes g, the gradient of the result; the result (z, of one input y); and the inputs.

add = primitive(np.add, "+", lambda g, z, x, y: g, lambda g, z, x, y: g)

subtract = primitive(np.subtract, "−", lambda g, z, x, y: g, lambda g, z, x, y: -g)

multiply = primitive(np.multiply, "×", lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)

divide = primitive(
    np.divide,
    "÷",
    lambda g, z, x, y: g / y,
    lambda g, z, x, y: -g * z / y,
    domain=(real, nonzero),
)


def _ratio(x: Any, y: Any) -> Any:
    return x / (y + ((x == 0) & (y == 0)))


@one_step(in_steps=_ratio)
def ratio(x: Any, y: Any) -> Any:
    """x / y, but 0 for 0/0. Its own derivative by x is no exception: it is infinite there."""
    return ratio_(x, y) if may_be_0(y) else x / y


ratio_ = primitive(
    _ratio,
    "÷",
    lambda g, z, x, y: ratio(g, y),
    lambda g, z, x, y: -ratio(g, y) * z,
    name="ratio",
    elementwise=True,
    domain=(real, nonzero),
)

negative = primitive(np.negative, "−x", lambda g, y, x: -g)

positive_ = primitive(np.positive, "+x", lambda g, y, x: g)

reciprocal = primitive(np.reciprocal, "1/x", lambda g, y, x: -g * y * y, domain=nonzero)

square = primitive(np.square, "x²", lambda g, y, x: 2 * g * x)

sqrt = primitive(np.sqrt, "√", lambda g, y, x: g / (2 * y), domain=positive)

cbrt = primitive(np.cbrt, "∛", lambda g, y, x: g / (3 * y * y), domain=nonzero)


def _one_less(x: Any, y: Any) -> Any:
    """y - 1, but 1 where x and y are 0, so that y * x**_one_less is 0 there and not 0 * inf."""
    if type(y) in (float, int) and y != 0:
        return y - 1
    return _one_less_or_one(x, y)


@one_step(in_steps=lambda x, y: np.where((x == 0) & (y == 0), 1.0, y - 1))
def _one_less_or_one(x: Any, y: Any) -> Any:
    if type(y) is float and (y != 0 or type(x) is float):
        return 1.0 if y == 0 and x == 0 else y - 1
    return np.where((x == 0) & (y == 0), 1.0, y - 1)


def _log_power(x: Any, y: Any, k: int = 1) -> Any:
    z = real_power(x, y)
    if k == 0:
        return z
    zero = x == 0
    base = np.where(zero, 1.0, x)
    logs = np.log(base if is_complex(x) or not is_complex(y) else base + 0j)
    limit = np.where(zero & (np.real(y) <= 0), (-math.inf) ** k, z * logs**k)
    return np.where(zero & (np.real(y) > 0), 0.0, limit)


#: xʸ logᵏ x and its limit at x = 0: the derivatives of a power by its exponent.
log_power: Primitive = primitive(
    _log_power,
    "xʸlogᵏx",
    lambda g, z, x, y, k=1: (
        g * (y * log_power(x, _one_less(x, y), k=k))
        + (g * (k * log_power(x, y - 1, k=k - 1)) if k else 0.0)
    ),
    lambda g, z, x, y, k=1: g * log_power(x, y, k=k + 1),
    name="log_power",
    elementwise=True,
    domain=(positive, real),
)


def _power_by_base(g: Any, z: Any, x: Any, y: Any) -> Any:
    """y xʸ⁻¹; of a constant power, x⁰, it is 0 at 0 too."""
    less = _one_less(x, y)
    if type(less) in (float, int) and less == 1:
        return g * (y * x)  # of a square, without a power
    at_zero = type(y) is Value and may_be_0(x)
    return g * (y * (log_power(x, less, k=0) if at_zero else real_power(x, less)))


@one_step(
    in_steps=lambda g, z, x, y: (
        NotImplemented
        if is_complex(x) or is_complex(y)
        else g * np.where((x == 0) & (y == 0), 0.0, _log_power(x, y))
    )
)
def _power_by_exponent(g: Any, z: Any, x: Any, y: Any) -> Any:
    """xʸ log x. At x = 0 it is 0: for y > 0 as the limit, and for 0⁰ by convention."""
    if may_be_0(x):
        return g * np.where((x == 0) & (y == 0), 0.0, log_power(x, y))
    return g * z * np.log(x if is_complex(x) or not is_complex(y) else x + 0j)


power = primitive(np.power, "xʸ", _power_by_base, _power_by_exponent, domain=(positive, real))

float_power = primitive(
    np.float_power, "xʸ", _power_by_base, _power_by_exponent, domain=(positive, real)
)

#: Halves other than zero: an odd quarter, of lattice(0.25), divided by one is never an integer.
_halves = Domain("x = k/2 ≠ 0", lambda a: np.where(np.round(2 * a) == 0, 0.5, np.round(2 * a) / 2))


def _distance_to_integer(x: Any, y: Any) -> Any:
    return x / y - np.round(x / y)


# x mod y = x - y floor(x/y), and floor has derivative 0 between its jumps.
remainder = primitive(
    np.remainder,
    "mod",
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.floor_divide(x, y),
    domain=(lattice(0.25), _halves),
    distance_to_kink=_distance_to_integer,
)

fmod = primitive(
    np.fmod,
    "fmod",
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.trunc(x / y),
    domain=(lattice(0.25), _halves),
    distance_to_kink=_distance_to_integer,
)

floor_divide = primitive(
    np.floor_divide,
    "//",
    lambda g, z, x, y: g * 0.0,
    lambda g, z, x, y: g * 0.0,
    domain=(lattice(0.25), _halves),
    distance_to_kink=_distance_to_integer,
)


@composed(
    np.divmod,
    calls=lambda random: (((2,), (2,)), {}),
    domain=(lattice(0.25), _halves),
    real_only=True,
)
def divmod_(x1: Any, x2: Any) -> Any:
    """Quotient and remainder."""
    return np.floor_divide(x1, x2), np.remainder(x1, x2)

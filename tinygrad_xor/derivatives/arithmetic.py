"""Sums, products, quotients, remainders, powers, roots."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives.complex_numbers import is_complex
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.numbers import real_power
from tinygrad_xor.engine.sampling import Domain, lattice, nonzero, positive, real
from tinygrad_xor.program import one_step

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


@one_step
def _one_less_or_one(x: Any, y: Any) -> Any:
    if type(y) is float and (y != 0 or type(x) is float):
        return 1.0 if y == 0 and x == 0 else y - 1
    return np.where((x == 0) & (y == 0), 1.0, y - 1)


def _power_by_base(g: Any, z: Any, x: Any, y: Any) -> Any:
    return g * (y * real_power(x, _one_less(x, y)))


def _power_by_exponent(g: Any, z: Any, x: Any, y: Any) -> Any:
    # x**y as a function of y is constant 0 at x = 0 (for y > 0): log(0) must not come into it.
    base = np.where(x == 0, 1.0, x)
    return g * z * np.log(base if is_complex(x) or not is_complex(y) else base + 0j)


power = primitive(np.power, "xʸ", _power_by_base, _power_by_exponent, domain=(positive, real))

float_power = primitive(
    np.float_power, "xʸ", _power_by_base, _power_by_exponent, domain=(positive, real)
)

hypot = primitive(
    np.hypot,
    "√(x²+y²)",
    lambda g, z, x, y: g * x / (z + (z == 0)),
    lambda g, z, x, y: g * y / (z + (z == 0)),
    domain=(nonzero, real),
)

#: Halves other than zero: their quotients by quarters are never close to an integer.
_halves = Domain("x = k/2 ≠ 0", lambda a: np.where(np.round(2 * a) == 0, 0.5, np.round(2 * a) / 2))


def _from_integer(x: Any, y: Any) -> Any:
    return x / y - np.round(x / y)


# x mod y = x - y floor(x/y), and floor has derivative 0 between its jumps.
remainder = primitive(
    np.remainder,
    "mod",
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.floor_divide(x, y),
    domain=(lattice(0.25), _halves),
    distance_to_kink=_from_integer,
)

fmod = primitive(
    np.fmod,
    "fmod",
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.trunc(x / y),
    domain=(lattice(0.25), _halves),
    distance_to_kink=_from_integer,
)

floor_divide = primitive(
    np.floor_divide,
    "//",
    lambda g, z, x, y: g * 0.0,
    lambda g, z, x, y: g * 0.0,
    domain=(lattice(0.25), _halves),
    distance_to_kink=_from_integer,
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

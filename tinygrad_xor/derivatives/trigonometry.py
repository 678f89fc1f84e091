"""Trigonometric and hyperbolic functions, and their inverses.

At the ends of a domain slopes are infinite, as the functions' are. The origin has no angle, and 0
is given for the slopes of arctan2 there, as for those of hypot.
"""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import NEAR_1, away_from_1, may_be_0
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import above_1, inside_1, positive, real
from tinygrad_xor.program import one_step

_array = np.ndarray  # found quicker

sin = primitive(np.sin, "sin", lambda g, y, x: g * np.cos(x))

cos = primitive(np.cos, "cos", lambda g, y, x: -g * np.sin(x))

tan = primitive(np.tan, "tan", lambda g, y, x: g * (1 + y * y), domain=inside_1)

one_minus_square = primitive(
    lambda x: (1 - x) * (1 + x),
    "1−x²",
    lambda g, y, x: -2 * g * x,
    name="one_minus_square",
    elementwise=True,
)


@one_step(in_steps=lambda x: (1 - x) * (1 + x))
def _one_minus_square(x: Any) -> Any:
    """1 - x², exact also beside 1 and -1, where the square is rounded.

    At 1 and -1 as one operation: there the derivative of the product would be infinite times 0.
    """
    product = (1 - x) * (1 + x)
    return one_minus_square(x) if may_be_0(product) else product


arcsin = primitive(
    np.arcsin, "arcsin", lambda g, y, x: g / np.sqrt(_one_minus_square(x)), domain=inside_1
)

arccos = primitive(
    np.arccos, "arccos", lambda g, y, x: -g / np.sqrt(_one_minus_square(x)), domain=inside_1
)

arctan = primitive(np.arctan, "arctan", lambda g, y, x: g / (1 + x * x))


def _over_square(x: Any, y: Any) -> Any:
    """x / (x² + y²), and 0 for 0/0; the squares may be 0 or infinite where the quotient is not."""
    size = np.hypot(x, y)
    return ratio(ratio(x, size), size)


# The first argument, x, is the ordinate here: arctan2(x, y) is the angle of the point (y, x).
arctan2 = primitive(
    np.arctan2,
    "arctan2",
    lambda g, z, x, y: g * _over_square(y, x),
    lambda g, z, x, y: -g * _over_square(x, y),
    domain=(real, positive),
)

sinh = primitive(np.sinh, "sinh", lambda g, y, x: g * np.cosh(x))

cosh = primitive(np.cosh, "cosh", lambda g, y, x: g * np.sinh(x))


def _sech(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return (e + e) / (1 + e * e)


#: 1 / cosh x, which does not overflow.
sech = primitive(
    _sech,
    "sech",
    lambda g, y, x: -g * y * np.tanh(x),
    name="sech",
    elementwise=True,
    real_only=True,
)


@one_step(in_steps=lambda g, y, x: g * np.where(y * y < NEAR_1, 1 - y * y, np.square(_sech(x))))
def _tanh_rule(g: Any, y: Any, x: Any) -> Any:
    """1 - y². Where y is close to 1 or -1, and rounded, that is sech² x."""
    if isinstance(y, float) and -0.9 < y < 0.9:  # the usual case, at once
        return g * (1 - y * y)
    square = y * y
    if not (away_from_1(square) or is_complex(x)):
        return g * sech(x) ** 2
    if type(y) is _array is type(g):
        square *= g  # the same, without an operation that mixes an array with a Python number
        return g - square
    return g * (1 - square)


tanh = primitive(np.tanh, "tanh", _tanh_rule)


def _root(x: Any) -> Any:
    """√(x² + 1), also where the square is infinite."""
    return np.sqrt(x * x + 1) if is_complex(x) else np.hypot(x, 1.0)


arcsinh = primitive(np.arcsinh, "arsinh", lambda g, y, x: g / _root(x), domain=inside_1)

# Two roots and not one of x² - 1: that has another branch for complex x.
arccosh = primitive(
    np.arccosh, "arcosh", lambda g, y, x: g / np.sqrt(x - 1) / np.sqrt(x + 1), domain=above_1
)

arctanh = primitive(np.arctanh, "artanh", lambda g, y, x: g / _one_minus_square(x), domain=inside_1)

deg2rad, radians = (
    primitive(f, "° to rad", lambda g, y, x: g * (math.pi / 180)) for f in (np.deg2rad, np.radians)
)

rad2deg, degrees = (
    primitive(f, "rad to °", lambda g, y, x: g * (180 / math.pi)) for f in (np.rad2deg, np.degrees)
)


def _sinc_slope(x: Any) -> Any:
    """The derivative of sin(πx)/(πx); near 0 by its series, whose derivatives hold at 0 too."""
    near = np.abs(x) < 0.25
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series: Any = 0.0
    for k in range(10, 0, -1):
        series = series * small**2 + (-1) ** k * 2 * k * math.pi ** (2 * k) / math.factorial(
            2 * k + 1
        )
    return np.where(near, series * small, (np.cos(math.pi * large) - np.sinc(large)) / large)


sinc = primitive(np.sinc, "sinc", lambda g, y, x: g * _sinc_slope(x), name="sinc", elementwise=True)

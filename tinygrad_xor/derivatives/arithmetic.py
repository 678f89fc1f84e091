"""Sums, products, quotients, powers."""

from typing import Any

import numpy as np

from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.domains import nonzero, positive, real
from tinygrad_xor.engine.operands import real_power

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

absolute = primitive(
    np.absolute, "|x|", lambda g, y, x: g * np.sign(x), domain=nonzero, kink=lambda x: x
)

sign = primitive(np.sign, "sign", lambda g, y, x: g * 0.0, domain=nonzero, kink=lambda x: x)


def _one_less(x: Any, y: Any) -> Any:
    """y - 1, but 1 where x and y are 0, so that y * x**_one_less is 0 there and not 0 * inf."""
    if type(y) in (float, int) and y != 0:
        return y - 1
    return np.where((x == 0) & (y == 0), 1.0, y - 1)


# x**y as a function of y is constant 0 at x = 0 (for y > 0), so log(0) must not come into it.
power = primitive(
    np.power,
    "xʸ",
    lambda g, z, x, y: g * (y * real_power(x, _one_less(x, y))),
    lambda g, z, x, y: g * z * np.log(np.where(x == 0, 1.0, x)),
    domain=(positive, real),
)

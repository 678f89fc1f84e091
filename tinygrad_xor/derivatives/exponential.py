"""Exponentials and logarithms."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import may_be
from tinygrad_xor.derivatives.activations import sigmoid
from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.sampling import positive
from tinygrad_xor.program import one_step

_LOG_2, _LOG_10 = math.log(2), math.log(10)

exp = primitive(np.exp, "exp", lambda g, y, x: g * y)

exp2 = primitive(np.exp2, "2ˣ", lambda g, y, x: g * y * _LOG_2)

# Not y + 1, in which a small exp(x) is lost.
expm1 = primitive(np.expm1, "exp−1", lambda g, y, x: g * np.exp(x))

log = primitive(np.log, "log", lambda g, y, x: g / x, domain=positive)

log2 = primitive(np.log2, "log₂", lambda g, y, x: g / (x * _LOG_2), domain=positive)

log10 = primitive(np.log10, "log₁₀", lambda g, y, x: g / (x * _LOG_10), domain=positive)

log1p = primitive(np.log1p, "log(1+x)", lambda g, y, x: g / (1 + x), domain=positive)


def _share_of_any(z: Any, x: Any, y: Any, unit: float = 1.0) -> Any:
    same = np.isinf(z) & (x == y)
    difference = np.where(same, 0.0, x) - np.where(same, 0.0, y)
    return sigmoid(unit * difference) * (z != -np.inf)


@one_step(in_steps=_share_of_any)
def _share(z: Any, x: Any, y: Any, unit: float = 1.0) -> Any:
    """eˣ / (eˣ + eʸ), for z = log of that sum: a sigmoid of x - y, exact however large they are.

    Two that are infinite share equally; of two zeros (x = y = -∞) neither has a share.
    """
    if not may_be(np.isinf, z):
        return sigmoid(unit * (x - y) if unit != 1.0 else x - y)
    return _share_of_any(z, x, y, unit)


logaddexp = primitive(
    np.logaddexp,
    "log(eˣ+eʸ)",
    lambda g, z, x, y: g * _share(z, x, y),
    lambda g, z, x, y: g * _share(z, y, x),
)

logaddexp2 = primitive(
    np.logaddexp2,
    "log₂(2ˣ+2ʸ)",
    lambda g, z, x, y: g * _share(z, x, y, _LOG_2),
    lambda g, z, x, y: g * _share(z, y, x, _LOG_2),
)

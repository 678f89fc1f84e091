"""Exponentials and logarithms."""

import math

import numpy as np

from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.sampling import positive

_LOG_2, _LOG_10 = math.log(2), math.log(10)

exp = primitive(np.exp, "exp", lambda g, y, x: g * y)

exp2 = primitive(np.exp2, "2ˣ", lambda g, y, x: g * y * _LOG_2)

expm1 = primitive(np.expm1, "exp−1", lambda g, y, x: g * (y + 1))

log = primitive(np.log, "log", lambda g, y, x: g / x, domain=positive)

log2 = primitive(np.log2, "log₂", lambda g, y, x: g / (x * _LOG_2), domain=positive)

log10 = primitive(np.log10, "log₁₀", lambda g, y, x: g / (x * _LOG_10), domain=positive)

log1p = primitive(np.log1p, "log(1+x)", lambda g, y, x: g / (1 + x), domain=positive)

# The derivative is exp(x) / (exp(x) + exp(y)), a sigmoid of x - y, which cannot overflow.
logaddexp = primitive(
    np.logaddexp,
    "log(eˣ+eʸ)",
    lambda g, z, x, y: g * np.exp(x - z),
    lambda g, z, x, y: g * np.exp(y - z),
)

logaddexp2 = primitive(
    np.logaddexp2,
    "log₂(2ˣ+2ʸ)",
    lambda g, z, x, y: g * np.exp2(x - z),
    lambda g, z, x, y: g * np.exp2(y - z),
)

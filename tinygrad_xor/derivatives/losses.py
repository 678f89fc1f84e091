"""Losses that are best differentiated whole, because their parts overflow.

The first input, x, is a prediction or a logit; the second, y, is the target.
"""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import sigmoid
from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.sampling import between_0_and_1, real

_E_MINUS_100 = math.exp(-100)


def _log(p: Any) -> Any:
    return np.log(np.maximum(p, _E_MINUS_100))


def _binary_crossentropy(x: Any, y: Any) -> Any:
    return -(y * _log(x) + (1.0 - y) * _log(1.0 - x))


def _sigmoid_crossentropy(x: Any, y: Any) -> Any:
    return np.maximum(x, 0.0) - x * y + np.log1p(np.exp(-np.abs(x)))


# As in PyTorch's BCELoss, logarithms stop at -100 and the denominator at 1e-12, so that a
# prediction of exactly 0 or 1 has a finite loss and a finite gradient.
binary_crossentropy = primitive(
    _binary_crossentropy,
    "cross-entropy",
    lambda g, z, x, y: g * (x - y) / np.maximum(x * (1.0 - x), 1e-12),
    lambda g, z, x, y: g * (_log(1.0 - x) - _log(x)),
    name="binary_crossentropy",
    elementwise=True,
    real_only=True,
    domain=(between_0_and_1, between_0_and_1),
)

sigmoid_crossentropy = primitive(
    _sigmoid_crossentropy,
    "σ cross-entropy",
    lambda g, z, x, y: g * (sigmoid(x) - y),
    lambda g, z, x, y: -g * x,
    name="sigmoid_crossentropy",
    elementwise=True,
    real_only=True,
    domain=(real, between_0_and_1),
)

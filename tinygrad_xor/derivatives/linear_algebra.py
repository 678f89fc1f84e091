"""Products of matrices."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import matrices
from tinygrad_xor.engine import primitive


def _matmul_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of X is G Yᵀ; a vector is first made a matrix."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if x.ndim == 1:
        g = np.expand_dims(g, -2)
    return g @ y.swapaxes(-1, -2)


def _matmul_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of Y is Xᵀ G; a vector is first made a matrix."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * x
    if x.ndim == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2)
    return x.swapaxes(-1, -2) @ g


matmul = primitive(np.matmul, "@", _matmul_left, _matmul_right, broadcasts=True, calls=matrices)

"""Products of matrices."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import matrices
from tinygrad_xor.engine import primitive


def _matmul_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of X is G Yᵀ; one-dimensional inputs are first made matrices."""
    if np.ndim(y) == 1:
        return np.reshape(g, (*np.shape(g), 1)) * y
    if np.ndim(x) == 1:
        g = np.reshape(g, (*np.shape(g)[:-1], 1, np.shape(g)[-1]))
    return g @ np.swapaxes(y, -1, -2)


def _matmul_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of Y is Xᵀ G; one-dimensional inputs are first made matrices."""
    if np.ndim(x) == 1:
        shape = np.shape(g) if np.ndim(y) == 1 else (*np.shape(g)[:-1], 1, np.shape(g)[-1])
        return np.reshape(x, (-1, 1)) * np.reshape(g, shape) if np.ndim(y) > 1 else x * g
    if np.ndim(y) == 1:
        return np.reshape(g, (*np.shape(g), 1)) * x
    return np.swapaxes(x, -1, -2) @ g


matmul = primitive(np.matmul, "@", _matmul_left, _matmul_right, broadcasts=True, calls=matrices)

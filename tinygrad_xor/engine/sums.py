"""Sums over axes: NumPy's, bit for bit, also where NumPy itself is slow."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine.foreign import is_foreign

#: From 8 numbers on NumPy adds pairs, and not one after the other.
_MOST = 7
_MANY = 1000
_ADD: Any = np.add


def sum_over(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """``np.add.reduce(x, axis, keepdims=keepdims)``, the sum without the checks of ``np.sum``.

    Rows of a few numbers are added column by column: NumPy starts a loop for each row, which costs
    forty times what the numbers in it do.

    >>> sum_over(np.array([[1.0, 2.0], [3.0, 4.0]]), 1)
    array([3., 7.])
    """
    if type(x) is not np.ndarray:
        foreign = is_foreign(x)  # Dask and others have np.sum, and nothing of np.add but calls
        return (np.sum if foreign else _ADD.reduce)(x, axis=axis, keepdims=keepdims)
    if type(axis) is tuple and len(axis) == 1:
        axis = axis[0]
    if (
        type(axis) is int
        and x.size > _MANY
        and x.ndim > 1
        and axis in (-1, x.ndim - 1)
        and 1 < x.shape[-1] <= _MOST
        and x.flags.c_contiguous
        and x.dtype.char in "fd"
    ):
        total = x[..., 0] + x[..., 1]
        for k in range(2, x.shape[-1]):
            total += x[..., k]
        return total[..., None] if keepdims else total
    return _ADD.reduce(x, axis=axis, keepdims=keepdims)

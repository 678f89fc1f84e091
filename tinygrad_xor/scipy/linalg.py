"""``scipy.linalg``: the exponential of a matrix, and triangular systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg

from tinygrad_xor.derivatives._arrays import array
from tinygrad_xor.engine import Value

#: Of the diagonal Padé approximant of degree 13, and how large a matrix it is exact for.
_PADE = [
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
]
_LARGEST = 5.371920351148152

__all__ = ["expm", "solve_triangular"]


def __getattr__(name: str) -> Any:
    return getattr(scipy.linalg, name)


def expm(a: Any) -> Any:
    """The exponential of square matrices ``(..., n, n)``, as ``scipy.linalg.expm``.

    By scaling and squaring (Higham, "The scaling and squaring method for the matrix exponential
    revisited", 2005), in operations that have derivatives.

    >>> expm(np.zeros((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    a = array(a)
    plain = a.data if type(a) is Value else a
    size = float(np.max(np.sum(np.abs(plain), axis=-2), initial=0.0))
    halvings = max(0, math.ceil(math.log2(size / _LARGEST))) if 0 < size < math.inf else 0
    a = a / 2.0**halvings
    one, a2 = np.eye(np.shape(a)[-1], dtype=a.dtype), a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    b = _PADE
    odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2
    u, v = a @ (odd + b[1] * one), even + b[0] * one
    result = np.linalg.solve(v - u, v + u)
    for _ in range(halvings):
        result = result @ result
    return result


def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """x of ``a x = b`` for a triangular `a`, as ``scipy.linalg.solve_triangular``.

    Args:
        a: a matrix ``(n, n)``; only its upper triangle is read, or the lower one.
        b: ``(n,)`` or ``(n, m)``.
        trans: 0 or "N"; 1 or "T" for the transpose of `a`, 2 or "C" for its adjoint.
        lower: read the lower triangle.
        unit_diagonal: take the diagonal as ones.

    >>> solve_triangular([[2.0, 1.0], [9.0, 1.0]], [4.0, 2.0])
    array([1., 2.])
    """
    a = np.tril(array(a)) if lower else np.triu(array(a))
    if unit_diagonal:
        one = np.eye(np.shape(a)[-1])
        a = np.where(one == 1, one, a)
    if trans in (1, "T"):
        a = np.swapaxes(a, -1, -2)
    elif trans in (2, "C"):
        a = np.conj(np.swapaxes(a, -1, -2))
    return np.linalg.solve(a, array(b))

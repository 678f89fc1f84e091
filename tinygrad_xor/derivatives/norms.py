"""Sizes of vectors and matrices.

A norm has no derivative at 0. There 0 is given, as everywhere in the table where subgradients are
to choose from: the shortest of them. Equal largest elements share a gradient equally.
"""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import axes_of, is_any, seen
from tinygrad_xor.derivatives._axes import keep_axes
from tinygrad_xor.derivatives._calls import matrix_norms, reductions, vector_norms
from tinygrad_xor.derivatives._limits import along
from tinygrad_xor.derivatives._scaling import log2, scaled
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.derivatives.complex_numbers import conj, phase
from tinygrad_xor.derivatives.decompositions import nuclear_norm
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.sampling import distinct, invertible, nonzero, real


def _vector_norm_rule(
    g: Any, y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """Where the norm is 0 there is no derivative, and 0 is given."""

    def keep(y: Any) -> Any:
        return keep_axes(y, x, axis)

    if ord in (None, 2, "fro"):
        return along(g, y, conj(x), keep(g) * _direction(conj(x), keep(y), axis), keep)
    straight = keep(g) * conj(_of_each(keep(y), x, ord, axis))
    return along(g, y, conj(x), straight, keep, euclidean=False)


def _direction(x: Any, y: Any, axis: Any) -> Any:
    """x / y for the Euclidean norm y of x, also where the squares of x are too small for floats."""
    length = seen(y)
    if length is None:
        return ratio(x, y)
    kind = np.finfo(getattr(length, "dtype", float))
    least = math.sqrt(kind.tiny / kind.eps)
    if not is_any(length < least):
        return ratio(x, y)
    size = np.abs(seen(x))
    most = np.max(size, axis=axis, keepdims=True, initial=0.0)
    small = (most > 0) & (most < least)
    if not is_any(small):
        return ratio(x, y)
    near = scaled(x, np.where(small, -np.rint(log2(np.where(small, most, 1.0))), 0.0))
    there = ratio(near, vector_norm_(near, axis=axis, keepdims=True))
    return np.where(small, there, ratio(x, np.where(small, 1.0, y)))


def _of_each(y: Any, x: Any, ord: Any, axis: Any) -> Any:
    """The derivatives of norms that are not Euclidean; equal largest elements share theirs."""
    signs, size = phase(x), np.abs(x)
    if ord == 1:
        return signs
    if ord == 0:
        return signs * 0.0
    if np.isinf(ord):
        chosen = size == y
        return signs * (chosen / np.sum(chosen, axis=axis, keepdims=True))
    if ord >= 1:
        return signs * (size / (y + (y == 0))) ** (ord - 1)
    nothing = size == 0  # a power below 0 of it is infinite, and the sign is 0
    share = np.where(nothing, 1.0, size) / (y + (y == 0))
    return signs * np.where(nothing, 0.0, share ** (ord - 1))


hypot = primitive(
    np.hypot,
    "√(x²+y²)",
    lambda g, z, x, y: along(g, z, x, g * ratio(x, z)),
    lambda g, z, x, y: along(g, z, y, g * ratio(y, z)),
    domain=(nonzero, real),
)

vector_norm_ = primitive(
    np.linalg.norm,
    "‖x‖",
    _vector_norm_rule,
    name="vector_norm",
    calls=vector_norms,
    domain=distinct,
)


@composed(np.linalg.norm, calls=matrix_norms, domain=invertible)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices, of every order that NumPy has."""
    axes = axes_of(x, axis)
    of_all = {1: (None, 2), 2: (None, "f", "fro")}.get(np.ndim(x), (None,))
    if axis is None and ord in of_all:  # NumPy takes it by another path
        return vector_norm_(x, axis=None, keepdims=keepdims)
    if len(axes) == 1:
        return vector_norm_(x, ord=ord, axis=axes[0], keepdims=keepdims)
    if len(axes) != 2:
        raise ValueError(f"a norm is of one axis or two, not of {axes} of shape {np.shape(x)}")
    if ord in (None, "fro"):
        return vector_norm_(x, ord=ord, axis=axes, keepdims=keepdims)
    return _matrix_norm(x, ord, axes, keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    row, column = axes
    if ord in (1, -1, np.inf, -np.inf):
        summed, compared = (row, column) if abs(ord) == 1 else (column, row)
        extreme = np.max if ord > 0 else np.min
        sums = np.sum(np.abs(x), axis=summed, keepdims=True)
        result = np.squeeze(extreme(sums, axis=compared, keepdims=True), axis=(row, column))
    elif ord == "nuc":
        result = nuclear_norm(np.moveaxis(x, (row, column), (-2, -1)))
    elif ord in (2, -2):
        s = np.linalg.svd(np.moveaxis(x, (row, column), (-2, -1)), compute_uv=False)
        result = (np.max if ord == 2 else np.min)(s, axis=-1)
    else:
        raise ValueError(
            f"matrices have norms of order 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc', not {ord!r}"
        )
    return np.expand_dims(result, tuple(sorted((row, column)))) if keepdims else result


@composed(
    np.linalg.vector_norm,
    calls=reductions(masked=False, ord=[1, 2, 3, np.inf]),
    domain=distinct,
    real_only=True,
)
def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of vectors: of all elements, or along axes."""
    if axis is None or isinstance(axis, tuple):
        axes = tuple(range(np.ndim(x))) if axis is None else tuple(a % np.ndim(x) for a in axis)
        others = [a for a in range(np.ndim(x)) if a not in axes]
        flat = np.reshape(
            np.transpose(x, (*axes, *others)), (-1, *[np.shape(x)[a] for a in others])
        )
        result = vector_norm_(flat, ord=ord, axis=0, keepdims=False)
        return np.expand_dims(result, axes) if keepdims else result
    return vector_norm_(x, ord=ord, axis=axis, keepdims=keepdims)


@composed(
    np.linalg.matrix_norm,
    calls=lambda random: (((2, 3, 2),), {"ord": random.choice(["fro", 1, 2, "nuc"])}),
    domain=invertible,
)
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrices in the last two axes."""
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@composed(
    np.linalg.cond,
    calls=lambda random: (((2, 2),), {"p": random.choice([None, 1, "fro", -2])}),
    real_only=True,
    domain=invertible,
)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number: the norm of the matrix times that of its inverse."""
    if p in (None, 2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    norm = np.linalg.norm(x, p, (-2, -1))
    if x.dtype.char in "fF":  # NumPy inverts in double precision
        x = x.astype("d" if x.dtype.char == "f" else "D")
    return (norm * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))).astype(norm.dtype)

"""Axes that are reduced: taken away, put back, and how many elements went into one."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.engine.foreign import is_foreign
from tinygrad_xor.engine.operands import plain

#: A gradient that is spread to more elements is one number for many of them, and not many copies.
_MANY = 10_000


def keep_axes(g: Any, x: Any, axis: Any) -> Any:
    """`g` of a reduced shape, with axes of length 1 where `x` was reduced: it broadcasts to x."""
    if axis is None or np.ndim(x) == 0:
        return g
    shape = list(np.shape(x))
    for a in axis if isinstance(axis, tuple) else (axis,):
        shape[a] = 1
    return np.reshape(g, tuple(shape))


def spread(g: Any, x: Any, axis: Any, where: Any) -> Any:
    """`g` copied to every element of `x` that was taken into it, and 0 to the others."""
    kept: Any = keep_axes(g, x, axis)
    numpys = isinstance(kept, (float, np.generic, np.ndarray))
    if numpys and (type(x) is np.ndarray or not is_foreign(plain(x))):
        if where is True and type(x) is np.ndarray and x.size > _MANY:
            return np.broadcast_to(np.add(kept, 0.0), np.shape(x))
        copied = np.empty(np.shape(x), getattr(kept, "dtype", None))
        copied[...] = np.add(kept, 0.0)  # of -0.0 it is 0.0, as of any sum
    else:
        copied = zeros_for(x) + kept
    return copied if where is True else np.where(where, copied, 0.0)


def zeros_for(x: Any) -> Any:
    """Zeros of the shape of `x`, in an array of the same library, and in the same chunks."""
    numbers = plain(x)
    return np.zeros_like(numbers) if is_foreign(numbers) else np.zeros(np.shape(x))


def dense(g: Any) -> Any:
    """`g` with a place in memory for each element, as BLAS needs it."""
    if type(g) is np.ndarray and not g.flags.c_contiguous and 0 in g.strides:
        return g.copy()
    return g


def size(x: Any) -> int:
    """The number of elements, but 1 for none."""
    return 1 if isinstance(x, float) else max(1, x.size)


def count(y: Any, x: Any, where: Any, axis: Any, keepdims: bool) -> Any:
    """How many elements of x went into each element of y."""
    if where is True:
        return size(x) / size(y)
    taken: Any = where if np.shape(where) == np.shape(x) else np.broadcast_to(where, np.shape(x))
    single = getattr(x, "dtype", None) in (np.float32, np.float16, np.complex64)
    counted = taken.astype(np.float32 if single else np.float64)
    return np.sum(counted, axis=axis, keepdims=keepdims)


def at_the_end(x: Any, axis: Any) -> Any:
    """`x` with the axes that are reduced made one, the last."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(x, (-1,))
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = np.shape(moved)[: np.ndim(moved) - len(axes)]
    return np.reshape(moved, (*kept, math.prod(np.shape(moved)[len(kept) :])))


def from_the_end(last: Any, x: Any, axis: Any) -> Any:
    """The opposite of `at_the_end`: an array of the shape of `x` again."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(last, np.shape(x))
    axes = axis if isinstance(axis, tuple) else (axis,)
    shape = np.moveaxis(np.empty(np.shape(x)), axes, range(-len(axes), 0)).shape
    return np.moveaxis(np.reshape(last, shape), range(-len(axes), 0), axes)


def over(g: Any, n: Any) -> Any:
    """g / n, also in half precision, which has no n above 65504."""
    half = getattr(g, "dtype", None) == np.float16
    return g * (1 / n) if half else g / n


def first_axis(x: Any, axis: Any) -> Any:
    return np.moveaxis(at_the_end(x, axis), -1, 0)

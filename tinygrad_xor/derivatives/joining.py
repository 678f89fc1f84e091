"""Arrays joined and taken apart: concatenate, stack, split and their kin."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array, axis_of, part
from tinygrad_xor.derivatives._calls import alike, of, to_join
from tinygrad_xor.engine import Variadic, composed, primitive
from tinygrad_xor.engine.declarations import as_a_list


def _concatenate(*arrays: Any, axis: int) -> Any:
    return np.concatenate(arrays, axis=axis)


def _own_parts(g: Any, y: Any, *arrays: Any, axis: int) -> Callable[[int], Any]:
    """Each array takes its own part of the gradient."""
    ends = [0, *itertools.accumulate(np.shape(a)[axis] for a in arrays)]
    return lambda i: part(g, axis, slice(ends[i], ends[i + 1]))


joined = primitive(_concatenate, "join", Variadic(_own_parts), name="concatenate", calls=to_join)


@composed(np.concatenate, calls=to_join, arrange=as_a_list)
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """One after the other along an axis that they have."""
    if axis is None:
        arrays, axis = [np.ravel(array(a)) for a in arrays], 0
    return joined(*[array(a) for a in arrays], axis=axis)


@composed(np.stack, calls=alike(2, axis=[0, 1, -1]), arrange=as_a_list)
def stack(arrays: Any, axis: int = 0) -> Any:
    """One after the other along a new axis."""
    return np.concatenate([np.expand_dims(array(a), axis) for a in arrays], axis=axis)


@composed(np.vstack, calls=alike(2), arrange=as_a_list)
def vstack(tup: Any) -> Any:
    """Rows below each other."""
    return np.concatenate([np.atleast_2d(array(a)) for a in tup], axis=0)


@composed(np.hstack, calls=alike(2), arrange=as_a_list)
def hstack(tup: Any) -> Any:
    """Side by side."""
    arrays = [np.atleast_1d(array(a)) for a in tup]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@composed(np.dstack, calls=alike(2), arrange=as_a_list)
def dstack(tup: Any) -> Any:
    """Behind each other, along the third axis."""
    return np.concatenate([np.atleast_3d(array(a)) for a in tup], axis=2)


@composed(np.column_stack, calls=alike(2), arrange=as_a_list)
def column_stack(tup: Any) -> Any:
    """Vectors as columns, matrices side by side."""
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], axis=1)


@composed(np.block, calls=alike(2), arrange=as_a_list)
def block(arrays: Any) -> Any:
    """Nested lists of blocks: the innermost lists are joined along the last axis."""
    return _blocks(arrays, *_depth_and_rank(arrays))


def _depth_and_rank(arrays: Any) -> tuple[int, int]:
    if not isinstance(arrays, list):
        return 0, np.ndim(arrays)
    inner = [_depth_and_rank(a) for a in arrays]
    return 1 + max(depth for depth, _ in inner), max(rank for _, rank in inner)


def _blocks(arrays: Any, depth: int, rank: int) -> Any:
    if not isinstance(arrays, list):
        return np.reshape(arrays, (1,) * (max(rank, depth) - np.ndim(arrays)) + np.shape(arrays))
    return np.concatenate(
        [_blocks(a, depth, rank) for a in arrays], axis=-_depth_and_rank(arrays)[0]
    )


@composed(
    np.append,
    calls=alike(2, axis=[None, 0]),
)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """The second array after the first; both in one row by default."""
    return np.concatenate([arr, values], axis=axis)


@composed(
    np.insert,
    calls=lambda random: (((3, 2), (2,)), {}),
    arrange=lambda inputs, params: ((inputs[0], 1, inputs[1]), {"axis": 0}),
)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """`values` before the place `obj`, an integer."""
    if not isinstance(obj, (int, np.integer)):
        raise TypeError(f"np.insert of Values takes one integer place, not {obj!r}")
    arr, values = array(arr), array(values)
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis, n = axis_of(arr, axis), np.shape(arr)[axis]
    if not -n <= obj <= n:
        raise IndexError(f"there is no place {obj} along axis {axis} of shape {np.shape(arr)}")
    place = int(obj)
    missing = np.ndim(arr) - np.ndim(values)
    values = np.moveaxis(np.reshape(values, (1,) * missing + np.shape(values)), 0, axis)
    shape = list(np.shape(arr))
    shape[axis] = np.shape(values)[axis]
    new = np.broadcast_to(values, shape).astype(np.result_type(arr))
    return np.concatenate(
        [part(arr, axis, slice(place)), new, part(arr, axis, slice(place, None))], axis=axis
    )


# -- taken apart ----------------------------------------------------------------------------------


@composed(
    np.array_split, calls=of(least=1, smallest=1, axis=[0], indices_or_sections=[1, 2, [1, 2]])
)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis, as equal as they can be."""
    ary = array(ary)
    n = np.shape(ary)[axis_of(ary, axis)]
    if np.ndim(indices_or_sections) == 0:
        parts = int(indices_or_sections)
        if parts <= 0:
            raise ValueError(f"the number of parts must be 1 or more, not {parts}")
        lengths = [n // parts + (i < n % parts) for i in range(parts)]
        cuts = [0, *np.cumsum(lengths).tolist()]
    else:
        cuts = [0, *indices_or_sections, n]
    return [part(ary, axis, slice(a, b)) for a, b in itertools.pairwise(cuts)]


def _need_axes(name: str, ary: Any, count: int) -> None:
    if np.ndim(ary) < count:
        raise ValueError(f"{name} needs an array of {count} axes or more, not {np.shape(ary)}")


@composed(
    np.split, calls=lambda random: (((4, 2),), {"indices_or_sections": random.choice([2, [1, 3]])})
)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Equal parts along an axis, or parts between given places."""
    if np.ndim(indices_or_sections) == 0 and np.shape(ary)[axis] % indices_or_sections:
        raise ValueError(
            f"axis {axis} of shape {np.shape(ary)} does not split into {indices_or_sections} equal "
            "parts: use np.array_split"
        )
    return np.array_split(ary, indices_or_sections, axis)


@composed(np.vsplit, calls=lambda random: (((4, 2),), {"indices_or_sections": 2}))
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the first axis."""
    _need_axes("vsplit", ary, 2)
    return np.split(ary, indices_or_sections, 0)


@composed(np.hsplit, calls=lambda random: (((3, 4),), {"indices_or_sections": 2}))
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the second axis, or the only one."""
    _need_axes("hsplit", ary, 1)
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@composed(np.dsplit, calls=lambda random: (((1, 2, 4),), {"indices_or_sections": 2}))
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the third axis."""
    _need_axes("dsplit", ary, 3)
    return np.split(ary, indices_or_sections, 2)


@composed(np.unstack, calls=of(least=1, smallest=1, axis=[0, -1]))
def unstack(x: Any, axis: int = 0) -> Any:
    """The slices along an axis."""
    return tuple(np.moveaxis(x, axis, 0))

"""Taking elements out of an array, putting elements into one, and the transposes of both."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import axis_of
from tinygrad_xor.derivatives._calls import index_of, index_to_fill, scattered
from tinygrad_xor.engine import Primitive, Value, composed, primitive
from tinygrad_xor.engine.foreign import is_complex, is_foreign, is_lazy
from tinygrad_xor.program import looked_up, one_step


def _getitem(x: Any, index: Any) -> Any:
    if type(x) is np.ndarray:
        return looked_up(x, index)
    if is_lazy(x) and not _takes_each_once(index):
        places = _places(index, x.shape)
        return np.reshape(np.ravel(x)[places.reshape(-1)], places.shape)
    return (x if hasattr(x, "dtype") else np.asarray(x))[index]


def _places(index: Any, shape: tuple[int, ...]) -> Any:
    """Where the elements that an index takes stand, counted from the first of the array."""
    return np.arange(math.prod(shape)).reshape(shape)[index]


@one_step
def _scatter_add(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `x` added at `index`; where an index repeats, all are added."""
    if type(x) is Value:  # as a step of a program
        return scatter_add(x, index=index, shape=shape)
    plain = isinstance(x, (float, np.ndarray))
    out = np.zeros(shape, getattr(x, "dtype", None)) if plain else np.zeros_like(x, shape=shape)
    if _takes_each_once(index):
        if is_lazy(x):  # Dask assigns to no new axes
            index = tuple(part for part in _parts(index) if part is not None)
            x = np.reshape(x, np.broadcast_to(0.0, shape)[index].shape)
        out[index] = x
        return out
    if is_foreign(x):
        return _gathered(x, _places(index, shape), shape)
    if np.size(x) > _FEW and out.ndim > 1:  # NumPy is quick where everything is along one axis
        places = _places(index, shape)
        if places.shape == x.shape:
            np.add.at(out.reshape(-1), places.reshape(-1), x.reshape(-1))
            return out
    np.add.at(out, index, x)
    return out


def _gathered(x: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """What ``np.add.at`` would do, for arrays without it: each place takes its own numbers of x.

    A place that has fewer than others takes a 0 from behind x as well.
    """
    places, size = places.reshape(-1), math.prod(shape)
    order = np.argsort(places, kind="stable")
    counts = np.bincount(places, minlength=size)
    most = max(1, int(counts.max(initial=0)))
    taken = np.full((size, most), len(places))
    taken[np.arange(most) < counts[:, None]] = order
    flat = np.ravel(x)
    with_0 = np.concatenate([flat, np.zeros_like(flat, shape=(1,))])
    return np.reshape(np.sum(np.reshape(with_0[taken.reshape(-1)], (size, most)), axis=1), shape)


#: So few numbers are added one by one sooner than their places are counted.
_FEW = 100
_BASIC = (int, slice, type(None), type(...))


def _takes_each_once(index: Any) -> bool:
    """Whether it is made of numbers, slices and new axes: it cannot take an element twice."""
    return all(type(part) in _BASIC or isinstance(part, np.integer) for part in _parts(index))


def _parts(index: Any) -> tuple[Any, ...]:
    return index if type(index) is tuple else (index,)


getitem = primitive(
    _getitem,
    "[ ]",
    lambda g, y, x, index: _scatter_add(g, index, np.shape(x)),
    name="getitem",
    calls=index_of,
)

scatter_add: Primitive = primitive(
    _scatter_add,
    "[ ]ᵀ",
    lambda g, y, x, index, shape: (np.reshape(g, ()) if type(g) is float else g)[index],
    name="scatter_add",
    broadcasts=True,
    calls=scattered,
)


def _copy_for(x: Any, new: Any) -> Any:
    """A copy of x to write into; as in an array, what is written takes its dtype."""
    if is_foreign(x):
        return x.copy()
    return np.array(x, dtype=np.result_type(x, new) if is_complex(new) else None)


@one_step
def _index_set(x: Any, new: Any, index: Any) -> Any:
    if type(x) is Value or type(new) is Value:  # as a step of a program
        return index_set(x, new, index=index)
    out = _copy_for(x, new)
    out[index] = new
    return out


def _shaped_for(new: Any, taken: Any) -> Any:
    """A gradient with the leading axes of length 1 that an assignment drops from `new`.

    It may drop all of them; those that it did not are summed away by the engine.
    """
    return np.reshape(taken, (1,) * np.ndim(new) + np.shape(taken))


@one_step
def _last_written(g: Any, x: Any, index: Any) -> Any:
    """Of the gradients at `index`, those of elements that no later one has overwritten."""
    taken = getitem(g, index=index)
    if _takes_each_once(index):
        return taken
    number = np.arange(1, int(np.prod(taken.shape)) + 1).reshape(taken.shape)
    last = np.zeros(np.shape(x))
    last[index] = number
    return np.where(last[index] == number, taken, 0.0)


index_set: Primitive = primitive(
    _index_set,
    "[ ]=",
    lambda g, y, x, new, index: index_set(g, 0.0, index=index),
    lambda g, y, x, new, index: _shaped_for(new, _last_written(g, x, index)),
    name="index_set",
    broadcasts=True,
    calls=index_to_fill,
)


@one_step
def _index_add(x: Any, new: Any, index: Any) -> Any:
    if type(x) is Value or type(new) is Value:  # as a step of a program
        return index_add(x, new, index=index)
    if is_foreign(x):
        return x + _scatter_add(np.zeros_like(x[index]) + new, index, x.shape)
    out = _copy_for(x, new)
    np.add.at(out, index, new)
    return out


index_add: Primitive = primitive(
    _index_add,
    "[ ]+",
    lambda g, y, x, new, index: g,
    lambda g, y, x, new, index: _shaped_for(new, getitem(g, index=index)),
    name="index_add",
    broadcasts=True,
    calls=index_to_fill,
)


def _chosen_along(axis: int | None, x: Any, condition: Any) -> Any:
    """The index of the places along `axis` where the condition is true."""
    places = np.flatnonzero(np.ravel(condition))
    return (slice(None),) * axis_of(x, axis) + (places,) if axis is not None else places


@composed(
    np.compress,
    calls=lambda random: (
        ((3, 2),),
        {"axis": random.choice([0, None])},
    ),
    arrange=lambda inputs, params: (([True, False, True], *inputs), params),
)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices along an axis where the condition is true."""
    return (np.ravel(a) if axis is None else a)[_chosen_along(axis, a, condition)]


@composed(
    np.extract,
    calls=lambda random: (((3,),), {}),
    arrange=lambda inputs, params: (([True, False, True], *inputs), params),
)
def extract(condition: Any, arr: Any) -> Any:
    """The elements where the condition is true."""
    return np.ravel(arr)[_chosen_along(None, arr, condition)]

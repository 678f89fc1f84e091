"""Arrays that others can write into, and whether they did.

A graph holds arrays: constants that met its Values, indices and masks, the data of its leaves. If
one of them is written into between forward and backward, a derivative would be taken at the wrong
point. Indices, masks and small constants are copied, so that nothing happens; for the rest it is
noticed, in large arrays where it changes what is looked at. Inside ``detect_anomaly()`` all of a
large array is looked at.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

import numpy as np

#: In bytes: constants up to this size are copied; larger arrays are looked at in some places only.
SMALL = 8192
_PLACES = 64

#: The usual kinds of parameters: nobody can write into them.
CANNOT_CHANGE = frozenset(map(type, (None, ..., slice(1), True, 1, 1.0, 1j, "")))

#: What was in the arrays that others hold, when they got them, and whether that is all of it; by
#: the id of the array.
SEEN: dict[int, tuple[weakref.ref[Any], bytes, bool]] = {}
#: While there is something in it, all of each array is looked at; ``modes`` puts it there.
WATCHING_ALL: list[Any] = []


def kept(constant: Any) -> Any:
    """A constant as a graph keeps it: a copy of a small array, a larger one under watch.

    A large array that nobody can write into is kept as it is.

    >>> small, large = np.ones(3), np.ones(3000)
    >>> kept(small) is small
    False
    >>> large.flags.writeable = False
    >>> kept(large) is large
    True
    """
    if not isinstance(constant, np.ndarray):
        return constant
    if constant.nbytes <= SMALL:
        return constant.copy()
    if not _is_writable(constant):
        return constant
    view = constant.view()
    watch(view)
    return view


def kept_params(params: dict[str, Any]) -> dict[str, Any]:
    """All parameters of a call as a graph keeps them."""
    for given in params.values():
        if type(given) not in CANNOT_CHANGE:
            return {name: kept_param(given) for name, given in params.items()}
    return params


def kept_param(given: Any) -> Any:
    """A parameter as a graph keeps it: with copies of indices and masks, also in lists and tuples.

    Raises:
        TypeError: if it is a masked array.

    >>> index = [0, 1]
    >>> kept_param((index, slice(2))) == (index, slice(2)), kept_param(index) is index
    (True, False)
    """
    kind = type(given)
    if kind is tuple or kind is list:
        for part in given:
            if type(part) not in CANNOT_CHANGE:
                return kind([kept_param(part) for part in given])
        return given if kind is tuple else given.copy()
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError("the mask of a masked array would be lost: take a.filled(0)")
    return given.copy() if isinstance(given, np.ndarray) else given


def watch(array: Any) -> None:
    """Remember what is in `array`, which others hold too, unless it is remembered already."""
    key = id(array)
    if key not in SEEN:
        everything = bool(WATCHING_ALL)
        content = _content(array, everything)
        SEEN[key] = (weakref.ref(array, lambda _: SEEN.pop(key, None)), content, everything)


def forget(array: Any) -> bool:
    """Let what is in `array` now be right; whether it was watched."""
    return SEEN.pop(id(array), None) is not None


def is_written(array: Any) -> bool:
    """Whether `array` holds something else than when it was first watched.

    >>> a = np.zeros(5)
    >>> watch(a)
    >>> a[0] = 1.0
    >>> is_written(a)
    True
    """
    seen = SEEN.get(id(array))
    return seen is not None and seen[1] != _content(array, seen[2])


def is_renewed(array: Any) -> bool:
    """Whether `array` was written into before it is used now: from here on, that is right.

    >>> a = np.zeros(5)
    >>> watch(a)
    >>> a[0] = 1.0
    >>> is_renewed(a), is_written(a)
    (True, False)
    """
    written = is_written(array)
    if written or (WATCHING_ALL and not SEEN.get(id(array), (None, b"", True))[2]):
        forget(array)
        watch(array)
    return written


def _is_writable(array: Any) -> bool:
    if array.flags.writeable:
        return True
    base = array.base
    return base is not None and (not isinstance(base, np.ndarray) or _is_writable(base))


def _content(array: Any, everything: bool) -> bytes:
    if array.nbytes <= SMALL:
        return array.tobytes()
    if everything:
        import hashlib  # long to import, and seldom used

        return hashlib.blake2b(np.ascontiguousarray(array).data).digest()
    return array.flat[:: array.size // _PLACES].tobytes()


def is_own(references: int, array: Any, alone: int) -> bool:
    """Whether nobody holds a new array, or a view of it, but the dict that it is taken from.

    Args:
        references: ``sys.getrefcount(array)``.
        array: the value that was found in the dict.
        alone: how many are counted there if only the dict holds it: `LOOPED` or `LOOKED_UP`.
    """
    if references != alone or type(array) is not np.ndarray:
        return False
    return array.base is None and array.flags.writeable


def _counted(arrays: dict[int, Any]) -> int:
    array = arrays[0]
    return sys.getrefcount(array)


_one = {0: np.zeros(1)}
#: What is counted of an array that only a dict holds, in a loop over its items, and where it was
#: looked up: versions of Python differ.
LOOPED = next(sys.getrefcount(array) for _, array in _one.items())
LOOKED_UP = _counted(_one)


def check_unwritten(node: Any) -> None:
    """Refuse a Value whose data, or one of whose constants, was written into.

    Raises:
        ValueError: with the name and the shape.
    """
    if node.primitive is None and is_written(node._primal):
        raise ValueError(
            f"the array of leaf{_named(node)} (shape {node.shape}) was written into after v.data "
            "gave it away, so a derivative could be taken at the wrong point: assign new data, "
            "v.data = new, and compute the output again"
        )
    for x in node.inputs:
        if isinstance(x, np.ndarray) and is_written(x):
            raise ValueError(
                f"an array of shape {x.shape} was written into after {node.primitive.name} used "
                "it, so a derivative would be taken at the wrong point: hand it a copy, or call "
                "backward() first"
            )


def changed(leaf: Any, user: Any) -> ValueError:
    """The error where `leaf` got new data after `user` was computed from it."""
    return ValueError(
        f"the data of leaf{_named(leaf)} (shape {leaf.shape}) was changed after "
        f"{user.primitive.name} used it, so its derivative would be taken at the wrong point: call "
        "backward() and draw() before changing data, or compute the output again"
    )


def _named(leaf: Any) -> str:
    return f" {leaf.label!r}" if leaf.label else ""

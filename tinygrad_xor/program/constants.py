"""What stands in a step beside functions: variables and constants, nested; and as JSON."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Variable:
    """A number or array that is known when the program runs: ``v3`` is the fourth of them."""

    index: int

    def __repr__(self) -> str:
        return f"v{self.index}"


class Constant:
    """An array, or a scalar of NumPy's, that cannot be written into; equal if bit for bit the same.

    >>> Constant(np.array([0.0])) == Constant(np.array([-0.0]))
    False
    """

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data
        if type(data) is np.ndarray:
            self.data = data.copy(order="K")  # BLAS gives a transposed matrix other bits
            self.data.flags.writeable = False

    @property
    def _key(self) -> tuple[str, tuple[int, ...], bytes]:
        return self.data.dtype.str, self.data.shape, self.data.tobytes()

    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        if self.data.size > 6:
            return f"<{self.data.dtype} {self.data.shape}>"
        return " ".join(np.array2string(self.data, separator=", ").split())


_NESTS = (list, tuple, range, dict, slice)


def mapped(f: Callable[[Any], Any], x: Any) -> Any:
    """`x` with ``f(leaf)`` in the place of everything in its lists, tuples, dicts and slices."""
    if isinstance(x, (list, tuple, range)):  # named tuples and ranges as plain tuples
        items = [mapped(f, item) if isinstance(item, _NESTS) else f(item) for item in x]
        return items if isinstance(x, list) else tuple(items)
    if type(x) is dict:
        return {key: mapped(f, item) for key, item in x.items()} if x else {}
    if type(x) is slice:
        return slice(mapped(f, x.start), mapped(f, x.stop), mapped(f, x.step))
    return f(x)


def found(kind: type, x: Any) -> list[Any]:
    """All objects of a class in nested lists, tuples, dicts and slices."""
    if type(x) is kind:
        return [x]
    if type(x) is dict:
        x = x.values()
    elif type(x) is slice:
        x = (x.start, x.stop, x.step)
    elif not isinstance(x, (list, tuple)):
        return []
    hits: list[Any] = []
    for item in x:
        if type(item) is kind:
            hits.append(item)
        elif isinstance(item, _NESTS):
            hits += found(kind, item)
    return hits


def frozen(x: Any) -> Any:
    """A leaf as a step keeps it.

    Raises:
        TypeError: if it is neither a number, an array of numbers, a dtype, text nor None.
    """
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fiubc":
        return Constant(x)
    if isinstance(x, type) and x is not type:
        return np.dtype(x)
    if x is None or x is Ellipsis or isinstance(x, (bool, int, float, complex, str, np.dtype)):
        return x
    raise TypeError(f"a program cannot keep a {type(x).__name__}: {x!r}")


def thawed(x: Any, variables: list[Any]) -> Any:
    """What a step's functions are called with, for the numbers that the variables have now."""

    def now(leaf: Any) -> Any:
        if type(leaf) is Variable:
            return variables[leaf.index]
        return leaf.data if type(leaf) is Constant else leaf

    return mapped(now, x)


def described(x: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and the dtype of a number or array."""
    if isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic):
        return (), np.dtype(type(x))
    dtype = getattr(x, "dtype", None)
    return np.shape(x), np.asarray(x).dtype if dtype is None else dtype


def as_json(x: Any) -> Any:
    """`x` as JSON can hold it: numbers, text and lists as themselves, the rest as marked dicts."""
    match x:
        case None | bool() | str():
            return x
        case Variable():
            return {"v": x.index}
        case Constant():
            bits = base64.b64encode(x.data.astype(x.data.dtype.newbyteorder("<")).tobytes())
            dtype = x.data.dtype.name
            return {"array": bits.decode(), "dtype": dtype, "shape": list(x.data.shape)}
        case int():
            return int(x)
        case float():
            return x if math.isfinite(x) else {"float": repr(x)}
        case complex():
            return {"complex": [as_json(x.real), as_json(x.imag)]}
        case list():
            return [as_json(item) for item in x]
        case tuple():
            return {"tuple": [as_json(item) for item in x]}
        case dict():
            return {"dict": [[key, as_json(item)] for key, item in x.items()]}
        case slice():
            return {"slice": [as_json(x.start), as_json(x.stop), as_json(x.step)]}
        case np.dtype():
            return {"dtype": x.name}
    if x is Ellipsis:
        return {"ellipsis": True}
    raise TypeError(f"a program with {x!r} in it cannot be saved")


def from_json(x: Any) -> Any:
    """The opposite of `as_json`.

    Raises:
        ValueError: if it is nothing that `as_json` gives.
    """
    if type(x) is list:
        return [from_json(item) for item in x]
    match x:
        case None | bool() | str() | int() | float():
            return x
        case {"v": int(index)}:
            return Variable(index)
        case {"array": str(text), "dtype": name, "shape": list(shape)}:
            dtype = numeric_dtype(name)
            data = np.frombuffer(base64.b64decode(text), dtype.newbyteorder("<"))
            return Constant(data.astype(dtype).reshape(shape)[()])
        case {"float": str(text)}:
            return float(text)
        case {"complex": [real, imag]}:
            return complex(from_json(real), from_json(imag))
        case {"tuple": list(items)}:
            return tuple([from_json(item) for item in items])
        case {"dict": list(items)}:
            return {key: from_json(item) for key, item in items}
        case {"slice": [start, stop, step]}:
            return slice(from_json(start), from_json(stop), from_json(step))
        case {"dtype": name}:
            return numeric_dtype(name)
        case {"ellipsis": True}:
            return Ellipsis
    raise ValueError(f"{x!r} is no part of a program")


def numeric_dtype(name: Any) -> np.dtype[Any]:
    """The dtype of that name, if it is one of numbers.

    Raises:
        ValueError: if it is not.
    """
    try:
        dtype = np.dtype(str(name))
    except TypeError as error:
        raise ValueError(f"{name!r} is no dtype of numbers") from error
    if dtype.kind not in "fiubc":
        raise ValueError(f"{name!r} is no dtype of numbers")
    return dtype

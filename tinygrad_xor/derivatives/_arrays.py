"""What rules and compositions ask of their arguments: arrays, kinds, and axes that exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.operands import holds_values
from tinygrad_xor.program import Traced, decision


def array(nested: Any) -> Any:
    """An array of what is nested in lists and tuples: numbers, arrays and Values.

    It is what ``np.array`` is for plain numbers, which would lose the gradients of Values. With
    Values in it, the result is a Value; a Value or an array alone is handed back as it is.

    Raises:
        TypeError: if something else than numbers is in it, as a generator.
        ValueError: if rows differ in shape, with the shapes.

    >>> from tinygrad_xor import grad
    >>> def turned(angle):
    ...     c, s = np.cos(angle), np.sin(angle)
    ...     return array([[c, -s], [s, c]]) @ np.array([1.0, 0.0])
    >>> grad(lambda angle: turned(angle)[1])(0.0)
    1.0
    """
    if not isinstance(nested, (list, tuple)) or not holds_values(nested):
        if hasattr(nested, "__array_function__") and not isinstance(nested, np.ndarray):
            return nested  # a Value, or another kind of array
        if isinstance(nested, np.ma.MaskedArray):
            raise TypeError("array() would lose the mask of a masked array: take a.filled(0.0)")
        plain = np.asarray(nested)
        if plain.dtype == object:
            raise TypeError(
                "array() takes numbers, arrays and Values, nested in lists and tuples: not "
                f"{nested!r}"
            )
        return plain
    rows = [array(row) for row in nested]
    shapes = [np.shape(row) for row in rows]
    if len(set(shapes)) > 1:
        raise ValueError(f"rows differ in shape, so this is no array: {shapes}")
    return np.stack(rows)


#: Up to here 1 - y keeps all but four bits of a rounded y.
NEAR_1 = 15 / 16
#: Where a formula is built rather than a number, a few bits more are given for a shorter one.
_NEARER_1 = 1 - 2.0**-16


_array = np.ndarray  # found quicker


@decision(every=True)
def is_all(answers: Any) -> bool:
    """Whether the answer is yes everywhere."""
    return bool(np.all(answers))


@decision(every=False)
def is_any(answers: Any) -> bool:
    """Whether the answer is yes somewhere."""
    return bool(np.any(answers))


def seen(x: Any) -> Any:
    """The number or plain array in a Value, or in an array of another kind around it; else None.

    Rules look at numbers only to write a formula in its simplest form where that is exact. Who
    cannot tell, because an array is traced or elsewhere, takes the form that always is.
    """
    if type(x) is Value:
        x = x.data
    if isinstance(x, (float, np.ndarray, np.generic, Traced)):
        return x
    inner = getattr(x, "data", None)
    return inner if type(inner) is np.ndarray else None


def away_from_1(y: Any) -> bool:
    """Whether numbers are so far below 1 that 1 - y is not rounded away.

    >>> away_from_1(0.5), away_from_1(np.array([0.5, 0.99]))
    (True, False)
    """
    if type(y) is _array:
        return not y.size or abs(y.item(y.argmax())) < NEAR_1  # quicker than np.max
    if isinstance(y, float):
        return y < NEAR_1
    numbers = seen(y)
    if numbers is None:
        return False
    single = getattr(numbers, "dtype", np.float64) in (np.float32, np.float16)
    limit = NEAR_1 if single else _NEARER_1
    return is_all(np.abs(numbers) < limit)


def may_be(question: Callable[[Any], Any], x: Any) -> bool:
    """Whether the answer is yes for a number or an element, for all that can be seen.

    >>> may_be(np.isnan, np.array([1.0, 2.0])), may_be(np.isinf, -np.inf)
    (False, True)
    """
    x = seen(x)
    return x is None or is_any(question(x))


def may_be_0(x: Any) -> bool:
    """Whether a number or an element is 0, for all that can be seen.

    >>> may_be_0(0.0), may_be_0(np.array([1.0, 2.0]))
    (True, False)
    """
    return may_be(lambda x: x == 0, x)


def axis_of(x: Any, axis: Any) -> int:
    """`axis` counted from the front.

    Raises:
        numpy.exceptions.AxisError: if the array has no such axis.
    """
    return normalize_axis_index(axis, np.ndim(x))


def axes_of(x: Any, axes: Any) -> tuple[int, ...]:
    """One axis or several, counted from the front; None for all.

    Raises:
        numpy.exceptions.AxisError: if the array has no such axis.
    """
    return normalize_axis_tuple(range(np.ndim(x)) if axes is None else axes, np.ndim(x))


def part(x: Any, axis: Any, taken: Any) -> Any:
    """The part of `x` that a slice or an index takes along one axis."""
    return x[(slice(None),) * axis_of(x, axis) + (taken,)]

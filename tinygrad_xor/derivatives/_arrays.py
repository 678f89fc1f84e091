"""What compositions ask of their arguments before they compute: arrays, and axes that exist."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_xor.engine.numbers import holds_values


def array(nested: Any) -> Any:
    """An array of what is nested in lists and tuples: numbers, arrays and Values.

    It is what ``np.array`` is for plain numbers, which would lose the gradients of Values. With
    Values in it, the result is a Value; a Value or an array alone is handed back as it is.

    Raises:
        ValueError: if rows differ in shape, with the shapes.

    >>> from tinygrad_xor import grad
    >>> def turned(angle):
    ...     c, s = np.cos(angle), np.sin(angle)
    ...     return array([[c, -s], [s, c]]) @ np.array([1.0, 0.0])
    >>> grad(lambda angle: turned(angle)[1])(0.0)
    1.0
    """
    if not isinstance(nested, (list, tuple)) or not holds_values(nested):
        is_foreign = hasattr(nested, "__array_function__") and not isinstance(nested, np.ndarray)
        return nested if is_foreign else np.asarray(nested)  # a Value, or another kind of array
    rows = [array(row) for row in nested]
    shapes = [np.shape(row) for row in rows]
    if len(set(shapes)) > 1:
        raise ValueError(f"rows differ in shape, so this is no array: {shapes}")
    return np.stack(rows)


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

"""What rules and compositions ask of their arguments: arrays, kinds, and axes that exist."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_xor.engine import Value


def array(x: Any) -> Any:
    """`x` as an array, if it is a list or a number; a Value as it is.

    >>> array([1, 2])
    array([1, 2])
    """
    return x if type(x) is Value else np.asarray(x)


def is_complex(x: Any) -> bool:
    """Whether a number, array or Value is complex."""
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", None) == "c"


#: Up to here 1 - y keeps all but four bits of a rounded y.
_NEAR_1 = 15 / 16


def away_from_1(y: Any) -> bool:
    """Whether a plain number, or all of an array, is so far below 1 that 1 - y is not rounded away.

    >>> away_from_1(0.5), away_from_1(np.array([0.5, 0.99]))
    (True, False)
    """
    if type(y) is float:
        return y < _NEAR_1
    if type(y) is not np.ndarray:
        return False
    return not y.size or abs(y.item(y.argmax())) < _NEAR_1  # quicker than np.max


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

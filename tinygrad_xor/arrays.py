"""Numbers from outside, where plain arrays are wanted: the one gate that they come through."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.foreign import is_lazy


def real_array(name: str, data: Any) -> Any:
    """`data` as an array of floats; `name` is how messages call it.

    Raises:
        TypeError: if these are not real numbers, or some are masked.
        ValueError: if rows have different lengths.

    >>> real_array("inputs", [[0, 1]])
    array([[0., 1.]])
    """
    if type(data) is Value:
        raise TypeError(f"{name} are plain arrays, not a Value: pass v.data")
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            f"{name} are a masked array, and masks are not looked at: leave out what is masked, or "
            "fill it, a.filled(0.0)"
        )
    try:
        keeps = hasattr(data, "stands_for_numpy") or is_lazy(data)
        array = data if keeps else np.asarray(data)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} are no array: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} are real numbers, not an array of dtype {array.dtype}")
    return array.astype(float) if array.dtype.kind != "f" else array


def checked_array(name: str, data: Any, least_axes: int = 2) -> Any:
    """`data` as an array of finite floats, as of `real_array`.

    Raises:
        TypeError: as of `real_array`.
        ValueError: also if there are fewer axes than `least_axes`, or NaN or infinities among the
            numbers.
    """
    array = real_array(name, data)
    if is_lazy(array):
        array = array.compute()
    if array.ndim < least_axes:
        raise ValueError(
            f"{name} of shape {array.shape} need an axis for the examples and one for their "
            f"numbers: reshape(-1, 1) makes a column, [x] a batch of one example"
        )
    if not np.all(np.isfinite(array)):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} have {array[place]} in them, first at {place}")
    return array

"""What may meet a Value in an operation, and how the engine keeps it: numbers and arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

#: The kinds of dtype that a Value or a constant may have: float, integer, unsigned, bool, complex.
NUMERIC = "fiubc"


def constant_data(x: Any) -> Any:
    """A plain operand as the engine keeps it: a number or an array of numbers, not copied.

    Raises:
        TypeError: if it is not numbers.
        NotImplementedError: if it is of a kind that an operator should leave to the other operand.
    """
    if type(x) is np.ndarray and x.dtype.kind in NUMERIC:
        return x
    if isinstance(x, (list, tuple)):
        x = _array_of_rows(x)
    if isinstance(x, (bool, int, float, str, bytes, complex)) or x is None:
        return _number(x)
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("a Value has no mask: fill the masked array first, a.filled(0.0)")
    if isinstance(x, np.matrix):
        raise TypeError("np.matrix multiplies in its own way: take np.asarray(m) of it")
    speaks_numpy = isinstance(x, np.generic) or hasattr(type(x), "__array_function__")
    if not speaks_numpy or not isinstance(getattr(x, "dtype", None), np.dtype):
        raise NotImplementedError(f"no operation between a Value and {type(x).__name__}")
    if x.dtype.kind not in NUMERIC:
        raise TypeError(f"a Value holds numbers, not an array of dtype {x.dtype}")
    return x


def leaf_data(x: Any) -> Any:
    """`x` as a leaf keeps it: a Python float, or an array of its own of a floating dtype.

    Raises:
        TypeError: if it is not numbers.
        ValueError: if rows differ in length.

    >>> leaf_data(True), leaf_data([1, 2])
    (1.0, array([1., 2.]))
    """
    try:
        x = constant_data(x)
    except NotImplementedError:
        raise TypeError(
            f"a Value holds a number or an array of them, not {type(x).__name__}: {x!r}"
        ) from None
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(x)
    if isinstance(x, complex):
        return np.complex128(x)
    floating = x.astype(np.float64 if x.dtype.kind in "iub" else x.dtype)  # a copy, always
    return scalar_or_array(floating)


def scalar_or_array(data: Any) -> Any:
    """A result as Values hold it: 0-d arrays become scalars, float64 scalars Python floats.

    Complex scalars are NumPy's, because Python's have no shape and no dtype.
    """
    if type(data) is np.ndarray and data.ndim == 0:
        data = data[()]
    if isinstance(data, (np.float64, np.bool_, np.integer, int)):
        return float(data)
    return np.complex128(data) if type(data) is complex else data


def cast(x: Any, dtype: np.dtype[Any]) -> Any:
    """`x` in the given dtype, as Values hold it."""
    return scalar_or_array(np.asarray(x, dtype=dtype))


def real_power(x: Any, y: Any) -> Any:
    """``x**y``, but NumPy's nan where Python would answer two floats with a complex number.

    >>> real_power(-8.0, 2)
    64.0
    """
    z = x**y
    return np.power(x, y) if type(z) is complex and type(x) is float is type(y) else z


def _number(x: Any) -> Any:
    if x is None or isinstance(x, (str, bytes)):
        raise TypeError(f"a Value holds numbers, not {x!r}: convert it first, float(text)")
    return x


def _array_of_rows(x: Any) -> Any:
    from tinygrad_xor.engine.value import Value  # which is built on this module

    if any(type(leaf) is Value for leaf in _flatten(x)):
        raise TypeError(
            "a list of Values is not an array: join them with np.stack(values), or take the plain "
            "numbers, [v.data for v in values]"
        )
    try:
        return np.asarray(x)
    except ValueError as error:
        lengths = [len(row) if hasattr(row, "__len__") else "a number" for row in x]
        raise ValueError(f"rows differ in length, so this is no array: {lengths}") from error


def _flatten(x: Any) -> Iterator[Any]:
    for item in x:
        if isinstance(item, (list, tuple)):
            yield from _flatten(item)
        else:
            yield item

"""Plain numbers and arrays: what may become a Value, meet one, or come out of an operation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine.foreign import is_complex, is_lazy, refuse_gaps, refuse_units
from tinygrad_xor.engine.node import Node

FLOAT64 = np.dtype(np.float64)
#: The kinds of dtype that a Value or a constant may have: float, integer, unsigned, bool, complex.
NUMERIC = "fiubc"


def plain(x: Any) -> Any:
    """`x` with the plain data in place of every Value in it."""
    if isinstance(x, Node):
        return x._primal
    if type(x) in (list, tuple):
        return type(x)(plain(item) for item in x)
    if type(x) is dict:
        return {key: plain(item) for key, item in x.items()}
    return x


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
    if x is None or isinstance(x, (str, bytes)):
        raise TypeError(f"a Value holds numbers, not {x!r}: convert it first, float(text)")
    if isinstance(x, (bool, int, float, complex)):
        return x
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("a Value has no mask: fill the masked array first, a.filled(0.0)")
    if isinstance(x, np.matrix):
        raise TypeError("np.matrix multiplies in its own way: take np.asarray(m) of it")
    speaks_numpy = isinstance(x, np.generic) or hasattr(type(x), "__array_function__")
    if not speaks_numpy or not isinstance(getattr(x, "dtype", None), np.dtype):
        raise NotImplementedError(f"no operation between a Value and {type(x).__name__}")
    if x.dtype.kind not in NUMERIC:
        raise TypeError(f"a Value holds numbers, not an array of dtype {x.dtype}")
    if hasattr(type(x), "units"):
        raise NotImplementedError(f"the unit stays around the Value, in a {type(x).__name__}")
    return x


def numbers_of(x: Any) -> Any:
    """The same as `constant_data`, where there is no other operand to leave it to.

    Raises:
        TypeError: if it is not numbers.
    """
    try:
        return constant_data(x)
    except NotImplementedError:
        refuse_units(x)
        raise TypeError(
            f"a Value holds a number or an array of them, not {type(x).__name__}: {x!r}"
        ) from None


def leaf_data(x: Any) -> Any:
    """`x` as a leaf keeps it: a number, or an array of its own, of a floating dtype.

    Raises:
        TypeError: if it is not numbers.
        ValueError: if rows differ in length.

    >>> leaf_data(True), leaf_data(np.True_), leaf_data([1, 2])
    (1.0, np.float64(1.0), array([1., 2.]))
    """
    if isinstance(x, Node):
        raise TypeError(f"already a Value: {x!r}. Use v.data to make a leaf from its data")
    x = numbers_of(x)
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(x)
    if isinstance(x, complex):
        return np.complex128(x)
    if not isinstance(x, np.ndarray):
        refuse_gaps(x)
    floating = x.astype(np.float64 if x.dtype.kind in "iub" else x.dtype)  # a copy, always
    return scalar_or_array(floating)


def scalar_or_array(data: Any) -> Any:
    """A result as Values hold it: 0-d arrays become scalars, and all numbers floating ones.

    Complex scalars are NumPy's, because Python's have no shape and no dtype.
    """
    if type(data) is np.ndarray and data.ndim == 0:
        data = data[()]
    if isinstance(data, (np.bool_, np.integer)):
        return np.float64(data)
    if isinstance(data, int):
        return float(data)
    if hasattr(data, "stands_for_numpy") and data.ndim == 0:
        data = data[()]
        return data.astype(FLOAT64) if data.dtype.kind in "iub" else data
    return np.complex128(data) if type(data) is complex else data


def is_weak(x: Any) -> bool:
    """Whether `x` is a number of Python's, which takes on the dtype of an array that it meets.

    >>> is_weak(1.0), is_weak(np.float64(1.0))
    (True, False)
    """
    return type(x) is float or getattr(x, "is_weak", False)


def cast(x: Any, like: Any) -> Any:
    """`x` in the dtype of `like`, as Values hold it; where that is a number of Python's, as one."""
    if not hasattr(x, "astype"):
        x = np.asarray(x)
    dtype = FLOAT64 if type(like) is float else like.dtype
    x = scalar_or_array(x if x.dtype == dtype else x.astype(dtype))
    return x.item() if is_weak(like) and np.ndim(x) == 0 else x


def cast_gradient(g: Any, x: Any) -> Any:
    """The gradient `g`, a Value or an array, in the dtype of the data `x` that it belongs to."""
    dtype = FLOAT64 if type(x) is float else x.dtype
    if g.dtype != dtype:
        if g.dtype.kind == "c" and dtype.kind != "c":
            g = np.real(g)  # the input cannot move along the imaginary axis
        g = g.astype(dtype)
    if type(x) is np.ndarray or isinstance(g, Node) or not is_weak(x) or is_lazy(g):
        return g
    return g.item()


def numpys_own(x: Any) -> Any:
    """A number of Python's as one of NumPy's, which divides by zero; arrays as they are.

    >>> type(numpys_own(1.0)).__name__
    'float64'
    """
    return np.asarray(x)[()] if type(x) in (float, int, complex) else x


def as_held(data: Any, name: str, inputs: tuple[Any, ...], real_only: bool) -> Any:
    """The result of the operation of that name as a Value holds it.

    A class of arrays that says ``stands_for_numpy = True`` of itself may meet NumPy's, and so may
    Dask's, which are NumPy's numbers, later. Arrays of other libraries may not: no gradient could
    come back.

    Raises:
        TypeError: if a Value among the inputs holds another kind of array than the result is, or it
            is a complex one that no rule is for.
    """
    if type(data) is not np.ndarray or data.ndim == 0:
        data = scalar_or_array(data)
        own = (float, np.ndarray, np.generic)
        if not (isinstance(data, own) or hasattr(data, "stands_for_numpy") or is_lazy(data)):
            for x in inputs:
                if isinstance(x, Node) and type(x._primal) is not type(data):
                    raise TypeError(
                        f"{name} of a Value that holds a {type(x._primal).__name__} and of a "
                        f"{type(data).__name__} gives another {type(data).__name__}, whose "
                        "gradient the Value cannot take: convert it to a NumPy array first, or "
                        "make a Value of it"
                    )
    if real_only and is_complex(data) and any(map(is_complex, inputs)):
        raise TypeError(
            f"{name} of complex numbers has no derivative here: take np.real, np.imag or np.abs "
            "first"
        )
    return data


def real_power(x: Any, y: Any) -> Any:
    """``x**y``, but NumPy's nan where Python would answer two floats with a complex number.

    >>> real_power(-8.0, 2)
    64.0
    """
    z = x**y
    if type(z) is complex and not isinstance(x, complex) and not isinstance(y, complex):
        return np.power(float(x), float(y))
    return z


def _array_of_rows(x: Any) -> Any:
    if holds_values(x):
        raise TypeError(
            "a list of Values is not an array: make one with tinygrad_xor.array(nested), or take "
            "the plain numbers, [v.data for v in values]"
        )
    try:
        return np.asarray(x)
    except ValueError as error:
        lengths = [len(row) if hasattr(row, "__len__") else "a number" for row in x]
        raise ValueError(f"rows differ in length, so this is no array: {lengths}") from error


def holds_values(nested: Any) -> bool:
    """Whether there is a Value in nested lists and tuples."""
    if isinstance(nested, (list, tuple)):
        return any(holds_values(item) for item in nested)
    return isinstance(nested, Node)

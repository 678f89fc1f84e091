"""Arrays of other libraries: what a Value may hold besides NumPy's, and what is said where not.

A rule is made of operators and NumPy's functions, so an array type with NumPy's protocols works in
a Value as it is: Dask's, CuPy's. Nothing of them is converted, and they do not meet NumPy's arrays
in one operation, since the gradient of one would be an array of the other. Only what Dask has is
NumPy's numbers, later: there a Value that holds NumPy's array has a gradient of Dask's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SAID = "does not work with arrays of"
_OURS = (float, int, complex, np.ndarray, np.generic)


def is_foreign(x: Any) -> bool:
    """Whether `x` is an array of another library than NumPy, and no Value.

    >>> is_foreign(np.ones(2)), is_foreign(1.0)
    (False, False)
    """
    return not isinstance(x, _OURS) and not hasattr(x, "stands_for_numpy")


def is_lazy(x: Any) -> bool:
    """Whether `x` is one of Dask's collections: numbers that are still to be computed."""
    return type(x) is not np.ndarray and hasattr(x, "__dask_graph__")


def is_complex(x: Any) -> bool:
    """Whether a number, an array or a Value is complex; others than NumPy have no such function.

    >>> is_complex(1j), is_complex(np.ones(2, complex)), is_complex(1.0)
    (True, True, False)
    """
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", None) == "c"


def refuse_units(x: Any) -> None:
    """Refuse a quantity with a unit, as pint's, where there is no other operand to leave it to.

    Raises:
        TypeError: that says where the unit belongs.
    """
    if hasattr(type(x), "units"):
        raise TypeError(
            f"a Value holds no {type(x).__name__} with a unit: put the unit around the Value, "
            "ureg.Quantity(Value(numbers), unit)"
        )


def refuse_gaps(x: Any) -> None:
    """Refuse a sparse array as what a gradient is asked for.

    Raises:
        TypeError: that says what to do.
    """
    if hasattr(x, "fill_value") and hasattr(x, "nnz"):
        raise TypeError(
            f"a Value holds no sparse {type(x).__name__}, whose gradient would not be sparse: take "
            "x.todense(), or keep it a constant to the right of a Value, v @ x"
        )


def explain_refusal(what: str, arrays: Any, error: Exception) -> None:
    """Say whose arrays could not do it, if there is one of another library among `arrays`.

    Raises:
        TypeError: then, with what the other library said.
    """
    if _SAID in str(error):
        return
    for x in arrays:
        array = getattr(x, "_primal", x)  # of a Value
        if hasattr(array, "dtype") and is_foreign(array):
            kind = type(array)
            library = kind.__module__.partition(".")[0]
            raise TypeError(f"{what} {_SAID} {library} ({kind.__name__}): {error}") from error

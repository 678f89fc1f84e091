"""The functions that a step may call, by name: NumPy's, a few of our own, and registered ones.

A program that is read from a file calls what stands in this table, and nothing else. NumPy's
functions that write into arrays or touch files are not in it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]

#: NumPy's functions that write into an array or a file, call back, or leave numbers undefined.
_LEFT_OUT = set(
    "apply_along_axis apply_over_axes copyto empty_like fill_diagonal piecewise place put "
    "put_along_axis putmask save savetxt savez savez_compressed".split()
)
#: Those whose shape or dtype depends on the numbers: what follows may rely on how it was.
_BY_NUMBERS = set(
    "argwhere bincount compress delete extract flatnonzero histogram histogram2d histogramdd "
    "histogram_bin_edges intersect1d linalg.eig linalg.eigvals linalg.lstsq nonzero poly polydiv "
    "polyfit real_if_close repeat roots setdiff1d setxor1d trim_zeros tril_indices_from union1d "
    "unique unique_all unique_counts unique_inverse unique_values".split()
)
_UFUNC_METHODS = ("reduce", "accumulate", "outer", "reduceat")


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``; of a result that is several arrays, one of them."""
    return operator.getitem(x, index)


def pow(x: Any, y: Any) -> Any:
    """``x ** y``, in which squares of arrays are products, unlike those of ``np.power``.

    >>> pow(2.0, 3), pow(0.0, -1.0)
    (8.0, np.float64(inf))
    """
    try:
        return x**y
    except (ZeroDivisionError, OverflowError):  # Python's floats raise where NumPy has an answer
        with np.errstate(all="ignore"):
            return np.power(x, y)


def item(x: Any) -> Any:
    """The one number in an array as a number of Python's; of what holds a gradient, itself."""
    plain = isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "stands_for_numpy")
    return x.item() if plain else x


def astype(x: Any, dtype: Any) -> Any:
    """`x` in another dtype; a number of Python's too."""
    return (x if hasattr(x, "astype") else np.asarray(x)).astype(dtype)


#: Python's operators, for numbers with which they differ from NumPy's functions: integers of any
#: size, remainders, and complex scalars, whose products round otherwise than those of arrays.
OPERATORS: dict[Function, Function] = {
    **{np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul},
    **{np.divide: operator.truediv, np.floor_divide: operator.floordiv},
    **{np.remainder: operator.mod, np.negative: operator.neg, np.absolute: operator.abs},
}


def _numpys() -> dict[str, Function]:
    found: dict[str, Function] = {}
    for prefix, module in (("", np), ("linalg.", np.linalg), ("fft.", np.fft)):
        for name in module.__all__:
            function: Any = vars(module).get(name)  # getattr would import numpy.random
            # aliases, such as np.concat of np.concatenate, go by one name
            if getattr(function, "__name__", None) != name or name in _LEFT_OUT:
                continue
            if isinstance(function, np.ufunc) or hasattr(function, "_implementation"):
                found[prefix + name] = function  # those that ask their arguments who answers
    found["sliding_window_view"] = np.lib.stride_tricks.sliding_window_view
    return found


#: The functions by the names they have in programs: ``"multiply"``, ``"linalg.solve"``.
FUNCTIONS: dict[str, Function] = {
    **_numpys(),
    **{"getitem": getitem, "pow": pow, "item": item, "astype": astype},
    **{f"operator.{f.__name__}": f for f in OPERATORS.values()},
}
_NAMES: dict[Function, str] = {function: name for name, function in FUNCTIONS.items()}
_REGISTERED: set[str] = set()
_OURS = frozenset(FUNCTIONS.values())
_NAMES[np.astype] = "astype"  # NumPy's does not take numbers


def register(
    name: str, function: Function, again: bool = False, elementwise: bool = False
) -> Function:
    """Let programs call `function` by `name`, also those that are loaded from a file.

    It must give the same for the same arguments, and write into none of them.

    Args:
        name: in programs and files.
        function: on arrays; it is differentiable if it works on Values too.
        again: whether it may take the place of an earlier one, as cells of notebooks run again.
        elementwise: whether shapes and dtypes of the arguments tell those of the result.

    Raises:
        ValueError: if another function has that name.
    """
    if not again and FUNCTIONS.get(name, function) is not function:
        raise ValueError(f"programs already know a function called {name!r}: take another name")
    FUNCTIONS[name] = function
    _NAMES[function] = name
    (_REGISTERED.discard if elementwise else _REGISTERED.add)(name)
    return function


def name_of(function: Function) -> str:
    """What `function` is called in programs.

    >>> name_of(np.multiply), name_of(np.linalg.norm), name_of(np.add.reduce)
    ('multiply', 'linalg.norm', 'add.reduce')
    """
    if function in _NAMES:
        return _NAMES[function]
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{function.__name__}"
    return getattr(function, "__name__", repr(function))


def known(function: Function) -> Function | None:
    """What programs call in the place of `function`, which is mostly itself; None if nothing."""
    try:
        found = named(name_of(function))
    except ValueError:
        return None
    return found if found == function or function in _NAMES else None


def is_ours(function: Function) -> bool:
    """Whether it is NumPy's or this package's, and so the same whenever it has the same name."""
    owner = getattr(function, "__self__", None)
    whole = owner if isinstance(owner, np.ufunc) else function
    module = getattr(whole, "__module__", None) or ""
    return whole in _OURS or module.startswith("tinygrad_xor.")


def looks_at_numbers(function: Function) -> bool:
    """Whether the shape or dtype of a result may depend on the numbers, as far as is known here.

    Of functions that are not NumPy's nothing is known; they may be checks that raise an error too.
    """
    name = name_of(function)
    if isinstance(function, np.ufunc) or name.split(".")[-1] in _UFUNC_METHODS:
        return False
    return name in _BY_NUMBERS or name not in FUNCTIONS or name in _REGISTERED


def named(name: str) -> Function:
    """The function that programs call `name`.

    Raises:
        ValueError: if there is none.
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    owner, _, method = name.rpartition(".")
    if method in _UFUNC_METHODS and isinstance(FUNCTIONS.get(owner), np.ufunc):
        return getattr(FUNCTIONS[owner], method)
    raise ValueError(f"programs know no function called {name!r}")

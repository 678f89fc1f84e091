"""How ``np.exp(v)`` and ``np.sum(v, axis=0)`` find their entry in the table.

NumPy asks the arguments of its functions whether they want to answer themselves (NEP 13 for ufuncs,
NEP 18 for the rest). A Value looks the function up: it is differentiable, it is constant, or it
raises a TypeError. Never an object array, never a gradient lost in silence.
"""

from __future__ import annotations

import dis
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine.operands import plain
from tinygrad_xor.engine.table import BY_FUNCTION, CONSTANT, TABLE, entry_of, numpy_name

#: The entries behind methods of ufuncs: ``np.add.reduce(v)`` is ``np.sum(v, axis=0)``.
_BY_METHOD: dict[tuple[np.ufunc, str], str] = {
    (np.add, "reduce"): "sum",
    (np.multiply, "reduce"): "prod",
    (np.maximum, "reduce"): "max",
    (np.minimum, "reduce"): "min",
    (np.logaddexp, "reduce"): "logsumexp",
    (np.add, "accumulate"): "cumsum",
    (np.multiply, "accumulate"): "cumprod",
    (np.maximum, "accumulate"): "cummax",
    (np.minimum, "accumulate"): "cummin",
}


class NumPyProtocol:
    """``np.exp(v)``, ``np.float64(2) * v``: what `Value` answers when NumPy asks."""

    __slots__ = ()

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs and kwargs.get("out") is not None:
            raise TypeError(
                f"np.{ufunc.__name__} cannot write a Value into a plain array, as out= and "
                "in-place operators do: its gradient would be lost. Write a = a + v instead of "
                "a += v"
            )
        if method != "__call__":
            return _by_method(ufunc, method, inputs, kwargs)
        entry = BY_FUNCTION.get(ufunc)
        if entry is None and ufunc in CONSTANT:
            return ufunc(*plain(inputs), **plain(kwargs))
        if kwargs and kwargs.pop("where", True) is not True:
            raise TypeError(
                f"np.{ufunc.__name__} with where= leaves the other elements undefined: write "
                f"np.where(mask, np.{ufunc.__name__}(...), other)"
            )
        return (entry or entry_of(ufunc)).called_as(ufunc, inputs, kwargs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        if len(types) > 1 and any(issubclass(t, (np.ma.MaskedArray, np.matrix)) for t in types):
            raise TypeError(
                f"{numpy_name(function)} of a Value and a masked array or an np.matrix would lose "
                "the mask, or multiply in another way: take a.filled(0.0) or np.asarray(m)"
            )
        if function in CONSTANT:
            return function(*plain(args), **plain(kwargs))
        return entry_of(function).called_as(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "NumPy was about to turn a Value into a plain array and lose its gradient: for "
            "np.array(nested) or a list of Values write tinygrad_xor.array(nested), for A.dot(v) "
            "write A @ v, for np.full(shape, v) np.broadcast_to(v, shape), for functions of SciPy "
            "that are no ufuncs, such as special.logsumexp, see tinygrad_xor.scipy; if a plain "
            "array is meant, say v.data"
        )

    def __float__(self) -> float:
        words = (
            "float(v), math.exp(v), and a[0] = v in a plain array, would lose the gradient: use "
            "NumPy's function, np.exp(v); collect Values in a list and make an array of it with "
            "tinygrad_xor.array(values); where the plain number is meant, say v.item()"
        )
        caller = sys._getframe(1)
        if caller.f_code.co_code[caller.f_lasti] == dis.opmap["STORE_SUBSCR"]:
            warnings.warn(words, stacklevel=2)  # NumPy hides the error of a.flat[0] = v
        raise TypeError(words)

    __int__ = __trunc__ = __complex__ = __float__


def _by_method(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: Any) -> Any:
    """``np.add.reduce(v)`` and its kin, by the functions that do the same."""
    name = _BY_METHOD.get((ufunc, method))
    if name is not None:
        return TABLE[name].called_as(getattr(ufunc, method), inputs, {"axis": 0, **kwargs})
    if method == "outer" and len(inputs) == 2:
        x, y = inputs
        inputs = (np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y)
        return entry_of(ufunc).called_as(ufunc, inputs, kwargs)
    raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here")

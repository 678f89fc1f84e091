"""How ``np.exp(v)`` and ``np.sum(v, axis=0)`` find their entry in the table.

NumPy asks the arguments of its functions whether they want to answer themselves (NEP 13 for ufuncs,
NEP 18 for the rest). A Value looks the function up: it is differentiable, it is constant, or it
raises a TypeError. Never an object array, never a gradient lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine.numbers import plain
from tinygrad_xor.engine.table import CONSTANT, entry_of

#: ``np.add.reduce(v)`` is ``np.sum(v)``.
_REDUCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
#: ``np.add.accumulate(v)`` is ``np.cumsum(v, axis=0)``.
_RUNNING: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: np.cumsum,
    np.multiply: np.cumprod,
}


class NumPyProtocol:
    """``np.exp(v)``, ``np.float64(2) * v``: what `Value` answers when NumPy asks."""

    __slots__ = ()

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise TypeError(
                f"np.{ufunc.__name__} cannot write a Value into a plain array, as out= and "
                "in-place operators do: its gradient would be lost. Write a = a + v instead of "
                "a += v"
            )
        if method != "__call__":
            return _by_method(ufunc, method, inputs, kwargs)
        if ufunc in CONSTANT:
            return ufunc(*plain(inputs), **plain(kwargs))
        if kwargs.pop("where", True) is not True:
            raise TypeError(
                f"np.{ufunc.__name__} with where= leaves the other elements undefined: write "
                f"np.where(mask, np.{ufunc.__name__}(...), other)"
            )
        return entry_of(ufunc).called_as(ufunc, inputs, kwargs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        if function in CONSTANT:
            return function(*plain(args), **plain(kwargs))
        return entry_of(function).called_as(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "NumPy was about to turn a Value into a plain array and lose its gradient: for "
            "np.array(nested) or a list of Values write tinygrad_xor.array(nested), for A.dot(v) "
            "write A @ v, for np.full(shape, v) np.broadcast_to(v, shape); if a plain array is "
            "meant, say v.data"
        )

    def __float__(self) -> float:
        raise TypeError(
            "float(v), math.exp(v), and a[0] = v in a plain array, would lose the gradient: use "
            "NumPy's function, np.exp(v); collect Values in a list and make an array of it with "
            "tinygrad_xor.array(values); where the plain number is meant, say v.item()"
        )


def _by_method(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: Any) -> Any:
    """``np.add.reduce(v)`` and its kin, by the functions that do the same."""
    others = {"reduce": _REDUCTIONS, "accumulate": _RUNNING}.get(method, {})
    if ufunc in others:
        function = others[ufunc]
        return entry_of(function).called_as(function, inputs, {"axis": 0, **kwargs})
    if method == "outer" and len(inputs) == 2:
        x, y = inputs
        inputs = (np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y)
        return entry_of(ufunc).called_as(ufunc, inputs, kwargs)
    raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here")

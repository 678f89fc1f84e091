"""How ``np.exp(v)`` and ``np.sum(v, axis=0)`` find their entry in the table.

NumPy asks the arguments of its functions whether they want to answer themselves (NEP 13 for ufuncs,
NEP 18 for the rest). A Value looks the function up: it is differentiable, it is constant, or it
raises a TypeError. Never an object array, never a gradient lost in silence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine.primitive import BY_FUNCTION, Primitive

#: ``np.add.reduce(v)`` is ``np.sum(v)``.
_REDUCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


def entry_of_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Primitive, tuple[Any, ...], dict[str, Any]]:
    """What NumPy's ``__array_ufunc__`` asks for: the entry, its inputs, its parameters.

    Raises:
        TypeError: if the table has no entry, or the call would lose a gradient.
    """
    if method == "reduce" and ufunc in _REDUCTIONS:
        return entry_of_function(_REDUCTIONS[ufunc], inputs, {"axis": 0, **kwargs})
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here")
    if "out" in kwargs:
        raise TypeError(
            f"np.{ufunc.__name__} cannot write a Value into a plain array, as out= and in-place "
            "operators do: its gradient would be lost. Write a = a + v instead of a += v"
        )
    return entry_of_function(ufunc, inputs, kwargs)


def entry_of_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Primitive, tuple[Any, ...], dict[str, Any]]:
    """What NumPy's ``__array_function__`` asks for: the entry, its inputs, its parameters.

    Raises:
        TypeError: if the table has no entry, or the entry does not know a parameter.
    """
    entry = BY_FUNCTION.get(function)
    if entry is None:
        module = getattr(function, "__module__", "numpy").replace("numpy", "np", 1)
        raise TypeError(
            f"{module}.{function.__name__} has no entry in the table of derivatives: compose it "
            "from functions that have one, or add it with tinygrad_xor.engine.primitive"
        )
    if len(args) != len(entry.rules):
        args, kwargs = _bind(entry, function, args, kwargs)
    unknown = kwargs.keys() - entry.parameters
    if unknown:
        raise TypeError(
            f"np.{function.__name__} of a Value does not take {', '.join(sorted(unknown))}="
        )
    return entry, args, kwargs


def _bind(
    primitive: Primitive,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs by position, parameters by name, however the caller wrote them."""
    names = _parameter_names(primitive, function)
    named = {**dict(zip(names, args, strict=False)), **kwargs}
    inputs = tuple(named.pop(name) for name in names[: len(primitive.rules)] if name in named)
    if len(inputs) < len(primitive.rules):
        raise TypeError(f"np.{function.__name__} of a Value needs {len(primitive.rules)} arguments")
    return inputs, named


def _parameter_names(primitive: Primitive, function: Callable[..., Any]) -> list[str]:
    """What NumPy calls the parameters; before 2.4, functions written in C do not tell."""
    try:
        return list(inspect.signature(function).parameters)
    except ValueError:
        return list(primitive.parameters)

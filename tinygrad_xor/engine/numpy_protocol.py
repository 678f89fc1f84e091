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

from tinygrad_xor.engine.primitive import BY_FUNCTION, CONSTANT, Primitive
from tinygrad_xor.engine.value import Value, apply

#: ``np.add.reduce(v)`` is ``np.sum(v)``.
_REDUCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Answer NumPy's ``__array_ufunc__``."""
    if method == "reduce" and ufunc in _REDUCTIONS:
        kwargs.setdefault("axis", 0)
        return call_function(_REDUCTIONS[ufunc], inputs, kwargs)
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here")
    if any(out is not None for out in kwargs.get("out", ())):
        raise TypeError(
            f"np.{ufunc.__name__} cannot write a Value into a plain array, as out= and in-place "
            "operators do: its gradient would be lost. Write a = a + v instead of a += v"
        )
    return call_function(ufunc, inputs, kwargs)


def call_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Answer NumPy's ``__array_function__``."""
    if function in CONSTANT:
        return function(*_without_gradient(args), **_without_gradient(kwargs))
    primitive = BY_FUNCTION.get(function)
    if primitive is None:
        raise TypeError(
            f"np.{function.__name__} has no entry in the table of derivatives: compose it from "
            "functions that have one, or add it with tinygrad_xor.engine.primitive"
        )
    arity = len(primitive.rules)
    if len(args) != arity:
        args, kwargs = _bind(primitive, function, args, kwargs)
    unknown = kwargs.keys() - primitive.parameters
    if unknown:
        raise TypeError(
            f"np.{function.__name__} of a Value does not take {', '.join(sorted(unknown))}="
        )
    return apply(primitive, args, kwargs)


def _bind(
    primitive: Primitive,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs by position, parameters by name, however the caller wrote them."""
    names = list(inspect.signature(function).parameters)
    named = {**dict(zip(names, args, strict=False)), **kwargs}
    inputs = tuple(named.pop(name) for name in names[: len(primitive.rules)] if name in named)
    if len(inputs) < len(primitive.rules):
        raise TypeError(f"np.{function.__name__} of a Value needs {len(primitive.rules)} arguments")
    return inputs, named


def _without_gradient(x: Any) -> Any:
    if type(x) is Value:
        return x.data
    if type(x) in (list, tuple):
        return type(x)(_without_gradient(item) for item in x)
    if type(x) is dict:
        return {key: _without_gradient(item) for key, item in x.items()}
    return x

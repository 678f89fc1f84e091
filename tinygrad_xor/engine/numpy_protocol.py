"""How ``np.exp(v)`` and ``np.sum(v, axis=0)`` find their entry in the table.

NumPy asks the arguments of its functions whether they want to answer themselves (NEP 13 for ufuncs,
NEP 18 for the rest). A Value looks the function up: it is differentiable, it is constant, or it
raises a TypeError. Never an object array, never a gradient lost in silence.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from tinygrad_xor.engine.composition import Composition, numpy_name
from tinygrad_xor.engine.primitive import BY_FUNCTION, Primitive, signature

Found = tuple[Primitive | Composition, tuple[Any, ...], dict[str, Any]]

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
#: Why NumPy functions that could have an entry have none, for the message and the coverage table.
UNSUPPORTED: dict[Callable[..., Any], str] = {}
#: What brings more entries, by the module that users import first.
LATER: dict[str, Callable[[], object]] = {}


def entry_of_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Found:
    """What NumPy's ``__array_ufunc__`` asks for: the entry, its inputs, its parameters.

    Raises:
        TypeError: if the table has no entry, or the call would lose a gradient.
    """
    if kwargs.get("out") is not None:
        raise TypeError(
            f"np.{ufunc.__name__} cannot write a Value into a plain array, as out= and in-place "
            "operators do: its gradient would be lost. Write a = a + v instead of a += v"
        )
    if method == "reduce" and ufunc in _REDUCTIONS:
        return entry_of_function(_REDUCTIONS[ufunc], inputs, {"axis": 0, **kwargs})
    if method == "accumulate" and ufunc in _RUNNING:
        return entry_of_function(_RUNNING[ufunc], inputs, {"axis": 0, **kwargs})
    if method == "outer" and len(inputs) == 2:
        x, y = inputs
        return entry_of_function(ufunc, (np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y), kwargs)
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here")
    if kwargs.pop("where", True) is not True:
        raise TypeError(
            f"np.{ufunc.__name__} with where= leaves the other elements undefined: write "
            f"np.where(mask, np.{ufunc.__name__}(...), other)"
        )
    return entry_of_function(ufunc, inputs, kwargs)


def entry_of_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Found:
    """What NumPy's ``__array_function__`` asks for: the entry, its inputs, its parameters.

    Raises:
        TypeError: if the table has no entry, or the entry does not know a parameter.
    """
    entry = find(function)
    if entry is None:
        reason = UNSUPPORTED.get(function)
        raise TypeError(
            f"{numpy_name(function)} has no entry in the table of derivatives"
            + (f" ({reason})" if reason else "")
            + ": compose it from functions that have one, or add it with "
            "tinygrad_xor.engine.primitive"
        )
    if isinstance(entry, Composition):
        return entry, *_for_the_body(entry, function, args, kwargs)
    if type(entry.rules) is tuple and len(args) != len(entry.rules):
        args, kwargs = _bind(entry, entry.rules, function, args, kwargs)
    return entry, args, _known_only(function, kwargs, entry.parameters) if kwargs else kwargs


def find(function: Callable[..., Any]) -> Primitive | Composition | None:
    """The entry or composition that stands for `function`, if there is one."""
    entry = BY_FUNCTION.get(function)
    if entry is None:
        for module in [name for name in LATER if name in sys.modules]:
            LATER.pop(module)()
        entry = BY_FUNCTION.get(function)
    return entry


def _known_only(
    function: Callable[..., Any], given: dict[str, Any], known: Collection[str]
) -> dict[str, Any]:
    """The parameters that are known; others may be there with their default, ``out=None``."""
    unknown = [name for name in given if name not in known]
    if not unknown:
        return given
    try:
        described = dict(signature(function).parameters)
    except ValueError:  # functions written in C do not tell, before NumPy 2.4
        described = {}
    for name in unknown:
        default = described[name].default if name in described else None
        value = given[name]
        if value is not default and not (type(value) is type(default) and value == default):
            raise TypeError(f"{numpy_name(function)} of a Value does not take {name}=")
    return {name: value for name, value in given.items() if name in known}


def _for_the_body(
    entry: Composition, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of NumPy's function as those of the body, which may know fewer."""
    parameters = signature(entry.body).parameters
    kinds = [p.kind for p in parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        by_position = len(kinds) - kinds.count(inspect.Parameter.KEYWORD_ONLY)
        if len(args) > by_position:
            names = list(signature(function).parameters)
            kwargs = {**dict(zip(names[by_position:], args[by_position:], strict=False)), **kwargs}
            args = args[:by_position]
    return args, _known_only(function, kwargs, parameters.keys())


def _bind(
    primitive: Primitive,
    rules: tuple[Any, ...],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs by position, parameters by name, however the caller wrote them."""
    names = _parameter_names(primitive, function)
    named = {**dict(zip(names, args, strict=False)), **kwargs}
    inputs = tuple(named.pop(name) for name in names[: len(rules)] if name in named)
    if len(inputs) < len(rules):
        raise TypeError(f"{numpy_name(function)} of a Value needs {len(rules)} arguments")
    return inputs, named


def _parameter_names(primitive: Primitive, function: Callable[..., Any]) -> list[str]:
    """What NumPy calls the parameters; before 2.4, functions written in C do not tell."""
    try:
        return list(signature(function).parameters)
    except ValueError:
        return list(primitive.parameters)

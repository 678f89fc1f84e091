"""The arguments of a NumPy function, however the caller wrote them, as an entry takes them.

An entry of the table takes its inputs by position and its parameters by name.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, KeysView
from functools import cache
from typing import Any

from tinygrad_xor.engine.table import numpy_name

Function = Callable[..., Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]

#: Reading a signature takes longer than most operations, so each is read once.
signature = cache(inspect.signature)


@cache
def inputs_and_parameters(rule: Function) -> KeysView[str]:
    """The names that a rule takes after g and the output."""
    return dict.fromkeys(list(signature(rule).parameters)[2:]).keys()


def as_inputs(
    function: Function, count: int, names: Collection[str], args: Any, kwargs: Any
) -> Arguments:
    """The first `count` arguments by position, the others by name, which must be among `names`.

    Raises:
        TypeError: if inputs are missing, or a parameter is unknown.
    """
    if len(args) != count:
        called = _names_of(function) or list(names)
        if len(args) > count and not kwargs:  # the usual case, at once
            kwargs = dict(zip(called[count:], args[count:], strict=False))
            return args[:count], _known_only(function, kwargs, names)
        kwargs = {**dict(zip(called, args, strict=False)), **kwargs}
        args = tuple(kwargs.pop(name) for name in called[:count] if name in kwargs)
        if len(args) < count:
            raise TypeError(f"{numpy_name(function)} of a Value needs {count} arguments")
    return args, _known_only(function, kwargs, names)


@cache
def _names_of(function: Function) -> list[str]:
    """The names of the parameters; none if it is written in C, which does not tell before 2.4."""
    try:
        return list(signature(function).parameters)
    except ValueError:
        return []


def as_written(function: Function, body: Function, args: Any, kwargs: Any) -> Arguments:
    """The arguments of NumPy's function as those of a `body` in its place, which may know fewer.

    Raises:
        TypeError: if `body` does not know a parameter.
    """
    by_position, names = _taken(body)
    if len(args) > by_position:
        called = list(signature(function).parameters)[by_position:]
        kwargs = {**dict(zip(called, args[by_position:], strict=False)), **kwargs}
        args = args[:by_position]
    return args, _known_only(function, kwargs, names) if kwargs else kwargs


@cache
def _taken(body: Function) -> tuple[int, tuple[str, ...]]:
    """How many arguments a function takes by position, and the names of all."""
    parameters = signature(body).parameters
    kinds = [p.kind for p in parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return sys.maxsize, tuple(parameters)
    return len(kinds) - kinds.count(inspect.Parameter.KEYWORD_ONLY), tuple(parameters)


def _known_only(
    function: Function, given: dict[str, Any], known: Collection[str]
) -> dict[str, Any]:
    """The parameters that are known; others may be there with their default, ``out=None``."""
    unknown = [name for name in given if name not in known]
    if not unknown:
        return given
    try:
        described = dict(signature(function).parameters)
    except ValueError:
        described = {}
    for name in unknown:
        default = described[name].default if name in described else None
        value = given[name]
        if value is not default and not (type(value) is type(default) and value == default):
            raise TypeError(f"{numpy_name(function)} of a Value does not take {name}=")
    return {name: value for name, value in given.items() if name in known}

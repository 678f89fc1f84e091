"""What the expressions of Python in the table of lowerings stand on, and their value at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tinygrad_xor.compiler.lowerings import FLOATS, lowering_of
from tinygrad_xor.program.constants import Constant
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.step import Step


def _hypot(x: float, y: float) -> float:
    """The C library's, which NumPy calls; Python's own rounds otherwise."""
    return float(np.hypot(np.float64(x), np.float64(y)))


def _careful(function: Callable[..., float], *given: Any) -> float:
    """A function of Python's, where it raises, with NumPy's answer: an infinity or NaN."""
    try:
        return function(*given)
    except (ValueError, OverflowError, ZeroDivisionError):
        with np.errstate(all="ignore"):
            return float(_NUMPYS[function](*map(np.float64, given)))


def _power(x: Any, y: Any) -> float:
    return _careful(math.pow, x, y)


def _divided(x: Any, y: Any) -> Any:
    try:
        return x / y
    except ZeroDivisionError:
        with np.errstate(all="ignore"):
            return float(np.float64(x) / np.float64(y))


def _whole(function: Callable[[Any], int], x: Any) -> float:
    return math.copysign(function(x), x) if abs(x) < math.inf else float(x)


def _numpys() -> dict[Callable[..., float], Callable[..., Any]]:
    """NumPy's functions by Python's of the same."""
    found: dict[Callable[..., float], Callable[..., Any]] = {_hypot: np.hypot}
    for function, entry in FLOATS.items():
        name = entry.python.partition("(")[0]
        if hasattr(math, name) and name != "hypot":
            found[getattr(math, name)] = function
    return found


#: The names in expressions.
NAMES: dict[str, Any] = {
    **{name: f for name, f in vars(math).items() if callable(f)},
    **{"inf": math.inf, "nan": math.nan, "float32": np.float32, "hypot": _hypot},
    **{"_careful": _careful, "_power": _power, "_divided": _divided, "_whole": _whole},
}
_NUMPYS = _numpys()


@cache
def _compiled(expression: str, arguments: int) -> Callable[..., Any]:
    names = [f"x{i}" for i in range(arguments)]
    return eval(f"lambda {', '.join(names)}: {expression.format(*names)}", NAMES)


def evaluated(step: Step) -> Any:
    """The number that a step on known numbers gives, as an operand."""
    entry, _, operands = lowering_of(step)
    given = [x.data if type(x) is Constant else x for x in operands]
    if entry is None or step.dtype is None:
        raise TypeError(f"{name_of(step.function)} of {given}")
    with np.errstate(all="ignore"):
        result = _compiled(entry.careful or entry.python, len(given))(*given)
    if step.dtype == np.float32:
        return Constant(np.float32(result))
    return step.dtype.type(result).item()

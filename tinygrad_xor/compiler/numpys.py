"""Python's source of a program on arrays: the calls of NumPy's that it is, one a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.program.constants import Constant, Variable, found, mapped
from tinygrad_xor.program.functions import item
from tinygrad_xor.program.program import Program


def source(program: Program) -> tuple[str, dict[str, Any]]:
    """The source of a function ``f`` of all leaves, which gives a tuple, and the names in it.

    >>> from tinygrad_xor.program import trace
    >>> print(source(trace(lambda x: np.exp(x) * 2.0 + x, np.ones(2)))[0])
    def f(v0):
        v1 = exp(v0)
        v2 = multiply(v1, 2.0)
        del v1
        v3 = add(v2, v0)
        return (v3,)
    """
    names: dict[str, Any] = {"inf": np.inf, "nan": np.nan, "item": item, "dtype": np.dtype}
    start = len(program.inputs)
    kept = {v.index for v in found(Variable, program.outputs)}
    last: dict[int, int] = {}
    for i, step in enumerate(program.steps):
        last.update((v.index, i) for v in step.reads if v.index >= start and v.index not in kept)
    ends: dict[int, list[str]] = {}
    for v, i in last.items():
        ends.setdefault(i, []).append(f"v{v}")
    lines = [f"def f({', '.join(f'v{i}' for i in range(start))}):"]
    for i, step in enumerate(program.steps):
        function = _named(names, re.sub(r"\W", "_", step.name), step.function)
        given = [_text(x, names) for x in step.inputs]
        given += [f"{name}={_text(x, names)}" for name, x in step.parameters.items()]
        call = f"{function}({', '.join(given)})"
        call = f"item({call})" if step.weak else call
        if step.is_watched:
            call = f"{_named(names, 'checked', step.checked)}({call})"
        lines.append(f"    v{start + i} = {call}")
        if i in ends and i + 1 < len(program.steps):
            lines.append(f"    del {', '.join(ends[i])}")
    gives = ", ".join(_text(x, names) for x in program.outputs)
    lines.append(f"    return ({gives}{',' if len(program.outputs) == 1 else ''})")
    return "\n".join(lines), names


def function(program: Program) -> Callable[..., tuple[Any, ...]]:
    """A program as a function of its leaves."""
    text, names = source(program)
    exec(compile(text, "<f of tinygrad_xor>", "exec"), names)
    return names["f"]


def _named(names: dict[str, Any], name: str, x: Any) -> str:
    """A name for an object: this one, or with a number behind it."""
    number, free = 0, name
    while names.get(free, x) is not x:
        number += 1
        free = f"{name}_{number}"
    names[free] = x
    return free


class _Name(str):
    """Stands for itself in the text of what it is in."""

    __slots__ = ()
    __repr__ = str.__str__


def _text(x: Any, names: dict[str, Any]) -> str:
    def written(leaf: Any) -> Any:
        if type(leaf) is Constant:
            return _Name(_named(names, "c0", leaf.data))
        if isinstance(leaf, np.dtype):
            return _Name(f"dtype({leaf.name!r})")
        return _Name("...") if leaf is Ellipsis else leaf

    return repr(mapped(written, x))

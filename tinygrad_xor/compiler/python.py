"""Python's source of a program on numbers: straight lines that a student can read.

Where Python raises an error and NumPy has an answer, a second, careful form of the same runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.arithmetic import NAMES
from tinygrad_xor.compiler.forms import Lowering
from tinygrad_xor.compiler.infix import Infix, Text
from tinygrad_xor.program.constants import Constant
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: What the first form raises where the careful one has an answer.
ERRORS = (ZeroDivisionError, OverflowError, ValueError)


class Python(Infix):
    """Statements of Python.

    Args:
        program: on numbers.
        careful: whether to raise for no numbers.
    """

    def __init__(self, program: Program, careful: bool = False) -> None:
        self.careful = careful
        super().__init__(program)

    def template(self, step: Step, entry: Lowering) -> str:
        """The expression; what gives Python's floats where float32 is wanted is rounded."""
        text = (self.careful and entry.careful) or entry.python
        if step.dtype == np.float32 and entry.gives_double:
            return f"float32({text})"
        return text

    def literal(self, x: Any) -> Text:
        """A number; of float32 as such."""
        text = super().literal(x)
        return Text(f"float32({text.text})") if type(x) is Constant else text


def function_source(program: Program, name: str = "f", careful: bool = False) -> str:
    """A function of all numbers that the program takes, which gives a tuple of all that it gives.

    >>> from tinygrad_xor.compiler.scalarize import scalarized
    >>> from tinygrad_xor.program import trace
    >>> print(function_source(scalarized(trace(lambda x, y: np.exp(x) / (x - y), 1.0, 2.0))))
    def f(x, y):
        v4 = exp(x) / (x - y)
        return (v4,)
    """
    writer = Python(program, careful)
    lines = writer.body()
    gives = ", ".join(map(writer.value, program.outputs))
    lines.append(f"return ({gives}{',' if len(program.outputs) == 1 else ''})")
    head = f"def {name}({', '.join(writer.names)}):"
    return "\n".join([head, *["    " + line for line in lines]])


def defined(source: str, name: str = "f") -> Callable[..., Any]:
    """The function that a source defines."""
    names = dict(NAMES)
    exec(compile(source, f"<{name} of tinygrad_xor>", "exec"), names)
    return names[name]


def function(program: Program) -> Callable[..., tuple[Any, ...]]:
    """A program on numbers as a function of Python's, of all its numbers."""
    fast = defined(function_source(program))
    careful: list[Callable[..., Any]] = []
    single = any(x.dtype == np.float32 for x in program.lines)

    def called(*numbers: Any) -> tuple[Any, ...]:
        try:
            return fast(*numbers)
        except ERRORS:
            if not careful:
                careful.append(defined(function_source(program, careful=True)))
            return careful[0](*numbers)

    def quietly(*numbers: Any) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return called(*numbers)

    return quietly if single else called

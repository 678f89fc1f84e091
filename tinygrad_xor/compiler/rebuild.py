"""Making one program out of another: what all passes do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Input, Step


class Rebuilt:
    """A program in the making, from the steps of an old one, one after the other.

    Args:
        inputs: of the new program.
    """

    def __init__(self, inputs: tuple[Input, ...]) -> None:
        self.inputs = inputs
        self.steps: list[Step] = []
        #: What makes each variable: the inputs, then the steps.
        self.lines: list[Input | Step] = [*inputs]

    def add(self, step: Step) -> Variable:
        """One more step; its result."""
        self.steps.append(step)
        self.lines.append(step)
        return Variable(len(self.lines) - 1)

    def about(self, operand: Any) -> tuple[Any, Any, bool]:
        """The shape, the dtype, and whether it is a number of Python's."""
        return about(operand, self.lines)


def about(operand: Any, lines: list[Input | Step]) -> tuple[Any, Any, bool]:
    """The shape, the dtype, and whether it is a number of Python's.

    Args:
        operand: a variable, or a constant.
        lines: what makes each variable.
    """
    if type(operand) is Variable:
        line = lines[operand.index]
        return line.shape, line.dtype, line.weak
    if type(operand) is Constant:
        return operand.data.shape, operand.data.dtype, False
    return (), np.dtype(type(operand)), True


def passed(program: Program, rule: Any) -> Program:
    """`program` with what ``rule(new, step)`` gives in the place of each step.

    The rule is given the program in the making, and the step with its inputs renamed. It returns
    what stands for the result: a variable of the new program, or a constant.
    """
    new = Rebuilt(program.inputs)
    now: list[Any] = [Variable(i) for i in range(len(program.inputs))]
    for step in program.steps:
        now.append(rule(new, step.renamed(now)))
    outputs = tuple([now[x.index] if type(x) is Variable else x for x in program.outputs])
    return replace(program, steps=tuple(new.steps), outputs=outputs)

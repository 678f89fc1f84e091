"""Making one program out of another: what all passes do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.program.constants import Constant, Variable, frozen, mapped
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

    def add(self, step: Step) -> Variable:
        """One more step; its result."""
        self.steps.append(step)
        return Variable(len(self.inputs) + len(self.steps) - 1)

    def about(self, operand: Any) -> tuple[tuple[int, ...] | None, np.dtype[Any] | None, bool]:
        """The shape, the dtype, and whether it is a number of Python's."""
        if type(operand) is Variable:
            count = len(self.inputs)
            line: Input | Step = (
                self.inputs[operand.index]
                if operand.index < count
                else self.steps[operand.index - count]
            )
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
        now.append(rule(new, renamed(step, now)))
    return replace(
        program,
        steps=tuple(new.steps),
        outputs=tuple([_now(x, now) for x in program.outputs]),
    )


def renamed(step: Step, now: list[Any]) -> Step:
    """A step on what stands for its variables now."""
    inputs = tuple([_now(x, now) for x in step.inputs])
    parameters = mapped(lambda x: _now(x, now), step.parameters) if step.parameters else {}
    return Step(
        step.function,
        inputs,
        parameters,
        step.shape,
        step.dtype,
        step.label,
        step.scopes,
        step.weak,
        step.source,
    )


def _now(x: Any, now: list[Any]) -> Any:
    if type(x) is Variable:
        return now[x.index]
    if type(x) in (tuple, list, dict, slice):
        return mapped(lambda leaf: now[leaf.index] if type(leaf) is Variable else leaf, x)
    return x


def constant(x: Any) -> Any:
    """A number or array as it stands in a step: Python's own as itself."""
    return x if type(x) in (bool, int, float, complex) else frozen(x)

"""A program, and what it is on numbers and in loops: found out when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tinygrad_xor.compiler import numpys
from tinygrad_xor.compiler.arrays import ArrayFunctions
from tinygrad_xor.compiler.elements import NotLoweredError
from tinygrad_xor.compiler.expand import SIMPLER, expanded
from tinygrad_xor.compiler.facts import Facts
from tinygrad_xor.compiler.facts import name_of as name_of_program
from tinygrad_xor.compiler.llvm import REFUSED, Place
from tinygrad_xor.compiler.portable import PORTABLE
from tinygrad_xor.compiler.rebuild import about
from tinygrad_xor.compiler.record import Kind, Pointers, Record
from tinygrad_xor.compiler.scalarize import scalarized
from tinygrad_xor.compiler.simplify import simplified
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.program import Program

#: So many operations on numbers are written one by one at most; arrays of more are NumPy's work.
LARGEST = 20_000
#: So many are instructions of machine code one by one; it has loops for more.
SMALL = 2_000
#: Whose exp, log and tanh: ours, which are the same everywhere, or the C library's.
DIGITS = {"everywhere": {**SIMPLER, **PORTABLE}, "library": SIMPLER}


@dataclass
class Lowered:
    """A program, and what it is on numbers, if it is not too large and each step has a form there.

    Attributes:
        program: as it was traced.
        digits: see `tinygrad_xor.compile`.
    """

    program: Program
    digits: str = "everywhere"

    def __post_init__(self) -> None:
        if self.digits not in DIGITS:
            raise ValueError(f"digits={self.digits!r}: there are {', '.join(DIGITS)}")

    @cached_property
    def inputs(self) -> list[Kind]:
        """What it takes."""
        return [Kind(x.shape, x.dtype, x.weak) for x in self.program.inputs]

    @cached_property
    def outputs(self) -> list[Kind]:
        """What it gives."""
        lines = self.program.lines
        return [Kind(*about(x, lines)) for x in self.program.outputs]

    @cached_property
    def expanded(self) -> Program:
        """In calls of functions that the table of lowerings has, as far as possible."""
        return expanded(self.program, DIGITS[self.digits])

    @cached_property
    def _numbers(self) -> tuple[Program | None, str]:
        count = operations(self.expanded)
        if count > LARGEST:
            return None, f"{count:,} operations on numbers, and {LARGEST:,} are written at most"
        try:
            return simplified(scalarized(self.expanded)), ""
        except NotLoweredError as error:
            return None, str(error)

    @property
    def numbers(self) -> Program | None:
        """On numbers; None if that is impossible."""
        return self._numbers[0]

    @property
    def why(self) -> str:
        """What stands in the way of a program on numbers; nothing if there is one."""
        return self._numbers[1]

    @cached_property
    def name(self) -> str | None:
        """What it is called on disk."""
        return name_of_program(self.program, self.digits)

    @cached_property
    def facts(self) -> Facts:
        """What is known of it without writing it in numbers, if it was written before."""
        facts = Facts.kept(self.name) if self.name else None
        if facts is None:
            count = operations(self.expanded)
            has_arrays = any(x.shape != () for x in self.program.lines)
            is_small = (count <= SMALL or not has_arrays) and self.numbers is not None
            facts = Facts(count, is_small)
            if self.name:
                facts.keep(self.name)
        return facts

    @property
    def operations(self) -> int:
        """About how many operations on numbers it is."""
        return self.facts.operations

    @property
    def may_refuse(self) -> bool:
        """Whether it is one more output if the numbers are refused."""
        assert self.numbers is not None
        return len(self.numbers.outputs) > sum(kind.size for kind in self.outputs)

    @property
    def is_small(self) -> bool:
        """Whether machine code has an instruction for each operation, and not loops."""
        return self.facts.is_small

    @property
    def memories(self) -> tuple[Record, Record]:
        """Where the leaves of a single call lie, and those of its result."""
        kind = Record if self.is_small else Pointers
        return kind(self.inputs), kind(self.outputs)

    @cached_property
    def nests(self) -> ArrayFunctions:
        """As machine code in loops, with all memory apart."""
        takes, gives = self.memories
        places = takes.starts("given"), gives.starts("out")
        return ArrayFunctions(self.expanded, *places, Place("tape", REFUSED), "part")

    @property
    def by_numpy(self) -> dict[str, str]:
        """The functions that machine code leaves to NumPy, and why."""
        if self.is_small:
            return {}
        return {step.name: why for step, why in self.nests.schedule.by_numpy}

    @cached_property
    def numpys(self) -> Callable[..., Any]:
        """As calls of NumPy's, of all leaves."""
        return numpys.function(self.program)

    @property
    def is_numpys(self) -> bool:
        """Whether machine code would do nothing but call NumPy."""
        return not self.is_small and not self.nests.texts


def operations(program: Program) -> int:
    """About how many operations on numbers a program is."""
    lines = program.lines
    total = 0
    for step in program.steps:
        sizes = [math.prod(lines[v.index].shape or ()) for v in step.reads]
        size = math.prod(step.shape or ())
        if name_of(step.function) in ("matmul", "dot", "tensordot", "einsum", "inner", "vdot"):
            shape = lines[step.reads[-1].index].shape if step.reads else ()
            size *= 2 * (shape[-2] if shape and len(shape) > 1 else max([*sizes, 1]))
        total += max([size, *sizes])
    return total

"""A program made runnable: by NumPy, as Python's source, or as machine code."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.compiler import llvm, machine, numpys, python
from tinygrad_xor.compiler.elements import NotLoweredError
from tinygrad_xor.compiler.expand import expanded
from tinygrad_xor.compiler.record import Kind, Record, kinds_of_inputs, kinds_of_outputs
from tinygrad_xor.compiler.scalarize import scalarized
from tinygrad_xor.compiler.simplify import simplified
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.program import Program

#: The backends by which a program can be run; ``javascript`` is written only.
BACKENDS = ("numpy", "python", "native", "javascript")
#: So many operations on numbers are written one by one at most; arrays of more are NumPy's work.
LARGEST = 20_000
_REFUSED = Kind((), np.dtype(bool), True)


@dataclass
class Lowered:
    """A program, and what it is on numbers, if it is not too large and each step has a form there.

    Attributes:
        program: as it was traced.
    """

    program: Program

    @cached_property
    def inputs(self) -> list[Kind]:
        """What it takes."""
        return kinds_of_inputs(self.program)

    @cached_property
    def outputs(self) -> list[Kind]:
        """What it gives."""
        return kinds_of_outputs(self.program)

    @cached_property
    def expanded(self) -> Program:
        """In calls of functions that the table of lowerings has, as far as possible."""
        return expanded(self.program)

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

    @property
    def may_refuse(self) -> bool:
        """Whether it is one more output if the numbers are refused."""
        assert self.numbers is not None
        return len(self.numbers.outputs) > sum(kind.size for kind in self.outputs)

    @property
    def out_kinds(self) -> list[Kind]:
        """What the program on numbers gives."""
        return [*self.outputs, *([_REFUSED] if self.may_refuse else [])]


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


Run = Callable[[list[Any]], list[Any]]


def by_numpy(lowered: Lowered) -> Run:
    """Its leaves by NumPy's calls: bit for bit what the function gives uncompiled."""
    function = numpys.function(lowered.program)
    return lambda leaves: list(function(*leaves))


def by_python(lowered: Lowered) -> Run:
    """Its leaves by arithmetic on Python's numbers."""
    assert lowered.numbers is not None
    function = python.function(lowered.numbers)
    takes, gives = lowered.inputs, lowered.outputs
    numpys_own = by_numpy(lowered)

    def run(leaves: list[Any]) -> list[Any]:
        numbers: list[Any] = []
        for leaf, kind in zip(leaves, takes, strict=True):
            numbers += numbers_in(leaf, kind)
        results = function(*numbers)
        if lowered.may_refuse and results[-1]:
            return numpys_own(leaves)  # raises the error, with its words
        made = []
        start = 0
        for kind in gives:
            made.append(leaf_of(results[start : start + kind.size], kind))
            start += kind.size
        return made

    return run


def numbers_in(leaf: Any, kind: Kind) -> list[Any]:
    """The numbers in a leaf: of float32 NumPy's, else Python's."""
    array = np.asarray(leaf).reshape(-1)
    return list(array) if kind.dtype == np.float32 else array.tolist()


def leaf_of(numbers: Any, kind: Kind) -> Any:
    """The opposite of `numbers_in`."""
    return kind.made(
        np.array(numbers, kind.dtype).reshape(kind.shape) if kind.shape else numbers[0]
    )


def by_machine(lowered: Lowered) -> Run:
    """Its leaves by machine code."""
    takes, gives = Record(lowered.inputs), Record(lowered.out_kinds)
    text, tape = machine_text(lowered)
    call = machine.Machine(text).function("call", *[ctypes.c_void_p] * 3)
    numpys_own = by_numpy(lowered)
    may_refuse = lowered.may_refuse

    def run(leaves: list[Any]) -> list[Any]:
        given, out = takes.packed(leaves), np.empty(max(1, gives.size), np.uint8)
        kept = np.empty(max(1, tape), np.uint8)
        call(given.ctypes.data, out.ctypes.data, kept.ctypes.data)
        results = gives.unpacked(out)
        if may_refuse and results.pop():
            return numpys_own(leaves)
        return results

    return run


def machine_text(lowered: Lowered) -> tuple[str, int]:
    """LLVM's text, and how many bytes it keeps for itself."""
    assert lowered.numbers is not None
    takes, gives = Record(lowered.inputs), Record(lowered.out_kinds)
    functions = llvm.Functions(lowered.numbers, takes.places("given"), gives.places("out"), "part")
    driver = "\n".join(
        [
            "define i64 @call(ptr %given, ptr %out, ptr %tape) {",
            *functions.called("ptr null, ptr %given, ptr null, ptr %out, ptr %tape"),
            "  ret i64 0",
            "}",
        ]
    )
    return llvm.module([functions], driver), functions.tape


def chosen(backend: str | None, lowered: Lowered) -> str:
    """The backend that runs a program: the one that was asked for, or the fastest that can."""
    if backend not in (None, *BACKENDS):
        raise ValueError(f"backend={backend!r}: there are {', '.join(BACKENDS)}")
    if backend == "native" and not machine.is_installed():
        raise ImportError(
            'machine code needs llvmlite: pip install "tinygrad-xor[native]", or take '
            'backend="python"'
        )
    if backend == "numpy" or lowered.numbers is None:
        return "numpy"
    return backend or ("native" if machine.is_installed() else "python")


def runner(backend: str, lowered: Lowered) -> Run:
    """What runs a program by that backend."""
    made = {"numpy": by_numpy, "python": by_python, "native": by_machine}
    if backend not in made:
        raise ValueError(f"backend={backend!r} writes source, and does not run it")
    return made[backend](lowered)


def source(backend: str, lowered: Lowered) -> str:
    """What a backend writes."""
    if backend == "numpy" or lowered.numbers is None:
        return numpys.source(lowered.program)[0]
    if backend == "python":
        return python.function_source(lowered.numbers)
    return machine_text(lowered)[0]

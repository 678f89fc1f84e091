"""A program made runnable: by NumPy, as Python's source, or as machine code."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.compiler import javascript, llvm, machine, numpys, python
from tinygrad_xor.compiler.arrays import ArrayFunctions
from tinygrad_xor.compiler.callbacks import Callbacks
from tinygrad_xor.compiler.elements import NotLoweredError
from tinygrad_xor.compiler.expand import SIMPLER, expanded
from tinygrad_xor.compiler.facts import Facts
from tinygrad_xor.compiler.facts import name_of as name_of_program
from tinygrad_xor.compiler.llvm import REFUSED, Place
from tinygrad_xor.compiler.portable import PORTABLE
from tinygrad_xor.compiler.record import Kind, Pointers, Record, kinds_of_inputs, kinds_of_outputs
from tinygrad_xor.compiler.scalarize import scalarized
from tinygrad_xor.compiler.simplify import simplified
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.program import Program

#: The backends by which a program can be run; ``javascript`` is written only.
BACKENDS = ("numpy", "python", "native", "javascript")
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
        return kinds_of_inputs(self.program)

    @cached_property
    def outputs(self) -> list[Kind]:
        """What it gives."""
        return kinds_of_outputs(self.program)

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


Run = Callable[[list[Any]], list[Any]]


def by_numpy(lowered: Lowered) -> Run:
    """Its leaves by NumPy's calls: bit for bit what the function gives uncompiled."""
    return lambda leaves: list(lowered.numpys(*leaves))


def by_python(lowered: Lowered) -> Run:
    """Its leaves by arithmetic on Python's numbers."""
    assert lowered.numbers is not None
    function = python.function(lowered.numbers)
    takes, gives = lowered.inputs, lowered.outputs

    def run(leaves: list[Any]) -> list[Any]:
        numbers: list[Any] = []
        for leaf, kind in zip(leaves, takes, strict=True):
            numbers += numbers_in(leaf, kind)
        results = function(*numbers)
        if lowered.may_refuse and results[-1]:
            return by_numpy(lowered)(leaves)  # raises the error, with its words
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
    takes, gives = lowered.memories
    written = MachineCall(lowered)
    code = machine.Machine(written, is_quick=lowered.is_small)
    call = code.function("call", *[ctypes.c_void_p] * 3)
    back, size = Callbacks([] if written.name else [written.functions]), code.tape

    def run(leaves: list[Any]) -> list[Any]:
        tape = np.empty(size, np.uint8)
        back.prepare(tape)
        if isinstance(takes, Pointers) and isinstance(gives, Pointers):
            arrays, results = takes.arrays(leaves), gives.arrays()
            given, out = takes.to(arrays), gives.to(results)
        else:
            given, out = takes.packed(leaves), np.empty(max(1, gives.size), np.uint8)
        call(given.ctypes.data, out.ctypes.data, tape.ctypes.data)
        back.finish(tape)
        if tape[REFUSED]:
            return by_numpy(lowered)(leaves)  # raises the error, with its words
        if not isinstance(gives, Pointers):
            return gives.unpacked(out)
        made = zip(results, gives.leaves, strict=True)
        return [x if kind.shape else kind.made(x[()]) for x, kind in made]

    return run


def functions_of(
    lowered: Lowered,
    takes: list[tuple[str, Record]],
    gives: list[tuple[str, Record]],
    name: str,
    number: int = 0,
) -> llvm.Functions | ArrayFunctions:
    """A program in LLVM's language, between records in memories: on numbers if it is small."""
    refused = Place("tape", REFUSED)
    numbers = lowered.numbers if lowered.is_small else None
    if numbers is None:
        inputs, outputs = (
            [p for memory, r in side for p in r.starts(memory)] for side in (takes, gives)
        )
        return ArrayFunctions(lowered.expanded, inputs, outputs, refused, name, number)
    inputs, outputs = (
        [p for memory, r in side for p in r.places(memory)] for side in (takes, gives)
    )
    return llvm.Functions(numbers, inputs, outputs + [refused] * lowered.may_refuse, name)


class MachineCall:
    """The text of a function ``call`` in LLVM's language, which computes all leaves once.

    Args:
        lowered: what it computes.
    """

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        #: What the text depends on, if that can be said without writing it.
        self.name = lowered.name if lowered.is_small else None

    @cached_property
    def functions(self) -> llvm.Functions | ArrayFunctions:
        """The functions in it."""
        if not self.lowered.is_small:
            return self.lowered.nests
        takes, gives = self.lowered.memories
        return functions_of(self.lowered, [("given", takes)], [("out", gives)], "part")

    @property
    def tape(self) -> int:
        """How many bytes of memory they need for themselves."""
        return self.functions.tape

    def text(self) -> str:
        """The whole module."""
        lines = [
            "define i64 @call(ptr %given, ptr %out, ptr %tape) {",
            *self.functions.called("ptr null, ptr %given, ptr null, ptr %out, ptr %tape"),
            "  ret i64 0",
            "}",
        ]
        return llvm.module([self.functions], "\n".join(lines))


def chosen(backend: str | None, lowered: Lowered) -> str:
    """The backend that runs a program: the one that was asked for, or the fastest that can."""
    if backend not in (None, *BACKENDS):
        raise ValueError(f"backend={backend!r}: there are {', '.join(BACKENDS)}")
    if backend == "native" and not machine.is_installed():
        raise ImportError(
            'machine code needs llvmlite: pip install "tinygrad-xor[native]", or take '
            'backend="python"'
        )
    native = backend == "native" or (backend is None and machine.is_installed())
    if (
        backend == "numpy"
        or (native and lowered.is_numpys)
        or (not native and lowered.numbers is None)
    ):
        return "numpy"
    return backend or ("native" if native else "python")


def runner(backend: str, lowered: Lowered) -> Run:
    """What runs a program by that backend."""
    made = {"numpy": by_numpy, "python": by_python, "native": by_machine}
    if backend not in made:
        raise ValueError(f"backend={backend!r} writes source, and does not run it")
    return made[backend](lowered)


def source(backend: str, lowered: Lowered) -> str:
    """What a backend writes."""
    if backend == "native":
        return MachineCall(lowered).text()
    if backend == "numpy" or lowered.numbers is None:
        return numpys.source(lowered.program)[0]
    if backend == "python":
        return python.function_source(lowered.numbers)
    return javascript.function_source(lowered.numbers)

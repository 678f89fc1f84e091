"""A program made runnable: by NumPy, as Python's source, or as machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.compiler import javascript, llvm, machine, numpys, python
from tinygrad_xor.compiler.arrays import ArrayFunctions
from tinygrad_xor.compiler.llvm import REFUSED, Place
from tinygrad_xor.compiler.lowered import Lowered
from tinygrad_xor.compiler.record import Kind, Pointers, Record

#: The backends by which a program can be run; ``javascript`` is written only.
BACKENDS = ("numpy", "python", "native", "javascript")

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
        return leaves_of(results, gives)

    return run


def numbers_in(leaf: Any, kind: Kind) -> list[Any]:
    """The numbers in a leaf: of float32 NumPy's, else Python's."""
    array = np.asarray(leaf).reshape(-1)
    return list(array) if kind.dtype == np.float32 else array.tolist()


def leaves_of(numbers: Sequence[Any], kinds: Sequence[Kind]) -> list[Any]:
    """The opposite of `numbers_in`, of so many leaves."""
    made, start = [], 0
    for kind in kinds:
        part = numbers[start : start + kind.size]
        start += kind.size
        array = np.array(part, kind.dtype).reshape(kind.shape) if kind.shape else part[0]
        made.append(kind.made(array))
    return made


def by_machine(lowered: Lowered) -> Run:
    """Its leaves by machine code."""
    takes, gives = lowered.memories
    code = machine.Machine(MachineCall(lowered), is_quick=lowered.is_small)
    call, back = code.function("call", *[ctypes.c_void_p] * 3), code.back

    def run(leaves: list[Any]) -> list[Any]:
        tape = np.empty(code.tape, np.uint8)
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


class MachineCall(machine.Text):
    """The text of a function ``call`` in LLVM's language, which computes all leaves once.

    Args:
        lowered: what it computes.
    """

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.name = lowered.name if lowered.is_small else None

    @cached_property
    def functions(self) -> list[Any]:
        """All in one."""
        if not self.lowered.is_small:
            return [self.lowered.nests]
        takes, gives = self.lowered.memories
        return [functions_of(self.lowered, [("given", takes)], [("out", gives)], "part")]

    def driver(self) -> list[str]:
        """A call."""
        return [
            "define i64 @call(ptr %given, ptr %out, ptr %tape) {",
            *self.functions[0].called("ptr null, ptr %given, ptr null, ptr %out, ptr %tape"),
            "  ret i64 0",
            "}",
        ]


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

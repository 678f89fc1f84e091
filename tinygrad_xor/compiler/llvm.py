"""LLVM's language of a program on numbers: one function, or several in a row where it is long.

Nothing is left to LLVM that changes a bit: there are no fast-math flags, nothing is contracted, and
functions of the C library go by names that LLVM does not know.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.compiler.forms import libm_call
from tinygrad_xor.compiler.layout import Block, blocks
from tinygrad_xor.compiler.lowerings import dtype_of, lowering_of
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: About so many operations are one function: LLVM takes more than twice as long for twice as many.
LONGEST = 500
TYPES = {"float64": "double", "float32": "float", "int64": "i64", "bool": "i1"}
#: Where the tape says that numbers were refused, or a call failed; whom to call; what is free.
REFUSED, FAILED, CALL, FREE = 0, 1, 8, 64
#: The memory that functions are given: where numbers are read, written, and kept between them.
PARAMETERS = ("state", "given", "next", "out", "tape")
GIVEN = ", ".join(f"ptr noalias %{name}" for name in PARAMETERS)


@dataclass(frozen=True)
class Place:
    """Where a number lies: in the memory of that name, so many bytes from its start."""

    memory: str
    offset: int


class Functions:
    """The functions of a program on numbers.

    Args:
        program: on numbers.
        inputs: where each lies.
        outputs: where each goes.
        name: of the functions: ``step.0``, ``step.1``, …
    """

    #: What is said of each reading and writing.
    access = ""

    def __init__(
        self, program: Program, inputs: Sequence[Place], outputs: Sequence[Place], name: str
    ) -> None:
        self.program = program
        self.places: dict[int, Place] = dict(enumerate(inputs))
        self.name = name
        self.start = len(program.inputs)
        self.dtypes: list[Any] = [x.dtype for x in program.lines]
        #: The functions of the C library that are called, and how many arguments they take.
        self.calls: dict[str, int] = {}
        self.goes: dict[int, list[Place]] = {}
        self.known: list[tuple[Any, Place]] = []
        for x, place in zip(program.outputs, outputs, strict=True):
            if type(x) is Variable and x.index >= self.start:
                self.goes.setdefault(x.index, []).append(place)
            else:
                self.known.append((x, place))
        self.tape = FREE
        #: The variables that other functions need than those that compute them.
        self.kept: set[int] = set()
        self.texts = self._written()

    def _written(self) -> list[str]:
        """A text for each function."""
        root = blocks(self.program)
        whole = _size(root)
        longest = whole / max(1, round(whole / LONGEST))  # parts of one length, none of a few
        parts: list[list[int]] = [[]]
        size = 0
        for i in root.steps:
            if size >= longest:
                parts.append([])
                size = 0
            size += 1 + sum(_size(arm) for arm in root.arms.get(i, ()))
            parts[-1].append(i)
        part_of = {i: k for k, part in enumerate(parts) for i in _all(root, part)}
        self.kept = {
            v.index
            for i, step in enumerate(self.program.steps)
            if i in part_of
            for v in step.reads
            if v.index >= self.start and part_of[v.index - self.start] != part_of[i]
        }
        # several stay apart: one function again would take as long as it is large, squared
        inlined = "" if len(parts) == 1 else " noinline"
        texts = []
        for k, part in enumerate(parts):
            head = f"define internal void @{self.name}.{k}({GIVEN}){inlined} {{"
            body = self._body(root, part, is_last=k == len(parts) - 1)
            texts.append("\n".join([head, "entry:", *body, "  ret void", "}"]))
        return texts

    def _body(
        self, root: Block, part: list[int], is_last: bool = True, label: str = "entry"
    ) -> list[str]:
        """What some steps read and compute; at last, the outputs that no step makes."""
        self.loads: dict[int, list[str]] = {}
        self.here: set[int] = set()
        self.label = label
        self.counter = 0
        lines = self._lines(root, part)
        for x, place in self.known if is_last else ():
            lines += self._stored(self._operand(x), dtype_of(x, self.dtypes), place)
        return [*[line for load in self.loads.values() for line in load], *lines]

    def _lines(self, block: Block, steps: list[int]) -> list[str]:
        lines: list[str] = []
        for i in steps:
            index = self.start + i
            step = self.program.steps[i]
            if i in block.arms:
                lines += self._branch(block.arms[i], step, index)
            else:
                lines += self._instructions(step, index)
            self.here.add(index)
            if index in self.kept:
                self.places[index] = Place("tape", self.tape)
                self.tape += 8
                lines += self._stored(f"%v{index}", self.dtypes[index], self.places[index])
            for place in self.goes.get(index, ()):
                lines += self._stored(f"%v{index}", self.dtypes[index], place)
        return lines

    def _branch(self, arms: tuple[Block, Block], step: Step, index: int) -> list[str]:
        condition = self._operand(step.inputs[0])
        name = f"b{index}"
        lines = [f"  br i1 {condition}, label %{name}.0, label %{name}.1"]
        ends = []
        for k, arm in enumerate(arms):
            self.label = f"{name}.{k}"
            lines += [f"{self.label}:", *self._lines(arm, arm.steps)]
            ends.append(f"[ {self._operand(step.inputs[k + 1])}, %{self.label} ]")
            lines.append(f"  br label %{name}.2")
        self.label = f"{name}.2"
        kind = TYPES[self.dtypes[index].name]
        return [*lines, f"{name}.2:", f"  %v{index} = phi {kind} {', '.join(ends)}"]

    def _instructions(self, step: Step, index: int) -> list[str]:
        entry, dtype, given = lowering_of(step, self.dtypes)
        assert entry is not None, step
        template, operands = entry.llvm, [self._operand(x) for x in given]
        if template.startswith("libm "):
            name = template.removeprefix("libm ")
            self.calls[name] = len(operands)
            template = libm_call(name, len(operands), dtype == np.float32)
        text = template.format(
            *operands,
            r=f"%v{index}",
            t=TYPES[dtype.name],
            f="f32" if dtype == np.float32 else "f64",
            inf=_float(np.inf),
        )
        return ["  " + line for line in text.split("; ")]

    def _operand(self, x: Any) -> str:
        if type(x) is not Variable:
            return literal(x)
        if x.index not in self.here and x.index not in self.loads:
            self.loads[x.index] = self._loaded(x.index)
        return f"%v{x.index}"

    def _loaded(self, index: int) -> list[str]:
        name, kind, place = f"v{index}", TYPES[self.dtypes[index].name], self.places[index]
        lines = [f"  %p.{name} = getelementptr i8, ptr %{place.memory}, i64 {place.offset}"]
        if kind == "i1":
            lines.append(f"  %b.{name} = load i8, ptr %p.{name}{self.access}")
            return [*lines, f"  %{name} = icmp ne i8 %b.{name}, 0"]
        return [*lines, f"  %{name} = load {kind}, ptr %p.{name}{self.access}"]

    def _stored(self, text: str, dtype: np.dtype[Any], place: Place) -> list[str]:
        self.counter += 1
        name = f"%s{self.counter}"
        kind = TYPES[dtype.name]
        lines = [f"  {name} = getelementptr i8, ptr %{place.memory}, i64 {place.offset}"]
        if kind == "i1":
            lines.append(f"  {name}.b = zext i1 {text} to i8")
            return [*lines, f"  store i8 {name}.b, ptr {name}{self.access}"]
        return [*lines, f"  store {kind} {text}, ptr {name}{self.access}"]

    def called(self, memory: str) -> list[str]:
        """Calls of all functions, one after the other, with what their memory is called there."""
        return [f"  call void @{self.name}.{k}({memory})" for k in range(len(self.texts))]


def _all(block: Block, steps: list[int]) -> list[int]:
    return [
        j
        for i in steps
        for j in (i, *[j for arm in block.arms.get(i, ()) for j in _all(arm, arm.steps)])
    ]


def _size(block: Block) -> int:
    return len(_all(block, block.steps))


def literal(x: Any) -> str:
    """A constant; floats by their bits."""
    if type(x) is Constant:
        return _float(x.data.item())
    if type(x) is bool:
        return "true" if x else "false"
    return _float(x) if type(x) is float else str(x)


def _float(x: float) -> str:
    return f"0x{struct.unpack('>Q', struct.pack('>d', x))[0]:016X}"


#: What the texts may call beside the C library.
INTRINSICS = [
    f"declare {t} @llvm.{name}.{f}({', '.join([t] * n)})"
    for name, n in (
        *(("sqrt", 1), ("fabs", 1), ("floor", 1), ("ceil", 1), ("trunc", 1), ("rint", 1)),
        ("copysign", 2),
    )
    for t, f in (("double", "f64"), ("float", "f32"))
] + [
    "declare i64 @llvm.smax.i64(i64, i64)",
    "declare i64 @llvm.smin.i64(i64, i64)",
    "declare i64 @llvm.abs.i64(i64, i1)",
    "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
]


def module(functions: Sequence[Any], driver: str) -> str:
    """A whole text: functions, what they call, and a function that calls them."""
    calls = {name: n for part in functions for name, n in part.calls.items()}
    declared = [
        f"declare double @txor.{name}({', '.join(['double'] * n)}) #0"
        for name, n in sorted(calls.items())
    ]
    texts = [text for part in functions for text in part.texts]
    more = [text for part in functions for text in getattr(part, "helpers", ())]
    said = "\n".join(line for part in functions for line in getattr(part, "globals", ()))
    attributes = "attributes #0 = { nounwind readnone willreturn }"
    return "\n\n".join(
        [*texts, *more, driver, "\n".join([*declared, *INTRINSICS]), attributes, said, ""]
    )

"""LLVM's language of a program on arrays: a function for each nest of loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_xor.compiler import joins
from tinygrad_xor.compiler.buffers import placed
from tinygrad_xor.compiler.copies import without_copies
from tinygrad_xor.compiler.elements import Elements, number, of_dtypes
from tinygrad_xor.compiler.fusion import fused
from tinygrad_xor.compiler.layout import blocks
from tinygrad_xor.compiler.llvm import CALL, FREE, GIVEN, TYPES, Functions, Place, literal
from tinygrad_xor.compiler.lowerings import dtype_of
from tinygrad_xor.compiler.nest_steps import Nests
from tinygrad_xor.compiler.nests import Nest, Read, Sum
from tinygrad_xor.compiler.rebuild import about
from tinygrad_xor.compiler.simplify import simplified
from tinygrad_xor.compiler.views import View, collapsed
from tinygrad_xor.program.constants import Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.trees import Form


@dataclass
class ArrayFunctions:
    """The functions of a program on arrays: as `Functions`, for those that are large.

    Args:
        program: on arrays, expanded.
        inputs: where each begins.
        outputs: where each goes.
        refused: where it is said that numbers were refused.
        name: of the functions.
        number: another one for each object in a text.
    """

    program: Program
    inputs: Sequence[Place]
    outputs: Sequence[Place]
    refused: Place
    name: str
    number: int = 0
    texts: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    #: What is not a function: constants, and what is said of loops.
    globals: list[str] = field(default_factory=list)
    #: Loops that others call.
    helpers: list[str] = field(default_factory=list)
    _called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        lines = self.program.lines
        inputs = [
            View.rows(p.memory, p.offset, x.shape, x.dtype)
            for p, x in zip(self.inputs, self.program.inputs, strict=True)
        ]
        outputs = [
            View.rows(p.memory, p.offset, *about(x, lines)[:2])
            for p, x in zip(self.outputs, self.program.outputs, strict=True)
        ]
        flag = View.rows(self.refused.memory, self.refused.offset, (), np.dtype(bool))
        self.schedule = Nests(self.program, inputs, outputs, flag)
        #: The nests, and how many bytes of memory they need.
        self.nests, self.tape = placed(fused(without_copies(self.schedule.nests)), FREE)
        self.globals.append(f"!{self._mark(0)} = distinct !{{}}")
        for i, data in enumerate(self.schedule.constants):
            kind = "i8" if data.dtype == bool else TYPES[data.dtype.name]
            numbers = [literal(number(x)) for x in data.reshape(-1)]
            numbers = [{"true": "1", "false": "0"}.get(x, x) for x in numbers]
            rows = ", ".join(f"{kind} {x}" for x in numbers)
            self.globals.append(
                f"@{self.name}.c{i} = private constant [{data.size} x {kind}] [{rows}], align 64"
            )
        for i, nest in enumerate(self.nests):
            if nest.call is not None:
                self._called.append(str(i))
            elif 0 not in nest.shape and nest.stores:
                self._written(i, nest)

    def _mark(self, n: int) -> int:
        return 100_000 * self.number + n

    def called(self, memory: str) -> list[str]:
        """Calls of all functions, with what their memory is called there."""
        lines = []
        for name in self._called:
            if name.isdigit():
                back = f"%back.{self.name}.{name}"
                lines += [
                    f"  {back}.p = getelementptr i8, ptr %tape, i64 {CALL}",
                    f"  {back} = load ptr, ptr {back}.p",
                    f"  call void {back}(i64 {self._mark(int(name))}, {memory})",
                ]
            else:
                lines.append(f"  call void @{name}({memory})")
        return lines

    @property
    def back(self) -> dict[int, Nest]:
        """The calls of NumPy's, by the numbers that the text has for them."""
        nests = enumerate(self.nests)
        return {self._mark(i): nest for i, nest in nests if nest.call is not None}

    def _written(self, i: int, nest: Nest) -> None:
        body = _Body(self, nest, f"{self.name}.{i}")
        self.texts.append(body.text)
        self._called.append(f"{self.name}.{i}")
        self.calls |= body.calls


class _Body(Functions):
    """One nest of loops."""

    def __init__(self, owner: ArrayFunctions, nest: Nest, name: str) -> None:
        self.owner = owner
        self.access = f", !llvm.access.group !{owner._mark(0)}"
        sources: dict[Any, tuple[int, Any]] = {}
        dtypes: list[Any] = []
        for _, reads in nest.made.values():
            for x in reads:
                if type(x) is not int and _key(x) not in sources:
                    sources[_key(x)] = len(dtypes), x
                    dtypes.append(x.dtype)
        new = of_dtypes(dtypes, owner.program.lines)
        values: dict[int, Any] = {}
        for index, (make, reads) in nest.made.items():
            loaded = [values[x] if type(x) is int else Variable(sources[_key(x)][0]) for x in reads]
            values[index] = make(new, loaded)
        program = _simple(new, [values[x] for x, _ in nest.stores])
        # each array gets a pointer, which moves in the loops; what is far from it by a fixed way
        # shares it
        self.pointers: dict[Any, tuple[str, View]] = {}
        self.sums: dict[int, Sum] = {}
        places: list[Place] = []
        for k, (_, x) in enumerate(sources.values()):
            if type(x) is Read:
                places.append(Place(self._pointer(x.view), x.extra))
            else:
                self.sums[k] = x
                places.append(Place("", 0))
        goes = [Place(self._pointer(view), 0) for _, view in nest.stores]
        self.shape = nest.shape
        super().__init__(program, places, goes, name)
        self.text = self.texts[0]

    def _pointer(self, view: View) -> str:
        key = view.memory, view.offset, view.strides
        if key not in self.pointers:
            self.pointers[key] = f"a{len(self.pointers)}", view
        return self.pointers[key][0]

    def _loaded(self, index: int) -> list[str]:
        sum_ = self.sums.get(index)
        if sum_ is None:
            return super()._loaded(index)
        name = f"{self.name}.{index}"
        kind = TYPES[self.dtypes[index].name]
        term = _Term(sum_, self.owner.program.lines, f"{name}.term")
        self.calls |= term.calls
        arrays = len(sum_.views)
        loop = joins.text_of(name, sum_.function, kind, term.name, arrays)
        self.owner.helpers += [term.texts[0], loop]
        given = "".join(f"ptr %{self._pointer(view)}, " for view in sum_.views)
        return [f"  %v{index} = call {kind} @{name}({given}i64 0, i64 {sum_.count})"]

    def _written(self) -> list[str]:
        root = blocks(self.program)
        for sum_ in self.sums.values():
            for view in sum_.views:
                self._pointer(view)
        pointers = [*self.pointers.values()]
        sizes, strides = collapsed(self.shape, [view.strides for _, view in pointers])
        depth = len(sizes)
        lines = [f"define internal void @{self.name}({GIVEN}) noinline {{", "entry:"]
        before = "entry"
        for d in range(depth):
            lines += [
                f"  br label %l{d}",
                f"l{d}:",
                f"  %i{d} = phi i64 [ 0, %{before} ], [ %i{d}.1, %l{d}.next ]",
            ]
            before = f"l{d}"
        for (name, view), steps in zip(pointers, strides, strict=True):
            lines += self._address(name, view, steps)
        lines += self._body(root, root.steps, label=before)
        for d in reversed(range(depth)):
            mark = self.owner._mark(2 * (len(self.owner.globals) + 1))
            self.owner.globals += [
                f"!{mark} = distinct !{{!{mark}, !{mark + 1}}}",
                f'!{mark + 1} = !{{!"llvm.loop.parallel_accesses", !{self.owner._mark(0)}}}',
            ]
            lines += [
                f"  br label %l{d}.next",
                f"l{d}.next:",
                f"  %i{d}.1 = add nuw nsw i64 %i{d}, 1",
                f"  %c{d} = icmp ult i64 %i{d}.1, {sizes[d]}",
                f"  br i1 %c{d}, label %l{d}, label %l{d}.done, !llvm.loop !{mark}",
                f"l{d}.done:",
            ]
        return ["\n".join([*lines, "  ret void", "}"])]

    def _address(self, name: str, view: View, steps: list[int]) -> list[str]:
        """The pointer of an array, where the loops are."""
        memory = view.memory
        base = f"@{self.owner.name}.{memory[1:]}" if memory[0] == "@" else f"%{memory}"
        lines, total = [], str(view.offset)
        if memory[-1] == "]":
            holder, _, offset = memory[:-1].partition("[")
            base = f"%{name}.b"
            lines.append(f"  {base}.p = getelementptr i8, ptr %{holder}, i64 {offset}")
            lines.append(f"  {base} = load ptr, ptr {base}.p")
        for d, step in enumerate(steps):
            if step:
                lines.append(f"  %{name}.m{d} = mul nsw i64 %i{d}, {step}")
                lines.append(f"  %{name}.s{d} = add nsw i64 {total}, %{name}.m{d}")
                total = f"%{name}.s{d}"
        return [*lines, f"  %{name} = getelementptr i8, ptr {base}, i64 {total}"]


class _Term(Functions):
    """A function that gives a term of a sum: ``(pointers, number)``."""

    def __init__(self, sum_: Sum, lines: list[Any], name: str) -> None:
        self.steps = sum_.steps
        new = of_dtypes([view.dtype for view in sum_.views], lines)
        result = sum_.term(new, [Variable(i) for i in range(len(self.steps))])
        places = [Place(f"p{i}", 0) for i in range(len(self.steps))]
        super().__init__(_simple(new, [result]), places, [Place("", 0)], name)

    def _written(self) -> list[str]:
        root = blocks(self.program)
        kind = TYPES[dtype_of(self.program.outputs[0], self.dtypes).name]
        given = "".join(f"ptr %a{i}, " for i in range(len(self.steps)))
        lines = [f"define internal {kind} @{self.name}({given}i64 %k) alwaysinline {{", "entry:"]
        for i, step in enumerate(self.steps):
            lines.append(f"  %m{i} = mul nsw i64 %k, {step}")
            lines.append(f"  %p{i} = getelementptr i8, ptr %a{i}, i64 %m{i}")
        return ["\n".join([*lines, *self._body(root, root.steps), "}"])]

    def _stored(self, text: str, dtype: np.dtype[Any], place: Place) -> list[str]:
        """The output is what the function gives; it is computed last."""
        return [f"  ret {TYPES[dtype.name]} {text}"]


def _simple(new: Elements, outputs: list[Any]) -> Program:
    one = Form(None)
    return simplified(Program(new.inputs, tuple(new.steps), tuple(outputs), one, one))


def _key(x: Any) -> Any:
    views = tuple([(v.memory, v.offset, v.strides, v.dtype) for v in x.views])
    return views, (x.extra if type(x) is Read else id(x))

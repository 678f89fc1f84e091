"""A step for several members of an ensemble at once, as machine code.

Where a function on numbers says ``double``, here it says ``<4 x double>``: the number of each
member in a lane of its own. No lane looks at another, and each operation is rounded as it is alone,
so a member learns the same to the last bit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tinygrad_xor.compiler import llvm
from tinygrad_xor.compiler.loops import Body, MachineLoop, row_of
from tinygrad_xor.compiler.record import Kind, Record

#: So many members share an instruction: what AVX2 has room for; other processors take two, or half.
LANES = 4
#: What has no form for lanes: branches, the C library, and what takes a flag beside its numbers.
_ALONE = re.compile(r"^  br | @txor\.|@llvm\.abs\.i64", re.MULTILINE)
_KEPT = re.compile(r"^(define |entry:|  ret void|}|$)")
_PLACE = re.compile(r"^(.* = getelementptr i8, ptr %\w+, i64 )(\d+)$")
_ACCESS = re.compile(r"^(  %\S+ = load|  store) (\w+)( [^,]+)?(, ptr .*)$")
_WORD = re.compile(r"(?<![\w%@.-])(?:double|float|i64|i8|i1|0x\w+|-?\d[\w.+-]*|true|false)\b")
_SUFFIX = re.compile(r"(?<=\.)(f64|f32|i64)(?=\()")
_BYTES = {"double": 8, "float": 4, "i64": 8, "i8": 1}


def widened(text: str) -> str:
    """The text of a function for all lanes.

    >>> print(widened("  %v2 = fmul double %v1, 0.5"))
      %v2 = fmul <4 x double> %v1, <double 0.5, double 0.5, double 0.5, double 0.5>
    """
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    if _KEPT.match(line):
        return line
    if found := _PLACE.match(line):
        return f"{found[1]}{LANES * int(found[2])}"
    if found := _ACCESS.match(line):
        align = _BYTES[found[2]]
        return f"{_words(line)}, align {align}"
    return _SUFFIX.sub(rf"v{LANES}\1", _words(line))


def _words(line: str) -> str:
    """Types, and the numbers after them, once for each lane."""
    kind = ""

    def one(found: re.Match[str]) -> str:
        nonlocal kind
        word = found[0]
        if word in _BYTES or word == "i1":
            kind = word
            return f"<{LANES} x {word}>"
        return f"<{', '.join([f'{kind} {word}'] * LANES)}>"

    return _WORD.sub(one, line)


class LanesLoop(MachineLoop):
    """The loop of a step for all lanes; nothing is recorded.

    The members share the tables, and each takes their rows in an order of its own: ``order`` has
    the numbers of the rows of all lanes side by side.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        super().__init__(bodies)
        self.name = self.name and f"{LANES} lanes of {self.name}"
        #: Whether the step has a form for lanes.
        self.is_possible = not any(
            body.lowered.may_refuse or any(map(_ALONE.search, part.texts))
            for body, part in zip(bodies, self.functions, strict=True)
        )
        for part in self.functions:
            part.texts = [widened(text) for text in part.texts]

    @property
    def tape(self) -> int:
        """How many bytes of memory they need for themselves, all lanes."""
        return super().tape * LANES

    def text(self) -> str:
        """The whole module."""
        vectors = [widened(line) for line in llvm.INTRINSICS if ".f" in line or ".sm" in line]
        return "\n".join([super().text(), *vectors, ""])

    def _recorded(self, body: Body) -> int:
        return 0

    def _gathered(self, k: int) -> list[str]:
        body, lines = self.bodies[k], []
        record = Record(body.batch)
        for leaf, (kind, offset) in enumerate(zip(body.batch, record.offsets, strict=True)):
            for b in range(body.rows):
                lines += _row(f"g{k}.{leaf}.{b}", leaf, kind, offset, b, body.rows)
        return lines


def _row(name: str, leaf: int, kind: Kind, offset: int, b: int, rows: int) -> list[str]:
    """The numbers of one row of a leaf, of which each lane has its own."""
    word = "i8" if kind.dtype == np.bool_ else llvm.TYPES[kind.dtype.name]
    size, count = kind.dtype.itemsize, kind.size // rows
    lines = [f"  %{name}.n = add i64 %row, {b}", f"  %{name}.m = mul i64 %{name}.n, {LANES}"]
    for lane in range(LANES):
        lines.append(f"  %{name}.{lane}.n = add i64 %{name}.m, {lane}")
        lines += row_of(f"{name}.{lane}", leaf, size * count)
    for e in range(count):
        vector = "zeroinitializer"
        for lane in range(LANES):
            here = f"%{name}.{lane}.e{e}"
            lines += [
                f"  {here}.p = getelementptr i8, ptr %{name}.{lane}.from, i64 {e * size}",
                f"  {here}.x = load {word}, ptr {here}.p",
                f"  {here}.v = insertelement <{LANES} x {word}> {vector}, {word} {here}.x, "
                f"i32 {lane}",
            ]
            vector = f"{here}.v"
        to = f"%{name}.e{e}.to"
        at = LANES * (offset + (b * count + e) * size)
        lines.append(f"  {to} = getelementptr i8, ptr %given, i64 {at}")
        lines.append(f"  store <{LANES} x {word}> {vector}, ptr {to}, align {size}")
    return lines

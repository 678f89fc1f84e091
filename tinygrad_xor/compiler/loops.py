"""A step of a program on numbers as a loop: in Python's source, and in LLVM's language.

A step takes a state and a batch, and gives the next state and what is recorded. A batch is so many
rows of tables, taken by their numbers. Where the last batch of an epoch is smaller, there is a
second form of the step for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tinygrad_xor.compiler.backends import functions_of
from tinygrad_xor.compiler.counters import Carried, carried
from tinygrad_xor.compiler.lowered import Lowered
from tinygrad_xor.compiler.machine import Text
from tinygrad_xor.compiler.python import Python
from tinygrad_xor.compiler.record import Kind, Record
from tinygrad_xor.program.program import Program

#: So many rows are copied by instructions of their own; more in a loop.
_UNROLLED = 8


@dataclass(eq=False)
class Body:
    """A step for batches of one size.

    Attributes:
        lowered: its program, of state and batch.
        state: how many of its leaves are the state.
        rows: how many rows a batch has.
        products: what the last leaves of the state are, which were not there as it was traced.
        traced: the step as it was traced, if that is another.
    """

    lowered: Lowered
    state: int
    rows: int
    products: list[Carried] = field(default_factory=list)
    traced: Body | None = None

    @property
    def as_traced(self) -> Body:
        """The step without products in its state."""
        return self.traced or self

    @cached_property
    def states(self) -> list[Kind]:
        """The leaves of the state."""
        return self.lowered.inputs[: self.state]

    @cached_property
    def batch(self) -> list[Kind]:
        """The leaves of the batch."""
        return self.lowered.inputs[self.state :]

    @cached_property
    def outs(self) -> list[Kind]:
        """What is recorded."""
        return self.lowered.outputs[self.state :]


def stepping(program: Program, state: int, rows: int, digits: str) -> Body:
    """A step, with powers by a counter as products in its state."""
    traced = Body(Lowered(program, digits), state, rows)
    faster, products = carried(program, state)
    if not products:
        return traced
    return Body(Lowered(faster, digits), state + len(products), rows, products, traced)


def python_loop(body: Body, careful: bool = False) -> str:
    """The source of a function ``f(state, rows, order, record)``.

    It gives how many steps were finished, the state after them, and the error that stopped it.
    """
    numbers = body.lowered.numbers
    assert numbers is not None
    writer = Python(numbers, careful)
    lines = writer.body()
    count = sum(kind.size for kind in body.states)
    names = writer.names[:count]
    values = [writer.value(x) for x in numbers.outputs]
    recorded = values[count : count + sum(kind.size for kind in body.outs)]
    places = [f"i{b}" for b in range(body.rows)]
    taken = [
        f"{_tuple(row)} = rows[{i}]" for i, row in zip(places, _rows(body, writer), strict=True)
    ]
    inner = [*(taken if writer.names[count:] else []), *lines]
    if body.lowered.may_refuse:
        inner += [f"if {values[-1]}:", "    raise Refused"]
    if recorded:
        inner.append(f"record({_tuple(recorded)})")
    moved = [(a, b) for a, b in zip(names, values, strict=False) if a != b]
    if {a for a, _ in moved} & {b for _, b in moved}:  # they trade places
        inner.append(f"{_tuple([a for a, _ in moved])} = {_tuple([b for _, b in moved])}")
    else:
        inner += [f"{a} = {b}" for a, b in moved]
    inner.append("done += 1")
    given = _tuple(places) if body.rows > 1 else places[0]
    return "\n".join(
        [
            "def f(state, rows, order, record):",
            *([f"    {_tuple(names)} = state"] if names else []),
            "    done = 0",
            "    try:",
            f"        for {given} in order:",
            *["            " + line for line in inner],
            "    except Stopped as error:",
            f"        return done, {_tuple(names)}, error",
            f"    return done, {_tuple(names)}, None",
        ]
    )


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _rows(body: Body, writer: Python) -> list[list[str]]:
    """The names of the numbers in each row of a batch."""
    rows: list[list[str]] = [[] for _ in range(body.rows)]
    start = sum(kind.size for kind in body.states)
    for kind in body.batch:
        size = kind.size // body.rows
        for row in rows:
            row.extend(writer.names[start : start + size])
            start += size
    return rows


class MachineLoop(Text):
    """The text of a function ``run`` in LLVM's language, which takes many steps.

    Args:
        bodies: the step, and if there is one its form for the last batch of each epoch.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        names = [body.lowered.name for body in bodies if body.lowered.is_small]
        whole = len(names) == len(bodies) and None not in names
        about = [(body.state, body.rows) for body in bodies]
        self.name = repr((names, about)) if whole else None

    @cached_property
    def functions(self) -> list[Any]:
        """Those of the bodies."""
        functions = []
        for k, body in enumerate(self.bodies):
            takes = [("state", Record(body.states)), ("given", Record(body.batch))]
            gives = [("next", Record(body.states)), ("out", Record(body.outs))]
            functions.append(functions_of(body.lowered, takes, gives, f"step{k}", k))
        return functions

    def driver(self) -> list[str]:
        """The loop; where it is stands in ``at``, and the two states are in turn the newer one."""
        bodies = range(len(self.bodies))
        data = [f"data{i}" for i in range(len(self.bodies[0].batch))]
        return [
            "define i64 @run(ptr %even, ptr %odd, ptr %given, ptr %tape, ptr %data, "
            "ptr %order, ptr %at, i64 %stop, i64 %full, i64 %per) {",
            "entry:",
            *_places("at", ("s", "k", "row", *[f"out{k}" for k in bodies])),
            *_places("data", data),
            *[f"  %{name} = load ptr, ptr %{name}.p" for name in data],
            "  br label %loop",
            "loop:",
            *[f"  %{name} = load i64, ptr %{name}.p" for name in ("s", "k", "row")],
            "  %lowest = and i64 %s, 1",
            "  %is_odd = icmp eq i64 %lowest, 1",
            "  %cur = select i1 %is_odd, ptr %odd, ptr %even",
            "  %nxt = select i1 %is_odd, ptr %even, ptr %odd",
            "  %ready = icmp sge i64 %s, %stop",
            "  br i1 %ready, label %end, label %choice",
            "choice:",
            "  %is_rest = icmp eq i64 %k, %full",
            f"  br i1 %is_rest, label %body{bodies[-1]}, label %body0",
            *[line for k in bodies for line in self._body(k)],
            "next:",
            "  %s1 = add i64 %s, 1",
            "  %k1 = add i64 %k, 1",
            "  %wrapped = icmp eq i64 %k1, %per",
            "  %k2 = select i1 %wrapped, i64 0, i64 %k1",
            "  store i64 %s1, ptr %s.p",
            "  store i64 %k2, ptr %k.p",
            "  br label %loop",
            "end:",
            "  ret i64 %s",
            "}",
        ]

    def _body(self, k: int) -> list[str]:
        body = self.bodies[k]
        return [
            f"body{k}:",
            *self._gathered(k),
            f"  %out{k} = load ptr, ptr %out{k}.p",
            *self.functions[k].called(f"ptr %cur, ptr %given, ptr %nxt, ptr %out{k}, ptr %tape"),
            f"  %flag{k} = load i16, ptr %tape",  # refused, or failed
            f"  %refused{k} = icmp ne i16 %flag{k}, 0",
            f"  br i1 %refused{k}, label %end, label %end{k}",
            f"end{k}:",
            f"  %row.{k} = add i64 %row, {body.rows}",
            f"  store i64 %row.{k}, ptr %row.p",
            f"  %out{k}.1 = getelementptr i8, ptr %out{k}, i64 {self._recorded(body)}",
            f"  store ptr %out{k}.1, ptr %out{k}.p",
            "  br label %next",
        ]

    def _recorded(self, body: Body) -> int:
        """How many bytes each step adds to what is recorded."""
        return Record(body.outs).size

    def _gathered(self, k: int) -> list[str]:
        """Copies of the rows of a batch."""
        body, lines = self.bodies[k], []
        record = Record(body.batch)
        for leaf, (kind, offset) in enumerate(zip(body.batch, record.offsets, strict=True)):
            size = kind.size * kind.dtype.itemsize // body.rows
            lines += _gathered(f"g{k}.{leaf}", leaf, offset, size, body.rows)
        return lines


def _gathered(name: str, leaf: int, offset: int, size: int, rows: int) -> list[str]:
    """Copies of the rows of one leaf."""
    if rows <= _UNROLLED:
        numbers = range(rows)
        return [x for b in numbers for x in _copied(f"{name}.{b}", leaf, offset, size, str(b))]
    return [
        f"  br label %{name}.before",
        f"{name}.before:",
        f"  br label %{name}.loop",
        f"{name}.loop:",
        f"  %{name}.b = phi i64 [ 0, %{name}.before ], [ %{name}.b1, %{name}.loop ]",
        *_copied(name, leaf, offset, size, f"%{name}.b"),
        f"  %{name}.b1 = add i64 %{name}.b, 1",
        f"  %{name}.more = icmp ne i64 %{name}.b1, {rows}",
        f"  br i1 %{name}.more, label %{name}.loop, label %{name}.done",
        f"{name}.done:",
    ]


def _copied(name: str, leaf: int, offset: int, size: int, b: str) -> list[str]:
    """A copy of one row of a leaf, the one whose number stands at place b of the batch."""
    return [
        f"  %{name}.n = add i64 %row, {b}",
        *row_of(name, leaf, size),
        f"  %{name}.t = mul i64 {b}, {size}",
        f"  %{name}.u = add i64 %{name}.t, {offset}",
        f"  %{name}.to = getelementptr i8, ptr %given, i64 %{name}.u",
        f"  call void @llvm.memcpy.p0.p0.i64(ptr %{name}.to, ptr %{name}.from, i64 {size}, "
        "i1 false)",
    ]


def row_of(name: str, leaf: int, size: int) -> list[str]:
    """A pointer to the row of a leaf whose number stands at a place of the order."""
    return [
        f"  %{name}.at = getelementptr i64, ptr %order, i64 %{name}.n",
        f"  %{name}.i = load i64, ptr %{name}.at",
        f"  %{name}.f = mul i64 %{name}.i, {size}",
        f"  %{name}.from = getelementptr i8, ptr %data{leaf}, i64 %{name}.f",
    ]


def _places(memory: str, names: Sequence[str]) -> list[str]:
    """Pointers to words that lie side by side."""
    return [
        f"  %{name}.p = getelementptr i64, ptr %{memory}, i64 {i}" for i, name in enumerate(names)
    ]

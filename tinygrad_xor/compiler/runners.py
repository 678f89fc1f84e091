"""What takes many steps: by NumPy, by Python's source, by machine code.

Each keeps the state after the last finished step where a signal cannot tear it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.compiler import python
from tinygrad_xor.compiler.arithmetic import NAMES
from tinygrad_xor.compiler.backends import leaves_of, numbers_in
from tinygrad_xor.compiler.callbacks import Callbacks
from tinygrad_xor.compiler.lanes import LANES, LanesLoop
from tinygrad_xor.compiler.loops import Body, MachineLoop, python_loop
from tinygrad_xor.compiler.machine import Machine
from tinygrad_xor.compiler.record import Record


class Refused(Exception):  # noqa: N818
    """A step refuses its numbers."""


class Loop:
    """A step, and its form for the last batch of each epoch if that is smaller; written once.

    Args:
        bodies: both.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        self._written: dict[tuple[int, bool], Any] = {}

    def python(self, k: int, is_careful: bool) -> Any:
        """As a loop in Python."""
        if (k, is_careful) not in self._written:
            names = dict(NAMES)
            names |= {"Refused": Refused, "Stopped": (KeyboardInterrupt, Refused, *python.ERRORS)}
            exec(python_loop(self.bodies[k], is_careful), names)
            self._written[k, is_careful] = names["f"]
        return self._written[k, is_careful]

    @cached_property
    def machine(self) -> tuple[Any, int, Callbacks]:
        """As a function in machine code, the bytes that it needs for itself, and what it calls."""
        return self._machine(MachineLoop(self.bodies))

    @cached_property
    def lanes(self) -> tuple[Any, int, Callbacks] | None:
        """The same for as many members as there are lanes; None if that has no form."""
        if not all(body.lowered.is_small for body in self.bodies):
            return None
        loop = LanesLoop(self.bodies)
        return self._machine(loop) if loop.is_possible else None

    def _machine(self, loop: MachineLoop) -> tuple[Any, int, Callbacks]:
        code = Machine(loop)
        run = code.function("run", *[ctypes.c_void_p] * 7, *[ctypes.c_int64] * 3)
        return run, code.tape, code.back


class Run:
    """Steps over rows of tables, in an order.

    Args:
        loop: the step.
        state: the leaves of the state.
        tables: the leaves of all batches, with rows as their first axis.
        order: the numbers of the rows, one after the other.
        full: how many steps of an epoch have the whole size.
    """

    def __init__(
        self, loop: Loop, state: list[Any], tables: list[Any], order: Any, full: int
    ) -> None:
        self.loop, self.bodies = loop, loop.bodies
        self.tables, self.order, self.full = tables, order, full
        self.per_epoch = full + (len(self.bodies) - 1)
        self.start(state)

    def start(self, state: list[Any]) -> None:
        """Begin with this state."""
        #: How many steps are finished, and the state after them.
        self.at: tuple[int, Any] = 0, state
        #: What the steps of each body have recorded.
        self.records: list[Any] = [[] for _ in self.bodies]

    def go(self, stop: int) -> bool:
        """Take steps until so many are done; whether a step refuses its numbers."""
        raise NotImplementedError

    @property
    def done(self) -> int:
        """How many steps are finished."""
        return self.at[0]

    def state(self) -> list[Any]:
        """The leaves of the state after the last finished step."""
        return self.at[1]

    def recorded(self, k: int, count: int) -> list[Any]:
        """What the first `count` steps of a body have recorded: an array for each leaf."""
        raise NotImplementedError

    def place(self, step: int) -> tuple[int, int]:
        """The body of a step, and where its rows begin in the order."""
        epoch, k = divmod(step, self.per_epoch)
        sizes = [body.rows for body in self.bodies]
        in_epoch = self.full * sizes[0] + sum(sizes[1:])
        return int(k >= self.full), epoch * in_epoch + k * sizes[0]

    def batch(self, step: int) -> list[Any]:
        """The leaves of the batch of a step."""
        k, row = self.place(step)
        body = self.bodies[k]
        rows = self.order[row : row + body.rows]
        return [
            kind.made(table[rows].reshape(kind.shape) if kind.shape else table[rows[0]])
            for table, kind in zip(self.tables, body.batch, strict=True)
        ]

    def refused(self) -> None:
        """Take the next step by NumPy, which says what it refuses.

        Raises:
            ValueError: then.
        """
        k, _ = self.place(self.done)
        self.bodies[k].lowered.numpys(*self.state(), *self.batch(self.done))


class ByNumPy(Run):
    """Every step is calls of NumPy's."""

    def go(self, stop: int) -> bool:
        """One step after the other."""
        count = self.bodies[0].state
        while self.at[0] < stop:
            step, state = self.at
            k, _ = self.place(step)
            results = self.bodies[k].lowered.numpys(*state, *self.batch(step))
            self.records[k].append(results[count:])
            kinds = self.bodies[0].states
            new = [kind.made(x) for x, kind in zip(results, kinds, strict=False)]
            self.at = step + 1, new
        return False

    def recorded(self, k: int, count: int) -> list[Any]:
        """Stacked."""
        rows = self.records[k][:count]
        return [
            np.array([row[i] for row in rows], kind.dtype).reshape(-1, *kind.shape)
            for i, kind in enumerate(self.bodies[k].outs)
        ]


class ByPython(Run):
    """A loop in Python's source, over Python's numbers."""

    def start(self, state: list[Any]) -> None:
        """Make rows of numbers of the tables."""
        self.rows = _rows_of(self.tables)
        pairs = zip(state, self.bodies[0].states, strict=True)
        super().start([x for leaf, kind in pairs for x in numbers_in(leaf, kind)])

    def go(self, stop: int) -> bool:
        """As many steps at once as have the same size."""
        while self.at[0] < stop:
            step = self.at[0]
            k, row = self.place(step)
            left = 1 if k else self.full - step % self.per_epoch
            if len(self.bodies) == 1:
                left = stop - step
            count, rows = min(stop - step, left), self.bodies[k].rows
            order = self.order[row : row + count * rows]
            order = order.reshape(-1, rows) if rows > 1 else order
            if self._some(k, order.tolist()):
                return True
        return False

    def _some(self, k: int, order: list[Any]) -> bool:
        is_careful = False
        while order:
            loop = self.loop.python(k, is_careful)
            with np.errstate(all="ignore"):
                done, state, error = loop(self.at[1], self.rows, order, self.records[k].append)
            self.at = self.at[0] + done, state
            if isinstance(error, KeyboardInterrupt):
                raise error
            if isinstance(error, Refused):
                return True
            order = order[done:]
            is_careful = True
        return False

    def state(self) -> list[Any]:
        """The leaves of numbers."""
        return leaves_of(self.at[1], self.bodies[0].states)

    def recorded(self, k: int, count: int) -> list[Any]:
        """In columns."""
        columns = [*zip(*self.records[k][:count], strict=True)]
        made, start = [], 0
        for kind in self.bodies[k].outs:
            part = columns[start : start + kind.size] if columns else []
            array = np.array(part, kind.dtype).reshape(kind.size, -1)
            made.append(array.T.reshape(-1, *kind.shape) if kind.size else array)
            start += kind.size
        return made


def _rows_of(tables: list[Any]) -> list[tuple[Any, ...]]:
    """For each row the numbers in all tables."""
    if not tables:
        return []
    parts = []
    for table in tables:
        flat = table.reshape(len(table), -1)
        parts.append([list(row) for row in flat] if flat.dtype == np.float32 else flat.tolist())
    return [tuple([x for part in row for x in part]) for row in zip(*parts, strict=True)]


class ByMachine(Run):
    """Machine code: one call takes many steps."""

    #: So many members of an ensemble take them side by side.
    width = 1

    def start(self, state: list[Any]) -> None:
        """Lay out the memory."""
        code = self.loop.machine if self.width == 1 else self.loop.lanes
        assert code is not None
        self.run, tape, self.back = code
        self.states = Record(self.bodies[0].states)
        #: Of the state after an even number of steps, and after an odd one.
        self.memories = [self._bytes(self.states.size) for _ in range(2)]
        for view, leaf in zip(self.states.lanes(self.memories[0], self.width), state, strict=True):
            view[...] = leaf
        self.given = self._bytes(max(Record(body.batch).size for body in self.bodies))
        self.tape = np.zeros(tape, np.uint8)
        self.back.prepare(self.tape)
        self.records = [Record(body.outs) for body in self.bodies]
        steps = self.order.size // max(1, self.place(self.per_epoch)[1]) * self.per_epoch
        steps = steps if self.width == 1 else 1  # of members, nothing is recorded
        self.outs = [self._bytes(steps * record.size) for record in self.records]
        self.data = np.array([t.ctypes.data for t in self.tables] or [0], np.uintp)
        # how many steps are done, the place in the epoch, the row, where to record
        self.counters = np.array([0, 0, 0, *[out.ctypes.data for out in self.outs]], np.int64)

    def _bytes(self, count: int) -> Any:
        return np.empty(max(1, count * self.width), np.uint8)

    @property
    def done(self) -> int:
        """As the machine code counted."""
        return int(self.counters[0])

    @property
    def memory(self) -> Any:
        """Of the state after the last finished step."""
        return self.memories[self.done % 2]

    def go(self, stop: int) -> bool:
        """One call."""
        memories = (*self.memories, self.given, self.tape, self.data, self.order, self.counters)
        pointers = [x.ctypes.data for x in memories]
        reached = self.run(*pointers, stop, self.full, self.per_epoch)
        self.back.finish(self.tape)
        return bool(reached < stop)

    def state(self) -> list[Any]:
        """From the memory."""
        return self.states.unpacked(self.memory)

    def recorded(self, k: int, count: int) -> list[Any]:
        """From the memory."""
        return [x.copy() for x in self.records[k].views(self.outs[k], count)]


class ByLanes(ByMachine):
    """Machine code: one call takes many steps of as many members as there are lanes."""

    width = LANES

    def state(self) -> list[Any]:
        """From the memory, with one more axis in front, of the lanes."""
        return self.states.lanes(self.memory, LANES)


RUNS: dict[str, type[Run]] = {"numpy": ByNumPy, "python": ByPython, "native": ByMachine}

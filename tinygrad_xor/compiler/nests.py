"""Nests of loops over arrays, and which variable is made in which.

What is computed for elements at the same place of arrays of one shape goes into one nest, so that
numbers in between need no memory.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_xor.compiler.elements import DTYPES, Elements, NotLoweredError
from tinygrad_xor.compiler.llvm import LONGEST
from tinygrad_xor.compiler.views import View
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step


@dataclass(eq=False)
class Read:
    """A number that a nest reads from memory, for each place of its shape."""

    view: View
    extra: int = 0

    def broadcast(self, shape: tuple[int, ...]) -> Read:
        """For each place of a larger shape."""
        return Read(self.view.broadcast(shape), self.extra)


@dataclass(eq=False)
class Sum:
    """A number that a call gives: of terms side by side, added or joined otherwise.

    Attributes:
        function: which joins two.
        views: of the first terms, one, or two whose products are added.
        steps: how far the terms are from each other.
        count: how many there are.
    """

    function: Any
    views: list[View]
    steps: list[int]
    count: int

    def broadcast(self, shape: tuple[int, ...]) -> Sum:
        """For each place of a larger shape."""
        views = [view.broadcast(shape) for view in self.views]
        return Sum(self.function, views, self.steps, self.count)


#: Computes a number of a nest, from what it reads.
Make = Callable[[Elements, list[Any]], Any]


@dataclass(eq=False)
class Nest:
    """Loops over a shape, or a call of NumPy's.

    Attributes:
        shape: of the loops.
        made: how each variable is computed, with the numbers it reads: a `Read`, a `Sum`, or a
            variable of this nest.
        stores: which variables are kept, and where.
        call: the step that NumPy takes, if it does; its operands, and where the result goes.
    """

    shape: tuple[int, ...]
    made: dict[int, tuple[Make, list[Any]]] = field(default_factory=dict)
    stores: list[tuple[int, View]] = field(default_factory=list)
    call: tuple[Step, dict[int, View], int, View | None] | None = None


@dataclass(eq=False)
class Ready:
    """Something to read, after so many nests."""

    source: Any
    after: int
    dtype: np.dtype[Any]


def itself(new: Elements, loaded: list[Any]) -> Any:
    """Of one number, that."""
    return loaded[0]


class Schedule:
    """The nests of a program on arrays, in the making.

    Args:
        program: on arrays, expanded.
        inputs: where each input lies.
        outputs: where each output goes.
        tape: so many bytes of memory are taken already.
    """

    def __init__(
        self, program: Program, inputs: list[View], outputs: list[View], tape: int
    ) -> None:
        self.program, self.tape = program, tape
        self.lines = program.lines
        self.nests: list[Nest] = []
        #: Where a variable lies, if it does, and the nest that makes it.
        self.views: dict[int, View] = dict(enumerate(inputs))
        self.home: dict[int, int] = dict.fromkeys(range(len(inputs)), -1)
        #: Arrays that are known.
        self.constants: list[Any] = []
        #: The nests that go over a shape, the first first, without those that are full.
        self._of_shape: dict[tuple[int, ...], list[int]] = {}
        #: Steps that are NumPy's work, and why.
        self.by_numpy: list[tuple[Step, str]] = []
        self.goes = {
            x.index: view
            for x, view in reversed([*zip(program.outputs, outputs, strict=True)])
            if type(x) is Variable and x.index >= len(inputs)
        }
        #: The shape and dtype of what no step of the program makes, such as copies.
        self._more: dict[int, tuple[tuple[int, ...], np.dtype[Any]]] = {}

    def dtype(self, index: int) -> Any:
        """Of a variable."""
        return self._more[index][1] if index in self._more else self.lines[index].dtype

    def shape(self, index: int) -> tuple[int, ...]:
        """Of a variable."""
        return self._more[index][0] if index in self._more else self.lines[index].shape or ()

    def put(self, index: int, shape: tuple[int, ...], make: Make, reads: list[Any]) -> None:
        """Compute a variable in the first nest that can."""
        first = 0
        for x in reads:
            if type(x) is int:
                fits = self._is_made_in_loops(x, shape)
                first = max(first, self.home[x] + (0 if fits else 1))
            else:
                first = max(first, x.after)
        same = self._of_shape.setdefault(shape, [])
        while same and len(self.nests[same[0]].made) >= LONGEST:
            same.pop(0)
        for i in same[bisect.bisect_left(same, first) :]:
            if len(self.nests[i].made) < LONGEST:
                break
        else:
            i = self._added(Nest(shape))
            same.append(i)
        nest = self.nests[i]
        sources: list[Any] = []
        for x in reads:
            if type(x) is not int:
                sources.append(x.source.broadcast(shape))
            elif self.home[x] == i and x in nest.made:
                sources.append(x)
            else:
                sources.append(Read(self.view(x).broadcast(shape)))
        nest.made[index] = make, sources
        self.home[index] = i

    def _is_made_in_loops(self, x: int, shape: tuple[int, ...]) -> bool:
        home = self.home[x]
        return home >= 0 and x in self.nests[home].made and self.nests[home].shape == shape

    def _added(self, nest: Nest) -> int:
        self.nests.append(nest)
        return len(self.nests) - 1

    def view(self, x: int) -> View:
        """Where a variable lies; from now on, if it lay nowhere."""
        if x not in self.views:
            shape, dtype = self.shape(x), self.dtype(x)
            view = self.goes.pop(x, None)
            if view is None:
                view = self.memory(shape, dtype)
            self.views[x] = view
            self.nests[self.home[x]].stores.append((x, view))
        return self.views[x]

    def memory(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> View:
        """A place for an array that is needed later."""
        view = View.rows("tape", self.tape, shape, dtype)
        self.tape += -(-math.prod(shape) * dtype.itemsize // 64) * 64
        return view

    def known(self, data: Any, step: Step) -> Any:
        """An array that is known, to be read."""
        if data.dtype not in DTYPES:
            raise NotLoweredError(step, f"a constant of dtype {data.dtype}")
        self.constants.append(np.ascontiguousarray(data))
        view = View.rows(f"@c{len(self.constants) - 1}", 0, data.shape, data.dtype)
        return Ready(Read(view), 0, data.dtype)

    def copied(self, x: int, view: View) -> int:
        """Write a variable to a place; the nest that does."""
        if self._is_made_in_loops(x, view.shape):
            self.nests[self.home[x]].stores.append((x, view))
            return self.home[x]
        copy = self.new(view.shape, view.dtype)
        self.put(copy, view.shape, itself, [x])
        self.nests[self.home[copy]].stores.append((copy, view))
        return self.home[copy]

    def new(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
        """A variable that no step of the program makes."""
        index = len(self.lines) + len(self._more)
        self._more[index] = shape, dtype
        return index

    def kept(self, x: Any, view: View) -> None:
        """Write an output to its place."""
        if type(x) is Variable:
            if x.index in self.views or x.index not in self.goes:
                if self.views.get(x.index) != view:
                    self.copied(x.index, view)
            else:
                self.view(x.index)
            return
        data = np.asarray(x.data if type(x) is Constant else x)
        index = self.new(data.shape, data.dtype)
        if data.shape:
            self.constants.append(np.ascontiguousarray(data))
            known = View.rows(f"@c{len(self.constants) - 1}", 0, data.shape, data.dtype)
            self.put(index, view.shape, itself, [Ready(Read(known), 0, data.dtype)])
        else:
            number = Constant(data[()]) if data.dtype == np.float32 else data.item()
            self.put(index, (), lambda new, loaded: number, [])
        self.nests[self.home[index]].stores.append((index, view))

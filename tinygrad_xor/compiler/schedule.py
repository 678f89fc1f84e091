"""Which variable of a program on arrays is made in which nest of loops.

What is computed for elements at the same place of arrays of one shape goes into one nest, so that
numbers in between need no memory.
"""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np

from tinygrad_xor.compiler.elements import DTYPES, NotLoweredError, number
from tinygrad_xor.compiler.llvm import LONGEST
from tinygrad_xor.compiler.nests import OWN, Make, Nest, Read, itself
from tinygrad_xor.compiler.views import View
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step


def is_one_number(x: Any) -> bool:
    """Whether all elements are the same bits."""
    flat = x.reshape(-1)
    return flat.size > 0 and flat.tobytes() == flat[:1].tobytes() * flat.size


class Schedule:
    """The nests of a program on arrays, in the making.

    Args:
        program: on arrays, expanded.
        inputs: where each input lies.
        outputs: where each output goes.
    """

    def __init__(self, program: Program, inputs: list[View], outputs: list[View]) -> None:
        self.program = program
        self._memories = 0
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
                sources.append(x.seen(lambda view: view.broadcast(shape)))
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
        self._memories += 1
        return View.rows(f"{OWN}{self._memories - 1}", 0, shape, dtype)

    def known(self, data: Any, step: Step) -> Any:
        """An array that is known, to be read."""
        if data.dtype not in DTYPES:
            raise NotLoweredError(step, f"a constant of dtype {data.dtype}")
        return self._constant(data)

    def _constant(self, data: Any) -> Read:
        self.constants.append(np.ascontiguousarray(data))
        view = View.rows(f"@c{len(self.constants) - 1}", 0, data.shape, data.dtype)
        return Read(view)

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
        if data.size and not is_one_number(data):
            self.put(index, view.shape, itself, [self._constant(data)])
        else:
            first = data.flat[0] if data.size else data.dtype.type(0)
            self.put(index, view.shape, lambda new, loaded: number(first), [])
        self.nests[self.home[index]].stores.append((index, view))

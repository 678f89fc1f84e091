"""Nests of loops over arrays: what they read, compute and write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tinygrad_xor.compiler.elements import Elements
from tinygrad_xor.compiler.views import View
from tinygrad_xor.program.step import Step

#: Arrays that only nests know have a memory each, whose name begins like this.
OWN = "m"
#: Computes a number of a nest, from what it reads.
Make = Callable[[Elements, list[Any]], Any]


@dataclass(eq=False)
class Read:
    """A number that a nest reads from memory, for each place of its shape.

    Attributes:
        view: where it is, but for so many bytes.
        extra: these.
        after: how many nests come before it can be read.
    """

    view: View
    extra: int = 0
    after: int = 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the number."""
        return self.view.dtype

    @property
    def views(self) -> list[View]:
        """Where it is."""
        return [self.view]

    def seen(self, change: Callable[[View], View]) -> Read:
        """The same of other views."""
        return replace(self, view=change(self.view))


@dataclass(eq=False)
class Sum:
    """A number that a call gives: of terms side by side, added or joined otherwise.

    Attributes:
        function: which joins two.
        views: of what the first term is computed from.
        steps: how far the others are from each other.
        count: how many terms there are.
        term: computes one.
        dtype: of the terms.
        after: how many nests come before it can be computed.
        whole: the array whose elements are the terms, if it is one.
        axes: along which it is summed.
        keepdims: whether these axes stay, with one element.
    """

    function: Any
    views: list[View]
    steps: list[int]
    count: int
    term: Make
    dtype: np.dtype[Any]
    after: int = 0
    whole: View | None = None
    axes: tuple[int, ...] = ()
    keepdims: bool = False

    def seen(self, change: Callable[[View], View]) -> Sum:
        """The same of other views."""
        return replace(self, views=[change(view) for view in self.views])


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

    @property
    def reads(self) -> list[View]:
        """What it reads from memory, as often as it does."""
        views = [
            v
            for _, reads in self.made.values()
            for x in reads
            if type(x) is not int
            for v in x.views
        ]
        return views if self.call is None else [*self.call[1].values()]

    @property
    def writes(self) -> list[View]:
        """What it writes."""
        if self.call is None:
            return [view for _, view in self.stores]
        return [self.call[3]] if self.call[3] else []

    def needed(self, results: Iterable[int]) -> list[int]:
        """What it computes for some of its variables, in its order."""
        needed: set[int] = set()
        waiting = [*results]
        while waiting:
            i = waiting.pop()
            if i not in needed:
                needed.add(i)
                waiting += [x for x in self.made[i][1] if type(x) is int]
        return [i for i in self.made if i in needed]

    def moved(self, change: Callable[[View], View] = lambda view: view) -> Nest:
        """The same in other places, or in the same: another object, which may be changed."""
        made = {
            i: (make, [x if type(x) is int else x.seen(change) for x in reads])
            for i, (make, reads) in self.made.items()
        }
        call = self.call
        if call is not None:
            step, operands, index, view = call
            operands = {i: change(v) for i, v in operands.items()}
            call = step, operands, index, None if view is None else change(view)
        return Nest(self.shape, made, [(i, change(v)) for i, v in self.stores], call)

    def __str__(self) -> str:
        given = ", ".join(dict.fromkeys(view.memory for view in self.reads))
        kept = ", ".join(dict.fromkeys(view.memory for view in self.writes))
        if self.call is not None:
            return f"{self.call[0].name} of {given}, to {kept}"
        numbers = "number" if len(self.made) == 1 else "numbers"
        return f"for each of {self.shape}: {len(self.made)} {numbers}, of {given}, to {kept}"


def itself(new: Elements, loaded: list[Any]) -> Any:
    """Of one number, that."""
    return loaded[0]

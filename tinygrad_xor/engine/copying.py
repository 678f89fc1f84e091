"""Copies and pickles of Values: whole graphs, with creation orders of their own.

The order in which Values were made means something in one process only, so it is not kept: a copy
is made anew, inputs before what was computed from them. A graph is written as one flat list, so
that it may be as deep as it likes.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from tinygrad_xor.engine.core import Value, newest_first
from tinygrad_xor.engine.numbers import tick
from tinygrad_xor.engine.sharing import SHARED


class Tape:
    """Some Values, and all that they were computed from, inputs first."""

    __slots__ = ("__weakref__", "elsewhere", "nodes", "places")

    def __init__(self, nodes: list[Value], elsewhere: dict[int, Tape] | None = None) -> None:
        self.nodes = nodes
        #: Where on the tape each of them is, by its id.
        self.places = {id(node): i for i, node in enumerate(nodes)}
        #: The inputs that are on other tapes, by their ids.
        self.elsewhere = elsewhere or {}

    def __reduce__(self) -> tuple[Callable[..., Tape], tuple[list[Any]]]:
        return _played, ([_row(node, self) for node in self.nodes],)


#: The tape that a Value is on, by its id, while a copy or pickle is made: two Values with a common
#: past are written with one past.
_tapes: WeakValueDictionary[int, Tape] = WeakValueDictionary()


class _At:
    """An input that is on a tape: on this one (None) or on another, and its place there."""

    __slots__ = ("place", "tape")

    def __init__(self, tape: Tape | None, place: int) -> None:
        self.tape = tape
        self.place = place

    def __reduce__(self) -> tuple[type[_At], tuple[Tape | None, int]]:
        return _At, (self.tape, self.place)


def _reduced(value: Value) -> tuple[Callable[[Tape, int], Value], tuple[Tape, int]]:
    """What pickle and copy.deepcopy ask for."""
    with SHARED:  # or another thread might meet half a tape
        tape = _tapes.get(id(value))
        if tape is None:
            known = [(v, _tapes.get(id(v))) for v in reversed(newest_first(value))]
            elsewhere = {id(v): other for v, other in known if other is not None}
            tape = Tape([v for v, other in known if other is None], elsewhere)
            for node in tape.nodes:
                _tapes[id(node)] = tape
    return _taken, (tape, tape.places[id(value)])


def _taken(tape: Tape, place: int) -> Value:
    return tape.nodes[place]


def _row(node: Value, tape: Tape) -> tuple[Any, ...]:
    inputs = []
    for x in node.inputs:
        if type(x) is not Value:
            inputs.append(x)
        elif id(x) in tape.places:
            inputs.append(_At(None, tape.places[id(x)]))
        else:
            other = tape.elsewhere[id(x)]
            inputs.append(_At(other, other.places[id(x)]))
    return node._primal, node._grad, node.label, node.primitive, node.params, inputs


def _played(rows: list[Any]) -> Tape:
    """The Values of a tape, made in their order."""
    nodes: list[Value] = []
    for primal, grad, label, primitive, params, inputs in rows:
        node: Value = Value.__new__(Value)
        # A leaf has an array of its own, which can be written into: not one in another's buffer.
        foreign = isinstance(primal, np.ndarray) and not primal.flags.writeable
        node._primal = primal.copy() if foreign and primitive is None else primal
        node._grad = grad
        node._order = tick()
        node.label = label
        node.primitive = primitive
        node.params = params
        node.inputs = tuple(
            [(x.tape.nodes if x.tape else nodes)[x.place] if type(x) is _At else x for x in inputs]
        )
        nodes.append(node)
    return Tape(nodes)


copyreg.pickle(Value, _reduced)

"""The picture before it is drawn: plain nodes and edges, which every writer reads.

`tinygrad_xor.viz.walk` makes it of a program; DOT, mermaid, JSON and text are written from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.language import say
from tinygrad_xor.program import Program
from tinygrad_xor.viz.chain_rule import Use, is_real_scalar
from tinygrad_xor.viz.formulas import formula, is_factor
from tinygrad_xor.viz.numbers import number

T = TypeVar("T")
KINDS = ("leaf", "parameter", "constant", "operation", "layer", "summary")


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the picture: a variable of the program, a constant, or a layer made one box.

    Attributes:
        name: unique in the picture, ``"v1"``: as the program calls it.
        kind: one of `KINDS`.
        data: a number or an array; ``None`` where there is none to show.
        label: as its owner called it.
        symbol: of the operation, ``"×"``; for a layer, what it does.
        operation: the name in the table of derivatives, ``"multiply"``.
        params: the parameters of the operation.
        gradient: shaped like `data`; ``None`` where none has arrived.
        is_output: whether it was asked for.
        scopes: the layers that it is in, outermost first.
        value: the Value, if there is one.
        called: in formulas and by `explain`: by its label, where that is short and no other node
            has it; a constant by its number, or as ``"c1"``.
        shape: also where there is no data; ``None`` where it is not known.
        dtype: the same.
    """

    name: str
    kind: str
    data: Any = None
    label: str | None = None
    symbol: str = ""
    operation: str | None = None
    params: Mapping[str, Any] | None = None
    gradient: Any = None
    is_output: bool = False
    scopes: tuple[str, ...] = ()
    value: Value | None = None
    called: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


@dataclass(frozen=True, eq=False)
class Edge:
    """From an input to what was computed from it.

    Attributes:
        tail: the input.
        head: what was computed from it.
        position: which argument it is, from 0.
        uses: the arguments on the way: one, or several where operations were folded; none where
            there is nothing to differentiate.
        called: what all Values of the picture are called; plain arrays by their use.
        local: gives the local derivatives of all edges of the picture.
        only_read: whether no gradient goes back along it, because the operation has no rule for it.
    """

    tail: Node
    head: Node
    position: int
    uses: tuple[Use, ...] = ()
    called: Mapping[Any, str] = field(default_factory=dict)
    local: Callable[[], Mapping[Use, float]] = dict
    only_read: bool = False

    @cached_property
    def number(self) -> float | None:
        """The local derivative ∂head/∂tail, where both are real scalars."""
        factors = [self.local().get(use) for use in self.uses]
        if not factors or None in factors:
            return None
        return float(np.prod(np.array(factors, dtype=float)))

    @cached_property
    def formula(self) -> str:
        """The local derivative as a formula; empty where there is none.

        Where there is more to the rule than a factor, what it hands back of a gradient called g.
        """
        factors = [self.rule(use, taken=self.called.values()) for use in self.uses]
        mask = f"0{say('graph.or')}1"
        if mask in factors:  # once is enough for a chain of maxima
            factors = [mask, *[f for f in factors if f != mask]]
        kept = [f for f in factors if f != "1"]
        return " · ".join(kept) if kept else "1" if factors else ""

    def rule(self, use: Use, gradient: str | None = None, taken: Iterable[str] = ()) -> str:
        """The rule of one argument, with the picture's names in it; see `formula`."""
        value, position = use
        names = [
            self.called.get(x if type(x) is Value else (value, i))
            for i, x in enumerate(value.inputs)
        ]
        result = None if value.label is None else self.called.get(value)
        return formula(value, position, gradient, names, result, tuple(taken))

    @property
    def is_factor(self) -> bool:
        """Whether the label is a local derivative, of each number by its own."""
        return bool(self.uses) and all(is_factor(*use) for use in self.uses)

    @property
    def label(self) -> str:
        """What stands on the arrow: the number, if there is one, else the formula."""
        return self.formula if self.number is None else number(self.number)

    @property
    def flow(self) -> float | None:
        """What the edge adds to the gradient of the tail: the head's gradient × `number`."""
        if self.number is None or not is_real_scalar(self.head.gradient):
            return None
        with np.errstate(all="ignore"):
            return float(self.head.gradient) * self.number


@dataclass(frozen=True, eq=False)
class Graph:
    """All nodes, inputs before what was computed from them, and all edges.

    Attributes:
        nodes: in the order of computation; constants last.
        edges: in the order of their heads, and of the arguments.
        message: why this is a summary and not the whole graph; ``None`` if it is whole.
        program: what is drawn; ``None`` for a network without data.
    """

    nodes: list[Node]
    edges: list[Edge]
    message: str | None = None
    program: Program | None = None

    @property
    def ends(self) -> list[Node]:
        """The nodes that were asked for."""
        return [node for node in self.nodes if node.is_output]

    @cached_property
    def incoming(self) -> dict[Node, list[Edge]]:
        """The edges to each node that has some."""
        found: dict[Node, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.head, []).append(edge)
        return found


def layers_within(
    nodes: list[Node], within: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[Node]]]:
    """The layers directly inside of one: the path of names to each, and all nodes in it."""
    depth = len(within) + 1
    paths = dict.fromkeys(n.scopes[:depth] for n in nodes if len(n.scopes) >= depth)
    for path in (path for path in paths if path[:-1] == within):
        yield path, [node for node in nodes if node.scopes[:depth] == path]


def columns(edges: Iterable[tuple[T, T]]) -> dict[T, int]:
    """The column of each node, from its inputs on, if it stands as far to the left as it can.

    What has no inputs stands beside the first operation that uses it.

    Args:
        edges: pairs of a tail and a head, in the order of the heads' computation.

    >>> columns([("x", "y"), ("y", "z"), ("w", "z")])
    {'y': 1, 'z': 2, 'x': 0, 'w': 1}
    """
    edges = list(edges)
    column: dict[T, int] = {}
    for tail, head in edges:
        column[head] = max(column.get(head, 0), column.get(tail, 0) + 1)
    for tail, head in sorted(edges, key=lambda edge: column[edge[1]]):
        column.setdefault(tail, column[head] - 1)
    return column

"""The picture before it is drawn: plain nodes and edges, which every writer reads.

`tinygrad_xor.viz.walk` makes it of Values; DOT, mermaid, JSON and text are written from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.language import say
from tinygrad_xor.viz.formulas import formula
from tinygrad_xor.viz.local import is_real_scalar, local_number

KINDS = ("leaf", "parameter", "constant", "operation", "layer", "summary")


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the picture: a Value, a plain number or array, or a layer made one box.

    Attributes:
        name: unique in the picture, ``"v1"``.
        kind: one of `KINDS`.
        data: a number or an array; ``None`` where there is none to show.
        label: as its owner called it.
        symbol: of the operation, ``"×"``; for a layer, what it does.
        operation: the name in the table of derivatives, ``"multiply"``.
        params: the parameters of the operation.
        gradient: shaped like `data`; ``None`` where none has arrived.
        is_output: whether it was asked for.
        scopes: the layers that it is in, outermost first.
        value: the Value, if it stands for one.
    """

    name: str
    kind: str
    data: Any
    label: str | None = None
    symbol: str = ""
    operation: str | None = None
    params: dict[str, Any] | None = None
    gradient: Any = None
    is_output: bool = False
    scopes: tuple[str, ...] = ()
    value: Value | None = None


@dataclass(frozen=True, eq=False)
class Edge:
    """From an input to what was computed from it.

    Attributes:
        tail: the input.
        head: what was computed from it.
        position: which argument it is, from 0.
        steps: the operations on the way, as pairs of a result and an argument's position: one, or
            several where operations were folded; none where there is nothing to differentiate.
        labels: of all nodes in the picture: the formula calls no nameless input like one of them.
        only_read: whether no gradient goes back along it, because the operation has no rule for it.
    """

    tail: Node
    head: Node
    position: int
    steps: tuple[tuple[Value, int], ...] = ()
    labels: frozenset[str] = frozenset()
    only_read: bool = False

    @cached_property
    def number(self) -> float | None:
        """The local derivative ∂head/∂tail, where both are real scalars."""
        factors = [local_number(value, position) for value, position in self.steps]
        if not factors or None in factors:
            return None
        return float(np.prod(np.array(factors, dtype=float)))

    @cached_property
    def formula(self) -> str:
        """The local derivative as a formula; empty where there is none."""
        factors = [formula(v, position, taken=self.labels) for v, position in self.steps]
        mask = f"0{say('graph.or')}1"
        if mask in factors:  # once is enough for a chain of maxima
            factors = [mask, *[f for f in factors if f != mask]]
        kept = [f for f in factors if f != "1"]
        return " · ".join(kept) if kept else "1" if factors else ""

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
    """

    nodes: list[Node]
    edges: list[Edge]
    message: str | None = None

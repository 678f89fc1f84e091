"""The forward and the backward pass, number by number, as the engine's own rules compute them.

The graph is that of pictures, with one node for each operation, or for each name: then the
operations of a line of code are one node, and its local derivatives are what the rules give along
the paths within it.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Collection
from typing import Any

import numpy as np

from tinygrad_xor.engine import Primitive, Value
from tinygrad_xor.program.precedence import ATOM, Text
from tinygrad_xor.viz.chain_rule import filled, handed_back
from tinygrad_xor.viz.formulas import MAX_NAME
from tinygrad_xor.viz.graph import Edge, Graph, Node
from tinygrad_xor.viz.infix import SPELLED, word, written
from tinygrad_xor.viz.numbers import number
from tinygrad_xor.viz.sources import source_of
from tinygrad_xor.viz.walk import walk

#: Letters that stand for nodes in formulas, until the page puts in names or numbers.
_FIRST_PLACE = 0xE000


class SteppedGraph:
    """The picture's nodes and edges, and the numbers of one pass over them.

    Args:
        output: the scalar at the end.
        by_name: whether what has no name is part of the node that it leads to, as in lines of code.
        without_gradient: leaves that no step goes back to, such as the targets.
        learned: leaves that training changes.

    Raises:
        ValueError: if something computed on the way, or the output, is not a single number.

    >>> x = Value(3.0, label="x")
    >>> graph = SteppedGraph(x * x)
    >>> [(step["local"], step["sum"]) for step in graph.backward_steps()]
    [(3.0, 3.0), (3.0, 6.0)]
    """

    def __init__(
        self,
        output: Value,
        by_name: bool = False,
        without_gradient: Collection[Value] = (),
        learned: Collection[Value] = (),
    ) -> None:
        self.graph: Graph = walk([output], parameters=learned)
        computed = {n: i for i, n in enumerate(self.graph.nodes) if n.kind != "constant"}
        #: The named node that each node leads to, or is.
        self.named = {node: node for node in computed}
        for node in reversed([*computed]):
            for edge in self.graph.incoming.get(node, []):
                if edge.tail.operation and not edge.tail.label:
                    self.named[edge.tail] = self.named[node]
        groups: dict[Node, list[Node]] = {}
        for node in computed:
            groups.setdefault(self.named[node] if by_name else node, []).append(node)
        #: The operations of each node, inputs first; the last is the one that others use.
        self.groups = sorted(groups.values(), key=lambda group: computed[group[-1]])
        for end in (group[-1] for group in self.groups):
            if np.size(end.data) != 1:
                raise ValueError(
                    f"the explorer steps through single numbers, but {end.label or 'a Value'}"
                    f" has shape {end.shape}: write it with scalars, or draw() it"
                )
        self._place = {node: i for i, group in enumerate(self.groups) for node in group}
        constant = set(without_gradient)
        self._constant = {i for node, i in self._place.items() if node.value in constant}
        #: For each edge of the page those of the graph: one, or all that leave a line for a node.
        self._arrows: list[list[Edge]] = []
        for i, group in enumerate(self.groups):
            edges = [e for node in group for e in self.graph.incoming.get(node, [])]
            arrows: dict[Any, list[Edge]] = {}
            for edge in edges:
                if self._place.get(edge.tail, i) != i:
                    arrows.setdefault(edge if len(group) == 1 else edge.tail, []).append(edge)
            self._arrows += arrows.values()
        #: For each edge its tail and its head, in the order of the head's inputs.
        self.edges = [(self._place[a[0].tail], self._place[a[0].head]) for a in self._arrows]

    def nodes(self) -> list[dict[str, Any]]:
        """What each node is: its name, its kind, its operations, its formula."""
        return [self._node(group) for group in self.groups]

    def _node(self, group: list[Node]) -> dict[str, Any]:
        end = group[-1]
        return {
            "label": end.label if end.label and len(end.label) > MAX_NAME else end.called,
            "symbol": end.symbol,
            "kind": "leaf" if end.operation is None else "inner",
            "learned": end.kind == "parameter",
            "operations": list(dict.fromkeys(n.operation for n in group if n.operation)),
            "formula": self._formula(group),
        }

    def values(self) -> list[float]:
        """The number of each node."""
        return [_float(group[-1].data) for group in self.groups]

    def backward_steps(self) -> list[dict[str, Any]]:
        """The steps back, edge by edge: the gradient that comes in, times the local derivative.

        Each is ``{"edge", "incoming", "local", "contribution", "sum"}``; the sum is the gradient
        that has come together at the edge's tail so far.
        """
        groups = [_values(group) for group in self.groups]
        local = handed_back({group: filled(group[-1], 1.0) for group in groups if group[-1].inputs})
        gradients: dict[int, float] = {len(groups) - 1: 1.0}
        steps = []
        for i in sorted(range(len(self.edges)), key=lambda i: -self.edges[i][1]):
            tail, head = self.edges[i]
            uses = [edge.uses[0] for edge in self._arrows[i] if edge.uses]
            uses = [use for use in uses if use in local]
            if head not in gradients or not uses or tail in self._constant:
                continue
            one, incoming = sum(_float(local[use]) for use in uses), gradients[head]
            part = incoming * one
            if not np.isfinite(part):  # a rule may know better than the product
                end = groups[head][-1]
                shares = handed_back({groups[head]: filled(end, incoming)}, uses)
                part = sum(_float(shares[use]) for use in uses)
            gradients[tail] = gradients[tail] + part if tail in gradients else part
            numbers = {"incoming": incoming, "local": one, "contribution": part}
            steps.append({"edge": i, **numbers, "sum": gradients[tail]})
        return steps

    def _formula(self, group: list[Node]) -> list[str | int]:
        """The formula as a row of texts and of the nodes whose names or numbers go between."""
        texts: dict[Node, Text] = {}
        for node in group:
            parts = []
            for edge in self.graph.incoming.get(node, []):
                if edge.tail.kind == "constant":
                    data = np.ravel(edge.tail.data)
                    parts.append(
                        word(number(data[0].item()) if data.size == 1 else edge.tail.called)
                    )
                else:
                    place = chr(_FIRST_PLACE + self._place[edge.tail])
                    parts.append(texts.get(edge.tail, (place, ATOM)))
            if parts:
                is_one = node.operation == "mean" and len(parts) == 1  # a mean of one number
                name, symbol = str(node.operation), node.symbol
                texts[node] = parts[0] if is_one else written(name, parts, symbol, "", SPELLED)
        pieces = re.split("([\ue000-\uf8ff])", texts[group[-1]][0]) if texts else []
        return [ord(x) - _FIRST_PLACE if x[0] >= chr(_FIRST_PLACE) else x for x in pieces if x]


def rules(graph: SteppedGraph) -> dict[str, list[str]]:
    """For each operation in the graph, where in the table its rules stand, and their lines."""
    found: dict[str, list[str]] = {}
    for value in (value for group in graph.groups for value in _values(group)):
        if value.primitive is not None and value.primitive.name not in found:
            found[value.primitive.name] = _source(value.primitive)
    return found


def _source(primitive: Primitive) -> list[str]:
    out = []
    for _, given in zip(range(2), primitive.rules, strict=False):
        rule = inspect.unwrap(given) if given is not None else None
        if code := getattr(rule, "__code__", None):
            said = linecache.getline(code.co_filename, code.co_firstlineno).strip()
            lines = [line.strip() for line in source_of(rule).splitlines()]
            if said.startswith(("def ", "@")):  # what it returns says more than its name
                said = "; ".join(line for line in lines if line.startswith("return"))
            elif said.startswith("lambda"):
                said = " ".join(lines).replace("( ", "(").replace(" )", ")") or said
            place = f"{rule.__module__.replace('.', '/')}.py:{code.co_firstlineno}"
            out.append(f"{place}  {said}")
    return list(dict.fromkeys(out))


def _values(group: list[Node]) -> tuple[Value, ...]:
    return tuple([node.value for node in group if node.value is not None])


def _float(x: Any) -> float:
    return float(np.ravel(x)[0])

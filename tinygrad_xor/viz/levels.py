"""Levels of detail: chains of one operation as one node, layers as boxes, and the summary."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.language import say
from tinygrad_xor.viz.graph import Edge, Graph, Node

#: Operations whose chains mean the same in any order: ``a + b + c``.
_CHAINS = ("add", "multiply", "maximum", "minimum")
#: How many symbols a layer's box names.
_MAX_SYMBOLS = 5


def folded(graph: Graph) -> Graph:
    """The graph with chains such as ``a + b + c + d`` made one node of four inputs.

    Results in between that have a label, are outputs, or are used elsewhere stay nodes of their
    own. The local derivative of an edge is then the product along the chain.

    >>> from tinygrad_xor import Value
    >>> from tinygrad_xor.viz.walk import walk
    >>> a, b, c = (Value(float(i), label) for i, label in enumerate("abc"))
    >>> len(walk([a + b + c]).nodes), len(folded(walk([a + b + c])).nodes)
    (5, 4)
    """
    outgoing: dict[Node, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        outgoing[edge.tail].append(edge)
    inner = {node for node in graph.nodes if _is_link(node, outgoing[node])}
    edges: list[Edge] = []
    for head in graph.nodes:
        if head in inner:
            continue
        waiting = graph.incoming.get(head, [])[::-1]
        position = 0
        while waiting:  # first argument first, and no recursion: chains may be long
            edge = waiting.pop()
            if edge.tail in inner:
                for e in reversed(graph.incoming[edge.tail]):
                    waiting.append(replace(e, head=head, uses=e.uses and e.uses + edge.uses))
            else:
                edges.append(replace(edge, position=position))
                position += 1
    return replace(graph, nodes=[n for n in graph.nodes if n not in inner], edges=edges)


def _is_link(node: Node, uses: list[Edge]) -> bool:
    """Whether `node` is only a step of the operation of its single user."""
    if node.operation not in _CHAINS or node.label or node.is_output or len(uses) != 1:
        return False
    user = uses[0].head
    return (
        user.operation == node.operation and user.scopes == node.scopes and user.shape == node.shape
    )


def collapsed(graph: Graph, layers: Collection[str] | bool = True) -> Graph:
    """The graph with layers made one box each: all of them, or those that are named.

    Raises:
        ValueError: if a name is not one of a layer in the graph.
    """
    known = {name for node in graph.nodes for name in node.scopes}
    chosen = known if isinstance(layers, bool) else set(layers)
    known |= {_layer_of(name) for name in known}
    if chosen - known:
        raise ValueError(
            f"no layer is called {', '.join(sorted(chosen - known))}: there are "
            f"{', '.join(sorted(known)) or 'none, as nothing was recorded with origins()'}"
        )
    members: dict[tuple[str, ...], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if (box := _box(node, chosen)) is not None:
            members[box].append(node)
    boxes = {
        box: _layer(f"layer{count}", box, nodes)
        for count, (box, nodes) in enumerate(members.items(), start=1)
    }
    shown = {node: boxes[box] for box, nodes in members.items() for node in nodes}
    # A layer stands where the last of it was computed: after its inputs, before its users.
    kept = [node for node in graph.nodes if node not in shown or node.kind != "constant"]
    nodes = list(dict.fromkeys(shown.get(node, node) for node in reversed(kept)))[::-1]
    called = {node.value: node.called for node in boxes.values()}
    edges: dict[Any, Edge] = {}
    for edge in graph.edges:
        tail, head = shown.get(edge.tail, edge.tail), shown.get(edge.head, edge.head)
        if tail is not head:
            uses = edge.uses if head is edge.head else ()
            which = edge if uses else (tail, head)  # one arrow, whatever goes from box to box
            names = {**edge.called, **called} if called else edge.called
            edges[which] = replace(edge, tail=tail, head=head, uses=uses, called=names)
    return replace(graph, nodes=nodes, edges=list(edges.values()))


def _box(node: Node, chosen: Collection[str]) -> tuple[str, ...] | None:
    """The layer that `node` is in; ``∂dense_1`` for what goes back through ``dense_1``."""
    for depth, name in enumerate(node.scopes, start=1):
        if name in chosen or _layer_of(name) in chosen:
            is_back = not name.startswith("∂") and any(s[0] == "∂" for s in node.scopes[depth:])
            return (*node.scopes[: depth - 1], "∂" + name if is_back else name)
    return None


def _layer_of(call: str) -> str:
    """The layer whose second call is ``"dense_1#2"``."""
    return re.sub(r"#\d+$", "", call)


def _layer(name: str, box: tuple[str, ...], members: list[Node]) -> Node:
    """One node for a layer: it shows the last thing that was computed there."""
    made = [node for node in members if node.kind == "operation"]
    symbols = [node.symbol for node in made]
    if len(symbols) > _MAX_SYMBOLS:
        symbols = [*symbols[: _MAX_SYMBOLS - 2], "…", symbols[-1]]
    size = sum(int(np.size(node.data)) for node in members if node.kind == "parameter")
    last = made[-1] if made else members[-1]
    return replace(
        last,
        name=name,
        kind="layer",
        label=box[-1],
        symbol=" → ".join(symbols),
        operation=None,
        params={"parameters": size} if size else None,
        is_output=any(node.is_output for node in members),
        scopes=box[:-1],
        called=box[-1],
    )


def summarised(graph: Graph, message: str) -> Graph:
    """The outputs, and one box in place of all that they were computed from."""
    ends = [replace(n, scopes=()) for n in graph.nodes if n.is_output][:8]
    box = Node("summary", "summary", label=counted(graph))
    edges = [Edge(box, end, 0) for end in ends]
    return Graph([box, *ends], edges, message, graph.program)


def counted(graph: Graph) -> str:
    """How many nodes of each kind there are, the most frequent operations first.

    >>> from tinygrad_xor import Value
    >>> from tinygrad_xor.viz.walk import walk
    >>> x = Value(2.0)
    >>> counted(walk([x * x * x]))
    '2 × · 1 leaf'
    """
    symbols = Counter(node.symbol for node in graph.nodes if node.kind == "operation")
    kinds = Counter(node.kind for node in graph.nodes if node.kind != "operation")
    parts = [f"{n} {symbol}" for symbol, n in symbols.most_common(6)]
    if (rest := symbols.total() - sum(n for _, n in symbols.most_common(6))) > 0:
        parts.append(f"{rest} …")
    for kind, n in kinds.items():
        parts.append(say(f"graph.counted_{kind}", n=n))
    return " · ".join(parts)

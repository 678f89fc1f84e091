"""The compute graph as a picture: every Value with its operation, its data and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinygrad_xor.engine import Value, newest_first
from tinygrad_xor.viz.card import card
from tinygrad_xor.viz.colours import FAINT, INK, LEAF, LINE, PAPER, GradientScale
from tinygrad_xor.viz.numbers import printable

if TYPE_CHECKING:
    import graphviz

#: More nodes than this take Graphviz minutes, and nobody could read them.
MAX_NODES = 1000
#: An arrow takes as long to lay out as the columns it passes: a weight that each of 100 steps uses
#: takes longer than 1000 nodes with one use each.
COLUMNS_PER_NODE = 6
DIRECTIONS = ("LR", "RL", "TB", "BT")

_FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
#: Edges arrive in the order of the arguments: x above y in x - y.
_GRAPH = {"ordering": "in", "bgcolor": PAPER, "fontname": _FONT}
_GRAPH |= {"pad": "0.25", "nodesep": "0.22", "ranksep": "0.42"}
#: Without a limit, the last pixels of a long graph's layout take most of the time.
_GRAPH |= {"nslimit": "2"}
_NODE = {"shape": "box", "margin": "0.05,0.03", "height": "0.3", "width": "0.3", "fontsize": "11"}
_NODE |= {"fontname": _FONT, "fontcolor": INK, "color": LINE, "fillcolor": PAPER, "style": "filled"}
_EDGE = {"color": LINE, "arrowsize": "0.6", "penwidth": "1.1", "fontname": _FONT, "fontsize": "9"}

#: How the kinds of node differ, apart from their colour: by corners, frame and thickness.
_STYLES = {
    "leaf": {"style": "filled,rounded", "fillcolor": LEAF, "color": INK, "penwidth": "1.6"},
    "constant": {"style": "dashed", "fontcolor": FAINT},
    "inner": {},
}
#: A heavy edge is drawn straight: what is computed runs in a line, leaves join it from the side.
_EDGES = {"leaf": {}, "constant": {"style": "dashed"}, "inner": {"weight": "4"}}
_OUTPUT = {"peripheries": "2", "color": INK}


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the picture: a Value, or a plain number or array that an operation was given."""

    name: str
    kind: str
    content: Any
    is_output: bool = False


@dataclass(frozen=True, eq=False)
class Edge:
    """From an input to the Value computed from it; `position` is which argument it is."""

    tail: Node
    head: Node
    position: int


def draw(*outputs: Value, direction: str = "LR", max_nodes: int = MAX_NODES) -> graphviz.Digraph:
    """Draw everything that `outputs` were computed from.

    A card shows the label, the operation and the shape, then the data and, after ``backward()``,
    the gradient, coloured blue above zero and orange below, the stronger the larger. Leaves have
    round corners and a thick frame, constants a dashed frame, outputs a double one.

    Args:
        outputs: the Values at the end of the graph.
        direction: where the arrows point: ``"LR"``, left to right, ``"TB"``, top to bottom,
            ``"RL"`` or ``"BT"``.
        max_nodes: how many nodes to draw at most; with many more, Graphviz takes minutes.

    Returns:
        A ``graphviz.Digraph``: notebooks show it, ``.source`` is its DOT text, and
        `tinygrad_xor.viz.render` makes a file of that.

    Raises:
        TypeError: if an output is not a Value.
        ValueError: if there are no outputs, the direction is unknown, the graph has more than
            `max_nodes` nodes or arrows too long for them, or a leaf's data was changed after it
            was used.

    >>> x = Value(2.0, label="x")
    >>> y = x * 3.0
    >>> y.backward()
    >>> print(*(line.strip() for line in draw(y).source.splitlines() if "->" in line), sep=", ")
    v1 -> v2, v2_1 -> v2 [style=dashed]
    """
    import graphviz

    if direction not in DIRECTIONS:
        raise ValueError(f"unknown direction {direction!r}: there are {', '.join(DIRECTIONS)}")
    nodes, edges = walk(outputs)
    if len(nodes) > max_nodes:
        raise ValueError(
            f"the graph has {len(nodes)} nodes, more than the {max_nodes} that can be drawn and "
            "read: draw an inner value, or a graph of fewer examples"
        )
    columns = columns_passed(edges)
    if columns > COLUMNS_PER_NODE * max_nodes:
        raise ValueError(
            f"the arrows of the graph pass {columns} columns of nodes, more than the "
            f"{COLUMNS_PER_NODE * max_nodes} that can be drawn and read: draw an inner value, or a "
            "graph of fewer steps or examples"
        )
    dot = graphviz.Digraph(
        "compute graph",
        graph_attr={"rankdir": direction, **_GRAPH},
        node_attr=_NODE,
        edge_attr=_EDGE,
    )
    values = [node.content for node in nodes if node.kind != "constant"]
    scale = GradientScale.of(v.grad for v in values if v.has_grad)
    for node in nodes:
        dot.node(node.name, **_attributes(node, scale))
    for edge in edges:
        dot.edge(edge.tail.name, edge.head.name, **_EDGES[edge.tail.kind])
    return dot


def walk(outputs: tuple[Value, ...]) -> tuple[list[Node], list[Edge]]:
    """The nodes of the picture, inputs before what was computed from them, and its edges.

    Names are counted from ``v1`` in each picture, so that the same graph gives the same DOT text.

    Raises:
        TypeError: if an output is not a Value.
        ValueError: if there are no outputs, or a leaf's data was changed after it was used.
    """
    if not outputs:
        raise ValueError("draw() needs one Value or more to draw")
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"draw() draws Values, not {type(output).__name__}: {output!r}")
    ends = set(outputs)  # as `in` a tuple would compare arrays
    nodes: dict[Value, Node] = {}
    constants: list[Node] = []
    edges: list[Edge] = []
    for count, value in enumerate(reversed(newest_first(*outputs)), start=1):
        kind = "leaf" if value.primitive is None else "inner"
        node = nodes[value] = Node(f"v{count}", kind, value, is_output=value in ends)
        for position, x in enumerate(value.inputs):
            if isinstance(x, Value):
                edges.append(Edge(nodes[x], node, position))
            else:
                constants.append(Node(f"{node.name}_{position}", "constant", x))
                edges.append(Edge(constants[-1], node, position))
    return [*nodes.values(), *constants], edges


def columns_passed(edges: list[Edge]) -> int:
    """How many columns the arrows cross in all, if each node stands as far to the left as it can.

    Leaves and constants stand beside the first operation that uses them.

    Args:
        edges: as from `walk`, inputs before what was computed from them.
    """
    column: dict[Node, int] = {}
    for edge in edges:
        column[edge.head] = max(column.get(edge.head, 0), column.get(edge.tail, 0) + 1)
    for edge in sorted(edges, key=lambda edge: column[edge.head]):
        column.setdefault(edge.tail, column[edge.head] - 1)
    return sum(column[edge.head] - column[edge.tail] for edge in edges)


def _attributes(node: Node, scale: GradientScale) -> dict[str, str]:
    import graphviz

    if node.kind == "constant":
        label = card(None, "", None, node.content, None, scale)
        return {"label": label, "tooltip": "constant", **_STYLES["constant"]}
    value = node.content
    operation = value.primitive.symbol if value.primitive else ""
    gradient = value.grad if value.has_grad else None
    what = value.primitive.name if value.primitive else "leaf"
    tooltip = f"{value.label}: {what}" if value.label else what
    return {
        "label": card(value.label, operation, value.params, value.data, gradient, scale),
        "tooltip": graphviz.escape(printable(tooltip)),
        **_STYLES[node.kind],
        **(_OUTPUT if node.is_output else {}),
    }

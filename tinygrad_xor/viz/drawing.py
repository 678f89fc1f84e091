"""The picture as a Graphviz graph: cards joined by arrows, layers as frames, and a legend."""

from __future__ import annotations

from typing import Any

import graphviz

from tinygrad_xor.language import say, speaking
from tinygrad_xor.viz.card import card
from tinygrad_xor.viz.colours import LIGHT, GradientScale, Theme
from tinygrad_xor.viz.legend import legend_of
from tinygrad_xor.viz.mermaid import to_mermaid
from tinygrad_xor.viz.model import Edge, Graph, Node
from tinygrad_xor.viz.numbers import number, printable, text
from tinygrad_xor.viz.render import picture
from tinygrad_xor.viz.schema import to_json

#: In larger graphs arrows have their derivative in the tooltip only: each label is laid out too.
MAX_LABELLED = 150
#: Longer formulas are cut on the arrow, and whole in its tooltip.
MAX_ON_ARROW = 30

_FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
#: Without a limit (nslimit), the last pixels of a long graph's layout take most of the time.
#: Edges arrive in the order of the arguments: x above y in x - y.
_GRAPH = {"ordering": "in", "fontname": _FONT, "fontsize": "10", "pad": "0.25", "nslimit": "2"}
_GRAPH |= {"nodesep": "0.22", "ranksep": "0.42", "labelloc": "b", "labeljust": "l"}
_NODE = {"shape": "box", "margin": "0.05,0.03", "height": "0.3", "width": "0.3", "fontsize": "11"}
_NODE |= {"fontname": _FONT, "style": "filled"}
_EDGE = {"arrowsize": "0.6", "penwidth": "1.1", "fontname": _FONT, "fontsize": "9"}
#: A heavy edge is drawn straight: what is computed runs in a line, leaves join it from the side.
_WEIGHTS = {"operation": {"weight": "4"}, "layer": {"weight": "4"}, "constant": {"style": "dashed"}}

_NO_GRAPHVIZ = (
    'No Graphviz was found to draw this: pip install "tinygrad-xor[viz]", or Graphviz from your '
    "system. Its DOT text:"
)


class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A ``graphviz.Digraph`` of a compute graph, which other tools can have as well.

    Attributes:
        graph: what is drawn, as plain nodes and edges.
        direction: where the arrows point.
    """

    graph = Graph([], [])
    direction = "LR"
    _scale = GradientScale(0.0)
    _labelled = True

    @classmethod
    def of(
        cls,
        graph: Graph,
        direction: str = "LR",
        theme: Theme = LIGHT,
        lang: str = "en",
        legend: bool = True,
    ) -> Drawing:
        """The drawing of `graph`.

        Args:
            graph: from `tinygrad_xor.viz.walk.walk`.
            direction: where the arrows point: ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``.
            theme: the colours.
            lang: of the words, ``"en"`` or ``"ru"``.
            legend: whether to say below what is what.
        """
        colours = {"bgcolor": theme.paper, "fontcolor": theme.faint, "color": theme.line}
        card_colours = {"fontcolor": theme.ink, "color": theme.line, "fillcolor": theme.paper}
        made = cls(
            "compute graph",
            graph_attr={"rankdir": direction, **_GRAPH, **colours},
            node_attr={**_NODE, **card_colours},
            edge_attr={**_EDGE, "color": theme.line, "fontcolor": theme.ink},
        )
        made.graph, made.direction = graph, direction
        gradients = [node.gradient for node in graph.nodes if node.gradient is not None]
        made._scale = GradientScale.of(gradients, theme)
        made._labelled = len(graph.nodes) <= MAX_LABELLED
        with speaking(lang):
            made._add_nodes(made, graph.nodes, ())
            for edge in graph.edges:
                made.edge(edge.tail.name, edge.head.name, **made._edge_attributes(edge))
            if legend:
                made.graph_attr["label"] = legend_of(graph, made._scale)
        return made

    def copy(self) -> Drawing:
        """Another drawing of the same graph, to change on its own."""
        twin: Drawing = super().copy()
        twin.graph, twin.direction = self.graph, self.direction
        return twin

    def to_dot(self) -> str:
        """The DOT text, the same as ``source``."""
        return str(self.source)

    def to_mermaid(self) -> str:
        """The text of a mermaid flowchart."""
        return to_mermaid(self.graph, self.direction)

    def to_json(self, indent: int | None = None) -> str:
        """The JSON text; `tinygrad_xor.viz.schema` describes it."""
        return to_json(self.graph, indent)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> Any:
        """What notebooks show: SVG, and without any Graphviz the DOT text and a sentence."""
        drawn = picture(self.source, "svg")
        if drawn is None:
            return {"text/plain": f"{_NO_GRAPHVIZ}\n{self.source}"}
        return {"image/svg+xml": drawn.decode(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.graph.nodes)} nodes>"

    def _add_nodes(self, dot: Any, nodes: list[Node], within: tuple[str, ...]) -> None:
        """The nodes of a layer, and the layers inside it as frames around theirs."""
        depth = len(within)
        for node in nodes:
            if node.scopes == within:
                dot.node(node.name, **self._node_attributes(node))
        inside = [n.scopes[: depth + 1] for n in nodes if len(n.scopes) > depth]
        for path in dict.fromkeys(p for p in inside if p[:depth] == within):
            members = [node for node in nodes if node.scopes[: depth + 1] == path]
            cluster = graphviz.Digraph("cluster_" + "/".join(path).encode("utf-8", "replace").hex())
            cluster.attr(label=f"<{text(path[-1])}>", labelloc="t", style="rounded")
            self._add_nodes(cluster, members, path)
            dot.subgraph(cluster)

    def _node_attributes(self, node: Node) -> dict[str, str]:
        theme = self._scale.theme
        what = node.operation or say(f"graph.{node.kind}")
        tooltip = f"{node.label}: {what}" if node.label else what
        #: How the kinds differ, apart from their colour: by corners, frame and thickness.
        styles: dict[str, dict[str, str]] = {
            "leaf": {"style": "filled,rounded", "fillcolor": theme.leaf, "color": theme.ink},
            "parameter": {"style": "filled,rounded", "fillcolor": theme.leaf, "color": theme.ink},
            "constant": {"style": "dashed", "fontcolor": theme.faint},
            "layer": {"style": "filled", "fillcolor": theme.leaf, "shape": "box3d"},
            "summary": {"style": "dashed"},
        }
        widths = {"leaf": "1.6", "parameter": "2.6"}
        return {
            "label": card(node, self._scale),
            "tooltip": graphviz.escape(printable(tooltip)),
            **styles.get(node.kind, {}),
            **({"penwidth": widths[node.kind]} if node.kind in widths else {}),
            **({"peripheries": "2", "color": theme.ink} if node.is_output else {}),
        }

    def _edge_attributes(self, edge: Edge) -> dict[str, str]:
        attributes = dict(_WEIGHTS.get(edge.tail.kind, {}))
        if not edge.steps:
            return attributes | ({"style": "dashed"} if edge.only_read else {})
        shown = edge.formula if edge.number is None else number(edge.number)
        if self._labelled:
            cut = shown if len(shown) <= MAX_ON_ARROW else shown[: MAX_ON_ARROW - 1] + "…"
            attributes["label"] = f"<&nbsp;{text(cut)}&nbsp;>"
        same = edge.number is None or edge.formula == shown
        tooltip = shown if same else f"{edge.formula} = {shown}"
        flow = edge.flow
        if flow is not None:
            tooltip += f"; × {number(edge.head.gradient)} = {number(flow)}"
        attributes["tooltip"] = attributes["labeltooltip"] = graphviz.escape(printable(tooltip))
        if flow:
            theme = self._scale.theme
            attributes["color"] = theme.rising if flow > 0 else theme.falling
            attributes["penwidth"] = f"{1.1 + 1.6 * self._scale.share(flow):.2f}"
        return attributes

"""The picture as a Graphviz graph: cards joined by arrows, layers as frames, and a legend."""

from __future__ import annotations

import hashlib
import shutil
import textwrap
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import graphviz

from tinygrad_xor.files import path_of, write_atomically
from tinygrad_xor.language import say, speaking
from tinygrad_xor.viz.card import card, legend_of, width_of
from tinygrad_xor.viz.colours import LIGHT, GradientScale, Theme
from tinygrad_xor.viz.graph import Edge, Graph, Node, columns, layers_within
from tinygrad_xor.viz.graph_json import to_json
from tinygrad_xor.viz.mermaid import to_mermaid
from tinygrad_xor.viz.numbers import cut, number, printable, text
from tinygrad_xor.viz.render import FORMATS, picture, render

#: Graphviz refuses 16,384 bytes in quotes.
MAX_TOOLTIP = 3000
#: In larger graphs arrows have their derivative in the tooltip only: each label is laid out too.
MAX_LABELLED = 150
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
#: What a page that shows code has room for, in points: 880 pixels of 1/96 inch.
PAGE = 660
#: The least distance between two columns, and between two nodes of a row; a letter on an arrow.
_BETWEEN_COLUMNS, _BETWEEN_NODES, _LETTER = 31.0, 16.0, 4.5
#: Labels are broken into lines of about so many letters.
LINE = 20

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
        direction: str | None = None,
        theme: Theme = LIGHT,
        lang: str = "en",
        legend: bool = True,
    ) -> Drawing:
        """The drawing of `graph`.

        Args:
            graph: from `tinygrad_xor.viz.walk.walk`.
            direction: where the arrows point: ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``; by default
                as `direction_of` chooses.
            theme: the colours.
            lang: of the words, ``"en"`` or ``"ru"``.
            legend: whether to say below what is what.
        """
        direction = direction or direction_of(graph)
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
            made._add_nodes(made, graph.nodes, (), made._rows())
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

    def save(self, filename: Any = None, directory: Any = None, **how: Any) -> Any:
        """Write it into a file, in the format of its ending, whatever Graphviz there is.

        Args:
            filename: ``"graph.svg"``, or one with ``.png``, ``.pdf``, ``.dot``, ``.json`` (for
                `tinygrad_xor.viz.graph_json`) or ``.mmd`` (mermaid). A name without an ending gets
                DOT text, as in graphviz.
            directory: the folder; by default the one that `filename` names.
            how: what else graphviz's own method takes.

        Returns:
            The path of the file.

        Raises:
            ValueError: if the ending is another one.
        """
        if filename is None or not path_of(filename).suffix:
            return super().save(filename, directory=directory, **how)
        return render(self, Path(directory or "", filename))

    def pipe(self, format: str | None = None, **how: Any) -> Any:
        """The picture as bytes, or as text if there is an ``encoding=``, as in graphviz."""
        encoding = how.get("encoding")
        drawn = None if shutil.which("dot") else picture(self.source, format or self.format)
        if drawn is None:
            return super().pipe(format, **how)
        return drawn if encoding is None else drawn.decode(encoding)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        **how: Any,
    ) -> Any:
        """Write DOT text, and beside it the picture, as graphviz does: ``"x"`` and ``"x.pdf"``.

        ``"x.svg"`` writes this picture only, as `save` does.
        """
        target = how.get("outfile") or filename or ""
        ending = Path(target).suffix.lstrip(".").lower()
        if ending in FORMATS and format in (None, ending):
            path = self.save(target, directory)
        elif shutil.which("dot") or (drawn := picture(self.source, format or self.format)) is None:
            how |= {"directory": directory, "view": view, "cleanup": cleanup, "format": format}
            return super().render(filename, **how)
        else:
            text = super().save(filename, directory=directory)
            path = write_atomically(f"{text}.{format or self.format}", drawn)
            if cleanup:
                Path(text).unlink()
        if view:
            self._view(path, format=path.suffix.lstrip("."), quiet=how.get("quiet_view", False))
        return str(path)

    def to_dot(self) -> str:
        """The DOT text, the same as ``source``."""
        return str(self.source)

    def to_mermaid(self) -> str:
        """The text of a mermaid flowchart."""
        return to_mermaid(self.graph, self.direction)

    def to_json(self, indent: int | None = None) -> str:
        """The JSON text; `tinygrad_xor.viz.graph_json` describes it."""
        return to_json(self.graph, indent)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> Any:
        """What notebooks show: SVG, and without any Graphviz the DOT text and a sentence."""
        drawn = picture(self.source, "svg")
        if drawn is None:
            return {"text/plain": f"{_NO_GRAPHVIZ}\n{self.source}"}
        return {"image/svg+xml": drawn.decode(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.graph.nodes)} nodes>"

    def _add_nodes(
        self, dot: Any, nodes: list[Node], within: tuple[str, ...], rows: list[Edge]
    ) -> None:
        """The nodes of a layer, and the layers inside it as frames around theirs."""
        for node in nodes:
            if node.scopes == within:
                dot.node(node.name, **self._node_attributes(node))
        for row in rows:
            if row.tail.scopes == row.head.scopes == within:
                dot.body.append(f"{{rank=same {row.tail.name} {row.head.name}}}\n")
        for path, members in layers_within(nodes, within):
            name = hashlib.sha256("/".join(path).encode("utf-8", "replace")).hexdigest()
            cluster = graphviz.Digraph(f"cluster_{name}")
            cluster.attr(label=f"<{text(path[-1])}>", labelloc="t", style="rounded")
            self._add_nodes(cluster, members, path, rows)
            dot.subgraph(cluster)

    def _rows(self) -> list[Edge]:
        """The edges whose two ends stand beside each other, so that what is computed runs down.

        They come from what one operation only uses, but not as its first argument.
        """
        if self.direction in ("LR", "RL"):
            return []
        uses = Counter(edge.tail for edge in self.graph.edges)
        computed = {edge.head for edge in self.graph.edges}
        return [
            edge
            for edge in self.graph.edges
            if edge.position and uses[edge.tail] == 1 and edge.tail not in computed
        ]

    def _node_attributes(self, node: Node) -> dict[str, str]:
        theme = self._scale.theme
        what = node.operation or say(f"graph.{node.kind}")
        tooltip = f"{node.label}: {what}" if node.label else what
        leaf = {"style": "filled,rounded", "fillcolor": theme.leaf, "color": theme.ink}
        #: How the kinds differ, apart from their colour: by corners, frame and thickness.
        styles: dict[str, dict[str, str]] = {
            "leaf": {**leaf, "penwidth": "1.6"},
            "parameter": {**leaf, "penwidth": "2.6"},
            "constant": {"style": "dashed", "fontcolor": theme.faint},
            "layer": {"style": "filled", "fillcolor": theme.leaf, "shape": "box3d"},
            "summary": {"style": "dashed"},
        }
        return {
            "label": card(node, self._scale),
            "tooltip": _tooltip(tooltip),
            **styles.get(node.kind, {}),
            **({"peripheries": "2", "color": theme.ink} if node.is_output else {}),
        }

    def _edge_attributes(self, edge: Edge) -> dict[str, str]:
        attributes = dict(_WEIGHTS.get(edge.tail.kind, {}))
        if not edge.uses:
            return attributes | ({"style": "dashed"} if edge.only_read else {})
        shown = edge.label
        if self._labelled:
            lines = textwrap.wrap(shown, LINE, break_long_words=False, break_on_hyphens=False)
            label = "<BR/>".join(f"&nbsp;{text(line)}&nbsp;" for line in lines)
            attributes["label"] = f"<{label}>"
        same = edge.number is None or edge.formula == shown
        tooltip = shown if same else f"{edge.formula} = {shown}"
        flow = edge.flow
        if flow is not None:
            tooltip += f"; × {number(edge.head.gradient)} = {number(flow)}"
        attributes["tooltip"] = attributes["labeltooltip"] = _tooltip(tooltip)
        if flow:
            theme = self._scale.theme
            attributes["color"] = theme.rising if flow > 0 else theme.falling
            attributes["penwidth"] = f"{1.1 + 1.6 * self._scale.share(flow):.2f}"
        return attributes


def _tooltip(words: str) -> str:
    return str(graphviz.escape(printable(cut(words, MAX_TOOLTIP))))


def direction_of(graph: Graph) -> str:
    """``"LR"`` if that fits a page or is narrower, else ``"TB"``.

    >>> from tinygrad_xor import Value
    >>> from tinygrad_xor.viz.walk import walk
    >>> x = Value(2.0)
    >>> direction_of(walk([x * x])), direction_of(walk([(x * x).exp().sin().exp().sin().exp()]))
    ('LR', 'LR')
    """
    column = columns((edge.tail, edge.head) for edge in graph.edges)
    widths: dict[int, list[float]] = defaultdict(list)
    for node in graph.nodes:
        widths[column.get(node, 0)].append(width_of(node))
    gaps: dict[int, float] = defaultdict(lambda: _BETWEEN_COLUMNS)
    for edge in graph.edges:
        letters = min(len(edge.label), LINE)
        gaps[column[edge.head]] = max(gaps[column[edge.head]], 16 + _LETTER * letters)
    across = sum(max(w) for w in widths.values()) + sum(gaps[i] for i in list(widths)[1:])
    down = max((sum(w) + _BETWEEN_NODES * len(w) for w in widths.values()), default=0.0)
    return "LR" if across <= PAGE or across <= down else "TB"

"""The picture as a mermaid flowchart, which GitHub, GitLab and many editors draw in Markdown."""

from __future__ import annotations

import re

from tinygrad_xor.viz.card import is_named
from tinygrad_xor.viz.graph import Edge, Graph, Node, layers_within
from tinygrad_xor.viz.numbers import printable, shown
from tinygrad_xor.viz.render import warn

#: The brackets that give each kind a shape of its own.
_SHAPES = {
    "leaf": ("([", "])"),
    "parameter": ("[[", "]]"),
    "constant": (">", "]"),
    "operation": ("[", "]"),
    "layer": ("[/", "/]"),
    "summary": ("{{", "}}"),
}
#: Signs that mermaid would read, and their names.
_NAMES = {'"': "quot", "<": "lt", ">": "gt", "`": "96", "\\": "92", "%": "37"}
#: What it reads even so, as names are gone by then: a line break, a formula, an icon. A letter that
#: is not seen keeps the two halves apart.
_READ_LATER = re.compile(r"\\(?=n)|\$(?=\$)|fa[bklrs]?:(?=fa-)")
_JOINER = "\u2060"
#: Larger flowcharts are refused by mermaid, unless the page around them allows more.
MAX_ARROWS, MAX_LETTERS = 500, 50_000


def to_mermaid(graph: Graph, direction: str = "LR") -> str:
    r"""The text of a mermaid flowchart.

    Args:
        graph: from `tinygrad_xor.viz.walk.walk`.
        direction: ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``.

    Warns:
        UserWarning: if mermaid, by its default settings, refuses a flowchart so large.

    >>> from tinygrad_xor import Value
    >>> from tinygrad_xor.viz.walk import walk
    >>> x = Value(2.0, label="x")
    >>> print(to_mermaid(walk([x * 3.0])))
    flowchart LR
        v0(["x<br/>2"])
        v1["v1<br/>×<br/>6"]
        v1_1>"3"]
        v0 -->|"3"| v1
        v1_1 -.-> v1
        classDef output stroke-width:4px
        class v1 output
    """
    lines = [f"flowchart {direction}"]
    lines += _nodes(graph.nodes, ())
    lines += [f"    {_edge(edge)}" for edge in graph.edges]
    if ends := ",".join(node.name for node in graph.nodes if node.is_output):
        lines += ["    classDef output stroke-width:4px", f"    class {ends} output"]
    words = "\n".join(lines)
    if len(graph.edges) >= MAX_ARROWS or len(words) > MAX_LETTERS:
        warn(
            f"mermaid refuses {len(graph.edges)} arrows and {len(words)} letters, as its limits "
            f"are {MAX_ARROWS} and {MAX_LETTERS}: draw with collapse=True or fold=True, or give "
            "maxEdges and maxTextSize to mermaid.initialize()"
        )
    return words


def _nodes(nodes: list[Node], within: tuple[str, ...]) -> list[str]:
    """The nodes of a layer, and the layers inside it as subgraphs."""
    indent = "    " * (len(within) + 1)
    lines = [f"{indent}{_node(node)}" for node in nodes if node.scopes == within]
    for path, members in layers_within(nodes, within):
        title = "group_" + "_".join(f"{ord(c):x}" for c in "/".join(path))
        lines += [f'{indent}subgraph {title}["{escaped(path[-1])}"]', *_nodes(members, path)]
        lines.append(f"{indent}end")
    return lines


def _node(node: Node) -> str:
    named = node.called if is_named(node) else ""
    parts = [node.label or "", named, node.symbol]
    parts.append("" if node.data is None else shown(node.data))
    if node.gradient is not None:
        parts.append(f"grad {shown(node.gradient)}")
    left, right = _SHAPES[node.kind]
    words = "<br/>".join(escaped(part) for part in parts if part)
    return f'{node.name}{left}"{words}"{right}'


def _edge(edge: Edge) -> str:
    if edge.tail.kind == "constant" or edge.only_read:
        return f"{edge.tail.name} -.-> {edge.head.name}"
    label = f'|"{escaped(edge.label)}"| ' if edge.label else " "
    return f"{edge.tail.name} -->{label}{edge.head.name}"


def escaped(words: str) -> str:
    r"""Any words as they may stand in a quoted label.

    >>> escaped('a "b" <c>\nd')
    'a #quot;b#quot; #lt;c#gt;<br/>d'
    """
    safe = _READ_LATER.sub(lambda found: found[0] + _JOINER, printable(words))
    safe = safe.replace("&", "&amp;").replace("#", "#35;").replace("&amp;", "#amp;")
    for sign, name in _NAMES.items():
        safe = safe.replace(sign, f"#{name};")
    return "<br/>".join(safe.splitlines())

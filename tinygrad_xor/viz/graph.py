"""The compute graph as a picture: every value with its operation, its data and its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.engine import Value, newest_first
from tinygrad_xor.viz.numbers import cells, text

if TYPE_CHECKING:
    import graphviz

#: More nodes than this take Graphviz minutes, and nobody could read them.
MAX_NODES = 1000

FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
INK, FAINT = "#1f2933", "#7b8794"
WHITE = (255, 255, 255)
#: Positive and negative gradients: a blue and an orange that colour-blind people can tell apart.
POSITIVE, NEGATIVE = (86, 156, 214), (240, 160, 75)


def draw(*outputs: Value, direction: str = "LR", max_nodes: int = MAX_NODES) -> graphviz.Digraph:
    """Draw everything that `outputs` were computed from.

    A box shows the label and the operation, the data and, after ``backward()``, the gradient,
    written as ∂ and coloured: blue where it is positive, orange where it is negative, the stronger
    the larger it is. Leaves have round corners, constants a dashed frame, outputs a double one.

    Args:
        outputs: the Values at the end of the graph.
        direction: ``"LR"`` from left to right, ``"TB"`` from top to bottom.
        max_nodes: how many Values to draw at most.

    Returns:
        A ``graphviz.Digraph``: ``.source`` is the DOT text, `tinygrad_xor.viz.render` makes a file.

    Raises:
        ValueError: if there are no outputs, or the graph has more than `max_nodes` Values.

    >>> x = Value(2.0, label="x")
    >>> "∂" in draw(x * 3.0).source
    False
    """
    import graphviz

    values = _values(outputs)
    if len(values) > max_nodes:
        raise ValueError(
            f"the graph has {len(values)} values, too many to read (at most {max_nodes}): draw an "
            "earlier value, fewer examples, or arrays in place of scalars"
        )
    dot = graphviz.Digraph(
        "graph",
        graph_attr={
            "rankdir": direction,
            "bgcolor": "white",
            "pad": "0.3",
            "nodesep": "0.25",
            "ranksep": "0.45",
            "fontname": FONT,
        },
        node_attr={
            "shape": "box",
            "style": "filled",
            "fillcolor": "white",
            "color": INK,
            "fontcolor": INK,
            "fontname": FONT,
            "fontsize": "11",
            "margin": "0.08,0.05",
        },
        edge_attr={"color": FAINT, "arrowsize": "0.7"},
    )
    largest = max((_size(v.grad) for v in values if v.has_grad), default=0.0)
    for value in reversed(values):
        is_output = any(value is output for output in outputs)
        dot.node(_name(value), label=_label(value), **_style(value, is_output, largest))
        for i, x in enumerate(value.inputs):
            if type(x) is Value:
                dot.edge(_name(x), _name(value))
            else:
                constant = f"{_name(value)}_{i}"
                dot.node(constant, label=f"<{cells(x)}>", style="dashed", color=FAINT)
                dot.edge(constant, _name(value), style="dashed")
    return dot


def _values(outputs: tuple[Value, ...]) -> list[Value]:
    if not outputs:
        raise ValueError("draw() needs a Value to draw")
    found = {value: None for output in outputs for value in newest_first(output)}
    return sorted(found, key=lambda value: value.order, reverse=True)


def _name(value: Value) -> str:
    return f"v{value.order}"


def _label(value: Value) -> str:
    rows = []
    if value.label:
        rows.append(f"<B>{text(value.label)}</B>")
    if value.primitive is not None:
        rows.append(text(value.primitive.symbol))
    head = "&nbsp; ".join(rows)
    lines = [head] if head else []
    lines.append(cells(value.data))
    table = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
    if value.has_grad:
        table += (
            f'<HR/><TR><TD><TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
            f'<TD><FONT COLOR="{INK}">∂&nbsp;</FONT></TD><TD>{cells(value.grad)}</TD>'
            f"</TR></TABLE></TD></TR>"
        )
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{table}</TABLE>>'


def _style(value: Value, is_output: bool, largest: float) -> dict[str, str]:
    style = "filled,rounded,bold" if value.primitive is None else "filled"
    attributes = {"style": style, "tooltip": _tooltip(value)}
    if value.has_grad:
        attributes["fillcolor"] = _colour(value.grad, largest)
    if is_output:
        attributes["peripheries"] = "2"
    return attributes


def _tooltip(value: Value) -> str:
    import graphviz

    what = "leaf" if value.primitive is None else value.primitive.name
    tooltip: str = graphviz.escape(f"{value.label}: {what}" if value.label else what)
    return tooltip


def _size(gradient: Any) -> float:
    """The mean size of a gradient; 0 where it is empty or not finite."""
    size = float(np.mean(np.abs(gradient))) if np.size(gradient) else 0.0
    return size if np.isfinite(size) else 0.0


def _colour(gradient: Any, largest: float) -> str:
    """White for zero, towards blue or orange for the largest gradients of the graph."""
    strength = np.sqrt(_size(gradient) / largest) if largest else 0.0
    mean = np.mean(gradient) if np.size(gradient) else 0.0
    full = POSITIVE if mean >= 0 else NEGATIVE
    mixed = [round(w + (f - w) * 0.75 * strength) for w, f in zip(WHITE, full, strict=True)]
    return "#" + "".join(f"{c:02x}" for c in mixed)

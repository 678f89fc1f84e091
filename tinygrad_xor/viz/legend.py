"""The legend below a picture: what frames, colours and the words on arrows mean."""

from __future__ import annotations

import textwrap

from tinygrad_xor.language import say
from tinygrad_xor.viz.colours import GradientScale
from tinygrad_xor.viz.graph import Graph
from tinygrad_xor.viz.numbers import number, text

#: The frame of each kind, as a cell of an HTML-like table can have it.
_FRAMES = {
    "leaf": 'BORDER="2" STYLE="ROUNDED"',
    "parameter": 'BORDER="3" STYLE="ROUNDED"',
    "constant": 'BORDER="1" STYLE="DASHED"',
    "operation": 'BORDER="1"',
}


def legend_of(graph: Graph, scale: GradientScale) -> str:
    """An HTML-like label that explains what is in this graph, and nothing else."""
    kinds = {node.kind for node in graph.nodes}
    cells = [
        f'<TD {frame} CELLPADDING="3">{text(say(f"graph.{kind}"))}</TD>'
        for kind, frame in _FRAMES.items()
        if kind in kinds
    ]
    if any(node.is_output for node in graph.nodes):
        inner = f'<TR><TD CELLPADDING="2">{text(say("graph.output"))}</TD></TR>'
        cells.append(
            '<TD BORDER="1" CELLPADDING="2"><TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0">'
            f"{inner}</TABLE></TD>"
        )
    lines = []
    if any(node.gradient is not None for node in graph.nodes):
        for x in (-scale.largest, 0.0, scale.largest):
            shown = f'<FONT COLOR="{scale.theme.ink}">{number(x)}</FONT>'
            cells.append(f'<TD BGCOLOR="{scale.colour(x)}" CELLPADDING="4">{shown}</TD>')
        cells.append(f"<TD>{text(say('graph.gradient'))}</TD>")
    labelled = [edge for edge in graph.edges if edge.label]
    if any(edge.is_factor for edge in labelled):
        lines.append(say("graph.edge"))
    if not all(edge.is_factor for edge in labelled):
        lines.append(say("graph.formula"))
    if any(node.kind == "layer" and node.data is not None for node in graph.nodes):
        lines.append(say("graph.boxes"))
    if graph.message:
        lines += textwrap.wrap(graph.message, 80)
    frames = f'<TABLE BORDER="0" CELLSPACING="6" ALIGN="LEFT"><TR>{"".join(cells)}</TR></TABLE>'
    rows = f'<TR><TD ALIGN="LEFT">{frames}</TD></TR>'
    rows += "".join(f'<TR><TD ALIGN="LEFT">{text(line)}</TD></TR>' for line in lines)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="1">{rows}</TABLE>>'

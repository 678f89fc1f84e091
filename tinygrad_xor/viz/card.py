"""One node of the graph as a card: its name and operation, its numbers, its gradient; the legend.

Both are Graphviz HTML-like labels. The data and the gradient of an array share their columns, so
each number stands above its own derivative.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinygrad_xor.language import say
from tinygrad_xor.viz.colours import GradientScale
from tinygrad_xor.viz.graph import Graph, Node
from tinygrad_xor.viz.numbers import cut, number, one_line, spread, text

#: Arrays with more rows or columns than this are shown as their shape and range.
MAX_SIDE = 6
#: Longer parameters, such as the index arrays of ``v[rows, columns]``, are cut.
MAX_PARAMETERS = 32

_SMALL = "9"
_GAP = '<TD HEIGHT="1" CELLPADDING="0"></TD>'


def card(node: Node, scale: GradientScale) -> str:
    """The HTML-like label of a node, with the ``<`` and ``>`` that mark it as one.

    Args:
        node: what to show.
        scale: the colours of the gradient.

    >>> card(Node("v1", "leaf", 2.0, "x"), GradientScale(1.0)).count("<TD")
    2
    """
    theme = scale.theme
    rows: list[str] = []
    width = 1
    if node.data is not None:
        array = np.asarray(node.data)
        rows = _rows(array, lambda x: theme.tile if np.isfinite(x) else theme.broken)
        width = _columns(array)
        if node.gradient is not None:
            gradient = _rows(np.asarray(node.gradient), scale.colour)
            rows = [*_captioned(_faint(say("graph.data"), scale), rows), _GAP]
            rows += _captioned(_faint(say("graph.grad"), scale), gradient)
            width += 1
    if head := _head(node, scale):
        rows.insert(0, f'<TD COLSPAN="{width}" CELLPADDING="2">{head}</TD>')
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="3">{table}</TABLE>>'


def _head(node: Node, scale: GradientScale) -> str:
    parts = []
    if node.label:
        parts.append(f"<B>{text(node.label)}</B>")
    if is_named(node):
        parts.append(_faint(node.called, scale))
    if node.symbol:
        parts.append(f'<FONT POINT-SIZE="13">{text(node.symbol)}</FONT>')
    if node.kind == "parameter":
        parts.append(_faint(say("graph.parameter"), scale))
    if node.kind == "layer":
        count = (node.params or {}).get("parameters")
        shown = say("graph.parameters", n=count) if count else ""
    else:
        shown = parameters(node.params)
    if shown:
        parts.append(_faint(shown, scale))
    if node.shape:
        parts.append(_faint(str(node.shape), scale))
    return "&nbsp; ".join(parts)


def is_named(node: Node) -> bool:
    """Whether formulas call it otherwise than its label, or its number, says."""
    if node.kind == "constant":
        return bool(np.ndim(node.data))
    return bool(node.called) and node.called != one_line(node.label)


def width_of(node: Node) -> float:
    """About how wide the card of a node is, in points."""
    shape = str(node.shape) if node.shape else ""
    head = [one_line(node.label), node.called if is_named(node) else "", node.symbol, shape]
    letters, numbers = sum(len(part) + 1 for part in head if part), 0.0
    if node.data is not None:
        array = np.asarray(node.data)
        cells = [number(x.item()) for x in array.flat] if _is_grid(array) else [spread(array)]
        numbers = _columns(array) * (12 + max(28, 5.4 * max(map(len, cells))))
        numbers += 30 * (node.gradient is not None)
    return 12 + max(5.5 * letters, numbers)


def parameters(params: Mapping[str, Any] | None) -> str:
    """The parameters that change something, in one short line."""
    given = {k: v for k, v in (params or {}).items() if v is not None and v is not False}
    line = " ".join(f"{k}={_written(v)}" if k else _written(v) for k, v in given.items()).replace(
        "\n", " "
    )
    return cut(line, MAX_PARAMETERS)


def _written(parameter: Any) -> str:
    """A parameter as it stands in code: ``1:3`` for a slice, also in the index ``1:3, 0``."""
    if isinstance(parameter, slice):
        ends = ["" if end is None else str(end) for end in (parameter.start, parameter.stop)]
        return ":".join(ends if parameter.step is None else [*ends, str(parameter.step)])
    if isinstance(parameter, tuple) and any(isinstance(part, slice) for part in parameter):
        return ", ".join(_written(part) for part in parameter)
    return "..." if parameter is ... else str(parameter)


def _faint(words: str, scale: GradientScale) -> str:
    return f'<FONT COLOR="{scale.theme.faint}" POINT-SIZE="{_SMALL}">{text(words)}</FONT>'


def _is_grid(array: Any) -> bool:
    return array.ndim <= 2 and array.size > 0 and max(array.shape, default=1) <= MAX_SIDE


def _columns(array: Any) -> int:
    return int(np.atleast_2d(array).shape[1]) if _is_grid(array) else 1


def _rows(array: Any, background: Callable[[Any], str]) -> list[str]:
    """The cells of each row: a tile for every number, or one for the range of a large array."""
    if not _is_grid(array):
        middle = np.mean(array) if array.size else 0.0
        return [f'<TD BGCOLOR="{background(middle)}">{text(spread(array))}</TD>']
    return ["".join(_tile(x.item(), background) for x in row) for row in np.atleast_2d(array)]


def _tile(x: Any, background: Callable[[Any], str]) -> str:
    shown = number(x) if np.isfinite(x) else f"<B>{number(x)}</B>"
    return f'<TD ALIGN="RIGHT" WIDTH="28" BGCOLOR="{background(x)}">{shown}</TD>'


def _captioned(caption: str, rows: list[str]) -> list[str]:
    first = f'<TD ROWSPAN="{len(rows)}" ALIGN="LEFT">{caption}</TD>'
    return [first + rows[0], *rows[1:]]


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

"""Where the nodes of a graph stand, left to right: by Graphviz, or by a few lines of our own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tinygrad_xor.viz.graph import columns
from tinygrad_xor.viz.render import picture

#: The size of every node and the gaps, in pixels of the page; nodes with long labels are wider.
WIDTH, WIDE, HEIGHT, GAP_X, GAP_Y = 112, 186, 34, 36, 6

_PIXELS_PER_INCH = 72
_MARGIN = 6


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes, and the points of each edge's Bézier curve, in pixels.

    Attributes:
        width: of the whole picture.
        height: of the whole picture.
        centres: ``(x, y)`` for each node.
        curves: for each edge ``[x, y, …]``: a start, then three points for each piece.
    """

    width: float
    height: float
    centres: list[tuple[float, float]]
    curves: list[list[float]]


def lay_out(count: int, edges: Sequence[tuple[int, int]], wide: int = WIDTH) -> Layout:
    """Place `count` nodes so that `edges`, pairs ``(tail, head)``, run from left to right.

    Each node is `wide` pixels wide.

    Graphviz does it if there is one, the ``dot`` program or pygraphviz; else nodes are put into
    columns by their distance from the inputs, each near the nodes that use it.

    >>> layout = lay_out(2, [(0, 1)])
    >>> layout.centres[0][0] < layout.centres[1][0]
    True
    """
    plain = picture(_dot(count, edges, wide), "plain")
    if plain is None:
        return _in_columns(count, edges, wide)
    return _parsed(plain.decode(), count, edges)


def _dot(count: int, edges: Sequence[tuple[int, int]], wide: int) -> str:
    size = f"width={wide / _PIXELS_PER_INCH}, height={HEIGHT / _PIXELS_PER_INCH}"
    gaps = f"ranksep={GAP_X / _PIXELS_PER_INCH}; nodesep={GAP_Y / _PIXELS_PER_INCH}"
    lines = [f'digraph {{ rankdir=LR; nslimit=2; {gaps}; node [label="", shape=box,']
    lines += [f"fixedsize=true, {size}]; edge [arrowhead=none];"]
    lines += [f"n{i};" for i in range(count)]
    lines += [f"n{tail} -> n{head};" for tail, head in edges]
    return "\n".join([*lines, "}"])


def _parsed(plain: str, count: int, edges: Sequence[tuple[int, int]]) -> Layout:
    """Read Graphviz's plain format: inches, and y upwards."""
    centres: dict[str, tuple[float, float]] = {}
    curves: dict[tuple[str, str], list[list[float]]] = {}
    width = height = 0.0

    def place(x: str, y: str) -> tuple[float, float]:
        across, up = float(x) * _PIXELS_PER_INCH, float(y) * _PIXELS_PER_INCH
        return round(across + _MARGIN, 1), round(height - up + _MARGIN, 1)

    for line in plain.replace("\\\n", "").splitlines():
        word, *rest = shlex.split(line)
        if word == "graph":
            width, height = (float(side) * _PIXELS_PER_INCH for side in rest[1:3])
        elif word == "node":
            centres[rest[0]] = place(rest[1], rest[2])
        elif word == "edge":
            points = rest[3 : 3 + 2 * int(rest[2])]
            pairs = zip(points[::2], points[1::2], strict=True)
            flat = [number for x, y in pairs for number in place(x, y)]
            curves.setdefault((rest[0], rest[1]), []).append(flat)
    return Layout(
        round(width + 2 * _MARGIN, 1),
        round(height + 2 * _MARGIN, 1),
        [centres[f"n{i}"] for i in range(count)],
        [curves[f"n{tail}", f"n{head}"].pop(0) for tail, head in edges],
    )


def _in_columns(count: int, edges: Sequence[tuple[int, int]], wide: int) -> Layout:
    """Each node in its column, near the nodes that use it."""
    column = dict.fromkeys(range(count), 0) | columns(sorted(edges, key=lambda edge: edge[1]))
    heads: dict[int, list[int]] = {i: [] for i in range(count)}
    for tail, head in edges:
        heads[tail].append(head)
    tallest = max(list(column.values()).count(c) for c in column.values())
    height = _MARGIN * 2 + tallest * (HEIGHT + GAP_Y) - GAP_Y
    y: dict[int, float] = {}
    for number in sorted(set(column.values()), reverse=True):
        members = [i for i in range(count) if column[i] == number]
        members.sort(key=lambda i: sum(y[head] for head in heads[i]) / (len(heads[i]) or 1))
        for row, i in enumerate(members):
            y[i] = height / 2 + (row - (len(members) - 1) / 2) * (HEIGHT + GAP_Y)
    centres = [(_MARGIN + wide / 2 + column[i] * (wide + GAP_X), y[i]) for i in range(count)]
    curves = []
    for tail, head in edges:
        (x0, y0), (x1, y1) = centres[tail], centres[head]
        start, end = x0 + wide / 2, x1 - wide / 2
        middle = (start + end) / 2
        curves.append([start, y0, middle, y0, middle, y1, end, y1])
    width = max((x for x, _ in centres), default=0) + wide / 2 + _MARGIN
    return Layout(width, height, centres, curves)

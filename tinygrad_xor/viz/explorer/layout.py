"""Where the nodes of a graph stand, left to right, and how the edges run between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tinygrad_xor.viz.graph import columns

#: The size of every node and the gaps, in pixels of the page; nodes with long labels are wider.
WIDTH, WIDE, HEIGHT, GAP_X, GAP_Y = 112, 186, 34, 36, 6
#: The height of the lane in which an edge passes a column.
LANE = 6
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

    Nodes stand in columns by their distance from the inputs, each near the nodes that use it; an
    edge passes the columns on its way in a lane between their nodes, which all edges of its tail
    share. Each node is `wide` pixels wide.

    >>> layout = lay_out(2, [(0, 1)])
    >>> layout.centres[0][0] < layout.centres[1][0]
    True
    """
    column = dict.fromkeys(range(count), 0) | columns(sorted(edges, key=lambda edge: edge[1]))
    lanes: dict[tuple[int, int], int] = {}  # numbered after the nodes
    ways: list[list[int]] = []
    for tail, head in edges:
        passed = [(tail, c) for c in range(column[tail] + 1, column[head])]
        way = [lanes.setdefault(lane, count + len(lanes)) for lane in passed]
        ways.append([tail, *way, head])
    column |= {i: c for (_, c), i in lanes.items()}
    users: dict[int, set[int]] = {i: set() for i in column}
    for a, b in (pair for way in ways for pair in pairwise(way)):
        users[a].add(b)
    heights = [(HEIGHT if i < count else LANE) + GAP_Y for i in column]
    members = [[i for i in column if column[i] == c] for c in range(max(column.values()) + 1)]
    height = max(sum(heights[i] for i in those) for those in members) + 2 * _MARGIN - GAP_Y
    y: dict[int, float] = {}
    for those in reversed(members):
        those.sort(key=lambda i: sum(y[user] for user in users[i]) / (len(users[i]) or 1))
        top = (height - sum(heights[i] for i in those)) / 2
        for i in those:
            y[i] = top + heights[i] / 2
            top += heights[i]
    x = {i: _MARGIN + wide / 2 + c * (wide + GAP_X) for i, c in column.items()}
    curves = []
    for way in ways:
        curve = [x[way[0]] + wide / 2, y[way[0]]]
        for a, b in pairwise(way):
            start, end = x[a] + wide / 2, x[b] - wide / 2
            middle = (start + end) / 2
            curve += [middle, y[a], middle, y[b], end, y[b]]
            if b >= count:  # straight through the lane
                curve += [end, y[b], end + wide, y[b], end + wide, y[b]]
        curves.append(curve)
    width = max(x.values()) + wide / 2 + _MARGIN
    return Layout(width, height, [(x[i], y[i]) for i in range(count)], curves)

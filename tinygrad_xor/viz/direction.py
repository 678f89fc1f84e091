"""Which way a picture runs: from left to right where a page has room for that, else down it."""

from __future__ import annotations

from collections import defaultdict

from tinygrad_xor.viz.card import width_of
from tinygrad_xor.viz.graph import Graph, columns

#: What a page that shows code has room for, in points: 880 pixels of 1/96 inch.
PAGE = 660
#: The least distance between two columns, and between two nodes of a row; a letter on an arrow.
_BETWEEN_COLUMNS, _BETWEEN_NODES, _LETTER = 31.0, 16.0, 4.5
#: Labels are broken into lines of about so many letters.
LINE = 20


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

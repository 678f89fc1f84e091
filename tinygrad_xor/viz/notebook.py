"""What a notebook shows when a cell ends in a Value or a network: a small picture, or none."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn import Model, Sequential
from tinygrad_xor.viz.draw import graph_of_any, too_large
from tinygrad_xor.viz.levels import folded
from tinygrad_xor.viz.neurons import neurons
from tinygrad_xor.viz.render import picture

#: Nobody asked for this picture, so it must be quick and small: `draw` draws larger ones.
MAX_NODES = 100
MAX_ELEMENTS = 1_000_000
MAX_LETTERS = 400_000


def svg(x: Any) -> str | None:
    """The SVG of a Value's graph, or of a network's neurons, or else of its layers.

    Returns:
        ``None`` if it is too large, if a leaf was changed since, as happens after each step of
        training, or if there is no Graphviz. The text says enough then.

    >>> svg(3.0) is None
    True
    """
    if isinstance(x, Sequential) and (picture_of_neurons := neurons(x)):
        return picture_of_neurons
    if not isinstance(x, Model | Value):
        return None
    try:
        graph = graph_of_any((x,))
    except ValueError:  # a leaf was changed
        return None
    if len(graph.nodes) > MAX_NODES:
        graph = folded(graph)
    elements = sum(np.size(node.data) for node in graph.nodes)
    if elements > MAX_ELEMENTS or too_large(graph, MAX_NODES):
        return None
    from tinygrad_xor.viz.drawing import Drawing  # which needs the package graphviz

    drawn = picture(Drawing.of(graph).source, "svg")
    return drawn.decode() if drawn is not None and len(drawn) <= MAX_LETTERS else None

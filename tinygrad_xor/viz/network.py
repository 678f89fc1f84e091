"""A network without data: its layers in a row."""

from __future__ import annotations

from tinygrad_xor.nn import Sequential, activations
from tinygrad_xor.viz.model import Edge, Graph, Node


def network(model: Sequential) -> Graph:
    """A box for each layer, with its activation, its shape and how many numbers it learns.

    >>> from tinygrad_xor.nn import Dense
    >>> [node.label for node in network(Sequential([Dense(3, "relu", input_dim=2)])).nodes]
    ['(2)', 'dense_1']
    """
    first = model.layers[0].input_dim if model.layers else None
    nodes = [Node("input", "leaf", None, "(?)" if first is None else f"({first})")]
    edges = []
    for count, layer in enumerate(model.layers, start=1):
        known = layer.input_dim is not None
        size = sum(p.size for p in layer.parameters()) if known else 0
        node = Node(
            f"layer{count}",
            "layer",
            None,
            layer.name,
            f"{activations.name_of(layer.activation)} → ({layer.units})",
            params={"parameters": size} if size else None,
            is_output=count == len(model.layers),
        )
        edges.append(Edge(nodes[-1], node, 0))
        nodes.append(node)
    return Graph(nodes, edges)

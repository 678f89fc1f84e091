"""A network without data: its layers in a row."""

from __future__ import annotations

from tinygrad_xor.nn import Sequential, activations
from tinygrad_xor.viz.graph import Edge, Graph, Node


def network(model: Sequential) -> Graph:
    """A box for each layer, with its activation, its shape and how many numbers it learns.

    >>> from tinygrad_xor.nn import Dense
    >>> [node.label for node in network(Sequential([Dense(3, "relu", input_dim=2)])).nodes]
    ['(2)', 'dense_1']
    """
    shape = model.input_shape
    nodes = [Node("input", "leaf", label=_text(shape))]
    edges = []
    for count, layer in enumerate(model.layers, start=1):
        size = sum(p.size for p in layer.parameters()) if shape is not None else 0
        shape = None if shape is None else layer.compute_output_shape(shape)
        activation = getattr(layer, "activation", None)
        kind = type(layer).__name__ if activation is None else activations.name_of(activation)
        node = Node(
            f"layer{count}",
            "layer",
            None,
            layer.name,
            f"{kind} → {_text(shape)}",
            params={"parameters": size} if size else None,
            is_output=count == len(model.layers),
        )
        edges.append(Edge(nodes[-1], node, 0))
        nodes.append(node)
    return Graph(nodes, edges)


def _text(shape: tuple[int, ...] | None) -> str:
    return "(?)" if shape is None else f"({', '.join(map(str, shape))})"

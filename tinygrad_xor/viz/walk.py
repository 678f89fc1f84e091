"""From Values to the nodes and edges of a picture: the one place that walks the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import numpy as np

from tinygrad_xor.engine import Origin, Value, newest_first
from tinygrad_xor.viz.formulas import MAX_NAME
from tinygrad_xor.viz.graph import Edge, Graph, Node, symbol_of
from tinygrad_xor.viz.numbers import number, one_line


def walk(
    outputs: Iterable[Value],
    *,
    gradients: Mapping[Value, Any] | None = None,
    origins: Mapping[Value, Origin] | None = None,
    parameters: Iterable[Value] = (),
) -> Graph:
    """Everything that `outputs` were computed from, as a picture.

    Names are counted from ``v1`` in each picture, so that the same graph gives the same text.

    Args:
        outputs: the Values at the end.
        gradients: what to show as gradients; by default what ``backward()`` left.
        origins: which layer each Value was made in, from `tinygrad_xor.engine.origins`.
        parameters: which leaves are parameters of a model.

    Raises:
        TypeError: if an output is not a Value.
        ValueError: if there are no outputs, or a leaf's data was changed after it was used.

    >>> x = Value(2.0, label="x")
    >>> [(edge.tail.name, edge.head.name, edge.number) for edge in walk([x * x]).edges]
    [('v1', 'v2', 2.0), ('v1', 'v2', 2.0)]
    """
    outputs = list(outputs)
    if not outputs:
        raise ValueError("draw() needs one Value or more to draw")
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"draw() draws Values, not {type(output).__name__}: {output!r}")
    ends, learned = set(outputs), set(parameters)  # as `in` a list would compare arrays
    order = [v for v in reversed(newest_first(*outputs)) if v in ends or not _is_passed_on(v)]
    homes = _homes(order, origins or {}, learned)
    called: dict[Any, str] = _names(order)
    taken = set(called.values())
    fresh = (name for name in map("c{}".format, count(1)) if name not in taken)
    nodes: dict[Value, Node] = {}
    constants: list[Node] = []
    edges: list[Edge] = []
    for number_of_node, value in enumerate(order, start=1):
        kind = "operation" if value.primitive else "parameter" if value in learned else "leaf"
        node = nodes[value] = Node(
            f"v{number_of_node}",
            kind,
            value.data,
            str(value.label) if one_line(value.label) else None,
            symbol_of(value),
            value.primitive.name if value.primitive else None,
            value.params,
            _gradient(value, gradients),
            value in ends,
            homes.get(value, ()),
            value,
            called[value],
        )
        for position, x in enumerate(value.inputs):
            if isinstance(x, Value):
                source = _source(x, nodes)
                called[x] = called[source]
                rules = value.primitive.rules if value.primitive else ()
                if isinstance(rules, tuple) and position >= len(rules):
                    edges.append(Edge(nodes[source], node, position, only_read=True))
                else:
                    steps = ((value, position),)
                    edges.append(Edge(nodes[source], node, position, steps, called))
                continue
            name = next(fresh) if np.ndim(x) else number(np.asarray(x).item())
            if np.ndim(x):
                called[value, position] = name
            part = f"{node.name}_{position}"
            constants.append(Node(part, "constant", x, scopes=node.scopes, called=name))
            edges.append(Edge(constants[-1], node, position))
    return Graph([*nodes.values(), *constants], edges)


def _names(order: list[Value]) -> dict[Value, str]:
    """What each Value is called: its label, if that is short, else v3.

    The node's name stands behind a label that others have too.
    """
    names = {}
    for i, value in enumerate(order, start=1):
        label = one_line(value.label)
        names[value] = label if 0 < len(label) <= MAX_NAME else f"v{i}"
    uses = Counter(names.values())
    return {
        value: f"{name}(v{i})" if uses[name] > 1 else name
        for i, (value, name) in enumerate(names.items(), start=1)
    }


def _gradient(value: Value, gradients: Mapping[Value, Any] | None) -> Any:
    if gradients is not None:
        return gradients.get(value)
    return value.grad if value.has_grad else None


def _is_passed_on(value: Value) -> bool:
    """Whether it is its input under another name, as `grad` makes its variables."""
    return (
        value.primitive is not None and value.primitive.name == "positive" and value.label is None
    )


def _source(value: Value, nodes: dict[Value, Node]) -> Value:
    while value not in nodes:
        value = value.inputs[0]
    return value


def _homes(
    order: list[Value], origins: Mapping[Value, Origin], parameters: set[Value]
) -> dict[Value, tuple[str, ...]]:
    """The layers of each Value; a parameter is in the innermost that has all of its users."""
    homes = {v: tuple(map(str, origins[v].scopes)) for v in order if v in origins}
    for value in order:
        for x in value.inputs:
            if isinstance(x, Value) and x in parameters:
                ours = homes.get(value, ())
                homes[x] = _common(homes[x], ours) if x in homes else ours
    return homes


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return a[:same]

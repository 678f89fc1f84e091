"""The tape in words: each operation forward, then the chain rule backward, edge by edge."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, cotangents
from tinygrad_xor.language import checked, say
from tinygrad_xor.viz.card import parameters
from tinygrad_xor.viz.formulas import formula
from tinygrad_xor.viz.levels import counted
from tinygrad_xor.viz.model import Edge, Graph, Node
from tinygrad_xor.viz.numbers import number, spread
from tinygrad_xor.viz.walk import walk

#: Nobody reads more lines than these.
MAX_OPERATIONS = 500
#: Operations that are written between their operands.
_INFIX = ("add", "subtract", "multiply", "divide", "matmul", "remainder", "floor_divide")


class Tape(str):
    """A text of several lines that an interactive prompt shows as lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(value: Value, lang: str = "en") -> Tape:
    """How `value` was computed, and how the chain rule takes its gradient apart, as text.

    One line for each operation forward, then one for each edge backward, with the arithmetic. The
    gradients are computed here: no ``grad`` is read or changed.

    Args:
        value: the result to explain.
        lang: ``"en"`` or ``"ru"``.

    Returns:
        A ``str``, which prompts and notebooks show line by line.

    Raises:
        TypeError: if it is not a Value.
        ValueError: if there is no such language, or a leaf's data was changed after it was used.

    >>> w, x = Value(2.0, "w"), Value(-3.0, "x")
    >>> L = (w * x + 1.0) ** 2
    >>> L.label = "L"
    >>> explain(L)
    Forward
      w = 2 (leaf)
      x = −3 (leaf)
      v3 = w × x = 2 × (−3) = −6
      v4 = v3 + 1 = −6 + 1 = −5
      L = v4 ^ 2 = (−5) ^ 2 = 25
    Backward
      ∂L/∂L = 1 (where the backward pass starts)
      ∂L/∂v4 += ∂L/∂L · 2 · v4 = 1 × (−10) = −10
      ∂L/∂v3 += ∂L/∂v4 = −10
      ∂L/∂w += ∂L/∂v3 · x = −10 × (−3) = 30
      ∂L/∂x += ∂L/∂v3 · w = −10 × 2 = −20
    Gradients
      ∂L/∂w = 30
      ∂L/∂x = −20
    """
    checked(lang)
    can = isinstance(value, Value) and value.size == 1 and not np.iscomplexobj(value.data)
    gradients: dict[Value, Any] = {}
    if can:
        one = 1.0 if type(value.data) is float else np.ones_like(value.data)[()]
        with np.errstate(all="ignore"):
            gradients = cotangents({value: one})
    graph = walk([value], gradients=gradients)
    count = sum(node.kind == "operation" for node in graph.nodes)
    if count > MAX_OPERATIONS:
        return Tape(say("graph.too_many", lang, n=count, kinds=counted(graph)))
    called = _names(graph)
    lines = [say("graph.forward", lang), *(f"  {line}" for line in _forward(graph, called, lang))]
    if not can:
        name = called[_end(graph)]
        lines.append(say("graph.no_backward", lang, name=name, shape=value.shape))
        return Tape("\n".join(lines))
    lines += [
        say("graph.backward", lang),
        *(f"  {line}" for line in _backward(graph, called, lang)),
    ]
    lines += [say("graph.result", lang), *(f"  {line}" for line in _results(graph, called, lang))]
    return Tape("\n".join(lines))


def _end(graph: Graph) -> Node:
    return next(node for node in graph.nodes if node.is_output)


def _names(graph: Graph) -> dict[Node, str]:
    """Labels, with the node's name behind them where several are the same; constants as numbers."""
    own = {node: " ".join((node.label or node.name).split()) for node in graph.nodes}
    uses = Counter(own.values())
    names = {
        node: name if uses[name] == 1 else f"{name}({node.name})" for node, name in own.items()
    }
    return {n: _shown(n.data) if n.kind == "constant" else name for n, name in names.items()}


def _forward(graph: Graph, called: dict[Node, str], lang: str) -> list[str]:
    inputs: dict[Node, list[Node]] = {}
    for edge in graph.edges:
        inputs.setdefault(edge.head, []).append(edge.tail)
    lines = []
    for node in graph.nodes:
        if node.kind == "constant":
            continue
        if node not in inputs:
            lines.append(f"{called[node]} = {_shown(node.data)} ({say('graph.leaf', lang)})")
            continue
        tails = inputs[node]
        steps = [called[node], _call(node, [called[tail] for tail in tails])]
        if all(np.ndim(tail.data) == 0 for tail in tails):
            steps.append(_call(node, [_shown(tail.data) for tail in tails]))
        lines.append(" = ".join([*steps, _shown(node.data)]))
    return lines


def _call(node: Node, inputs: list[str]) -> str:
    if (node.operation in _INFIX or node.operation == "power") and len(inputs) == 2:
        left, right = inputs
        sign = "^" if node.operation == "power" else node.symbol
        if node.operation == "power" or " " in left:
            left = _after_a_sign(left)
        return f"{left} {sign} {_after_a_sign(right)}"
    given = parameters(node.params)
    name = node.symbol if node.symbol.isalpha() else node.operation
    return f"{name}({', '.join([*inputs, *([given] if given else [])])})"


def _backward(graph: Graph, called: dict[Node, str], lang: str) -> list[str]:
    end = called[_end(graph)]
    lines = [f"∂{end}/∂{end} = 1 ({say('graph.start', lang)})"]
    incoming: dict[Node, list[Edge]] = {}
    for edge in graph.edges:
        incoming.setdefault(edge.head, []).append(edge)
    for node in reversed(graph.nodes):
        for edge in incoming.get(node, []):
            if edge.steps and edge.tail.gradient is not None and node.gradient is not None:
                lines.append(_step(edge, end, called))
    return lines


def _step(edge: Edge, end: str, called: dict[Node, str]) -> str:
    (value, position), g = edge.steps[0], f"∂{end}/∂{called[edge.head]}"
    named = {node.value: name for node, name in called.items() if node.value is not None}
    rule = formula(value, position, g, [_name(x, named) for x in value.inputs])
    target = f"∂{end}/∂{called[edge.tail]} += "
    if edge.number is None or edge.flow is None:
        return f"{target}{rule}, {np.shape(edge.tail.data)}"
    if rule == g:
        return f"{target}{rule} = {number(edge.flow)}"
    factor = _after_a_sign(number(edge.number))
    return f"{target}{rule} = {number(edge.head.gradient)} × {factor} = {number(edge.flow)}"


def _name(x: Any, named: dict[Value, str]) -> str | None:
    return named.get(x) if type(x) is Value else None


def _results(graph: Graph, called: dict[Node, str], lang: str) -> list[str]:
    end = called[_end(graph)]
    return [
        f"∂{end}/∂{called[node]} = "
        + (say("graph.no_gradient", lang) if node.gradient is None else _shown(node.gradient))
        for node in graph.nodes
        if node.kind == "leaf"
    ]


def _after_a_sign(shown: str) -> str:
    """In brackets, where it has a sign of its own."""
    return f"({shown})" if shown.startswith("−") or " " in shown else shown


def _shown(data: Any) -> str:
    """A number; a short vector; or the shape and the range."""
    array = np.asarray(data)
    if array.ndim == 0:
        return number(array.item())
    if array.ndim == 1 and 0 < array.size <= 4:
        return f"[{', '.join(number(x) for x in array.tolist())}]"
    return f"{array.shape}: {spread(array)}"

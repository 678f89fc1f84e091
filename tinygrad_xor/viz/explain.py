"""The tape in words: each operation forward, then the chain rule backward, edge by edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.language import say, speaking
from tinygrad_xor.viz.card import parameters
from tinygrad_xor.viz.chain_rule import Group, Use, gradients_of, handed_back
from tinygrad_xor.viz.draw import graph_of_any
from tinygrad_xor.viz.formulas import MAX_NAME
from tinygrad_xor.viz.graph import Edge, Graph, Node
from tinygrad_xor.viz.infix import PLAIN, operand, word, written
from tinygrad_xor.viz.levels import counted
from tinygrad_xor.viz.numbers import number, one_line, shown
from tinygrad_xor.viz.walk import walk

#: Nobody reads more lines than these.
MAX_OPERATIONS = 500
#: Between numbers a point could be part of one.
WITH_NUMBERS = replace(PLAIN, between={**PLAIN.between, "multiply": "×"})


class Tape(str):
    """A text of several lines that an interactive prompt shows as lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(*what: Any, lang: str = "en") -> Tape:
    """How a Value was computed, and how the chain rule takes its gradient apart, as text.

    One line for each operation forward, then one for each edge backward, with the arithmetic. The
    gradients are computed here: no ``grad`` is read or changed. A `Program` has no numbers: its
    steps are written out, each with its shape and what it is part of.

    Args:
        what: the result to explain; or a function and its arguments; or a `Program`.
        lang: ``"en"`` or ``"ru"``.

    Returns:
        A ``str``, which prompts and notebooks show line by line.

    Raises:
        TypeError: if it is nothing of these, or the function gives several results.
        ValueError: if there is no such language, or a leaf's data was changed after it was used.

    >>> w, x = Value(2.0, "w"), Value(-3.0, "x")
    >>> L = (w * x + 1.0) ** 2
    >>> L.label = "L"
    >>> explain(L)
    Forward
      w = 2 (leaf)
      x = −3 (leaf)
      v2 = w × x = 2 × (−3) = −6
      v3 = v2 + 1 = −6 + 1 = −5
      L = v3² = (−5)² = 25
    Backward
      ∂L/∂L = 1 (where the backward pass starts)
      ∂L/∂v3 += ∂L/∂L · 2 · v3 = 1 × (−10) = −10
      ∂L/∂v2 += ∂L/∂v3 = −10
      ∂L/∂w += ∂L/∂v2 · x = −10 × (−3) = 30
      ∂L/∂x += ∂L/∂v2 · w = −10 × 2 = −20
    Gradients
      ∂L/∂w = 30
      ∂L/∂x = −20
    """
    if not what or not (isinstance(what[0], Value) or callable(what[0])):
        raise TypeError(
            "explain() explains a Value, a Program, or a function at some arguments, not "
            + (f"{type(what[0]).__name__}: {what[0]!r}" if what else "nothing")
        )
    with speaking(lang):
        if isinstance(what[0], Value):
            graph = walk(what, gradients=gradients_of(what[0]) or {})
        else:
            graph = graph_of_any(what)
        if graph.program is None:
            raise TypeError("a network is explained at some inputs: explain(model, x)")
        if not graph.ends or graph.ends[0].value is None:
            return Tape("\n".join(_forward(graph)))
        if len(graph.ends) > 1:
            raise TypeError("explain() explains one result, and here are several: take one of them")
        return _explained(graph, graph.ends[0])


def _explained(graph: Graph, end: Node) -> Tape:
    operations = sum(node.kind == "operation" for node in graph.nodes)
    if operations > MAX_OPERATIONS:
        return Tape(say("graph.too_many", n=operations, kinds=counted(graph)))
    lines = [say("graph.forward"), *(f"  {line}" for line in _forward(graph))]
    if end.gradient is None:
        if np.size(end.data) == 1:
            lines.append(say("graph.no_backward_of_complex", name=end.called))
        else:
            lines.append(say("graph.no_backward", name=end.called, shape=end.shape))
        return Tape("\n".join(lines))
    lines += [say("graph.backward"), *(f"  {line}" for line in _backward(graph))]
    lines += [say("graph.result"), *(f"  {line}" for line in _results(graph))]
    return Tape("\n".join(lines))


def _forward(graph: Graph) -> list[str]:
    """A line for each operation; of a program, which has no numbers, with what there is to say."""
    lines = []
    for node in [n for n in graph.nodes if n.kind != "constant"]:
        tails = [edge.tail for edge in graph.incoming.get(node, [])]
        steps = [node.called]
        if node.operation:
            steps.append(_call(node, [tail.called for tail in tails]))
        if node.value is None:
            about = [f"{node.shape} {node.dtype}", "/".join(node.scopes)]
            lines.append(f"{' = '.join(steps)}  # {', '.join(filter(None, about))}")
            continue
        lines += [
            f"{tail.called} = {shown(tail.data)} ({say('graph.constant')})"
            for tail in dict.fromkeys(tails)
            if tail.kind == "constant" and np.ndim(tail.data)
        ]
        if tails and all(np.ndim(tail.data) == 0 for tail in tails):
            steps.append(_call(node, [shown(tail.data) for tail in tails]))
        if steps[-1] != shown(node.data):
            steps.append(shown(node.data))
        notes = [] if tails else [say("graph.leaf")]
        if len(label := one_line(node.label)) > MAX_NAME:
            notes.append(label)
        lines.append(" = ".join(steps) + (f" ({': '.join(notes)})" if notes else ""))
    return lines


def _call(node: Node, inputs: list[str]) -> str:
    """The operation with its inputs put in, names or numbers."""
    params = dict(node.params or {})
    if node.operation == "einsum":
        inputs = [repr(params.pop("subscripts")), *inputs]
    parts = [word(name) for name in inputs]
    return written(str(node.operation), parts, node.symbol, parameters(params), WITH_NUMBERS)[0]


def _by(end: str, name: str) -> str:
    return f"∂{operand(end)}/∂{operand(name)}"


def _backward(graph: Graph) -> list[str]:
    end = graph.ends[0].called
    lines = [f"{_by(end, end)} = 1 ({say('graph.start')})"]
    shares = _shares(graph)
    for node in reversed(graph.nodes):
        for edge in graph.incoming.get(node, []):
            if edge.uses and edge.tail.gradient is not None and node.gradient is not None:
                g, target = _by(end, node.called), _by(end, edge.tail.called)
                rule = edge.rule(edge.uses[0], g)
                lines.append(f"{target} += {rule}{_arithmetic(edge, rule, g, shares)}")
            elif edge.only_read and node.gradient is not None:
                lines.append(f"({say('graph.past', result=node.called, name=edge.tail.called)})")
    return lines


def _shares(graph: Graph) -> dict[Use, Any]:
    """What arrays and complex numbers hand back; of real scalars the numbers on edges say it."""
    edges = [e for e in graph.edges if e.uses and e.flow is None and e.head.gradient is not None]
    gradients: dict[Group, Any] = {(edge.uses[0][0],): edge.head.gradient for edge in edges}
    return handed_back(gradients, [edge.uses[0] for edge in edges])


def _arithmetic(edge: Edge, rule: str, g: str, shares: dict[Use, Any]) -> str:
    """What one edge adds to the gradient of its tail, in numbers."""
    if rule == "0":
        return ""
    if edge.number is None or edge.flow is None:
        return f" = {shown(shares.get(edge.uses[0]))}"
    if rule == g:
        return f" = {number(edge.flow)}"
    factor = operand(number(edge.number))
    return f" = {number(edge.head.gradient)} × {factor} = {number(edge.flow)}"


def _results(graph: Graph) -> list[str]:
    end = graph.ends[0].called
    return [
        f"{_by(end, node.called)} = "
        + (say("graph.no_gradient") if node.gradient is None else shown(node.gradient))
        for node in graph.nodes
        if node.kind == "leaf"
    ]

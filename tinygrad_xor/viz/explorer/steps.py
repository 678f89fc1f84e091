"""The forward and the backward pass, number by number, as the engine's own rules compute them.

A graph is shown with one node for each operation, or for each line of code: then the operations of
a line are one node, and its local derivatives are what the rules give along the paths within it.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Collection, Mapping
from types import CodeType
from typing import Any

import numpy as np

from tinygrad_xor.engine import Origin, Primitive, Value, newest_first
from tinygrad_xor.viz.graph import symbol_of
from tinygrad_xor.viz.local_derivatives import handed_back
from tinygrad_xor.viz.numbers import subscript

#: How an operation is written with its inputs in place; others are written as a function.
_TEMPLATES = {
    "add": "{0} + {1}",
    "subtract": "{0} − {1}",
    "multiply": "{0} · {1}",
    "divide": "{0} / {1}",
    "negative": "−{0}",
    "power": "{0}^{1}",
    "square": "{0}²",
    "sqrt": "√{0}",
    "exp": "e^{0}",
    "mean": "{0}",
    "relu": "max(0, {0})",
    "maximum": "max({0}, {1})",
    "minimum": "min({0}, {1})",
    "binary_crossentropy": "−({1} · ln {0} + (1 − {1}) · ln(1 − {0}))",
    "sigmoid_crossentropy": "−({1} · ln {2} + (1 − {1}) · ln(1 − {2}))",
}
#: How strongly the parts of an operation hold together: weaker ones are put into brackets.
_STRENGTH = {"add": 1, "subtract": 1, "multiply": 2, "divide": 2, "negative": 2, "power": 3}

Group = list[Value]


class SteppedGraph:
    """The picture's nodes and edges, and the numbers of one pass over them.

    Args:
        output: the scalar at the end.
        made: the line of code that made each Value; those of one line become one node.
        without_gradient: leaves that no step goes back to, such as the targets.

    Raises:
        ValueError: if something computed on the way, or the output, is not a single number.

    >>> x = Value(3.0, label="x")
    >>> graph = SteppedGraph(x * x)
    >>> [(step["local"], step["sum"]) for step in graph.backward_steps()]
    [(3.0, 3.0), (3.0, 6.0)]
    """

    def __init__(
        self,
        output: Value,
        made: Mapping[Any, Origin] | None = None,
        without_gradient: Collection[Value] = (),
    ) -> None:
        self.output = output
        self.without_gradient = {id(value) for value in without_gradient}
        groups: dict[Any, Group] = {}
        for value in reversed(newest_first(output)):
            origin = made.get(value) if made else None
            groups.setdefault((origin.file, origin.line) if origin else value, []).append(value)
        #: The Values of each node, inputs first; the last is the one that others use.
        self.groups = list(groups.values())
        self.index = {id(group[-1]): i for i, group in enumerate(self.groups)}
        for group in self.groups:
            if group[-1].size != 1:
                raise ValueError(
                    f"the explorer steps through single numbers, but {group[-1].label or 'a Value'}"
                    f" has shape {group[-1].shape}: write it with scalars, or draw() it"
                )
        #: For each edge its tail and its head, in the order of the head's inputs.
        self.edges: list[tuple[int, int]] = []
        self._find_edges()

    def _find_edges(self) -> None:
        for head, group in enumerate(self.groups):
            members = {id(value) for value in group}
            seen = set()
            for value in group:
                for x in value.inputs:
                    if not isinstance(x, Value) or id(x) in members:
                        continue
                    if len(group) == 1 or id(x) not in seen:
                        seen.add(id(x))
                        self.edges.append((self.index[id(x)], head))

    def nodes(self) -> list[dict[str, Any]]:
        """What each node is: its name, its kind, its operations, its formula."""
        nodes = [self._node(i) for i in range(len(self.groups))]
        nameless = [node for node in nodes if not node["label"]]
        for count, node in enumerate(nameless, start=1):
            node["label"] = "u" + subscript(count)
        return nodes

    def values(self) -> list[float]:
        """The number of each node."""
        return [_float(group[-1].data) for group in self.groups]

    def backward_steps(self) -> list[dict[str, Any]]:
        """The steps back, edge by edge: the gradient that comes in, times the local derivative.

        Each is ``{"edge", "incoming", "local", "contribution", "sum"}``; the sum is the gradient
        that has come together at the edge's tail so far.
        """
        gradients: dict[int, float] = {len(self.groups) - 1: 1.0}
        steps = []
        for head in reversed(range(len(self.groups))):
            if head not in gradients or self.groups[head][-1].primitive is None:
                continue
            incoming = gradients[head]
            edges = [e for e, (_, to) in enumerate(self.edges) if to == head]
            local = _through(self.groups[head], 1.0)
            share = _through(self.groups[head], incoming)
            for edge, one, part in zip(edges, local, share, strict=True):
                tail = self.edges[edge][0]
                if (
                    one is None
                    or part is None
                    or id(self.groups[tail][-1]) in self.without_gradient
                ):
                    continue
                gradients[tail] = gradients[tail] + part if tail in gradients else part
                steps.append(
                    {
                        "edge": edge,
                        "incoming": incoming,
                        "local": one,
                        "contribution": part,
                        "sum": gradients[tail],
                    }
                )
        return steps

    def _node(self, i: int) -> dict[str, Any]:
        group = self.groups[i]
        value = group[-1]
        operations = list(dict.fromkeys(v.primitive.name for v in group if v.primitive is not None))
        return {
            "label": "" if value.label is None else str(value.label),
            "symbol": symbol_of(value),
            "kind": "leaf" if value.primitive is None else "inner",
            "operations": operations,
            "formula": [] if value.primitive is None else self._formula(value, group),
        }

    def _formula(self, value: Value, group: Group) -> list[str | int]:
        """The formula as a row of texts and of the nodes whose names or numbers go between."""
        inner = {id(member) for member in group}
        primitive = value.primitive
        assert primitive is not None
        strength = _STRENGTH.get(primitive.name, 4)
        parts: list[list[str | int]] = []
        for position, x in enumerate(value.inputs):
            if not isinstance(x, Value):
                parts.append([_constant(x)])
            elif id(x) in inner:
                inside = self._formula(x, group)
                theirs = _STRENGTH.get(x.primitive.name if x.primitive else "", 4)
                weaker = theirs < strength or (theirs == strength and position > 0 and theirs < 3)
                parts.append(["(", *inside, ")"] if weaker and strength < 4 else inside)
            else:
                parts.append([self.index[id(x)]])
        template = _TEMPLATES.get(primitive.name) or _as_function(primitive, len(parts))
        return _filled(template, parts)


def rules(graph: SteppedGraph) -> dict[str, list[str]]:
    """For each operation in the graph, where in the table its rules stand, and their lines."""
    found: dict[str, list[str]] = {}
    for group in graph.groups:
        for value in group:
            if value.primitive is not None and value.primitive.name not in found:
                found[value.primitive.name] = _source(value.primitive)
    return found


def _source(primitive: Primitive) -> list[str]:
    out = []
    for _, given in zip(range(2), primitive.rules, strict=False):
        rule = inspect.unwrap(given) if given is not None else None
        code = getattr(rule, "__code__", None)
        if rule is not None and code is not None:
            line = _lines_of(code).rstrip(",")
            if line.startswith(("def ", "@")):  # what it returns says more than its name
                lines = map(str.strip, inspect.getsource(rule).splitlines())
                line = "; ".join(part for part in lines if part.startswith("return"))
            place = f"{rule.__module__.replace('.', '/')}.py:{code.co_firstlineno}"
            out.append(f"{place}  {line}")
    return list(dict.fromkeys(out))


def _lines_of(code: CodeType) -> str:
    """The first line of a function, with those that an expression of several lines goes on for."""
    first = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    end, column = max((line or 0, column or 0) for _, line, _, column in code.co_positions())
    if end == code.co_firstlineno or not first.startswith("lambda"):
        return first
    between = (linecache.getline(code.co_filename, n) for n in range(code.co_firstlineno + 1, end))
    last = linecache.getline(code.co_filename, end).encode()[:column].decode()
    whole = " ".join([first, *map(str.strip, between), last.strip()])
    whole += ")" * (whole.count("(") - whole.count(")"))  # those around all of it
    return whole.replace("( ", "(").replace(" )", ")")


def _through(group: Group, gradient: float) -> list[float | None]:
    """What arrives at the group's inputs when `gradient` comes into its last Value.

    Inputs are in the order of the edges; None where no gradient flows.
    """
    end = group[-1]
    one = type(end.data) is float
    seed = gradient if one else np.full(end.shape, gradient, end.dtype)[()]
    shares = handed_back(group, seed)
    if len(group) == 1:  # only Values have edges
        shares = [s for s, x in zip(shares, end.inputs, strict=True) if isinstance(x, Value)]
    return [None if share is None else _float(share) for share in shares]


def _float(x: Any) -> float:
    return float(np.ravel(x)[0])


def _as_function(primitive: Primitive, count: int) -> str:
    return f"{primitive.symbol}(" + ", ".join(f"{{{i}}}" for i in range(count)) + ")"


def _constant(x: Any) -> str:
    return f"{np.ravel(x)[0]:.4g}".replace("-", "−") if np.size(x) == 1 else str(np.shape(x))


def _filled(template: str, parts: list[list[str | int]]) -> list[str | int]:
    out: list[str | int] = []
    for piece in template.replace("{", "\0").replace("}", "\0").split("\0"):
        if piece.isdigit() and int(piece) < len(parts) and f"{{{piece}}}" in template:
            out += parts[int(piece)]
        elif piece:
            out.append(piece)
    return out

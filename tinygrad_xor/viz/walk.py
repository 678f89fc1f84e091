"""From Values to the program that computed them, and from programs to the nodes of a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import count, takewhile
from typing import Any

import numpy as np

from tinygrad_xor.engine import TABLE, Origin, Value, newest_first
from tinygrad_xor.engine.core import Primitive
from tinygrad_xor.engine.numbers import is_weak, plain
from tinygrad_xor.engine.table import find
from tinygrad_xor.program import Constant, Input, Program, Step, Variable
from tinygrad_xor.program.constants import described, found, frozen, mapped, thawed
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.viz.chain_rule import local_numbers
from tinygrad_xor.viz.formulas import MAX_NAME
from tinygrad_xor.viz.graph import Edge, Graph, Node
from tinygrad_xor.viz.infix import PLAIN
from tinygrad_xor.viz.numbers import number, one_line, superscript

Scopes = tuple[str, ...]
#: Functions of programs that stand for entries of other names.
_OTHERWISE = {"pow": "power", "operator.add": "add", "operator.sub": "subtract"}
_OTHERWISE |= {"operator.mul": "multiply", "operator.truediv": "divide", "add.reduce": "sum"}


def walk(
    outputs: Iterable[Value],
    *,
    gradients: Mapping[Value, Any] | None = None,
    origins: Mapping[Value, Origin] | None = None,
    parameters: Iterable[Value] = (),
) -> Graph:
    """Everything that `outputs` were computed from, as a picture.

    Nodes are called as the program calls its variables: ``v0`` and on, inputs first, so that the
    same graph gives the same text.

    Args:
        outputs: the Values at the end.
        gradients: what to show as gradients; by default what ``backward()`` left.
        origins: which layer each Value was made in, from `tinygrad_xor.engine.origins`.
        parameters: which leaves are parameters of a model.

    Raises:
        TypeError: if an output is not a Value.
        ValueError: if there are no outputs, or a leaf's data was changed after it was used.

    >>> x = Value(2.0, label="x")
    >>> graph = walk([x * x])
    >>> [(edge.tail.name, edge.head.name, edge.number) for edge in graph.edges]
    [('v0', 'v1', 2.0), ('v0', 'v1', 2.0)]
    >>> print(graph.program)
    v0 = input()  # () float, x
    v1 = multiply(v0, v0)  # () float
    return v1
    """
    program, variables = recorded(outputs, origins or {})
    return graph_of(program, variables, gradients, parameters)


def recorded(
    outputs: Iterable[Value], origins: Mapping[Value, Origin]
) -> tuple[Program, dict[Value, Variable]]:
    """The program that `outputs` were computed by, and the variable of each Value, in order."""
    outputs = list(outputs)
    if not outputs:
        raise ValueError("draw() needs one Value or more to draw")
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"draw() draws Values, not {type(output).__name__}: {output!r}")
    ends = set(outputs)  # as `in` a list would compare arrays
    order = newest_first(*outputs)[::-1]
    # As `grad` makes its variables: an input under another name.
    passed_on = {
        v: v.inputs[0]
        for v in order
        if v.primitive and v.primitive.name == "positive" and v.label is None and v not in ends
    }
    kept = [v for v in order if v not in passed_on]
    kept.sort(key=lambda value: value.primitive is not None)  # inputs first
    variables = {value: Variable(i) for i, value in enumerate(kept)}
    for value, source in passed_on.items():
        variables[value] = variables[source]
    lines: list[Any] = []
    for value in kept:
        label = str(value.label) if one_line(value.label) else None
        what = *described(value.data), label
        weak = is_weak(plain(value))
        if value.primitive is None:
            lines.append(Input(*what, weak))
            continue
        origin, implemented = origins.get(value), value.primitive.implements
        lines.append(
            Step(
                implemented if find(implemented) is value.primitive else value.primitive,
                tuple([variables[x] if type(x) is Value else _frozen(x) for x in value.inputs]),
                mapped(_frozen, value.params or {}),
                *what,
                tuple(map(str, origin.scopes)) if origin else (),
                weak,
                origin and (origin.file, origin.line),
            )
        )
    first = sum(type(line) is Input for line in lines)
    inputs, steps = tuple(lines[:first]), tuple(lines[first:])
    ending = tuple([variables[v] for v in outputs])
    gives = flatten(ending if len(ending) > 1 else ending[0])[1]
    return Program(inputs, steps, ending, flatten(inputs)[1], gives), variables


def graph_of(
    program: Program,
    variables: Mapping[Value, Variable] | None = None,
    gradients: Mapping[Value, Any] | None = None,
    parameters: Iterable[Value] = (),
) -> Graph:
    """The picture of a program: with numbers, if there is a Value for each of its variables."""
    variables = variables or {}
    values = list(variables)
    if gradients is None:
        gradients = {value: value.grad for value in values if value.has_grad}
    learned = set(parameters)
    homes = _homes(program, [i for i, value in enumerate(values) if value in learned])
    ends = {v.index for v in found(Variable, program.outputs)}
    names = _names(program)
    called: dict[Any, str] = {value: names[v.index] for value, v in variables.items()}
    fresh = (name for name in map("c{}".format, count(1)) if name not in names)
    local = cache(lambda: local_numbers(values))
    graph = Graph([], [], None, program)
    constants: list[Node] = []
    for i, line in enumerate(program.lines):
        value = values[i] if values else None
        node = Node(
            f"v{i}",
            "parameter" if i in homes else "leaf",
            None if value is None else value.data,
            line.label,
            gradient=None if value is None else gradients.get(value),
            is_output=i in ends,
            scopes=homes.get(i, ()),
            value=value,
            called=names[i],
            shape=line.shape,
            dtype=line.dtype and str(line.dtype),
        )
        taken: list[Any] = []
        rules: Any = ()
        if isinstance(line, Step):
            entry = entry_of(line)
            rules = entry.rules if entry else ()
            taken, params = _arguments(line, rules, names)
            node = replace(
                node,
                kind="operation",
                symbol=_symbol(line, entry),
                operation=entry.name if entry else line.name,
                params=params,
                scopes=line.scopes,
            )
        graph.nodes.append(node)
        for position, x in enumerate(taken):
            if type(x) is Variable:
                ruled = type(rules) is not tuple or position < len(rules)
                uses = ((value, position),) if value is not None and ruled else ()
                only_read = value is not None and not ruled
                tail = graph.nodes[x.index]
                graph.edges.append(Edge(tail, node, position, uses, called, local, only_read))
                continue
            data = getattr(x, "data", x)
            name = next(fresh) if np.ndim(data) else number(np.asarray(data).item())
            if np.ndim(data):
                called[value, position] = name
            shape, dtype = described(data)
            tail = Node(f"{node.name}_{position}", "constant", data, scopes=node.scopes)
            constants.append(replace(tail, called=name, shape=shape, dtype=str(dtype)))
            graph.edges.append(Edge(constants[-1], node, position))
    graph.nodes.extend(constants)
    return graph


def entry_of(step: Step) -> Primitive | None:
    """The entry of the table of derivatives that a step calls, if it is one."""
    if isinstance(step.function, Primitive):
        return step.function
    entry = find(step.function) or TABLE.get(_OTHERWISE.get(step.name, step.name))
    return entry if isinstance(entry, Primitive) else None


def _symbol(step: Step, entry: Primitive | None) -> str:
    """The sign of the operation; a power shows its exponent."""
    if entry is None:
        name = step.name.rpartition(".")[2].lstrip("_")
        return PLAIN.between.get(name, name)
    if entry.name in ("power", "float_power"):
        exponent = getattr(step.inputs[1], "data", step.inputs[1])
        if type(exponent) is Variable or np.ndim(exponent) or np.iscomplexobj(exponent):
            return "^"
        is_whole = float(exponent).is_integer() and abs(exponent) < 100
        return f"( ){superscript(int(exponent)) if is_whole else f'^{number(exponent)}'}"
    return str(entry.symbol)


def _arguments(step: Step, rules: Any, names: list[str]) -> tuple[list[Any], dict[str, Any]]:
    """The variables and the numbers that a step takes, also those in lists; and its parameters.

    An axis or a length is no number that anything is computed from: there is no rule for it.
    """
    most = len(rules) if type(rules) is tuple and rules else len(step.inputs)
    taken: list[Any] = []
    others: list[Any] = []
    for position, x in enumerate(step.inputs):
        if variables := found(Variable, x):
            taken += variables
        elif isinstance(x, (Constant, int, float, complex)) and position < most:
            taken.append(x)
        else:
            others.append(x)
    name = "index" if step.name == "getitem" else ""
    unnamed = {name: others[0] if len(others) == 1 else tuple(others)} if others else {}
    params = {**unnamed, **thawed(step.parameters, names)}
    return taken + found(Variable, step.parameters), params


def _frozen(x: Any) -> Any:
    try:
        return frozen(x)
    except TypeError:  # a parameter of a user's own entry may be anything
        return x


def _names(program: Program) -> list[str]:
    """What each variable is called: its label, if that is short, else v3.

    The node's name stands behind a label that others have too.
    """
    short = [one_line(line.label) for line in program.lines]
    names = [x if 0 < len(x) <= MAX_NAME else f"v{i}" for i, x in enumerate(short)]
    uses = Counter(names)
    return [f"{name}(v{i})" if uses[name] > 1 else name for i, name in enumerate(names)]


def _homes(program: Program, parameters: Iterable[int]) -> dict[int, Scopes]:
    """The layer of each parameter: the innermost that has all of its users."""
    homes: dict[int, Scopes | None] = dict.fromkeys(parameters)
    for step in program.steps:
        for i in {v.index for v in step.reads} & {*homes}:
            pairs = zip(step.scopes if homes[i] is None else homes[i] or (), step.scopes)  # noqa: B905
            homes[i] = tuple([a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)])
    return {i: home or () for i, home in homes.items()}

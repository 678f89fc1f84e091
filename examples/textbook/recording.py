"""Run a derivative rule, and get the formula that it computes as a tree.

The rule is given Values that hold the arrays of a trace, which tell whoever listens what is done to
them. Where `trace` writes a program and refuses a question (is x above zero?), the answers are
noted here: they are conditions of the formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textbook.expression import Expression, call, number, symbol
from tinygrad_xor.engine import Primitive, Value, record, recording
from tinygrad_xor.program import Traced, TraceError
from tinygrad_xor.program.array import plain
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.recorder import RUNNING


class Notes:
    """Notes each call of NumPy's functions on the arrays that it made, as an expression.

    >>> x = Notes().array(np.array([1.0, -2.0]), "x")
    >>> (x > 0).variable.key, (x > 0).computed
    ('greater(symbol x, number 0; {})', array([ True, False]))
    """

    def __init__(self) -> None:
        #: The questions that the rule asked with ``if``, as they were answered yes.
        self.answers: list[Expression] = []

    def array(self, data: Any, name: str) -> Traced:
        """An array with a name of its own."""
        data = np.asarray(data)
        return self.traced(symbol(name, data), data)

    def traced(self, expression: Any, data: Any) -> Traced:
        """An array for an expression."""
        return Traced(self, expression, data)

    def weakened(self, array: Traced) -> Traced:
        """The same: an expression does not tell NumPy's numbers from Python's."""
        return array

    def branch(self, array: Traced) -> bool:
        """The answer to a question, which is noted."""
        answer, asked = bool(np.all(array.computed)), array.variable
        if not answer:
            asked = call("logical_not", asked)
        self.answers.append(asked)
        return answer

    def call(self, function: Any, inputs: Any, params: Any, weak: bool = False) -> Any:
        """Compute, and note it."""
        data = function(*plain(inputs), **plain(params))
        if isinstance(data, tuple):
            return data
        name, given = name_of(function), plain(params)
        if name == "getitem":
            inputs, given = inputs[:1], {"index": plain(inputs[1])}
        if name == "astype":
            return Traced(self, inputs[0].variable, data)
        nodes = tuple(expression_of(x) for x in inputs)
        made = Expression(_NAMES.get(name, name), nodes, function, given, data=data)
        return self.traced(made, np.asarray(data))


#: Functions of programs by the names that entries have.
_NAMES = {"add.reduce": "sum", "multiply.reduce": "prod", "pow": "power"}
_NAMES |= {"maximum.accumulate": "running max", "minimum.accumulate": "running min"}


def recorded_rule(
    entry: Primitive,
    position: int,
    names: Sequence[str],
    inputs: Sequence[Any],
    params: Mapping[str, Any],
    gradient: Any,
) -> tuple[Expression, list[Expression]]:
    """What the rule of one argument computes, and the answers that it depends on.

    Args:
        entry: of the table.
        position: the argument.
        names: of the inputs, of the output, and of the gradient.
        inputs: at which the rule is run.
        params: of the operation.
        gradient: the incoming gradient; a plain array is taken as a constant.
    """
    notes = Notes()

    def value(data: Any, name: str) -> Any:
        array = notes.array(data, name)
        return Value(array, name) if array.dtype.kind in "fc" else array

    called = tuple(value(x, name) for x, name in zip(inputs, names, strict=False))
    out = notes.array(entry.function(*inputs, **params), names[-2])
    rule = next(r for i, r in enumerate(entry.rules) if i == position)
    assert rule is not None
    with recording(), np.errstate(all="ignore"):
        result = record(entry, out, called, dict(params))
        result.label = names[-2]
        g = gradient if type(gradient) is float else value(gradient, names[-1])
        try:
            found = rule(g, result, *called, **params)
        except TraceError:  # something in it writes into arrays: it is not looked into
            notes.answers.clear()
            RUNNING.add(notes)
            found = rule(g, result, *called, **params)
        finally:
            RUNNING.discard(notes)
        return expression_of(found), notes.answers


def recorded_function(
    entry: Primitive, names: Sequence[str], inputs: Sequence[Any], params: Mapping[str, Any]
) -> Expression:
    """What the function of an entry computes, where it is made of NumPy's."""
    called = [Notes().array(x, name) for x, name in zip(inputs, names, strict=False)]
    with np.errstate(all="ignore"):
        return expression_of(entry.function(*called, **params))


def expression_of(x: Any) -> Expression:
    """The graph of a Value, a recorded array or a constant, as a tree."""
    if type(x) is Traced:
        return x.variable
    if type(x) is not Value:
        np.asarray(plain(x))  # rows of several lengths are refused
        return number(plain(x))
    if x.label is not None or x.primitive is None:
        return expression_of(x.data)
    inputs = tuple(expression_of(i) for i in x.inputs)
    data = plain(x.data)
    return Expression(x.primitive.name, inputs, x.primitive.function, x.params or {}, data=data)

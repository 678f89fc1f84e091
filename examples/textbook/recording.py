"""Run a derivative rule, and get the formula that it computes as a tree.

The rule is given Values, and the graph it builds is the formula. What a graph does not hold are the
questions that a rule asks (is x above zero?): the data of the Values are arrays that record those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from textbook.expression import Expression, number, symbol
from tinygrad_xor.engine import Primitive, Value, record, recording

#: Questions about the kind and the shape of an array, not about the numbers in it.
_ABOUT_SHAPE = {"ndim", "shape", "size", "iscomplexobj", "isrealobj", "result_type"}


class Recorded(NDArrayOperatorsMixin):
    """An array that remembers how it was computed.

    >>> x = Recorded(np.array([1.0, -2.0]), symbol("x", np.array([1.0, -2.0])))
    >>> (x > 0).expression.key, (x > 0).data
    ('greater(symbol x, number 0; {})', array([ True, False]))
    """

    def __init__(
        self, data: Any, expression: Expression, answers: list[Expression] | None = None
    ) -> None:
        self.data = np.asarray(data)
        self.expression = expression
        #: The questions that the rule asked with ``if``, as they were answered yes.
        self.answers = [] if answers is None else answers

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    dtype = property(lambda self: self.data.dtype)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.data, dtype=dtype)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any
    ) -> Recorded | Any:
        if any(type(x) is Value for x in inputs):
            return NotImplemented  # the Value answers
        if method != "__call__":
            name = {"add": "sum", "multiply": "prod"}.get(ufunc.__name__, ufunc.__name__)
            return self._new(name, getattr(ufunc, method), inputs, params)
        return self._new(ufunc.__name__, ufunc, inputs, params)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, params: Any
    ) -> Any:
        if Value in types:
            return NotImplemented
        if function.__name__ in _ABOUT_SHAPE:
            return function(*_plain(args), **_plain(params))
        return self._new(function.__name__, function, args, params)

    def __getitem__(self, index: Any) -> Any:
        return self._new("getitem", lambda x, index: x[index], (self,), {"index": index})

    def __bool__(self) -> bool:
        answer = bool(self.data.all())
        asked = self.expression
        self.answers.append(
            asked if answer else Expression("logical_not", (asked,), np.logical_not, data=True)
        )
        return answer

    def astype(self, dtype: Any) -> Recorded:
        """The same numbers, as the same expression."""
        return Recorded(self.data.astype(dtype), self.expression, self.answers)

    def reshape(self, *shape: Any) -> Any:
        """NumPy's, recorded."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def swapaxes(self, a: int, b: int) -> Any:
        """NumPy's, recorded."""
        return np.swapaxes(self, a, b)

    def _new(self, name: str, function: Any, inputs: Any, params: Any) -> Any:
        data = function(*_plain(inputs), **_plain(params))
        if isinstance(data, tuple):
            return data
        nodes = tuple(x.expression if type(x) is Recorded else number(x) for x in inputs)
        made = Expression(name, nodes, function, _plain(params), data=data)
        return Recorded(data, made, self.answers)


def _plain(x: Any) -> Any:
    if type(x) is Recorded:
        return x.data
    if isinstance(x, (tuple, list)):
        return type(x)(_plain(i) for i in x)
    return {key: _plain(i) for key, i in x.items()} if type(x) is dict else x


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
    answers: list[Expression] = []

    def value(data: Any, name: str) -> Any:
        if np.asarray(data).dtype.kind not in "fc":
            return Recorded(data, symbol(name, data), answers)
        return Value(Recorded(data, symbol(name, data), answers), name)

    called = tuple(value(x, name) for x, name in zip(inputs, names, strict=False))
    out_data = np.asarray(entry.function(*inputs, **params))
    out_name, g_name = names[-2:]
    with recording(), np.errstate(all="ignore"):
        out = record(
            entry, Recorded(out_data, symbol(out_name, out_data), answers), called, dict(params)
        )
        out.label = out_name
        g = gradient if type(gradient) is float else value(gradient, g_name)
        rule = next(r for i, r in enumerate(entry.rules) if i == position)
        assert rule is not None
        result = rule(g, out, *called, **params)
        return expression_of(result), answers


def recorded_function(
    entry: Primitive, names: Sequence[str], inputs: Sequence[Any], params: Mapping[str, Any]
) -> Expression:
    """What the function of an entry computes, where it is made of NumPy's."""
    called = [Recorded(x, symbol(name, x)) for x, name in zip(inputs, names, strict=False)]
    with np.errstate(all="ignore"):
        return expression_of(entry.function(*called, **params))


def expression_of(x: Any) -> Expression:
    """The graph of a Value, a recorded array or a constant, as a tree."""
    if type(x) is Recorded:
        return x.expression
    if type(x) is not Value:
        return number(x)
    if x.label is not None or x.primitive is None:
        return expression_of(x.data)
    inputs = tuple(expression_of(i) for i in x.inputs)
    data = x.data.data if type(x.data) is Recorded else x.data
    return Expression(x.primitive.name, inputs, x.primitive.function, x.params or {}, data=data)

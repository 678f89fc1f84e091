"""The engine: an operation, a number that remembers where it came from, and the chain rule.

Read it from top to bottom. Then open a page of ``derivatives/``, which fills the table of
operations, and you have seen all that happens here:

>>> x = Value(3.0)
>>> y = x * x + 1.0  # two operations, two new Values: each knows its operation and its inputs
>>> y.primitive, y.inputs[0].inputs == (x, x)
(<primitive add>, True)
>>> y.backward()  # from y back to x, operation by operation: the chain rule
>>> x.grad
6.0
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from sys import getrefcount
from typing import Any, final

import numpy as np

from tinygrad_xor.engine.entries import TableEntry
from tinygrad_xor.engine.foreign import explain_refusal
from tinygrad_xor.engine.inputs import Inputs, in_slots
from tinygrad_xor.engine.methods import ArrayMethods
from tinygrad_xor.engine.numbers import (
    as_held,
    cast_gradient,
    constant_data,
    leaf_data,
    numbers_of,
    numpys_own,
    real_power,
    tick,
)
from tinygrad_xor.engine.protocol import NumPyProtocol
from tinygrad_xor.engine.rules import Rule, Variadic
from tinygrad_xor.engine.sampling import CallSampler, Domain
from tinygrad_xor.engine.sums import sum_over
from tinygrad_xor.engine.table import TABLE
from tinygrad_xor.engine.written import (
    LOOKED_UP,
    LOOPED,
    SEEN,
    changed,
    check_unwritten,
    is_own,
    is_renewed,
    kept,
    kept_params,
)

# --- an operation --------------------------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Primitive(TableEntry):
    """One operation of the table: a NumPy function, and one rule for each of its arguments.

    ``primitive(np.multiply, "×", ...)`` makes it, ``TABLE["multiply"]`` is it.

    Attributes:
        function: the forward function, on floats and arrays.
        implements: the NumPy function that finds this entry when it is called on a Value.
        symbol: what pictures write: ``"×"``.
        rules: for each argument ``rule(g, output, *inputs, **params)``: from ``g``, the gradient of
            the output, that of the argument. ``None`` where there is none; or one `Variadic`.
        name: the key in ``TABLE``, as in NumPy: ``"multiply"``.
        elementwise: whether each output element depends on one element of each input.
        broadcasts: whether inputs are stretched to fit, so gradients are summed back.
        real_only: whether the rules are wrong for complex numbers, so that they are refused.
        domains: where each argument may be drawn by a gradient test.
        calls: for operations on whole arrays, a sampler of shapes and parameters to test.
        distance_to_kink: a function of the inputs, zero where there is no derivative.
    """

    function: Callable[..., Any]
    implements: Callable[..., Any]
    symbol: str
    rules: tuple[Rule | None, ...] | Variadic
    name: str
    elementwise: bool
    broadcasts: bool
    real_only: bool
    domains: tuple[Domain, ...]
    calls: CallSampler | None
    distance_to_kink: Callable[..., Any] | None

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Compute, and remember it: Values in, a Value out; plain arrays in, the result out."""
        if params and any(type(x) is Value for x in inputs):
            params = kept_params(params)
        if len(inputs) > len(self.rules):
            self.refuse_values(inputs)
        return self.apply(inputs, params)

    def apply(self, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """What a call does, for those who have the inputs in a tuple: methods, NumPy's protocol.

        The graph keeps the parameters as they are given: calls hand in copies of arrays.

        Raises:
            TypeError: if an input is not numbers.
            ValueError: if the shapes do not fit, with the shapes.
        """
        raw = []
        constants = 0
        for x in inputs:
            if type(x) is Value:
                raw.append(x._primal)
            else:
                raw.append(x if type(x) in _NUMBERS else numbers_of(x))
                constants += 1
        try:
            data = self.function(*raw, **params)
        except (ValueError, *_REFUSALS) as error:
            self.explain(error, raw)
            raise
        if constants == len(raw):
            return data
        if constants:
            inputs = tuple([x if type(x) is Value else kept(a) for x, a in zip(inputs, raw)])  # noqa: B905
        first, second = inputs if len(raw) == 2 else in_slots(inputs)
        return _result(self, data, first, second, params)

    def of(self, x: Value) -> Value:
        """The same of one Value, without parameters: what ``v.exp()`` calls, for speed."""
        data = self.function(x._primal)
        if type(data) is _float64 and type(x._primal) is float:
            data = float(data)  # Python's numbers have no methods, so NumPy has no say in it
        return _result(self, data, x)


# --- a number that remembers where it came from --------------------------------------------------

Operator = Callable[["Value", Any], "Value"]
_NUMBERS = (float, int)
#: What arrays of other libraries raise where they cannot do something.
_REFUSALS = (TypeError, NotImplementedError, AttributeError)


def _operator(name: str, operate: Callable[[Any, Any], Any]) -> tuple[Operator, Operator]:
    """``x + y`` and, for a plain x, its reflection: as the entry's call, but faster."""

    def compute(x: Any, y: Any) -> Any:
        try:
            a = x._primal if type(x) is Value else x if type(x) in _NUMBERS else constant_data(x)
            b = y._primal if type(y) is Value else y if type(y) in _NUMBERS else constant_data(y)
        except NotImplementedError:
            return NotImplemented  # Python asks the other operand then
        primitive = TABLE[name]
        try:
            data = operate(a, b)
        except (ZeroDivisionError, OverflowError):  # Python's floats raise where NumPy answers
            data = primitive.function(a, b)
            data = float(data) if type(data) is _float64 else data  # not NumPy's, as its operands
        except (ValueError, *_REFUSALS) as error:
            primitive.explain(error, [a, b])
            raise
        x = x if type(x) is Value else a if type(a) in _NUMBERS else kept(a)
        y = y if type(y) is Value else b if type(b) in _NUMBERS else kept(b)
        return _result(primitive, data, x, y)

    return compute, lambda y, x: compute(x, y)


@final
class Value(NumPyProtocol, ArrayMethods, Inputs):
    """A node of the compute graph: `data`, and how it was computed.

    A number of Python's stays one, and what it meets keeps its dtype; NumPy's numbers rule, as in
    NumPy. Integers and booleans become float64, float32 and complex numbers stay what they are.
    Arrays are copied, so later writes to yours change nothing here. A plain array that meets a
    Value in an operation is a constant: a small one is copied too; if a larger one is written into
    before ``backward()``, that is an error where it is noticed (``written`` says how). Values are
    equal when their data are, element by element, as arrays are: ask ``a is b`` whether they are
    the same node; sets and dicts go by that too.

    Args:
        data: a number, an array, or a list of equally long rows.
        label: a name for pictures and messages.

    Raises:
        TypeError: if `data` is not numbers (text, None, objects, another Value).
        ValueError: if rows differ in length.

    >>> x = Value(2.0, label="x")
    >>> y = x * x + 3.0
    >>> y.backward()
    >>> y.data, x.grad
    (7.0, 4.0)
    """

    __slots__ = ("_first", "_grad", "_order", "_primal", "_second", "label", "params", "primitive")

    #: The operation this Value came from; ``None`` for a leaf.
    primitive: Primitive | None
    #: The keyword parameters of the operation, such as ``{"axis": 0}``.
    params: dict[str, Any] | None

    def __init__(self, data: Any, label: str | None = None) -> None:
        self._primal = (
            data if type(data) is float else leaf_data(data)
        )  # what `data` reads and sets
        self._grad = None
        self._order = tick()
        self._first, self._second = (), None
        self.params = None
        self.primitive = None
        self.label = label
        if label is not None and not isinstance(label, str):
            raise TypeError(f"a label is text, not {label!r}: Value(data, label={str(label)!r})")

    def backward(self, gradient: Any = None) -> None:
        """Differentiate this Value with respect to everything it was computed from.

        Leaves *add* the result to ``grad``; inner Values keep this pass's gradient.

        Args:
            gradient: where to start, of this Value's shape; 1 for a single number.

        Raises:
            ValueError: if the Value has several elements and no `gradient` is given, the shapes
                differ, or a leaf's data was changed after it was used.

        >>> w = Value([1.0, 2.0], label="w")
        >>> (w * w).sum().backward()
        >>> w.grad
        array([2., 4.])
        """
        for node, g in cotangents({self: self._first_gradient(gradient)}).items():
            if node.primitive is not None:
                node._grad = g
            elif node._grad is not None:
                node._grad = node._grad + g
            else:
                own = isinstance(g, float) or is_own(getrefcount(g), g, LOOPED)
                node._grad = g if own else g.copy()  # rules share arrays

    __add__, __radd__ = _operator("add", operator.add)
    __sub__, __rsub__ = _operator("subtract", operator.sub)
    __mul__, __rmul__ = _operator("multiply", operator.mul)
    __truediv__, __rtruediv__ = _operator("divide", operator.truediv)
    __pow__, __rpow__ = _operator("power", real_power)
    __floordiv__, __rfloordiv__ = _operator("floor_divide", operator.floordiv)
    __mod__, __rmod__ = _operator("remainder", operator.mod)
    __matmul__, __rmatmul__ = _operator("matmul", np.matmul)

    def __neg__(self) -> Value:
        return _result(TABLE["negative"], -self._primal, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return _result(TABLE["absolute"], abs(self._primal), self)


#: Called with each new Value, its operation and its inputs; ``modes`` and ``origins`` add to it.
RESULT_WATCHERS: list[Callable[[Value, Primitive, tuple[Any, ...]], None]] = []

_new = Value.__new__
_ndarray, _float64 = np.ndarray, np.float64  # found quicker


def record(
    primitive: Primitive, data: Any, inputs: tuple[Any, ...], params: dict[str, Any] | None = None
) -> Value:
    """A Value that came from `primitive`, with `data` as its result."""
    first, second = in_slots(inputs)
    return _result(primitive, data, first, second, params)


def _result(
    primitive: Primitive,
    data: Any,
    first: Any,
    second: Any = None,
    params: dict[str, Any] | None = None,
) -> Value:
    """The same, for one input, for two, or for a tuple of more."""
    if type(data) is not float:  # a number of Python's comes from others alone, not from arrays
        if SEEN:
            for x in first if type(first) is tuple else (first, second):
                if type(x) is Value and x.primitive is None and is_renewed(x._primal):
                    x._order = tick()  # its array was written into: as if it had been assigned
        usual = type(data) is _ndarray and data.ndim and not primitive.real_only
        if not usual and type(data) is not _float64:
            inputs = first if type(first) is tuple else (first, second)
            data = as_held(data, primitive.name, inputs, primitive.real_only)
    out: Value = _new(Value)
    out._primal = data
    out._grad = None
    out._order = tick()
    out._first = first
    out._second = second
    out.params = params
    out.primitive = primitive
    out.label = None
    if RESULT_WATCHERS:
        for watch in tuple(RESULT_WATCHERS):
            watch(out, primitive, out.inputs)
    return out


# --- the chain rule ------------------------------------------------------------------------------

#: Takes ``(node, x, rule, args, params)``: gives the gradient from `node` for its input `x`.
PullBack = Callable[[Value, Value, Rule, tuple[Any, ...], dict[str, Any] | None], Any]
#: Each is given the `PullBack` of a backward pass and returns one around it; ``modes`` adds to it.
GRADIENT_WATCHERS: list[Callable[[PullBack], PullBack]] = []


def newest_first(*roots: Value, since: int = 0) -> list[Value]:
    """All Values that `roots` were computed from, and themselves: each once, users before inputs.

    Creation order is a topological order, so sorting by it is enough, and nothing recurses. Values
    made before the order `since` are left out, with all that they were computed from.

    Raises:
        ValueError: if a leaf was given new data after something was computed from it, or an array
            that the graph holds was written into.
    """
    found = {root._order: root for root in roots}
    waiting = [*roots]
    while waiting:
        node = waiting.pop()
        order, first = node._order, node._first
        for x in first if type(first) is tuple else (first, node._second):
            if type(x) is Value:
                made = x._order
                if made > order:
                    raise changed(x, node)  # new data made the leaf x newer than its user
                if made >= since and made not in found:
                    found[made] = x
                    if x.primitive is not None:
                        waiting.append(x)
    if SEEN:  # others hold an array of the graph, and may have written into it
        for node in found.values():
            check_unwritten(node)
    return [found[order] for order in sorted(found, reverse=True)]


def cotangents(
    seeds: Mapping[Value, Any],
    *,
    since: int = 0,
    symbolic: bool = False,
    nodes: Iterable[Value] | None = None,
    wanted: Collection[Value] | None = None,
) -> dict[Value, Any]:
    """The cotangents: gradients of ``Σ seed · root`` by each Value the roots were computed from.

    Args:
        seeds: for each root, the gradient to start from.
        since: leave out Values of a smaller order: what the outer derivative varies is older than
            the inner one, and constant to it.
        symbolic: hand Values to the rules in place of their data. They build a graph then, and the
            gradients can be differentiated again.
        nodes: what ``newest_first(*seeds, since=since)`` gives, where it is known.
        wanted: whose gradients are asked for, all by default. Those of other results are dropped on
            the way, so that their memory is used again.

    Returns:
        Gradients in the shape and dtype of each Value's data. Values that the roots depend on only
        through operations without a gradient are left out.
    """
    gradients = dict(seeds)
    pull_back: PullBack = _pull_back
    if GRADIENT_WATCHERS:
        for wrap in tuple(GRADIENT_WATCHERS):
            pull_back = wrap(pull_back)
    plain = pull_back is _pull_back and not symbolic
    for node in newest_first(*seeds, since=since) if nodes is None else nodes:
        primitive = node.primitive
        if primitive is None or node not in gradients:
            continue  # a leaf, or only rules that are None lead here
        g = gradients[node]  # it is complete: all users of node came before it
        if wanted is not None and node not in wanted:
            del gradients[node]
        z, x, y = node._primal, node._first, node._second
        rules: Any = primitive.rules
        params = node.params
        if plain and type(rules) is tuple and type(x) is not tuple and (y is None or not params):
            # One input or two, written out for speed: what is below does the same for all.
            a = x._primal if type(x) is Value else x
            b = y._primal if type(y) is Value else y
            try:
                if type(x) is Value and x._order >= since and (rule := rules[0]) is not None:
                    if y is not None:
                        gx = rule(g, z, a, b)
                    else:
                        gx = rule(g, z, a, **params) if params else rule(g, z, a)
                    if type(gx) is not float or type(a) is not float:
                        gx = _fitted(gx, x, node, rule)
                    gradients[x] = _sum(gradients, x, gx) if x in gradients else gx
                    x = a  # it has its gradient
                if type(y) is Value and y._order >= since and (rule := rules[1]) is not None:
                    gy = rule(g, z, a, b)
                    if type(gy) is not float or type(b) is not float:
                        gy = _fitted(gy, y, node, rule)
                    gradients[y] = _sum(gradients, y, gy) if y in gradients else gy
                continue
            except (ZeroDivisionError, OverflowError, *_REFUSALS):  # answered, or explained, below
                inputs: tuple[Any, ...] = (x,) if y is None else (x, y)
        else:
            inputs = node.inputs
        if symbolic:
            args = (g, node, *inputs)
        else:
            args = (g, z, *[x._primal if type(x) is Value else x for x in inputs])
        if type(rules) is Variadic:
            rules, args, params = rules.parts(args, params), (g,), None
        for x, rule in zip(inputs, rules):  # noqa: B905 (strict= is slow)
            if type(x) is Value and rule is not None and x._order >= since:
                gx = pull_back(node, x, rule, args, params)
                gradients[x] = _sum(gradients, x, gx) if x in gradients else gx
    return gradients


def _sum(gradients: dict[Value, Any], x: Value, gx: Any) -> Any:
    """What has arrived at `x`, and one more: in the same array if nobody else holds it."""
    known = gradients[x]
    if type(gx) is _ndarray and is_own(getrefcount(known), known, LOOKED_UP):
        known += gx
        return known
    return known + gx


def _pull_back(
    node: Value, x: Value, rule: Rule, args: tuple[Any, ...], params: dict[str, Any] | None
) -> Any:
    """One step of the chain rule: the gradient that goes from `node` back to its input `x`."""
    try:
        gx = rule(*args, **params) if params else rule(*args)
    except (ZeroDivisionError, OverflowError):  # Python floats raise; NumPy has an answer
        gx = rule(*map(numpys_own, args), **(params or {}))
    except _REFUSALS as error:
        primitive: Any = node.primitive
        explain_refusal(primitive.whose(rule), args, error)
        raise
    return _fitted(gx, x, node, rule)


def _fitted(gx: Any, x: Value, node: Value, rule: Rule) -> Any:
    """What a rule returned for its input `x`, in the shape and dtype of the data of that."""
    kind = type(gx)
    if kind is float or kind is _float64:
        wanted = type(x._primal)
        if wanted is kind:
            return gx
        if wanted is float or wanted is _float64:
            return wanted(gx)
    elif kind is _ndarray:
        data = x._primal
        if type(data) is _ndarray and gx.shape == data.shape and gx.dtype == data.dtype:
            return gx  # the usual case, at once
    return _unbroadcast(gx, x._primal, node.primitive, rule)


def _unbroadcast(g: Any, data: Any, primitive: Any, rule: Rule) -> Any:
    """The gradient `g` in the shape and dtype of an input's `data`.

    Here, and only here, broadcasting is undone: an input that was used many times over an axis gets
    the sum over that axis.
    """
    if type(g) is not _ndarray:
        g = numpys_own(g)  # a number of Python's has no shape
    shape = () if type(data) is float else data.shape
    if not hasattr(g, "shape"):
        raise primitive.wrong_gradient(rule, g, shape)
    if g.shape != shape:
        added = len(g.shape) - len(shape)  # axes that broadcasting put in front
        spread = [i for i, n in enumerate(g.shape) if i < added or n != shape[i - added]]
        if (
            not primitive.broadcasts
            or added < 0
            or any(shape[i - added] != 1 for i in spread[added:])
        ):
            raise primitive.wrong_gradient(rule, g, shape)
        if math.prod(g.shape) != math.prod(shape):  # else each was used once: nothing to sum
            g = sum_over(g, tuple(spread))
        if g.shape != shape:
            g = g.reshape(shape)
    if not shape and type(g) is _ndarray:
        g = g[()]
    return cast_gradient(g, data)

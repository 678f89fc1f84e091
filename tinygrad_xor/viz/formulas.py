"""The derivative rules as formulas: ``1 − tanh(x)²`` for tanh, ``g @ Wᵀ`` for a product by W.

Nothing is written twice. A rule that is handed Values builds the graph of the derivative, and that
graph, read from its leaves up, is the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any

import numpy as np

from tinygrad_xor.engine import Primitive, Value, Variadic, record, unobserved
from tinygrad_xor.language import say
from tinygrad_xor.program.precedence import ATOM, POWER, PRODUCT, SIGN, Text, within
from tinygrad_xor.viz.infix import minus, word, written
from tinygrad_xor.viz.numbers import number, one_line, spread, subscript

#: Longer formulas are of no use to a reader: ``∂multiply/∂x`` is written instead.
MAX_FORMULA = 72
#: Labels longer than this would make the formula unreadable.
MAX_NAME = 16

#: What moves numbers and leaves them as they are.
_SILENT = {"reshape", "ravel", "squeeze", "expand_dims", "broadcast_to", "astype", "positive"}


def formula(
    value: Value,
    position: int,
    gradient: str | None = None,
    names: Sequence[str | None] | None = None,
    result: str | None = None,
    taken: Collection[str] = (),
) -> str:
    """The rule of one argument of the operation that `value` came from, as text.

    Inputs and the output are called by their labels; without one, by the name the rule has for
    them. Where the rule asks about the numbers (is x above zero?), its answer at these is shown.

    Args:
        value: the result of an operation.
        position: which argument to differentiate by.
        gradient: what the incoming gradient is called. By default elementwise operations show the
            factor that it is multiplied by, all others call it g.
        names: what to call the inputs, in place of their labels.
        result: what to call the output, in place of its label.
        taken: names of others: an input without a label is then called x′, not x.

    Returns:
        Never an empty text: ``∂name/∂x`` where the rule is too long to read or needs real data, and
        ``0`` where there is no gradient.

    >>> x, w = Value(2.0, label="x"), Value([0.3, 0.4], label="w")
    >>> formula(x * w, 1), formula(np.tanh(w), 0), formula(w / x, 0)
    ('x', '1 − tanh(w)²', '1 / x')
    >>> formula(Value(np.ones((4, 2)), "X") @ Value(np.ones((2, 3)), "W"), 1)
    'Xᵀ @ g'
    """
    primitive = value.primitive
    if primitive is None:
        raise ValueError(f"{value!r} is a leaf: no operation, so no derivative rule")
    rule = next(islice(primitive.rules, position, None), None)
    if rule is None:
        return "0"
    called = _names(value, primitive, names, taken)
    incoming = gradient or _free("g", called, taken)
    try:
        with np.errstate(all="ignore"), unobserved():
            found = _run(value, rule, position, called, result, incoming, gradient is None)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError):
        found = ""  # a rule that cannot take Values for these numbers
    return found or f"∂{primitive.name}/∂{called[position]}"


def is_factor(value: Value, position: int) -> bool:
    """Whether a rule multiplies the gradient, number by number: its formula is the factor.

    >>> x = Value([1.0, 2.0])
    >>> is_factor(np.tanh(x), 0), is_factor(np.sum(x), 0), is_factor(x * Value(2.0), 1)
    (True, False, False)
    """
    assert value.primitive is not None
    return value.primitive.elementwise and np.size(value.inputs[position].data) == value.size


def _names(
    value: Value,
    primitive: Primitive,
    given: Sequence[str | None] | None,
    others: Collection[str],
) -> list[str]:
    """What the inputs are called, each by a name of its own."""
    own = given or [_short(x.label) if type(x) is Value else None for x in value.inputs]
    if isinstance(primitive.rules, Variadic):
        usual = ["x" + subscript(i + 1) for i in range(len(own))]
    else:
        usual = [*primitive.parameters][: len(own)]
    names = [a or _free(b, own, others) for a, b in zip(own, usual, strict=True)]
    first = {id(x): name for x, name in zip(value.inputs[::-1], names[::-1], strict=True)}
    return [first[id(x)] for x in value.inputs]  # one name for x in x · x


def _free(name: str, *taken: Collection[str | None]) -> str:
    while any(name in names for names in taken):
        name += "′"
    return name


def _short(label: Any) -> str | None:
    shown = one_line(label)
    return shown if 0 < len(shown) <= MAX_NAME else None


def _run(
    value: Value,
    rule: Callable[..., Any],
    position: int,
    names: list[str],
    result: str | None,
    gradient: str,
    only_the_factor: bool,
) -> str:
    """The rule on fresh leaves that carry the names; empty if the formula would be too long.

    Of an elementwise operation `only_the_factor` of the gradient is written, where it is enough.
    """
    inputs = tuple(
        Value(x.data if type(x) is Value else x, name)
        if type(x) is Value or np.ndim(x)
        else float(x)
        if np.isrealobj(x)
        else x
        for x, name in zip(value.inputs, names, strict=True)
    )
    primitive = value.primitive
    assert primitive is not None
    out = record(primitive, value.data, inputs, value.params)
    out.label = result or _short(value.label)
    size = np.size(value.inputs[position].data)
    if only_the_factor and is_factor(value, position):
        g: Any = 1.0 if value.shape == () else np.ones(value.shape, value.dtype)
    else:
        g = Value(np.ones(value.shape, value.dtype), gradient)
    gx = rule(g, out, *inputs, **(value.params or {}))
    found = _text(gx, 0)
    stretched = primitive.elementwise and size != value.size
    stretched = stretched or (primitive.broadcasts and np.size(gx) > size)
    if len(found[0]) > MAX_FORMULA:
        return ""
    if stretched:  # the engine adds up what was stretched
        return f"Σ {within(found, PRODUCT)}"
    return found[0]


def _text(x: Any, depth: int) -> Text:
    """The formula of what a rule returned, and how tightly its outermost sign binds."""
    if depth > 12:
        raise ValueError("the formula has more levels than anyone would read")
    if type(x) is not Value:
        return _constant(x)
    if x.label is not None:
        # ∂L/∂z · w, but (∂L/∂z)ᵀ
        return (x.label, POWER) if x.label.startswith("∂") else word(x.label)
    if x.primitive is None or x.primitive.name == "sign":  # a question about the numbers, answered
        return _constant(x.data)
    name = x.primitive.name
    if name in _SILENT or (name in ("conjugate", "real") and not np.iscomplexobj(x.inputs[0])):
        return _text(x.inputs[0], depth + 1)
    texts = [_text(i, depth + 1) for i in x.inputs]
    if name == "multiply" and all(
        np.size(i.data if type(i) is Value else i) < x.size for i in x.inputs
    ):
        return f"outer({texts[0][0]}, {texts[1][0]})", ATOM
    if name == "einsum" and x.params:
        texts.insert(0, (repr(x.params["subscripts"]), ATOM))
    given = "…" if name == "getitem" else ""
    return _shorter(name, texts) or written(name, texts, x.primitive.symbol, given)


def _shorter(name: str, texts: list[Text]) -> Text | None:
    """What one writes for ``1 · x``, ``x + 0``, ``x · x``; None where there is nothing to gain."""
    a, b = texts if len(texts) == 2 else (texts[0], ("", ATOM))
    nothing = ("0", say("graph.empty"))
    if name == "where" and a[0] in ("0", "1"):  # all numbers are on one side
        return texts[1 if a[0] == "1" else 2]
    if name in ("add", "subtract"):
        if b[0] in nothing:
            return a
        if a[0] in nothing:
            return b if name == "add" else minus(b)
    if b[0] == "1" and name in ("multiply", "divide", "power", "float_power"):
        return a
    if name == "multiply":
        if a[0] == "1":
            return b
        if a[0] == "−1":
            return minus(b)
        if a == b and a[1] >= ATOM:
            return written("square", [a])
        if b[1] == SIGN and b[0][1:].replace(".", "").isdigit():
            return written(name, [b, a])  # numbers first: −2 · x
    return None


def _constant(x: Any) -> Text:
    """Numbers as such; arrays by what is in them: ``0 or 1`` for a mask."""
    array = np.asarray(x)
    if array.dtype.kind == "c" and array.size and np.all(array.imag == 0):
        array = array.real
    if array.size == 0:
        return say("graph.empty"), ATOM
    if array.ndim == 2 and len(array) > 1 and np.array_equal(array, np.eye(*array.shape)):
        return "I", ATOM
    found = np.unique(array)
    return word(
        spread(array) if len(found) > 3 else say("graph.or").join(number(f) for f in found.tolist())
    )

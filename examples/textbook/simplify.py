"""A recorded rule, written as a textbook writes it: ``-g * y * y`` becomes −y².

Sums and products are gathered, ones and zeros dropped, divisions become powers. What guards a
rule against a division by zero is left out, and said: ``z + (z == 0)`` is z, where z ≠ 0. Each
result can still be computed, so a test compares it with the rule itself.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from textbook.algebra import power_of, product_of, sum_of
from textbook.expression import Expression, call, is_number, number, symbol
from textbook.notation import OPPOSITES

#: As many elements have the vectors that rules are run on: no other number in a rule is this one.
LENGTH = 7

#: What moves numbers and leaves them as they are, or only changes how they are kept.
_SILENT = {"positive", "astype", "broadcast_to", "asarray", "copy"}
_SHAPES = {"reshape", "ravel", "squeeze", "expand_dims"}
_REAL_ONLY = {"conjugate", "real"}
_AND, _OR = ("bitwise_and", "logical_and"), ("bitwise_or", "logical_or")


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def suffix_sums(x: Any) -> Any:
    """The sum of each element and all after it."""
    return np.flip(np.cumsum(np.flip(x)))


class Simplifier:
    """Simplifies, and remembers what it took for granted.

    Attributes:
        assumed: conditions that hold where the formula does: ``z ≠ 0``.
    """

    def __init__(self, branches: bool = False) -> None:
        self.assumed: list[Expression] = []
        self.branches = branches  # take those of each `where` that the point is in

    def __call__(self, x: Expression) -> Expression:
        """The same formula, simpler."""
        if x.name == "number":
            return _plain_number(x)
        if x.function is None:
            return x
        return self._rewrite(dataclasses.replace(x, inputs=tuple(map(self, x.inputs))))

    def assume(self, condition: Expression) -> None:
        """Note a condition, unless it is there or says nothing."""
        if condition.name == "logical_not" and condition.inputs[0].name in OPPOSITES:
            inner = condition.inputs[0]
            name = OPPOSITES[inner.name]
            condition = call(name, *inner.inputs)
        if condition.name == "all":
            condition = condition.inputs[0]
        asked = any(i.name == "symbol" for i in condition.walk())
        if asked and condition.key not in {a.key for a in self.assumed}:
            self.assumed.append(condition)

    def _rewrite(self, x: Expression) -> Expression:
        name, inputs = x.name, x.inputs
        if name in _RULES:
            return _RULES[name](x)
        if name in _SILENT or (name in _SHAPES and _same_in_a_row(x)):
            return inputs[0]
        if name in _REAL_ONLY and not np.iscomplexobj(inputs[0].data):
            return inputs[0]
        if name == "add":
            return sum_of(*self._guarded(*inputs))
        return self._where(x) if name == "where" else x

    def _guarded(self, a: Expression, b: Expression) -> list[Expression]:
        """The terms of a + b, without the guard of z + (z == 0)."""
        if b.name == "equal" and is_number(b.inputs[1], 0) and b.inputs[0].key == a.key:
            self.assume(call("not_equal", *b.inputs))
            return [a]
        return [a, b]

    def _where(self, x: Expression) -> Expression:
        condition, a, b = x.inputs
        if is_number(condition):
            return a if condition.value else b
        if _is_guard(condition):
            part = next(part for part in condition.walk() if part.name == "equal")
            self.assume(call("not_equal", *part.inputs))
            return b
        if a.key == b.key:
            return a
        if self.branches:
            if np.all(condition.data):
                self.assume(condition)
                return a
            if not np.any(condition.data):
                self.assume(call("logical_not", condition))
                return b
        return x


def _plain_number(x: Expression) -> Expression:
    """One number in place of an array of equal ones; the length of vectors by its name."""
    if not isinstance(x.value, (np.ndarray, np.generic, float, int, complex)):
        return x
    value = np.asarray(x.value)
    if value.dtype.kind not in "fiubc" or value.size == 0 or (value != value.flat[0]).any():
        return _with_identity(x, value)
    one = value.flat[0].item()
    return symbol("n", one) if one == LENGTH else Expression("number", value=one, data=x.data)


def _with_identity(x: Expression, value: Any) -> Expression:
    """A square matrix with one number on the diagonal and one beside it, by the identity I."""
    if value.ndim != 2 or value.shape[0] != value.shape[1]:
        return x
    beside, on = value[0, -1].item(), value[0, 0].item()
    identity = np.eye(len(value))
    if not np.array_equal(value, beside + (on - beside) * identity):
        return x
    return sum_of(number(beside), product_of(number(on - beside), symbol("I", identity)))


def _same_in_a_row(x: Expression) -> bool:
    """Whether a reshape changes nothing that an index shows."""
    before, after = x.inputs[0].shape, x.shape
    return before in ((), after) or (math.prod(before) == 1 and max(len(before), len(after)) <= 1)


def _logic(x: Expression) -> Expression:
    """Truth values without those that are always the same, or ask whether both are NaN."""
    is_and = x.name in _AND
    for one, other in (x.inputs, x.inputs[::-1]):
        if is_number(one, is_and):
            return other
        if is_and and is_number(one, 0):
            return number(False)
        if not is_and and other.name in _AND and all(i.name == "isnan" for i in other.inputs):
            return one
    return x


def _is_guard(condition: Expression) -> bool:
    """Whether it is true at single points only: x == 0, and such conditions at once."""
    if condition.name in _AND:
        return all(map(_is_guard, condition.inputs))
    constant = condition.inputs[-1] if condition.inputs else condition
    return condition.name == "equal" and is_number(constant) and constant.value in (0, -math.inf)


def _transposing(x: Expression) -> Expression:
    """Transposes of matrices; the transpose of a transpose is the matrix."""
    inner = x.inputs[0]
    if len(inner.shape) != 2:
        return x
    axes = x.params.get("axes")
    others = [i.value for i in x.inputs[1:]]
    given = [a % 2 for a in axes or [*others, *x.params.values()] if isinstance(a, int)]
    # transpose takes a new order of the axes, swapaxes and moveaxis two of them to exchange
    exchanged = given in ([], [1, 0]) if x.name == "transpose" else given[0] != given[1]
    if not exchanged:
        return inner
    if inner.name == "transposed":
        return inner.inputs[0]
    return Expression("transposed", (inner,), transposed)


def _flipping(x: Expression) -> Expression:
    """flip(cumsum(flip(x))): sums from each element to the end."""
    inner = x.inputs[0]
    if inner.name == "cumsum" and inner.inputs[0].name == "flip" and x.shape == (LENGTH,):
        return Expression("suffix_sums", inner.inputs[0].inputs, suffix_sums)
    return x


def _softplus(x: Expression) -> Expression:
    """log(e⁰ + eˣ) is log(1 + eˣ)."""
    first, second = x.inputs
    if not is_number(first, 0):
        return x
    return call("log", sum_of(number(1), call("exp", second)))


def _getting(x: Expression) -> Expression:
    """Taking all elements is taking nothing."""
    index = x.params.get("index")
    parts = index if isinstance(index, tuple) else (index,)
    whole = all(isinstance(p, slice) and (p.step or 1) > 0 for p in parts)
    return x.inputs[0] if whole and x.inputs[0].shape == x.shape else x


_RULES: dict[str, Callable[[Expression], Expression]] = {
    **dict.fromkeys((*_AND, *_OR), _logic),
    **dict.fromkeys(("transpose", "swapaxes", "moveaxis"), _transposing),
    **dict.fromkeys(("power", "float_power"), lambda x: power_of(*x.inputs)),
    "subtract": lambda x: sum_of(x.inputs[0], product_of(number(-1), x.inputs[1])),
    "negative": lambda x: product_of(number(-1), *x.inputs),
    "multiply": lambda x: product_of(*x.inputs),
    "divide": lambda x: product_of(x.inputs[0], power_of(x.inputs[1], number(-1))),
    "reciprocal": lambda x: power_of(x.inputs[0], number(-1)),
    "square": lambda x: power_of(x.inputs[0], number(2)),
    "log1p": lambda x: call("log", sum_of(number(1), *x.inputs)),
    "ldexp": lambda x: product_of(x.inputs[0], call("exp2", x.inputs[1])),
    "expm1": lambda x: sum_of(call("exp", x.inputs[0]), number(-1)),
    "logaddexp": _softplus,
    "flip": _flipping,
    "getitem": _getting,
}

"""Faults that people make in derivative rules, to plant into right ones: the checker must see them.

A fault takes a rule ``rule(g, output, *inputs, **parameters)`` and returns a wrong one. Where that
gives the same numbers (add's rules do not look at their inputs), nothing was planted: such a mutant
is told from one that survives by comparing the two rules on every drawn call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import numpy as np

from tinygrad_xor.engine import Each, Primitive, Value
from tinygrad_xor.testing.checker import check_gradients
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.strategies import Call, takes_complex
from tinygrad_xor.testing.strategies import calls as draw_calls

Rule = Callable[..., Any]


def wrong_sign(rule: Rule) -> Rule:
    """A minus forgotten."""
    return lambda g, z, *xs, **p: -rule(g, z, *xs, **p)


def factor_of_two(rule: Rule) -> Rule:
    """A term counted twice."""
    return lambda g, z, *xs, **p: 2 * rule(g, z, *xs, **p)


def missing_factor(rule: Rule) -> Rule:
    """The inner derivative forgotten: the gradient goes through as it came."""
    return lambda g, z, *xs, **p: g


def wrong_input(rule: Rule) -> Rule:
    """The next input in the place of each."""
    return lambda g, z, *xs, **p: rule(g, z, *xs[1:], xs[0], **p)


def output_for_input(rule: Rule) -> Rule:
    """The output in the place of the first input, and the other way round."""
    return lambda g, z, *xs, **p: rule(g, xs[0], z, *xs[1:], **p)


def averaged_over_broadcasting(rule: Rule) -> Rule:
    """The mean over axes that were broadcast, where the sum belongs."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        return rule(g, z, *xs, **p) * (np.size(xs[0]) / max(1, np.size(z)))

    return wrong


def transposed_operand(rule: Rule) -> Rule:
    """Square matrices transposed."""

    def turned(x: Any) -> Any:
        square = np.ndim(x) >= 2 and np.shape(x)[-1] == np.shape(x)[-2]
        return np.swapaxes(x, -1, -2) if square else x

    return lambda g, z, *xs, **p: rule(g, z, *map(turned, xs), **p)


def wrong_axis(rule: Rule) -> Rule:
    """The first axis in the place of the one that was asked for."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        return rule(g, z, *xs, **{**p, "axis": 0} if isinstance(p.get("axis"), int) else p)

    return wrong


def off_by_one(rule: Rule) -> Rule:
    """Everything one place further."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = rule(g, z, *xs, **p)
        return np.reshape(np.roll(np.ravel(found), 1), np.shape(found))

    return wrong


def wrong_branch(rule: Rule) -> Rule:
    """The derivative on the other side of zero."""
    return lambda g, z, *xs, **p: rule(g, z, *[-x for x in xs], **p)


def missing_term(rule: Rule) -> Rule:
    """One element of the gradient that comes in is dropped."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        kept = np.arange(np.size(g)).reshape(np.shape(g)) > 0
        return rule(g * kept, z, *xs, **p)

    return wrong


def detached(rule: Rule) -> Rule:
    """No gradient at all."""
    return lambda g, z, *xs, **p: 0 * rule(g, z, *xs, **p)


def single_precision(rule: Rule) -> Rule:
    """float32 on the way."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = np.asarray(rule(g, z, *xs, **p))
        low = np.complex64 if np.iscomplexobj(found) else np.float32
        return found.astype(low).astype(found.dtype)

    return wrong


def writes_into_its_gradient(rule: Rule) -> Rule:
    """The gradient that comes in is changed in place, for whoever reads it next."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = np.array(rule(g, z, *xs, **p))
        if isinstance(g, np.ndarray) and g.ndim:
            g *= 2
        return found

    return wrong


def wrong_where_negative(rule: Rule) -> Rule:
    """Right for positive inputs only."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = rule(g, z, *xs, **p)
        negative = np.real(xs[0]) < 0 if np.shape(xs[0]) == np.shape(found) else False
        return np.where(negative, 2 * found, found)

    return wrong


def wrong_at_the_edge(rule: Rule) -> Rule:
    """Right but for the last element."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = rule(g, z, *xs, **p)
        last = np.arange(np.size(found)).reshape(np.shape(found)) == np.size(found) - 1
        return found * (1 + last)

    return wrong


def wrong_for_size_one(rule: Rule) -> Rule:
    """Right for arrays of more than one element."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        return rule(g, z, *xs, **p) * (2 if np.size(xs[0]) == 1 else 1)

    return wrong


def wrong_at_second_order(rule: Rule) -> Rule:
    """The right number, but a constant for whoever differentiates it again."""

    def wrong(g: Any, z: Any, *xs: Any, **p: Any) -> Any:
        found = rule(g, z, *xs, **p)
        return found + 0.5 * (found - found.data) if type(found) is Value else found

    return wrong


FAULTS: list[Callable[[Rule], Rule]] = [
    wrong_sign,
    factor_of_two,
    missing_factor,
    wrong_input,
    output_for_input,
    averaged_over_broadcasting,
    transposed_operand,
    wrong_axis,
    off_by_one,
    wrong_branch,
    missing_term,
    detached,
    single_precision,
    writes_into_its_gradient,
    wrong_where_negative,
    wrong_at_the_edge,
    wrong_for_size_one,
    wrong_at_second_order,
]


@dataclass(frozen=True)
class Mutant:
    """A fault in one rule of an entry, and what became of it: caught, equivalent, or survived."""

    entry: str
    rule: int
    fault: str
    verdict: str


def drawn_calls(entry: Primitive, examples: int) -> list[Call]:
    """Calls of the entry, as its tests draw them: with real numbers, and with complex ones too."""
    calls: list[Call] = []
    for dtype in [np.float64, np.complex128] if takes_complex(entry) else [np.float64]:

        @hypothesis.settings(
            max_examples=examples,
            phases=[hypothesis.Phase.generate],
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(draw_calls(entry, dtype))
        def keep(call: Call) -> None:
            calls.append(call)

        keep()
    return calls


def mutants(entry: Primitive, calls: list[Call]) -> Iterator[Mutant]:
    """Plant every fault into every rule of `entry`, and see what the checker says on these calls.

    The table is as it was afterwards. "equivalent" means that the wrong rule gives the same numbers
    as the right one on every call, at first and, for faults of the second order, at second order.
    """
    rules = entry.rules
    count = 1 if isinstance(rules, Each) else len(rules)
    for i in range(count):
        right = rules.rule if isinstance(rules, Each) else rules[i]
        if right is None:
            continue
        for fault in FAULTS:
            verdict = _verdict(entry, i, right, fault, calls)
            yield Mutant(entry.name, i, fault.__name__, verdict)


def _verdict(
    entry: Primitive, i: int, right: Rule, fault: Callable[[Rule], Rule], calls: list[Call]
) -> str:
    rules = entry.rules
    wrong = _planted(right, fault, isinstance(rules, Each))
    order = 2 if fault is wrong_at_second_order else 1
    telling = [call for call in calls if order == 2 or not _same(right, wrong, call, i, rules)]
    try:
        entry.rules = (
            Each(wrong)
            if isinstance(rules, Each)
            else tuple(wrong if k == i else rule for k, rule in enumerate(rules))
        )
        for call in telling:
            if _is_rejected(call, order):
                return "caught"
    finally:
        entry.rules = rules
    if order == 2:  # what has a constant derivative has nothing to lose at second order
        return "equivalent" if all(_is_linear(call) for call in calls) else "survived"
    return "survived" if telling else "equivalent"


def _planted(right: Rule, fault: Callable[[Rule], Rule], each: bool) -> Rule:
    if not each:
        return fault(right)
    return lambda k, *args, **params: fault(lambda *a, **p: right(k, *a, **p))(*args, **params)


def _is_rejected(call: Call, order: int) -> bool:
    primals = [leaf.data for leaf in call.leaves]
    try:
        check_gradients(call.at, *primals, order=order, modes=("reverse",))
    except (GradientError, ValueError, IndexError, TypeError, ArithmeticError):
        return True  # a gradient of a wrong shape is an error at once
    return False


def _same(right: Rule, wrong: Rule, call: Call, i: int, rules: Any) -> bool:
    """Whether both rules give the same on this call."""
    raw = [x.data if type(x) is Value else x for x in call.inputs]
    out = call.entry.function(*raw, **call.params)
    first = (i,) if isinstance(rules, Each) else ()
    g = np.array(call.g)
    try:
        found = wrong(*first, g, out, *raw, **call.params)
        wanted = right(*first, np.array(call.g), out, *raw, **call.params)
    except (ValueError, IndexError, TypeError, ArithmeticError):
        return False
    if not np.array_equal(g, call.g):
        return False  # another rule reads what this one wrote
    if not np.iscomplexobj(raw[i]):
        found, wanted = np.real(found), np.real(wanted)
    found, wanted = (_unbroadcast(g, np.shape(raw[i])) for g in (found, wanted))
    return np.shape(found) == np.shape(wanted) and np.allclose(
        found, wanted, rtol=1e-14, atol=0, equal_nan=True
    )


def _unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """A gradient summed over the axes in which the input was stretched, as the engine does."""
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    if np.ndim(g) < len(shape):
        return g  # an error as soon as the engine sees it
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and np.shape(g)[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def _is_linear(call: Call) -> bool:
    """Whether the gradient is the same beside the point: then its derivative is zero."""

    def gradient(scale: float) -> list[Any]:
        leaves = [Value(leaf.data * scale) for leaf in call.leaves]
        call.at(*leaves).backward(call.g)
        return [np.asarray(leaf.grad) for leaf in leaves]

    return all(np.allclose(a, b) for a, b in zip(gradient(1.0), gradient(1.0 + 1e-4), strict=True))

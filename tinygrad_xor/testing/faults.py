"""Faults that people make in derivative rules, to plant into right ones: the checker must see them.

A fault takes a rule ``rule(g, output, *inputs, **parameters)`` and returns a wrong one. ``mutants``
plants them into the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value

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

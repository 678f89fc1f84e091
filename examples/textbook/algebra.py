"""Sums, products and powers as one writes them: flat, without zeros and ones, x · x as x²."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from textbook.expression import Expression, is_number, number


def add_all(*terms: Any) -> Any:
    """The sum of the terms."""
    return functools.reduce(operator.add, terms)


def multiply_all(*factors: Any) -> Any:
    """The product of the factors, element by element."""
    return functools.reduce(operator.mul, factors)


def sum_of(*terms: Expression) -> Expression:
    """The sum, flat, without zeros, its numbers added up."""
    flat: list[Expression] = []
    for term in terms:
        flat += term.inputs if term.name == "sum_of" else [term]
    constants = [t.value for t in flat if is_number(t)]
    rest = [t for t in flat if not is_number(t)]
    total = sum(constants)
    if total != 0:
        at = next(i for i, t in enumerate(flat) if is_number(t))
        rest.insert(len([t for t in flat[:at] if not is_number(t)]), number(total))
    if not rest:
        return number(0.0)
    return rest[0] if len(rest) == 1 else Expression("sum_of", tuple(rest), add_all)


def product_of(*factors: Expression) -> Expression:
    """The product, flat, without ones, equal factors as powers."""
    flat: list[Expression] = []
    for factor in factors:
        flat += factor.inputs if factor.name == "product_of" else [factor]
    if any(is_number(f, 0) for f in flat):
        return number(0.0)
    plain = [f.value for f in flat if is_number(f) and _folds(f.value)]
    coefficient = math.prod(plain)
    powers: dict[str, tuple[Expression, Any]] = {}
    for factor in flat:
        if is_number(factor) and _folds(factor.value):
            continue
        base, exponent = factor, 1
        if factor.name == "power_of" and is_number(factor.inputs[1]):
            base, exponent = factor.inputs[0], factor.inputs[1].value
        known = powers.get(base.key, (base, 0))
        powers[base.key] = (base, known[1] + exponent)
    rest = [power_of(b, number(e)) for b, e in powers.values() if e != 0]
    if coefficient != 1:
        rest.insert(0, number(coefficient))
    if not rest:
        return number(1.0)
    return rest[0] if len(rest) == 1 else Expression("product_of", tuple(rest), multiply_all)


def _folds(value: Any) -> bool:
    """Small whole numbers, halves and quarters: others are constants with a name."""
    return (
        isinstance(value, (bool, int, float))
        and math.isfinite(value)
        and ((8 * value) % 1 == 0 or (abs(value) > 0.05 and (1 / value) % 1 == 0))
    )


def power_of(base: Expression, exponent: Expression) -> Expression:
    """A power; of powers and of products, if the exponent is a whole number, factor by factor."""
    if is_number(exponent, 1):
        return base
    if is_number(exponent) and exponent.value % 1 == 0:
        if base.name == "product_of":
            return product_of(*[power_of(f, exponent) for f in base.inputs])
        if base.name == "power_of" and is_number(base.inputs[1]):
            return power_of(base.inputs[0], number(base.inputs[1].value * exponent.value))
        if is_number(base) and _folds(base.value):
            return number(float(base.value) ** exponent.value)
    return Expression("power_of", (base, exponent), np.float_power)

"""Powers of a constant by a counter, as Adam's βᵗ: carried from step to step as a product.

A loop counts t up by 1, so βᵗ is the last one times β: one product in place of a function of the
C library, which takes as long as a tenth of a small step, and whose last digits are each library's
own. Compilers call it strength reduction.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.compiler.rebuild import Rebuilt
from tinygrad_xor.program.constants import Variable
from tinygrad_xor.program.functions import pow
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Input, Step

_POWERS = (pow, np.power, np.float_power)
_SUMS = (operator.add, np.add)
#: The place of a counter in the state, and the base of the power.
Carried = tuple[int, float]


def carried(program: Program, state: int) -> tuple[Program, list[Carried]]:
    """`program` of a step, with a product more in its state for each power by a counter.

    Args:
        program: takes a state of so many leaves, then a batch; gives the new state first.
        state: how many leaves.

    Returns:
        The program, whose state ends with the products; and for each the counter and the base.

    >>> from tinygrad_xor.program import trace
    >>> step = trace(lambda t, x: (t + 1, x * 0.9 ** (t + 1)), 0, 2.0)
    >>> print(carried(step, 1)[0])
    v0 = input()  # () int, t
    v1 = input()  # () float, 0.9 ** t
    v2 = input()  # () float, x
    v3 = operator.add(v0, 1)  # () int
    v4 = operator.add(v0, 1)  # () int
    v5 = multiply(v1, 0.9)  # () float
    v6 = multiply(v2, v5)  # () float
    return v3, v5, v6
    """
    found: dict[int, Carried] = {}
    lines = program.lines
    for i, step in enumerate(program.steps):
        counter = _counter(program, lines, step, state)
        if counter is not None:
            found[i] = counter, step.inputs[0]
    products = list(dict.fromkeys(found.values()))
    if not products:
        return program, []
    labels = [f"{base!r} ** {program.inputs[i].label}" for i, base in products]
    more = tuple([Input((), np.dtype(float), label, True) for label in labels])
    new = Rebuilt((*program.inputs[:state], *more, *program.inputs[state:]))
    places = [*range(state), *range(state + len(more), len(new.inputs))]
    now: list[Any] = [Variable(i) for i in places]
    next_of: dict[Carried, Variable] = {}
    for i, step in enumerate(program.steps):
        if i not in found:
            now.append(new.add(step.renamed(now)))
            continue
        one = found[i]
        if one not in next_of:
            before = Variable(state + products.index(one))
            product = step.changed(function=np.multiply, inputs=(before, one[1]), parameters={})
            next_of[one] = new.add(product)
        now.append(next_of[one])
    outputs = [now[x.index] if type(x) is Variable else x for x in program.outputs]
    outputs[state:state] = [next_of[one] for one in products]
    return replace(program, inputs=new.inputs, steps=tuple(new.steps), outputs=tuple(outputs)), (
        products
    )


def _counter(program: Program, lines: list[Any], step: Step, state: int) -> int | None:
    """The place in the state of what counts by 1 and is the exponent of this step, if any is."""
    if step.function not in _POWERS or step.dtype != np.float64 or not step.weak:
        return None
    base, exponent = step.inputs
    if type(base) is not float or type(exponent) is not Variable:
        return None
    sum_ = lines[exponent.index]
    if type(sum_) is not Step or sum_.function not in _SUMS:
        return None
    for i, x in enumerate(program.inputs[:state]):
        new = program.outputs[i]
        counts = sum_.inputs in ((Variable(i), 1), (1, Variable(i)))
        if counts and x.dtype.kind == "i" and type(new) is Variable and lines[new.index] == sum_:
            return i
    return None


def power(base: float, count: int) -> float:
    """The product that stands for ``base ** count``: from left to right, as steps make it.

    >>> power(0.5, 3), power(0.9, 0)
    (0.125, 1.0)
    """
    product = 1.0
    for _ in range(count):
        product *= base
        if product == 0.0:
            break
    return product

"""Programs on numbers made shorter, without a change of a bit.

Each pass is a function from a program to a program; `simplified` does all of them in one walk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.arithmetic import evaluated
from tinygrad_xor.compiler.elements import BOOL
from tinygrad_xor.compiler.rebuild import Rebuilt, passed
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: What may stand for a step: an operand; None if nothing simpler is known.
Rule = Callable[[Rebuilt, Step], Any]


def folded(program: Program) -> Program:
    """Steps on constants only are computed now.

    >>> from tinygrad_xor.compiler.scalarize import scalarized
    >>> from tinygrad_xor.program import trace
    >>> print(folded(scalarized(trace(lambda x: np.ones_like(x) * 2.0 + x, 1.0))))
    v0 = input()  # () float, x
    v1 = add(2.0, v0)  # () float
    return v1
    """
    return passed(program, _whole(_fold))


def without_identities(program: Program) -> Program:
    """``x * 1``, ``x - 0``, ``-(-x)`` and the like are ``x``, whatever x is: exact for all floats.

    ``x + 0`` is not: it is 0 where x is -0.
    """
    return passed(program, _whole(_identity))


def common(program: Program) -> Program:
    """What is computed twice from the same is computed once."""
    return passed(program, _whole(_Seen()))


def simplified(program: Program) -> Program:
    """All of this, and without the steps that nobody needs."""
    return passed(program, _whole(_fold, _identity, _Seen())).pruned()


def _whole(*rules: Rule) -> Callable[[Rebuilt, Step], Any]:
    def rule(new: Rebuilt, step: Step) -> Any:
        for part in rules:
            result = part(new, step)
            if result is not None:
                if type(result) is not Step:
                    return result
                step = result
        return new.add(step)

    return rule


def _fold(new: Rebuilt, step: Step) -> Any:
    if any(type(x) is Variable for x in step.inputs):
        return None
    return evaluated(step)


class _Seen:
    """Steps by what they compute."""

    def __init__(self) -> None:
        self.results: dict[Any, Variable] = {}

    def __call__(self, new: Rebuilt, step: Step) -> Any:
        operands = tuple([_key(x) for x in step.inputs])
        key = (step.function, operands, step.dtype)
        if key in self.results:
            return self.results[key]
        if (
            step.function in _TURNABLE
            and (step.function, operands[::-1], step.dtype) in self.results
        ):
            return self.results[step.function, operands[::-1], step.dtype]
        self.results[key] = new.add(step)
        return self.results[key]


#: ``x + y`` and ``y + x`` are the same bits.
_TURNABLE = {np.add, np.multiply}


def _key(x: Any) -> Any:
    if type(x) is Variable:
        return x.index
    if type(x) is float:
        return float, x.hex()
    return type(x), x


def _identity(new: Rebuilt, step: Step) -> Any:
    """What a step is anyway."""
    rule = _IDENTITIES.get(step.function)
    return None if rule is None else rule(new, step, *step.inputs)


def _is(x: Any, number: float) -> bool:
    """Whether an operand is this number, with this sign of zero."""
    x = x.data if type(x) is Constant else x
    if type(x) is Variable or isinstance(x, (bool, np.dtype)):
        return False
    return bool(x == number) and math.copysign(1.0, x) == math.copysign(1.0, number)


def _made_by(new: Rebuilt, x: Any, function: Any) -> Any:
    """What `function` was called with to give `x`, if it was."""
    if type(x) is not Variable or x.index < len(new.inputs):
        return None
    step = new.steps[x.index - len(new.inputs)]
    return step.inputs if step.function is function else None


def _step(step: Step, function: Any, *inputs: Any) -> Step:
    return step.changed(function=function, inputs=inputs, parameters={}, shape=())


def _of_sum(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
    if step.dtype is not None and step.dtype.kind != "f":
        return None
    if _is(y, -0.0):
        return x
    if _is(x, -0.0):
        return y
    if minus := _made_by(new, y, np.negative):
        return _step(step, np.subtract, x, *minus)
    if minus := _made_by(new, x, np.negative):
        return _step(step, np.subtract, y, *minus)
    return None


def _of_difference(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
    if step.dtype is not None and step.dtype.kind != "f":
        return None
    if _is(y, 0.0):
        return x
    if minus := _made_by(new, y, np.negative):
        return _step(step, np.add, x, *minus)
    return None


def _of_product(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
    if step.dtype is not None and step.dtype.kind == "b":
        return None
    for factor, other in ((x, y), (y, x)):
        if _is(factor, 1.0):
            return other
        if _is(factor, -1.0):
            return _step(step, np.negative, other)
    return None


def _of_quotient(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
    if _is(y, 1.0):
        return x
    number = y.data.item() if type(y) is Constant else y
    if type(number) is not float or not 1e-30 < abs(number) < 1e30:
        return None
    if math.frexp(number)[0] not in (0.5, -0.5):
        return None
    inverse = Constant(np.float32(1 / number)) if type(y) is Constant else 1 / number
    return _step(step, np.multiply, x, inverse)


def _of_choice(new: Rebuilt, step: Step, condition: Any, x: Any, y: Any) -> Any:
    if type(condition) is bool:
        return x if condition else y
    return x if _key(x) == _key(y) else None


def _of_extreme(comparison: Any) -> Callable[..., Any]:
    """Beside a number that is known not to be NaN, one comparison tells; as the table has it."""

    def rule(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
        if type(y) is Variable or step.dtype is None or step.dtype.kind != "f":
            return None
        if math.isnan(y.data if type(y) is Constant else y):
            return y
        compared = _step(step, comparison, x, y).changed(dtype=BOOL, label=None, weak=True)
        beyond = new.add(compared)
        return _step(step, np.where, beyond, y, x)

    return rule


def _of_negative(new: Rebuilt, step: Step, x: Any) -> Any:
    inner = _made_by(new, x, np.negative)
    return inner and inner[0]


def _of_absolute(new: Rebuilt, step: Step, x: Any) -> Any:
    if inner := _made_by(new, x, np.negative):
        return _step(step, np.absolute, *inner)
    return x if _made_by(new, x, np.absolute) else None


def _of_truths(neutral: bool) -> Callable[..., Any]:
    """Beside one truth value the other decides; the opposite one decides alone."""

    def rule(new: Rebuilt, step: Step, x: Any, y: Any) -> Any:
        for known, other in ((x, y), (y, x)):
            if type(known) is bool:
                return other if known is neutral else known
        return None

    return rule


_IDENTITIES: dict[Any, Callable[..., Any]] = {
    **{np.add: _of_sum, np.subtract: _of_difference, np.multiply: _of_product},
    **{np.divide: _of_quotient, np.where: _of_choice, np.negative: _of_negative},
    **{np.maximum: _of_extreme(np.less_equal), np.minimum: _of_extreme(np.greater_equal)},
    np.absolute: _of_absolute,
    **dict.fromkeys((np.logical_or, np.bitwise_or), _of_truths(False)),
    **dict.fromkeys((np.logical_and, np.bitwise_and), _of_truths(True)),
}

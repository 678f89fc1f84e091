"""Arrays with few elements as numbers, each a variable of its own: straight-line arithmetic.

The program is run once, on arrays of variables. What only moves elements is done by NumPy itself on
these arrays, and leaves no trace; what computes becomes a step for each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.contractions import CONTRACTIONS, REDUCTIONS
from tinygrad_xor.compiler.elements import (
    BOOL,
    DTYPES,
    FLOAT,
    SINGLE,
    Elements,
    NotLoweredError,
    filled,
)
from tinygrad_xor.compiler.lowerings import SYNONYMS, lowering
from tinygrad_xor.program import functions
from tinygrad_xor.program.constants import Constant, Variable, found, mapped
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Input, Step
from tinygrad_xor.program.trees import Form


def scalarized(program: Program) -> Program:
    """`program` on numbers: each array of its inputs and outputs is a tuple of its elements.

    If it may refuse its numbers when it runs, whether it does is one more output, the last.

    Raises:
        NotLoweredError: if a step has no form in numbers.

    >>> from tinygrad_xor.program import trace
    >>> print(scalarized(trace(lambda x, w: x @ w, np.ones(2), np.ones(2))))
    v0 = input()  # () float, x[0]
    v1 = input()  # () float, x[1]
    v2 = input()  # () float, w[0]
    v3 = input()  # () float, w[1]
    v4 = multiply(v0, v2)  # () float
    v5 = multiply(v1, v3)  # () float
    v6 = add(v4, v5)  # () float
    return v6
    """
    inputs: list[Input] = []
    now: list[Any] = []
    for x in program.inputs:
        if x.dtype not in DTYPES:
            raise NotLoweredError(x, f"an input of dtype {x.dtype}")
        start = len(inputs)
        for place in np.ndindex(x.shape):
            label = f"{x.label}[{','.join(map(str, place))}]" if x.shape else x.label
            inputs.append(Input((), x.dtype, label, x.dtype != SINGLE))
        now.append(filled(x.shape, map(Variable, range(start, len(inputs)))))
    new = Elements(tuple(inputs), program.lines)
    refused: list[Any] = []
    for step in program.steps:
        new.of = step
        check = getattr(step.function, "refuses", None)
        if check is not None:
            refused.append(_refusal(new, check(*step.inputs, **step.parameters), now))
            now.append(None)
        else:
            now.append(_result(new, step, now))
    new.of = None
    arrays = [now[x.index] if type(x) is Variable else new.array(x) for x in program.outputs]
    outputs = [e for x in arrays for e in x.flat]
    gives = [_form(x.shape) for x in arrays]
    for check in refused[1:]:
        refused[0] = new.emit(np.logical_or, (refused[0], check), BOOL)
    return Program(
        new.inputs,
        tuple(new.steps),
        tuple(outputs + refused[:1]),
        Form(tuple, None, tuple([_form(x.shape) for x in program.inputs])),
        Form(tuple, None, tuple(gives + [Form(None)] * len(refused[:1]))),
    )


def _form(shape: tuple[int, ...]) -> Form:
    """A number, or a tuple of all elements."""
    return Form(tuple, None, (Form(None),) * math.prod(shape)) if shape else Form(None)


def _refusal(new: Elements, check: tuple[Any, bool, bool], now: list[Any]) -> Any:
    """Whether numbers are refused, from what is asked of which, for all or for any of them."""
    asked, wanted, of_all = check
    flat = new.cast_all(new.array(_at(asked, now)), BOOL).ravel().tolist()
    answer: Any = of_all
    for x in flat:
        answer = new.emit(np.logical_and if of_all else np.logical_or, (answer, x), BOOL)
    return new.emit(np.logical_not, (answer,), BOOL) if wanted else answer


def _at(x: Any, now: list[Any]) -> Any:
    return now[x.index] if type(x) is Variable else x


def _result(new: Elements, step: Step, now: list[Any]) -> Any:
    """The elements of what a step gives."""
    if step.dtype is not None and step.dtype not in DTYPES:
        raise NotLoweredError(step, f"a result of dtype {step.dtype}")
    handler = handler_of(step.function)
    if handler is None:
        raise NotLoweredError(step, "no form in numbers is known")
    inputs = mapped(lambda x: _at(x, now), step.inputs)
    parameters = mapped(lambda x: _at(x, now), step.parameters)
    result = handler(new, step, *inputs, **parameters)
    if step.shape is not None and np.shape(result) != step.shape:
        raise NotLoweredError(step, f"in numbers it has shape {np.shape(result)}")
    return result


def handler_of(function: Any) -> Callable[..., Any] | None:
    """What writes a function in numbers, if anything does."""
    for table in (HANDLERS, REDUCTIONS, CONTRACTIONS):
        if function in table:
            return table[function]
    if any(lowering(function, kind) is not None for kind in "fib"):
        return _each
    return None


# -- elements elsewhere ----------------------------------------------------------------------------

#: Functions that put elements elsewhere and compute nothing.
MOVES = (
    *(np.reshape, np.ravel, np.squeeze, np.expand_dims, np.broadcast_to, np.transpose),
    *(np.swapaxes, np.moveaxis, np.rollaxis, np.flip, np.fliplr, np.flipud, np.roll, np.rot90),
    *(np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.repeat),
    *(np.tile, np.take, np.take_along_axis, np.diagonal, np.atleast_1d, np.atleast_2d),
    *(np.atleast_3d, np.split, np.array_split, np.hsplit, np.vsplit, np.matrix_transpose),
    *(np.delete, np.append, np.copy, np.positive, np.real, functions.getitem),
)


def _moved(new: Elements, step: Step, first: Any, *rest: Any, **parameters: Any) -> Any:
    if found(np.ndarray, (rest, parameters)):
        raise new.refusal("places that are computed")
    if isinstance(first, (tuple, list)):
        if all(isinstance(x, (int, float)) for x in first):
            raise new.refusal("in this form of arguments")
        if step.function is functions.getitem:  # of several results, one
            return first[rest[0]]
        first = [new.cast_all(new.array(x), step.dtype) for x in first]
    else:
        first = new.array(first)
    rest, parameters = mapped(lambda x: x.data if type(x) is Constant else x, (rest, parameters))
    if step.function in (np.positive, np.real):
        return first
    moved = step.function(first, *rest, **parameters)
    if isinstance(moved, (tuple, list)):
        return [*moved]
    if isinstance(moved, np.ndarray) and moved.dtype == object:
        return moved
    return filled((), [moved])


def _filled(new: Elements, step: Step, *inputs: Any, **parameters: Any) -> Any:
    fill = 0.0 if step.function is np.zeros_like else 1.0
    return np.broadcast_to(filled((), [new.cast(fill, step.dtype)]), step.shape)  # type: ignore[arg-type]


def _full_like(new: Elements, step: Step, x: Any, fill_value: Any, **more: Any) -> Any:
    return np.broadcast_to(new.cast_all(new.array(fill_value), step.dtype), step.shape)  # type: ignore[arg-type]


# -- numbers of numbers ----------------------------------------------------------------------------


def _converted(new: Elements, step: Step, x: Any, *rest: Any, **more: Any) -> Any:
    return new.cast_all(new.array(x).reshape(step.shape), step.dtype)


def _each(new: Elements, step: Step, *inputs: Any, **parameters: Any) -> Any:
    """A function of numbers, for each element."""
    if parameters:
        raise new.refusal(f"with {sorted(parameters)}")
    assert step.dtype is not None
    function = SYNONYMS.get(step.function, step.function)
    arrays = [new.array(x) for x in inputs]
    if function is np.where:
        if len(arrays) != 3:
            raise new.refusal("with one argument")
        condition, *chosen = arrays
        arrays = [new.cast_all(condition, BOOL), *[new.cast_all(x, step.dtype) for x in chosen]]
        return new.each(function, arrays, step.dtype)
    loop = _loop(new, step, function)
    if lowering(function, loop.kind) is None:
        raise new.refusal(f"for {loop} no form in numbers is known")
    return new.each(function, [new.cast_all(x, loop) for x in arrays], step.dtype)


_LOGICAL = {np.logical_and, np.logical_or, np.logical_xor, np.logical_not}


def _loop(new: Elements, step: Step, function: Any) -> np.dtype[Any]:
    """The dtype in which a function of numbers computes, by NumPy's promotion."""
    assert step.dtype is not None
    if function in _LOGICAL:
        return BOOL
    if step.dtype.kind != "b":
        return step.dtype
    loop = np.result_type(*map(new.about_old, step.inputs))
    return FLOAT if loop.kind == "i" and lowering(function, "i") is None else loop


def _power(new: Elements, step: Step, x: Any, y: Any, **more: Any) -> Any:
    """Squares are products, roots are roots: not the library's pow, which rounds otherwise."""
    dtype = step.dtype
    if dtype not in (FLOAT, SINGLE):
        raise new.refusal(f"for {dtype} no form in numbers is known")
    bases, exponents = np.broadcast_arrays(new.array(x), new.array(y))
    out = []
    for base, exponent in zip(bases.flat, exponents.flat, strict=True):
        e = exponent.data.item() if type(exponent) is Constant else exponent
        b = new.cast(base, dtype)
        if e == 2:
            out.append(new.emit(np.multiply, (b, b), dtype))
        elif e == 0.5:
            out.append(new.emit(np.sqrt, (b,), dtype))
        elif e == -1:
            out.append(new.emit(np.divide, (new.cast(1.0, dtype), b), dtype))
        elif e == 1:
            out.append(b)
        else:
            out.append(new.emit(np.power, (b, new.cast(exponent, dtype)), dtype))
    return filled(step.shape or (), out)


def _rounded(new: Elements, step: Step, a: Any, decimals: Any = 0, *more: Any) -> Any:
    if decimals != 0 or step.dtype not in (FLOAT, SINGLE):
        raise new.refusal("to decimals")
    return new.each(np.rint, (new.array(a),), step.dtype)


HANDLERS: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(MOVES, _moved),
    **dict.fromkeys((np.zeros_like, np.ones_like), _filled),
    **dict.fromkeys((functions.astype, functions.item), _converted),
    **dict.fromkeys((np.power, np.float_power, functions.pow), _power),
    **{np.full_like: _full_like, np.round: _rounded},
}

"""Calls that are written as calls of simpler functions, before anything else is done.

These are functions that the table of lowerings does not have, and functions that are one step of a
program because they look at their numbers: of those, the form that is right for all numbers.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinygrad_xor.compiler.rebuild import Rebuilt, passed
from tinygrad_xor.program.constants import Variable, mapped, thawed
from tinygrad_xor.program.functions import FUNCTIONS
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.recorder import Recorder
from tinygrad_xor.program.refusal import RAISED
from tinygrad_xor.program.step import Step
from tinygrad_xor.program.trees import Form

Function = Callable[..., Any]


def _remainder(x: Any, y: Any) -> Any:
    """Of the sign of the divisor: what `fmod` gives, and the divisor where signs differ."""
    rest = np.fmod(x, y)
    moved = np.where((rest != 0) & ((y < 0) != (rest < 0)), rest + y, rest)
    return np.where(moved == 0, np.copysign(0.0, y), moved)


def _floor_divide(x: Any, y: Any) -> Any:
    """The whole number below x/y, from the remainder, as Python computes it."""
    rest = np.fmod(x, y)
    quotient = (x - rest) / y
    quotient = np.where((rest != 0) & ((y < 0) != (rest < 0)), quotient - 1, quotient)
    low = np.floor(quotient)
    low = np.where(quotient - low > 0.5, low + 1, low)
    low = np.where(quotient == 0, np.copysign(0.0, x / y), low)
    return np.where(y == 0, x / y, low)


def _logaddexp(x: Any, y: Any) -> Any:
    """As NumPy's own: for equal infinities without their difference."""
    larger, distance = np.maximum(x, y), np.abs(x - y)
    return np.where(x == y, x + math.log(2), larger + np.log1p(np.exp(-distance)))


def _logaddexp2(x: Any, y: Any) -> Any:
    larger, distance = np.maximum(x, y), np.abs(x - y)
    sums = larger + np.log1p(np.exp2(-distance)) * (1 / math.log(2))
    return np.where(x == y, x + 1, sums)


def _heaviside(x: Any, y: Any) -> Any:
    above = (x > 0).astype(np.result_type(x, y))
    return np.where(np.isnan(x), x, np.where(x == 0, y, above))


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    most = np.finfo(x.dtype).max.item()
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, most if posinf is None else posinf, x)
    return np.where(x == -np.inf, -most if neginf is None else neginf, x)


def _var(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    sums = np.sum(a, axis=axis, keepdims=True)
    n = a.size / max(1, sums.size)
    away = a - sums / n
    return np.sum(away * away, axis=axis, keepdims=keepdims) / max(n - ddof, 0)


def _std(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    return np.sqrt(_var(a, axis, ddof, keepdims))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    of_vectors = x.ndim == 1 if axis is None else isinstance(axis, int)
    if ord not in (None, 2) or (ord == 2 and not of_vectors):
        return NotImplemented
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _fmax(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.maximum(x, y)))


def _fmin(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.minimum(x, y)))


#: Functions of NumPy's, in simpler ones; one that gives NotImplemented, or does not take the
#: arguments of a call, leaves the call as it is.
SIMPLER: dict[Function, Function] = {
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1 / x,
    **{np.remainder: _remainder, np.floor_divide: _floor_divide},
    **{FUNCTIONS["operator.mod"]: _remainder, FUNCTIONS["operator.floordiv"]: _floor_divide},
    **{np.logaddexp: _logaddexp, np.logaddexp2: _logaddexp2, np.heaviside: _heaviside},
    **{np.clip: _clip, np.nan_to_num: _nan_to_num, np.fmax: _fmax, np.fmin: _fmin},
    **{np.var: _var, np.std: _std},
    np.linalg.norm: _norm,
    **{f: lambda x: x * (math.pi / 180) for f in (np.deg2rad, np.radians)},
    **{f: lambda x: x * (180 / math.pi) for f in (np.rad2deg, np.degrees)},
    np.diff: lambda a, n=1, axis=-1: (
        a[_along(a, axis, 1, None)] - a[_along(a, axis, 0, -1)] if n == 1 else NotImplemented
    ),
    np.ptp: lambda a, axis=None, keepdims=False: (
        np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
    ),
    np.trace: lambda a, offset=0, axis1=0, axis2=1: np.sum(
        np.diagonal(a, offset, axis1, axis2), axis=-1
    ),
    np.linalg.matmul: lambda a, b: a @ b,
    np.linalg.outer: np.outer,
}


def _along(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    where = [slice(None)] * np.ndim(a)
    where[axis] = slice(start, stop)
    return tuple(where)


def expanded(program: Program, simpler: Mapping[Function, Function] = SIMPLER) -> Program:
    """`program` with calls of simpler functions in the place of those that have such a form.

    Args:
        program: any program.
        simpler: functions, and NumPy functions that compute the same from the same arguments.

    >>> from tinygrad_xor.program import trace
    >>> print(expanded(trace(lambda x: np.square(x), np.ones(2))))
    v0 = input()  # (2,) float64, x
    v1 = multiply(v0, v0)  # (2,) float64
    return v1
    """
    program = passed(program, lambda new, step: _expanded(new, step, simpler))
    return program.pruned()


def _expanded(new: Rebuilt, step: Step, simpler: Mapping[Function, Function]) -> Any:
    form = simpler.get(step.function) or getattr(step.function, "in_steps", None)
    if (
        form is None
        or step.dtype is None
        or step.dtype.kind not in "fb"
        or _with_integers(new, step)
    ):
        return new.add(step)
    part = _traced(new, step, form)
    if part is None:
        return new.add(step)
    now: list[Any] = list(dict.fromkeys(step.reads))
    for inner in part.steps:
        again = inner.renamed(now).changed(
            label=None, scopes=(*step.scopes, *inner.scopes), source=step.source
        )
        now.append(_expanded(new, again, simpler))
    result = part.outputs[0]
    return now[result.index] if type(result) is Variable else result


def _with_integers(new: Rebuilt, step: Step) -> bool:
    """Whether whole numbers alone are computed with: some forms hold for floats only."""
    dtypes = [new.about(x)[1] for x in step.reads]
    return (
        step.dtype is not None
        and step.dtype.kind == "b"
        and all(d is not None and d.kind in "iu" for d in dtypes)
    )


def _traced(new: Rebuilt, step: Step, form: Function) -> Program | None:
    """The program of a form for the shapes of a step; None if it has none for these arguments."""
    kinds = {x: new.about(x) for x in step.reads}
    if any(shape is None or dtype is None for shape, dtype, _ in kinds.values()):
        return None
    first = {x: Variable(i) for i, x in enumerate(kinds)}
    inputs, parameters = (
        mapped(lambda x: first[x] if type(x) is Variable else x, part)
        for part in (step.inputs, step.parameters)
    )
    alone = step.changed(inputs=inputs, parameters=parameters, scopes=(), source=None)
    return _traced_once(form, alone, tuple(kinds.values()))


@functools.lru_cache(maxsize=256)
def _traced_once(form: Function, step: Step, kinds: tuple[Any, ...]) -> Program | None:
    try:
        inspect.signature(form).bind(*step.inputs, **step.parameters)
    except TypeError:
        return None
    recorder = Recorder()
    examples = []
    for i, (shape, dtype, weak) in enumerate(kinds):
        example: Any = np.full(shape, 0.5 if dtype.kind in "fc" else 1, dtype)
        if not shape:
            example = example[()].item() if weak else example[()]
        examples.append(recorder.input(example, f"v{i}"))
    with np.errstate(all="ignore"), recorder:
        RAISED.clear()
        result = form(*thawed(step.inputs, examples), **thawed(step.parameters, examples))
        if result is NotImplemented or RAISED:
            return None
        if result.dtype != step.dtype or result.shape != step.shape:
            return None
        output = result.item() if step.weak and not result.shape else result
    one = Form(None)
    return Program(
        tuple(recorder.inputs),
        tuple(recorder.steps),
        (output.variable,),
        Form(tuple, None, (one,) * len(kinds)),
        one,
    )

"""How a step of a program is written with ONNX's operators: a row of the table for each kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.program.functions import FUNCTIONS, OPERATORS
from tinygrad_xor.program.step import Step

Function = Callable[..., Any]

#: Functions of numbers one by one; all of them are kept in float64 by onnxruntime.
ELEMENTWISE: dict[Function, str] = {
    **{np.add: "Add", np.subtract: "Sub", np.multiply: "Mul", np.divide: "Div"},
    **{np.negative: "Neg", np.absolute: "Abs", np.fabs: "Abs", np.sign: "Sign"},
    **{np.sqrt: "Sqrt", np.exp: "Exp", np.log: "Log", np.power: "Pow", FUNCTIONS["pow"]: "Pow"},
    **{np.sin: "Sin", np.cos: "Cos", np.tanh: "Tanh", np.reciprocal: "Reciprocal"},
    **{np.floor: "Floor", np.ceil: "Ceil", np.rint: "Round", np.fmod: "Mod"},
    **{np.maximum: "Max", np.minimum: "Min", np.positive: "Identity", np.conjugate: "Identity"},
    **{np.less: "Less", np.less_equal: "LessOrEqual", np.equal: "Equal", np.not_equal: "Equal"},
    **{np.greater: "Greater", np.greater_equal: "GreaterOrEqual"},
    **{np.isnan: "IsNaN", np.isinf: "IsInf", np.matmul: "MatMul"},
}
#: Of truth values alone.
BITWISE: dict[Function, str] = {
    **{np.bitwise_and: "And", np.bitwise_or: "Or", np.bitwise_xor: "Xor", np.invert: "Not"},
}
#: Of truth values; of numbers, whether they are 0.
LOGIC: dict[Function, str] = {
    **{np.logical_and: "And", np.logical_or: "Or", np.logical_xor: "Xor", np.logical_not: "Not"},
    **BITWISE,
}
#: Sums and their kin, over some axes.
REDUCTIONS: dict[Function, str] = {
    **{np.sum: "ReduceSum", np.add.reduce: "ReduceSum", np.mean: "ReduceMean"},
    **{np.prod: "ReduceProd", np.multiply.reduce: "ReduceProd"},
    **{np.max: "ReduceMax", np.maximum.reduce: "ReduceMax", np.any: "ReduceMax"},
    **{np.min: "ReduceMin", np.minimum.reduce: "ReduceMin", np.all: "ReduceMin"},
    **{np.logical_or.reduce: "ReduceMax", np.logical_and.reduce: "ReduceMin"},
}
#: What brings the number in that such a sum starts from.
STARTED = {"ReduceSum": "Add", "ReduceProd": "Mul", "ReduceMax": "Max", "ReduceMin": "Min"}
#: What counts as nothing in them.
LEFT_OUT = {"ReduceSum": 0, "ReduceProd": 1}
#: Where the largest and the smallest are.
PLACES: dict[Function, str] = {np.argmax: "ArgMax", np.argmin: "ArgMin"}
#: Sums of all that comes before.
RUNNING_SUMS = {np.cumsum, np.add.accumulate}
#: Arrays of one number, as large as another.
FILLED: dict[Function, float] = {np.zeros_like: 0.0, np.ones_like: 1.0}

#: Python's own operators are those of NumPy.
NUMPYS = {python: numpys for numpys, python in OPERATORS.items()}


def given(step: Step) -> dict[str, Any]:
    """The arguments of a step, by the names that the function has for them.

    A method of a ufunc's has the names of ``ufunc.reduce``.
    """
    if isinstance(getattr(step.function, "__self__", None), np.ufunc):
        names = ("a", "axis", "dtype", "out", "keepdims")
        found: dict[str, Any] = {"axis": 0, **dict(zip(names, step.inputs, strict=False))}
    else:
        bound = inspect.signature(step.function).bind(*step.inputs, **step.parameters).arguments
        found = bound | bound.pop("kwargs", {})
    return {name: x for name, x in (found | step.parameters).items() if x is not np._NoValue}


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that are meant, counted from the first; all for None."""
    if axis is None:
        return list(range(ndim))
    return [int(i) % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,))]

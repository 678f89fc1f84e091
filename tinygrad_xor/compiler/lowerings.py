"""The table of lowerings: NumPy functions of numbers, as they are written in three languages.

A line is read as an entry of a dictionary. ``{0}``, ``{1}``, … are the operands. In LLVM ``{r}`` is
the result, ``{t}`` the type, and instructions are parted by ``;``. Where Python raises an error and
NumPy has an answer, as for 1/0, a second form gives that answer; it is asked when the first raised.

What is exact in floating point is the same bits in every language. The rest is the C library's in
Python and in machine code, so the same bits too, and in JavaScript the browser's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.compiler.forms import (
    Lowering,
    against_infinity,
    extreme,
    infix,
    library,
    to_whole,
)
from tinygrad_xor.compiler.scaling import exponent, power_of_two
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.functions import OPERATORS, astype, pow
from tinygrad_xor.program.step import Step

Function = Callable[..., Any]

#: Of floats, and what takes floats and gives truth values.
FLOATS: dict[Function, Lowering] = {
    np.add: infix("+", "fadd"),
    np.subtract: infix("-", "fsub"),
    np.multiply: infix("*", "fmul"),
    np.divide: infix("/", "fdiv", careful="_divided({0}, {1})"),
    np.negative: Lowering("-{0}", "{r} = fneg {t} {0}", "-{0}"),
    np.absolute: Lowering("abs({0})", "{r} = call {t} @llvm.fabs.{f}({t} {0})", "Math.abs({0})"),
    np.sqrt: Lowering(
        "sqrt({0})",
        "{r} = call {t} @llvm.sqrt.{f}({t} {0})",
        "Math.sqrt({0})",
        "_careful(sqrt, {0})",
        gives_double=True,
    ),
    np.maximum: extreme(">", "ogt"),
    np.minimum: extreme("<", "olt"),
    np.sign: Lowering(
        "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0 if {0} == 0.0 else {0})",
        "{r}.a = fcmp ogt {t} {0}, 0.0; {r}.b = fcmp olt {t} {0}, 0.0; "
        "{r}.c = fcmp oeq {t} {0}, 0.0; {r}.d = select i1 {r}.c, {t} 0.0, {t} {0}; "
        "{r}.e = select i1 {r}.b, {t} -1.0, {t} {r}.d; "
        "{r} = select i1 {r}.a, {t} 1.0, {t} {r}.e",
        "({0} > 0 ? 1 : {0} < 0 ? -1 : {0} === 0 ? 0 : {0})",
        gives_double=True,
    ),
    np.copysign: Lowering(
        "copysign({0}, {1})",
        "{r} = call {t} @llvm.copysign.{f}({t} {0}, {t} {1})",
        "(_isNegative({1}) ? -Math.abs({0}) : Math.abs({0}))",
        gives_double=True,
    ),
    np.floor: to_whole("floor", "floor", "Math.floor"),
    np.ceil: to_whole("ceil", "ceil", "Math.ceil"),
    np.trunc: to_whole("int", "trunc", "Math.trunc"),
    np.rint: to_whole("round", "rint", "_rint"),
    np.fmod: replace(library("fmod", 2), javascript="{0} % {1}"),
    np.power: replace(library("pow", 2), javascript="_pow({0}, {1})", careful="_power({0}, {1})"),
    np.exp2: replace(library("exp2"), javascript="2 ** {0}"),
    **{
        function: library(function.__name__.replace("arc", "a"))
        for function in (
            *(np.exp, np.expm1, np.log, np.log2, np.log10, np.log1p, np.cbrt),
            *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
            *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
        )
    },
    np.arctan2: library("atan2", 2),
    np.hypot: library("hypot", 2),  # Python's own is not the C library's
    np.less: infix("<", "fcmp olt"),
    np.less_equal: infix("<=", "fcmp ole"),
    np.greater: infix(">", "fcmp ogt"),
    np.greater_equal: infix(">=", "fcmp oge"),
    np.equal: infix("==", "fcmp oeq", "==="),
    np.not_equal: infix("!=", "fcmp une", "!=="),
    np.isnan: Lowering("{0} != {0}", "{r} = fcmp uno {t} {0}, {0}", "{0} !== {0}"),
    np.isinf: against_infinity("==", "oeq", "==="),
    np.isfinite: against_infinity("<", "olt", "<"),
    power_of_two: Lowering(
        "ldexp(1.0, int({0}))",
        # added to 2^52 and half of it, a whole number stands in the lowest bits
        "{r}.a = fadd double {0}, 0x43380000000003FF; {r}.b = bitcast double {r}.a to i64; "
        "{r}.c = shl i64 {r}.b, 52; {r} = bitcast i64 {r}.c to double",
        "_powers[{0} + 1022]",
    ),
    exponent: Lowering(
        "(frexp({0})[1] - 1.0)",
        "{r}.a = bitcast double {0} to i64; {r}.b = lshr i64 {r}.a, 52; "
        "{r}.c = or i64 {r}.b, 4841369599423283200; {r}.d = bitcast i64 {r}.c to double; "
        "{r} = fsub double {r}.d, 0x43300000000003FF",
        "_exponent({0})",
    ),
    np.signbit: Lowering(
        "copysign(1.0, {0}) < 0.0",
        "{r}.a = call {t} @llvm.copysign.{f}({t} 1.0, {t} {0}); {r} = fcmp olt {t} {r}.a, 0.0",
        "_isNegative({0})",
    ),
}

#: Of whole numbers, of 64 bits.
INTEGERS: dict[Function, Lowering] = {
    np.add: infix("+", "add"),
    np.subtract: infix("-", "sub"),
    np.multiply: infix("*", "mul"),
    np.negative: Lowering("-{0}", "{r} = sub {t} 0, {0}", "-{0}"),
    **{
        function: Lowering(
            f"({{0}} if {{0}} {sign} {{1}} else {{1}})",
            f"{{r}} = call i64 @llvm.{llvm}.i64(i64 {{0}}, i64 {{1}})",
            f"({{0}} {sign} {{1}} ? {{0}} : {{1}})",
        )
        for function, sign, llvm in ((np.maximum, ">", "smax"), (np.minimum, "<", "smin"))
    },
    np.absolute: Lowering(
        "abs({0})", "{r} = call i64 @llvm.abs.i64(i64 {0}, i1 false)", "Math.abs({0})"
    ),
    np.less: infix("<", "icmp slt"),
    np.less_equal: infix("<=", "icmp sle"),
    np.greater: infix(">", "icmp sgt"),
    np.greater_equal: infix(">=", "icmp sge"),
    np.equal: infix("==", "icmp eq", "==="),
    np.not_equal: infix("!=", "icmp ne", "!=="),
}

_NOT = Lowering("not {0}", "{r} = xor i1 {0}, true", "!{0}")
_AND = infix("and", "and", "&&")
_OR = infix("or", "or", "||")
_UNEQUAL = infix("!=", "xor", "!==")

#: Of truth values.
TRUTHS: dict[Function, Lowering] = {
    np.logical_not: _NOT,
    np.invert: _NOT,
    np.logical_and: _AND,
    np.bitwise_and: _AND,
    np.multiply: _AND,
    np.logical_or: _OR,
    np.bitwise_or: _OR,
    np.add: _OR,
    np.logical_xor: _UNEQUAL,
    np.bitwise_xor: _UNEQUAL,
    np.not_equal: _UNEQUAL,
    np.equal: infix("==", "icmp eq", "==="),
}

TABLES: dict[str, dict[Function, Lowering]] = {"f": FLOATS, "i": INTEGERS, "b": TRUTHS}

#: A choice, whatever the kind of what is chosen.
WHERE = Lowering(
    "({1} if {0} else {2})",
    "{r} = select i1 {0}, {t} {1}, {t} {2}",
    "({0} ? {1} : {2})",
)

#: From one kind to another.
CASTS: dict[tuple[str, str], Lowering] = {
    ("float64", "float32"): Lowering(
        "float32({0})", "{r} = fptrunc double {0} to float", "Math.fround({0})"
    ),
    ("float32", "float64"): Lowering("float({0})", "{r} = fpext float {0} to double", "{0}"),
    ("int64", "float64"): Lowering("float({0})", "{r} = sitofp i64 {0} to double", "{0}"),
    ("int64", "float32"): Lowering(
        "float32({0})", "{r} = sitofp i64 {0} to float", "Math.fround({0})"
    ),
    ("bool", "float64"): Lowering("float({0})", "{r} = uitofp i1 {0} to double", "Number({0})"),
    ("bool", "float32"): Lowering("float32({0})", "{r} = uitofp i1 {0} to float", "Number({0})"),
    ("bool", "int64"): Lowering("int({0})", "{r} = zext i1 {0} to i64", "Number({0})"),
    ("float64", "bool"): Lowering("{0} != 0.0", "{r} = fcmp une double {0}, 0.0", "{0} !== 0"),
    ("float32", "bool"): Lowering("{0} != 0.0", "{r} = fcmp une float {0}, 0.0", "{0} !== 0"),
    ("int64", "bool"): Lowering("{0} != 0", "{r} = icmp ne i64 {0}, 0", "{0} !== 0"),
}

#: Other names of functions of the table.
SYNONYMS: dict[Function, Function] = {
    **{operator: function for function, operator in OPERATORS.items()},
    np.fabs: np.absolute,
    np.float_power: np.power,
    np.abs: np.absolute,
    pow: np.power,
    np.round: np.rint,
}


def lowering(function: Function, kind: str) -> Lowering | None:
    """How a function of numbers of that kind (``f``, ``i``, ``b``) is written, if it is known."""
    if function is np.where:
        return WHERE
    return TABLES.get(kind, {}).get(SYNONYMS.get(function, function))


def dtype_of(x: Any, dtypes: Sequence[Any] = ()) -> np.dtype[Any]:
    """Of an operand; the variables have these."""
    if type(x) is Variable:
        return dtypes[x.index]
    return x.data.dtype if type(x) is Constant else np.dtype(type(x))


def lowering_of(
    step: Step, dtypes: Sequence[Any] = ()
) -> tuple[Lowering | None, np.dtype[Any], tuple[Any, ...]]:
    """How a step on numbers is written, the dtype of these numbers, and its operands."""
    dtype = dtype_of(step.inputs[1 if step.function is np.where else 0], dtypes)
    if step.function is astype:
        assert step.dtype is not None
        return CASTS.get((dtype.name, step.dtype.name)), dtype, step.inputs[:1]
    return lowering(step.function, dtype.kind), dtype, step.inputs

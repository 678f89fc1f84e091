"""Forms in three languages that many entries of the table of lowerings share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lowering:
    """How a function of numbers is written.

    Attributes:
        python: as an expression.
        llvm: as instructions.
        javascript: as an expression.
        careful: as an expression of Python that raises for no numbers; None if the first does not.
        is_call: whether it takes as long as many operations: a function of the C library.
        gives_double: whether Python's expression is a Python number for float32 operands too.
    """

    python: str
    llvm: str
    javascript: str
    careful: str | None = None
    is_call: bool = False
    gives_double: bool = False


def infix(python: str, llvm: str, javascript: str | None = None, **more: Any) -> Lowering:
    """A sign between two operands."""
    return Lowering(
        f"{{0}} {python} {{1}}",
        f"{{r}} = {llvm} {{t}} {{0}}, {{1}}",
        f"{{0}} {javascript or python} {{1}}",
        **more,
    )


def library(name: str, arguments: int = 1) -> Lowering:
    """A function of the C library, by the name that it has there."""
    places = ", ".join(f"{{{i}}}" for i in range(arguments))
    return Lowering(
        f"{name}({places})",
        f"libm {name}",
        f"Math.{name}({places})",
        f"_careful({name}, {places})",
        is_call=True,
        gives_double=True,
    )


def to_whole(python: str, llvm: str, javascript: str) -> Lowering:
    """A function that rounds to a whole number, and keeps the sign of zero."""
    return Lowering(
        f"copysign({python}({{0}}), {{0}})",
        f"{{r}} = call {{t}} @llvm.{llvm}.{{f}}({{t}} {{0}})",
        f"{javascript}({{0}})",
        f"_whole({python}, {{0}})",
        gives_double=True,
    )


def extreme(sign: str, llvm: str) -> Lowering:
    """The larger or smaller of two numbers; NaN if one is.

    Of two equal ones the second, as on most processors: it matters for zeros only.
    """
    return Lowering(
        f"({{0}} if {{0}} {sign} {{1}} or {{0}} != {{0}} else {{1}})",
        f"{{r}}.a = fcmp {llvm} {{t}} {{0}}, {{1}}; {{r}}.b = fcmp uno {{t}} {{0}}, {{0}}; "
        "{r}.c = or i1 {r}.a, {r}.b; {r} = select i1 {r}.c, {t} {0}, {t} {1}",
        f"({{0}} {sign} {{1}} || {{0}} !== {{0}} ? {{0}} : {{1}})",
    )


def against_infinity(sign: str, llvm: str, javascript: str) -> Lowering:
    """How the size of a number compares with infinity."""
    return Lowering(
        f"abs({{0}}) {sign} inf",
        "{r}.a = call {t} @llvm.fabs.{f}({t} {0}); {r} = " + f"fcmp {llvm} {{t}} {{r}}.a, {{inf}}",
        f"Math.abs({{0}}) {javascript} Infinity",
    )


def libm_call(name: str, arguments: int, single: bool) -> str:
    """The instructions of a call of the C library: of float32 in double precision, then rounded."""
    places = range(arguments)
    if not single:
        given = ", ".join(f"double {{{i}}}" for i in places)
        return f"{{r}} = call double @txor.{name}({given})"
    widened = "".join(f"{{r}}.{i} = fpext float {{{i}}} to double; " for i in places)
    given = ", ".join(f"double {{r}}.{i}" for i in places)
    return (
        f"{widened}{{r}}.d = call double @txor.{name}({given}); "
        "{r} = fptrunc double {r}.d to float"
    )

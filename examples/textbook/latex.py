"""Formulas in LaTeX, as code-hosting pages, KaTeX and MathJax render them.

No backslash stands before a sign of punctuation and no bar is written as ``|``: Markdown would take
them for its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from textbook.algebra import multiply_all
from textbook.expression import Expression, call, is_number, number
from textbook.notation import (
    CONSTANTS,
    INDICES,
    LATEX,
    NOT,
    OPPOSITES,
    PREFIX,
    RELATIONS,
)
from tinygrad_xor.program.precedence import ATOM, POWER, PRODUCT, SUM, Text, within
from tinygrad_xor.viz.infix import minus, written


class NotTypesetError(ValueError):
    """The formula has something in it that no reader would want to see as a formula."""


class Writer:
    """Writes one formula.

    Args:
        index: whether vectors are written by their elements: x_i.
        scalar: whether what is written has no index of its own, so that sums may use the first.
        known: how parameters are written that have these values, as ``repr`` shows them.
    """

    def __init__(
        self,
        index: bool = False,
        scalar: bool = False,
        known: Mapping[str, str] | None = None,
    ) -> None:
        self.index = index
        self.known = known or {}
        self.level = -1 if scalar else 0

    def __call__(self, x: Expression) -> str:
        """The formula in LaTeX."""
        return self.write(x)[0]

    def inside(self, x: Expression, wanted: int) -> str:
        """In brackets, if it binds less tightly than what is around it."""
        return within(self.write(x), wanted, LATEX.brackets)

    def write(self, x: Expression) -> Text:
        """The formula, and how tightly its outermost sign binds."""
        if x.name == "number":
            return number_text(x.value)
        if x.name == "symbol":
            return self.symbol(x), ATOM
        if x.name == "sum_of":
            return self.sum(x)
        if x.name == "product_of":
            return self.product(x)
        if x.name == "power_of":
            return self.power(x)
        if x.name in {*RELATIONS, *NOT, "isfinite", "isnan"}:
            return f"[{self.relation(x)}]", ATOM
        if x.name == "where":
            return self.cases(x)
        if self.index and x.name in ("sum", "suffix_sums", "prod", "cumsum", "cumprod"):
            return self.big(x)
        if self.index and x.name == "logsumexp":
            return rf"\ln {self.big(call('sum', call('exp', *x.inputs)))[0]}", PRODUCT
        return self.call(x)

    def symbol(self, x: Expression) -> str:
        """A letter, with a bar for a gradient, with its index where it has elements."""
        name = str(x.value)
        barred = name.startswith("bar ")
        name = name.removeprefix("bar ")
        letter, _, below = name.partition("_")
        bar = r"\bar "
        if len(letter) > 1:
            letter, bar = rf"{{\mathit{{{letter}}}}}", r"\overline"
        letter = bar + letter if barred else letter
        if self.index and len(x.shape) == 1 and x.shape[0] > 1:
            below += INDICES[self.level]
        return letter + (f"_{below}" if len(below) == 1 else f"_{{{below}}}" if below else "")

    def relation(self, x: Expression) -> str:
        """A condition without its brackets."""
        if x.name in NOT:
            inner = x.inputs[0]
            if inner.name == "isnan":
                return self(inner.inputs[0]) + r" \text{ is a number}"
            opposite = OPPOSITES.get(inner.name)
            if opposite:
                return self.relation(replace(inner, name=opposite))
            return rf"\text{{not }} {self(inner)}"
        if x.name in ("bitwise_and", "logical_and"):
            return r" \text{ and } ".join(map(self.relation, x.inputs))
        is_asked = x.name in RELATIONS or x.name in ("isfinite", "isnan")
        return self.joined(x.name, *map(self.write, x.inputs))[0] if is_asked else self(x)

    def joined(self, name: str, *parts: Text) -> Text:
        """An operation of what is written already."""
        return written(name, parts, notation=LATEX)

    def sum(self, x: Expression) -> Text:
        """Terms with their signs between them; one that is positive first."""
        whole, *others = map(self.write, x.inputs)
        if len(others) == 1 and _is_negative(whole) and not _is_negative(others[0]):
            whole, others = others[0], [whole]
        for term in others:
            if _is_negative(term):
                whole = self.joined("subtract", whole, minus(term, LATEX))
            else:
                whole = self.joined("add", whole, term)
        return whole

    def product(self, x: Expression) -> Text:
        """Factors beside each other, those with negative powers below a line."""
        above: list[Expression] = []
        below: list[Expression] = []
        signs = 0
        for given in x.inputs:
            minus, factor = _without_sign(given)
            signs += minus
            turned = _turned_over(factor)
            if turned is not None:
                below.append(turned)
            elif not is_number(factor, 1):
                above.append(factor)
        whole = self.beside(above)
        if below:
            whole = self.joined("divide", whole, self.beside(below))
        if signs % 2 == 0:
            return whole
        several = len(above) > 1 and not below  # -a b binds as a b does, and so by elements
        wanted, level = (SUM, min(whole[1], PRODUCT)) if several else (PRODUCT, PRODUCT)
        return LATEX.minus + within(whole, wanted, LATEX.brackets), level

    def beside(self, factors: list[Expression]) -> Text:
        """Numbers first, then letters, then sums, then functions."""
        if len(factors) < 2:
            return self.write(factors[0]) if factors else ("1", ATOM)
        *ordered, last = sorted(factors, key=_rank)
        parts = [self.closed(f) for f in ordered]
        parts.append(self.write(last))
        by_elements = len([f for f in factors if len(f.shape) == 2]) > 1
        whole = parts[0]
        for part in parts[1:]:
            digits = re.search(r"\d (\d|\\frac)", f"{whole[0]} {part[0]}")
            kind = " matrices" if by_elements else " numbers" if digits else ""
            whole = self.joined(f"multiply{kind}", whole, part)
        return whole

    def closed(self, x: Expression) -> Text:
        """A factor that others follow: what would reach over them is in brackets."""
        if x.name in PREFIX:
            return self.prefix(x, ATOM + 1), ATOM
        return self.inside(x, PRODUCT if x.name in ("matmul", "dot") else POWER), POWER

    def power(self, x: Expression) -> Text:
        """A power; roots and reciprocals as such; squares of functions as sin² x."""
        exponent = x.inputs[1]
        if is_number(exponent) and exponent.value < 0:
            return self.product(Expression("product_of", (x,), multiply_all))
        return self.joined("power", *map(self.write, x.inputs))

    def cases(self, x: Expression) -> Text:
        """One or the other: by brackets, if one is 0."""
        condition, a, b = x.inputs
        negated = call("logical_not", condition)
        terms: list[Text] = []
        for y, asked in ((a, condition), (b, negated)):
            term = f"[{self.relation(asked)}]", ATOM
            if not is_number(y, 1):
                term = self.joined("multiply", self.write(y), term)
            terms += [] if is_number(y, 0) else [term]
        return terms[0] if len(terms) == 1 else self.joined("add", *terms)

    def big(self, x: Expression) -> Text:
        """A sum or a product over the elements, with an index of its own."""
        sign = r"\prod" if x.name in ("prod", "cumprod") else r"\sum"
        outer = INDICES[self.level] if self.level >= 0 else ""
        bound = {"suffix_sums": rf" \ge {outer}", "cumsum": rf" \le {outer}"}
        bound["cumprod"] = bound["cumsum"]
        self.level += 1
        own = INDICES[self.level]
        text = rf"{sign}_{{{own}{bound.get(x.name, '')}}} {self.inside(x.inputs[0], PRODUCT)}"
        self.level -= 1
        return text, PRODUCT

    def prefix(self, x: Expression, wanted: int) -> str:
        """ln x, with brackets around all that binds less tightly than is wanted."""
        text = self.inside(x.inputs[0], wanted)
        return PREFIX[x.name] + ("" if text.startswith(r"\left(") else " ") + text

    def call(self, x: Expression) -> Text:
        """An operation by its sign, its template or its name."""
        inputs = x.inputs
        if x.name in PREFIX:
            return self.prefix(x, POWER if x.name == "det" else ATOM), PRODUCT
        if x.name in ("matmul", "dot") and all(len(i.shape) == 2 for i in inputs):
            return self.joined("matmul", *map(self.write, inputs))
        if x.name == "solve":
            turned = inputs[0].name == "transposed"
            inverse = self.inside(inputs[0].inputs[0] if turned else inputs[0], ATOM)
            inverse += r"^{-\top}" if turned else "^{-1}"
            return self.joined("matmul", (inverse, POWER), self.write(inputs[1]))
        if x.name == "transposed" and inputs[0].name == "inv":  # one sign for both
            return f"{self.inside(inputs[0].inputs[0], ATOM)}^{{-\\top}}", POWER
        if x.name == "getitem":
            index = x.params["index"]
            taken = self.known.get(repr(index)) or _index(index)
            return f"{self.inside(inputs[0], ATOM)}[{taken}]", ATOM
        if x.name in LATEX.around or x.name == "remainder":
            return self.joined(x.name, *map(self.write, inputs))
        return self.named(x), ATOM

    def named(self, x: Expression) -> str:
        """A function by NumPy's name, of whole arrays."""
        whole, self.index = self.index, False
        name = x.name.rpartition(".")[2].replace("_", " ")
        texts = [self(i) for i in x.inputs]
        texts += [self.known[repr(p)] for p in x.params.values() if repr(p) in self.known]
        words = [p for p in x.params.values() if type(p) is str and len(p) > 1]
        texts += [rf"\text{{{w}}}".replace("->", r"} \to \text{") for w in words]
        self.index = whole
        vector = whole and len(x.shape) == 1 and x.shape[0] > 1
        below = f"_{INDICES[self.level]}" if vector else ""
        if x.name == "vector_norm":
            return rf"\lVert {texts[0]}\rVert"
        kind = "text" if " " in name else "operatorname"  # which would swallow the space
        called = rf"\{name}" if name in ("max", "min") else rf"\{kind}{{{name}}}"
        return f"{called}({', '.join(texts)}){below}"


def _is_negative(part: Text) -> bool:
    """Whether a minus is before all of it."""
    return part[0].startswith(LATEX.minus) and part[1] >= PRODUCT


def _without_sign(x: Expression) -> tuple[bool, Expression]:
    """Whether a factor is a negative number, and the factor without its sign."""
    if not is_number(x) or not (x.value == -1j or (np.isrealobj(x.value) and x.value < 0)):
        return False, x
    return True, replace(x, value=-x.value)


def _turned_over(x: Expression) -> Expression | None:
    """What stands below the line for a factor, if it does: 2 for 1/2, x² for x⁻²."""
    if is_number(x) and np.isrealobj(x.value) and 0.05 < x.value < 1 and (1 / x.value) % 1 == 0:
        return replace(x, value=1 / x.value)
    if x.name != "power_of" or not is_number(x.inputs[1]) or x.inputs[1].value >= 0:
        return None
    base, exponent = x.inputs
    if exponent.value == -1:
        return base
    return replace(x, inputs=(base, number(-exponent.value)))


def _rank(x: Expression) -> int:
    """The place of a factor in a product."""
    if is_number(x):
        return 5 if str(CONSTANTS.get(x.value)).startswith(r"\ln") else 0
    base = x.inputs[0] if x.name == "power_of" else x
    if base.name == "symbol":
        return 1 if base.value == "n" else 2
    return 3 if base.name == "sum_of" else 4


def _index(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    texts = []
    for p in parts:
        if p is Ellipsis:
            texts.append(r"\ldots")
        elif isinstance(p, (int, np.integer)):
            texts.append(str(p))
        else:
            raise NotTypesetError(f"an index of {type(p).__name__}")
    return ", ".join(texts)


def number_text(value: Any) -> Text:
    """A number; constants of mathematics by their names."""
    if isinstance(value, (bool, np.bool_)):
        value = int(value)
    if isinstance(value, complex):
        if value.real == 0 and value.imag in (1, -1):
            return ("i", ATOM) if value.imag == 1 else ("-i", PRODUCT)
        raise NotTypesetError(f"the complex number {value}")
    if not isinstance(value, (int, float)):
        raise NotTypesetError(f"a constant {type(value).__name__}")
    if value in CONSTANTS:
        name = CONSTANTS[value]
        return name, PRODUCT if name.startswith(r"\ln") else ATOM
    if -value in CONSTANTS:
        return "-" + CONSTANTS[-value], PRODUCT
    exponent = math.log10(value) if value > 0 else 0.5
    if exponent % 1 == 0 and abs(exponent) > 3:
        return f"10^{{{int(exponent)}}}", POWER
    if value % 1 == 0 and abs(value) < 1e6:
        return str(int(value)), ATOM if value >= 0 else PRODUCT
    text = f"{value:g}"
    if float(text) != value:
        raise NotTypesetError(f"the number {value}")
    return text, ATOM if value >= 0 else PRODUCT

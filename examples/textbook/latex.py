"""Formulas in LaTeX, as code-hosting pages, KaTeX and MathJax render them.

No backslash stands before a sign of punctuation and no bar is written as ``|``: Markdown would take
them for its own.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from textbook.expression import Expression, is_number
from textbook.notation import (
    CONSTANTS,
    INDICES,
    NOT,
    OPPOSITES,
    PREFIX,
    RELATIONS,
    TEMPLATES,
)
from tinygrad_xor.program.precedence import ATOM, POWER, PRODUCT, SUM


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
        text, level = self.write(x)
        return text if level >= wanted else rf"\left({text}\right)"

    def write(self, x: Expression) -> tuple[str, int]:
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
        if x.name in RELATIONS or x.name in NOT:
            return f"[{self.relation(x)}]", ATOM
        if x.name == "where":
            return self.cases(x)
        if self.index and x.name in ("sum", "suffix_sums", "prod", "cumsum", "cumprod"):
            return self.big(x)
        if self.index and x.name == "logsumexp":
            power = Expression("exp", x.inputs, np.exp, data=x.inputs[0].data)
            return rf"\ln {self.big(Expression('sum', (power,), np.sum, data=x.data))[0]}", PRODUCT
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
                return self.relation(dataclasses.replace(inner, name=opposite))
            return rf"\text{{not }} {self(inner)}"
        if x.name in ("bitwise_and", "logical_and"):
            return r" \text{ and } ".join(map(self.relation, x.inputs))
        if x.name not in RELATIONS:
            return self(x)
        if len(x.inputs) == 1:
            return f"{self(x.inputs[0])} {RELATIONS[x.name]}"
        a, b = x.inputs
        return f"{self(a)} {RELATIONS[x.name]} {self(b)}"

    def sum(self, x: Expression) -> tuple[str, int]:
        """Terms with their signs between them; one that is positive first."""
        terms = list(x.inputs)
        first = next((i for i, t in enumerate(terms) if not self.write(t)[0].startswith("-")), 0)
        if first and len(terms) == 2:
            terms.insert(0, terms.pop(first))
        written = self.inside(terms[0], SUM)
        for term in terms[1:]:
            text = self.inside(term, PRODUCT)
            written += f" - {text[1:]}" if text.startswith("-") else f" + {text}"
        return written, SUM

    def product(self, x: Expression) -> tuple[str, int]:
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
        sign = "-" if signs % 2 else ""
        if not below:
            by_elements = len([f for f in above if len(f.shape) == 2]) > 1
            return sign + self.beside(above), SUM if by_elements else PRODUCT
        top = self.beside(above) if len(above) != 1 else self(above[0])
        bottom = self.beside(below) if len(below) != 1 else self(below[0])
        return rf"{sign}\frac{{{top}}}{{{bottom}}}", PRODUCT

    def beside(self, factors: list[Expression]) -> str:
        """Numbers first, then letters, then sums, then functions."""
        if not factors:
            return "1"
        ordered = sorted(factors, key=_rank)
        matrices = [f for f in ordered if len(f.shape) == 2]
        between = r" \odot " if len(matrices) > 1 else " "
        texts: list[str] = []
        for i, f in enumerate(ordered):
            last = i == len(ordered) - 1
            text = self.inside(f, PRODUCT if len(ordered) == 1 or _rank(f) == 5 else POWER)
            if f.name in PREFIX:
                text = self.prefix(f, brackets=not last)
            elif f.name in ("matmul", "dot"):
                text = self.inside(f, PRODUCT)
            elif self.index and f.name in ("sum", "suffix_sums") and last:
                text = self(f)
            digit = text[0].isdigit() or text.startswith(r"\frac")
            texts.append(r"\cdot " + text if i and digit and texts[-1][-1].isdigit() else text)
        return between.join(texts)

    def power(self, x: Expression) -> tuple[str, int]:
        """A power; roots and reciprocals as such; squares of functions as sin² x."""
        base, exponent = x.inputs
        if is_number(exponent) and exponent.value < 0:
            return self.product(Expression("product_of", (x,), data=x.data))
        return f"{self.inside(base, ATOM)}^{{{self(exponent)}}}", POWER

    def cases(self, x: Expression) -> tuple[str, int]:
        """One or the other: by brackets, if one is 0."""
        condition, a, b = x.inputs
        bracket = f"[{self.relation(condition)}]"
        if is_number(b, 0):
            return (
                (bracket, ATOM)
                if is_number(a, 1)
                else (f"{self.inside(a, PRODUCT)} {bracket}", PRODUCT)
            )
        negated = Expression("logical_not", (condition,), np.logical_not, data=True)
        opposite = f"[{self.relation(negated)}]"
        if is_number(a, 0):
            return (
                (opposite, ATOM)
                if is_number(b, 1)
                else (f"{self.inside(b, PRODUCT)} {opposite}", PRODUCT)
            )
        one = bracket if is_number(a, 1) else f"{self.inside(a, PRODUCT)} {bracket}"
        return f"{one} + {self.inside(b, PRODUCT)} {opposite}", SUM

    def big(self, x: Expression) -> tuple[str, int]:
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

    def prefix(self, x: Expression, brackets: bool) -> str:
        """ln x, with brackets around all but a single letter."""
        inner = x.inputs[0]
        plain = inner.name in ("symbol", "transposed") and not brackets
        text = self(inner)
        return f"{PREFIX[x.name]} {text}" if plain else rf"{PREFIX[x.name]}\left({text}\right)"

    def call(self, x: Expression) -> tuple[str, int]:
        """An operation by its sign, its template or its name."""
        inputs = x.inputs
        if x.name in PREFIX:
            return self.prefix(x, brackets=False), PRODUCT
        if x.name in ("matmul", "dot") and all(len(i.shape) == 2 for i in inputs):
            return " ".join(self.inside(i, PRODUCT) for i in inputs), PRODUCT
        if x.name == "solve":
            turned = inputs[0].name == "transposed"
            inverse = self.inside(inputs[0].inputs[0] if turned else inputs[0], ATOM)
            inverse += r"^{-\top}" if turned else "^{-1}"
            return f"{inverse} {self.inside(inputs[1], PRODUCT)}", PRODUCT
        if x.name in ("inv", "pinv", "transposed"):
            return self.superscript(x)
        if x.name == "ldexp":
            power = f"2^{{{self(inputs[1])}}}"
            alone = is_number(inputs[0], 1)
            return (
                (power, POWER) if alone else (f"{self.inside(inputs[0], POWER)} {power}", PRODUCT)
            )
        if x.name == "log1p":
            return rf"\ln\left(1 + {self.inside(inputs[0], SUM)}\right)", PRODUCT
        if x.name == "getitem":
            index = x.params["index"]
            taken = self.known.get(repr(index)) or _index(index)
            return f"{self.inside(inputs[0], ATOM)}[{taken}]", ATOM
        if x.name in TEMPLATES:
            template, level = TEMPLATES[x.name]
            for i, x_i in enumerate(inputs):
                template = template.replace(f"#{i + 1}", self(x_i))
            return template, level
        return self.named(x), ATOM

    def superscript(self, x: Expression) -> tuple[str, int]:
        """Inverses and transposes; the transpose of an inverse has one sign for both."""
        inner = x.inputs[0]
        if x.name == "transposed" and inner.name == "inv":
            return f"{self.inside(inner.inputs[0], ATOM)}^{{-\\top}}", POWER
        return TEMPLATES[x.name][0].replace("#1", self.inside(inner, ATOM)), POWER

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


def _without_sign(x: Expression) -> tuple[bool, Expression]:
    """Whether a factor is a negative number, and the factor without its sign."""
    if not is_number(x) or not (x.value == -1j or (np.isrealobj(x.value) and x.value < 0)):
        return False, x
    return True, Expression("number", value=-x.value, data=x.data)


def _turned_over(x: Expression) -> Expression | None:
    """What stands below the line for a factor, if it does: 2 for 1/2, x² for x⁻²."""
    if is_number(x) and np.isrealobj(x.value) and 0.05 < x.value < 1 and (1 / x.value) % 1 == 0:
        return Expression("number", value=1 / x.value, data=x.data)
    if x.name != "power_of" or not is_number(x.inputs[1]) or x.inputs[1].value >= 0:
        return None
    base, exponent = x.inputs
    if exponent.value == -1:
        return base
    positive = Expression("number", value=-exponent.value, data=exponent.data)
    return Expression("power_of", (base, positive), x.function, data=x.data)


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


def number_text(value: Any) -> tuple[str, int]:
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

"""How operations are written around their inputs: for formulas, words, the explorer and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tinygrad_xor.program.precedence import (
    ATOM,
    BRACKETS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    WORDS,
    Text,
    between,
    within,
)
from tinygrad_xor.viz.numbers import superscript

#: A number, or a name that holds together where signs stand around it.
_ONE_WORD = re.compile(r"\d[\d.]*(e[+−]\d+)?i?|[^\s+\-−*/·×÷^@,;:|&<>=%…]+")
#: What is around inputs #1, #2, …; how tightly it binds; and how tightly each input must, the last
#: of these for all that follow, and words where there is none: brackets would say nothing there.
Around = tuple[str, int, *tuple[int, ...]]


@dataclass(frozen=True)
class Notation:
    """The signs of a writer. Where brackets stand is the same for all.

    Attributes:
        between: by operation, what stands between two inputs.
        around: by operation, what is put around its inputs.
        minus: before what has the opposite sign.
        brackets: around ``{}``.
    """

    between: Mapping[str, str]
    around: Mapping[str, Around]
    minus: str = "−"
    brackets: str = BRACKETS


#: For readers who know the names of functions.
PLAIN = Notation(
    between={
        **{"add": "+", "subtract": "−", "multiply": "·", "divide": "/", "matmul": "@"},
        **{"remainder": "mod", "floor_divide": "//", "greater": ">", "greater_equal": "≥"},
        **{"less": "<", "less_equal": "≤", "equal": "==", "not_equal": "≠"},
    },
    around={
        **dict.fromkeys(("power", "float_power", "pow"), ("#1^#2", POWER, ATOM)),
        "sqrt": ("√#1", POWER, ATOM),
        "cbrt": ("∛#1", POWER, ATOM),
        "square": ("#1²", POWER, ATOM),
        "reciprocal": ("1 / #1", PRODUCT, SIGN),
        "absolute": ("|#1|", ATOM),
        "transpose": ("#1ᵀ", ATOM, ATOM),
        "swapaxes": ("#1ᵀ", ATOM, ATOM),
    },
)
#: For readers who do not: operations that have no sign, in the signs of others.
SPELLED = replace(
    PLAIN,
    around={
        **PLAIN.around,
        "exp": ("e^#1", POWER, ATOM),
        "relu": ("max(0, #1)", ATOM),
        "binary_crossentropy": ("−(#2 · ln #1 + (1 − #2) · ln(1 − #1))", SIGN, ATOM),
        "sigmoid_crossentropy": ("−(#2 · ln #3 + (1 − #2) · ln(1 − #3))", SIGN, ATOM),
    },
)
#: Where brackets change nothing: a + (b + c).
_IN_ANY_ORDER = {"add": SUM, "multiply": PRODUCT}


def word(name: str) -> Text:
    """A name, or a number, as a part of what is written.

    >>> [level for _, level in map(word, ("x₁", "w.kernel", "1e−05", "−3", "b+c", "1 + 2i"))]
    [5, 5, 5, 3, 0, 0]
    """
    if _ONE_WORD.fullmatch(name):
        return name, ATOM
    return name, SIGN if _ONE_WORD.fullmatch(name.removeprefix("−")) else WORDS


def operand(name: str) -> str:
    """A name or a number as it stands between signs: in brackets, unless it is one word."""
    return within(word(name), ATOM)


def written(
    name: str,
    inputs: Sequence[Text],
    symbol: str = "",
    given: str = "",
    notation: Notation = PLAIN,
) -> Text:
    """The operation `name` of `inputs`.

    Args:
        name: of the entry, or of NumPy's function.
        inputs: what it is of.
        symbol: of the entry: what functions are called, where it is a word.
        given: the parameters, as they stand in code.
        notation: the signs.

    >>> x, y = word("x"), word("−2")
    >>> written("multiply", [x, written("add", [x, y])])
    ('x · (x + (−2))', 2)
    >>> written("power", [y, word("2")])[0], written("sum", [x], "Σ", "axis=0")[0]
    ('(−2)²', 'Σ(x, axis=0)')
    >>> written("relu", [word("z")], notation=SPELLED)
    ('max(0, z)', 5)
    """
    if name in notation.between and len(inputs) == 2:
        left, right = inputs
        after = _IN_ANY_ORDER.get(name, 0)
        if right[0].startswith(notation.minus) or (name == "multiply" and " / " in right[0]):
            after = POWER  # a minus never follows another sign: a · (−b)
        return between(left, notation.between[name], right, after, notation.brackets)
    if name == "negative":
        return minus(inputs[0], notation)
    if name in notation.around and not given:
        return _around(notation.around[name], inputs, notation.brackets)
    if name == "getitem":
        return f"{within(inputs[0], ATOM)}[{given.removeprefix('index=')}]", ATOM
    called = symbol if symbol.isalpha() else name
    return f"{called}({', '.join([*(text for text, _ in inputs), *filter(None, [given])])})", ATOM


def minus(part: Text, notation: Notation = PLAIN) -> Text:
    """With the opposite sign."""
    if part[1] >= PRODUCT and part[0].startswith(notation.minus):
        return part[0].removeprefix(notation.minus), PRODUCT
    return f"{notation.minus}{within(part, SIGN, notation.brackets)}", SIGN


def _around(how: Around, inputs: Sequence[Text], brackets: str) -> Text:
    template, level, *wanted = how
    if template == "#1^#2" and re.fullmatch(r"[-−]?\d+", inputs[1][0]):
        digits = superscript(inputs[1][0].replace("−", "-"))
        return f"{within(inputs[0], ATOM)}{digits}", POWER

    def put(place: re.Match[str]) -> str:
        i = int(place[1]) - 1
        return within(inputs[i], wanted[min(i, len(wanted) - 1)] if wanted else WORDS, brackets)

    return re.sub(r"#(\d)", put, template), level

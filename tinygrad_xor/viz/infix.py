"""How operations are written around their inputs: for formulas, words and the explorer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tinygrad_xor.program.precedence import (
    ATOM,
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

#: What stands between two inputs.
_BETWEEN = {
    **{"add": "+", "subtract": "−", "multiply": "·", "divide": "/", "matmul": "@"},
    **{"remainder": "mod", "floor_divide": "//", "greater": ">", "greater_equal": "≥"},
    **{"less": "<", "less_equal": "≤", "equal": "==", "not_equal": "≠"},
}
#: Where brackets change nothing: a + (b + c).
_IN_ANY_ORDER = {"add": SUM, "multiply": PRODUCT}
#: What stands around one, and how tightly that one must bind.
_AROUND = {
    "sqrt": ("√{}", ATOM, POWER),
    "cbrt": ("∛{}", ATOM, POWER),
    "square": ("{}²", ATOM, POWER),
    "reciprocal": ("1 / {}", SIGN, PRODUCT),
    "absolute": ("|{}|", WORDS, ATOM),
    "transpose": ("{}ᵀ", ATOM, ATOM),
    "swapaxes": ("{}ᵀ", ATOM, ATOM),
}
#: Operations that have no sign, in the signs of others: for readers who do not know the names. How
#: tightly their inputs must bind, and they do.
_SPELLED = {
    "exp": ("e^{}", ATOM, POWER),
    "relu": ("max(0, {})", WORDS, ATOM),
    "binary_crossentropy": ("−({1} · ln {0} + (1 − {1}) · ln(1 − {0}))", ATOM, SIGN),
    "sigmoid_crossentropy": ("−({1} · ln {2} + (1 − {1}) · ln(1 − {2}))", ATOM, SIGN),
}


def sign_of(name: str) -> str:
    """The sign between two inputs of an operation, or its name."""
    return _BETWEEN.get(name, name)


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
    signs: Mapping[str, str] | None = None,
) -> Text:
    """The operation `name` of `inputs`.

    Args:
        name: of the entry, or of NumPy's function.
        inputs: what it is of.
        symbol: of the entry: what functions are called, where it is a word.
        given: the parameters, as they stand in code.
        signs: others than the usual ones.

    >>> x, y = word("x"), word("−2")
    >>> written("multiply", [x, written("add", [x, y])])
    ('x · (x + (−2))', 2)
    >>> written("power", [y, word("2")])[0], written("sum", [x], "Σ", "axis=0")[0]
    ('(−2)²', 'Σ(x, axis=0)')
    """
    if name in _BETWEEN and len(inputs) == 2:
        left, right = inputs
        after = _IN_ANY_ORDER.get(name, 0)
        if right[1] == SIGN or (name == "multiply" and " / " in right[0]):
            after = POWER  # a minus never follows another sign: a · (−b)
        return between(left, (signs or {}).get(name, _BETWEEN[name]), right, after)
    if name in ("power", "float_power", "pow") and len(inputs) == 2:
        return _power(*inputs)
    if name == "negative":
        return minus(inputs[0])
    if name in _AROUND and len(inputs) == 1 and not given:
        template, wanted, level = _AROUND[name]
        return template.format(within(inputs[0], wanted)), level
    if name == "getitem":
        return f"{within(inputs[0], ATOM)}[{given.removeprefix('index=')}]", ATOM
    called = symbol if symbol.isalpha() else name
    return f"{called}({', '.join([*(text for text, _ in inputs), *filter(None, [given])])})", ATOM


def spelled(name: str, inputs: Sequence[Text], symbol: str = "") -> Text:
    """As `written`, but in the signs of others, where it has none of its own.

    >>> spelled("relu", [word("z")])
    ('max(0, z)', 5)
    """
    if name == "mean" and len(inputs) == 1:  # of one number
        return inputs[0]
    if name not in _SPELLED:
        return written(name, inputs, symbol)
    template, wanted, level = _SPELLED[name]
    return template.format(*(within(part, wanted) for part in inputs)), level


def minus(part: Text) -> Text:
    """With the opposite sign."""
    if part[1] == SIGN and part[0].startswith("−"):
        return part[0][1:], PRODUCT
    return f"−{within(part, SIGN)}", SIGN


def _power(base: Text, exponent: Text) -> Text:
    digits = exponent[0].replace("−", "-")
    if digits.lstrip("-").isdigit():
        return f"{within(base, ATOM)}{superscript(digits)}", POWER
    return f"{within(base, ATOM)}^{within(exponent, ATOM)}", POWER

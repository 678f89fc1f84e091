"""How tightly signs bind: one table for all who write operations between and around their inputs.

Formulas, words, the explorer, LaTeX and the sources in Python and JavaScript ask it where brackets
are needed. A text goes along with how tightly its outermost sign binds.
"""

from __future__ import annotations

#: From what any sign would tear apart to what none does: words and comparisons, ``+``, ``·``, a
#: minus before a number, powers, names.
WORDS, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)

#: A text, and how tightly its outermost sign binds.
Text = tuple[str, int]

#: The signs between two inputs, in all languages; others bind like words. Factors may stand side by
#: side without any, more tightly than those that are multiplied element by element.
_BETWEEN = dict.fromkeys(("+", "-", "−", r"\odot"), SUM)
_BETWEEN |= dict.fromkeys(("*", "·", "×", "/", "//", "%", "mod", "@"), PRODUCT)
_BETWEEN |= dict.fromkeys(("", r"\cdot", r"\bmod"), PRODUCT)
BRACKETS = "({})"


def within(part: Text, wanted: int, brackets: str = BRACKETS) -> str:
    """In brackets, if it binds less tightly than what is around it."""
    text, level = part
    return text if level >= wanted else brackets.format(text)


def between(left: Text, sign: str, right: Text, after: int = 0, brackets: str = BRACKETS) -> Text:
    """Two inputs and the sign between them; of equals, the left ones are taken first.

    Args:
        left: what stands before the sign.
        sign: of the operation.
        right: what stands behind it.
        after: how tightly `right` must bind, where that is another than usual.
        brackets: how brackets look.

    >>> x, difference = ("x", ATOM), ("y - z", SUM)
    >>> between(difference, "-", x), between(x, "*", difference)
    (('y - z - x', 1), ('x * (y - z)', 2))
    """
    level = _BETWEEN.get(sign, WORDS)
    before = within(left, level or SUM, brackets)
    behind = within(right, max(after or level + 1, SUM), brackets)
    return " ".join(filter(None, (before, sign, behind))), level

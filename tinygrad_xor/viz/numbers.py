"""Words and numbers as text, also of a Graphviz HTML-like label."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import numpy as np

from tinygrad_xor.language import say

#: What XML, and so an HTML-like label, cannot hold even when escaped.
_NOT_IN_XML = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Larger arrays are shown as their shape and range.
MAX_WHOLE = 6

#: Graphviz refuses an HTML-like label of 16,384 bytes.
MAX_LETTERS = 400
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def printable(words: Any) -> str:
    r"""`words` with � for each control character: neither labels nor tooltips can hold them.

    >>> printable("a\0b"), printable(5)
    ('a�b', '5')
    """
    return _NOT_IN_XML.sub("�", str(words))


def one_line(words: Any) -> str:
    r"""Words with one space between them, and no line breaks; empty for None.

    >>> one_line(" two\nlines "), one_line(None)
    ('two lines', '')
    """
    return "" if words is None else printable(" ".join(str(words).split()))


def storable(words: str) -> str:
    r"""`words` with ? for each half of a surrogate pair: UTF-8, and so no file, can hold one.

    >>> storable("a\ud800b")
    'a?b'
    """
    return words.encode("utf-8", "replace").decode("utf-8")


def cut(words: str, most: int) -> str:
    """`words`, or their beginning and … if they are longer.

    >>> cut("abc", 3), cut("abcd", 3)
    ('abc', 'ab…')
    """
    return words if len(words) <= most else words[: most - 1] + "…"


def text(words: str) -> str:
    """`words` made safe for an HTML-like label: shown letter by letter, never read as markup.

    Line breaks stay line breaks. Thousands of letters are more than Graphviz reads.

    >>> text('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    words = cut(words, MAX_LETTERS)
    words = words.replace("\\", "\\\\")  # Graphviz reads \N as the node's name, here too
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    return "<BR/>".join(escape(printable(line)) for line in lines)


def number(x: Any) -> str:
    """Four significant digits, with a real minus sign; nan and inf as such.

    >>> number(-0.123456), number(3.0), number(float("nan")), number(1 - 2j), number(-1j)
    ('−0.1235', '3', 'nan', '1 − 2i', '−i')
    """
    if isinstance(x, complex):
        if x.real == 0 and x.imag:
            return (
                number(x.imag).removesuffix("1") + "i" if abs(x.imag) == 1 else f"{number(x.imag)}i"
            )
        sign = "−" if x.imag < 0 else "+"
        return f"{number(x.real)} {sign} {number(abs(x.imag))}i"
    return f"{x + 0.0:.4g}".replace("-", "−")  # + 0.0 turns minus zero into zero


def subscript(count: int) -> str:
    """A whole number in small digits below the line.

    >>> "x" + subscript(12)
    'x₁₂'
    """
    return str(count).translate(_SUBSCRIPTS)


def superscript(count: int | str) -> str:
    """A whole number in small digits above the line.

    >>> "x" + superscript(-12)
    'x⁻¹²'
    """
    return str(count).translate(_SUPERSCRIPTS)


def layer_mark(layer: int, layers: int) -> str:
    """What stands above the letters of a layer in the middle, counted from 1; of the ends nothing.

    >>> [letter + layer_mark(i + 1, 3) for i, letter in enumerate("hhp")]
    ['h', 'h⁽²⁾', 'p']
    """
    return f"⁽{superscript(layer)}⁾" if 1 < layer < layers else ""


def spread(array: Any) -> str:
    """The least and the greatest number of an array, and how many are not finite.

    >>> spread(np.array([2.0, -1.0, np.nan]))
    '−1 … 2, 1 not finite'
    >>> spread(np.ones(9)), spread(np.zeros((0, 3)))
    ('all 1', 'empty')
    """
    if array.size == 0:
        return say("graph.empty")
    if np.iscomplexobj(array):
        return f"|z|: {spread(np.abs(array))}"
    finite = array[np.isfinite(array)]
    parts = []
    if finite.size:
        low, high = finite.min(), finite.max()
        parts.append(
            f"{number(low)} … {number(high)}"
            if low < high
            else say("graph.all", number=number(low))
        )
    if finite.size < array.size:
        parts.append(say("graph.not_finite", n=array.size - finite.size))
    return ", ".join(parts)


def shown(data: Any) -> str:
    """A number; a small vector or matrix, whole; or the shape and the range.

    >>> shown(2.0), shown([[1, 2], [3, 4]]), shown(np.ones(9))
    ('2', '[[1, 2], [3, 4]]', '(9,): all 1')
    """
    array = np.asarray(data)
    if array.ndim > 2 or not 0 < array.size <= MAX_WHOLE:
        return f"{array.shape}: {spread(array)}"
    return _whole(array.tolist())


def _whole(data: Any) -> str:
    return f"[{', '.join(map(_whole, data))}]" if isinstance(data, list) else number(data)

"""Numbers and arrays as the cells of a Graphviz HTML-like label."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

#: Arrays with more rows or columns than this are shown as a shape and a range.
MAX_SIDE = 6


def text(label: str) -> str:
    """`label` made safe for an HTML-like label; line breaks stay line breaks.

    >>> text("a < b")
    'a &lt; b'
    """
    # Graphviz replaces \N by the node's name, here too: a backslash is written twice.
    printable = "".join(c if c.isprintable() or c == "\n" else "�" for c in label)
    return escape(printable).replace("\\", "\\\\").replace("\n", "<BR/>")


def number(x: float) -> str:
    """Four significant digits, with a real minus sign; nan and inf as such.

    >>> number(-0.123456), number(3.0), number(float("nan"))
    ('−0.1235', '3', 'nan')
    """
    return f"{x + 0.0:.4g}".replace("-", "−").replace("inf", "∞")  # + 0.0: no minus before zero


def cells(data: Any) -> str:
    """A scalar as a number, a small array as a grid, a large one as its shape and range.

    >>> cells(0.5)
    '0.5'
    """
    array = np.asarray(data)
    if array.ndim == 0:
        return number(float(array))
    if array.ndim > 2 or array.size == 0 or max(array.shape) > MAX_SIDE:
        return _summary(array)
    rows = [
        "<TR>" + "".join(f'<TD ALIGN="RIGHT">{number(float(x))}</TD>' for x in row) + "</TR>"
        for row in np.atleast_2d(array)
    ]
    return (
        '<TABLE BORDER="1" SIDES="LR" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
        + "".join(rows)
        + "</TABLE>"
    )


def _summary(array: Any) -> str:
    shape = text(f"shape {array.shape}")
    if array.size == 0:
        return f"{shape}, empty"
    finite = array[np.isfinite(array)]
    broken = array.size - finite.size
    spread = f"{number(finite.min())} … {number(finite.max())}" if finite.size else "no number"
    return f"{shape}<BR/>{spread}" + (f"<BR/>{broken} not finite" if broken else "")

"""One node of the graph as a card: its name and operation, its numbers, its gradient.

Cards are Graphviz HTML-like labels. The data and the gradient of an array share their columns, so
each number stands above its own derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.viz.colours import BROKEN, FAINT, TILE, GradientScale
from tinygrad_xor.viz.numbers import number, spread, text

#: Arrays with more rows or columns than this are shown as their shape and range.
MAX_SIDE = 6
#: Longer parameters, such as the index arrays of ``v[rows, columns]``, are cut.
MAX_PARAMETERS = 32

_SMALL = "9"
_GAP = '<TD HEIGHT="1" CELLPADDING="0"></TD>'


def card(
    label: str | None,
    operation: str,
    params: dict[str, Any] | None,
    data: Any,
    gradient: Any,
    scale: GradientScale,
) -> str:
    """The HTML-like label of a node, with the ``<`` and ``>`` that mark it as one.

    Args:
        label: the name of the Value, if it has one.
        operation: the symbol of what it was computed with; empty for a leaf or a constant.
        params: the operation's keyword parameters, such as ``{"axis": 0}``.
        data: a number or an array.
        gradient: shaped like `data`; ``None`` before ``backward()``.
        scale: the colours of the gradient.

    >>> card("x", "", None, 2.0, None, GradientScale(1.0)).count("<TD")
    2
    """
    array = np.asarray(data)
    has_gradient = gradient is not None
    rows = _rows(array, lambda x: TILE if np.isfinite(x) else BROKEN)
    if has_gradient:
        rows = [*_captioned("data", rows), _GAP]
        rows += _captioned("grad", _rows(np.asarray(gradient), scale.colour))
    width = _columns(array) + has_gradient
    head = _head(label, operation, params, array.shape)
    if head:
        rows.insert(0, f'<TD COLSPAN="{width}" CELLPADDING="2">{head}</TD>')
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="3">{table}</TABLE>>'


def _head(
    label: str | None, operation: str, params: dict[str, Any] | None, shape: tuple[int, ...]
) -> str:
    words = []
    if label and label.strip():
        words.append(f"<B>{text(label)}</B>")
    if operation:
        words.append(f'<FONT POINT-SIZE="13">{text(operation)}</FONT>')
    if shown := _parameters(params):
        words.append(_faint(shown))
    if shape:
        words.append(_faint(str(shape)))
    return "&nbsp; ".join(words)


def _parameters(params: dict[str, Any] | None) -> str:
    """The parameters that change something, in one short line."""
    given = {k: v for k, v in (params or {}).items() if v is not None and v is not False}
    line = " ".join(f"{k}={_written(v)}" for k, v in given.items()).replace("\n", " ")
    return line if len(line) <= MAX_PARAMETERS else line[: MAX_PARAMETERS - 1] + "…"


def _written(parameter: Any) -> str:
    """A parameter as it stands in code: ``1:3`` for a slice, also in the index ``1:3, 0``."""
    if isinstance(parameter, slice):
        ends = ["" if end is None else str(end) for end in (parameter.start, parameter.stop)]
        return ":".join(ends if parameter.step is None else [*ends, str(parameter.step)])
    if isinstance(parameter, tuple) and any(isinstance(part, slice) for part in parameter):
        return ", ".join(_written(part) for part in parameter)
    return "..." if parameter is ... else str(parameter)


def _faint(words: str) -> str:
    return f'<FONT COLOR="{FAINT}" POINT-SIZE="{_SMALL}">{text(words)}</FONT>'


def _is_grid(array: Any) -> bool:
    return array.ndim <= 2 and array.size > 0 and max(array.shape, default=1) <= MAX_SIDE


def _columns(array: Any) -> int:
    return int(np.atleast_2d(array).shape[1]) if _is_grid(array) else 1


def _rows(array: Any, background: Callable[[float], str]) -> list[str]:
    """The cells of each row: a tile for every number, or one for the range of a large array."""
    if not _is_grid(array):
        middle = float(np.mean(array)) if array.size else 0.0
        return [f'<TD BGCOLOR="{background(middle)}">{text(spread(array))}</TD>']
    return ["".join(_tile(float(x), background) for x in row) for row in np.atleast_2d(array)]


def _tile(x: float, background: Callable[[float], str]) -> str:
    shown = number(x) if np.isfinite(x) else f"<B>{number(x)}</B>"
    return f'<TD ALIGN="RIGHT" WIDTH="28" BGCOLOR="{background(x)}">{shown}</TD>'


def _captioned(caption: str, rows: list[str]) -> list[str]:
    first = f'<TD ROWSPAN="{len(rows)}" ALIGN="LEFT">{_faint(caption)}</TD>'
    return [first + rows[0], *rows[1:]]

"""Rows of cells as lines of plain text, each column as wide as its widest cell."""

from __future__ import annotations

import itertools
from collections.abc import Sequence


def aligned(
    rows: Sequence[Sequence[str] | None], *, left: int = 0, least: Sequence[int] = ()
) -> list[str]:
    """The lines of a table, two spaces between its columns.

    Args:
        rows: the cells of each line; ``None`` is a rule of dashes.
        left: so many columns are flush left, the others flush right.
        least: how wide the columns are at least: a line that is made alone fits below the others.

    >>> aligned([("name", "n"), None, ("a", "12")], left=1)
    ['name   n', '----  --', 'a     12']
    >>> aligned([("a", "12")], left=1, least=(4, 3))
    ['a      12']
    """
    cells = [row for row in rows if row is not None]
    needed = [max(map(len, column)) for column in zip(*cells, strict=True)]
    widths = [max(pair) for pair in itertools.zip_longest(needed, least, fillvalue=0)]
    return [
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (["-" * width for width in widths] if row is None else row for row in rows)
    ]

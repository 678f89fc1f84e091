"""Texts in columns, as tables and lists of plain text show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def line(cells: Iterable[str], widths: Sequence[int], left: int = 0, gap: str = "  ") -> str:
    """The cells of one row, each as wide as its column; the first `left` of them flush left.

    >>> line(["a", "12"], [4, 4], left=1)
    'a       12'
    """
    pairs = enumerate(zip(cells, widths, strict=True))
    return gap.join(c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in pairs)


def table(heads: Sequence[str], *groups: Iterable[Sequence[str]], left: int = 0) -> list[str]:
    """The lines of a table: heads, and under a rule the rows of each group.

    Args:
        heads: the name of each column.
        groups: the cells of rows that stand together.
        left: so many columns are flush left, the others flush right.

    >>> table(["name", "n"], [["a", "12"]], left=1)
    ['name   n', '----  --', 'a     12']
    """
    parts = [[heads], *(list(group) for group in groups)]
    columns = zip(*(row for part in parts for row in part), strict=True)
    widths = [max(map(len, column)) for column in columns]
    rule = ["-" * width for width in widths]
    rows = [row for part in parts for row in (rule, *part)][1:]
    return [line(row, widths, left) for row in rows]

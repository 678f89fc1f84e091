"""An atlas as a file: a table with a row for each setting, as CSV."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from tinygrad_xor.atlas.measure import Counts
from tinygrad_xor.atlas.settings import Setting
from tinygrad_xor.files import alone_in, path_of, write_atomically

#: What was counted for each setting.
Atlas = dict[Setting, Counts]
Row = tuple[Setting, Counts]

_TYPES: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}
_SETTING = {field.name: _TYPES[str(field.type)] for field in fields(Setting)}
_COUNTS = {field.name: _TYPES[str(field.type)] for field in fields(Counts)}
_LONGEST = 1000  # letters of a row, several times what any has
_COLUMNS = _SETTING | _COUNTS
#: Columns that a file may lack: it was written before there was such a choice.
_NEWER = {"output", "output_bias", "loss"}


def write_atlas(atlas: Atlas, path: str | os.PathLike[str]) -> Path:
    """Write an atlas as CSV, whole or not at all; `read_atlas` reads it back."""
    return _write(list(atlas.items()), path)


def add_to_atlas(atlas: Atlas, path: str | os.PathLike[str]) -> Path:
    """Add the rows of an atlas to those of a file, which is made if there is none.

    A row takes the place of one with the same setting and the same number of seeds, and of no
    other. Several processes may add to one file at once: each waits for the one before it.

    Raises:
        ValueError: if the file is something else, with the line; it stays as it is.
    """
    path = path_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(path.parent):
        return _write([*(_read(path) if path.exists() else []), *atlas.items()], path)


def read_atlas(path: str | os.PathLike[str], seeds: int | None = None) -> Atlas:
    """The atlas in a file that `write_atlas` or `add_to_atlas` wrote.

    Args:
        path: of the file.
        seeds: take the rows of so many seeds alone; by default, if there are several rows of a
            setting, the one of the most seeds.

    Raises:
        ValueError: if the file is something else, with the line.
    """
    rows = _read(path)
    if seeds is not None:
        return {setting: counts for setting, counts in rows if counts.seeds == seeds}
    return dict(sorted(rows, key=lambda row: row[1].seeds))


def _write(rows: list[Row], path: str | os.PathLike[str]) -> Path:
    last = {(setting, counts.seeds): counts for setting, counts in rows}
    lines = [list(_COLUMNS)]
    for (setting, _), counts in last.items():
        lines.append([str(cell) for cell in (*astuple(setting), *astuple(counts))])
    return write_atomically(path, "".join(",".join(cells) + "\n" for cells in lines))


def _read(path: str | os.PathLike[str]) -> list[Row]:
    number, rows, columns = 0, [], list(_COLUMNS)
    path = path_of(path)
    try:
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
            if number > 1:
                rows.append(_row(line, columns))
                continue
            there = line.split(",")
            columns = [name for name in _COLUMNS if name in there or name not in _NEWER]
            if there != columns:
                raise ValueError("it has other columns")
        if not number:
            raise ValueError("it is empty")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{os.fspath(path)} is not an atlas: line {number}: {error}") from error
    return rows


def _row(line: str, columns: list[str]) -> Row:
    cells = line.split(",")
    if len(cells) != len(columns) or len(line) > _LONGEST:
        raise ValueError(f"{len(cells)} columns and {len(line)} letters are no row of an atlas")
    values = {name: _COLUMNS[name](cell) for name, cell in zip(columns, cells, strict=True)}
    counts = Counts(**{name: values.pop(name) for name in _COUNTS})
    return Setting(**values), counts


def measured() -> Atlas:
    """The atlas that comes with this package; `measured.md` says what is in it and how it was made.

    >>> chapter = measured()[Setting(width=4)]
    >>> chapter.seeds, chapter.learned
    (1000, 555)
    """
    return read_atlas(Path(__file__).with_name("measured.csv"))

"""An atlas as a file: a table with a row for each setting, as CSV."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict, fields
from pathlib import Path

from tinygrad_xor.atlas.measure import Counts
from tinygrad_xor.atlas.settings import Setting
from tinygrad_xor.files import write_atomically

#: What was counted for each setting.
Atlas = dict[Setting, Counts]

_TYPES = {"int": int, "float": float, "str": str}
_SETTING = {field.name: _TYPES[str(field.type)] for field in fields(Setting)}
_COUNTS = {field.name: _TYPES[str(field.type)] for field in fields(Counts)}


def write_atlas(atlas: Atlas, path: str | os.PathLike[str]) -> Path:
    """Write an atlas as CSV, whole or not at all; `read_atlas` reads it back."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_SETTING, *_COUNTS])
    for setting, counts in atlas.items():
        rows.writerow([*asdict(setting).values(), *asdict(counts).values()])
    return write_atomically(path, text.getvalue())


def read_atlas(path: str | os.PathLike[str]) -> Atlas:
    """The atlas that `write_atlas` wrote.

    Raises:
        ValueError: if the file is something else, with the line.
    """
    atlas: Atlas = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != [*_SETTING, *_COUNTS]:
            raise ValueError(f"{os.fspath(path)} is not an atlas: its first line has other columns")
        for row in rows:
            try:
                setting = Setting(**{name: kind(row[name]) for name, kind in _SETTING.items()})
                counts = Counts(**{name: kind(row[name]) for name, kind in _COUNTS.items()})
            except (TypeError, ValueError) as error:
                raise ValueError(f"{os.fspath(path)}, line {rows.line_num}: {error}") from error
            atlas[setting] = counts
    return atlas


def measured() -> Atlas:
    """The atlas that comes with this package; `measured.md` says what is in it and how it was made.

    >>> chapter = measured()[Setting(width=4)]
    >>> chapter.seeds, chapter.learned
    (1000, 555)
    """
    return read_atlas(Path(__file__).with_name("measured.csv"))

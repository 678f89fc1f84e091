"""What `Sequential.draw` gives: a picture that notebooks show, and that can be saved."""

from __future__ import annotations

import os
from pathlib import Path

from tinygrad_xor.files import write_atomically


class Picture:
    """A picture that notebooks show.

    Args:
        svg: its text.
    """

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as an SVG file, whole or not at all.

        Raises:
            ValueError: if the file's name ends otherwise.
        """
        if Path(path).suffix.lower() != ".svg":
            raise ValueError(f"this picture is SVG: save it as .svg, not as {os.fspath(path)!r}")
        return write_atomically(path, self.svg)

    def __repr__(self) -> str:
        return f"Picture({len(self.svg)} letters of SVG)"

    def _repr_svg_(self) -> str:
        return self.svg

"""What notebooks show of a Value or a network: text, and a picture where something draws one.

The engine draws nothing itself. Whoever can puts a function here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinygrad_xor.files import write_atomically

#: Each takes a Value or a network, and gives SVG; or ``None``, if it draws no such thing.
DRAWERS: list[Callable[[Any], str | None]] = []


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

    def _repr_svg_(self) -> str:
        return self.svg


def drawn(x: Any) -> Picture | None:
    """The picture of `x`; ``None`` if nothing draws it."""
    pictures = (drawer(x) for drawer in DRAWERS)
    return next((Picture(svg) for svg in pictures if svg is not None), None)


def mimebundle(x: Any) -> dict[str, str]:
    """The texts of `x` by their MIME types, of which a notebook shows the best it can."""
    bundle = {"text/plain": repr(x)}
    if picture := drawn(x):
        bundle["image/svg+xml"] = picture.svg
    return bundle

"""What notebooks show of a Value or a network: text, and a picture where something draws one.

The engine draws nothing itself. Whoever can puts a function here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Each takes a Value or a network, and gives SVG; or ``None``, if it draws no such thing.
DRAWERS: list[Callable[[Any], str | None]] = []


def drawn(x: Any) -> str | None:
    """The SVG of `x`; ``None`` if nothing draws it."""
    pictures = (drawer(x) for drawer in DRAWERS)
    return next((svg for svg in pictures if svg is not None), None)


def mimebundle(x: Any) -> dict[str, str]:
    """The texts of `x` by their MIME types, of which a notebook shows the best it can."""
    bundle = {"text/plain": repr(x)}
    if svg := drawn(x):
        bundle["image/svg+xml"] = svg
    return bundle

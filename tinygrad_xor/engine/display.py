"""What notebooks show of a Value or a network: text, and a picture where something draws one.

The engine draws nothing itself. Whoever can puts a function here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Each takes a Value or a network, and gives SVG; or ``None``, if it draws no such thing.
DRAWERS: list[Callable[[Any], str | None]] = []


def mimebundle(x: Any) -> dict[str, str]:
    """The texts of `x` by their MIME types, of which a notebook shows the best it can."""
    bundle = {"text/plain": repr(x)}
    for drawer in DRAWERS:
        drawn = drawer(x)
        if drawn is not None:
            bundle["image/svg+xml"] = drawn
    return bundle

"""The colours of a graph, and the scale that turns a gradient into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

INK, FAINT, LINE = "#1f2933", "#5b6773", "#8592a0"
PAPER, LEAF, TILE = "#ffffff", "#f3f5f8", "#e4e9f0"
#: Behind nan and inf, which no scale can place.
BROKEN = "#e3c6e6"

_ZERO = (252, 252, 252)
#: Blue and orange stay apart for every kind of colour blindness, and dark text is legible on both.
_POSITIVE, _NEGATIVE = (97, 165, 220), (240, 158, 75)


@dataclass(frozen=True)
class GradientScale:
    """Near white for a gradient of zero, towards blue above it and orange below.

    Gradients of one graph differ by orders of magnitude, so the strength of the colour is the cube
    root of the size: a thousandth of the largest still has a tenth of its colour.

    >>> scale = GradientScale(largest=2.0)
    >>> scale.colour(2.0), scale.colour(-2.0), scale.colour(0.0)
    ('#61a5dc', '#f09e4b', '#fcfcfc')
    """

    largest: float

    @classmethod
    def of(cls, gradients: Iterable[Any]) -> GradientScale:
        """The scale on which the largest finite element of all `gradients` has the full colour."""
        sizes = [np.abs(np.ravel(g)) for g in gradients]
        return cls(max((float(s[np.isfinite(s)].max(initial=0.0)) for s in sizes), default=0.0))

    def colour(self, gradient: float) -> str:
        """The background for a number, as ``#rrggbb``."""
        if not np.isfinite(gradient):
            return BROKEN
        share = abs(gradient) / self.largest if self.largest else 0.0
        full = _POSITIVE if gradient > 0 else _NEGATIVE
        mixed = [
            round(zero + (most - zero) * share ** (1 / 3))
            for zero, most in zip(_ZERO, full, strict=True)
        ]
        return "#" + "".join(f"{channel:02x}" for channel in mixed)

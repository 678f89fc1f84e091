"""The colours of a graph, and the scale that turns a gradient into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

_Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """All colours of a picture.

    Blue and orange stay apart for every kind of colour blindness, and text is legible on both.

    Attributes:
        broken: behind nan and inf, which no scale can place.
        zero: behind a gradient of zero; from there colours go to `positive` or `negative`.
        rising: an arrow that adds to a gradient; `falling`: one that takes from it.
    """

    ink: str
    faint: str
    line: str
    paper: str
    leaf: str
    tile: str
    broken: str
    zero: _Colour
    positive: _Colour
    negative: _Colour
    rising: str
    falling: str


#: Each on light paper and on dark.
_COLOURS: dict[str, tuple[Any, Any]] = {
    "ink": ("#1f2933", "#e6ebf1"),
    "faint": ("#5b6773", "#a3afbc"),
    "line": ("#8592a0", "#74818f"),
    "paper": ("#ffffff", "#12181f"),
    "leaf": ("#f3f5f8", "#1d262f"),
    "tile": ("#e4e9f0", "#2c3744"),
    "broken": ("#e3c6e6", "#6b3a70"),
    "zero": ((252, 252, 252), (30, 37, 45)),
    "positive": ((97, 165, 220), (38, 98, 150)),
    "negative": ((240, 158, 75), (145, 80, 18)),
    "rising": ("#1f6fb2", "#6bb1ee"),
    "falling": ("#b35900", "#f0a04b"),
}
LIGHT, DARK = (Theme(**{name: both[i] for name, both in _COLOURS.items()}) for i in (0, 1))
THEMES = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True)
class GradientScale:
    """Near the paper for a gradient of zero, towards blue above it and orange below.

    Gradients of one graph differ by orders of magnitude, so the strength of the colour is the cube
    root of the size: a thousandth of the largest still has a tenth of its colour.

    >>> scale = GradientScale(largest=2.0)
    >>> scale.colour(2.0), scale.colour(-2.0), scale.colour(0.0)
    ('#61a5dc', '#f09e4b', '#fcfcfc')
    """

    largest: float
    theme: Theme = LIGHT

    @classmethod
    def of(cls, gradients: Iterable[Any], theme: Theme = LIGHT) -> GradientScale:
        """The scale on which the largest finite element of all `gradients` has the full colour."""
        sizes = [np.abs(np.ravel(g)) for g in gradients]
        largest = max((float(s[np.isfinite(s)].max(initial=0.0)) for s in sizes), default=0.0)
        return cls(largest, theme)

    def share(self, gradient: Any) -> float:
        """How strong its colour is, from 0 to 1."""
        part = abs(gradient) / self.largest if self.largest else 0.0
        return float(min(part, 1.0) ** (1 / 3))

    def colour(self, gradient: Any) -> str:
        """The background for a number, as ``#rrggbb``; for a complex one, by its size."""
        if not np.isfinite(gradient):
            return self.theme.broken
        above = np.iscomplexobj(gradient) or gradient > 0
        full = self.theme.positive if above else self.theme.negative
        share = self.share(gradient)
        mixed = [
            round(zero + (most - zero) * share)
            for zero, most in zip(self.theme.zero, full, strict=True)
        ]
        return "#" + "".join(f"{channel:02x}" for channel in mixed)

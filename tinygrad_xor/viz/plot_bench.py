"""The picture of measured times: bars for one work, curves for one that grows."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.language import say
from tinygrad_xor.viz import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How wide a column of panels is, and how high curves are, in inches.
_WIDTH, _CURVES = 5.6, 3.2
_MARKERS = "os^Dv"


@dataclass(frozen=True)
class Panel:
    """What is drawn of one work.

    Attributes:
        title: what the work is.
        seconds: of each contestant, at each size.
        ours: which contestants are ours.
        sizes: how large the work is; one without a size is drawn as bars.
        axis: what grows.
    """

    title: str
    seconds: dict[str, list[float]]
    ours: frozenset[str]
    sizes: tuple[int, ...] = ()
    axis: str = ""

    @property
    def height(self) -> float:
        """In inches, with its title."""
        return _CURVES if self.sizes else 0.95 + 0.22 * len(self.seconds)


def plot_bench(panels: list[Panel], path: str | os.PathLike[str], rounds: int) -> Path:
    """Draw how long each contestant took, on logarithmic scales, in two columns.

    Args:
        panels: what to draw, in this order, each in the shorter column.
        path: the PNG file to write, whole or not at all.
        rounds: the medians are of so many.

    Raises:
        ImportError: without matplotlib, with what to install.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     panel = Panel("a sum", {"a": [0.1]}, frozenset("a"))
    ...     plot_bench([panel], Path(folder) / "bench.png", 5).name
    'bench.png'
    """
    columns = min(2, len(panels))
    used = [0.0] * columns
    places = []
    for panel in panels:
        column = used.index(min(used))
        used[column] += panel.height
        places.append((column, used[column]))
    width, height = columns * _WIDTH, max(used) + 0.4
    figure = figures.new_figure(width, height)
    for panel, (column, bottom) in zip(panels, places, strict=True):
        left, tall = (0.9, panel.height - 1.1) if panel.sizes else (2.35, panel.height - 0.7)
        x, y = column * _WIDTH + left, height - bottom + (0.6 if panel.sizes else 0.3)
        box = (x / width, y / height, (_WIDTH - left - 0.45) / width, tall / height)
        (_curves if panel.sizes else _bars)(figure.add_axes(box), panel)
    figure.text(0.5, 0.12 / height, say("bench.median", n=rounds), ha="center", fontsize=9)
    return figures.save(figure, path)


def _bars(ax: Axes, panel: Panel) -> None:
    """From fast to slow."""
    from matplotlib.ticker import EngFormatter, NullFormatter

    of_seconds = EngFormatter(say("bench.second"), places=1)
    names = sorted(panel.seconds, key=lambda name: panel.seconds[name])
    seconds = [panel.seconds[name][0] for name in names]
    colours = [figures.ORANGE if name in panel.ours else figures.BLUE for name in names]
    ax.barh(range(len(names)), seconds, color=colours, height=0.7)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(EngFormatter(say("bench.second")))
    ax.xaxis.set_minor_formatter(NullFormatter())  # they would lie over each other
    ax.tick_params(axis="x", labelsize=8)
    ax.set_xlim(min(seconds) / 3, max(seconds) * 8)
    for i, s in enumerate(seconds):
        ax.text(s * 1.1, i, of_seconds(s), va="center", fontsize=8)
    _titled(ax, panel, x=-1.6 / (_WIDTH - 2.8))


def _curves(ax: Axes, panel: Panel) -> None:
    """A curve for each contestant, ours in one colour."""
    from matplotlib.ticker import EngFormatter, NullFormatter

    ours = itertools.cycle(["-", "--", ":"])
    others = iter((figures.BLUE, figures.INK, "#3d9a6c", "#8a63b8", "#7b8794"))
    markers = itertools.cycle(_MARKERS)
    for name, seconds in panel.seconds.items():
        own = name in panel.ours
        how: dict[str, Any] = {"linestyle": next(ours) if own else "-", "linewidth": 1.3}
        how["color"] = figures.ORANGE if own else next(others, figures.INK)
        ax.plot(panel.sizes, seconds, label=name, marker=next(markers), markersize=3.5, **how)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.yaxis.set_major_formatter(EngFormatter(say("bench.second")))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    ax.tick_params(labelsize=8)
    ax.set_xlabel(panel.axis, fontsize=9)
    ax.legend(fontsize=7, frameon=False, loc="upper left")
    _titled(ax, panel, x=0.0)


def _titled(ax: Axes, panel: Panel, x: float) -> None:
    ax.set_title(panel.title, fontsize=10, parse_math=False, loc="left", x=x)
    figures.clear_of_clutter(ax)

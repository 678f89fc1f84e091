"""The picture of measured times: a panel for each workload, a bar for each contestant."""

from __future__ import annotations

import os
from pathlib import Path

from tinygrad_xor.language import say
from tinygrad_xor.viz import figures


def plot_bench(
    panels: list[tuple[str, list[tuple[str, float, bool]]]],
    path: str | os.PathLike[str],
    rounds: int,
) -> Path:
    """Draw how long each contestant took, from fast to slow, on a logarithmic scale.

    Args:
        panels: for each workload its title, and for each contestant its name, its seconds, and
            whether it is ours.
        path: the PNG file to write, whole or not at all.
        rounds: the medians are of so many.

    Raises:
        ImportError: without matplotlib, with what to install.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plot_bench([("a sum", [("a", 0.1, True)])], Path(folder) / "bench.png", 5).name
    'bench.png'
    """
    figures.new_figure(1, 1)  # or it says what to install
    from matplotlib.ticker import EngFormatter, NullFormatter

    of_seconds = EngFormatter(say("bench.second"), places=1)
    heights = [1.0 + 0.3 * len(bars) for _, bars in panels]
    figure = figures.new_figure(8.0, sum(heights) + 0.4)
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights).ravel()
    for ax, (title, bars) in zip(axes, panels, strict=True):
        names, seconds, ours = zip(*bars, strict=True)
        colours = [figures.ORANGE if own else figures.BLUE for own in ours]
        ax.barh(range(len(bars)), seconds, color=colours, height=0.7)
        ax.set_yticks(range(len(bars)), names, fontsize=9)
        ax.invert_yaxis()
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(EngFormatter(say("bench.second")))
        ax.xaxis.set_minor_formatter(NullFormatter())  # they would lie over each other
        ax.set_xlim(min(seconds) / 3, max(seconds) * 4)
        for i, s in enumerate(seconds):
            ax.text(s * 1.1, i, of_seconds(s), va="center", fontsize=8)
        ax.set_title(title, fontsize=10, parse_math=False, loc="left")
        figures.clear_of_clutter(ax)
    figure.supxlabel(say("bench.median", n=rounds), fontsize=9)
    return figures.save(figure, path)

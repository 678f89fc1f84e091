"""Figures of matplotlib without its global state, and the colours of all plots."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.files import write_atomically
from tinygrad_xor.viz.surface import FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 110
BLUE, MIDDLE, ORANGE, INK = "#2b6cb0", "#f7f7f7", "#dd6b20", "#1f2933"
#: Dots on a surface of the same colour.
DARK_BLUE, DARK_ORANGE = "#173f6b", "#8f3d0c"


def new_figure(width: float, height: float) -> Figure:
    """A figure without pyplot, which keeps windows and global state and takes longer to import.

    Args:
        width: in inches.
        height: in inches.

    Raises:
        ImportError: without matplotlib, with what to install.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "plots are drawn by matplotlib, which is not installed: "
            'pip install "tinygrad-xor[plot]"'
        ) from error
    figure = Figure(figsize=(width, height), dpi=DPI)
    # Margins in inches, as matplotlib takes longer to find them out than to draw.
    figure.subplots_adjust(
        left=0.68 / width, right=1 - 0.15 / width, bottom=0.52 / height, top=1 - 0.36 / height
    )
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write the figure into a PNG file, whole or not at all.

    Raises:
        ValueError: if the path has another ending.
    """
    if Path(path).suffix.lower() != ".png":
        raise ValueError(f"a plot is a .png file, and {os.fspath(path)!r} is none")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return write_atomically(path, buffer.getvalue())


def clear_of_clutter(ax: Axes) -> None:
    """Give a plot of curves a faint grid and no frame above and to the right."""
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)


def paint(ax: Axes, line: Any, values: Any, threshold: float, reach: float) -> list[Any]:
    """Paint a surface, blue above `threshold` and orange below it, and the line between.

    Returns:
        The image, for a bar of colours, and then the line, if there is one.
    """
    from matplotlib.colors import LinearSegmentedColormap

    image = ax.imshow(
        values,
        extent=(line[0], line[-1], line[0], line[-1]),
        origin="lower",
        cmap=LinearSegmentedColormap.from_list("prediction", [ORANGE, MIDDLE, BLUE]),
        vmin=threshold - reach,
        vmax=threshold + reach,
        interpolation="bilinear",
        interpolation_stage="data",  # between colours there would be noise in the last bit
    )
    finite = values[np.isfinite(values)]
    if np.any(finite < threshold) and np.any(finite > threshold):
        between = ax.contour(line, line, values, levels=[threshold], colors=INK, linewidths=1.3)
        return [image, between]
    return [image]


def mark_examples(ax: Axes, inputs: Any, targets: Any, threshold: float) -> None:
    """Examples with targets above `threshold` as circles, the others as squares, with numbers.

    Many of them are dots in the colours of the surface, but darker, without numbers.
    """
    few = len(inputs) <= FEW
    for is_above, marker, colour in ((True, "o", DARK_BLUE), (False, "s", DARK_ORANGE)):
        chosen = inputs[(targets > threshold) == is_above]
        size, face = (19, "white") if few else (4.5, colour)
        edge, width = (INK, 1.0) if few else ("white", 0.6)
        style: dict[str, Any] = {"markeredgecolor": edge, "markeredgewidth": width}
        ax.plot(*chosen.T, marker, color=face, markersize=size, **style)
    for (x, y), target in zip(inputs, targets, strict=True) if few else ():
        ax.text(x, y, f"{target:g}", ha="center", va="center_baseline", fontsize=11, color=INK)
    ax.set_xlabel("x₁")
    ax.set_ylabel("x₂")
    ax.locator_params(nbins=6)

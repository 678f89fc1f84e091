"""The loss over epochs, and the decision surface, as PNG files by matplotlib."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 110
#: Points of the surface along each axis; the picture is interpolated between them.
RESOLUTION = 101

_BLUE, _MIDDLE, _ORANGE, _INK = "#2b6cb0", "#f7f7f7", "#dd6b20", "#1f2933"


def plot_loss(
    losses: Sequence[float],
    path: str | os.PathLike[str],
    *,
    accuracies: Sequence[float] | None = None,
    title: str = "",
) -> Path:
    """Draw the loss of every epoch and, below it, the accuracy.

    Args:
        losses: the mean loss of each epoch.
        path: the PNG file to write, whole or not at all.
        accuracies: the share of right answers in each epoch, from 0 to 1.
        title: above the picture.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plot_loss([0.7, 0.5, 0.2], Path(folder) / "loss.png").name
    'loss.png'
    """
    panels = 1 if accuracies is None else 2
    figure = _figure(6.4, 3.4 if panels == 1 else 4.6)
    axes = figure.subplots(
        panels, 1, sharex=True, squeeze=False, height_ratios=[3, 1][:panels]
    ).ravel()
    _curve(axes[0], losses, _BLUE)
    axes[0].set_ylabel("mean loss")
    axes[0].set_title(title, parse_math=False)
    if np.min(losses, initial=0.0) >= 0:
        axes[0].set_ylim(bottom=0)
    if accuracies is not None:
        _curve(axes[1], 100 * np.asarray(accuracies), _ORANGE)
        axes[1].set_ylabel("accuracy, %")
        axes[1].set_ylim(-5, 105)
        axes[1].set_yticks([0, 50, 100])
    axes[-1].set_xlabel("epoch")
    axes[-1].locator_params(axis="x", integer=True)
    figure.align_ylabels()
    return _save(figure, path)


def plot_decision(
    predict: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    path: str | os.PathLike[str],
    *,
    threshold: float = 0.5,
    title: str = "",
) -> Path:
    """Draw what the network predicts at every point of the plane, with the examples on it.

    The surface is blue above `threshold`, orange below it, and a line runs between. Examples with
    targets above it are circles, the others squares, and each holds its target as a number.

    Args:
        predict: predictions of shape ``(n,)`` for inputs of shape ``(n, 2)``.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)``.
        path: the PNG file to write, whole or not at all.
        threshold: where the line between the two answers runs.
        title: above the picture.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        ValueError: if the shapes are other ones.

    >>> import tempfile
    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decision.png"
    ...     plot_decision(lambda x: x[:, 0] * x[:, 1], corners, [0, 0, 0, 1], path).name
    'decision.png'
    """
    inputs, targets = np.asarray(inputs, dtype=float), np.asarray(targets, dtype=float)
    if inputs.ndim != 2 or inputs.shape[1] != 2 or targets.shape != inputs.shape[:1]:
        raise ValueError(
            "a decision surface needs inputs of shape (n, 2) and targets of shape (n,), not "
            f"{inputs.shape} and {targets.shape}"
        )
    figure = _figure(5.4, 4.5)
    ax = figure.subplots()
    line, surface = _surface(predict, inputs)
    _paint(ax, line, surface, threshold)
    for is_above, marker in ((True, "o"), (False, "s")):
        chosen = inputs[(targets > threshold) == is_above]
        ax.plot(*chosen.T, marker, color="white", markeredgecolor=_INK, markersize=19)
    for (x, y), target in zip(inputs, targets, strict=True):
        ax.text(x, y, f"{target:g}", ha="center", va="center_baseline", fontsize=11, color=_INK)
    ax.set_xlabel("x₁")
    ax.set_ylabel("x₂")
    ax.locator_params(nbins=6)
    ax.set_title(title, parse_math=False)
    return _save(figure, path)


def _curve(ax: Axes, values: Any, colour: str) -> None:
    marker = "o" if len(values) == 1 else None  # one point makes no line
    ax.plot(np.arange(1, len(values) + 1), values, color=colour, linewidth=1.4, marker=marker)
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)


def _surface(predict: Callable[[Any], Any], inputs: Any) -> tuple[Any, Any]:
    """The coordinates along both axes, and the predictions ``surface[row of x₂, column of x₁]``."""
    low, high = inputs.min(), inputs.max()
    margin = 0.4 * ((high - low) or 1.0)
    line = np.linspace(low - margin, high + margin, RESOLUTION)
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return line, np.reshape(predict(points), (RESOLUTION, RESOLUTION))


def _paint(ax: Axes, line: Any, surface: Any, threshold: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    finite = surface[np.isfinite(surface)]
    reach = max(0.5, float(np.max(np.abs(finite - threshold), initial=0.0)))
    picture = ax.imshow(
        surface,
        extent=(line[0], line[-1], line[0], line[-1]),
        origin="lower",
        cmap=LinearSegmentedColormap.from_list("prediction", [_ORANGE, _MIDDLE, _BLUE]),
        vmin=threshold - reach,
        vmax=threshold + reach,
        interpolation="bilinear",
    )
    if np.any(finite < threshold) and np.any(finite > threshold):
        ax.contour(line, line, surface, levels=[threshold], colors=_INK, linewidths=1.3)
    bar = ax.figure.colorbar(picture, ax=ax, label="prediction", pad=0.03)
    bar.ax.axhline(threshold, color=_INK, linewidth=1.3)


def _figure(width: float, height: float) -> Figure:
    """A figure without pyplot, which keeps windows and global state and takes longer to import."""
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


def _save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return write_atomically(path, buffer.getvalue())

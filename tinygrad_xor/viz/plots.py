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
    from matplotlib.figure import Figure

DPI = 120
BLUE, ORANGE = "#2b6cb0", "#dd6b20"


def plot_loss(
    losses: Sequence[float],
    path: str | os.PathLike[str],
    *,
    accuracies: Sequence[float] | None = None,
    title: str = "",
) -> Path:
    """Draw the loss of every epoch and, below it, the accuracy.

    Raises:
        ImportError: without matplotlib, with what to install.
    """
    figure = _figure(6.4, 4.8 if accuracies else 3.6)
    figure.subplots_adjust(left=0.1, right=0.97, bottom=0.12, top=0.92, hspace=0.12)
    count = 2 if accuracies else 1
    axes = figure.subplots(
        count, 1, sharex=True, squeeze=False, height_ratios=[3, 1][:count]
    ).ravel()
    epochs = np.arange(1, len(losses) + 1)
    axes[0].plot(epochs, losses, color=BLUE, linewidth=1.2)
    axes[0].set_ylabel("loss")
    axes[0].set_ylim(bottom=0)
    axes[0].set_title(title)
    if accuracies:
        axes[1].plot(epochs, accuracies, color=ORANGE, linewidth=1.2)
        axes[1].set_ylabel("accuracy")
        axes[1].set_ylim(-0.05, 1.05)
    axes[-1].set_xlabel("epoch")
    for ax in axes:
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
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

    Args:
        predict: predictions of shape ``(n,)`` for inputs of shape ``(n, 2)``.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)``; written beside each.
        path: the file to write.
        threshold: where the line between the two answers runs.
        title: above the picture.

    Raises:
        ImportError: without matplotlib, with what to install.
    """
    figure = _figure(5.6, 4.6)
    figure.subplots_adjust(left=0.11, right=0.98, bottom=0.12, top=0.92)
    ax = figure.subplots()
    low, high = np.min(inputs) - 0.4, np.max(inputs) + 0.4
    line = np.linspace(low, high, 121)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    surface = np.reshape(predict(grid.reshape(-1, 2)), grid.shape[:2])
    spread = max(0.5, float(np.max(np.abs(surface - threshold))))
    picture = ax.imshow(
        surface,
        extent=(low, high, low, high),
        origin="lower",
        cmap="RdBu",
        vmin=threshold - spread,
        vmax=threshold + spread,
        interpolation="bilinear",
    )
    if surface.min() < threshold < surface.max():
        ax.contour(line, line, surface, levels=[threshold], colors="black", linewidths=1.2)
    for (x, y), target in zip(inputs, targets, strict=True):
        marker = "o" if target > 0.5 else "s"
        ax.plot(x, y, marker, color="white", markeredgecolor="black", markersize=19, clip_on=False)
        ax.text(x, y, f"{target:g}", ha="center", va="center_baseline", fontsize=11)
    ax.set_xlabel("x₁")
    ax.set_ylabel("x₂")
    ax.set_title(title)
    figure.colorbar(picture, ax=ax, label="prediction")
    return _save(figure, path)


def _figure(width: float, height: float) -> Figure:
    """A figure without pyplot, which keeps windows and global state and takes longer to import."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "plots are drawn by matplotlib, which is not installed: "
            'pip install "tinygrad-xor[plot]"'
        ) from error
    return Figure(figsize=(width, height), dpi=DPI)


def _save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return write_atomically(path, buffer.getvalue())

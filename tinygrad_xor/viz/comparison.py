"""Several trainings in one picture: the loss of each, and where all its answers were right."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tinygrad_xor.language import checked, say
from tinygrad_xor.viz import figures


def plot_losses(
    losses: Mapping[str, Sequence[float]],
    path: str | os.PathLike[str],
    *,
    right_after: Mapping[str, int | None] | None = None,
    title: str = "",
    lang: str = "en",
) -> Path:
    """Draw the losses of several trainings over the epochs, with a dot where all was right.

    Args:
        losses: the mean loss of each epoch, by the name of the training; up to three of them.
        path: the PNG file to write, whole or not at all.
        right_after: by the same names, after how many epochs all answers were right first.
        title: above the picture.
        lang: of the labels, ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        ValueError: if there is no such language.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "losses.png"
    ...     plot_losses({"A": [0.7, 0.2], "B": [0.7, 0.6]}, path, right_after={"A": 2}).name
    'losses.png'
    """
    checked(lang)
    figure = figures.new_figure(6.4, 3.6)
    ax = figure.subplots()
    dot = None
    colours = (figures.BLUE, figures.ORANGE, figures.INK)
    for (name, curve), colour in zip(losses.items(), colours, strict=False):
        ax.plot(np.arange(1, len(curve) + 1), curve, color=colour, linewidth=1.4, label=name)
        when = (right_after or {}).get(name)
        if when is not None and 1 <= when <= len(curve):
            dot = ax.plot(when, curve[when - 1], "o", color=colour, markersize=7)[0]
    if dot is not None:
        label = say("plots.all_right", lang)
        ax.plot([], [], "o", color=figures.INK, markersize=7, label=label)
    ax.set_title(title, parse_math=False)
    ax.set_xlabel(say("plots.epoch", lang))
    ax.set_ylabel(say("plots.mean_loss", lang))
    ax.locator_params(axis="x", integer=True)
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    figures.clear_of_clutter(ax)
    return figures.save(figure, path)

"""The losses over epochs, the decision surface, and measured times, as PNG files by matplotlib."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.language import say
from tinygrad_xor.viz import figures
from tinygrad_xor.viz.numbers import printable
from tinygrad_xor.viz.surface import checked_examples, checked_threshold, extent, reach, surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

#: Points of the surface along each axis; the picture is interpolated between them.
RESOLUTION = 101


def plot_loss(
    losses: Sequence[float] | Mapping[str, Sequence[float]],
    path: str | os.PathLike[str],
    *,
    accuracies: Sequence[float] | None = None,
    right_after: Mapping[str, int | None] | None = None,
    title: str = "",
    lang: str = "en",
) -> Path:
    """Draw the loss of every epoch and, below it, the accuracy; or the losses of several trainings.

    Args:
        losses: the mean loss of each epoch; or those of up to three trainings, by their names.
        path: the PNG file to write, whole or not at all.
        accuracies: the share of right answers in each epoch, from 0 to 1.
        right_after: by the names of the trainings, after how many epochs all answers were right
            first: a dot is there.
        title: above the picture.
        lang: of the labels, ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        ValueError: if `path` has another ending, or there is no such language.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "loss.png"
    ...     plot_loss([0.7, 0.5, 0.2], path).name
    ...     plot_loss({"A": [0.7, 0.2], "B": [0.7, 0.6]}, path, right_after={"A": 2}).name
    'loss.png'
    'loss.png'
    """
    panels = 1 if accuracies is None else 2
    figure = figures.new_figure(6.4, 3.4 if panels == 1 else 4.6)
    axes = figure.subplots(
        panels, 1, sharex=True, squeeze=False, height_ratios=[3, 1][:panels]
    ).ravel()
    named = losses if isinstance(losses, Mapping) else {"": losses}
    colours = (figures.BLUE, figures.ORANGE, figures.INK)
    dots = []
    for (name, curve), colour in zip(named.items(), colours, strict=False):
        _curve(axes[0], curve, colour, label=name)
        when = (right_after or {}).get(name)
        if when is not None and 1 <= when <= len(curve):
            dots += axes[0].plot(when, curve[when - 1], "o", color=colour, markersize=7)
    if dots:
        label = say("plots.all_right", lang)
        axes[0].plot([], [], "o", color=figures.INK, markersize=7, label=label)
    axes[0].set_ylabel(say("plots.mean_loss", lang))
    axes[0].set_title(printable(title), parse_math=False)
    if min(np.min(curve, initial=0.0) for curve in named.values()) >= 0:
        axes[0].set_ylim(bottom=0)
    if "" not in named:
        axes[0].legend(frameon=False)
    if accuracies is not None:
        _curve(axes[1], 100 * np.asarray(accuracies), figures.ORANGE)
        axes[1].set_ylabel(say("plots.accuracy", lang))
        axes[1].set_ylim(-5, 105)
        axes[1].set_yticks([0, 50, 100])
    axes[-1].set_xlabel(say("plots.epoch", lang))
    axes[-1].locator_params(axis="x", integer=True)
    figure.align_ylabels()
    return figures.save(figure, path)


def plot_decision(
    predict: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    path: str | os.PathLike[str],
    *,
    threshold: float = 0.5,
    title: str = "",
    lang: str = "en",
) -> Path:
    """Draw what the network predicts at every point of the plane, with the examples on it.

    The surface is blue above `threshold`, orange below it, and a line runs between. Examples with
    targets above it are circles, the others squares, and each holds its target as a number. More
    than 16 examples are dots in the colours of their targets.

    Args:
        predict: predictions of shape ``(n,)`` or ``(n, 1)`` for inputs of shape ``(n, 2)``.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)`` or ``(n, 1)``.
        path: the PNG file to write, whole or not at all.
        threshold: where the line between the two answers runs.
        title: above the picture.
        lang: of the labels, ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        ValueError: if the shapes are other ones, `threshold` is not finite, `path` has another
            ending, or there is no such language.

    >>> import tempfile
    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decision.png"
    ...     plot_decision(lambda x: x[:, 0] * x[:, 1], corners, [0, 0, 0, 1], path).name
    'decision.png'
    """
    threshold = checked_threshold(threshold)
    figure = figures.new_figure(5.4, 4.5)
    ax = figure.subplots()
    image = paint_decision(ax, predict, inputs, targets, threshold=threshold)
    bar = figure.colorbar(image, ax=ax, label=say("plots.prediction", lang), pad=0.03)
    bar.ax.axhline(threshold, color=figures.INK, linewidth=1.3)
    ax.set_title(printable(title), parse_math=False)
    return figures.save(figure, path)


def paint_decision(
    ax: Axes,
    predict: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    *,
    threshold: float = 0.5,
) -> AxesImage:
    """Paint what `plot_decision` draws into axes of your own, as one of several panels.

    Args:
        ax: of matplotlib, from ``plt.subplots()``.
        predict: see `plot_decision`, also for the others.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)`` or ``(n, 1)``.
        threshold: where the line between the two answers runs.

    Returns:
        The image, for a bar of colours.

    Raises:
        ValueError: if the shapes are other ones.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> image = paint_decision(ax, lambda x: x[:, 0], [[0.0, 0.0], [1.0, 1.0]], [0, 1])
    >>> [float(end) for end in image.get_extent()]
    [-0.4, 1.4, -0.4, 1.4]
    """
    inputs, targets = checked_examples(inputs, targets)
    threshold = checked_threshold(threshold)
    line = np.linspace(*extent(inputs), RESOLUTION)
    values = surface(predict, line, line)
    image, *_ = figures.paint(ax, line, values, threshold, reach(values, threshold))
    figures.mark_examples(ax, inputs, targets, threshold)
    return image


def _curve(ax: Axes, values: Any, colour: str, label: str = "") -> None:
    how: dict[str, Any] = {"color": colour, "linewidth": 1.4, "label": label}
    marker = "o" if len(values) == 1 else None  # one point makes no line
    ax.plot(np.arange(1, len(values) + 1), values, marker=marker, **how)
    figures.clear_of_clutter(ax)

"""How the weights, or their gradients, are spread while a network learns."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tinygrad_xor.language import say
from tinygrad_xor.snapshots import Snapshots, seen
from tinygrad_xor.viz import figures
from tinygrad_xor.viz.numbers import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A parameter with more numbers than this is drawn as histograms, not line by line.
MOST_LINES = 40
BINS = 48
#: The height of a line's number at its end, in points.
LETTER = 7.5


def plot_histograms(
    snapshots: Snapshots,
    path: str | os.PathLike[str],
    *,
    what: Literal["weights", "gradients"] = "weights",
    title: str = "",
    lang: str = "en",
) -> Path:
    """Draw the weights or the gradients of every parameter over the epochs, one panel for each.

    Up to 40 numbers are a line each. Lines of one neuron, which is a column of a kernel and a
    number of a bias, have one colour and its number at their end; where a layer has one neuron,
    that goes for its inputs. More numbers are a histogram for each epoch: the darker, the more of
    them, and the line is their median. A number that is not finite is left out.

    Args:
        snapshots: what ``fit(callbacks=[snapshots])`` filled.
        path: the PNG file to write, whole or not at all.
        what: ``"weights"``, or ``"gradients"``, those of each epoch's last batch.
        title: above the picture.
        lang: of the labels, ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        TypeError: if `snapshots` is something else.
        ValueError: if `what` is something else, the snapshots show no epoch, `path` has another
            ending, or there is no such language.

    >>> import tempfile
    >>> from tinygrad_xor.nn import Dense, Sequential
    >>> snapshots = Snapshots(Sequential([Dense(5, "relu", input_dim=2)], seed=0))
    >>> snapshots.on_epoch_end(0, {"loss": 0.7, "accuracy": 0.5})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plot_histograms(snapshots, Path(folder) / "weights.png").name
    'weights.png'
    """
    if what not in ("weights", "gradients"):
        raise ValueError(f'what={what!r}: it is "weights" or "gradients" that can be drawn')
    kept = seen(snapshots)
    if what == "gradients":
        kept = [s for s in kept if s.epoch]  # before the first epoch there were none
    epochs = np.array([s.epoch for s in kept])
    parameters = snapshots.model.parameters()
    columns = min(2, len(parameters))
    rows = -(-len(parameters) // columns)
    width, height = 4.2 * columns, 1.3 + 2.0 * rows
    figure = figures.new_figure(width, height)
    figure.subplots_adjust(
        left=0.85 / width, right=1 - 0.3 / width, top=1 - 0.75 / height, hspace=0.35, wspace=0.3
    )
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for i, (ax, parameter) in enumerate(zip(panels, parameters, strict=False)):
        numbers = np.array([getattr(s, what)[i] for s in kept], dtype=float)
        _draw(ax, epochs, np.where(np.isfinite(numbers), numbers, np.nan))
        label = parameter.label or f"{say('graph.parameter', lang)} {i + 1}"
        shape = " × ".join(map(str, parameter.shape)) or say("plots.a_number", lang)
        name = f"{printable(label)}  {shape}"
        ax.set_title(name, fontsize=10, loc="left", parse_math=False)
        ax.xaxis.set_tick_params(labelbottom=i + columns >= len(parameters))
        if i + columns >= len(parameters):
            ax.set_xlabel(say("plots.epoch", lang))
        if i % columns == 0:
            ax.set_ylabel(say(f"plots.{what}", lang))
    for ax in panels[len(parameters) :]:
        ax.remove()
    panels[0].locator_params(axis="x", integer=True, nbins=6)
    figure.suptitle(printable(title), parse_math=False, fontsize=12)
    figure.align_ylabels()
    return figures.save(figure, path)


def _draw(ax: Axes, epochs: Any, numbers: Any) -> None:
    """Draw what has shape ``(epochs, *shape of the parameter)``."""
    flat = numbers.reshape(len(epochs), -1)
    if flat.shape[1] <= MOST_LINES:
        ax.axhline(0, color=figures.INK, linewidth=0.6)
        _draw_lines(ax, epochs, flat, numbers.shape[1:])
        figures.clear_of_clutter(ax)
    else:
        _draw_histograms(ax, epochs, flat)


def _draw_lines(ax: Axes, epochs: Any, flat: Any, shape: tuple[int, ...]) -> None:
    from matplotlib import colormaps

    axis = next((a for a in reversed(range(len(shape))) if shape[a] > 1), None)
    neurons = np.zeros(1, int) if axis is None else np.indices(shape)[axis].ravel()
    for line, neuron in zip(flat.T, neurons, strict=True):
        colour = colormaps["tab10"](neuron % 10)
        ax.plot(epochs, line, color=colour, linewidth=1.3, marker="o" if len(line) == 1 else None)
    shown = np.flatnonzero(np.isfinite(flat[-1]) & (axis is not None))
    height = ax.get_window_extent().height * 72 / figures.DPI
    if len(shown) * LETTER > height:  # there is room for one number of each neuron
        shown = shown[np.unique(neurons[shown], return_index=True)[1]]
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    ends = flat[-1][shown]
    places = apart((ends - low) * height / (high - low), min(LETTER, height / (len(ends) or 1)))
    for i, end, place in zip(shown, ends, places, strict=True):
        ax.annotate(
            str(neurons[i] + 1),
            (epochs[-1], end),
            xytext=(4, place - (end - low) * height / (high - low)),
            textcoords="offset points",
            va="center_baseline",
            fontsize=7,
            color=colormaps["tab10"](neurons[i] % 10),
        )


def apart(places: Any, least: float) -> Any:
    """`places`, moved as little as they must be so that none is nearer to another than `least`.

    Those that meet stand around the mean of where they were: isotonic regression, as of Ayer et
    al., 1955.

    >>> apart(np.array([5.0, 1.0, 5.0]), 2.0).tolist()
    [4.0, 1.0, 6.0]
    """
    order = np.argsort(places, kind="stable")
    groups: list[list[float]] = []  # what is left of the places without the distances
    for i, place in enumerate(np.asarray(places)[order]):
        groups.append([place - i * least])
        while len(groups) > 1 and np.mean(groups[-2]) >= np.mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    moved = np.empty(len(order))
    moved[order] = [float(np.mean(group)) for group in groups for _ in group]
    moved[order] += np.arange(len(order)) * least
    return moved


def _draw_histograms(ax: Axes, epochs: Any, flat: Any) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    finite = flat[np.isfinite(flat)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    counts = np.array([np.histogram(row[np.isfinite(row)], edges)[0] for row in flat])
    shares = counts.T / np.maximum(counts.max(axis=1), 1)
    ax.pcolormesh(
        epochs,
        (edges[:-1] + edges[1:]) / 2,
        np.sqrt(shares),  # so that a few are seen beside many
        cmap=LinearSegmentedColormap.from_list("share", ["white", figures.BLUE]),
        shading="nearest",
    )
    with warnings.catch_warnings(action="ignore"):  # of epochs without any finite number
        medians = np.nanmedian(flat, axis=1)
    ax.plot(epochs, medians, color=figures.ORANGE, linewidth=1.3)

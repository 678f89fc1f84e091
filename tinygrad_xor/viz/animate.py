"""How a network learns, as a film: the decision surface and the loss, epoch after epoch."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.files import write_atomically
from tinygrad_xor.language import checked, say
from tinygrad_xor.snapshots import Snapshot, Snapshots, seen
from tinygrad_xor.viz import figures, films
from tinygrad_xor.viz.numbers import printable
from tinygrad_xor.viz.surface import checked_examples, checked_threshold, extent, reach, surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Points of the surface along each axis.
RESOLUTION = 81
#: Frames in a second: a GIF counts hundredths of one, and browsers slow down those of 1.
FASTEST = 50
#: Seconds for which the last frame is shown, before the film begins again.
HOLD = 2.0


def animate(
    snapshots: Snapshots,
    inputs: Any,
    targets: Any,
    path: str | os.PathLike[str],
    *,
    frames: int = 60,
    fps: float = 12,
    title: str = "",
    threshold: float = 0.5,
    lang: str = "en",
) -> Path:
    """Make a film of the training: in each frame the decision surface, and a mark on the loss.

    A frame is a snapshot. Where there are more snapshots than frames, they are chosen so that the
    mark moves about equally far along the curve from frame to frame: while much changes, the film
    is slower. All frames have one scale of colours. The film begins again after its last frame.

    Args:
        snapshots: what ``fit(callbacks=[snapshots])`` filled.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)`` or ``(n, 1)``.
        path: the file to write, whole or not at all. ``.gif`` is shown everywhere; ``.svg`` is
            sharp at any size and plays in a browser, without scripts. A reader who asked their
            system for less motion sees the last frame of it.
        frames: the largest number of frames, 2 or more.
        fps: frames in a second, up to 50.
        title: above the picture.
        threshold: where the line between the two answers runs.
        lang: of the labels, ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, which draws both kinds, with what to install.
        TypeError: if `snapshots` is something else.
        ValueError: if `path` ends otherwise, the network has not 2 inputs and 1 output, the
            examples have other shapes, the snapshots show no epoch, there are no two frames or no
            frames in a second, or there is no such language.

    >>> import tempfile
    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import Dense, Sequential
    >>> snapshots = Snapshots(Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0))
    >>> snapshots.on_epoch_end(0, {"loss": 0.7, "accuracy": 0.5})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     animate(snapshots, *truth_table("and"), Path(folder) / "film.svg").name
    'film.svg'
    """
    ending = Path(path).suffix.lower()
    if ending not in (".gif", ".svg"):
        raise ValueError(f"a film is a .gif or an .svg file, and {os.fspath(path)!r} is neither")
    checked(lang)
    _check_speed(frames, fps)
    kept = seen(snapshots)
    _check_network(snapshots.model)
    inputs, targets = checked_examples(inputs, targets)
    threshold = checked_threshold(threshold)
    shown = [kept[i] for i in _evenly(kept, frames)]
    title = printable(title)
    figure = figures.new_figure(6.2, 3.1)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    figure.subplots_adjust(wspace=0.28, top=0.84, right=0.96)
    figure.suptitle(title, parse_math=False, fontsize=12)
    _draw_loss(right, kept, lang)
    line = np.linspace(*extent(inputs), RESOLUTION)
    surfaces = _surfaces(snapshots.model, shown, line)
    furthest = reach(surfaces, threshold)
    layers = [
        [*figures.paint(left, line, values, threshold, furthest), *_mark(right, snapshot, lang)]
        for snapshot, values in zip(shown, surfaces, strict=True)
    ]
    figures.mark_examples(left, inputs, targets, threshold)  # above all surfaces
    durations = [1 / fps] * (len(shown) - 1) + [1 / fps + HOLD]
    if ending == ".gif":
        return write_atomically(path, films.as_gif(figure, layers, durations))
    spoken = title or say("plots.film", lang)
    return write_atomically(path, films.as_svg(figure, layers, durations, spoken))


def _check_speed(frames: Any, fps: Any) -> None:
    if not isinstance(frames, (int, np.integer)) or frames < 2:
        raise ValueError(f"frames={frames!r}: a film has 2 frames or more, a whole number")
    if not isinstance(fps, (int, float, np.number)) or not 0 < fps <= FASTEST:
        raise ValueError(f"fps={fps!r}: a film shows up to {FASTEST} frames in a second, as 12")


def _check_network(model: Any) -> None:
    if (model.input_shape, model.output_shape) != ((2,), (1,)):
        raise ValueError(
            f"a film shows a surface over 2 inputs, and this network is {model.input_shape} -> "
            f"{model.output_shape}, not (2,) -> (1,): explore(model, X, y, snapshots) and "
            "plot_histograms(snapshots, path) show any network"
        )


def _evenly(snapshots: list[Snapshot], frames: int) -> Any:
    """Which snapshots are frames, at about equal distances along the curve of the loss."""
    n = len(snapshots)
    if n <= frames:
        return np.arange(n)
    epochs = np.array([s.epoch for s in snapshots], dtype=float)
    losses = np.array([s.loss for s in snapshots], dtype=float)
    known = np.isfinite(losses)
    losses = np.interp(epochs, epochs[known], losses[known]) if known.any() else np.zeros(n)
    height = np.ptp(losses) or 1.0
    steps = np.hypot(np.diff(epochs) / epochs[-1], np.diff(losses) / height)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    order = np.arange(frames)
    nearest = np.searchsorted((along[1:] + along[:-1]) / 2, np.linspace(0, along[-1], frames))
    # Each one later than the one before it, and with enough left for those after it.
    later = np.maximum.accumulate(nearest - order) + order
    return np.minimum(later, n - frames + order)


def _surfaces(model: Any, snapshots: list[Snapshot], line: Any) -> Any:
    """What the network predicted over the plane at each of the snapshots."""
    model = copy.deepcopy(model)
    surfaces = []
    with np.errstate(all="ignore"):  # weights may have grown beyond all bounds
        for snapshot in snapshots:
            model.set_weights(snapshot.weights)
            surfaces.append(surface(model.predict, line, line))
    return np.array(surfaces)


def _draw_loss(ax: Axes, snapshots: list[Snapshot], lang: str) -> None:
    losses = np.array([s.loss for s in snapshots], dtype=float)
    epochs = [s.epoch for s in snapshots]
    ax.plot(epochs, losses, color=figures.BLUE, linewidth=1.4)
    ax.set_xlim(0, epochs[-1])
    if not np.any(losses < 0):
        ax.set_ylim(bottom=0)
    ax.locator_params(axis="x", integer=True, nbins=6)
    ax.set_xlabel(say("plots.epoch", lang))
    ax.set_ylabel(say("plots.mean_loss", lang))
    figures.clear_of_clutter(ax)


def _mark(ax: Axes, snapshot: Snapshot, lang: str) -> list[Any]:
    """Where the training is: a line at the epoch, a dot at its loss, and both as words."""
    words = say("plots.moment", lang, epoch=snapshot.epoch)
    marks: list[Any] = [ax.axvline(snapshot.epoch, color=figures.INK, linewidth=0.8, alpha=0.5)]
    if np.isfinite(snapshot.loss):
        place = snapshot.epoch, snapshot.loss
        words = say("plots.moment_and_loss", lang, epoch=snapshot.epoch, loss=snapshot.loss)
        marks += ax.plot(*place, "o", color=figures.ORANGE, markersize=8, clip_on=False)
    return [*marks, ax.text(0, 1.03, words, transform=ax.transAxes, fontsize=11)]

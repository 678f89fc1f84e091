"""The decision surface as text, for machines without a screen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.language import say
from tinygrad_xor.viz.numbers import number
from tinygrad_xor.viz.surface import checked_examples, checked_threshold, extent, reach, surface

#: From far below the threshold to far above it. No shade is left for the threshold itself, so that
#: the eye sees an edge where the answer changes.
SHADES = " ░▓█"
NOT_A_NUMBER, MARK = "?", "mark"
NARROWEST = 46

#: Letters and background of each kind of cell, in the 256 colours of terminals: from orange to
#: blue, and black on white for an example.
_COLOURS = {" ": (16, 208), "░": (215, 223), "▓": (74, 153), "█": (26, 26)}
_NEUTRAL = (16, 231)


def decision_text(
    predict: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    *,
    width: int = NARROWEST,
    threshold: float = 0.5,
    colour: bool = False,
    lang: str = "en",
) -> str:
    """What the network predicts at every point of the plane, as text.

    The fuller a cell, the larger the prediction; ``?`` is one that is not a number. Examples with
    targets above `threshold` stand in round brackets, the others in square ones; where two overlap,
    the later one is seen.

    Args:
        predict: predictions of shape ``(n,)`` or ``(n, 1)`` for inputs of shape ``(n, 2)``.
        inputs: the examples, shape ``(n, 2)``.
        targets: what they should give, shape ``(n,)`` or ``(n, 1)``.
        width: columns of the picture, with its axis; half as many lines.
        threshold: where the answer changes.
        colour: also paint the cells orange and blue, with the escape codes of terminals.
        lang: of the legend, ``"en"`` or ``"ru"``.

    Returns:
        The lines of the picture and of its legend.

    Raises:
        TypeError: if `width` is no whole number.
        ValueError: if the shapes are other ones, `width` is too small, `threshold` is not finite,
            or there is no such language.

    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> words = decision_text(lambda x: x[:, 0] * x[:, 1], corners, [0, 0, 0, 1])
    >>> print(words.splitlines()[5])
     1 ┤    ░░░░[0]░░░░░░░░░▓▓▓▓▓▓▓▓▓▓(1)▓▓▓█████│
    """
    inputs, targets = checked_examples(inputs, targets)
    threshold = checked_threshold(threshold)
    if not isinstance(width, (int, np.integer)):
        raise TypeError(f"width={width!r}: it is a whole number of columns, as {NARROWEST}")
    if width < NARROWEST:
        raise ValueError(f"width={width}: a decision surface needs at least {NARROWEST} columns")
    ticks = {number(tick): float(tick) for tick in (inputs.min(), inputs.max())}
    gutter = max(len(label) for label in ("x₂", *ticks))
    columns = width - gutter - 3
    low, high = extent(inputs)
    xs = np.linspace(low, high, columns)
    ys = np.linspace(high, low, round(columns / 2))  # a cell is about twice as high as it is wide
    values = surface(predict, xs, ys)
    cells = _cells(values, threshold)
    looks = cells.copy()
    for (x, y), target in zip(inputs, targets, strict=True):
        mark = f"({number(target)})" if target > threshold else f"[{number(target)}]"
        start = min(max(_nearest(xs, x) - len(mark) // 2, 0), columns - len(mark))
        place = _nearest(ys, y), slice(start, start + len(mark))
        cells[place], looks[place] = list(mark), MARK
    labels = {0: "x₂"} | {_nearest(ys, tick): label for label, tick in ticks.items()}
    lines = [" " * gutter + f" ┌{'─' * columns}┐"]
    for i, row in enumerate(cells):
        label, edge = labels.get(i, ""), "┤" if i in labels and i else "│"
        lines.append(f"{label:>{gutter}} {edge}{_row(row, looks[i], colour)}│")
    bottom, below = ["─"] * columns, [" "] * columns
    for label, tick in ticks.items():
        at = _nearest(xs, tick)
        start = at - len(label) // 2
        bottom[at], below[start : start + len(label)] = "┬", label
    below[columns - 2 :] = "x₁"
    lines += [" " * gutter + f" └{''.join(bottom)}┘", " " * gutter + f"  {''.join(below)}"]
    return "\n".join([*lines, *_legend(values, threshold, colour, lang)])


def _cells(values: Any, threshold: float) -> Any:
    """The shade of each prediction."""
    step = 2 * reach(values, threshold) / len(SHADES)
    known = np.where(np.isnan(values), threshold, values)
    levels = np.ceil((known - threshold) / step) + len(SHADES) // 2 - 1  # at the threshold: below
    shades = np.array(list(SHADES))[np.clip(levels, 0, len(SHADES) - 1).astype(int)]
    return np.where(np.isnan(values), NOT_A_NUMBER, shades).astype(object)


def _nearest(line: Any, value: float) -> int:
    return int(np.argmin(np.abs(line - value)))


def _row(cells: Any, looks: Any, colour: bool) -> str:
    if not colour:
        return "".join(cells)
    runs = itertools.groupby(zip(cells, looks, strict=True), key=lambda cell: cell[1])
    return "".join(_painted("".join(cell for cell, _ in run), look) for look, run in runs)


def _painted(words: str, look: str) -> str:
    letters, background = _COLOURS.get(look, _NEUTRAL)
    return f"\x1b[38;5;{letters};48;5;{background}m{words}\x1b[0m"


def _legend(values: Any, threshold: float, colour: bool, lang: str) -> list[str]:
    most = reach(values, threshold)
    steps = np.linspace(threshold - most, threshold + most, len(SHADES) + 1)
    scale = [number(round(step, 2)) for step in steps]
    samples = [_painted(shade * 3, shade) if colour else shade * 3 for shade in SHADES]
    bar = "".join(f"{step}│{sample}│" for step, sample in zip(scale, samples, strict=False))
    return [
        say("plots.shades", lang, bar=bar + scale[-1]),
        say("plots.examples", lang, threshold=number(threshold)),
    ]

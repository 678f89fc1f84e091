"""A network as its neurons and weights, in a picture that stands still."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from tinygrad_xor.nn import Dense, Sequential, activations
from tinygrad_xor.viz.colours import LIGHT, Theme
from tinygrad_xor.viz.numbers import layer_mark, subscript

#: Of a wider layer the first ones are drawn, and how many more there are.
MOST = 12
RADIUS, ACROSS, DOWN = 22, 150, 58
#: The activations are drawn over these sums.
_SUMS = np.linspace(-3.0, 3.0, 41)


def neurons(model: Sequential, theme: Theme = LIGHT) -> str | None:
    """The SVG of a network of dense layers; ``None`` if it has others, or no weights yet.

    A line is a weight: blue and solid above zero, orange and dashed below, the thicker the larger.
    In each neuron stands the curve of its activation. Pointing at something shows its number.

    >>> model = Sequential([Dense(3, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    >>> picture = neurons(model)
    >>> picture.count("<line"), picture.count("<polyline")
    (9, 4)
    """
    layers = [layer for layer in model.layers if isinstance(layer, Dense) and layer.built]
    if not layers or len(layers) < len(model.layers):
        return None
    kernels = [np.asarray(layer.kernel.data) for layer in layers]
    sizes = [len(kernels[0]), *(kernel.shape[1] for kernel in kernels)]
    shown = [min(size, MOST) for size in sizes]
    height = DOWN * max(shown) + 24
    largest = max(float(np.max(np.abs(kernel), initial=1e-9)) for kernel in kernels)

    def place(column: int, k: int) -> tuple[float, float]:
        return 46 + ACROSS * column, height * (k + 0.5) / shown[column]

    def name(column: int, k: int) -> str:
        letter = "x" if column == 0 else "p" if column == len(layers) else "h"
        letter += layer_mark(column, len(layers))
        return letter if sizes[column] == 1 else letter + subscript(k + 1)

    parts = []
    for column, kernel in enumerate(kernels):
        for i in range(shown[column]):
            for j in range(shown[column + 1]):
                title = f"{name(column, i)} → {name(column + 1, j)}: {kernel[i, j]:.4g}"
                ends = place(column, i), place(column + 1, j)
                parts.append(_weight(*ends, float(kernel[i, j]) / largest, title, theme))
    for column, size in enumerate(sizes):
        for k in range(shown[column]):
            layer = layers[column - 1] if column else None
            parts.append(_neuron(place(column, k), name(column, k), layer, k, theme))
        if size > MOST:
            x, _ = place(column, 0)
            parts.append(_text(x, height + 6, f"+ {size - MOST}", theme.faint))
    width = 92 + ACROSS * len(layers)
    box = f'viewBox="0 -8 {width} {height + 20}" width="{width}" height="{height + 20}"'
    paper = f'<rect y="-8" width="100%" height="100%" rx="8" fill="{theme.paper}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">{paper}{"".join(parts)}</svg>'


def _weight(
    start: tuple[float, float], end: tuple[float, float], share: float, title: str, theme: Theme
) -> str:
    colour = theme.rising if share > 0 else theme.falling if share < 0 else theme.line
    dashes = ' stroke-dasharray="8 5"' if share < 0 else ""
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}"{dashes} '
        f'stroke-width="{0.6 + 6 * abs(share):.2f}"><title>{title}</title></line>'
    )


def _neuron(at: tuple[float, float], name: str, layer: Dense | None, k: int, theme: Theme) -> str:
    x, y = at
    title, inside = name, _text(0, 5, name, theme.ink)
    if layer is not None:
        title = f"{name} · {activations.name_of(layer.activation)}"
        if layer.bias is not None:
            title += f" · b = {np.asarray(layer.bias.data)[k]:.4g}"
        beside = _text(RADIUS + 4, 6 - RADIUS, name, theme.faint, "start", halo=theme.paper)
        inside = _curve(layer, theme) + beside
    return (
        f'<g transform="translate({x:g},{y:g})"><title>{escape(title)}</title>'
        f'<circle r="{RADIUS}" fill="{theme.paper}" stroke="{theme.ink}" stroke-width="1.6"/>'
        f"{inside}</g>"
    )


def _curve(layer: Dense, theme: Theme) -> str:
    if activations.name_of(layer.activation) == "softmax":  # of all neurons together
        return _text(0, 4, "softmax", theme.rising, size=10)
    values = np.asarray(layer.activation(_SUMS))
    low, high = min(-0.2, values.min()), max(1.0, values.max())
    xs, ys = 14 * _SUMS / 3, 13 - 26 * (values - low) / (high - low)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{theme.rising}" stroke-width="2"/>'


def _text(
    x: Any, y: Any, text: str, colour: str, anchor: str = "middle", size: int = 14, halo: str = ""
) -> str:
    around = f'stroke="{halo}" stroke-width="4" paint-order="stroke" ' if halo else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" '
        f'{around}font-family="system-ui, sans-serif">{escape(text)}</text>'
    )

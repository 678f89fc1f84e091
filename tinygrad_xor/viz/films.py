"""A figure whose layers are shown one after another, as an animated GIF or SVG.

A layer is the list of what is drawn in one frame only; all else in the figure is in every frame.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    Layers = list[list[Any]]

#: Shades of a surface in a GIF, where a gradient would need many times the space. An even number,
#: so that the colour changes exactly in the middle.
SHADES = 16
#: Dots per inch of a GIF, and colours of it: more of them make the file larger, not clearer.
GIF_DPI, COLOURS = 96, 48
#: How far a colour that is no shade of a surface is from all others, in red, green or blue.
APART = 12


def as_gif(figure: Figure, layers: Layers, durations: list[float]) -> bytes:
    """The film as a GIF that plays again and again.

    Args:
        figure: what holds the layers.
        layers: what is visible in each frame.
        durations: how long each frame is shown, in seconds; a GIF counts hundredths of them.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import AxesImage
    from PIL import Image

    figure.set_dpi(GIF_DPI)
    canvas = FigureCanvasAgg(figure)
    shades: set[tuple[int, ...]] = set()
    for artist in (a for layer in layers for a in layer):
        artist.set_visible(False)
        if isinstance(artist, AxesImage):
            cmap = artist.get_cmap().resampled(SHADES)
            artist.set_cmap(cmap)
            shades.update(map(tuple, cmap(np.arange(SHADES), bytes=True)[:, :3].tolist()))
    pictures = []
    for layer in layers:
        for artist in layer:
            artist.set_visible(True)
        canvas.draw()
        pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
        for artist in layer:
            artist.set_visible(False)
    # One palette for all frames: then a frame has only what changed since the one before it.
    palette = _palette(pictures[:: max(1, len(pictures) // 8)] + pictures[-1:], shades)
    first, *others = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=others,
        duration=[round(1000 * seconds) for seconds in durations],
        loop=0,
    )
    return buffer.getvalue()


def _palette(pictures: list[Any], shades: set[tuple[int, ...]]) -> Any:
    """The shades, and the most frequent other colours, exactly as they are: white stays white."""
    from PIL import Image

    counts: Counter[tuple[int, ...]] = Counter()
    for picture in pictures:
        counts.update(
            {colour: n for n, colour in picture.getcolors(picture.width * picture.height)}
        )
    chosen = sorted(shades)
    for colour, _ in counts.most_common():
        if all(max(abs(a - b) for a, b in zip(colour, c, strict=True)) > APART for c in chosen):
            chosen.append(colour)
        if len(chosen) == COLOURS:
            break
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen for part in colour])
    return palette


def as_svg(figure: Figure, layers: Layers, durations: list[float], title: str) -> str:
    """The film as an SVG that plays without scripts, in any page or by itself.

    Where there are no animations, or a reader prefers not to see them, the last frame is shown.

    Args:
        figure: what holds the layers.
        layers: what is visible in each frame.
        durations: how long each frame is shown, in seconds.
        title: what a screen reader says.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.image import AxesImage

    for i, layer in enumerate(layers):
        for j, artist in enumerate(layer):
            artist.set_gid(f"frame-{i}-{j}")
            if isinstance(artist, AxesImage):
                # A pixel for a point, made smooth by the browser. Others would become one image.
                artist.set_interpolation("none")
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Title": title, "Date": None})
    svg = buffer.getvalue()
    last = len(layers) - 1

    def frame(match: re.Match[str]) -> str:
        hidden = "" if int(match[2]) == last else ' visibility="hidden"'
        return f'{match[1]}class="frame f{match[2]}"{hidden}'

    svg = re.sub(r'(<(?:g|image) [^>]*?)id="frame-(\d+)-\d+"', frame, svg)
    # Films on one page must not move each other.
    name = f"film-{hashlib.sha256(svg.encode()).hexdigest()[:8]}"
    svg = svg.replace("<svg ", f'<svg class="{name}" role="img" ', 1)
    body, end, rest = svg.rpartition("</svg>")
    return f"{body}<style>{_css(name, durations)}</style>\n{end}{rest}"


def _css(name: str, durations: list[float]) -> str:
    """Each frame waits for its turn, is seen, and is hidden for the rest of a round."""
    whole = sum(durations)
    shares = [f"{100 * seconds / whole:.3f}" for seconds in durations]
    kinds = sorted(set(shares))
    keyframes = [
        f"@keyframes {name}-{i}{{0%{{visibility:visible}}{share}%,to{{visibility:hidden}}}}"
        for i, share in enumerate(kinds)
    ]
    starts = accumulate(durations, initial=0.0)
    turns = [
        f".{name} .f{i}{{animation:{name}-{kinds.index(share)} {whole:.3f}s step-end {start:.3f}s"
        " infinite}"
        for i, (share, start) in enumerate(zip(shares, starts, strict=False))
    ]
    rules = [
        f".{name} image{{image-rendering:auto!important}}",
        *keyframes,
        "@media (prefers-reduced-motion:no-preference){",
        f".{name} .frame{{visibility:hidden}}",
        *turns,
        "}",
    ]
    return "\n".join(rules)

"""The picture of an atlas: how often networks learn, against the width of the hidden layer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.atlas import Atlas, Setting
from tinygrad_xor.language import checked, say
from tinygrad_xor.viz import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Okabe and Ito's colours, which stay apart for every kind of colour blindness, darker on white.
COLOURS = ("#0072b2", "#d55e00", "#00875f", "#a8518a", "#56a8d8", "#b58900", "#1f2933")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")
#: What lines may differ in, and how each is told from a setting. Those first in the list become
#: colours, the second dashes, and the rest a panel each.
_ASPECTS: dict[str, Callable[[Setting], str]] = {
    "task": lambda s: s.task.upper(),
    "activation": lambda s: s.activation,
    "initializer": lambda s: s.initializer,
    "optimizer": lambda s: f"{s.optimizer} {s.lr:g}",
    "bias": lambda s: s.bias,
    "epochs": lambda s: str(s.epochs),
    "batch_size": lambda s: str(s.batch_size),
}


def plot_atlas(
    atlas: Atlas, path: str | os.PathLike[str], *, title: str = "", lang: str = "en"
) -> Path:
    """Draw the share of networks that learned against the width, a line for each other setting.

    If lines differ in one thing, each has a colour; in two, the second is told by dashes and
    markers; in more, there is a panel for each combination of the others. The band around a line
    is Wilson's 95 % interval.

    Args:
        atlas: what was measured.
        path: the PNG file to write, whole or not at all.
        title: above the picture; by default what all lines have in common.
        lang: ``"en"`` or ``"ru"``.

    Returns:
        The path of the file.

    Raises:
        ImportError: without matplotlib, with what to install.
        ValueError: if there is nothing to draw, or more lines than can be told apart.

    >>> import tempfile
    >>> from tinygrad_xor.atlas import measured
    >>> chapter = {s: c for s, c in measured().items() if s == Setting(width=s.width)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plot_atlas(chapter, Path(folder) / "atlas.png").name
    'atlas.png'
    """
    checked(lang)
    if not atlas:
        raise ValueError("there is nothing to draw: the atlas is empty")
    plan = _Plan(atlas)
    panels = plan.panels.values
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    figure = figures.new_figure(7.3 if columns == 1 else 11.0, 0.9 + 3.3 * rows)
    figure.set_layout_engine("constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for ax, panel in zip(axes, panels, strict=False):
        _draw_panel(ax, atlas, plan, panel)
        ax.set_title(", ".join(panel), parse_math=False, fontsize=10)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    for ax in axes[: len(panels)][-columns:]:
        ax.set_xlabel(say("atlas.width", lang))
        ax.tick_params(labelbottom=True)
    for ax in axes[::columns]:
        ax.set_ylabel(say("atlas.learned", lang))
    _legend(figure, plan, lang)
    figure.suptitle(title or _title(next(iter(atlas)), plan, lang), parse_math=False, fontsize=11)
    seeds = sorted({counts.seeds for counts in atlas.values()})
    note = say("atlas.band", lang, seeds="–".join(map(str, dict.fromkeys([seeds[0], seeds[-1]]))))
    figure.supxlabel(note, x=0.99, ha="right", fontsize=7.5, color="#5b6773")
    return figures.save(figure, path)


class _Told:
    """Some aspects, and what they are together in the settings of an atlas."""

    def __init__(self, names: list[str], atlas: Atlas) -> None:
        self.names = names
        self.values = list(dict.fromkeys(map(self.value, atlas)))

    def value(self, setting: Setting) -> tuple[str, ...]:
        return tuple(_ASPECTS[name](setting) for name in self.names)


class _Plan:
    """Which aspects are the same for all lines, and which tell them apart, and how."""

    def __init__(self, atlas: Atlas) -> None:
        count = {name: len({tell(s) for s in atlas}) for name, tell in _ASPECTS.items()}
        self.common = [name for name in count if count[name] == 1]
        varied = [name for name in count if count[name] > 1]
        varied.sort(key=lambda name: count[name] <= len(DASHES))  # many are told by colours
        parts = varied[:1], varied[1:2], varied[2:]
        self.colours, self.dashes, self.panels = (_Told(names, atlas) for names in parts)
        colours, dashes = len(self.colours.values), len(self.dashes.values)
        if colours > len(COLOURS) or dashes > len(DASHES):
            raise ValueError(
                f"{colours} values of {varied[0]} and {dashes} of {', '.join(parts[1])} are more "
                f"than can be told apart, {len(COLOURS)} and {len(DASHES)}: draw fewer at a time"
            )


def _draw_panel(ax: Axes, atlas: Atlas, plan: _Plan, panel: tuple[str, ...]) -> None:
    here = {s: counts for s, counts in atlas.items() if plan.panels.value(s) == panel}
    for ink, colour in zip(COLOURS, plan.colours.values, strict=False):
        for dashes, marker, dash in zip(DASHES, MARKERS, plan.dashes.values, strict=False):
            points = sorted(
                (setting.width, *(100 * x for x in (counts.share, *counts.interval)))
                for setting, counts in here.items()
                if (plan.colours.value(setting), plan.dashes.value(setting)) == (colour, dash)
            )
            if points:
                widths, share, low, high = zip(*points, strict=True)
                ax.fill_between(widths, low, high, color=ink, alpha=0.18, linewidth=0)
                ax.plot(widths, share, dashes, color=ink, marker=marker, **_LINE)
    figures.clear_of_clutter(ax)
    ax.set_ylim(-3, 103)
    ax.locator_params(axis="x", integer=True)


_LINE: dict[str, Any] = {"linewidth": 1.4, "markersize": 3.5}


def _legend(figure: Figure, plan: _Plan, lang: str) -> None:
    """Colours under the name of what they tell apart, then dashes under theirs."""
    from matplotlib.lines import Line2D

    colours: list[dict[str, Any]] = [{"color": colour} for colour in COLOURS]
    looks = zip(DASHES, MARKERS, strict=True)
    dashes = [{"linestyle": d, "marker": m, "color": figures.INK} for d, m in looks]
    handles: list[Any] = []
    for told, styles in ((plan.colours, colours), (plan.dashes, dashes)):
        for name in told.names:
            handles.append(Line2D([], [], linewidth=0, label=say(f"atlas.{name}", lang) + ":"))
            for (value,), style in zip(told.values, styles, strict=False):
                handles.append(Line2D([], [], label=value, **style, **_LINE))
    if handles:
        figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=8.5)


def _title(setting: Setting, plan: _Plan, lang: str) -> str:
    """What all lines have in common, without what is as it is by default and needs no word."""
    usual = Setting()
    parts = []
    for name in plan.common:
        value = _ASPECTS[name](setting)
        if name in ("bias", "batch_size") and value == _ASPECTS[name](usual):
            continue
        of_its_name = name in ("bias", "epochs", "batch_size")
        parts.append(f"{say(f'atlas.{name}', lang)}: {value}" if of_its_name else value)
    return ", ".join(parts)

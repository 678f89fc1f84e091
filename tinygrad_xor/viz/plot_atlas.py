"""The picture of an atlas: how often networks learn, against the width of the hidden layer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.atlas import Atlas, Setting
from tinygrad_xor.language import checked, say
from tinygrad_xor.viz import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    plan = _plan(atlas)
    columns = min(len(plan.panels), 2)
    rows = -(-len(plan.panels) // columns)
    figure = figures.new_figure(7.3 if columns == 1 else 11.0, 0.9 + 3.3 * rows)
    _margins(figure, rows * columns > 1, plan.colour is not None)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for ax, panel in zip(axes, plan.panels, strict=False):
        _draw_panel(ax, atlas, plan, panel)
        ax.set_title(", ".join(panel), parse_math=False, fontsize=10)
    for ax in axes[len(plan.panels) :]:
        ax.set_visible(False)
    for ax in axes[: len(plan.panels)][-columns:]:
        ax.set_xlabel(say("atlas.width", lang))
        ax.tick_params(labelbottom=True)
    for ax in axes[::columns]:
        ax.set_ylabel(say("atlas.learned", lang))
    _legend(axes[len(plan.panels) - 1], plan, lang)
    figure.suptitle(title or _title(next(iter(atlas)), plan, lang), parse_math=False, fontsize=11)
    seeds = sorted({counts.seeds for counts in atlas.values()})
    note = say("atlas.band", lang, seeds="–".join(map(str, dict.fromkeys([seeds[0], seeds[-1]]))))
    figure.text(0.99, 0.006, note, ha="right", va="bottom", fontsize=7.5, color="#5b6773")
    return figures.save(figure, path)


@dataclass(frozen=True)
class _Plan:
    """Which aspects are the same for all lines, and which tell them apart, and how."""

    common: list[str]
    colour: str | None
    dash: str | None
    panel_of: list[str]
    colours: dict[str, str]
    dashes: dict[str, int]
    panels: list[tuple[str, ...]]

    def panel(self, setting: Setting) -> tuple[str, ...]:
        return tuple(_ASPECTS[name](setting) for name in self.panel_of)


def _plan(atlas: Atlas) -> _Plan:
    found = {name: list(dict.fromkeys(map(tell, atlas))) for name, tell in _ASPECTS.items()}
    # what has more values than there are dashes is told by colours
    varied = [name for name in found if len(found[name]) > 1]
    varied.sort(key=lambda name: len(found[name]) <= len(DASHES))
    colour, dash, *rest = [*varied, None, None][: max(2, len(varied))]
    colours, dashes = found[colour] if colour else [""], found[dash] if dash else [""]
    if len(colours) > len(COLOURS) or len(dashes) > len(DASHES):
        raise ValueError(
            f"{len(colours)} values of {colour} and {len(dashes)} of {dash} are more than can be "
            f"told apart, {len(COLOURS)} and {len(DASHES)}: draw fewer at a time"
        )
    panel_of = [name for name in rest if name]
    panels = dict.fromkeys(tuple(_ASPECTS[name](s) for name in panel_of) for s in atlas)
    return _Plan(
        common=[name for name in found if name not in varied],
        colour=colour,
        dash=dash,
        panel_of=panel_of,
        colours=dict(zip(colours, COLOURS, strict=False)),
        dashes={name: i for i, name in enumerate(dashes)},
        panels=list(panels),
    )


def _draw_panel(ax: Axes, atlas: Atlas, plan: _Plan, panel: tuple[str, ...]) -> None:
    for colour, dash in itertools.product(plan.colours, plan.dashes):
        points = sorted(
            (setting.width, *(100 * x for x in (counts.share, *counts.interval)))
            for setting, counts in atlas.items()
            if plan.panel(setting) == panel
            and (plan.colour is None or _ASPECTS[plan.colour](setting) == colour)
            and (plan.dash is None or _ASPECTS[plan.dash](setting) == dash)
        )
        if not points:
            continue
        widths, share, low, high = zip(*points, strict=True)
        ink, style = plan.colours[colour], plan.dashes[dash]
        ax.fill_between(widths, low, high, color=ink, alpha=0.18, linewidth=0)
        ax.plot(widths, share, DASHES[style], color=ink, marker=MARKERS[style], **_LINE)
    figures.clear_of_clutter(ax)
    ax.set_ylim(-3, 103)
    ax.locator_params(axis="x", integer=True)


_LINE: dict[str, Any] = {"linewidth": 1.4, "markersize": 3.5}


def _legend(ax: Axes, plan: _Plan, lang: str) -> None:
    """Colours under the name of what they tell apart, then dashes under theirs."""
    from matplotlib.lines import Line2D

    handles: list[Any] = []
    if plan.colour is not None:
        handles.append(Line2D([], [], linewidth=0, label=say(f"atlas.{plan.colour}", lang) + ":"))
        handles += [Line2D([], [], color=c, label=n, **_LINE) for n, c in plan.colours.items()]
    if plan.dash is not None:
        handles.append(Line2D([], [], linewidth=0, label=say(f"atlas.{plan.dash}", lang) + ":"))
        for name, i in plan.dashes.items():
            how = {"linestyle": DASHES[i], "marker": MARKERS[i], "color": figures.INK, **_LINE}
            handles.append(Line2D([], [], label=name, **how))
    if handles:
        ax.figure.legend(handles=handles, loc="center right", frameon=False, fontsize=8.5)


def _title(setting: Setting, plan: _Plan, lang: str) -> str:
    """What all lines have in common, without what is as it is by default and needs no word."""
    usual = Setting()
    parts = []
    for name in plan.common:
        value = _ASPECTS[name](setting)
        if name in ("bias", "epochs", "batch_size"):
            if name != "epochs" and value == _ASPECTS[name](usual):
                continue
            value = f"{say(f'atlas.{name}', lang)}: {value}"
        parts.append(value)
    return ", ".join(parts)


def _margins(figure: Any, has_panels: bool, has_legend: bool) -> None:
    """Room for the title, the legend on the right and the note below, in inches."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=0.68 / width,
        right=1 - (1.95 if has_legend else 0.15) / width,
        bottom=0.68 / height,
        top=1 - (0.62 if has_panels else 0.4) / height,
        hspace=0.22,
        wspace=0.08,
    )

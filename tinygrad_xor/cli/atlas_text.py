"""What ``tinygrad-xor atlas`` says: headings, rows, explanations."""

from __future__ import annotations

from collections.abc import Iterable

from tinygrad_xor.atlas import Atlas, Counts, Setting, wilson
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say

#: How wide the columns of the table are at least.
_NEEDED = (3, 5, 7, 13, 7, 5, 4, 4, 4, 4)


def heading(setting: Setting, seeds: int) -> str:
    """What the rows below have in common, and the names of the columns."""
    shown = vars(setting) | {"task": setting.task.upper(), "seeds": seeds}
    return f"{say('atlas.setting', **shown)}\n\n{aligned([_columns()], least=_NEEDED)[0]}"


def row(setting: Setting, counts: Counts) -> str:
    """The counts of one setting."""
    low, high = (100 * end for end in counts.interval)
    cells = [
        setting.width,
        setting.epochs,
        f"{100 * counts.share:.1f} %",
        f"{low:.1f} – {high:.1f}",
        f"{100 * counts.sure / counts.seeds:.1f} %",
        counts.seeds - counts.learned,
        counts.blind,
        counts.with_dead,
        counts.with_duplicates,
        counts.with_saturated,
    ]
    return aligned([_columns(), [str(cell) for cell in cells]], least=_NEEDED)[1]


def _columns() -> list[str]:
    return say("atlas.columns").split(" | ")


def summary(atlas: Atlas) -> str:
    """What the columns mean, and which settings learned every time."""
    lines = [say("atlas.explained"), ""]
    if diverged := sum(counts.diverged for counts in atlas.values()):
        lines.append(say("atlas.diverged", count=diverged))
    always = {s: counts.seeds for s, counts in atlas.items() if counts.learned == counts.seeds}
    if not always:
        lines.append(say("atlas.never_all"))
    else:
        fewest = min(always.values())
        which = "".join(f"\n  {line}" for line in _in_words(always, among=atlas))
        lines.append(say("atlas.always", low=100 * wilson(fewest, fewest)[0], which=which))
    return "\n".join(lines)


def _in_words(settings: Iterable[Setting], among: Iterable[Setting]) -> list[str]:
    """The widths of each combination of the rest; what all have in common is not said."""
    values = [vars(s) | {"width": None} for s in among]
    varied = [name for name in values[0] if len({v[name] for v in values}) > 1]
    widths: dict[tuple[object, ...], list[int]] = {}
    for s in settings:
        widths.setdefault(tuple(vars(s)[name] for name in varied), []).append(s.width)
    return [
        say("atlas.widths", widths=", ".join(map(str, sorted(set(found)))))
        + "".join(
            f", {say(f'atlas.{name}')} {value}" for name, value in zip(varied, rest, strict=True)
        )
        for rest, found in widths.items()
    ]

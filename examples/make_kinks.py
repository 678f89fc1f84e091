"""Write kinks.md again: what this engine answers at kinks, beside what others were seen to answer.

Our column is computed here; the others' is in kinks.json, as it was measured.
"""

import json
from itertools import groupby
from pathlib import Path
from textwrap import fill

from tinygrad_xor.testing.kinks import kinks, written

HERE = Path(__file__).parent
#: These have a column of their own.
SHOWN = ("torch", "jax", "tensorflow")
HEAD = """# Where there is no derivative, or several

At a kink, a tie or the end of a domain every library makes a choice, and choices differ: a reader
who takes a model from one library to another finds here what will change. Our column is computed by
this engine when the page is made (`python examples/make_kinks.py`); a test holds the page to it;
`tinygrad-xor check --kinks` prints it. The others were measured once ({measured}):
the gradient in reverse mode, and in brackets that in forward mode where it differs. A dash: the
library has no such function, or was not run on it. **Bold**: no library of the {count} gives our
answer. The last column has the other libraries that give another answer, and how many give ours.

The rules behind our column: the subgradient of least norm at a kink; equal shares at a tie of a
maximum; and NaN only where the formula itself meets 0·∞, ∞ − ∞ or leaves its domain.

{versions}

{alone}
"""
ALONE = (
    "Of {points} points ours is alone at {alone}: {which}. There the others give NaN, or one of "
    "several slopes that are as good, where ours keeps to its rule."
)


def page() -> str:
    """The page, with our column as the engine gives it now."""
    data = json.loads((HERE / "kinks.json").read_text(encoding="utf-8"))
    libraries, all_points = data["libraries"], list(kinks())
    answers = {kink.item: _answers(data["answers"].get(kink.item, {})) for _, kink in all_points}
    ours = {kink.item: written(kink.answer()) for _, kink in all_points}
    alone = [kink for _, kink in all_points if ours[kink.item] not in answers[kink.item].values()]
    which = ", ".join(f"`{kink.title}`" for kink in alone)
    head = HEAD.format(
        measured=data["measured"],
        count=len(libraries),
        versions=fill(
            "Measured: " + ", ".join(f"{k} {v}" for k, v in libraries.items()) + ".", 100
        ),
        alone=fill(ALONE.format(points=len(all_points), alone=len(alone), which=which), 100),
    )
    parts = [head]
    for rule, points in groupby(all_points, key=lambda pair: pair[0]):
        rows = [["", "tinygrad_xor", *SHOWN, "others"], ["---"] * (len(SHOWN) + 3)]
        for _, kink in points:
            mine, found = ours[kink.item], data["answers"].get(kink.item, {})
            shown = [found.get(name, "—") for name in SHOWN]
            first = f"**{mine}**" if kink in alone else mine
            rows.append([f"`{kink.title}`", first, *shown, _others(mine, answers[kink.item])])
        lines = [f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |" for row in rows]
        parts.append("\n".join([f"## {rule[0].upper()}{rule[1:]}", "", *lines, ""]))
    return "\n".join(parts)


def _answers(found: dict[str, str]) -> dict[str, str]:
    """The gradients in reverse mode, by library; SymPy writes numbers in quotes."""
    return {name: text.partition(" (fwd")[0].replace("'", "") for name, text in found.items()}


def _others(ours: str, found: dict[str, str]) -> str:
    """Which of the libraries without a column give another answer, and how many give ours."""
    rest = {name: text for name, text in found.items() if name not in SHOWN}
    groups: dict[str, list[str]] = {}
    for name, text in rest.items():
        groups.setdefault("none" if text.endswith("!") else text, []).append(name)
    same = len(groups.pop(ours, []))
    said = [f"{text}: {', '.join(names)}" for text, names in groups.items()]
    return "; ".join([*said, f"{same} as ours"] if same else said) or "—"


if __name__ == "__main__":
    (HERE / "kinks.md").write_text(page(), encoding="utf-8")
    print("made kinks.md")

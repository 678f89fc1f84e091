"""Write kinks.md again: what this engine answers at kinks, beside what others were seen to answer.

Our column is computed here; the others' is in kinks.json, as it was measured.
"""

import json
from itertools import groupby
from pathlib import Path

from tinygrad_xor.testing.kinks import kinks, written

HERE = Path(__file__).parent
HEAD = """# Where there is no derivative, or several

At a kink, a tie or the end of a domain every library makes a choice, and choices differ: a reader
who takes a model from one library to another finds here what will change. Our column is computed by
this engine when the page is made (`python examples/make_kinks.py`); a test holds the page to it;
`tinygrad-xor check --kinks` prints it. The others were measured once ({measured}): the gradient in
reverse mode, and in brackets that in forward mode where it differs. A dash: the library has no such
function, or was not run on it. **Bold**: no other library gives our answer.

The rules behind our column: the subgradient of least norm at a kink; equal shares at a tie of a
maximum; and NaN only where the formula itself meets 0·∞, ∞ − ∞ or leaves its domain.

{versions}
"""


def page() -> str:
    """The page, with our column as the engine gives it now."""
    data = json.loads((HERE / "kinks.json").read_text(encoding="utf-8"))
    libraries = data["libraries"]
    versions = ", ".join(f"{name} {version}" for name, version in libraries.items())
    parts = [HEAD.format(measured=data["measured"], versions=f"Measured: {versions}.")]
    for rule, points in groupby(kinks(), key=lambda pair: pair[0]):
        rows = [["", "tinygrad_xor", *libraries], ["---"] * (len(libraries) + 2)]
        for _, kink in points:
            ours = written(kink.answer())
            found = data["answers"].get(kink.item, {})
            others = [found.get(name, "—") for name in libraries]
            agrees = any(answer.partition(" (fwd")[0] == ours for answer in found.values())
            rows.append([f"`{kink.title}`", ours if agrees else f"**{ours}**", *others])
        lines = [f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |" for row in rows]
        parts.append("\n".join([f"## {rule[0].upper()}{rule[1:]}", "", *lines, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "kinks.md").write_text(page(), encoding="utf-8")
    print("made kinks.md")

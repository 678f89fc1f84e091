"""Do the tests notice when a line of the engine changes? Measure it, and write the page of it.

    python tests/mutation/measure.py engine sampling       # the mutants of engine/sampling.py
    python tests/mutation/measure.py derivatives           # those of all pages of derivatives
    python tests/mutation/measure.py page                  # README.md again, from what was measured

mutmut (``pip install mutmut``; on Windows in WSL) changes one thing at a time in a copy of the
sources and runs the tests of ``[tool.mutmut]`` in pyproject.toml. What it counts is kept in
figures.json. How many ended in which way is printed (on a busy machine too many by "timeout"), and
what survives: write a test that kills it, or say in equivalent.toml why it changes nothing; there
the counts must add up.

mutmut leaves decorated functions alone, and so the bodies of compositions. Therefore in the copy
``@composed(…)`` is written as a call after the function, and they are counted by themselves.
"""

from __future__ import annotations

import argparse
import ast
import importlib.metadata
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIGURES = HERE / "figures.json"
EQUIVALENT = HERE / "equivalent.toml"
PAGE = HERE / "README.md"
PARTS = ("engine", "derivatives")
#: Of what mutants are: of all functions that mutmut sees by itself, and of compositions.
KINDS = ("functions", "compositions")
#: Ends of a mutant: a test failed, or went on for ever, or took the interpreter with it.
KILLED = {"killed", "timeout", "segfault"}
SURVIVED = {"survived", "no tests"}


# -- run -------------------------------------------------------------------------------------------


def measure(part: str, files: Iterable[str]) -> None:
    """Run the mutants of these files of a part, keep the counts, print what survives."""
    figures = json.loads(FIGURES.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "mutants"))
        sources = {path.stem: path for path in (copy / "tinygrad_xor" / part).glob("*.py")}
        composed = {name: undecorated(path) for name, path in sources.items()}
        if not files:
            figures[part]["files"] = {}  # also of files that are no more
        for name in files or sorted(sources.keys() - {"__init__"}):
            mutmut(copy, "run", f"tinygrad_xor.{part}.{name}.*")
            ends = results(mutmut(copy, "results", "--all", "true"), part, name)
            print(f"{name}: {len(ends)} mutants, {dict(Counter(ends.values()))}")
            for mutant, end in ends.items():
                if end in SURVIVED:
                    print(mutmut(copy, "show", mutant))
            figures[part]["files"][name] = counted(ends, composed[name])
            figures[part]["tools"] = tools()
            FIGURES.write_text(written(figures), "utf-8")


def tools() -> str:
    """What it was measured with."""
    version = importlib.metadata.version
    return (
        f"mutmut {version('mutmut')}, Python {platform.python_version()}, NumPy {version('numpy')}"
    )


def mutmut(folder: Path, *command: str) -> str:
    """What mutmut prints."""
    run = [sys.executable, "-m", "mutmut", *command]
    done = subprocess.run(run, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"mutmut {' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def results(printed: str, part: str, name: str) -> dict[str, str]:
    """How each mutant of a file ended, from the list that mutmut prints.

    >>> results("    tinygrad_xor.engine.modes.x_quiet__mutmut_1: killed", "engine", "modes")
    {'tinygrad_xor.engine.modes.x_quiet__mutmut_1': 'killed'}
    """
    found = re.findall(r"^\s*(\S+__mutmut_\d+): (.+)$", printed, re.MULTILINE)
    ends = {m: end for m, end in found if m.startswith(f"tinygrad_xor.{part}.{name}.")}
    unknown = {end for end in ends.values() if end not in KILLED | SURVIVED}
    if unknown or not ends:
        raise SystemExit(f"{name}: the run is not complete: {unknown or 'no mutants'}")
    return ends


def counted(ends: Mapping[str, str], composed: Iterable[str]) -> dict[str, int]:
    """The mutants and the killed ones; of functions and of compositions by themselves."""
    counts: Counter[str] = Counter()
    for mutant, end in ends.items():
        of = re.sub(r"__mutmut_\d+$", "", mutant).rpartition(".x_")[2]
        kind = "compositions" if of in composed else "functions"
        counts[kind] += 1
        counts[f"{kind} killed"] += end in KILLED
    return dict(counts)


def undecorated(path: Path) -> set[str]:
    """Write each ``@composed(…)`` of a file as a call after the function; their names."""
    text = path.read_text("utf-8")
    lines, names = text.splitlines(), set()
    for node in reversed(ast.parse(text).body):
        if not isinstance(node, ast.FunctionDef) or len(node.decorator_list) != 1:
            continue
        decorator = node.decorator_list[0]
        if ast.unparse(decorator).startswith("composed("):
            names.add(node.name)
            lines.insert(
                node.end_lineno or 0, f"{node.name} = {ast.unparse(decorator)}({node.name})"
            )
            del lines[decorator.lineno - 1 : decorator.end_lineno]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return names


def written(figures: Mapping[str, Any]) -> str:
    """The figures as JSON, a line for each file."""
    return (
        re.sub(r"\{[^{}]*\}", lambda m: " ".join(m[0].split()), json.dumps(figures, indent=2))
        + "\n"
    )


# -- the page --------------------------------------------------------------------------------------


def page() -> str:
    """The page of the figures and of the reasons, as Markdown.

    Raises:
        SystemExit: if the reasons do not add up to the mutants that survive.
    """
    figures = json.loads(FIGURES.read_text("utf-8"))
    texts = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    sections = [texts["intro"]]
    for part in PARTS:
        rows, said = figures[part]["files"], texts[part]
        total: Counter[str] = Counter()
        for counts in rows.values():
            total.update(counts)
        mutants, killed = (sum(total[kind + what] for kind in KINDS) for what in ("", " killed"))
        explained = sum(reason["count"] for reason in said["reason"])
        if explained != mutants - killed:
            raise SystemExit(
                f"{part}: {mutants - killed} mutants survive, equivalent.toml explains {explained}"
            )
        counts = {"mutants": mutants, "killed": killed, "survive": explained}
        sections += [
            said["head"].format(tools=figures[part]["tools"], **counts),
            table(rows, total),
            said["why"],
            "\n".join(f"- {reason['count']} {reason['why'].strip()}" for reason in said["reason"]),
            said["how"],
        ]
    return "\n\n".join(section.strip() for section in [*sections, texts["end"]]) + "\n"


def table(rows: Mapping[str, Mapping[str, int]], total: Mapping[str, int]) -> str:
    """A line for each file, and one for all: mutants, killed, and those that change nothing."""
    kinds = [kind for kind in KINDS if kind in total]
    heads = [head for kind in kinds for head in (f"of {kind}", "killed", "equivalent")]
    lines = [["file", *heads], ["---", *["---:"] * len(heads)]]
    for name, counts in [*((f"`{name}`", rows[name]) for name in sorted(rows)), ("**all**", total)]:
        cells = []
        for kind in kinds:
            mutants, killed = counts.get(kind), counts.get(f"{kind} killed", 0)
            numbers = ["", "", ""] if mutants is None else [mutants, killed, mutants - killed]
            cells += [f"{n:,}" if n != "" else "" for n in numbers]
        lines.append([name, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=[*PARTS, "page"])
    parser.add_argument("files", nargs="*", metavar="FILE", help="of the part, by default all")
    args = parser.parse_args()
    if args.what != "page":
        measure(args.what, args.files)
    PAGE.write_text(page(), "utf-8")
    print("made", PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()

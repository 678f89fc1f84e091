"""``tinygrad-xor bench``: how fast it is, beside other engines and programs by hand."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import itertools
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.bench import WORKLOADS, Measured, measure
from tinygrad_xor.bench.runs import load, processor
from tinygrad_xor.cli.arguments import Parser, add_shared, whole
from tinygrad_xor.cli.bars import json_text, progress
from tinygrad_xor.cli.errors import CommandError, try_to_write, writing
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say

if TYPE_CHECKING:
    from tinygrad_xor.viz.plot_bench import Panel

#: Contestants that are programs by hand, and engines by their proper names.
_BY_HAND = {"c": "C", "python": "Python", "numpy": "NumPy"}
_ENGINES = {
    "jax-scan": "JAX, scan",
    "jax-jit": "JAX, jit",
    "torch": "PyTorch",
    "torch-compile": "torch.compile",
    "keras": "Keras, JAX",
    "micrograd": "micrograd",
    "mygrad": "MyGrad",
    "autograd": "HIPS autograd",
}
_OURS = {"fit", "fit-first", "native", "python-source", "eager", "together"}
_PACKAGES = (
    *("tinygrad-xor", "numpy", "llvmlite", "torch", "jax", "keras", "micrograd", "mygrad"),
    "autograd",
)
#: Works of so many sizes are shown as one that grows.
_MANY = 3


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``bench``."""
    parser = Parser("bench", say("bench.description"), say("bench.codes"))
    known = ", ".join(WORKLOADS)
    help_ = say("bench.workloads", known=known)
    parser.add_argument("workloads", nargs="*", metavar="W", help=help_)
    rounds = say("bench.rounds")
    parser.add_argument("--rounds", type=whole(1), default=5, metavar="N", help=rounds)
    parser.add_argument("--plot", type=Path, metavar=say("arguments.file"), help=say("bench.plot"))
    add_shared(parser, "bench", json=False)
    return parser


def run(args: argparse.Namespace) -> int:
    """Measure, print, draw, and return the exit code."""
    for name in args.workloads:
        if name not in WORKLOADS:
            raise CommandError(say("bench.unknown", name=name, known=", ".join(WORKLOADS)))
    if args.plot is not None:
        try_to_write(args.plot)
    groups = []
    for _, names in itertools.groupby(args.workloads or WORKLOADS, kind_of):
        groups.append([_measured(name, args.rounds) for name in names])
        if not args.json:
            print("\n".join(lines_of(groups[-1])), flush=True)
    if args.json:
        print(json_text(as_json([r for group in groups for r in group], args.rounds)))
    if args.plot is not None:
        from tinygrad_xor.viz.plot_bench import plot_bench

        with writing(args.plot):
            plot_bench([p for group in groups for p in panels_of(group)], args.plot, args.rounds)
    return 0


def kind_of(name: str) -> str:
    """The name of a work without its size."""
    return name.partition("-")[0]


def _size(name: str) -> int:
    return int(name.partition("-")[2])


def _measured(name: str, rounds: int) -> Measured:
    workload = load(name)
    with progress((1 + rounds) * len(workload.contestants), say("bench.unit")) as bar:
        bar.begin(work(name))
        return measure(workload, rounds, lambda who: bar.move())


def lines_of(group: list[Measured]) -> list[str]:
    """The results of one kind of work, as tables."""
    if len(group) >= _MANY:
        return growth(group)
    return [line for result in group for line in table(result)]


def work(name: str) -> str:
    """A workload, for a reader."""
    kind, _, size = name.partition("-")
    return say(f"bench.work_{kind}", size=f"{int(size):,}") if size else say(f"bench.work_{kind}")


def label(name: str) -> str:
    """A contestant, for a reader."""
    if name in _BY_HAND:
        return say("bench.who_by_hand", language=_BY_HAND[name])
    return _ENGINES.get(name) or say(f"bench.who_{name.replace('-', '_')}")


def table(result: Measured) -> list[str]:
    """The contestants from fast to slow, with ratios to ours, the first, and to the floor."""
    ours = next(iter(result.seconds))
    rows: list[Any] = [["contestant", "milliseconds", "to_ours", "to_floor"]]
    rows[0] = [say(f"bench.{key}") for key in rows[0]]
    for name in sorted(result.seconds, key=result.median):
        ratios = [result.ratio(name, ours), result.ratio(name, result.floor)]
        shown = ["" if r is None else f"{r:.3g}" for r in ratios]
        rows.append([label(name), f"{1000 * result.median(name):.3g}", *shown])
    lines = ["", work(result.workload), *aligned([rows[0], None, *rows[1:]], left=1)]
    return lines + _missing(result)


def growth(group: list[Measured]) -> list[str]:
    """The contestants from fast to slow at the largest size, with a column for each size."""
    rows: list[Any] = [[say("bench.contestant"), *[f"{_size(r.workload):,}" for r in group]], None]
    for name in sorted(group[-1].seconds, key=group[-1].median):
        rows.append([label(name), *[f"{1000 * r.median(name):.3g}" for r in group]])
    kind = kind_of(group[0].workload)
    title = say("bench.growing", work=say(f"bench.grow_{kind}"), axis=say(f"bench.axis_{kind}"))
    return ["", title, *aligned(rows, left=1), *_missing(group[-1])]


def _missing(result: Measured) -> list[str]:
    names = ", ".join(map(label, result.missing))
    return [say("bench.missing", names=names)] if names else []


def panels_of(group: list[Measured]) -> list[Panel]:
    """The results of one kind of work, for the picture."""
    from tinygrad_xor.viz.plot_bench import Panel

    ours = frozenset(map(label, _OURS))
    if len(group) < _MANY:
        return [
            Panel(work(r.workload), {label(n): [r.median(n)] for n in r.seconds}, ours)
            for r in group
        ]
    kind = kind_of(group[0].workload)
    everywhere = [n for n in group[-1].seconds if all(n in r.seconds for r in group)]
    curves = {label(n): [r.median(n) for r in group] for n in everywhere}
    sizes = tuple(_size(r.workload) for r in group)
    return [Panel(say(f"bench.grow_{kind}"), curves, ours, sizes, say(f"bench.axis_{kind}"))]


def as_json(results: list[Measured], rounds: int) -> dict[str, Any]:
    """All figures, and what they were measured with."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "system": platform.system(),
            "processor": processor(),
            "cores": os.cpu_count(),
        },
        "versions": {"python": platform.python_version(), **versions},
        "rounds": rounds,
        "workloads": [
            {
                "name": r.workload,
                "floor": r.floor,
                "seconds": {name: r.median(name) for name in r.seconds},
                "rounds": {name: len(times) for name, times in r.seconds.items()},
                "spread": {name: float(np.ptp(times)) for name, times in r.seconds.items()},
                "missing": r.missing,
            }
            for r in results
        ],
    }

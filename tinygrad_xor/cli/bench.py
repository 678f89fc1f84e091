"""``tinygrad-xor bench``: how fast it is, beside other engines and programs by hand."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.bench import WORKLOADS, Measured, measure
from tinygrad_xor.bench.runs import load, processor
from tinygrad_xor.cli.arguments import Parser, add_shared, whole
from tinygrad_xor.cli.bars import json_text, progress
from tinygrad_xor.cli.errors import CommandError, try_to_write, writing
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say

#: Contestants that are programs by hand, and engines by their proper names.
_BY_HAND = {"c": "C", "python": "Python", "numpy": "NumPy"}
_ENGINES = {
    **{"jax-scan": "JAX, scan", "jax-jit": "JAX, jit", "torch": "PyTorch", "mygrad": "MyGrad"},
    **{"micrograd": "micrograd", "autograd": "HIPS autograd"},
}
_PACKAGES = ("tinygrad-xor", "numpy", "llvmlite", "torch", "jax", "micrograd", "mygrad", "autograd")


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
    results = []
    for name in args.workloads or WORKLOADS:
        workload = load(name)
        with progress((1 + args.rounds) * len(workload.contestants), say("bench.unit")) as bar:
            bar.begin(work(name))
            results.append(measure(workload, args.rounds, lambda who: bar.move()))
        if not args.json:
            print("\n".join(table(results[-1])), flush=True)
    if args.json:
        print(json_text(as_json(results, args.rounds)))
    if args.plot is not None:
        from tinygrad_xor.viz.plot_bench import plot_bench

        with writing(args.plot):
            plot_bench([(work(r.workload), _bars(r)) for r in results], args.plot, args.rounds)
    return 0


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
    if result.missing:
        lines.append(say("bench.missing", names=", ".join(map(label, result.missing))))
    return lines


def _bars(result: Measured) -> list[tuple[str, float, bool]]:
    """For the picture: name, seconds, whether it is ours."""
    names = sorted(result.seconds, key=result.median)
    ours = ("fit", "native", "python-source", "eager")
    return [(label(name), result.median(name), name in ours) for name in names]


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
                "spread": {name: float(np.ptp(times)) for name, times in r.seconds.items()},
                "missing": r.missing,
            }
            for r in results
        ],
    }

"""Measure everything, and write benchmarks.md, its picture and its figures again.

It takes about ten minutes where nothing else runs. ``python examples/make_benchmarks.py --page``
writes the page from the figures that are there.
"""

import datetime
import itertools
import json
import os
import sys
from pathlib import Path

from tinygrad_xor.bench import WORKLOADS, Measured, measure
from tinygrad_xor.bench.runs import load
from tinygrad_xor.cli.bench import as_json, kind_of, lines_of, panels_of
from tinygrad_xor.viz.plot_bench import plot_bench

HERE = Path(__file__).parent
ROUNDS = 5
HEAD = """# How fast it is

`tinygrad-xor bench` lets contestants do the same work in turns and compares medians; `--json` and
`--plot` keep them, and `python examples/make_benchmarks.py` writes this page. These are of {date},
of {rounds} rounds (fewer, or one, for those who take seconds), on {cores} cores of an {processor};
the load of the machine was {load} as it began and {load_after} as it ended; what runs for a few
milliseconds has noise. [`benchmarks.json`](benchmarks.json) has the versions. Each engine starts
from the same weights, and its answer is compared with ours before anything is timed.

![The same as a picture](pictures/benchmarks.png)

`model.fit` has everything in it: tracing the step, writing it, 2,000 rows of history; the line
"machine code" is its loop alone. C by hand is compiled beforehand, and so are JAX's loop and
PyTorch's step. A whole process begins with Python's start and ends with the loss; ours predicts,
too, and has its machine code from a time before, but in the line "first time".
"""
GOALS = """
## What was asked for

| work | asked | measured | reached |
| --- | --- | --- | --- |
{goals}

Not compared: tinygrad, whose CPU backend needs clang; numba, which took 59 s to compile 2,000
operations in a row, once, on a busy machine. HIPS autograd's own examples are run by
`tests/testing/autograd_examples.py`, where its import names stand for this package: on 30 November
2026, 28 of 31 ran, in 0.62 of its processor time in the geometric mean, from 0.18 to 4.14 (0.4 was
asked; that of 4.14 checks a gradient, which is done more closely here; the next is 1.32).

What the same digits everywhere cost: a training of 2-5-1 with the functions of
`tinygrad_xor.compiler.portable` beside one with the C library's, both machine code, least of 60
runs: ReLU 1.15 and 0.96 of its time (batches of 1 and of 4), tanh 0.93 and 0.84, sigmoid 1.17 and
0.87, so 0.98 in the geometric mean. Written as Python it is 1.2 to 1.5 for ReLU. `digits="library"`
takes the C library's.
"""
#: Work, ours, whom it is compared with (nobody: seconds), how many times as long it may take.
ASKED = (
    ("course", "native", "c", 1.2),
    ("course", "native", "jax-scan", 1 / 3),
    ("course", "python-source", "python", 1.3),
    *[("course", "eager", peer, 1.0) for peer in ("micrograd", "mygrad", "torch", "autograd")],
    ("cold", "fit", None, 0.35),
    ("cold", "fit", "jax-scan", 1 / 2),
    ("cold", "fit", "torch", 1 / 8),
    ("graph", "eager", "micrograd", 1 / 8),
    ("sum-1", "eager", "micrograd", 1.0),
    *[("sum-4", "eager", peer, 1.0) for peer in ("mygrad", "torch", "autograd")],
    ("sum-1000000", "eager", "numpy", 1.0),
    ("cell", "together", "jax-scan", 1 / 2),
    ("step", "native", None, 0.1),
    ("operations-2000", "native", None, 1.0),
    *[(f"digits-{n}", "native", "products", 1.3) for n in (32, 64)],
    *[(f"digits-{n}", "native", "jax-jit", 1.0) for n in (32, 64)],
)


def goals(figures: dict) -> str:
    """A row for each goal: the ratio of two medians, or seconds."""
    seconds = {work["name"]: work["seconds"] for work in figures["workloads"]}
    rows = []
    for work, ours, peer, limit in ASKED:
        times = seconds[work]
        if ours not in times or (peer and peer not in times):
            continue
        ratio = times[ours] / times[peer] if peer else times[ours]
        unit = f" times {peer}" if peer else " s"
        answer = "yes" if ratio <= limit else "no"
        rows.append(f"| {work} | {ours}: {limit:.3g}{unit} | {ratio:.3g} | {answer} |")
    small, large = (seconds[f"operations-{n}"]["native"] for n in (2000, 20000))
    answer = "yes" if large <= 15 * small else "no"
    asked = "native: linear in the operations"
    rows.append(f"| operations-20000 | {asked} | {large / small:.3g} times 2,000 | {answer} |")
    return "\n".join(rows)


def groups_of(figures: dict) -> list[list[Measured]]:
    """The figures by work, as the command shows them."""
    made = [
        Measured(w["name"], w["floor"], {k: [s] for k, s in w["seconds"].items()}, w["missing"])
        for w in figures["workloads"]
    ]
    return [list(group) for _, group in itertools.groupby(made, lambda r: kind_of(r.workload))]


def page(figures: dict) -> str:
    """The whole page."""
    table = "\n".join(line for group in groups_of(figures) for line in lines_of(group))
    head = HEAD.format(**{**figures, **figures["machine"]})
    return f"{head}\n```text{table}\n```\n{GOALS.format(goals=goals(figures))}"


def measured() -> dict:
    """All work, told on the way."""
    before = os.getloadavg()[0]
    results = []
    for name in WORKLOADS:
        results.append(measure(load(name), ROUNDS))
        print(f"{datetime.datetime.now():%H:%M:%S} {name}", flush=True)
    loads = {"load": round(before, 1), "load_after": round(os.getloadavg()[0], 1)}
    return as_json(results, ROUNDS) | loads


if __name__ == "__main__":
    file = HERE / "benchmarks.json"
    if "--page" not in sys.argv:
        file.write_text(json.dumps(measured(), indent=1) + "\n", "utf-8")
    figures = json.loads(file.read_text("utf-8"))
    (HERE / "benchmarks.md").write_text(page(figures), "utf-8")
    panels = [panel for group in groups_of(figures) for panel in panels_of(group)]
    plot_bench(panels, HERE / "pictures" / "benchmarks.png", figures["rounds"])

"""Contestants that take turns, and how long each takes."""

from __future__ import annotations

import gc
import importlib
import math
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

#: What is timed: it does the whole work once, and gives a number that all contestants agree on.
Run = Callable[[], float]
#: The modules of the workloads, by their names.
WORKLOADS = {
    "course": "course",
    "cold": "course",
    "cell": "cell",
    "graph": "scalars",
    **{f"sum-{n}": "sums" for n in ("1", "4", "10000", "1000000")},
    "step": "latency",
    **{f"operations-{n}": "latency" for n in ("2000", "20000")},
    **{f"digits-{n}": "digits" for n in ("32", "64")},
    **{f"nodes-{10**n}": "curves" for n in range(2, 7)},
    **{f"batch-{10**n}": "curves" for n in range(6)},
    **{f"width-{n}": "curves" for n in (2, 16, 128, 1024, 4096)},
}


#: Who takes more seconds than that in all is timed less often; in one run, only as it warms up.
_PATIENCE = 10.0


class AbsentError(ImportError):
    """What a contestant needs is not installed."""


@dataclass(frozen=True)
class Workload:
    """Work that can be done in several ways.

    Attributes:
        name: of the workload.
        contestants: by name; each is called once, and gives what is timed. Ours comes first.
        floor: the contestant that shows what is possible at all; None if there is none.
        tolerance: by how much answers may differ, relative to the first.
        times: how often a run does the work, where once is too short to time.
    """

    name: str
    contestants: dict[str, Callable[[], Run]]
    floor: str | None = None
    tolerance: float = 1e-6
    times: int = 1


@dataclass
class Measured:
    """How long each contestant took.

    Attributes:
        workload: its name.
        floor: as of `Workload`.
        seconds: of each round, by contestant.
        missing: what is left out, and why.
    """

    workload: str
    floor: str | None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Of a contestant, in seconds."""
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, to: str | None) -> float | None:
        """How many times as long as another it takes; None if that did not run."""
        return self.median(name) / self.median(to) if to in self.seconds else None


def repeated(once: Callable[[], Any], times: int) -> Run:
    """What is too short to time, so many times; the answer is the first number of the last."""

    def run() -> float:
        for _ in range(times):
            result = once()
        return float(np.ravel(result)[0])

    return run


def load(name: str) -> Workload:
    """The workload of that name."""
    module = importlib.import_module(f"tinygrad_xor.bench.{WORKLOADS[name]}")
    workload: Workload = module.workload(name)
    return workload


def processor() -> str:
    """What the processor of this machine calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def measure(
    workload: Workload, rounds: int = 5, told: Callable[[str], object] = lambda name: None
) -> Measured:
    """Let each contestant do the work once to warm up, and then in turns.

    Args:
        workload: the work.
        rounds: how often each is timed; who takes long, less often, but once.
        told: called with a contestant's name before it runs.

    Raises:
        ValueError: if a contestant's answer is another than the first one's.

    >>> work = Workload("sum", {"a": lambda: lambda: sum(range(9)), "b": lambda: lambda: 36.0})
    >>> sorted(measure(work, 3).seconds)
    ['a', 'b']
    """
    result = Measured(workload.name, workload.floor)
    runs: dict[str, Run] = {}
    answers: dict[str, float] = {}
    took: dict[str, float] = {}
    for name, prepare in workload.contestants.items():
        told(name)
        try:
            runs[name] = prepare()
            start = time.perf_counter()
            answers[name] = float(runs[name]())
            took[name] = time.perf_counter() - start
        except ImportError as error:
            result.missing[name] = error.name or str(error)
            runs.pop(name, None)
    first = next(iter(answers.values()), 0.0)
    for name, answer in answers.items():
        near = math.isclose(answer, first, rel_tol=workload.tolerance, abs_tol=1e-12)
        if not near and name != workload.floor:  # a floor may leave out what it is not about
            raise ValueError(
                f"{workload.name}: {name} answers {answer!r}, and {next(iter(answers))} {first!r}: "
                "they do not compute the same"
            )
    once = {name: [took[name] / workload.times] for name in runs if took[name] >= _PATIENCE}
    result.seconds = {name: once.get(name, []) for name in runs}
    for done in range(rounds):
        for name, run in runs.items():
            told(name)
            if name in once or done * took[name] >= _PATIENCE:
                continue
            gc.collect()
            start = time.perf_counter()
            run()
            result.seconds[name].append((time.perf_counter() - start) / workload.times)
    return result

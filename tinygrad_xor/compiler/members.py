"""An ensemble: one step for many members, each from a state and in an order of its own.

Machine code takes the steps of as many members at once as there are lanes, on all cores.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.compiler.lanes import LANES
from tinygrad_xor.compiler.plan import Plan, take
from tinygrad_xor.compiler.runners import ByLanes, Run
from tinygrad_xor.compiler.scan import Scan
from tinygrad_xor.program.trees import flatten

#: So many seconds pass at most until it is told how far it is.
_PAUSE = 0.1


def together(
    scan: Scan,
    states: Any,
    batches: Any,
    draw: Callable[[int], Any],
    epochs: int,
    batch_size: int,
    told: Callable[[int], object] = lambda steps: None,
) -> Any:
    """The states of all members after their steps; None if NumPy would have to take them.

    Args:
        scan: takes the steps of one member.
        states: of all in one tree: arrays have one more axis in front, of the members, and numbers
            are the same for all.
        batches: as of `scan`, the same for all.
        draw: gives the order of a member, ``(epochs, rows)``; called for one after the other.
        epochs: how many.
        batch_size: rows in one batch.
        told: called now and then with how many steps members have taken.

    Raises:
        TraceError: if the step cannot be traced, before anything is drawn.
    """
    leaves, form = flatten(states)
    own = [np.ndim(x) > 0 for x in leaves]
    one = form([x[0] if mine else x for x, mine in zip(leaves, own, strict=True)])
    plan = scan.prepared(scan.step, one, batches, None, batch_size)
    if plan.backend == "numpy":
        return None
    plan = replace(plan, steps=epochs * plan.steps)
    kept = plan.state[plan.leaves :]  # beside the state, and the same for all
    lanes = plan.backend == "native" and plan.loop.lanes is not None
    width = LANES if lanes else 1

    def begin(members: Sequence[int]) -> Run:
        orders = [draw(i).reshape(-1) for i in members]
        idle = width - len(members)  # lanes, which do what the last one does
        places = [*members, *[members[-1]] * idle] if lanes else members[0]
        state = [x[places] if mine else x for x, mine in zip(leaves, own, strict=True)] + kept
        order = np.stack(orders + orders[-1:] * idle, axis=-1).reshape(-1)
        if lanes:
            return ByLanes(plan.loop, state, plan.tables, order, plan.full)
        return replace(plan, state=state, order=order).begin()

    results = [np.empty_like(x) for x in leaves]
    count = len(leaves[own.index(True)])
    groups = [range(i, min(i + width, count)) for i in range(0, count, width)]
    threads = (os.cpu_count() or 1) if plan.backend == "native" else 1
    for members, run in _finished(begin, groups, plan, threads, told):
        for result, x in zip(results, run.state(), strict=False):
            if result.ndim:
                result[members] = x[: len(members)] if lanes else x
            else:
                result[...] = x[0] if lanes else x
    return form([x if x.ndim else x.item() for x in results])


def _finished(
    begin: Callable[[Sequence[int]], Run],
    groups: Sequence[Sequence[int]],
    plan: Plan,
    threads: int,
    told: Callable[[int], object],
) -> Iterator[tuple[Sequence[int], Run]]:
    """The groups of members with their runs, each when it has taken all steps."""
    stop = threading.Event()
    running: dict[Future[None], tuple[Sequence[int], Run]] = {}
    finished = 0

    def go_on(done: int, steps: int) -> None:
        if stop.is_set():
            raise CancelledError

    left = iter(groups)
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                while len(running) <= threads and (members := next(left, None)) is not None:
                    run = begin(members)
                    running[pool.submit(take, run, plan.steps, go_on)] = members, run
                if not running:
                    return
                for future in wait(running, _PAUSE, FIRST_COMPLETED).done:
                    future.result()
                    members, run = running.pop(future)
                    finished += len(members) * plan.steps
                    yield members, run
                told(finished + sum(len(group) * run.done for group, run in running.values()))
        finally:  # Ctrl-C, or a step that refuses its numbers: the others need not go on
            stop.set()

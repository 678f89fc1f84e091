"""Many checks on all processors."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tinygrad_xor.testing.results import Result

#: What the workers that are forked in `run_all` look at: closures cannot be sent to them.
_WAITING: list[Callable[[], Result]] = []
#: Fewer checks than this are not worth a second process.
FEW = 8


def run_all(checks: Sequence[Callable[[], Result]]) -> Iterator[Result]:
    """Run checks on all processors, and give their results in the order of the checks.

    Where a process cannot be forked, as on Windows or beside other threads (JAX has some that
    Python does not count), they run one after the other.
    """
    workers = min(len(checks), os.cpu_count() or 1)
    alone = threading.active_count() == 1 and "jax" not in sys.modules
    forks = "fork" in multiprocessing.get_all_start_methods() and alone
    if workers < 2 or len(checks) < FEW or not forks:
        return (check() for check in checks)
    _WAITING[:] = checks
    # The processes are forked here, before anyone draws a bar, which has a thread of its own.
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))
    running = pool.map(_run_waiting, range(len(checks)))
    return _until_done(pool, running)


def _until_done(pool: ProcessPoolExecutor, running: Iterator[Result]) -> Iterator[Result]:
    try:
        yield from running
    finally:
        pool.shutdown(cancel_futures=True)


def _run_waiting(i: int) -> Result:
    return _WAITING[i]()

"""Who runs the jobs of a study: this process, a pool of processes, or any other executor."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import pickle
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

#: A function and its arguments.
Call = tuple[Any, ...]

#: So many jobs are handed out at most: enough for hundreds of machines, with their data in memory.
IN_FLIGHT = 500
#: So often a pool is started again after one of its processes was killed.
RESTARTS = 3


class Here(Executor):
    """Runs each job when it is handed out, in this process: for small studies and for debugging.

    >>> Here().submit(divmod, 7, 2).result()
    (3, 1)
    """

    #: Jobs handed out at most before the first is looked at.
    in_flight = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it, and return its result in a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def results(
    calls: Sequence[Call], executor: Executor | None, make_model: Any
) -> Iterator[tuple[int, Any]]:
    """The number and the result of each call, in the order in which they are done."""
    left = dict(enumerate(calls))
    if executor is not None:
        yield from _done(executor, left)
        return
    for restart in itertools.count():
        if not left:
            return
        try:
            with _pool(make_model, len(left)) as pool:
                for i, result in _done(pool, left.copy()):
                    del left[i]
                    yield i, result
        except BrokenProcessPool as error:
            if restart == RESTARTS:
                raise RuntimeError(
                    f"processes of the pool were killed {restart + 1} times, with {len(left)} jobs "
                    "left: is there too little memory, or is a script without its "
                    'if __name__ == "__main__":? What is done is in the file of the study'
                ) from error


def _done(executor: Executor, calls: dict[int, Call]) -> Iterator[tuple[int, Any]]:
    most = getattr(executor, "in_flight", IN_FLIGHT)
    waiting: dict[Future[Any], int] = {}
    to_come = iter(calls.items())
    try:
        while True:
            for i, call in itertools.islice(to_come, most - len(waiting)):
                waiting[executor.submit(*call)] = i
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    finally:
        for future in waiting:
            future.cancel()


@contextlib.contextmanager
def _pool(make_model: Any, jobs: int) -> Iterator[Executor]:
    """A process for each processor that this one may use."""
    try:
        pickle.dumps(make_model)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            f"{make_model!r} cannot go to other processes ({error}): define it with def, outside "
            "of functions, or run the study in this one, executor=Here()"
        ) from None
    workers = min(jobs, len(os.sched_getaffinity(0)) if _has_affinity else os.cpu_count() or 1)
    pool = ProcessPoolExecutor(workers, _context(make_model), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


_has_affinity = hasattr(os, "sched_getaffinity")


def _context(make_model: Any) -> Any:
    """How processes are started: as a fork only where they could not find `make_model` else."""
    in_notebook = not hasattr(sys.modules["__main__"], "__file__")
    made_there = getattr(make_model, "__module__", None) == "__main__"
    methods = multiprocessing.get_all_start_methods()
    order = ["fork"] * (in_notebook and made_there) + ["forkserver", "spawn"]
    context: Any = multiprocessing.get_context(next(name for name in order if name in methods))
    context.set_forkserver_preload(["__main__", "tinygrad_xor.nn"])  # imported once for all
    return context


def _begin() -> None:
    """What a process of the pool does first: of one network in a thousand nobody is warned."""
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it was killed, which nobody else would do."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

"""What a check of many derivatives found: each entry of the table, a function, or a network."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import TABLE, Value
from tinygrad_xor.engine.sampling import small
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.checker import check_gradients
from tinygrad_xor.testing.comparison import Comparison, NothingComparedError, Report
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.float32 import check_single_precision

MODES = ("reverse", "forward")
#: So many calls are drawn for each that is checked, at most: of empty arrays there is nothing.
TRIES = 20


@dataclass
class Result:
    """How one function did: what was compared, the worst error, and the smallest failure.

    Attributes:
        name: of the entry or function.
        page: of derivatives that it is on; empty if it is on none.
        order: the highest order of derivative that was asked for.
        dtypes: of the inputs that were drawn.
        examples: how many points passed.
        comparisons: all derivatives that were compared.
        calls: of the function, for the numerical side.
        seconds: that it took.
        failure: what is wrong, at the smallest point that was found; ``None`` if nothing is.
    """

    name: str
    page: str = ""
    order: int = 1
    dtypes: set[str] = field(default_factory=set)
    examples: int = 0
    comparisons: list[Comparison] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """Whether no example failed."""
        return self.failure is None

    @property
    def worst(self) -> float:
        """The largest difference, in units of the error bound; ten fails."""
        return max((c.units for c in self.comparisons), default=0.0)

    @property
    def modes(self) -> list[str]:
        """The modes in which derivatives were compared."""
        return [mode for mode in MODES if any(c.mode == mode for c in self.comparisons)]

    def add(self, report: Report, *dtypes: Any) -> None:
        """Take in what was found at one point, with inputs of these dtypes."""
        self.examples += 1
        self.comparisons += report.comparisons
        self.calls += report.calls
        self.dtypes |= {str(dtype) for dtype in dtypes}

    def as_json(self) -> dict[str, Any]:
        """The numbers of the result, without the comparisons."""
        return {
            "name": self.name,
            "page": self.page,
            "orders": list(range(1, self.order + 1)),
            "modes": self.modes,
            "dtypes": sorted(self.dtypes),
            "examples": self.examples,
            "comparisons": len(self.comparisons),
            "calls": self.calls,
            "worst": self.worst,
            "seconds": round(self.seconds, 4),
            "passed": self.passed,
            "failure": self.failure,
        }


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


def check_table(
    examples: int, seed: int, order: int = 1, beside: Sequence[Callable[[], Result]] = ()
) -> Iterator[Result]:
    """Check every entry of the table in reverse mode, on all processors, and what goes `beside` it.

    What is composed of entries is right when they are; `check_entry` checks it too.
    """
    how: dict[str, Any] = {"order": order, "modes": ("reverse",)}
    entries = [partial(check_entry, entry, examples, seed, **how) for entry in TABLE.values()]
    found = run_all([*beside, *entries])  # what takes longest begins first
    last = [next(found) for _ in beside]
    yield from found
    yield from last


def check_entry(
    entry: gst.Entry,
    examples: int,
    seed: int,
    *,
    order: int = 1,
    modes: Sequence[str] = MODES,
    shrink: bool = True,
) -> Result:
    """Compare the derivatives of `entry` with numerical ones on drawn calls, in every dtype.

    Without `shrink`, a failure is the first one found and not the smallest, which is quicker.

    >>> check_entry(TABLE["tanh"], examples=5, seed=0).passed
    True
    """
    result = Result(entry.name, entry.page, order)

    def check(call: gst.Call) -> None:
        primals = [leaf.data for leaf in call.leaves]
        dtypes = {np.asarray(x).dtype for x in primals}
        try:
            found = check_gradients(call.at, *primals, order=order, modes=modes)
            if np.dtype(np.complex128) not in dtypes:
                found.comparisons += check_single_precision(call)
                dtypes.add(np.dtype(np.float32))
        except (GradientError, TypeError) as mismatch:  # a rule may give what is no gradient
            params = ", ".join(f"{name}={value!r}" for name, value in call.params.items())
            raise GradientError(f"{entry.name}({params}): {mismatch}") from None
        result.add(found, *dtypes)

    start = time.perf_counter()
    try:
        with np.errstate(all="ignore"):
            _check_some(check, entry, examples, Random(seed))
    except GradientError as mismatch:
        result.failure = str(mismatch)
    if shrink and not result.passed:
        smallest = Result(entry.name, entry.page, order)
        calls = gst.real_and_complex_calls(entry)
        result.failure = _check(smallest, calls, check, examples, seed).failure or result.failure
    result.seconds = time.perf_counter() - start
    return result


def _check_some(
    check: Callable[[gst.Call], None], entry: gst.Entry, examples: int, source: Random
) -> None:
    """Run `check` on calls of `entry`, without hypothesis, which takes long to draw."""
    dtypes = [np.float64, np.complex128][: 1 + gst.takes_complex(entry)]
    compared = 0
    for _ in range(TRIES * examples):
        try:
            check(gst.random_call(source, entry, source.choice(dtypes)))
            compared += 1
        except NothingComparedError:
            continue  # an empty array
        if compared == examples:
            return
    if not compared:
        raise GradientError(str(NothingComparedError(Report())))


def check_function(
    f: Callable[..., Any],
    arguments: st.SearchStrategy[tuple[Any, ...]],
    examples: int,
    seed: int,
    *,
    name: str = "the function",
    order: int = 2,
    **how: Any,
) -> Result:
    """Check a function of one's own at drawn arguments.

    Args:
        f: what to check.
        arguments: draws tuples of arguments.
        examples: how many of them.
        seed: of the draws.
        name: what the result is called.
        order: the highest order of derivative.
        how: further arguments of `check_gradients`: ``gradient=``, ``backend=``, ``modes=``.

    >>> check_function(np.sin, st.tuples(gst.arrays((2,))), examples=5, seed=0).passed
    True
    """
    result = Result(name, order=order)

    def check(primals: tuple[Any, ...]) -> None:
        found = check_gradients(f, *primals, order=order, **how)
        result.add(found, *[np.asarray(x).dtype for x in primals])

    return _check(result, arguments, check, examples, seed)


def check_network(
    network: Any,
    loss: Callable[[Any, Any], Any],
    targets: Any,
    n_inputs: int,
    examples: int,
    seed: int,
) -> Result:
    """Compare the gradients that ``backward()`` leaves in a network with numerical ones.

    Hypothesis draws two inputs, their targets (rows of `targets`) and all the weights, away from
    the kinks of ReLU. The network's own weights are put back.
    """
    parameters = network.parameters()
    before = [p.data for p in parameters]

    def run(x: Any, y: Any, weights: Sequence[Any]) -> tuple[Value, Value]:
        for p, w in zip(parameters, weights, strict=True):
            p.data, p.grad = w, None
        leaf = Value(x, label="x")
        return leaf, loss(y, network(leaf))

    def gradient(x: Any, y: Any, weights: Sequence[Any]) -> list[Any]:
        leaf, out = run(x, y, weights)
        out.backward()
        return [leaf.grad, *[p.grad for p in parameters]]

    rows = st.lists(st.integers(0, len(targets) - 1), min_size=2, max_size=2)
    drawn = st.tuples(
        gst.arrays((2, n_inputs), small),
        rows.map(lambda chosen: targets[chosen]),
        st.tuples(*[gst.arrays(p.shape, small) for p in parameters]),
    )
    result = Result("network")

    def check(point: tuple[Any, Any, Any]) -> None:
        x, y, weights = point
        hypothesis.assume(not gst.near_a_kink([run(x, y, weights)[1]], margin=1e-2))
        found = check_gradients(
            lambda x, *weights: run(x, y, weights)[1].data,
            x,
            *weights,
            gradient=lambda x, *weights: gradient(x, y, weights),
        )
        result.add(found, x.dtype)

    try:
        return _check(result, drawn, check, examples, seed)
    finally:
        for p, data in zip(parameters, before, strict=True):
            p.data, p.grad = data, None


def _check(
    result: Result,
    strategy: st.SearchStrategy[Any],
    check: Callable[[Any], None],
    examples: int,
    seed: int,
) -> Result:
    """Run `check` on drawn examples; hypothesis shrinks the first failure to the smallest one."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.given(strategy)
    def run(example: Any) -> None:
        try:
            check(example)
        except NothingComparedError:  # an empty array: another example is drawn
            hypothesis.reject()

    start = time.perf_counter()
    try:
        with np.errstate(all="ignore"):
            run()
    except hypothesis.errors.Unsatisfiable:
        result.failure = str(NothingComparedError(Report()))
    except GradientError as mismatch:
        result.failure = str(mismatch)
    result.seconds = time.perf_counter() - start
    return result

"""Checks of many derivatives: of each entry of the table, of a function, of a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.engine import TABLE, Value
from tinygrad_xor.engine.sampling import small
from tinygrad_xor.testing.calls import Call, Entry, random_call, takes_complex
from tinygrad_xor.testing.checker import check_gradients
from tinygrad_xor.testing.comparison import NothingComparedError, Report
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.draws import near_a_kink, random_array
from tinygrad_xor.testing.float32 import check_single_precision
from tinygrad_xor.testing.results import MODES, Result
from tinygrad_xor.testing.workers import run_all

if TYPE_CHECKING:
    from hypothesis import strategies as st

#: So many points are drawn for each that is checked, at most: of empty arrays there is nothing.
TRIES = 20
#: How near to a kink of a network is too near.
MARGIN = 1e-2


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
    entry: Entry,
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
    drawn_in = [np.float64, np.complex128][: 1 + takes_complex(entry)]

    def check(call: Call) -> tuple[Report, set[Any]]:
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
        return found, dtypes

    def draw(source: Random) -> Call:
        return random_call(source, entry, source.choice(drawn_in))

    result = Result(entry.name, entry.page, order)
    return _run(result, check, draw, examples, seed, shrink)


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

    >>> from tinygrad_xor.testing import strategies as gst
    >>> check_function(np.sin, gst.arrays((2,)).map(lambda x: (x,)), examples=5, seed=0).passed
    True
    """
    from tinygrad_xor.testing.smallest import failure_of

    result = Result(name, order=order)

    def check(primals: tuple[Any, ...]) -> None:
        found = check_gradients(f, *primals, order=order, **how)
        result.add(found, [np.asarray(x).dtype for x in primals])

    start = time.perf_counter()
    result.failure = failure_of(check, arguments, examples, seed)
    result.seconds = time.perf_counter() - start
    return result


def check_network(
    network: Any,
    loss: Callable[[Any, Any], Any],
    targets: Any,
    n_inputs: int,
    examples: int,
    seed: int,
) -> Result:
    """Compare the gradients that ``backward()`` leaves in a network with numerical ones.

    Two inputs, their targets (rows of `targets`) and all the weights are drawn, away from the kinks
    of ReLU. The network's own weights are put back.
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

    def draw(source: Random) -> tuple[Any, Any, list[Any]]:
        x = random_array(source, (2, n_inputs), small)
        y = targets[[source.randrange(len(targets)) for _ in range(2)]]
        return x, y, [random_array(source, p.shape, small) for p in parameters]

    def check(point: tuple[Any, Any, list[Any]]) -> tuple[Report, set[Any]]:
        x, y, weights = point
        if near_a_kink([run(x, y, weights)[1]], MARGIN):
            raise NothingComparedError(Report())
        found = check_gradients(
            lambda x, *weights: run(x, y, weights)[1].data,
            x,
            *weights,
            gradient=lambda x, *weights: gradient(x, y, weights),
        )
        return found, {x.dtype}

    try:
        return _run(Result("network"), check, draw, examples, seed)
    finally:
        for p, data in zip(parameters, before, strict=True):
            p.data, p.grad = data, None


def _run(
    result: Result,
    check: Callable[[Any], tuple[Report, set[Any]]],
    draw: Callable[[Random], Any],
    examples: int,
    seed: int,
    shrink: bool = True,
) -> Result:
    """Run `check` on drawn examples, without hypothesis, which takes long to draw and to import.

    It is asked for the smallest failure where there is one.
    """
    start = time.perf_counter()
    source = Random(seed)
    try:
        with np.errstate(all="ignore"):
            for _ in range(TRIES * examples):
                try:
                    result.add(*check(draw(source)))
                except NothingComparedError:
                    continue  # an empty array, or too near a kink: another is drawn
                if result.examples == examples:
                    break
        if not result.examples:
            raise GradientError(str(NothingComparedError(Report())))
    except GradientError as mismatch:
        result.failure = str(mismatch)
    if shrink and not result.passed:
        from tinygrad_xor.testing.smallest import failure_of
        from tinygrad_xor.testing.strategies.inputs import sources

        smallest = failure_of(check, sources.map(draw), examples, seed)
        result.failure = smallest or result.failure
    result.seconds = time.perf_counter() - start
    return result

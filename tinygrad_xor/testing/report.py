"""The check that runs before anything is trained: every entry of the table, then the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import TABLE, Value
from tinygrad_xor.engine.domains import small
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.differences import GradientError, compare, near_a_kink


@dataclass
class Result:
    """How one entry did: how many examples, the worst relative error, the smallest failure."""

    name: str
    page: str = ""
    examples: int = 0
    worst: float = 0.0
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """Whether no example failed."""
        return self.failure is None


def check_table(examples: int, seed: int) -> Iterator[Result]:
    """Check every entry of the table, one after the other.

    What is composed of entries is right when they are; `check_entry` checks it too.
    """
    for entry in list(TABLE.values()):
        yield check_entry(entry, examples, seed)


def check_entry(entry: gst.Entry, examples: int, seed: int, *, shrink: bool = True) -> Result:
    """Compare the rules of `entry` with central differences on drawn calls.

    Without `shrink`, a failure is the first one found and not the smallest, which is quicker.

    >>> check_entry(TABLE["tanh"], examples=5, seed=0).passed
    True
    """

    def check(call: gst.Call) -> float:
        return compare(call, call.leaves, call.g, name=entry.name)

    strategy = gst.real_and_complex_calls(entry)
    return _check(Result(entry.name, entry.page), strategy, check, examples, seed, shrink)


def check_network(
    network: Any,
    loss: Callable[[Any, Any], Any],
    targets: Any,
    n_inputs: int,
    examples: int,
    seed: int,
) -> Result:
    """Compare the gradients of `network` under `loss` with central differences.

    Hypothesis draws two inputs, their targets (rows of `targets`) and all the weights; points at
    the kink of a ReLU are passed over. The network's own weights are put back.
    """
    parameters = network.parameters()
    before = [p.data for p in parameters]

    @st.composite
    def draws(draw: st.DrawFn) -> tuple[Value, Any]:
        for p in parameters:
            p.data = draw(gst.arrays(p.shape, small))
        rows = draw(st.lists(st.integers(0, len(targets) - 1), min_size=2, max_size=2))
        return Value(draw(gst.arrays((2, n_inputs), small)), label="x"), targets[rows]

    def check(drawn: tuple[Value, Any]) -> float:
        x, y = drawn
        hypothesis.assume(not near_a_kink(loss(y, network(x)), margin=1e-3))
        return compare(lambda: loss(y, network(x)), [x, *parameters], name="the network")

    try:
        return _check(Result("network"), draws(), check, examples, seed)
    finally:
        for p, data in zip(parameters, before, strict=True):
            p.data = data
            p.grad = None


def _check(
    result: Result,
    strategy: st.SearchStrategy[Any],
    check: Callable[[Any], float],
    examples: int,
    seed: int,
    shrink: bool = True,
) -> Result:
    """Run `check` on drawn examples; hypothesis shrinks the first failure to the smallest one."""
    phases = [hypothesis.Phase.generate] + [hypothesis.Phase.shrink] * shrink

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=phases,
    )
    @hypothesis.given(strategy)
    def run(example: Any) -> None:
        error = check(example)
        result.examples += 1
        result.worst = max(result.worst, error)

    try:
        with np.errstate(all="ignore"):
            run()
    except GradientError as mismatch:
        result.failure = str(mismatch)
    return result

"""A loop over a step with all that it takes, and what comes out of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.compiler.record import Kind
from tinygrad_xor.compiler.runners import RUNS, Loop, Run
from tinygrad_xor.program.trees import Form

#: A signal such as Ctrl-C is answered after so many seconds, about.
_PAUSE = 0.05


@dataclass(frozen=True)
class Plan:
    """A loop over a step, with all that it takes.

    Attributes:
        backend: what runs it.
        loop: the step.
        state: the leaves that it starts from, and what is kept beside them.
        leaves: how many of them are the state's own.
        tables: the leaves of all batches.
        order: the numbers of their rows.
        full: how many steps of an epoch have the whole size.
        steps: how many there are.
        form: of the state.
        outs: of what is recorded.
    """

    backend: str
    loop: Loop
    state: list[Any]
    leaves: int
    tables: list[Any]
    order: Any
    full: int
    steps: int
    form: Form
    outs: Form

    def begin(self) -> Run:
        """Before the first step."""
        return RUNS[self.backend](self.loop, self.state, self.tables, self.order, self.full)

    def state_of(self, run: Run) -> Any:
        """The state after the last finished step."""
        return self.form(run.state()[: self.leaves])

    def outs_of(self, run: Run, done: int) -> Any:
        """What the first `done` steps gave, as arrays with one axis more, in their order."""
        per_epoch, two = run.per_epoch, len(run.bodies) == 2
        rests = done // per_epoch if two else 0
        kinds = [body.outs for body in run.bodies]
        full = run.recorded(0, done - rests)
        if not two:
            return self.outs(full)
        rest = run.recorded(1, rests)
        is_rest = np.arange(done) % per_epoch == per_epoch - 1
        joined = [
            _interleaved(is_rest, run.full, *leaf) for leaf in zip(full, rest, *kinds, strict=True)
        ]
        return self.outs(joined)


def take(run: Run, steps: int, progress: Callable[[int, int], Any] | None) -> None:
    """All steps, in portions that leave time for signals."""
    portion = 16
    while run.done < steps:
        begin = time.perf_counter()
        before = run.done
        refused = run.go(min(steps, before + portion))
        if refused:
            run.refused()
            raise ValueError(f"step {run.done} refuses its numbers")
        taken = time.perf_counter() - begin
        portion = max(1, min(portion * 8, int(portion * _PAUSE / max(taken, 1e-9))))
        if progress is not None:
            progress(run.done, steps)


def _interleaved(is_rest: Any, full: int, x: Any, y: Any, of_x: Kind, of_y: Kind) -> Any:
    if of_x.shape == of_y.shape:
        out = np.empty((len(is_rest), *of_x.shape), of_x.dtype)
        out[~is_rest], out[is_rest] = x, y
        return out
    epochs = len(y)  # joined along the first axis: one row for each example
    inner = of_x.shape[1:]
    whole = np.concatenate(
        [
            x[: epochs * full].reshape(epochs, full * of_x.shape[0], *inner),
            y.reshape(epochs, of_y.shape[0], *inner),
        ],
        axis=1,
    )
    left = x[epochs * full :].reshape(-1, *inner)
    return np.concatenate([whole.reshape(-1, *inner), left])

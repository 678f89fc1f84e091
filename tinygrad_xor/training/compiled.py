"""Epochs in a compiled loop: a step is written down once as a program, and runs as machine code."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_xor.engine.core import GRADIENT_WATCHERS, RESULT_WATCHERS
from tinygrad_xor.program.trees import flatten, mapped
from tinygrad_xor.training.epochs import Epochs
from tinygrad_xor.training.examples import Examples
from tinygrad_xor.training.history import History
from tinygrad_xor.training.step import Step

log = logging.getLogger("tinygrad_xor")

#: Fewer steps are taken sooner than compiled.
WORTHWHILE = 500
#: So many seconds at once, so that callbacks and Ctrl-C are answered.
_SECONDS = 0.1
#: So many seconds it takes to write machine code; half of that, as it is kept for the next time.
WRITING = 0.15
#: What machine code saves beside NumPy's calls, in seconds: in each step, and in each operation.
_SAVED = 60e-6, 7e-12
#: States of so many numbers in all steps of an epoch are noted, to run ahead of who looks at them.
_AHEAD = 2**14
#: So many bytes at once are taken in.
_BYTES = 2**26


def compiled(
    step: Step,
    examples: Examples,
    size: int,
    order: Callable[[int], Any],
    keep: bool,
    epochs: float,
    history: History,
    why: str = "",
    one_by_one: bool = False,
) -> CompiledEpochs | None:
    """What runs many epochs at once; ``None`` if nothing can.

    Args:
        step: what is compiled.
        examples: to learn from.
        size: examples in one step; the last batch may be smaller.
        order: gives the places of the examples.
        keep: whether the predictions are asked for.
        epochs: how many there will be; ``math.inf`` to compile however few there are.
        history: is told what runs them, or why nothing does.
        why: what is against it already.
        one_by_one: whether somebody looks at the model after each epoch.
    """
    steps = epochs * -(-len(examples) // size)
    run = None
    if not why and (RESULT_WATCHERS or GRADIENT_WATCHERS):
        why = "something watches every number, as detect_anomaly() does"
    if steps < WORTHWHILE:
        why = why or f"{steps} steps are taken sooner than compiled"
    elif not why:
        size_of_state = sum(p.size for p in step.parameters) * -(-len(examples) // size)
        noted = keep, one_by_one and size_of_state <= _AHEAD
        try:
            run = CompiledEpochs(step, noted, examples, size, order)
            saved = _SAVED[0] + _SAVED[1] * run.scan.operations
            if run.scan.backend and steps * saved > WRITING:
                run.scan.backend = None  # the fastest, which takes longest to write
                run.try_out()
        except Exception as error:  # whatever it is, step by step says it better, or does not mind
            run, why = None, str(error)
    if why and steps >= WORTHWHILE:
        log.info("training goes step by step, which is slower: %s", why)
    history.why_not_compiled = why
    if run is None:
        return None
    history.compiled = run.scan.used or ""
    return run


class Drawn(NamedTuple):
    """What chance decides in some epochs.

    Attributes:
        order: of the examples, ``(epochs, examples)``.
        numbers: that layers draw, one after the other for all examples.
    """

    order: Any
    numbers: list[Any]


class CompiledEpochs:
    """Many epochs at once.

    Args:
        step: moves the parameters.
        noted: of each step: whether the predictions are, whether the state is.
        examples: to learn from.
        size: examples in one step; the last batch may be smaller.
        order: gives the places of the examples.

    Raises:
        TraceError: if it cannot be compiled, with the line.
    """

    def __init__(
        self,
        step: Step,
        noted: tuple[bool, bool],
        examples: Examples,
        size: int,
        order: Callable[[int], Any],
    ) -> None:
        self.step, self.examples, self.order = step, examples, order
        self._noted = noted
        #: Whether it notes the state after each epoch.
        self.notes_states = noted[1]
        self.scan = step.scan(*noted)
        #: Whether to go on where the loss is no number any more.
        self.to_the_end = False
        self.size = min(size, len(examples))
        #: Steps in an epoch.
        self.steps = -(-len(examples) // self.size)
        self.draws = self._draws()
        #: So many epochs are run at once, at most.
        self.most = 1
        self._fit = max(1, _BYTES // self.try_out())

    def try_out(self) -> int:
        """Take a step with a batch of each size, which leaves no trace, to see whether it goes.

        Returns:
            How many bytes an epoch takes in and notes.
        """
        examples = self.examples
        numbers = [np.zeros((len(examples), *tail)) for _, tail in self.draws]
        few = np.arange(self.size + len(examples) % self.size)[None]
        _, outs = self.scan(self.step.state, (examples.arrays, numbers), few, self.size)
        noted = sum(x.nbytes for x in flatten(outs)[0]) * self.steps
        return noted + sum(x.nbytes for x in (*flatten(examples.arrays)[0], *numbers))

    def renew(self) -> bool:
        """Trace the step anew if a setting of a layer or the optimizer changed; whether it did."""
        new = self.step.scan(*self._noted)
        is_new = new is not self.scan
        if is_new:
            new.backend, self.scan, self.draws = self.scan.backend, new, self._draws()
        return is_new

    def _draws(self) -> list[tuple[np.random.Generator, tuple[int, ...]]]:
        before = self.step.state
        try:
            return self.step.draws.wanted(self.step.forward, self.examples[: self.size])
        finally:  # BatchNormalization's running means have moved
            self.step.state = before

    def __call__(self, count: int) -> Epochs:
        """The next epochs, as many as `count` or fewer."""
        return self.run(self.drawn(min(count, self.most)))

    def drawn(self, count: int, after_each: Callable[[], Any] | None = None) -> Drawn:
        """What chance decides in the next epochs, drawn as if one by one."""
        if not self.draws and after_each is None:
            return Drawn(self.order(count), [])
        examples = len(self.examples)
        sizes = [min(self.size, examples - start) for start in range(0, examples, self.size)]
        orders = []
        drawn: list[list[Any]] = [[] for _ in self.draws]
        for _ in range(count):
            orders.append(self.order(1))
            for size in sizes:
                for numbers, (rng, tail) in zip(drawn, self.draws, strict=True):
                    numbers.append(rng.random((size, *tail)))
            if after_each is not None:
                after_each()
        return Drawn(np.concatenate(orders), [np.concatenate(numbers) for numbers in drawn])

    def run(self, drawn: Drawn) -> Epochs:
        """The epochs of which the random numbers are drawn."""
        from tinygrad_xor.compiler.scan import Interrupted  # there since the step was compiled

        order = rows = drawn.order
        count = len(order)
        tables: Any = self.examples.arrays, drawn.numbers
        if self.draws:  # which lie in the order in which they are used, not in that of the examples
            seen = mapped(lambda x: x[order].reshape(-1, *x.shape[1:]), tables[0])
            tables = seen, drawn.numbers
            rows = np.arange(order.size).reshape(order.shape)
        before = self.step.state
        begin = time.perf_counter()
        is_interrupted = False
        try:
            state, outs = self.scan(before, tables, rows, self.size)
        except Interrupted as error:
            is_interrupted = True
            state, outs, count = error.state, error.outs, error.steps // self.steps
        seconds = time.perf_counter() - begin
        losses, predictions, states = outs
        means = self._means(losses, count)
        is_finite = self.to_the_end or all(map(math.isfinite, means))
        if not is_finite:  # back to the end of the first epoch whose loss is no number
            count = 1 + next(i for i, mean in enumerate(means) if not math.isfinite(mean))
            state, (_, predictions, states) = self.scan(before, tables, rows[:count], self.size)
        self.most = max(1, int(min(16 * self.most, count * _SECONDS / seconds, self._fit)))
        targets = mapped(lambda x: x[order[:count]], self.examples.targets)
        predictions = self._of_epochs(predictions, count)
        each = self._after_each(states, count)
        return Epochs(means[:count], targets, predictions, state, is_interrupted, each)

    def _after_each(self, states: Any, count: int) -> list[Any]:
        """The states after each of so many epochs, of those after each step."""
        leaves, form = flatten(states)
        ends = [x[self.steps - 1 :: self.steps] for x in leaves]
        columns = [[*x] if x.ndim > 1 else x.tolist() for x in ends]  # numbers are Python's
        return [form(leaf) for leaf in zip(*columns, strict=True)][:count]

    def _of_epochs(self, predictions: Any, count: int) -> Any:
        """The predictions of so many epochs, ``(epochs, examples, ...)``."""
        if type(predictions) is tuple:  # nobody asked for them
            return None
        examples = len(self.examples)

        def of_epochs(x: Any) -> Any:
            of_one = x.shape[1 if examples % self.size else 2 :]
            return x.reshape(-1, *of_one)[: count * examples].reshape(count, examples, *of_one)

        return mapped(of_epochs, predictions)

    def _means(self, losses: Any, epochs: int) -> list[float]:
        """The mean loss of each epoch, added up as step by step."""
        sizes = np.full(self.steps, float(self.size))
        sizes[-1] = len(self.examples) - self.size * (self.steps - 1)
        losses = losses[: epochs * self.steps].astype(float).reshape(epochs, self.steps)
        return (np.cumsum(losses * sizes, axis=1)[:, -1] / len(self.examples)).tolist()

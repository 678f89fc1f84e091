"""Epochs that are run ahead of those who look at the model after each."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.program.trees import flatten, mapped
from tinygrad_xor.training.compiled import CompiledEpochs
from tinygrad_xor.training.epochs import Epochs


class OneByOne:
    """Epochs that were run ahead, handed out one by one to those who look at the model.

    If they change it, what was run ahead is thrown away.

    Args:
        run: gives many epochs at once; if it notes no states, only one is asked for.
    """

    def __init__(self, run: CompiledEpochs) -> None:
        self.run = run
        sources = (getattr(run.order, "source", None), *[rng for rng, _ in run.draws])
        self._sources = [source for source in sources if source is not None]
        self._ahead: list[tuple[Epochs, list[Any]]] = []
        self._given: Any = None

    def __call__(self, count: int) -> Epochs:
        """The next epoch."""
        renewed = self.run.renew()  # where a layer was frozen, say
        if self._ahead and (renewed or self._now() != self._given):
            self._ahead, self.run.most = [], 1
        if not self._ahead:
            self._ahead = self._some(min(count, self.run.most) if self.run.notes_states else 1)
        done, sources = self._ahead.pop()
        for source, state in zip(self._sources, sources, strict=True):
            source.bit_generator.state = state
        if done.state is not None:
            self.run.step.state = done.state
        self._given = self._now()
        return done._replace(state=None)

    def _now(self) -> tuple[str, list[bytes]]:
        """What shows whether somebody changed the model or drew random numbers."""
        leaves = flatten(self.run.step.state)[0]
        return str(self._states()), [np.asarray(x).tobytes() for x in leaves]

    def _states(self) -> list[Any]:
        return [source.bit_generator.state for source in self._sources]

    def _some(self, count: int) -> list[tuple[Epochs, list[Any]]]:
        """Epochs and where the random numbers were after them, the last first."""
        sources: list[Any] = []
        done = self.run.run(self.run.drawn(count, lambda: sources.append(self._states())))
        if not done.states:
            return [(done, sources[-1])]
        last = len(done.states) - 1
        ahead = []
        for i in range(last, -1, -1):
            here = slice(i, i + 1)
            predictions = mapped(lambda x: x[here], done.predictions)  # noqa: B023 (called now)
            targets = mapped(lambda x: x[here], done.targets)  # noqa: B023
            ends = done.is_interrupted and i == last
            one = Epochs(done.losses[i : i + 1], targets, predictions, done.states[i], ends)
            ahead.append((one, sources[i]))
        return ahead

"""How often a setting learns, counted over many seeds, and what its stuck networks look like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.atlas import stuck
from tinygrad_xor.atlas.intervals import wilson
from tinygrad_xor.atlas.settings import Setting
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import BinaryCrossentropy

#: As many seeds are trained at once: more do not fit the cache of a processor, fewer do not pay.
TOGETHER = 1000
#: A network is sure when every prediction is this close to its target.
SURE = 0.1


@dataclass(frozen=True)
class Counts:
    """What became of the networks of one setting. All are numbers of networks but the last three.

    Attributes:
        seeds: how many were trained, from the seeds 0, 1, 2, ...
        learned: all four predictions are on the right side of 0.5.
        sure: learned, and all four are within 0.1 of their targets.
        three_right: not learned, and three of the four predictions are on the right side.
        diverged: not learned, and there is a NaN or an infinity among the predictions.
        blind: not learned, and no output neuron could with this hidden layer, whatever its weights
            (`stuck.margin` is 0). In the others it could, so they may learn with more epochs.
        with_dead: not learned, with one or more dead ReLUs (`stuck.dead`).
        with_duplicates: not learned, with a neuron that repeats another (`stuck.duplicate`).
        with_saturated: not learned, with one or more saturated neurons (`stuck.saturated`).
        dead_neurons: dead ReLUs of all networks that did not learn.
        dead_neurons_of_learned: dead ReLUs of all networks that did.
        mean_loss: of all networks on the four examples, at the end.
    """

    seeds: int
    learned: int
    sure: int
    three_right: int
    diverged: int
    blind: int
    with_dead: int
    with_duplicates: int
    with_saturated: int
    dead_neurons: int
    dead_neurons_of_learned: int
    mean_loss: float

    @property
    def share(self) -> float:
        """The share of networks that learned."""
        return self.learned / self.seeds

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of `share`."""
        return wilson(self.learned, self.seeds)


def measure(
    setting: Setting,
    seeds: int = 1000,
    *,
    also_after: Sequence[int] = (),
    on_step: Callable[[int], None] | None = None,
) -> dict[Setting, Counts]:
    """Train the networks of the seeds 0 to `seeds` - 1, and count how they ended.

    Args:
        setting: what to train.
        seeds: how many networks.
        also_after: numbers of epochs below ``setting.epochs`` after which to count as well.
        on_step: called now and then with the number of networks' epochs since the last call.

    Returns:
        The counts after ``setting.epochs``, and those of ``replace(setting, epochs=...)`` for each
        number in `also_after`, in the order of epochs.

    Raises:
        ValueError: if there are no seeds, or a number in `also_after` is not below the epochs.

    >>> counts = measure(Setting(width=8, activation="tanh", lr=0.01, epochs=500), seeds=20)
    >>> [c.learned for c in counts.values()]
    [20]
    """
    if seeds < 1:
        raise ValueError(f"{seeds} seeds are too few to measure anything")
    if any(not 0 < epoch < setting.epochs for epoch in also_after):
        raise ValueError(f"also_after={also_after} must be from 1 to {setting.epochs - 1}")
    looks = [*sorted(set(also_after)), setting.epochs]
    parts: dict[int, list[Counts]] = {epoch: [] for epoch in looks}
    for start in range(0, seeds, TOGETHER):
        chunk = range(start, min(start + TOGETHER, seeds))
        for epoch, counts in _measure_together(setting, chunk, looks, on_step).items():
            parts[epoch].append(counts)
    return {replace(setting, epochs=epoch): _sum(parts[epoch]) for epoch in looks}


def _measure_together(
    setting: Setting, seeds: range, looks: list[int], on_step: Callable[[int], None] | None
) -> dict[int, Counts]:
    inputs, targets = truth_table(setting.task)
    ensemble = Ensemble([setting.network(seed) for seed in seeds])
    optimizer = optim.get(setting.optimizer)(ensemble.parameters(), lr=setting.lr)
    found = {}

    def on_epoch(epoch: int) -> None:
        if epoch in looks:
            found[epoch] = _count(ensemble, setting, inputs, targets)
        if on_step is not None:
            on_step(len(seeds))

    with np.errstate(all="ignore"):  # one that diverges is counted, and disturbs no other
        train_together(
            ensemble,
            inputs,
            targets,
            seeds=seeds,
            loss=BinaryCrossentropy(),
            optimizer=optimizer,
            epochs=setting.epochs,
            batch_size=setting.batch_size,
            on_epoch=on_epoch,
        )
    return found


def _count(ensemble: Ensemble, setting: Setting, inputs: Any, targets: Any) -> Counts:
    hidden, predictions = ensemble.outputs(inputs)
    finite = np.all(np.isfinite(predictions), axis=(1, 2)) & np.all(
        np.isfinite(hidden), axis=(1, 2)
    )
    right = np.sum(on_the_right_side(targets, predictions), axis=(1, 2))
    learned = finite & (right == len(targets))
    far = np.max(np.abs(predictions - targets), axis=(1, 2))
    lost = finite & ~learned
    dead = np.sum(stuck.dead(hidden, setting.activation), axis=1)
    loss = np.mean([BinaryCrossentropy()(targets, p) for p in predictions])
    return Counts(
        seeds=ensemble.size,
        learned=_number(learned),
        sure=_number(learned & (far < SURE)),
        three_right=_number(lost & (right == len(targets) - 1)),
        diverged=_number(~finite),
        blind=_number(stuck.margin(hidden[lost], targets) < stuck.BLIND),
        with_dead=_number(dead[lost] > 0),
        with_duplicates=_number(np.any(stuck.duplicate(hidden[lost]), axis=1)),
        with_saturated=_number(np.any(stuck.saturated(hidden[lost], setting.activation), axis=1)),
        dead_neurons=int(np.sum(dead[lost])),
        dead_neurons_of_learned=int(np.sum(dead[learned])),
        mean_loss=float(loss),
    )


def _number(which: Any) -> int:
    return int(np.count_nonzero(which))


def _sum(parts: list[Counts]) -> Counts:
    """The counts of several groups of seeds together."""
    seeds = sum(part.seeds for part in parts)
    total = {
        name: sum(getattr(part, name) for part in parts)
        for name in Counts.__dataclass_fields__
        if name != "mean_loss"
    }
    return Counts(**total, mean_loss=sum(part.mean_loss * part.seeds for part in parts) / seeds)

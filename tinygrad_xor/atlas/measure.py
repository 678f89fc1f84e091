"""How often a setting learns, counted over many seeds, and what its stuck networks look like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinygrad_xor.atlas.endings import Endings, endings
from tinygrad_xor.atlas.intervals import wilson
from tinygrad_xor.atlas.settings import Setting

_OF_NETWORKS = (
    "learned sure three_right diverged blind with_dead with_duplicates with_saturated".split()
)


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

    Raises:
        ValueError: if there are no seeds, or of a kind of network fewer than 0 or more than seeds.
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

    def __post_init__(self) -> None:
        for name in _OF_NETWORKS:
            wilson(getattr(self, name), self.seeds)

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
    found = endings(setting, seeds, also_after=also_after, on_step=on_step)
    return {setting: _count(ending) for setting, ending in found.items()}


def _count(found: Endings) -> Counts:
    lost = ~found.learned & ~found.diverged
    return Counts(
        seeds=len(found.learned),
        learned=int(np.sum(found.learned)),
        sure=int(np.sum(found.sure)),
        three_right=int(np.sum(lost & (found.right == 3))),
        diverged=int(np.sum(found.diverged)),
        blind=int(np.sum(lost & found.blind)),
        with_dead=int(np.sum(lost & (found.dead > 0))),
        with_duplicates=int(np.sum(lost & (found.duplicates > 0))),
        with_saturated=int(np.sum(lost & (found.saturated > 0))),
        dead_neurons=int(np.sum(found.dead[lost])),
        dead_neurons_of_learned=int(np.sum(found.dead[found.learned])),
        mean_loss=float(np.mean(found.loss)),
    )

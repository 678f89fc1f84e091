"""How often a setting learns, counted over many seeds, how sure that is, and how others end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from tinygrad_xor.atlas.endings import Endings, endings
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


def measure(setting: Setting, seeds: int = 1000, **how: Any) -> dict[Setting, Counts]:
    """Train the networks of the seeds 0 to `seeds` - 1, and count how they ended.

    Args:
        setting: what to train.
        seeds: how many networks.
        how: what else `endings` takes: ``also_after``, ``on_step``, ``executor``, ``path``.

    Returns:
        The counts of each setting that `endings` gives, in the order of epochs.

    Raises:
        ValueError: as `endings`.

    >>> counts = measure(Setting(width=8, activation="tanh", lr=0.01, epochs=500), seeds=20)
    >>> [c.learned for c in counts.values()]
    [20]
    """
    return {after: _count(ending) for after, ending in endings(setting, seeds, **how).items()}


def _count(found: Endings) -> Counts:
    lost = ~found.learned & ~found.diverged
    those = {
        "learned": found.learned,
        "sure": found.sure,
        "three_right": lost & (found.right == 3),
        "diverged": found.diverged,
        "blind": lost & found.blind,
        "with_dead": lost & (found.dead > 0),
        "with_duplicates": lost & (found.duplicates > 0),
        "with_saturated": lost & (found.saturated > 0),
        "dead_neurons": found.dead[lost],
        "dead_neurons_of_learned": found.dead[found.learned],
    }
    numbers = {name: int(np.sum(which)) for name, which in those.items()}
    return Counts(len(found.learned), **numbers, mean_loss=float(np.mean(found.loss)))


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share: it holds the true one in `confidence` of all cases.

    Unlike ``p ± z sqrt(p (1 - p) / n)`` it stays inside 0 and 1, and is not empty when every trial
    succeeded (Wilson, 1927, Journal of the American Statistical Association 22, pages 209-212;
    recommended by Brown, Cai and DasGupta, 2001, Statistical Science 16, pages 101-133).

    Args:
        successes: how many trials succeeded.
        trials: how many there were.
        confidence: between 0 and 1.

    Returns:
        The lowest and the highest share.

    Raises:
        ValueError: if there are no trials, or not from 0 to `trials` of them succeeded.

    >>> low, high = wilson(1000, 1000)
    >>> f"{low:.4f} to {high:.4f}"
    '0.9962 to 1.0000'
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials: there is no share of these")
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence is between 0 and 1, not {confidence!r}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / trials
    middle = p + z * z / (2 * trials)
    spread = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # at 0 and at 1 the interval ends there, but for rounding
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return low, high

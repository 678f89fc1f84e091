"""How the network of every seed ended: what it predicts, and what its hidden neurons do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.atlas import stuck
from tinygrad_xor.atlas.settings import Setting
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import losses
from tinygrad_xor.seeds import generator

#: As many seeds are trained at once: fewer do not pay, more gain nothing.
TOGETHER = 1000
#: Fewer, where the neurons are so many that all pairs of them would take more numbers than this.
MOST_PAIRS = 2**24
#: A network is sure when every prediction is this close to its target.
SURE = 0.1


@dataclass(frozen=True)
class Endings:
    """What became of the networks of one setting: an array over the seeds 0, 1, 2, ... for each.

    Attributes:
        right: how many of the four predictions are on the right side of 0.5, and not there by
            rounding alone (`metrics.on_the_right_side`).
        learned: whether all four are.
        sure: whether all four are within 0.1 of their targets.
        diverged: whether there is a NaN or an infinity among the outputs of its neurons.
        blind: whether no output neuron, whatever its weights, could answer all four with this
            hidden layer (`stuck.margin` is below `stuck.BLIND`).
        dead: how many ReLUs are dead (`stuck.dead`).
        duplicates: how many neurons repeat another (`stuck.duplicate`).
        saturated: how many neurons are saturated (`stuck.saturated`).
        loss: the mean loss of the four examples.
    """

    right: Any
    learned: Any
    sure: Any
    diverged: Any
    blind: Any
    dead: Any
    duplicates: Any
    saturated: Any
    loss: Any


def endings(
    setting: Setting,
    seeds: int = 1000,
    *,
    also_after: Sequence[int] = (),
    on_step: Callable[[int], None] | None = None,
) -> dict[Setting, Endings]:
    """Train the networks of the seeds 0 to `seeds` - 1, and look at every one of them.

    Args:
        setting: what to train.
        seeds: how many networks.
        also_after: numbers of epochs below ``setting.epochs`` after which to look as well.
        on_step: called now and then with the number of networks' epochs since the last call.

    Returns:
        How they were after each number in `also_after`, under ``replace(setting, epochs=...)``, and
        at the end, under `setting`.

    Raises:
        ValueError: if there are no seeds, or a number in `also_after` is not below the epochs.

    >>> (found,) = endings(Setting(), seeds=10).values()
    >>> stuck_seeds = np.flatnonzero(~found.learned)
    >>> stuck_seeds.tolist(), found.dead[stuck_seeds].tolist()
    ([7], [2])
    """
    if seeds < 1:
        raise ValueError(f"{seeds} seeds are too few to measure anything")
    if any(not 0 < epoch < setting.epochs for epoch in also_after):
        raise ValueError(f"also_after={also_after} must be from 1 to {setting.epochs - 1}")
    looks = [*sorted(set(also_after)), setting.epochs]
    parts: dict[int, list[Endings]] = {epoch: [] for epoch in looks}
    together = max(1, min(TOGETHER, MOST_PAIRS // setting.width**2))
    for start in range(0, seeds, together):
        chunk = range(start, min(start + together, seeds))
        for epoch, part in _train(setting, chunk, looks, on_step).items():
            parts[epoch].append(part)
    return {replace(setting, epochs=epoch): _joined(parts[epoch]) for epoch in looks}


def _train(
    setting: Setting, seeds: range, looks: list[int], on_step: Callable[[int], None] | None
) -> dict[int, Endings]:
    inputs, targets = truth_table(setting.task)
    ensemble = Ensemble([setting.network(seed) for seed in seeds])
    optimizer = optim.get(setting.optimizer)(ensemble.parameters(), lr=setting.lr)
    orders = [generator(seed) for seed in seeds]
    found = {}
    with np.errstate(all="ignore"):  # one that diverges is counted, and disturbs no other
        for before, epoch in itertools.pairwise([0, *looks]):
            train_together(
                ensemble,
                inputs,
                targets,
                seeds=orders,
                loss=losses.get(setting.loss),
                optimizer=optimizer,
                epochs=epoch - before,
                batch_size=setting.batch_size,
                on_step=on_step,
            )
            hidden, predictions = ensemble.outputs(inputs)
            found[epoch] = _look(hidden, predictions, setting, targets)
    return found


def _look(hidden: Any, predictions: Any, setting: Setting, targets: Any) -> Endings:
    finite = np.all(np.isfinite(hidden), axis=(1, 2)) & np.all(np.isfinite(predictions), (1, 2))
    hidden = np.where(finite[:, None, None], hidden, 0.0)  # nothing is said of those
    right = np.sum(on_the_right_side(targets, predictions), axis=(1, 2))
    far = np.max(np.abs(predictions - targets), axis=(1, 2))
    return Endings(
        right=right,
        learned=finite & (right == len(targets)),
        sure=finite & (far < SURE),
        diverged=~finite,
        blind=finite & (stuck.margin(hidden, targets) < stuck.BLIND),
        dead=np.sum(stuck.dead(hidden, setting.activation), axis=1) * finite,
        duplicates=np.sum(stuck.duplicate(hidden), axis=1) * finite,
        saturated=np.sum(stuck.saturated(hidden, setting.activation), axis=1) * finite,
        loss=np.mean(losses.get(setting.loss).call(targets, predictions), axis=(1, 2)),
    )


def _joined(parts: list[Endings]) -> Endings:
    """The endings of several groups of seeds, one after the other."""
    names = [field.name for field in fields(Endings)]
    return Endings(*(np.concatenate([getattr(part, n) for part in parts]) for n in names))

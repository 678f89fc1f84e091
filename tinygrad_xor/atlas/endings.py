"""How the network of every seed ended: what it predicts, and what its hidden neurons do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from os import PathLike
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
from tinygrad_xor.studies import Here, study

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
    executor: Executor | None = None,
    path: str | PathLike[str] | None = None,
) -> dict[Setting, Endings]:
    """Train the networks of the seeds 0 to `seeds` - 1, and look at every one of them.

    It is a `study`, in which many seeds of a setting are trained as one ensemble.

    Args:
        setting: what to train.
        seeds: how many networks.
        also_after: numbers of epochs below ``setting.epochs`` after which to look as well.
        on_step: called now and then with the number of networks' epochs since the last call, where
            no executor has them trained elsewhere.
        executor: who trains the groups of seeds; this process by default.
        path: a file of the study, from which it goes on after a kill.

    Returns:
        How they were after each number in `also_after`, under ``replace(setting, epochs=...)``, and
        at the end, under `setting`.

    Raises:
        ValueError: if there are no seeds, or a number in `also_after` is not below the epochs.
        RuntimeError: if a group of networks could not be trained.

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
    records = study(
        Setting,
        truth_table(setting.task),
        [asdict(setting) | {"looks": looks}],
        range(seeds),
        executor or Here(),
        path=path,
        work=_train if executor is not None else partial(_train, on_step=on_step),
        together=max(1, min(TOGETHER, MOST_PAIRS // setting.width**2)),
    )
    for record in records:
        if "error" in record:
            raise RuntimeError(f"networks of {setting} could not be trained: {record['error']}")
    names = [field.name for field in fields(Endings)]
    found = zip(looks, zip(*(record["found"] for record in records), strict=True), strict=True)
    return {
        replace(setting, epochs=epoch): Endings(
            *(np.array([look[name] for look in of_seeds]) for name in names)
        )
        for epoch, of_seeds in found
    }


def _train(
    make_setting: Callable[..., Setting],
    data: Any,
    given: Mapping[str, Any],
    seeds: Sequence[int],
    on_step: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """The work of the study: train the networks of some seeds as one, and look at each."""
    setting = make_setting(**{name: given[name] for name in given if name != "looks"})
    inputs, targets = data
    ensemble = Ensemble([setting.network(seed) for seed in seeds])
    optimizer = optim.get(setting.optimizer)(ensemble.parameters(), lr=setting.lr)
    orders = [generator(seed) for seed in seeds]
    looks = []
    with np.errstate(all="ignore"):  # one that diverges is counted, and disturbs no other
        for before, epoch in itertools.pairwise([0, *given["looks"]]):
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
            looks.append(_look(hidden, predictions, setting, targets))
    return [
        {"found": [{name: x[i] for name, x in vars(look).items()} for look in looks]}
        for i in range(len(seeds))
    ]


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

"""What the weights were while a network learned: snapshots, as many as fit, evenly over epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.callbacks import Callback, Logs
from tinygrad_xor.nn import Sequential


@dataclass(frozen=True)
class Snapshot:
    """The network after an epoch.

    Attributes:
        epoch: how many epochs were finished; 0 before training.
        weights: copies of all parameters, in the order of ``model.parameters()``.
        gradients: those of the epoch's last batch, shaped like `weights`; zero before training.
        loss: the mean loss of the epoch; NaN before training.
        accuracy: between 0 and 1; NaN before training, and where it is not among the metrics.
    """

    epoch: int
    weights: list[Any]
    gradients: list[Any]
    loss: float
    accuracy: float


class Snapshots(Callback):
    """Takes snapshots of a network as it learns: one of the callbacks of ``model.fit``.

    ``train(on_epoch=snapshots)`` takes them too.

    When more than `keep` have come together, every second one is dropped, and from then on only
    every second epoch is kept: memory stays bounded however long the training is. The network as it
    was at the beginning and as it is now are always there.

    Args:
        model: the network that is trained; `fit` tells it by itself.
        keep: the largest number of snapshots, 3 or more.

    Raises:
        ValueError: if `keep` is less than 3.

    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import Dense
    >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    >>> model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    >>> snapshots = Snapshots(keep=6)
    >>> _ = model.fit(*truth_table("and"), epochs=10, verbose=0, callbacks=[snapshots])
    >>> [snapshot.epoch for snapshot in snapshots.kept]
    [0, 4, 8, 10]
    """

    def __init__(self, model: Sequential | None = None, keep: int = 200) -> None:
        if keep < 3:
            raise ValueError(f"keep={keep}: kept are the first, the last and one between")
        self.keep = keep
        #: One of so many epochs is kept.
        self.every = 1
        self._kept: list[Snapshot] = []
        if model is not None:
            self.set_model(model)

    def set_model(self, model: Sequential) -> None:
        """Take the network as it is before training; a network that is known already goes on.

        Raises:
            ValueError: if it is another network than before.
        """
        if self._kept:
            if model is not self.model:
                raise ValueError("snapshots are of one network: make others for the other")
            return
        self.model = model
        self._kept = [self._snapshot(0, {})]
        self._last = self._kept[0]

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Take a snapshot."""
        epoch = max(epoch, self._last.epoch) + 1  # a second fit begins to count anew
        self._last = self._snapshot(epoch, logs or {})
        if epoch % self.every == 0:
            self._kept.append(self._last)
        if len(self._kept) >= self.keep:
            self.every *= 2
            self._kept = [s for s in self._kept if s.epoch % self.every == 0]

    @property
    def kept(self) -> list[Snapshot]:
        """The snapshots that were kept, and the last one."""
        if not self._kept or self._last is self._kept[-1]:
            return list(self._kept)
        return [*self._kept, self._last]

    def show(self, model: Any) -> bool:
        """Whether all of them are of a network with the parameters that `model` has now."""
        shapes = [p.shape for p in model.parameters()]
        return all([np.shape(w) for w in s.weights] == shapes for s in self.kept)

    def _snapshot(self, epoch: int, logs: Logs) -> Snapshot:
        parameters = self.model.parameters()
        return Snapshot(
            epoch,
            [np.array(p.data) for p in parameters],
            [np.array(p.grad) for p in parameters],
            logs.get("loss", np.nan),
            logs.get("accuracy", np.nan),
        )


def seen(snapshots: Any) -> list[Snapshot]:
    """The snapshots of a network that learned, for a picture of it.

    Raises:
        TypeError: if they are no `Snapshots`.
        ValueError: if they show no epoch, or the network got other layers in between.
    """
    if not isinstance(snapshots, Snapshots):
        raise TypeError(
            "a picture of the training needs the Snapshots that fit(callbacks=[snapshots]) filled, "
            f"not {type(snapshots).__name__}: {snapshots!r}"
        )
    kept = snapshots.kept
    if not kept or not kept[-1].epoch:
        raise ValueError(
            "the snapshots show no epoch: pass them to fit(callbacks=[snapshots]) first"
        )
    if not snapshots.show(snapshots.model):
        raise ValueError(
            "the network got other layers after the Snapshots were made: make them when all layers "
            "are there, Snapshots(model), and train again"
        )
    return kept

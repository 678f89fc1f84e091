"""What the weights were while a network learned: snapshots, as many as fit, evenly over epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.nn import Sequential
from tinygrad_xor.training import History


@dataclass(frozen=True)
class Snapshot:
    """The network after an epoch.

    Attributes:
        epoch: how many epochs were finished; 0 before training.
        weights: copies of all parameters, in the order of ``model.parameters()``.
        gradients: those of the epoch's last batch, shaped like `weights`; zero before training.
        loss: the mean loss of the epoch; NaN before training.
        accuracy: between 0 and 1; NaN before training.
    """

    epoch: int
    weights: list[Any]
    gradients: list[Any]
    loss: float
    accuracy: float


class Recorder:
    """Keeps snapshots of a network as it trains: pass it to ``train(on_epoch=recorder)``.

    When more than `keep` have come together, every second one is dropped, and from then on only
    every second epoch is kept: memory stays bounded however long the training is. The network as it
    was at the beginning and as it is now are always there.

    Args:
        model: the network that is trained.
        keep: the largest number of snapshots, 3 or more.

    Raises:
        ValueError: if `keep` is less than 3.

    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import BinaryCrossentropy, Dense
    >>> from tinygrad_xor.optim import Adam
    >>> from tinygrad_xor.training import train
    >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    >>> recorder = Recorder(model, keep=6)
    >>> optimizer = Adam(model.parameters(), lr=0.1)
    >>> _ = train(model, *truth_table("and"), loss=BinaryCrossentropy(), optimizer=optimizer,
    ...           epochs=10, seed=0, on_epoch=recorder)
    >>> [snapshot.epoch for snapshot in recorder.snapshots]
    [0, 4, 8, 10]
    """

    def __init__(self, model: Sequential, keep: int = 200) -> None:
        if keep < 3:
            raise ValueError(f"keep={keep}: a recorder keeps the first, the last and one between")
        self.model = model
        self.keep = keep
        #: One of so many epochs is kept.
        self.every = 1
        self._kept = [self._snapshot(0, np.nan, np.nan)]
        self._last = self._kept[0]

    def __call__(self, history: History) -> None:
        """Take a snapshot after an epoch."""
        epoch = history.epochs
        self._last = self._snapshot(epoch, *history.rows[-1])
        if epoch % self.every == 0:
            self._kept.append(self._last)
        if len(self._kept) >= self.keep:
            self.every *= 2
            self._kept = [s for s in self._kept if s.epoch % self.every == 0]

    @property
    def snapshots(self) -> list[Snapshot]:
        """The snapshots that were kept, and the last one."""
        return [*self._kept, *([self._last] if self._last is not self._kept[-1] else [])]

    def seen(self) -> list[Snapshot]:
        """The snapshots, when there was something to see.

        Raises:
            ValueError: if no epoch was seen.
        """
        if not self._last.epoch:
            raise ValueError("the recorder saw no epoch: pass it to train(on_epoch=recorder) first")
        return self.snapshots

    def _snapshot(self, epoch: int, loss: float, accuracy: float) -> Snapshot:
        parameters = self.model.parameters()
        return Snapshot(
            epoch,
            [np.array(p.data) for p in parameters],
            [np.array(p.grad) for p in parameters],
            loss,
            accuracy,
        )

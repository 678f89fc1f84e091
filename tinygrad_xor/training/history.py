"""What happened in training, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class History:
    """What happened in training, epoch by epoch.

    >>> history = History([{"loss": 0.7, "accuracy": 0.5}, {"loss": 0.6, "accuracy": 0.75}])
    >>> history.history["loss"], history.epoch
    ([0.7, 0.6], [0, 1])
    """

    #: The numbers of each finished epoch by their names, added together or not at all.
    rows: list[dict[str, float]] = field(default_factory=list)
    #: The number of the first epoch: not 0 when training went on from an earlier one.
    initial_epoch: int = 0
    #: What ran the steps in a compiled loop, ``"native"`` or ``"python"``; empty if they were taken
    #: one by one.
    compiled: str = field(default="", compare=False)
    #: Why they were taken one by one; empty if they were not.
    why_not_compiled: str = field(default="", compare=False)

    @property
    def history(self) -> dict[str, list[float]]:
        """The same by name, as in Keras: ``history.history["loss"]``."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {name: [row[name] for row in self.rows if name in row] for name in names}

    @property
    def epoch(self) -> list[int]:
        """The number of each finished epoch, from 0, as in Keras."""
        return list(range(self.initial_epoch, self.initial_epoch + len(self.rows)))

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return [row["loss"] for row in self.rows]

    @property
    def accuracy(self) -> list[float]:
        """The accuracy of each epoch, between 0 and 1; NaN where it was not measured."""
        return [row.get("accuracy", math.nan) for row in self.rows]

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.rows)

"""Callbacks that act in every epoch."""

from __future__ import annotations

import csv
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinygrad_xor.callbacks.hooks import Callback, Logs, say


@dataclass(eq=False)
class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch: ``schedule(epoch, lr)`` gives the new one.

    As in Keras, a schedule may also take the epoch alone.

    Args:
        schedule: a function of the epoch, and of the learning rate if it wants it.
        verbose: whether to print the new learning rate.
    """

    schedule: Callable[..., float]
    verbose: int = 0

    def __post_init__(self) -> None:
        self._extra = len(inspect.signature(self.schedule).parameters) - 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Ask the schedule."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = self.schedule(epoch, *[optimizer.learning_rate][: self._extra])
        if self.verbose:
            say(f"epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the learning rate in the history."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


class TerminateOnNaN(Callback):
    """Ends training after an epoch whose loss is no number. Without it that is an error.

    The history keeps that epoch. (Keras ends it in the middle, after the step.)
    """

    looks_at_model = False
    ends_on_nan = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the loss."""
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            self.model.stop_training = True


@dataclass(eq=False)
class CSVLogger(Callback):
    """Writes the number and the logs of each epoch into a file, a line for each.

    Args:
        filename: of the file.
        separator: between the columns.
        append: whether lines are added to a file that is there.

    Each line is in the file as soon as its epoch is over: Ctrl-C loses none.
    """

    filename: str | Path
    separator: str = ","
    append: bool = False
    looks_at_model = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin the file, unless it goes on."""
        self._columns: list[str] | None = None
        path = Path(self.filename)
        if self.append and path.exists() and path.stat().st_size:
            with path.open(newline="", encoding="utf-8") as file:
                self._columns = next(csv.reader(file, delimiter=self.separator))
        else:
            path.write_bytes(b"")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add a line; entries that are missing in it are NA, as in Keras."""
        row: dict[str, Any] = {"epoch": epoch, **(logs or {})}
        with Path(self.filename).open("a", newline="", encoding="utf-8") as file:
            if self._columns is None:
                self._columns = ["epoch", *sorted(row.keys() - {"epoch"})]
                csv.writer(file, delimiter=self.separator).writerow(self._columns)
            line = [row.get(name, "NA") for name in self._columns]
            csv.writer(file, delimiter=self.separator).writerow(line)

"""Callbacks that watch one entry of the logs, and act when it gets better, or no better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinygrad_xor.callbacks.hooks import Callback, Logs, say

#: Parts of names of which more is better.
_UPWARDS = {"accuracy", "acc", "precision", "recall", "auc", "f1", "fbeta", "iou", "r2"}


class _Watcher(Callback):
    """What watches one entry of the logs, and knows which way is better."""

    monitor: str
    mode: str
    #: What counts as better.
    min_delta: float = 0.0
    #: The best that was seen; `None` before the first epoch.
    best: float | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("auto", "min", "max"):
            raise ValueError(f"mode={self.mode!r}: there are auto, min, max")
        more_is_better = not _UPWARDS.isdisjoint(self.monitor.split("_"))
        upwards = more_is_better if self.mode == "auto" else self.mode == "max"
        self._sign = 1 if upwards else -1

    def _watched(self, logs: Logs | None) -> float:
        if not logs or self.monitor not in logs:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}, but training gives only "
                f"{', '.join(logs or {})}: pass monitor=, or validation_data= to fit"
            )
        return logs[self.monitor]

    def _better(self, value: float, than: float | None) -> bool:
        return than is None or self._sign * value - abs(self.min_delta) > self._sign * than


@dataclass(eq=False)
class EarlyStopping(_Watcher):
    """Ends training when what it watches gets no better.

    Args:
        monitor: the entry of the logs to watch.
        min_delta: what counts as better.
        patience: for how many epochs in a row it may get no better.
        verbose: 1 to say when training ends early.
        mode: ``"min"``, ``"max"``, or ``"auto"``: more is better for accuracies, precision, recall,
            AUC and F1.
        baseline: what has to be beaten: an epoch that is only better than the ones before it does
            not end the waiting.
        restore_best_weights: whether to go back to the weights of the best epoch.
        start_from_epoch: how many epochs to let pass before watching.
    """

    monitor: str = "val_loss"
    min_delta: float = 0.0
    patience: int = 0
    verbose: int = 0
    mode: str = "auto"
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: int = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier training."""
        self.best = None
        self.stopped_epoch = 0
        self.best_epoch = 0
        self._waited = 0
        self._best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best epoch; stop when it was too long ago."""
        value = self._watched(logs)
        if epoch < self.start_from_epoch:
            return
        self._waited += 1
        if self._better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._best_weights = self.model.get_weights()
            if self._better(value, self.baseline):
                self._waited = 0
            return
        if self._waited >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Go back to the best weights, if asked."""
        if self.stopped_epoch and self.verbose:
            say(f"stopped after epoch {self.stopped_epoch + 1}: {self.monitor} got no better")
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)


@dataclass(eq=False)
class ModelCheckpoint(_Watcher):
    """Writes the network after each epoch, or after each that is better than all before.

    Args:
        filepath: may hold ``{epoch:02d}``, counted from 1, and entries of the logs such as
            ``{val_loss:.3f}``.
        monitor: what to compare by.
        verbose: 1 to say what was written.
        save_best_only: whether to write only when it is better.
        save_weights_only: whether to leave out the layers and how they were compiled.
        mode: as of `EarlyStopping`.

    A file is written whole or not at all: Ctrl-C leaves the last one.
    """

    filepath: str | Path
    monitor: str = "val_loss"
    verbose: int = 0
    save_best_only: bool = False
    save_weights_only: bool = False
    mode: str = "auto"

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write, if it is time."""
        if self.save_best_only:
            value = self._watched(logs)
            if not self._better(value, self.best):
                return
            self.best = value
        try:
            path = str(self.filepath).format(epoch=epoch + 1, **(logs or {}))
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"the file name {str(self.filepath)!r} asks for {error}: there are epoch, "
                f"{', '.join(logs or {})}"
            ) from error
        written = (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            say(f"epoch {epoch + 1}: wrote {written}")


@dataclass(eq=False)
class ReduceLROnPlateau(_Watcher):
    """Lowers the learning rate when what it watches gets no better.

    Args:
        monitor: the entry of the logs to watch.
        factor: by what the learning rate is multiplied; below 1.
        patience: for how many epochs in a row it may get no better.
        verbose: 1 to say when the learning rate is lowered.
        mode: as of `EarlyStopping`.
        min_delta: what counts as better.
        cooldown: how many epochs to let pass after that.
        min_lr: it is not lowered below this.

    Raises:
        ValueError: if `factor` is 1 or more.
    """

    monitor: str = "val_loss"
    factor: float = 0.1
    patience: int = 10
    verbose: int = 0
    mode: str = "auto"
    min_delta: float = 1e-4
    cooldown: int = 0
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.factor < 1:
            raise ValueError(f"factor must be greater than 0 and below 1, not {self.factor!r}")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier training."""
        self.best = None
        self._waited = self._cooling = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best epoch; lower the learning rate when it was too long ago."""
        value = self._watched(logs)
        optimizer = self.model.optimizer
        assert logs is not None
        logs["learning_rate"] = optimizer.learning_rate
        if self._cooling:
            self._cooling -= 1
            self._waited = 0
        if self._better(value, self.best):
            self.best, self._waited = value, 0
            return
        if self._cooling:
            return
        self._waited += 1
        lower = max(optimizer.learning_rate * self.factor, self.min_lr)
        if self._waited >= self.patience and lower < optimizer.learning_rate:
            optimizer.learning_rate = lower
            self._cooling, self._waited = self.cooldown, 0
            if self.verbose:
                say(f"epoch {epoch + 1}: learning rate {lower:g}")

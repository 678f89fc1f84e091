"""Callbacks: what happens between the epochs of ``model.fit(callbacks=[...])``.

The hooks are Keras's, and so are the names and arguments. ``logs`` holds what the history gets:
``{"loss": 0.69, "accuracy": 0.5, "val_loss": 0.7, ...}``. Epochs count from 0, as in Keras.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

#: What is known at the end of a batch or an epoch: the loss and the metrics by their names.
Logs = dict[str, float]


class Callback:
    """The hooks, which do nothing. A callback of your own overrides those that it needs.

    Attributes:
        model: the network that learns; set before training begins. ``model.stop_training = True``
            ends training after this epoch.
        params: ``{"epochs": ..., "steps": ..., "verbose": ...}``.

    >>> class Patient(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.model.stop_training = logs["loss"] < 0.1
    """

    model: Any = None
    params: dict[str, Any]
    #: Whether its hooks look at the model. Hooks that only read their arguments may be called
    #: later, for many epochs in a row, so that these can be trained at once.
    looks_at_model = True

    def set_model(self, model: Any) -> None:
        """Take the network that is about to learn."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take how many epochs there will be, and of how many steps."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Act before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Act after the last epoch, also when training was interrupted."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Act before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Act after an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a step."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a step; the logs hold the mean loss of the epoch so far."""


class LambdaCallback(Callback):
    """Functions in place of hooks: ``LambdaCallback(on_epoch_end=lambda epoch, logs: ...)``."""

    def __init__(self, **hooks: Callable[..., Any]) -> None:
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name, hook in hooks.items():
            if name not in known:
                raise ValueError(f"there is no hook {name!r}: there are {', '.join(known)}")
            setattr(self, name, hook)


class CallbackList:
    """The callbacks of one training, called one after the other.

    Args:
        callbacks: one, several, or ``None``.
        model: the network that learns.
        params: what `Callback.params` is.
        shown: what shows the progress, if anything.

    Raises:
        TypeError: if one is no callback.
    """

    def __init__(
        self, callbacks: Any, model: Any, params: dict[str, Any], shown: Callback | None = None
    ) -> None:
        given = callbacks or []
        self.callbacks: list[Any] = list(given) if isinstance(given, Iterable) else [given]
        if shown is not None:
            self.callbacks.append(shown)
        for callback in self.callbacks:
            if isinstance(callback, type):
                raise TypeError(f"{callback.__name__} is a class: write {callback.__name__}()")
            if not hasattr(callback, "set_model"):
                raise TypeError(f"{callback!r} is not a callback: make it a subclass of Callback")
        self._model = model
        if self.callbacks:
            model.stop_training = False
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(model)

    @property
    def stop_training(self) -> bool:
        """Whether a callback wants training to end after this epoch."""
        return bool(self.callbacks) and self._model.stop_training

    def call(self, hook: str, *args: Any) -> None:
        """Call `hook` of each."""
        for callback in self.callbacks:
            getattr(callback, hook)(*args)

    @property
    def look_at_model(self) -> bool:
        """Whether one wants to see the model after each epoch."""
        return any(getattr(c, "looks_at_model", True) for c in self.callbacks)

    @property
    def act_between_steps(self) -> bool:
        """Whether there is anything to call before or after a step."""
        return any(
            getattr(getattr(c, name), "__func__", None) is not getattr(Callback, name)
            for c in self.callbacks
            for name in ("on_train_batch_begin", "on_train_batch_end")
        )


#: Parts of names of which more is better.
_UPWARDS = {"accuracy", "acc", "precision", "recall", "auc", "f1", "fbeta", "iou", "r2"}


class _Watcher(Callback):
    """What watches one entry of the logs, and knows which way is better."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode={mode!r}: there are auto, min, max")
        self.monitor = monitor
        upwards = mode == "max" or (mode == "auto" and not _UPWARDS.isdisjoint(monitor.split("_")))
        self._sign = 1 if upwards else -1
        self._min_delta = abs(min_delta)
        self.best: float | None = None

    def _watched(self, logs: Logs | None) -> float:
        if not logs or self.monitor not in logs:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}, but training gives only "
                f"{', '.join(logs or {})}: pass monitor=, or validation_data= to fit"
            )
        return logs[self.monitor]

    def _better(self, value: float, than: float | None) -> bool:
        return than is None or self._sign * value - self._min_delta > self._sign * than


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

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch

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

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath = str(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write, if it is time."""
        if self.save_best_only:
            value = self._watched(logs)
            if not self._better(value, self.best):
                return
            self.best = value
        try:
            path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"the file name {self.filepath!r} asks for {error}: there are epoch, "
                f"{', '.join(logs or {})}"
            ) from error
        written = (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            say(f"epoch {epoch + 1}: wrote {written}")


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch: ``schedule(epoch, lr)`` gives the new one.

    As in Keras, a schedule may also take the epoch alone.

    Args:
        schedule: a function of the epoch, and of the learning rate if it wants it.
        verbose: whether to print the new learning rate.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose
        self._extra = len(inspect.signature(schedule).parameters) - 1

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


def say(line: str) -> None:
    """Print a line where Keras would print it."""
    sys.stdout.write(line + "\n")

"""What a callback is: hooks, and how they are called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
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
    #: Whether a loss that is no number ends the training as any other end, and is no error.
    ends_on_nan = False

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
    def end_on_nan(self) -> bool:
        """Whether one ends the training where the loss is no number."""
        return any(getattr(c, "ends_on_nan", False) for c in self.callbacks)

    @property
    def act_between_steps(self) -> bool:
        """Whether there is anything to call before or after a step."""
        return any(
            getattr(getattr(c, name), "__func__", None) is not getattr(Callback, name)
            for c in self.callbacks
            for name in ("on_train_batch_begin", "on_train_batch_end")
        )


def say(line: str) -> None:
    """Print a line where Keras would print it."""
    sys.stdout.write(line + "\n")

"""The loop: epochs, batches, steps, and what is noted of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from tinygrad_xor.callbacks import Callback, CallbackList, LambdaCallback
from tinygrad_xor.metrics import MetricLike, get, measure_each
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.seeds import generator
from tinygrad_xor.standstill import Standstill
from tinygrad_xor.training.ahead import OneByOne
from tinygrad_xor.training.compiled import compiled
from tinygrad_xor.training.epochs import Epochs, step_by_step
from tinygrad_xor.training.examples import (
    Examples,
    Order,
    check_counts,
    check_optimizer,
    checked_examples,
)
from tinygrad_xor.training.history import History
from tinygrad_xor.training.step import Step


class Model(Protocol):
    """What can be trained: called with a batch, it returns predictions."""

    def __call__(self, x: Any) -> Any:
        """Predictions, as a Value of shape ``(batch, outputs)``."""


def train(
    model: Model,
    inputs: Any,
    targets: Any,
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    seed: int | np.random.Generator | None = None,
    history: History | None = None,
    on_epoch: Callable[[History], None] | Callback | None = None,
    run_eagerly: bool = False,
) -> History:
    """Train `model` on `inputs` and `targets`; in each epoch every example is seen once.

    Args:
        model: called with a batch of inputs, returns predictions as a Value.
        inputs: shape ``(examples, features)``.
        targets: shape ``(examples, outputs)``.
        loss: ``loss(y_true, y_pred)``, a scalar Value.
        optimizer: holds the parameters that learn.
        epochs: how often to go through all examples.
        batch_size: examples in one step; the last batch may be smaller.
        seed: of the order of the examples, new in each epoch.
        history: filled as training goes on. Pass one in to keep it when training is interrupted.
        on_epoch: called with the history after each epoch; or a `Callback`, as of ``model.fit``.
        run_eagerly: as of ``model.compile``.

    Returns:
        The history: the mean loss and the accuracy while each epoch ran.

    Raises:
        ValueError: if sizes do not fit, the data have NaN or infinities in them, or training
            diverges: the loss of an epoch is not finite.

    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
    >>> from tinygrad_xor.optim import Adam
    >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    >>> optimizer = Adam(model.parameters(), lr=0.1)
    >>> X, y = truth_table("and")
    >>> history = train(model, X, y, loss=BinaryCrossentropy(), optimizer=optimizer, epochs=100,
    ...                 batch_size=4, seed=0)
    >>> history.loss[-1] < history.loss[0], history.accuracy[-1]
    (True, 1.0)
    """
    examples = checked_examples(inputs, targets, loss, getattr(model, "output_shape", None))
    check_optimizer(optimizer, model)
    check_counts(epochs, batch_size)
    kept = History() if history is None else history
    if on_epoch is not None and not isinstance(on_epoch, Callback):
        told = on_epoch
        on_epoch = LambdaCallback(on_epoch_end=lambda epoch, logs: told(kept))
    params = {"epochs": epochs, "steps": -(-len(examples) // batch_size), "verbose": 0}
    accuracy = get(
        "accuracy",
        sparse=getattr(loss, "sparse", False),
        outputs=examples.targets.shape[-1],
        threshold=getattr(loss, "threshold", 0.5),
    )
    return learn(
        Step(model, loss, optimizer),
        examples,
        epochs=range(kept.epochs, kept.epochs + epochs),
        batch_size=batch_size,
        order=Order(len(examples), generator(seed)),
        metrics=[accuracy],
        history=kept,
        hooks=CallbackList(on_epoch, model, params),
        standstill=Standstill(optimizer, examples.targets),
        run_eagerly=run_eagerly,
    )


def learn(
    step: Step,
    examples: Examples,
    *,
    epochs: range,
    batch_size: int,
    order: Callable[[int], Any],
    metrics: list[MetricLike],
    history: History,
    hooks: CallbackList,
    standstill: Standstill | None = None,
    validate: Callable[[], dict[str, float]] | None = None,
    run_eagerly: bool = False,
) -> History:
    """The loop of all trainings: `step` after `step`, epoch after epoch.

    Args:
        step: takes a batch, moves the parameters, gives the loss and the predictions.
        examples: to learn from.
        epochs: their numbers.
        batch_size: examples in one step; the last batch may be smaller.
        order: gives the places of the examples in an epoch.
        metrics: of the predictions, as they were while an epoch ran.
        history: gets a row for each finished epoch.
        hooks: what is called in between. They may end the training.
        standstill: refuses what diverges, and warns where nothing moves.
        validate: gives more numbers at the end of an epoch.
        run_eagerly: whether to take one step after the other, not many in a compiled loop.

    Returns:
        The history.
    """
    keep, epoch = bool(metrics), epochs.start
    one_by_one = hooks.look_at_model or validate is not None
    many: Callable[[int], Epochs] | None = None
    if run_eagerly:
        history.why_not_compiled = "run_eagerly=True"
    else:
        why = "a callback acts between the steps" if hooks.act_between_steps else ""
        how = (keep, len(epochs), history, why, one_by_one)
        run = compiled(step, examples, batch_size, order, *how)
        many = OneByOne(run) if run is not None and one_by_one else run
    hooks.call("on_train_begin", {})
    try:
        while epoch < epochs.stop:
            hooks.call("on_epoch_begin", epoch, {})
            if many is None:
                done = step_by_step(step, examples, batch_size, order, hooks, keep)
            else:
                done = many(epochs.stop - epoch)
            rows = _rows(done, metrics)
            if done.state is not None:
                step.state = done.state
            is_nan = bool(rows) and not math.isfinite(done.losses[-1])
            if is_nan and standstill is not None and not hooks.end_on_nan:
                rows.pop()  # of an epoch that is refused below
            if validate is not None and rows:
                rows[0] |= validate()
            history.rows += rows
            if hooks.callbacks:
                for i, row in enumerate(rows, epoch):
                    hooks.call("on_epoch_end", i, row)
            if standstill is not None and done.losses and not (is_nan and hooks.end_on_nan):
                standstill.after_epochs(epoch, done.losses)
            epoch += len(rows)
            if done.is_interrupted:
                raise KeyboardInterrupt
            if hooks.stop_training:
                break
        if standstill is not None:
            standstill.after_training()
    finally:
        hooks.call("on_train_end", history.rows[-1] if history.rows else {})
    return history


def _rows(done: Epochs, metrics: list[MetricLike]) -> list[dict[str, float]]:
    """A row of the history for each epoch."""
    names = ["loss", *(metric.name for metric in metrics)]
    measured = [measure_each(metric, done.targets, done.predictions) for metric in metrics]
    columns = zip(done.losses, *measured)  # noqa: B905 (strict= is slow)
    return [dict(zip(names, row)) for row in columns]  # noqa: B905

"""The loop: epochs, batches, steps, and what is noted of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from tinygrad_xor.callbacks import Callback, CallbackList, LambdaCallback
from tinygrad_xor.engine.numbers import plain
from tinygrad_xor.metrics import MetricLike, get, measure
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.seeds import generator
from tinygrad_xor.standstill import Standstill
from tinygrad_xor.training.examples import (
    Examples,
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
    rng = generator(seed)
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
        order=lambda: rng.permutation(len(examples)),
        metrics=[accuracy],
        history=kept,
        hooks=CallbackList(on_epoch, model, params),
        standstill=Standstill(optimizer, examples.targets),
    )


def learn(
    step: Step,
    examples: Examples,
    *,
    epochs: Iterable[int],
    batch_size: int,
    order: Callable[[], Any],
    metrics: list[MetricLike],
    history: History,
    hooks: CallbackList,
    standstill: Standstill | None = None,
    validate: Callable[[], dict[str, float]] | None = None,
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

    Returns:
        The history.
    """
    hooks.call("on_train_begin", {})
    try:
        for epoch in epochs:
            hooks.call("on_epoch_begin", epoch, {})
            seen = examples[order()]
            mean, predictions = _epoch(step, seen, batch_size, hooks, keep=bool(metrics))
            row = {"loss": mean, **measure(metrics, seen.targets, predictions)}
            if standstill is not None:
                standstill.after_epoch(epoch, mean)
            if validate is not None:
                row |= validate()
            history.rows.append(row)
            hooks.call("on_epoch_end", epoch, row)
            if hooks.stop_training:
                break
        if standstill is not None:
            standstill.after_training()
    finally:
        hooks.call("on_train_end", history.rows[-1] if history.rows else {})
    return history


def _epoch(
    step: Step, examples: Examples, size: int, hooks: CallbackList, keep: bool
) -> tuple[float, Any]:
    """One pass over the examples, in their order: the mean loss, and the predictions."""
    total, seen = 0.0, 0
    predictions = []
    between = hooks.act_between_steps
    for number, batch in enumerate(examples.batches(size)):
        if between:
            hooks.call("on_train_batch_begin", number, {})
        error, prediction = step(*batch)
        examples_in = len(batch[1])
        total += error.item() * examples_in
        seen += examples_in
        if keep:
            predictions.append(plain(prediction))
        if between:
            hooks.call("on_train_batch_end", number, {"loss": total / seen})
    return total / seen, np.concatenate(predictions) if keep else None

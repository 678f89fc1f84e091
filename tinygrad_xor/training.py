"""Training: batches, epochs, and the history of what happened."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from tinygrad_xor.arrays import checked_array
from tinygrad_xor.engine import Value
from tinygrad_xor.engine.numbers import plain
from tinygrad_xor.metrics import accuracy
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.seeds import generator
from tinygrad_xor.standstill import Standstill


class Model(Protocol):
    """What can be trained: called with a batch, it returns predictions."""

    def __call__(self, x: Any) -> Any:
        """Predictions, as a Value of shape ``(batch, outputs)``."""


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
    on_epoch: Callable[[History], None] | None = None,
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
        on_epoch: called after each epoch.

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
    inputs, targets = checked_examples(inputs, targets, loss, getattr(model, "output_shape", None))
    check_optimizer(optimizer, model)
    check_counts(epochs, batch_size)
    rng = generator(seed)
    history = History() if history is None else history
    threshold = getattr(loss, "threshold", 0.5)
    forward = training_call(model)
    standstill = Standstill(optimizer, targets)
    for _ in range(epochs):
        order = rng.permutation(len(inputs))
        wanted = targets[order]
        mean, predictions = train_epoch(
            forward,
            inputs[order],
            wanted,
            loss=getattr(loss, "of_checked", loss),
            optimizer=optimizer,
            batch_size=batch_size,
        )
        history.rows.append({"loss": mean, "accuracy": accuracy(wanted, predictions, threshold)})
        refuse_divergence(mean, history.epochs, optimizer)
        standstill.after_epoch(mean)
        if on_epoch is not None:
            on_epoch(history)
    if epochs:
        standstill.after_training()
    return history


def train_epoch(
    forward: Callable[[Any], Any],
    inputs: Any,
    targets: Any,
    weights: Any = None,
    *,
    loss: Callable[..., Any],
    optimizer: Optimizer,
    batch_size: int,
    before_step: Callable[[int], None] | None = None,
    after_step: Callable[[int, float], None] | None = None,
) -> tuple[float, Any]:
    """One pass over the examples, in their order, with a step after each batch.

    Args:
        forward: gives the predictions for a batch.
        inputs: shape ``(examples, ...)``.
        targets: shape ``(examples, ...)``.
        weights: how much each example counts, of shape ``(examples,)``.
        loss: ``loss(y_true, y_pred)``, or with the weights as a third argument if there are any.
        optimizer: holds the parameters that learn.
        batch_size: examples in one step; the last batch may be smaller.
        before_step: called with the number of the step.
        after_step: called with the number of the step and the mean loss so far.

    Returns:
        The mean loss and the predictions, as they were while the epoch ran.

    Raises:
        TypeError: if the loss has no gradient.
    """
    total = 0.0
    predictions = []
    for step, start in enumerate(range(0, len(inputs), batch_size)):
        if before_step is not None:
            before_step(step)
        batch = slice(start, start + batch_size)
        y = targets[batch]
        prediction = forward(inputs[batch])
        error = loss(y, prediction, *(() if weights is None else (weights[batch],)))
        if not isinstance(error, Value):
            raise TypeError(
                f"the loss is {error!r}, a plain number, which has no gradient: compute it from "
                "the predictions with NumPy's functions, and not from their .data"
            )
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        total += error.item() * len(y)
        predictions.append(plain(prediction))
        if after_step is not None:
            after_step(step, total / min(start + batch_size, len(inputs)))
    return total / len(inputs), np.concatenate(predictions)


def training_call(model: Callable[..., Any]) -> Callable[[Any], Any]:
    """How a model is called while it learns: with ``training=True``, if it takes that argument."""
    if "training" in inspect.signature(model).parameters:
        return functools.partial(model, training=True)
    return model


def refuse_divergence(loss: float, epoch: int, optimizer: Optimizer) -> None:
    """Stop when the mean loss of an epoch is no number.

    Raises:
        ValueError: with what to do.
    """
    if not math.isfinite(loss):
        raise ValueError(
            f"training diverged: the loss of epoch {epoch} is {loss}. Lower the "
            f"learning rate (it is {optimizer.lr}) or scale the inputs"
        )


def checked_examples(
    inputs: Any, targets: Any, loss: Any, output_shape: tuple[int, ...] | None
) -> tuple[Any, Any]:
    """Inputs and targets as arrays that can be trained on: finite, in pairs, fit for the loss.

    Args:
        inputs: shape ``(examples, features)``.
        targets: shape ``(examples, outputs)``.
        loss: if it is a `Loss`, it looks at the targets.
        output_shape: of the model for one example; ``None`` if it is not known.
    """
    inputs, targets = checked_array("inputs", inputs), checked_array("targets", targets)
    check_pairs(inputs, targets)
    if hasattr(loss, "check_targets"):
        loss.check_targets(targets, (output_shape or (math.inf,))[-1])
    return inputs, targets


def check_counts(epochs: Any, batch_size: Any) -> None:
    """Refuse numbers of epochs and of examples in a batch that cannot be trained.

    Raises:
        TypeError: if they are not whole numbers.
        ValueError: if they are too small.
    """
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(count, (int, np.integer)):
            raise TypeError(f"{name} is a whole number, not {count!r}")
    if epochs < 0 or batch_size < 1:
        raise ValueError(f"epochs={epochs} and batch_size={batch_size} cannot be trained")


def check_optimizer(optimizer: Any, model: Any) -> None:
    """Refuse what is no optimizer, or moves none of the model's parameters.

    Raises:
        TypeError: if it is no `Optimizer`.
        ValueError: if it holds the parameters of something else.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"the optimizer is made for parameters, Adam(model.parameters()), not {optimizer!r}"
        )
    if hasattr(model, "parameters"):
        ours = set(map(id, model.parameters()))
        if ours.isdisjoint(map(id, optimizer.parameters)):
            raise ValueError(
                "this optimizer moves other parameters than the model has: make it with "
                "Adam(model.parameters())"
            )


def check_pairs(inputs: Any, targets: Any) -> None:
    """Refuse inputs and targets that do not come in pairs.

    Raises:
        ValueError: if their numbers differ, or there are none.
    """
    if len(inputs) != len(targets) or not len(inputs):
        raise ValueError(
            f"{len(inputs)} inputs and {len(targets)} targets: there must be a target for each "
            "input, and one example at least"
        )

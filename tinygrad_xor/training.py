"""Training: batches, epochs, and the history of what happened."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.optim import Optimizer


class Model(Protocol):
    """What can be trained: called with a batch, it returns predictions."""

    def __call__(self, x: Any) -> Any:
        """Predictions, as a Value of shape ``(batch, outputs)``."""


@dataclass
class History:
    """What happened in training, epoch by epoch."""

    #: The mean loss and the accuracy of each finished epoch, added together or not at all.
    rows: list[tuple[float, float]] = field(default_factory=list)

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return [loss for loss, _ in self.rows]

    @property
    def accuracy(self) -> list[float]:
        """The accuracy of each epoch, between 0 and 1."""
        return [accuracy for _, accuracy in self.rows]

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
    inputs, targets = _checked("inputs", inputs), _checked("targets", targets)
    if len(inputs) != len(targets) or not len(inputs):
        raise ValueError(
            f"{len(inputs)} inputs and {len(targets)} targets: there must be a target for each "
            "input, and one example at least"
        )
    if epochs < 0 or batch_size < 1:
        raise ValueError(f"epochs={epochs} and batch_size={batch_size} cannot be trained")
    rng = np.random.default_rng(seed)
    history = History() if history is None else history
    threshold = getattr(loss, "threshold", 0.5)
    for _ in range(epochs):
        order = rng.permutation(len(inputs))
        shuffled, wanted = inputs[order], targets[order]
        predictions = np.empty(targets.shape)
        total = 0.0
        for start in range(0, len(inputs), batch_size):
            batch = slice(start, start + batch_size)
            y = wanted[batch]
            prediction = model(shuffled[batch])
            error = loss(y, prediction)
            optimizer.zero_grad()
            error.backward()
            optimizer.step()
            total += error.item() * len(y)
            predictions[batch] = prediction.data
        history.rows.append((total / len(inputs), accuracy(wanted, predictions, threshold)))
        if not math.isfinite(total):
            raise ValueError(
                f"training diverged: the loss of epoch {history.epochs} is {total}. Lower the "
                f"learning rate (it is {optimizer.lr}) or scale the inputs"
            )
        if on_epoch is not None:
            on_epoch(history)
    return history


def accuracy(targets: Any, predictions: Any, threshold: float = 0.5) -> float:
    """The part of examples whose prediction is on the right side of `threshold`.

    With several outputs (classes), an example is right when its largest output is the target's.

    >>> accuracy(np.array([[0.0], [1.0]]), np.array([[0.4], [0.3]]))
    0.5
    """
    if targets.ndim == 2 and targets.shape[1] > 1:
        right = np.argmax(targets, axis=1) == np.argmax(predictions, axis=1)
    else:
        right = on_the_right_side(targets, predictions, threshold)
    return float(np.mean(right))


def on_the_right_side(targets: Any, predictions: Any, threshold: float = 0.5) -> Any:
    """For each prediction, whether it is on the side of `threshold` that its target stands for.

    >>> on_the_right_side(np.array([0.0, 1.0]), np.array([0.4, 0.3])).tolist()
    [True, False]
    """
    return (predictions > threshold) == (targets > 0.5)


def _checked(name: str, data: Any) -> Any:
    if type(data) is Value:
        raise TypeError(f"{name} are plain arrays, not a Value: pass v.data")
    array = np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} are real numbers, not an array of dtype {array.dtype}")
    if array.ndim < 2:
        raise ValueError(
            f"{name} of shape {array.shape} need an axis for the examples and one for their "
            f"numbers: reshape(-1, 1) makes a column"
        )
    if not np.all(np.isfinite(array)):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} have {array[place]} in them, first at {place}")
    return array.astype(float) if array.dtype.kind != "f" else array

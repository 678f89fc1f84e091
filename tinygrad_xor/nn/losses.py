"""Losses: how wrong the predictions are, as one number to make smaller.

Every loss is called as ``loss(y_true, y_pred)``, as in Keras, with arrays of the same shape
``(batch, outputs)``, and returns the mean over all of them. A loss of your own is a subclass with
`call`, or any function of the same two arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import log_softmax
from tinygrad_xor.derivatives.losses import binary_crossentropy, sigmoid_crossentropy
from tinygrad_xor.derivatives.reductions import mean
from tinygrad_xor.engine import scope
from tinygrad_xor.names import look_up

LossFunction = Callable[[Any, Any], Any]


class Loss:
    """What all losses share: the check of shapes, the formula, the mean."""

    #: Predictions above it stand for 1, below it for 0.
    threshold = 0.5

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The mean loss, a scalar.

        Args:
            y_true: the targets.
            y_pred: the predictions, of the same shape.
            sample_weight: how much each example counts, of shape ``(batch,)``. As in Keras, the
                weighted losses are added up and divided by the number of examples, not by the sum
                of the weights.

        Raises:
            ValueError: if the shapes differ. Broadcasting (4,) against (4, 1) would compare every
                target with every prediction, and go wrong in silence.
        """
        y_true = y_true if hasattr(y_true, "dtype") else np.asarray(y_true, dtype=float)
        self.check_shapes(y_true.shape, y_pred.shape)
        with scope("loss"):
            values = self.call(y_true, y_pred)
            if sample_weight is not None:
                weights = np.asarray(sample_weight, dtype=float)
                values = values * weights.reshape(weights.shape + (1,) * (values.ndim - 1))
            return mean(values)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each element ``(batch, outputs)``, or of each example ``(batch,)``."""
        raise TypeError(f"{type(self).__name__} has no formula: a loss defines call()")

    def check_shapes(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> None:
        """Refuse targets that do not stand beside their predictions."""
        if y_true != y_pred:
            raise ValueError(
                f"targets of shape {y_true} and predictions of shape {y_pred} "
                "do not match: reshape the targets, for example y.reshape(-1, 1)"
            )

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Refuse targets that have no meaning for so many outputs; called once before training."""


class LossOfFunction(Loss):
    """The mean of what a function ``f(y_true, y_pred)`` gives."""

    def __init__(self, function: LossFunction) -> None:
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """What the function gives: a loss for each element or example, or their mean."""
        return self.function(y_true, y_pred)


class MeanSquaredError(Loss):
    """mean((y_pred - y_true)²).

    >>> MeanSquaredError()([[0.0], [1.0]], np.array([[0.5], [1.0]]))
    np.float64(0.125)
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The squares of the differences."""
        difference = y_pred - y_true
        return difference * difference


class MeanAbsoluteError(Loss):
    """mean(|y_pred - y_true|); the derivative at a difference of 0 is 0."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The sizes of the differences."""
        return np.abs(y_pred - y_true)


class BinaryCrossentropy(Loss):
    """-mean(y log p + (1 - y) log(1 - p)), for targets between 0 and 1.

    Args:
        from_logits: whether predictions are sums z before the sigmoid, p = sigmoid(z). Then the
            gradient, p - y, stays right where p itself has been rounded to 0 or 1.

    From probabilities, logarithms stop at -100, as in PyTorch's ``BCELoss``.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits
        self.threshold = 0.0 if from_logits else 0.5

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each output."""
        crossentropy = sigmoid_crossentropy if self.from_logits else binary_crossentropy
        return crossentropy(y_pred, y_true)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets are probabilities."""
        _refuse(y_true, (y_true < 0) | (y_true > 1), "binary cross-entropy", "0, 1 or between")


class CategoricalCrossentropy(Loss):
    """-mean over the batch of Σ y log p, for targets that are distributions along the last axis.

    Args:
        from_logits: whether predictions are sums before the softmax. That form is exact for sums
            of any size; from probabilities, p below 1e-12 counts as 1e-12.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each example."""
        return -np.sum(y_true * _log_probabilities(y_pred, self.from_logits), axis=-1)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets are distributions."""
        if y_true.shape[-1] == 1:
            raise ValueError(
                "categorical cross-entropy needs one output for each class: for one output take "
                "binary_crossentropy, for class numbers sparse_categorical_crossentropy"
            )
        wrong = (y_true < 0) | (np.abs(y_true.sum(axis=-1, keepdims=True) - 1) > 1e-6)
        _refuse(y_true, wrong, "categorical cross-entropy", "rows that add up to 1")


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """-mean over the batch of log p[class], for targets that are class numbers from 0.

    Targets have shape ``(batch,)`` or ``(batch, 1)``, predictions ``(batch, classes)``.

    >>> loss = SparseCategoricalCrossentropy()
    >>> round(float(loss([1, 0], np.array([[0.5, 0.5], [0.25, 0.75]]))), 4)
    1.0397
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each example."""
        classes = np.asarray(y_true).astype(int).reshape(-1)
        log_p = _log_probabilities(y_pred, self.from_logits)
        return -log_p[np.arange(len(classes)), classes]

    def check_shapes(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> None:
        """Refuse targets that are not one number for each prediction."""
        if len(y_pred) != 2 or y_true not in (y_pred[:1], (y_pred[0], 1)):
            raise ValueError(
                f"class numbers of shape {y_true} and predictions of shape {y_pred} do not match: "
                "targets have shape (batch,), predictions (batch, classes)"
            )

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets count from 0."""
        wrong = (y_true < 0) | (y_true != np.floor(y_true))
        _refuse(y_true, wrong, "sparse categorical cross-entropy", "class numbers 0, 1, 2, …")
        if y_true.max() >= outputs:
            raise ValueError(
                f"class {y_true.max():g} needs {y_true.max() + 1:g} outputs, and this network "
                f"has {outputs}: classes count from 0"
            )


class Hinge(Loss):
    """mean(max(0, 1 - y · y_pred)), for targets -1 and 1; targets 0 and 1 are turned into these."""

    threshold = 0.0

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """How far each prediction is on the wrong side of its margin."""
        y = y_true
        if np.all((y == 0) | (y == 1)):
            y = 2 * y - 1
        return np.maximum(0.0, 1 - y * y_pred)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets have two values."""
        if not np.all((y_true == 0) | (y_true == 1)):
            _refuse(y_true, np.abs(y_true) != 1, "hinge", "-1 and 1, or 0 and 1")


LOSSES: dict[str, Callable[[], Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "hinge": Hinge,
}


def get(loss: str | LossFunction) -> Loss:
    """The loss for a name, for a function ``f(y_true, y_pred)``, or a loss itself."""
    if isinstance(loss, type):  # a class, as in Keras
        loss = loss()
    if isinstance(loss, Loss):
        return loss
    return LossOfFunction(loss) if callable(loss) else look_up("loss", loss, LOSSES)()


def _log_probabilities(y_pred: Any, from_logits: bool) -> Any:
    return log_softmax(y_pred) if from_logits else np.log(np.maximum(y_pred, 1e-12))


def _refuse(y_true: Any, wrong: Any, loss: str, wanted: str) -> None:
    if np.any(wrong):
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{loss} takes targets of {wanted}, not {y_true[place]} (at {place})")

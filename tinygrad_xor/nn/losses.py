"""Losses: how wrong the predictions are, as one number to make smaller.

Every loss is called as ``loss(y_true, y_pred)``, as in Keras, with arrays of the same shape
``(batch, outputs)``, and returns the mean over all of them. A loss of your own is a subclass with
`call`, or any function of the same two arguments.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.names import look_up
from tinygrad_xor.nn.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tinygrad_xor.nn.loss import Loss, refuse

LossFunction = Callable[[Any, Any], Any]


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


class Hinge(Loss):
    """mean(max(0, 1 - y · y_pred)), for targets -1 and 1; targets 0 and 1 are turned into these."""

    threshold = 0.0

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """How far each prediction is on the wrong side of its margin."""
        y = np.where(np.all((y_true == 0) | (y_true == 1)), 2 * y_true - 1, y_true)
        return np.maximum(0.0, 1 - y * y_pred)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets have two values."""
        if not np.all((y_true == 0) | (y_true == 1)):
            refuse(y_true, np.abs(y_true) != 1, "hinge", "targets of -1 and 1, or 0 and 1")

    def check_activation(self, name: str, low: float, high: float) -> None:
        """The sign of a prediction is the answer, so there are both."""
        if low >= 0:
            raise ValueError(
                f"hinge reads the sign of predictions, and {name!r} as the last activation gives "
                f"none below 0: take 'tanh', or no activation"
            )


class Huber(Loss):
    """Half the square of a difference up to δ, and a straight line beyond: δ (|d| - δ / 2).

    Huber, 1964, equation 3.1, as in Keras. An outlier pulls no harder than δ.

    Args:
        delta: δ, greater than 0.

    >>> Huber()([[0.0], [0.0]], np.array([[1.0], [3.0]]))
    np.float64(1.5)
    """

    def __init__(self, delta: float = 1.0) -> None:
        if not 0 < delta < math.inf:
            raise ValueError(f"delta must be greater than 0, not {delta!r}")
        self.delta = delta

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Half a square, or a line, of each difference."""
        d = y_pred - y_true
        near = np.clip(d, -self.delta, self.delta)
        return near * (d - 0.5 * near)


class LogCosh(Loss):
    """mean(log(cosh(d))): about d² / 2 near 0 and |d| - log 2 far away, and smooth between."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The logarithm of the hyperbolic cosine of the differences."""
        d = y_pred - y_true
        return np.logaddexp(d, -d) - math.log(2)


class KLDivergence(Loss):
    """The mean over the examples of Σ y log(y / p), for rows of probabilities.

    Kullback and Leibler, 1951. As in Keras, targets and predictions are kept between 1e-7 and 1.

    >>> round(float(KLDivergence()([[0.5, 0.5]], np.array([[0.75, 0.25]]))), 4)
    0.1438
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The divergence of each example."""
        y, p = (np.clip(x, _SMALLEST, 1.0) for x in (y_true, y_pred))
        return np.sum(y * np.log(y / p), axis=-1)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets are probabilities."""
        refuse(y_true, (y_true < 0) | (y_true > 1), "KLDivergence", "probabilities as targets")

    def check_predictions(self, y_pred: Any) -> None:
        """So are predictions."""
        p = y_pred.data if isinstance(y_pred, Value) else y_pred
        refuse(p, (p < 0) | (p > 1), "KLDivergence", "probabilities")

    def check_activation(self, name: str, low: float, high: float) -> None:
        """Probabilities come from a sigmoid or a softmax."""
        if (low, high) != (0, 1):
            raise ValueError(
                f"KLDivergence reads probabilities, and {name!r} as the last activation gives "
                f"numbers from {low:g} to {high:g}: take 'softmax'"
            )


#: What Keras takes for the smallest probability.
_SMALLEST = 1e-7

LOSSES: dict[str, Callable[[], Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "hinge": Hinge,
    "huber": Huber,
    "log_cosh": LogCosh,
    "kl_divergence": KLDivergence,
    "kld": KLDivergence,
}


def get(loss: str | LossFunction) -> Loss:
    """The loss for a name, for a function ``f(y_true, y_pred)``, or a loss itself."""
    if isinstance(loss, type):  # a class, as in Keras
        loss = loss()
    if isinstance(loss, Loss):
        return loss
    return LossOfFunction(loss) if callable(loss) else look_up("loss", loss, LOSSES)()

"""Losses: how wrong the predictions are, as one number to make smaller.

Every loss is called as ``loss(y_true, y_pred)``, as in Keras, with arrays of the same shape
``(batch, outputs)``, and returns the mean over all of them.
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


class Loss:
    """What all losses share: the check of shapes, then the formula."""

    #: Predictions above it stand for 1, below it for 0.
    threshold = 0.5

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        """The mean loss, a scalar.

        Raises:
            ValueError: if the shapes differ. Broadcasting (4,) against (4, 1) would compare every
                target with every prediction, and go wrong in silence.
        """
        y_true = y_true if hasattr(y_true, "dtype") else np.asarray(y_true, dtype=float)
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"targets of shape {y_true.shape} and predictions of shape {y_pred.shape} "
                "do not match: reshape the targets, for example y.reshape(-1, 1)"
            )
        with scope("loss"):
            return self.formula(y_true, y_pred)

    def formula(self, y_true: Any, y_pred: Any) -> Any:
        """The mean loss of arrays that have been checked."""
        raise TypeError(f"{type(self).__name__} has no formula: a loss defines formula()")


class MeanSquaredError(Loss):
    """mean((y_pred - y_true)²).

    >>> MeanSquaredError()([[0.0], [1.0]], np.array([[0.5], [1.0]]))
    np.float64(0.125)
    """

    def formula(self, y_true: Any, y_pred: Any) -> Any:
        """The mean square of the differences."""
        difference = y_pred - y_true
        return mean(difference * difference)


class BinaryCrossentropy(Loss):
    """-mean(y log p + (1 - y) log(1 - p)), for targets between 0 and 1.

    Args:
        from_logits: whether predictions are sums z before the sigmoid, p = sigmoid(z). Then the
            gradient, p - y, stays right where p itself has been rounded to 0 or 1.

    From probabilities, logarithms stop at -100, as in PyTorch's ``BCELoss``.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def formula(self, y_true: Any, y_pred: Any) -> Any:
        """The mean cross-entropy."""
        crossentropy = sigmoid_crossentropy if self.from_logits else binary_crossentropy
        return mean(crossentropy(y_pred, y_true))


class CategoricalCrossentropy(Loss):
    """-mean over the batch of Σ y log p, for targets that are distributions along the last axis.

    Args:
        from_logits: whether predictions are sums before the softmax. That form is exact for sums
            of any size; from probabilities, p below 1e-12 counts as 1e-12.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def formula(self, y_true: Any, y_pred: Any) -> Any:
        """The mean cross-entropy."""
        log_p = log_softmax(y_pred) if self.from_logits else np.log(np.maximum(y_pred, 1e-12))
        return -mean(np.sum(y_true * log_p, axis=-1))


class Hinge(Loss):
    """mean(max(0, 1 - y · y_pred)), for targets -1 and 1; targets 0 and 1 are turned into these."""

    threshold = 0.0

    def formula(self, y_true: Any, y_pred: Any) -> Any:
        """The mean of how far each prediction is on the wrong side of its margin."""
        y = y_true
        if np.all((y == 0) | (y == 1)):
            y = 2 * y - 1
        return mean(np.maximum(0.0, 1 - y * y_pred))


LOSSES: dict[str, Callable[[], Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "hinge": Hinge,
}


def get(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss for a name, or a function ``loss(y_true, y_pred)`` itself."""
    return loss if callable(loss) else look_up("loss", loss, LOSSES)()

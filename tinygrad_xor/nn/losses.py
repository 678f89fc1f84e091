"""Losses: how wrong the predictions are, as one number to make smaller.

Every loss is called as ``loss(y_true, y_pred)``, as in Keras, with arrays of the same shape
``(batch, outputs)``, and returns the mean over all of them. A loss of your own is a subclass with
`call`, or any function of the same two arguments.

Cross-entropies of probabilities that a sigmoid or a softmax made are computed from what went into
it, as Keras does: so the loss and its slope, p - y, are right however sure the network is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import sigmoid, softmax
from tinygrad_xor.derivatives.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from tinygrad_xor.derivatives.reductions import mean
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.names import look_up

LossFunction = Callable[[Any, Any], Any]
#: By so much may a sum of probabilities be off.
_ROUNDING = 1e-6


class Loss:
    """What all losses share: the checks, the formula, the mean."""

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
            ValueError: if the shapes differ, or targets or predictions have no meaning for this
                loss. Broadcasting (4,) against (4, 1) would compare every target with every
                prediction, and go wrong in silence.
        """
        y_true = y_true if hasattr(y_true, "dtype") else np.asarray(y_true, dtype=float)
        y_pred = y_pred if hasattr(y_pred, "dtype") else np.asarray(y_pred, dtype=float)
        self.check_shapes(y_true.shape, y_pred.shape)  # before what is in them
        if type(y_true) is not Value:
            self.check_targets(y_true, y_pred.shape[-1] if y_pred.shape else 1)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight, dtype=float)
            if sample_weight.shape != y_pred.shape[:1]:
                raise ValueError(
                    f"sample weights of shape {sample_weight.shape} for predictions of shape "
                    f"{y_pred.shape}: there is one for each example, {y_pred.shape[:1]}"
                )
        return self.of_checked(y_true, y_pred, sample_weight)

    def of_checked(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The same for targets and weights that were checked before the training.

        Raises:
            ValueError: if the shapes differ, or predictions have no meaning for this loss.
        """
        self.check_shapes(y_true.shape, y_pred.shape)
        self.check_predictions(y_pred)
        with scope("loss"):
            values = self.call(y_true, y_pred)
            if sample_weight is not None:
                weights = sample_weight.reshape(sample_weight.shape + (1,) * (values.ndim - 1))
                values = values * weights
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
        """Refuse targets that have no meaning for so many outputs."""

    def check_predictions(self, y_pred: Any) -> None:
        """Refuse predictions that have no meaning."""

    def check_activation(self, name: str, low: float, high: float) -> None:
        """Refuse a last activation, with outputs between `low` and `high`, that cannot serve."""


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


class _Crossentropy(Loss):
    """What cross-entropies share: predictions are probabilities, or the sums behind them."""

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def check_predictions(self, y_pred: Any) -> None:
        """Probabilities are not below 0, and there is one above it for each example."""
        if not self.from_logits and not _is_probability(y_pred):
            p = y_pred.data if type(y_pred) is Value else y_pred
            _refuse(p, self.is_no_probability(p), type(self).__name__, self.reads)

    def check_activation(self, name: str, low: float, high: float) -> None:
        """Probabilities come from a sigmoid or a softmax, sums from no activation."""
        gives = f"and {name!r} as the last activation gives numbers from {low:g} to {high:g}"
        if self.from_logits and (low, high) == (0, 1):
            raise ValueError(
                f"{type(self).__name__}(from_logits=True) reads sums of any size, {gives}: take "
                "from_logits=False, or no activation"
            )
        if not self.from_logits and name not in self.activations:
            raise ValueError(
                f"{type(self).__name__} reads {self.reads}, {gives}: take "
                f"{self.activations[0]!r}, or from_logits=True and no activation"
            )

    #: The activations that give what is read, and what that is.
    activations: tuple[str, ...]
    reads: str

    def is_no_probability(self, p: Any) -> Any:
        """Where `p` has no meaning."""
        raise NotImplementedError


class BinaryCrossentropy(_Crossentropy):
    """-mean(y log p + (1 - y) log(1 - p)), for targets between 0 and 1.

    Args:
        from_logits: whether predictions are sums z before the sigmoid, p = sigmoid(z).

    Logarithms of probabilities that no sigmoid made stop at -100, as in PyTorch's ``BCELoss``.

    >>> z = Value([[40.0]])
    >>> loss = BinaryCrossentropy()([[0.0]], z.sigmoid())  # sigmoid(40) is 1.0
    >>> loss.backward()
    >>> loss.item(), z.grad.item()
    (40.0, 1.0)
    """

    activations = ("sigmoid", "softmax")
    reads = "probabilities, 0, 1 or between"

    def __init__(self, from_logits: bool = False) -> None:
        super().__init__(from_logits)
        self.threshold = 0.0 if from_logits else 0.5

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each output."""
        crossentropy = sigmoid_crossentropy if self.from_logits else binary_crossentropy
        return crossentropy(y_pred, y_true)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets are probabilities."""
        wrong = (y_true < 0) | (y_true > 1)
        _refuse(y_true, wrong, "binary cross-entropy", "targets of 0, 1 or between")

    def is_no_probability(self, p: Any) -> Any:
        """Where `p` is below 0 or above 1."""
        return (p < -_ROUNDING) | (p > 1 + _ROUNDING)


class CategoricalCrossentropy(_Crossentropy):
    """-mean over the batch of Σ y log p, for targets that are distributions along the last axis.

    Args:
        from_logits: whether predictions are sums before the softmax.

    As in Keras, probabilities that no softmax made are divided by their sum; then those below 1e-12
    count as 1e-12.

    >>> round(float(CategoricalCrossentropy()([[1, 0, 0]], [[0.9, 0.9, 0.9]])), 4)  # log 3
    1.0986
    """

    activations = ("softmax",)
    reads = "probabilities that add up to 1"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each example."""
        crossentropy = softmax_crossentropy if self.from_logits else categorical_crossentropy
        return crossentropy(y_pred, y_true)

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets are distributions."""
        if y_true.shape[-1] == 1:
            raise ValueError(
                "categorical cross-entropy needs one output for each class: for one output take "
                "binary_crossentropy, for class numbers sparse_categorical_crossentropy"
            )
        wrong = (y_true < 0) | (np.abs(y_true.sum(axis=-1, keepdims=True) - 1) > _ROUNDING)
        _refuse(y_true, wrong, "categorical cross-entropy", "targets of rows that add up to 1")

    def is_no_probability(self, p: Any) -> Any:
        """Where `p` is below 0, or all of an example's are 0."""
        return (p < -_ROUNDING) | (np.sum(p, axis=-1, keepdims=True) <= 0)


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """-mean over the batch of log p[class], for targets that are class numbers from 0.

    Targets have shape ``(batch,)`` or ``(batch, 1)``, predictions ``(batch, classes)``.

    >>> loss = SparseCategoricalCrossentropy()
    >>> round(float(loss([1, 0], np.array([[0.5, 0.5], [0.25, 0.75]]))), 4)
    1.0397
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each example."""
        rows = np.eye(y_pred.shape[-1], dtype=y_pred.dtype)
        return super().call(rows[np.asarray(y_true).astype(int).reshape(-1)], y_pred)

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
        _refuse(
            y_true, wrong, "sparse categorical cross-entropy", "targets of class numbers 0, 1, 2, …"
        )
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
            _refuse(y_true, np.abs(y_true) != 1, "hinge", "targets of -1 and 1, or 0 and 1")

    def check_activation(self, name: str, low: float, high: float) -> None:
        """The sign of a prediction is the answer, so there are both."""
        if low >= 0:
            raise ValueError(
                f"hinge reads the sign of predictions, and {name!r} as the last activation gives "
                f"none below 0: take 'tanh', or no activation"
            )


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


def _is_probability(y_pred: Any) -> bool:
    """Whether a sigmoid or a softmax made it, so that there is nothing to check."""
    return type(y_pred) is Value and y_pred.primitive in (sigmoid, softmax)


def _refuse(values: Any, wrong: Any, loss: str, wanted: str) -> None:
    if np.any(wrong):
        place = tuple(int(i) for i in np.argwhere(np.broadcast_to(wrong, np.shape(values)))[0])
        raise ValueError(f"{loss} takes {wanted}, not {values[place]} (at {place})")

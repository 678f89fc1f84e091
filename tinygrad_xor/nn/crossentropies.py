"""Cross-entropies: losses of probabilities, or of the sums behind them.

Where a sigmoid or a softmax made the probabilities, they are computed from what went into it, as in
Keras: so the loss and its slope, p - y, are right however sure the network is. Of plain arrays, and
inside of `no_grad`, the probabilities are all that is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.derivatives.activations import sigmoid, softmax
from tinygrad_xor.derivatives.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from tinygrad_xor.engine import Value
from tinygrad_xor.nn.loss import Loss, refuse

#: By so much may a sum of probabilities be off.
_ROUNDING = 1e-6


class _Crossentropy(Loss):
    """What cross-entropies share: predictions are probabilities, or the sums behind them."""

    def __init__(self, from_logits: bool = False) -> None:
        #: Whether predictions are sums before the sigmoid or softmax.
        self.from_logits = from_logits

    def check_predictions(self, y_pred: Any) -> None:
        """Probabilities are not below 0, and there is one above it for each example."""
        if not self.from_logits and not _is_probability(y_pred):
            p = y_pred.data if type(y_pred) is Value else y_pred
            refuse(p, self.is_no_probability(p), type(self).__name__, self.reads)

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
    #: What predictions are.
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
        refuse(y_true, wrong, "binary cross-entropy", "targets of 0, 1 or between")

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
    #: What predictions are.
    reads = "probabilities that add up to 1"

    def remedy(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> str:
        """What to do about shapes that differ, most of all with class numbers."""
        if y_true in (y_pred[:1], (*y_pred[:1], 1)):
            return (
                "there is a row of 0 and 1 for each example; for class numbers take "
                "sparse_categorical_crossentropy"
            )
        return super().remedy(y_true, y_pred)

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
        refuse(y_true, wrong, "categorical cross-entropy", "targets of rows that add up to 1")

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

    sparse = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The cross-entropy of each example."""
        rows = np.reshape(y_true, (-1, 1)) == np.arange(y_pred.shape[-1])
        return super().call(rows.astype(y_pred.dtype), y_pred)

    def check_shapes(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> None:
        """Refuse targets that are not one number for each prediction."""
        if len(y_pred) != 2 or y_true not in (y_pred[:1], (y_pred[0], 1)):
            raise ValueError(
                f"class numbers of shape {y_true} and predictions of shape {y_pred} do not match: "
                "targets have shape (batch,), predictions (batch, classes); for rows of 0 and 1 "
                "take categorical_crossentropy"
            )

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Targets count from 0."""
        wrong = (y_true < 0) | (y_true != np.floor(y_true))
        refuse(
            y_true, wrong, "sparse categorical cross-entropy", "targets of class numbers 0, 1, 2, …"
        )
        if y_true.max() >= outputs:
            raise ValueError(
                f"class {y_true.max():g} needs {y_true.max() + 1:g} outputs, and this network "
                f"has {outputs}: classes count from 0"
            )


def _is_probability(y_pred: Any) -> bool:
    """Whether a sigmoid or a softmax made it, so that there is nothing to check."""
    return type(y_pred) is Value and y_pred.primitive in (sigmoid, softmax)

"""What a loss is: checks, a formula, a mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.arrays import real_array
from tinygrad_xor.derivatives.reductions import mean
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.program import one_step


class Loss:
    """What all losses share: the checks, the formula, the mean."""

    #: Predictions above it stand for 1, below it for 0.
    threshold = 0.5
    #: Whether targets are class numbers.
    sparse = False

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
        y_true = y_true if type(y_true) is Value else real_array("targets", y_true)
        y_pred = y_pred if type(y_pred) is Value else real_array("predictions", y_pred)
        self.check_shapes(y_true.shape, y_pred.shape)  # before what is in them
        if type(y_true) is not Value:
            self.check_targets(y_true, y_pred.shape[-1] if y_pred.shape else 1)
        if sample_weight is not None:
            sample_weight = real_array("sample weights", sample_weight)
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
                f"targets of shape {y_true} and predictions of shape {y_pred} do not match: "
                + self.remedy(y_true, y_pred)
            )

    def remedy(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> str:
        """What to do about shapes that differ."""
        if math.prod(y_true) == math.prod(y_pred):
            return "reshape the targets, for example y.reshape(-1, 1)"
        return "the last layer has as many units as each example has targets"

    def check_targets(self, y_true: Any, outputs: int) -> None:
        """Refuse targets that have no meaning for so many outputs."""

    def check_predictions(self, y_pred: Any) -> None:
        """Refuse predictions that have no meaning."""

    def check_activation(self, name: str, low: float, high: float) -> None:
        """Refuse a last activation, with outputs between `low` and `high`, that cannot serve."""


class SumOfLosses:
    """The losses of several outputs, each times its weight, added up.

    Args:
        losses: one for each output.
        weights: how much each counts; all 1 by default.
    """

    def __init__(self, losses: list[Loss], weights: list[float] | None = None) -> None:
        self.losses = losses
        self.weights = weights or [1.0] * len(losses)

    def __call__(self, y_true: list[Any], y_pred: list[Any]) -> Any:
        """The sum, a scalar."""
        parts = zip(self.losses, self.weights, y_true, y_pred, strict=True)
        return self._sum([loss(t, p) * w for loss, w, t, p in parts])

    def of_checked(self, y_true: list[Any], y_pred: list[Any]) -> Any:
        """The same for targets that were checked before the training."""
        parts = zip(self.losses, self.weights, y_true, y_pred, strict=True)
        return self._sum([loss.of_checked(t, p) * w for loss, w, t, p in parts])

    @staticmethod
    def _sum(parts: list[Any]) -> Any:
        return sum(parts[1:], parts[0])


@one_step(refuses=lambda values, wrong, loss, wanted: wrong)
def refuse(values: Any, wrong: Any, loss: str, wanted: str) -> Any:
    """Refuse `values` where they are wrong, with the first of them; else give back where: nowhere.

    Raises:
        ValueError: if one is.
    """
    if np.any(wrong):
        place = tuple(int(i) for i in np.argwhere(np.broadcast_to(wrong, np.shape(values)))[0])
        raise ValueError(f"{loss} takes {wanted}, not {values[place]} (at {place})")
    return wrong

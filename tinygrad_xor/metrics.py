"""Metrics: what people read beside the loss. They have no gradient, only a number.

A metric is used as in Keras: ``update_state(y_true, y_pred)`` for one batch after another,
``result()``, ``reset_state()``. A metric of your own is a subclass of `Metric` with `values`, or
any function ``f(y_true, y_pred)``, of which the mean is taken.

>>> m = BinaryAccuracy()
>>> m.update_state([[0], [1]], [[0.4], [0.3]])
>>> m.update_state([[1], [1]], [[0.9], [0.8]])
>>> m.result()
0.75
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from tinygrad_xor.arrays import real_array
from tinygrad_xor.engine.operands import plain
from tinygrad_xor.names import look_up
from tinygrad_xor.program.trees import mapped


class MetricLike(Protocol):
    """What ``compile(metrics=[...])`` takes: also the objects of ``keras.metrics``."""

    #: The key in ``history.history``.
    name: str

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Take in a batch."""

    def result(self) -> Any:
        """The metric of everything taken in since the last reset."""

    def reset_state(self) -> Any:
        """Forget everything taken in."""


class Metric:
    """A weighted mean over the examples of what `values` gives.

    Args:
        name: the key in ``history.history``.
    """

    #: What it is called where no name is given.
    default_name = "metric"
    #: Whether each target stands beside one prediction; not so for class numbers.
    same_shapes = True

    def __init__(self, name: str | None = None) -> None:
        self.name = name or self.default_name
        self.reset_state()

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """A number for each example or output, of shape ``(batch, ...)``."""
        raise TypeError(f"{type(self).__name__} has no formula: a metric defines values()")

    def counts(self, y_true: Any, y_pred: Any) -> Any:
        """Which of them count: all, unless a metric says otherwise."""
        return True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions, and how much each example counts.

        As in Keras, targets ``(batch,)`` stand beside predictions ``(batch, 1)``, and the other way
        round.

        Raises:
            ValueError: if the shapes do not fit.
        """
        y_true, y_pred = self._beside(y_true, y_pred)
        values = np.atleast_1d(np.asarray(self.values(y_true, y_pred), dtype=float))
        weights = real_array("sample weights", 1.0 if sample_weight is None else sample_weight)
        weights = weights.reshape(-1, *(1,) * (values.ndim - 1)) * self.counts(y_true, y_pred)
        weights = np.broadcast_to(weights, values.shape)
        self._total += float((values * weights).sum())
        self._count += float(weights.sum())

    def _beside(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        y_true, y_pred = real_array("targets", y_true), real_array("predictions", y_pred)
        if y_true.shape == (*y_pred.shape, 1) or y_pred.shape == (*y_true.shape, 1):
            return y_true.reshape(y_pred.shape), y_pred
        shapes = (y_true.shape, y_pred.shape)
        if not self.same_shapes:
            shapes = (y_true.shape[:1], y_pred.shape[:1])
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{self.name}: targets of shape {y_true.shape} and predictions of shape "
                f"{y_pred.shape} do not match"
            )
        return y_true, y_pred

    def result(self) -> float:
        """The mean of everything taken in since the last reset; 0 of nothing, as in Keras."""
        return self._total / self._count if self._count else 0.0

    def reset_state(self) -> None:
        """Forget everything taken in."""
        self._total = self._count = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


class MeanOfFunction(Metric):
    """The mean of what a function ``f(y_true, y_pred)`` gives, under the function's name.

    Args:
        function: gives a number for each example or output.
        name: the key in ``history.history``; the function's name by default.
    """

    same_shapes = False

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", "metric"))
        self.function = function

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """What the function gives."""
        return self.function(y_true, y_pred)


class BinaryAccuracy(Metric):
    """The part of outputs on the same side of `threshold` as their target is of 0.5.

    Args:
        name: the key in ``history.history``.
        threshold: outputs above it stand for 1.
    """

    default_name = "binary_accuracy"

    def __init__(self, name: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = threshold

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """Whether each output is right."""
        return _above_as_its_target(y_true, y_pred, self.threshold)


class CategoricalAccuracy(Metric):
    """The part of examples whose largest output is their class, with targets as rows of 0 and 1."""

    default_name = "categorical_accuracy"

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """Whether each example is right."""
        return np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1)


class SparseCategoricalAccuracy(Metric):
    """The part of examples whose largest output is their class, with targets as class numbers."""

    default_name = "sparse_categorical_accuracy"
    same_shapes = False

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """Whether each example is right."""
        return y_true.reshape(-1) == np.argmax(y_pred, axis=-1)


class MeanSquaredError(Metric):
    """The mean of (y_pred - y_true)²."""

    default_name = "mean_squared_error"

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """The squares of the differences."""
        return (y_pred - y_true) ** 2


class MeanAbsoluteError(Metric):
    """The mean of |y_pred - y_true|."""

    default_name = "mean_absolute_error"

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """The sizes of the differences."""
        return np.abs(y_pred - y_true)


class Precision(BinaryAccuracy):
    """Of the outputs above the threshold, the part whose target is 1; 0 when there are none."""

    default_name = "precision"

    def counts(self, y_true: Any, y_pred: Any) -> Any:
        """Those that are predicted to be 1."""
        return y_pred > self.threshold


class Recall(BinaryAccuracy):
    """Of the outputs whose target is 1, the part above the threshold; 0 when there are none."""

    default_name = "recall"

    def counts(self, y_true: Any, y_pred: Any) -> Any:
        """Those that are 1."""
        return y_true > 0.5


class AUC(Metric):
    """The area under the curve of true positives over false positives, as the threshold falls.

    That is how often a positive example gets a larger output than a negative one (ties count half;
    Hanley and McNeil, 1982). It is computed exactly, from all outputs; Keras approximates it with
    200 thresholds. 0 if there is only one class, as in Keras.

    >>> m = AUC()
    >>> m.update_state([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> m.result()
    0.75
    """

    default_name = "auc"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Keep the targets, the outputs and how much each example counts."""
        y_true, y_pred = self._beside(y_true, y_pred)
        weights = real_array("sample weights", 1.0 if sample_weight is None else sample_weight)
        weights = weights.reshape(-1, *(1,) * (y_true.ndim - 1))
        weights = np.broadcast_to(weights, y_true.shape)
        self._seen.append(np.array([y_true > 0.5, y_pred, weights], float).reshape(3, -1))

    def result(self) -> float:
        """The area, of everything taken in since the last reset."""
        if not self._seen:
            return 0.0
        positive, outputs, weights = np.concatenate(self._seen, axis=1)
        _, place = np.unique(outputs, return_inverse=True)
        ups, downs = (
            np.bincount(place, weights * positive),
            np.bincount(place, weights * (1 - positive)),
        )
        whole = ups.sum() * downs.sum()
        below = np.cumsum(downs) - downs / 2
        return float((ups * below).sum() / whole) if whole else 0.0

    def reset_state(self) -> None:
        """Forget everything taken in."""
        self._seen: list[Any] = []


class LossOf:
    """The mean of a loss, as a metric.

    Args:
        loss: a function of targets and predictions.
    """

    #: The end of its key in ``history.history``, behind the name of the output.
    name = "loss"

    def __init__(self, loss: Callable[[Any, Any], Any]) -> None:
        self.loss = loss
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        self._total += float(plain(self.loss(y_true, y_pred))) * len(y_true)
        self._count += len(y_true)

    def result(self) -> float:
        """The mean of everything taken in since the last reset."""
        return self._total / self._count if self._count else 0.0

    def reset_state(self) -> None:
        """Forget everything taken in."""
        self._total, self._count = 0.0, 0


class OfOutput:
    """A metric of one of several outputs.

    Args:
        place: which it is.
        output: what it is called, as the beginning of the metric's name; may be empty.
        metric: of that output.
    """

    def __init__(self, place: int, output: str, metric: MetricLike) -> None:
        self.place, self.metric = place, metric
        #: The key in ``history.history``.
        self.name = f"{output}_{metric.name}" if output else metric.name

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch, of all outputs."""
        self.metric.update_state(y_true[self.place], y_pred[self.place], sample_weight)

    def result(self) -> Any:
        """The metric of everything taken in since the last reset."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Forget everything taken in."""
        self.metric.reset_state()


#: So close to the threshold a prediction is on neither of its sides.
ON_THE_THRESHOLD = 1e-9
#: Those that give a number for each example, whatever the others are, of which the mean is taken.
_BY_EXAMPLE: set[Any] = {BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy}
_BY_EXAMPLE |= {MeanSquaredError, MeanAbsoluteError}
#: The metrics by the names that ``compile(metrics=[...])`` knows.
METRICS: dict[str, Callable[..., Metric]] = {
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "precision": Precision,
    "recall": Recall,
    "auc": AUC,
}


def get(metric: Any, *, sparse: bool, outputs: int, threshold: float) -> MetricLike:
    """The metric for a name, a function, or a metric itself.

    "accuracy" is the one that fits, as in Keras: sparse where targets are class numbers,
    categorical where there are several outputs, else binary with the `threshold` of the loss.
    """
    if isinstance(metric, str):
        known: dict[str, Callable[..., Metric]] = {"accuracy": Metric, "acc": Metric, **METRICS}
        kind, name = look_up("metric", metric, known), metric.lower()
        if name not in ("accuracy", "acc"):
            return kind(name)
        if sparse:
            return SparseCategoricalAccuracy(name)
        return CategoricalAccuracy(name) if outputs > 1 else BinaryAccuracy(name, threshold)
    if isinstance(metric, type):  # a class, as in Keras
        metric = metric()
    if hasattr(metric, "update_state"):
        out: MetricLike = metric
        return out
    if callable(metric):
        return MeanOfFunction(metric)
    raise TypeError(f"a metric is a name, a metric or a function f(y_true, y_pred), not {metric!r}")


def measure(metrics: list[MetricLike], y_true: Any, y_pred: Any) -> dict[str, float]:
    """Every metric of these targets and predictions, by its name.

    Raises:
        ValueError: if one gives several numbers.
    """
    y_true, y_pred = (mapped(lambda x: x[None], x) for x in (y_true, y_pred))
    return {metric.name: measure_each(metric, y_true, y_pred)[0] for metric in metrics}


def measure_each(metric: Any, y_true: Any, y_pred: Any) -> list[float]:
    """A metric of each of several epochs, ``(epochs, examples, ...)``."""
    if type(metric) is OfOutput:
        return measure_each(metric.metric, y_true[metric.place], y_pred[metric.place])
    if type(metric) not in _BY_EXAMPLE or (metric.same_shapes and y_true.shape != y_pred.shape):
        return [_of_one(metric, *epoch) for epoch in zip(y_true, y_pred, strict=True)]
    examples = [x.reshape(-1, *x.shape[2:]) for x in (y_true, y_pred)]
    values = metric.values(*examples)
    values = values.reshape(len(y_true), values.size // max(1, len(y_true)))  # there may be none
    return (np.add.reduce(values.astype(float), axis=1) / values.shape[1]).tolist()


def _of_one(metric: MetricLike, y_true: Any, y_pred: Any) -> float:
    metric.reset_state()
    metric.update_state(y_true, y_pred)
    result = np.asarray(metric.result())
    if result.size != 1:
        raise ValueError(
            f"{metric.name} gives {result.size} numbers, and a history takes one: choose how they "
            "are averaged"
        )
    return float(result.item())


def on_the_right_side(targets: Any, predictions: Any, threshold: float = 0.5) -> Any:
    """For each prediction, whether it is on the side of `threshold` that its target stands for.

    One within 1e-9 of `threshold` is on neither side, as rounding put it where it is: the same
    training ends up to 1e-11 elsewhere on another processor. (Metrics count as Keras does: what is
    not above `threshold` stands for 0, however close it is.)

    >>> on_the_right_side(np.array([0.0, 1.0, 0.0]), np.array([0.4, 0.3, 0.5])).tolist()
    [True, False, False]
    """
    right = _above_as_its_target(targets, predictions, threshold)
    return right & (np.abs(predictions - threshold) > ON_THE_THRESHOLD)


def _above_as_its_target(targets: Any, predictions: Any, threshold: float) -> Any:
    return (predictions > threshold) == (targets > 0.5)

"""Losses that are best differentiated whole, because their parts overflow.

A probability has lost what rounding took from it: ``sigmoid(40)`` is 1, and its slope is 0. So
where the graph knows that a sigmoid or a softmax made the probabilities p, a cross-entropy is
computed from the logits z that went into it, and its slope is p - y. The probabilities stay in the
graph and in its pictures, but the gradient goes past them: their ``grad`` stays 0. The sigmoid and
the softmax may be written out, ``1 / (1 + np.exp(-z))``. A logarithm that is written out,
``-np.log(p)``, is what it says: of a probability that rounding has made 0 or 1.
"""

from random import Random
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import Call, one_axis
from tinygrad_xor.derivatives._logits import logits, logits_against_others
from tinygrad_xor.derivatives.activations import log_softmax, sigmoid, softmax, softplus
from tinygrad_xor.engine import Primitive, primitive
from tinygrad_xor.engine.sampling import between_0_and_1, positive, real

_E_MINUS_100 = float(np.exp(-100))


class OfProbabilities(Primitive):
    """A loss of probabilities, which is computed from their logits where the graph knows them."""

    def apply(self, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """The loss of predictions and targets ``(p, y)``, or of ``(z, y, p)``."""
        p, y = inputs
        if self.name == "binary_crossentropy":
            z = logits(p, sigmoid)
            z = logits_against_others(p) if z is None else z
            if z is None:
                return super().apply(inputs, params)
            return sigmoid_crossentropy.apply((z, y, p), {})
        z = logits(p, softmax, **params)
        if z is not None:
            return softmax_crossentropy.apply((z, y, p), params)
        z = logits(p, sigmoid)
        if z is not None:  # the shares of p are the softmax of its logarithm
            return softmax_crossentropy(-softplus(-z), y, **params)
        return super().apply(inputs, params)


def _log(p: Any) -> Any:
    return np.log(np.maximum(p, _E_MINUS_100))


def _binary_crossentropy(x: Any, y: Any) -> Any:
    return -(y * _log(x) + (1.0 - y) * _log(1.0 - x))


def _sigmoid_crossentropy(x: Any, y: Any, p: Any = None) -> Any:
    return np.maximum(x, 0.0) - x * y + np.log1p(np.exp(-np.abs(x)))


def _sum(x: Any, axis: int) -> Any:
    return np.sum(x, axis=axis, keepdims=True)


def _least(p: Any, axis: int) -> Any:
    return np.maximum(p, 1e-12 * _sum(p, axis))


def _categorical_crossentropy(p: Any, y: Any, axis: int = -1) -> Any:
    return -np.sum(y * np.log(_least(p, axis) / _sum(p, axis)), axis=axis)


def _softmax_crossentropy(z: Any, y: Any, p: Any = None, axis: int = -1) -> Any:
    return -np.sum(y * np.where(y == 0, 0.0, log_softmax(z, axis=axis)), axis=axis)


def _two_alike(random: Random) -> Call:
    """Predictions and targets of one shape, and the axis of the classes."""
    (shape,), params = one_axis(random)
    return (shape, shape), params


# As in PyTorch's BCELoss, logarithms stop at -100 and the denominator at 1e-12, so that a
# prediction of exactly 0 or 1 has a finite loss and a finite gradient.
binary_crossentropy = primitive(
    _binary_crossentropy,
    "cross-entropy",
    lambda g, z, x, y: g * (x - y) / np.maximum(x * (1.0 - x), 1e-12),
    lambda g, z, x, y: g * (_log(1.0 - x) - _log(x)),
    name="binary_crossentropy",
    elementwise=True,
    real_only=True,
    domain=(between_0_and_1, between_0_and_1),
    kind=OfProbabilities,
)

# A third input are the probabilities, if they were computed: for pictures, and to compute p once.
sigmoid_crossentropy = primitive(
    _sigmoid_crossentropy,
    "σ cross-entropy",
    lambda g, z, x, y, p=None: g * ((sigmoid(x) if p is None else p) - y),
    lambda g, z, x, y, p=None: -g * x,
    name="sigmoid_crossentropy",
    elementwise=True,
    real_only=True,
    domain=(real, between_0_and_1),
)

# As in Keras, predictions are divided by their sum; what is then below 1e-12 counts as 1e-12.
categorical_crossentropy = primitive(
    _categorical_crossentropy,
    "categorical cross-entropy",
    lambda g, l, p, y, axis=-1: (
        np.expand_dims(g, axis) * (_sum(y, axis) / _sum(p, axis) - y / _least(p, axis))
    ),
    lambda g, l, p, y, axis=-1: -np.expand_dims(g, axis) * np.log(_least(p, axis) / _sum(p, axis)),
    name="categorical_crossentropy",
    calls=_two_alike,
    real_only=True,
    domain=(positive, between_0_and_1),
    kind=OfProbabilities,
)

softmax_crossentropy = primitive(
    _softmax_crossentropy,
    "softmax cross-entropy",
    lambda g, l, z, y, p=None, axis=-1: (
        np.expand_dims(g, axis) * ((softmax(z, axis=axis) if p is None else p) * _sum(y, axis) - y)
    ),
    lambda g, l, z, y, p=None, axis=-1: -np.expand_dims(g, axis) * log_softmax(z, axis=axis),
    name="softmax_crossentropy",
    calls=_two_alike,
    real_only=True,
    domain=(real, between_0_and_1),
)

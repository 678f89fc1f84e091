"""Why a network is stuck: what its hidden neurons do on the examples.

All of it is read off the hidden layer's outputs on the few examples there are, the corners of the
square for a truth table, so a reader finds the same in the explorer.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

#: A neuron is saturated where its slope is below this part of its greatest slope.
FLAT = 0.1
#: A loss falls when a tenth of the epochs takes away this part of it or more.
FALLING = 1e-3
#: Outputs that are nearer to 0.5 than this have not decided for a class.
UNDECIDED = 0.25
#: Two neurons are duplicates when their outputs correlate more than this, with either sign.
SAME = 0.999
#: A neuron that varies by less than this part of its greatest output is the same for all examples.
STEADY = 1e-9
#: Below this margin no output neuron can tell the classes apart in any practical way.
BLIND = 1e-6
#: Lengths below this part of the greatest output are 0 but for rounding. Each of the few sums and
#: products that a length comes from is off by 1e-16 of the greatest output, a little more or less
#: on another processor.
ROUNDING = 1e-12


def dead(hidden: Any, activation: str) -> Any:
    """Whether each neuron is a dead ReLU: 0 for all examples, so that no gradient moves it.

    Args:
        hidden: outputs of the hidden layer, shape ``(..., examples, units)``.
        activation: its name.

    Returns:
        Booleans of shape ``(..., units)``; all false for other activations.

    >>> dead(np.array([[0.0, 0.0], [0.0, 1.5]]), "relu").tolist()
    [True, False]
    """
    return np.all(hidden == 0, axis=-2) & (activation == "relu")


def fall(losses: Sequence[float]) -> float:
    """The part of the loss that the last tenth of the epochs took away, in the mean over it.

    Two tenths are compared, because the loss of an epoch goes up and down with the order of the
    examples. With fewer than 20 epochs there is nothing to compare: 0.

    >>> round(fall([1.0] * 16 + [0.5] * 2 + [0.4] * 2), 3)
    0.2
    """
    tenth = len(losses) // 10
    if tenth < 2:
        return 0.0
    before, last = np.mean(losses[-2 * tenth : -tenth]), np.mean(losses[-tenth:])
    return float((before - last) / before) if before > 0 else 0.0


def slow(losses: Sequence[float], outputs: Any, hidden: Any, activation: str) -> bool:
    """Whether a network that has not learned is only slow, and may with more epochs or steps.

    It is if its loss still falls by a thousandth or more in a tenth of the epochs, all outputs are
    undecided, within a quarter of 0.5, and no neuron is a dead `relu`, that no gradient reaches. So
    are sigmoids with Adam's small steps, example by example: of 300 networks 2-4-1 with a learning
    rate of 0.001 3 % learn XOR in 2,000 epochs, 69 % with all four examples in a step, and 99.7 %
    with a learning rate of 0.01.

    Args:
        losses: of all epochs.
        outputs: of the network, between 0 and 1, for all examples.
        hidden: outputs of the hidden layer, shape ``(examples, units)``.
        activation: of the hidden layer, its name.

    >>> falling = np.linspace(0.7, 0.6, 100)
    >>> slow(falling, np.array([0.4, 0.6]), np.ones((2, 3)), "sigmoid")
    True
    >>> slow(falling, np.array([0.4, 0.6]), np.zeros((2, 3)), "relu")
    False
    """
    undecided = np.all(np.abs(np.asarray(outputs) - 0.5) < UNDECIDED)
    return bool(fall(losses) >= FALLING and undecided and not np.any(dead(hidden, activation)))


def saturated(hidden: Any, activation: str) -> Any:
    """Whether each sigmoid or tanh is nearly flat for all examples, so that gradients are small.

    Nearly flat is a slope below a tenth of the greatest, which is 1/4 for the sigmoid, where
    ``slope = y (1 - y)``, and 1 for tanh, where ``slope = 1 - y²``.

    Args:
        hidden: outputs of the hidden layer, shape ``(..., examples, units)``.
        activation: its name.

    Returns:
        Booleans of shape ``(..., units)``; all false for other activations.

    >>> saturated(np.array([[0.0, -0.99], [0.9, 0.97]]), "tanh").tolist()
    [False, True]
    """
    if activation == "sigmoid":
        slope = 4 * hidden * (1 - hidden)
    elif activation == "tanh":
        slope = 1 - hidden * hidden
    else:
        slope = np.ones_like(hidden)
    return np.all(slope < FLAT, axis=-2)


def duplicate(hidden: Any) -> Any:
    """Whether each neuron repeats an earlier one: their outputs correlate by more than ±0.999.

    A weight and the output's bias turn one of the two into the other, so the second adds nothing to
    what the network can tell apart. A neuron that is the same for all examples repeats no other.

    Args:
        hidden: outputs of the hidden layer, shape ``(..., examples, units)``.

    Returns:
        Booleans of shape ``(..., units)``.

    >>> duplicate(np.array([[0.0, 1.0, 0.0], [1.0, 3.0, 0.0], [2.0, 5.0, 1.0]])).tolist()
    [False, True, False]
    """
    size = np.max(np.abs(hidden), axis=-2, keepdims=True)
    hidden = hidden / np.where(size > 0, size, 1.0)  # squares of huge outputs would overflow
    centred = hidden - np.mean(hidden, axis=-2, keepdims=True)
    length = np.sqrt(np.sum(centred * centred, axis=-2, keepdims=True))
    unit = centred / np.where(length > STEADY, length, np.inf)
    alike = np.abs(np.swapaxes(unit, -1, -2) @ unit) > SAME
    return np.any(np.tril(alike, -1), axis=-1)


def margin(hidden: Any, targets: Any) -> Any:
    """How far apart a plane can keep the two classes in the space of the hidden neurons.

    That is the best an output neuron could do with this hidden layer: the greatest m for which some
    w and b, together of length 1, have ``±(w · h + b) ≥ m`` for all examples, with the sign of each
    example's class. It is 0 when no output neuron can answer all of them.

    By duality it is the distance from 0 to the convex hull of the ``±(h, 1)`` (Boyd and
    Vandenberghe, Convex Optimization, 2004, section 8.6.1): the least length of their weighted
    means. With few examples, all sets of those with a weight above 0 can be tried.

    Args:
        hidden: outputs of the hidden layer, shape ``(..., examples, units)``, 8 examples at most.
        targets: 0 or 1 for each example.

    Returns:
        The margin, of shape ``(...)``.

    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> float(margin(corners, np.array([0, 1, 1, 0]))), bool(margin(corners, [0, 1, 1, 1]) > 0.1)
    (0.0, True)
    """
    signs = np.where(np.asarray(targets).ravel() > 0.5, 1.0, -1.0)
    ones = np.ones((*hidden.shape[:-1], 1))
    points = np.concatenate([hidden, ones], axis=-1) * signs[:, None]
    scale = np.max(np.abs(points), axis=(-2, -1), keepdims=True)
    points = points / scale  # squares of huge outputs would overflow
    examples = len(signs)
    best = np.full(points.shape[:-2], np.inf)
    for size in range(1, examples + 1):
        for chosen in itertools.combinations(range(examples), size):
            best = np.minimum(best, _nearest(points[..., chosen, :]))
    return np.where(best > ROUNDING, best, 0.0) * scale[..., 0, 0]


def _nearest(points: Any) -> Any:
    """The length of the shortest ``Σ λ p`` with ``Σ λ = 1``, inf if some λ < 0.

    It is what is left of one point when its parts along the ways to the others are taken off. The
    Gram matrix of the points would do as well, but holds squares: a length below the root of the
    rounding, 1e-8, is lost in it. Where several λ are equally short, the least is taken; if it has
    some λ < 0, a smaller set of examples has one without.
    """
    first, ways = points[..., :1, :], points[..., 1:, :] - points[..., :1, :]
    left, sizes, along = np.linalg.svd(ways, full_matrices=False)
    kept = sizes > ROUNDING
    parts = (first @ np.swapaxes(along, -1, -2)) * kept[..., None, :]
    weights = (-parts / np.where(kept, sizes, 1.0)[..., None, :]) @ np.swapaxes(left, -1, -2)
    allowed = np.all(weights >= -ROUNDING, axis=(-2, -1)) & (
        np.sum(weights, axis=(-2, -1)) <= 1 + ROUNDING
    )
    return np.where(allowed, np.linalg.norm(first - parts @ along, axis=(-2, -1)), np.inf)

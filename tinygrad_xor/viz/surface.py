"""What a network predicts over the plane, as plain numbers for every picture of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: So many examples have room to be drawn one by one, as signs with numbers in them.
FEW = 16


def checked_examples(inputs: Any, targets: Any) -> tuple[Any, Any]:
    """The examples as arrays of shapes ``(n, 2)`` and ``(n,)``; a column of targets is flattened.

    Raises:
        ValueError: if the shapes are other ones, there is no example, or an input is not finite.

    >>> checked_examples([[0, 0], [0, 1]], [[0], [1]])[1].tolist()
    [0.0, 1.0]
    """
    inputs, targets = np.asarray(inputs, dtype=float), np.asarray(targets, dtype=float)
    n = len(inputs) if inputs.ndim else 0
    if not n or inputs.shape != (n, 2) or targets.shape not in ((n,), (n, 1)):
        raise ValueError(
            "a decision surface needs inputs of shape (n, 2) and targets of shape (n,) or (n, 1), "
            f"not {inputs.shape} and {targets.shape}"
        )
    if not np.all(np.isfinite(inputs)):
        raise ValueError("inputs that are not finite have no place in the plane")
    return inputs, targets.reshape(n)


def checked_threshold(threshold: Any) -> float:
    """The number where the answer changes.

    Raises:
        ValueError: if it is no finite number.
    """
    try:
        given = float(threshold)
    except (TypeError, ValueError):
        given = float("nan")
    if not np.isfinite(given):
        raise ValueError(f"threshold={threshold!r}: the answer changes at a finite number, as 0.5")
    return given


def extent(inputs: Any) -> tuple[float, float]:
    """Where both axes begin and end: the examples, with room around them, less around many.

    >>> extent(np.array([[0.0, 0.0], [1.0, 1.0]]))
    (-0.4, 1.4)
    """
    low, high = float(inputs.min()), float(inputs.max())
    margin = (0.4 if len(inputs) <= FEW else 0.1) * ((high - low) or 1.0)
    return low - margin, high + margin


def surface(predict: Callable[[Any], Any], xs: Any, ys: Any) -> Any:
    """The predictions at all points of a grid, ``surface[row of ys, column of xs]``.

    Raises:
        ValueError: if there is not one prediction for each point.

    >>> surface(lambda x: x[:, 0] + 10 * x[:, 1], [0, 1, 2], [0, 1]).tolist()
    [[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]
    """
    points = np.stack(np.meshgrid(xs, ys), axis=-1).astype(float).reshape(-1, 2)
    predictions = np.asarray(predict(points))
    if predictions.shape not in ((len(points),), (len(points), 1)):
        raise ValueError(
            "a decision surface needs one prediction for each point, of shape (n,) or (n, 1), not "
            f"{predictions.shape} for n={len(points)}"
        )
    return predictions.reshape(len(ys), len(xs))


def reach(values: Any, threshold: float) -> float:
    """How far a scale of colours goes to both sides of `threshold`: to the furthest prediction.

    >>> reach(np.array([0.2, 0.9]), 0.5), reach(np.array([3.0, np.nan]), 0.0)
    (0.5, 3.0)
    """
    finite = values[np.isfinite(values)]
    return max(0.5, float(np.max(np.abs(finite - threshold), initial=0.0)))

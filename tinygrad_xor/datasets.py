"""Small data to learn from: truth tables, points in the plane, handwritten digits.

Points in the plane come in a random order, so that the last ones can be kept for validation, and
with targets that stand beside the output of one sigmoid, or beside a softmax for class numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.names import look_up
from tinygrad_xor.seeds import generator

#: The results for the inputs (0, 0), (0, 1), (1, 0), (1, 1).
TRUTH_TABLES: dict[str, tuple[int, int, int, int]] = {
    "xor": (0, 1, 1, 0),
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
}


def truth_table(task: str) -> tuple[Any, Any]:
    """The four inputs, of shape (4, 2), and their targets, of shape (4, 1), as float64.

    >>> X, y = truth_table("xor")
    >>> X.tolist(), y.ravel().tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])
    """
    targets = look_up("task", task, TRUTH_TABLES)
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return inputs, np.array(targets, dtype=float).reshape(4, 1)


def two_moons(
    n_samples: int = 200, noise: float = 0.1, seed: int | np.random.Generator | None = 0
) -> tuple[Any, Any]:
    """Two half circles that reach into each other: no straight line tells them apart.

    Class 0 is the upper half of the circle around (0, 0), class 1 the lower half of the one around
    (1, 0.5), both of radius 1: without noise, the points of scikit-learn's ``make_moons``.

    Args:
        n_samples: how many points; both classes have as many, or class 1 has one more.
        noise: the standard deviation of what is added to each coordinate.
        seed: of the noise and of the order.

    Returns:
        Points of shape ``(n_samples, 2)`` and targets of shape ``(n_samples, 1)``, as float64.

    Raises:
        ValueError: if there are fewer points than classes, or the noise is below 0.

    >>> X, y = two_moons(100)
    >>> X.shape, y.shape, float(y.sum())
    ((100, 2), (100, 1), 50.0)
    """
    upper, lower = (np.linspace(0, np.pi, n) for n in _sizes(n_samples, 2))
    return _points(
        [
            np.column_stack([np.cos(upper), np.sin(upper)]),
            np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)]),
        ],
        noise,
        seed,
    )


def circles(
    n_samples: int = 200,
    noise: float = 0.1,
    seed: int | np.random.Generator | None = 0,
    factor: float = 0.5,
) -> tuple[Any, Any]:
    """A small circle inside a large one: without noise, those of scikit-learn's ``make_circles``.

    Args:
        n_samples: how many points; the large circle, class 0, has as many as the small one or one
            less.
        noise: see `two_moons`, also for what is returned.
        seed: of the noise and of the order.
        factor: the radius of the small circle, class 1; that of the large one is 1.

    Raises:
        ValueError: as of `two_moons`; if `factor` is not between 0 and 1.

    >>> X, y = circles(100, noise=0)
    >>> np.linalg.norm(X[y.ravel() == 1], axis=1).round(6).min()
    np.float64(0.5)
    """
    if not 0 < factor < 1:
        raise ValueError(f"factor={factor}: the small circle's radius is between 0 and 1")
    outer, inner = (np.linspace(0, 2 * np.pi, n, endpoint=False) for n in _sizes(n_samples, 2))
    return _points(
        [
            np.column_stack([np.cos(outer), np.sin(outer)]),
            factor * np.column_stack([np.cos(inner), np.sin(inner)]),
        ],
        noise,
        seed,
    )


def spirals(
    n_samples: int = 200,
    noise: float = 0.02,
    seed: int | np.random.Generator | None = 0,
    turns: float = 1.5,
    arms: int = 2,
) -> tuple[Any, Any]:
    """Spirals wound around each other, from near the middle out to radius 1.

    Two of them with three turns are the task that K. Lang and M. Witbrock set for networks in 1988
    (Learning to tell two spirals apart, Proceedings of the Connectionist Models Summer School): as
    there, the radius grows in proportion to the angle.

    Args:
        n_samples: how many points; the arms have as many, or differ by one.
        noise: see `two_moons`, also for what is returned.
        seed: of the noise and of the order.
        turns: how often each arm goes around the middle.
        arms: how many spirals there are, each a class: 0, 1, 2, ...

    Raises:
        ValueError: as of `two_moons`; if there are less than two arms, or no turns.

    >>> X, y = spirals(300, arms=3)
    >>> X.shape, np.unique(y).tolist()
    ((300, 2), [0.0, 1.0, 2.0])
    """
    if arms < 2 or not turns > 0:
        raise ValueError(f"arms={arms} and turns={turns}: there are 2 arms or more, and they turn")
    points = []
    for arm, n in enumerate(_sizes(n_samples, arms)):
        radius = np.linspace(0.06, 1, n)
        angle = 2 * np.pi * (turns * radius + arm / arms)
        points.append(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    return _points(points, noise, seed)


def digits(
    test_share: float = 0.2, seed: int | np.random.Generator | None = 2
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Handwritten digits, to learn from and to test with, as Keras's datasets come.

    1,797 pictures of 8 x 8 points, written by 13 people: the test part of E. Alpaydin and
    C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998
    (https://doi.org/10.24432/C50P49, CC BY 4.0), which scikit-learn carries.

    Args:
        test_share: the share of each digit's pictures that is kept for the test.
        seed: of the choice and of the order. Some choices make an easier test than others; the
            default makes an ordinary one. The same people wrote both parts.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures of shape ``(n, 8, 8)``, as float64 from 0
        (paper) to 1 (ink), and the digits, 0 to 9, of shape ``(n,)``, as integers.

    Raises:
        ImportError: without scikit-learn, with what to install.
        ValueError: if `test_share` is not between 0 and 1.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share={test_share} is not between 0 and 1")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "the handwritten digits come with scikit-learn, which is not installed: "
            'pip install "tinygrad-xor[digits]"'
        ) from error
    data = load_digits()
    x, y = data.images / 16, data.target
    rng = generator(seed)
    parts: tuple[list[Any], list[Any]] = ([], [])  # the numbers of the pictures to learn, to test
    for digit in range(10):
        numbers = rng.permutation(np.flatnonzero(y == digit))
        kept = round(test_share * len(numbers))
        for part, chosen in zip(parts, (numbers[kept:], numbers[:kept]), strict=True):
            part.append(chosen)
    train, test = (rng.permutation(np.concatenate(part)) for part in parts)
    return (x[train], y[train]), (x[test], y[test])


def _sizes(n_samples: int, classes: int) -> list[int]:
    """How many points each class gets: the same for all, or one more for the last ones."""
    if n_samples < classes:
        raise ValueError(f"n_samples={n_samples}: {classes} classes need {classes} points or more")
    return [(n_samples + i) // classes for i in range(classes)]


def _points(
    classes: list[Any], noise: float, seed: int | np.random.Generator | None
) -> tuple[Any, Any]:
    """The points of the classes 0, 1, ... with noise, in a random order, and their targets."""
    if not noise >= 0:
        raise ValueError(f"noise={noise}: a standard deviation is not below 0")
    rng = generator(seed)
    points = np.concatenate(classes)
    targets = np.repeat(np.arange(len(classes), dtype=float), [len(c) for c in classes])
    points = points + rng.normal(0, noise, points.shape)
    order = rng.permutation(len(points))
    return points[order], targets[order, None]

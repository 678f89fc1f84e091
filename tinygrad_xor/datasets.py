"""Small data to learn from: the truth tables of two inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.names import look_up

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

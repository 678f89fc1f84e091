"""Where gradient tests draw their inputs: where an operation is defined and smooth, nowhere else.

A `Domain` maps *any* real array into the set it describes. Hypothesis draws plain numbers and the
domain moves them: nothing is rejected, and a failing example shrinks to the simplest number there.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np


class Domain:
    """A set of real arrays: its description, and a map of all arrays into it.

    A thin set, which small moves leave, has a linear map back onto it too: a symmetric matrix stays
    symmetric.

    Args:
        text: what it is called in tables and messages.
        project: maps any array into it.
        back: of a thin set, maps arrays near it back into it.

    >>> positive.text, bool((positive.project(np.array([-2.0, 0.0])) > 0).all())
    ('x > 0', True)
    """

    def __init__(
        self,
        text: str,
        project: Callable[[Any], Any],
        back: Callable[[Any], Any] | None = None,
    ) -> None:
        self.text = text
        self.project = project
        self.back = back


def lattice(offset: float) -> Domain:
    """Multiples of one half plus `offset`: arrays from two lattices never tie or come close."""
    return Domain(f"x = k/2 + {offset}", lambda a: np.round(2 * a) / 2 + offset)


def _rank(a: Any) -> Any:
    flat = np.argsort(np.argsort(np.ravel(a), kind="stable"))
    return (0.5 * flat - 0.25 * np.size(a) + 0.1).reshape(np.shape(a))


def _symmetric(a: Any) -> Any:
    return (a + np.swapaxes(np.conj(a), -1, -2)) / 2


def _near_identity(a: Any) -> Any:
    """Well conditioned, with different singular values, and no zero beside the diagonal.

    At a zero there, vectors of a decomposition change their sign.
    """
    rows, columns = np.shape(a)[-2:]
    beside = np.where(np.tri(rows, columns), 0.3, 0.25)
    return a / 15 + beside + np.eye(rows, columns) * (0.7 + np.arange(columns))


real = Domain("any x", lambda a: a)
small = Domain("-1 ≤ x ≤ 1", lambda a: a / 3)
positive = Domain("x > 0", lambda a: np.exp(0.5 * a))
nonzero = Domain("x ≠ 0", lambda a: a + np.where(np.real(a) < 0, -0.25, 0.25))
between_0_and_1 = Domain("0 < x < 1", lambda a: 0.5 + 0.45 * np.tanh(a))
integers = Domain("integers", lambda a: np.round(a).astype(int))
inside_1 = Domain("-1 < x < 1", lambda a: 0.9 * np.tanh(a))
above_1 = Domain("x > 1", lambda a: 1.1 + np.exp(0.5 * a))
invertible = Domain("matrices near diagonal ones", _near_identity)
symmetric = Domain("symmetric matrices", lambda a: _symmetric(_near_identity(a)), back=_symmetric)
distinct = Domain("no two elements near each other, none near 0", _rank)
condition = Domain("true or false", lambda a: a > 0)

#: Draws the shapes of the inputs, and the parameters, of one valid call.
CallSampler = Callable[[Random], tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]

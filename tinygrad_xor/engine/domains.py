"""Where an operation is defined and smooth: gradient tests draw inputs there and nowhere else.

A `Domain` maps *any* real array into the set it describes. Hypothesis draws plain numbers and the
domain moves them: nothing is rejected, and a failing example shrinks to the simplest number there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Domain:
    """A set of real arrays: its description, and a map of all arrays into it.

    >>> positive.text, bool((positive.project(np.array([-2.0, 0.0])) > 0).all())
    ('x > 0', True)
    """

    text: str
    project: Callable[[Any], Any]


def lattice(offset: float) -> Domain:
    """Multiples of one half plus `offset`: arrays from two lattices never tie or come close."""
    return Domain(f"x = k/2 + {offset}", lambda a: np.round(2 * a) / 2 + offset)


def _rank(a: Any) -> Any:
    flat = np.argsort(np.argsort(np.ravel(a), kind="stable"), kind="stable")
    return (0.5 * flat - 0.25 * np.size(a)).reshape(np.shape(a))


real = Domain("any x", lambda a: a)
small = Domain("-1 ≤ x ≤ 1", lambda a: a / 3)
positive = Domain("x > 0", lambda a: np.exp(0.5 * a))
nonzero = Domain("x ≠ 0", lambda a: a + np.copysign(0.25, a))
between_0_and_1 = Domain("0 < x < 1", lambda a: 0.5 + 0.45 * np.tanh(a))
distinct = Domain("no two elements near each other", _rank)
condition = Domain("true or false", lambda a: a > 0)

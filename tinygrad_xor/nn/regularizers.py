"""What is added to the loss so that weights stay small: ``Dense(5, kernel_regularizer="l2")``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinygrad_xor.names import look_up

#: A function of the kernel, a Value, that gives one number.
Regularizer = Callable[[Any], Any]


class L1L2:
    """``l1 * sum(|w|) + l2 * sum(w ** 2)``, as in Keras.

    The first pulls every weight towards 0 with the same force, so that some end there; the second
    pulls the large ones more (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, 7.1).

    Args:
        l1: how much the sizes count.
        l2: how much the squares count.

    Raises:
        ValueError: if one is no finite number of 0 or more.

    >>> float(L1L2(l1=0.5, l2=0.25)(np.array([[1.0, -2.0]])))
    2.75
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        for name, factor in (("l1", l1), ("l2", l2)):
            if not 0 <= factor < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {factor!r}")
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, kernel: Any) -> Any:
        """The penalty of a kernel."""
        parts = []
        if self.l1:
            parts.append(self.l1 * np.sum(np.abs(kernel)))
        if self.l2 or not parts:
            parts.append(self.l2 * np.sum(kernel * kernel))
        return sum(parts[1:], parts[0])

    def __repr__(self) -> str:
        return f"L1L2(l1={self.l1!r}, l2={self.l2!r})"


class L1(L1L2):
    """``l1 * sum(|w|)``.

    >>> float(L1(0.1)(np.array([[1.0, -2.0]])).round(9))
    0.3
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """``l2 * sum(w ** 2)``.

    >>> float(L2(0.1)(np.array([[1.0, -2.0]])))
    0.5
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


REGULARIZERS: dict[str, type[L1L2]] = {"l1": L1, "l2": L2}


def get(regularizer: str | Regularizer | Mapping[str, float] | None) -> Regularizer | None:
    """The penalty for a name, a function itself, what `config_of` gave, or ``None`` for none.

    >>> get("l2"), get({"l1": 0.1, "l2": 0.0})
    (L1L2(l1=0.0, l2=0.01), L1L2(l1=0.1, l2=0.0))
    """
    if isinstance(regularizer, Mapping):
        return L1L2(**regularizer)
    if regularizer is None or (callable(regularizer) and not isinstance(regularizer, type)):
        return regularizer
    if isinstance(regularizer, type):  # Keras takes the class, too
        return get(regularizer())
    return look_up("regularizer", regularizer, REGULARIZERS)()


def config_of(regularizer: Regularizer | None) -> dict[str, Any]:
    """The argument that makes it, for files; none if there is none, and a text for one's own.

    >>> config_of(L2(0.5)), config_of(None)
    ({'kernel_regularizer': {'l1': 0.0, 'l2': 0.5}}, {})
    """
    if regularizer is None:
        return {}
    known = type(regularizer) in (L1, L2, L1L2)
    return {"kernel_regularizer": dict(vars(regularizer)) if known else repr(regularizer)}

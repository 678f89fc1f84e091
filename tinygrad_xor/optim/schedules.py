"""Learning rates that change from step to step: ``Adam(learning_rate=CosineDecay(0.01, 1000))``.

Names, arguments and formulas are Keras's. A schedule is called with the number of steps taken so
far, and calls only NumPy on it, so that compiled training follows it too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


class Schedule:
    """The learning rate as a function of the number of steps taken. A subclass defines `__call__`.

    Two are equal if they are of one kind with the same settings.

    >>> class Halved(Schedule):
    ...     def __call__(self, step):
    ...         return 0.1 / (1 + (step >= 100))
    >>> Halved()(0), Halved()(100)
    (0.1, 0.05)
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate of the next step, when `step` of them have been taken."""
        raise TypeError(f"{type(self).__name__} has no formula: a schedule defines __call__(step)")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


@dataclass(eq=False, repr=False)
class _Decay(Schedule):
    """What falls from a learning rate, in so many steps."""

    initial_learning_rate: float
    decay_steps: float

    def __post_init__(self) -> None:
        for name in ("initial_learning_rate", "decay_steps", "decay_rate", "power"):
            if not 0 < (value := vars(self).get(name, 1)) < math.inf:
                raise ValueError(f"{name} must be greater than 0, not {value!r}")


@dataclass(eq=False, repr=False)
class ExponentialDecay(_Decay):
    """``initial · rate^(step / decay_steps)``.

    Args:
        initial_learning_rate: of the first step.
        decay_steps: after so many steps it is `decay_rate` times what it was.
        decay_rate: by what it is multiplied.
        staircase: whether to change it only after each `decay_steps` steps.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    decay_rate: float
    staircase: bool = False

    def __call__(self, step: Any) -> Any:
        """The learning rate after so many steps."""
        part = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (
            np.floor(part) if self.staircase else part
        )


class InverseTimeDecay(ExponentialDecay):
    """``initial / (1 + rate · step / decay_steps)``.

    Args:
        initial_learning_rate: of the first step.
        decay_steps: how many steps count as one.
        decay_rate: how fast it falls.
        staircase: whether to change it only after each `decay_steps` steps.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)(30)
    0.025
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate after so many steps."""
        part = step / self.decay_steps
        part = np.floor(part) if self.staircase else part
        return self.initial_learning_rate / (1 + self.decay_rate * part)


@dataclass(eq=False, repr=False)
class PolynomialDecay(_Decay):
    """``(initial - end) · (1 - step / decay_steps)^power + end``, and ``end`` after `decay_steps`.

    Args:
        initial_learning_rate: of the first step.
        decay_steps: how many steps it falls.
        end_learning_rate: where it ends.
        power: 1 is a straight line.

    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
    np.float64(0.05)
    """

    end_learning_rate: float = 0.0001
    power: float = 1.0

    def __call__(self, step: Any) -> Any:
        """The learning rate after so many steps."""
        left = 1 - np.minimum(step / self.decay_steps, 1.0)
        falls = self.initial_learning_rate - self.end_learning_rate
        return falls * left**self.power + self.end_learning_rate


@dataclass(eq=False, repr=False)
class CosineDecay(_Decay):
    """Half a wave from ``initial`` to ``alpha · initial`` (Loshchilov and Hutter, 2017, eq. 5).

    Args:
        initial_learning_rate: of the first step.
        decay_steps: how many steps it falls.
        alpha: which part of it is left.

    >>> CosineDecay(0.1, decay_steps=10)(10)
    np.float64(0.0)
    """

    alpha: float = 0.0

    def __call__(self, step: Any) -> Any:
        """The learning rate after so many steps."""
        wave = 0.5 * (1 + np.cos(math.pi * np.minimum(step / self.decay_steps, 1.0)))
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


class PiecewiseConstantDecay(Schedule):
    """``values[0]`` up to the step ``boundaries[0]``, then ``values[1]``, and so on.

    Args:
        boundaries: numbers of steps, in increasing order.
        values: learning rates, one more than `boundaries`.

    >>> schedule = PiecewiseConstantDecay([2, 4], [0.1, 0.01, 0.001])
    >>> [float(schedule(step)) for step in range(6)]
    [0.1, 0.1, 0.1, 0.01, 0.01, 0.001]
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float]) -> None:
        self.boundaries, self.values = list(boundaries), list(values)
        if len(self.values) != len(self.boundaries) + 1 or sorted(boundaries) != self.boundaries:
            raise ValueError(
                f"there is one learning rate more than there are boundaries in increasing order, "
                f"not {self.values} for {self.boundaries}"
            )

    def __call__(self, step: Any) -> Any:
        """The learning rate after so many steps."""
        rate: Any = self.values[0]
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = np.where(step > boundary, value, rate)
        return rate


#: The schedules by their names in files.
SCHEDULES = {
    kind.__name__: kind
    for kind in (
        ExponentialDecay,
        InverseTimeDecay,
        PolynomialDecay,
        CosineDecay,
        PiecewiseConstantDecay,
    )
}

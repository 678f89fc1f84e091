"""Training that cannot get anywhere: it says so, where it would only have taken time."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from tinygrad_xor.optim import Optimizer

#: With a smaller loss there is nothing left to learn.
LEAST_LOSS = 1e-6
#: With smaller slopes the weights are at rest because they are in a valley.
LEAST_SLOPE = 1e-9


class Standstill:
    """Watches whether anything moves. What it finds it warns of, and the training goes on.

    What moves too far, until the loss is no number, it stops.

    Args:
        optimizer: holds the parameters that learn.
        targets: of all examples.
    """

    def __init__(self, optimizer: Optimizer, targets: Any) -> None:
        self.optimizer = optimizer
        self.targets = targets
        self._start: Any = self._weights()
        self._losses: tuple[float, ...] = ()
        self._no_gradient_at_first = False

    def after_epochs(self, epoch: int, losses: list[float]) -> None:
        """Look once, after the first epoch, at the targets and how far the weights have moved.

        Args:
            epoch: the number of the first of these epochs, from 0.
            losses: the mean over each.

        Raises:
            ValueError: if the last is no number, with what to do.
        """
        self.refuse_nan(losses[-1], f"epoch {epoch + len(losses)}")
        self._losses = (*self._losses, *losses)[-2:]
        start, self._start = self._start, None
        if start is None:
            return
        loss = losses[0]
        if len(self.targets) > 1 and np.all(self.targets == self.targets[:1]):
            _warn(
                f"all {len(self.targets)} targets are the same, {self.targets[0].tolist()}: the "
                "network can only learn to give that, whatever comes in"
            )
        if loss < LEAST_LOSS:
            return
        if _largest(self._weights() - start) > self._rounding() * _largest(start):
            return
        steepest = self._steepest()
        if steepest == 0:
            self._no_gradient_at_first = True
            _warn(_no_gradient(loss))
        elif steepest > LEAST_SLOPE:
            _warn(
                f"the first epoch moved no weight by more than rounding: the learning rate, "
                f"{self.optimizer.lr:g}, is too small for slopes of {steepest:.2g} at most"
            )

    def refuse_nan(self, loss: float, when: str) -> None:
        """Raise ValueError for a loss that is no finite number, with what to do."""
        if not math.isfinite(loss):
            raise ValueError(
                f"training diverged: the loss of {when} is {loss}. "
                f"Lower the learning rate (it is {self.optimizer.lr}) or scale the inputs"
            )

    def after_training(self) -> None:
        """Look whether nothing moved in the end either, if there is a loss to lower.

        That the last step had no slope is not enough: its batch may be one that is right already,
        or that does not count, while others still learn. Then the loss does not stay.
        """
        if not self._losses:
            return
        before, loss = self._losses[0], self._losses[-1]
        stays = len(self._losses) == 2 and abs(loss - before) <= 100 * self._rounding() * loss
        if (
            stays
            and loss >= LEAST_LOSS
            and self._steepest() == 0
            and not self._no_gradient_at_first
        ):
            _warn(_no_gradient(loss))

    def _rounding(self) -> float:
        return max(float(np.finfo(p.dtype).eps) for p in self.optimizer.parameters)

    def _steepest(self) -> float:
        return _largest(np.concatenate([p.grad for p in self.optimizer.parameters], axis=None))

    def _weights(self) -> Any:
        """All in a row, in an array of its own."""
        return np.concatenate([p.numpy() for p in self.optimizer.parameters], axis=None)


def _no_gradient(loss: float) -> str:
    return (
        f"no gradient reaches any weight, and the loss stays at {loss:.3g}: either this is the "
        "least there is around these weights, or the outputs do not depend on them, as behind "
        "a ReLU that gives 0 for all examples (take no activation, or leaky_relu) or a softmax "
        "of one unit (take sigmoid)"
    )


def _largest(x: Any) -> float:
    return float(np.max(np.abs(x), initial=0))


def _warn(words: str) -> None:
    warnings.warn(words, stacklevel=5)  # where `fit` or `train` is called

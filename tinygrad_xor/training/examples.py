"""Inputs with their targets, and what is refused before the first step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.arrays import checked_array
from tinygrad_xor.optim import Optimizer


@dataclass(frozen=True)
class Examples:
    """Inputs with their targets.

    Attributes:
        inputs: shape ``(examples, ...)``, or a list of such.
        targets: shape ``(examples, outputs)``, or ``(examples,)`` for class numbers; or a list.
        weights: how much each example counts, ``(examples,)``; ``None`` if all count the same.
    """

    inputs: Any
    targets: Any
    weights: Any = None

    def __len__(self) -> int:
        targets = self.targets
        return len(targets[0] if isinstance(targets, list) else targets)

    def __getitem__(self, index: Any) -> Examples:
        """Some of the examples: by a slice, or by an array of numbers."""
        return type(self)(*_some(self.arrays, index))

    def beside(self) -> Any:
        """The targets; those of several outputs in one array, side by side."""
        if not isinstance(self.targets, list):
            return self.targets
        return np.concatenate([x.reshape(len(x), -1) for x in self.targets], axis=1)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The inputs, the targets, and the weights if there are any."""
        every = (self.inputs, self.targets, self.weights)
        return tuple([x for x in every if x is not None])

    def batches(self, size: int) -> Iterator[tuple[Any, ...]]:
        """What a step takes, one batch after the other; the last may be smaller."""
        arrays = self.arrays
        for start in range(0, len(self), size):
            yield _some(arrays, slice(start, start + size))


def _some(arrays: tuple[Any, ...], index: Any) -> tuple[Any, ...]:
    """Some of the examples, of each array or list of arrays."""
    return tuple([[y[index] for y in x] if isinstance(x, list) else x[index] for x in arrays])


@dataclass(frozen=True)
class Order:
    """The order of the examples, another in each epoch.

    Attributes:
        count: how many examples there are.
        source: what draws it; without it, the examples stay in the order in which they are.
    """

    count: int
    source: np.random.Generator | None

    def __call__(self, epochs: int) -> Any:
        """The places of the examples in so many epochs, ``(epochs, examples)``.

        NumPy draws the rows of ``permuted`` one after the other, each as ``permutation`` draws it.
        """
        rows = np.tile(np.arange(self.count), (epochs, 1))
        return rows if self.source is None else self.source.permuted(rows, axis=1)


def checked_examples(
    inputs: Any, targets: Any, loss: Any, output_shape: tuple[int, ...] | None
) -> Examples:
    """Examples that can be trained on: finite, in pairs, fit for the loss.

    Args:
        inputs: shape ``(examples, features)``.
        targets: shape ``(examples, outputs)``.
        loss: if it is a `Loss`, it looks at the targets.
        output_shape: of the model for one example; ``None`` if it is not known.
    """
    inputs, targets = checked_array("inputs", inputs), checked_array("targets", targets)
    check_pairs(inputs, targets)
    if hasattr(loss, "check_targets"):
        loss.check_targets(targets, (output_shape or (math.inf,))[-1])
    return Examples(inputs, targets)


def check_pairs(inputs: Any, targets: Any) -> None:
    """Refuse inputs and targets that do not come in pairs.

    Raises:
        ValueError: if their numbers differ, or there are none.
    """
    if len(inputs) != len(targets) or not len(inputs):
        raise ValueError(
            f"{len(inputs)} inputs and {len(targets)} targets: there must be a target for each "
            "input, and one example at least"
        )


def check_counts(epochs: Any, batch_size: Any) -> None:
    """Refuse numbers of epochs and of examples in a batch that cannot be trained.

    Raises:
        TypeError: if they are not whole numbers.
        ValueError: if they are too small.
    """
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(count, (int, np.integer)):
            raise TypeError(f"{name} is a whole number, not {count!r}")
    if epochs < 0 or batch_size < 1:
        raise ValueError(f"epochs={epochs} and batch_size={batch_size} cannot be trained")


def check_optimizer(optimizer: Any, model: Any) -> None:
    """Refuse what is no optimizer, or moves none of the model's parameters.

    Raises:
        TypeError: if it is no `Optimizer`.
        ValueError: if it holds the parameters of something else.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"the optimizer is made for parameters, Adam(model.parameters()), not {optimizer!r}"
        )
    if hasattr(model, "parameters"):
        ours = set(map(id, model.parameters()))
        if ours.isdisjoint(map(id, optimizer.parameters)):
            raise ValueError(
                "this optimizer moves other parameters than the model has: make it with "
                "Adam(model.parameters())"
            )

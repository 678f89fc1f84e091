"""Epochs, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_xor.callbacks import CallbackList
from tinygrad_xor.engine.operands import plain
from tinygrad_xor.program.trees import flatten, mapped
from tinygrad_xor.training.examples import Examples
from tinygrad_xor.training.step import Step


class Epochs(NamedTuple):
    """What finished epochs were like, one or several.

    Attributes:
        losses: the mean loss of each.
        targets: in the order of the epoch, ``(epochs, examples, ...)``.
        predictions: as they were while the epoch ran; ``None`` if nobody asks for them.
        state: of the step after them, if the parameters have not moved yet.
        is_interrupted: whether Ctrl-C came after them.
        states: those after each, if they were asked for.
    """

    losses: list[float]
    targets: Any
    predictions: Any
    state: Any = None
    is_interrupted: bool = False
    states: Sequence[Any] = ()


def step_by_step(
    step: Step,
    examples: Examples,
    size: int,
    order: Callable[[int], Any],
    hooks: CallbackList,
    keep: bool,
) -> Epochs:
    """One pass over the examples.

    Args:
        step: takes a batch, moves the parameters, gives the loss and the predictions.
        examples: to learn from.
        size: examples in one step; the last batch may be smaller.
        order: gives the places of the examples.
        hooks: what is called between the steps.
        keep: whether the predictions are asked for.
    """
    seen = examples[order(1)[0]]
    total, count, most = 0.0, 0, len(seen)
    predictions = []
    between = hooks.act_between_steps
    for number, batch in enumerate(seen.batches(size)):
        if between:
            hooks.call("on_train_batch_begin", number, {})
        error, prediction = step(*batch)
        examples_in = min(size, most - count)
        total += error.item() * examples_in
        count += examples_in
        if keep:
            predictions.append(plain(prediction))
        if between:
            hooks.call("on_train_batch_end", number, {"loss": total / count})
    kept = _joined(predictions) if keep else None
    return Epochs([total / count], mapped(lambda x: x[None], seen.targets), kept)


def _joined(batches: list[Any]) -> Any:
    """The predictions of one epoch: an array ``(1, examples, ...)``, or a tree of such."""
    if hasattr(batches[0], "dtype"):
        return np.concatenate(batches)[None]
    columns = zip(*[flatten(batch)[0] for batch in batches], strict=True)
    return flatten(batches[0])[1](np.concatenate(column)[None] for column in columns)

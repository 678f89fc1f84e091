"""Inputs with their targets: checked, so that they fit the network, the loss and each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.arrays import checked_array
from tinygrad_xor.nn.loss import Loss
from tinygrad_xor.nn.stack import Stack
from tinygrad_xor.training.examples import Examples, check_pairs


def labelled(model: Stack, loss: Loss, x: Any, y: Any, sample_weight: Any = None) -> Examples:
    """The inputs `x` and the targets `y`, checked.

    Raises:
        ValueError: with what does not fit, and where.
    """
    inputs = checked_array("inputs", x)
    targets = checked_array("targets", y, least_axes=1)
    check_pairs(inputs, targets)
    model.refuse_no_layers()
    if model.input_shape is None:
        model.build(inputs.shape[1:])
    if inputs.shape[1:] != model.input_shape:
        raise ValueError(
            f"this network takes inputs of shape {(len(inputs), *(model.input_shape or ()))}, "
            f"not {inputs.shape}"
        )
    outputs = (len(inputs), *(model.output_shape or ()))
    if targets.ndim == 1 and outputs[1:] == (1,):
        targets = targets.reshape(-1, 1)
    loss.check_shapes(targets.shape, outputs)
    loss.check_targets(targets, outputs[-1])
    return Examples(inputs, targets, _weights(targets, sample_weight))


def weighted_by_class(examples: Examples, class_weight: Any) -> Examples:
    """The same examples; the weight of each is its own times that of its class.

    As in Keras, a class that `class_weight` does not name counts 1.

    Raises:
        TypeError: if a weight is no number.
        ValueError: if `class_weight` is no dict, names none of the classes, or has a weight of NaN.
    """
    if not isinstance(class_weight, dict):
        raise ValueError(f"class_weight is a dict such as {{0: 1.0, 1: 3.0}}: {class_weight!r}")
    targets = examples.targets
    several = targets.ndim == 2 and targets.shape[1] > 1
    classes = (np.argmax(targets, axis=1) if several else targets.reshape(-1)).tolist()
    if set(classes).isdisjoint(class_weight):
        raise ValueError(
            f"class_weight names {list(class_weight)}, and the classes are {sorted(set(classes))}"
        )
    of_class = [class_weight.get(c, 1.0) for c in classes]
    of_class = checked_array("the weights of the classes", of_class, least_axes=1)
    weights = of_class if examples.weights is None else examples.weights * of_class
    return replace(examples, weights=weights)


def split(
    model: Stack,
    loss: Loss,
    examples: Examples,
    validation_split: float,
    validation_data: tuple[Any, ...] | None,
) -> tuple[Examples, Examples | None]:
    """The examples to learn from, and those to look at only."""
    if validation_data is not None:
        if len(validation_data) not in (2, 3):
            raise ValueError(
                f"validation_data is (x, y) or (x, y, sample_weight), not {len(validation_data)} "
                "things"
            )
        return examples, labelled(model, loss, *validation_data)
    if not 0 <= validation_split < 1:
        raise ValueError(f"validation_split={validation_split} is not at least 0 and below 1")
    if not validation_split:
        return examples, None
    kept = int(len(examples) * (1 - validation_split))
    if not 0 < kept < len(examples):
        raise ValueError(
            f"validation_split={validation_split} of {len(examples)} examples leaves {kept} to "
            f"learn from and {len(examples) - kept} to look at"
        )
    return examples[:kept], examples[kept:]


def _weights(targets: Any, sample_weight: Any) -> Any:
    """How much each example counts, ``(examples,)``; ``None`` if all count the same."""
    if sample_weight is None:
        return None
    weights = checked_array("sample weights", sample_weight, least_axes=1).reshape(-1)
    if len(weights) != len(targets):
        raise ValueError(f"{len(weights)} sample weights for {len(targets)} examples")
    return weights

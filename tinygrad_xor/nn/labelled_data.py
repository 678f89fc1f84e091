"""Inputs with their targets: checked, so that they fit the network, the loss and each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.arrays import checked_array
from tinygrad_xor.nn.loss import Loss
from tinygrad_xor.nn.network import Network
from tinygrad_xor.training.examples import Examples, check_pairs


def labelled(
    model: Network, losses: list[Loss], x: Any, y: Any, sample_weight: Any = None
) -> Examples:
    """The inputs `x` and the targets `y`, checked.

    Raises:
        ValueError: with what does not fit, and where.
    """
    model.refuse_no_layers()
    inputs = model.in_order("inputs", x) if model.takes_list else [x]
    inputs = [checked_array("inputs", one) for one in inputs]
    targets = model.in_order("targets", y) if model.gives_list else [y]
    targets = [checked_array("targets", one, least_axes=1) for one in targets]
    for one in inputs:
        check_pairs(one, targets[0])
    for one in targets:
        check_pairs(inputs[0], one)
    if model.input_shape is None:
        model.build(inputs[0].shape[1:])
    shapes = model.input_shape if model.takes_list else [model.input_shape]
    for one, shape in zip(inputs, shapes, strict=True):
        if one.shape[1:] != shape:
            raise ValueError(
                f"this network takes inputs of shape {(len(one), *shape)}, not {one.shape}"
            )
    outputs = model.output_shape if model.gives_list else [model.output_shape]
    for i, (loss, shape) in enumerate(zip(losses, outputs, strict=True)):
        if targets[i].ndim == 1 and shape == (1,):
            targets[i] = targets[i].reshape(-1, 1)
        loss.check_shapes(targets[i].shape, (len(targets[i]), *shape))
        loss.check_targets(targets[i], shape[-1] if shape else len(targets[i]))
    if sample_weight is not None and len(losses) > 1:
        raise ValueError("sample_weight is for one output; loss_weights are for several")
    return Examples(
        inputs if model.takes_list else inputs[0],
        targets if model.gives_list else targets[0],
        _weights(targets[0], sample_weight),
    )


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
    if isinstance(targets, list):
        raise ValueError("class_weight is for a network whose outputs are no list, as in Keras")
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
    model: Network,
    losses: list[Loss],
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
        return examples, labelled(model, losses, *validation_data)
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

"""How a network learns: what ``model.compile`` was asked for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor import metrics
from tinygrad_xor.derivatives.activations import softmax
from tinygrad_xor.metrics import MetricLike
from tinygrad_xor.nn.activations import RANGES, name_of
from tinygrad_xor.nn.loss import Loss
from tinygrad_xor.nn.losses import MeanAbsoluteError, MeanSquaredError
from tinygrad_xor.nn.stack import Stack
from tinygrad_xor.optim import Optimizer


@dataclass
class Compiled:
    """How a network learns.

    Attributes:
        optimizer: without parameters until training begins.
        loss: what to make smaller.
        metrics: names, metrics or functions, as they were asked for.
        run_eagerly: whether to take one step after the other.
    """

    optimizer: Optimizer
    loss: Loss
    metrics: list[Any]
    run_eagerly: bool = False

    def metrics_for(self, outputs: int) -> list[MetricLike]:
        """The metrics for a network of so many outputs.

        Raises:
            ValueError: if one has the name of another, or of the loss.
        """
        how: dict[str, Any] = {"sparse": self.loss.sparse, "threshold": self.loss.threshold}
        chosen = [metrics.get(m, outputs=outputs, **how) for m in self.metrics]
        names = ["loss", *(metric.name for metric in chosen)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"two numbers of the history would be called {name!r}: give the metric "
                    "another name="
                )
        return chosen

    def check_layers(self, stack: Stack) -> None:
        """Refuse layers that cannot give what the loss reads.

        Raises:
            ValueError: with what to take instead.
        """
        for layer in stack.layers:
            units = getattr(layer, "units", (layer.input_shape or (2,))[-1])
            if getattr(layer, "activation", None) is softmax and units == 1:
                raise ValueError(
                    f"the softmax of one unit is always 1, so {layer!r} would learn nothing: for "
                    "one output take binary_crossentropy and 'sigmoid', for classes a unit for each"
                )
        if name := _last_activation(stack):
            self.loss.check_activation(name, *RANGES[name])

    def warn_of_numbers(self, stack: Stack, targets: Any) -> None:
        """Warn where targets are numbers, and the network is made for classes."""
        if not isinstance(self.loss, (MeanSquaredError, MeanAbsoluteError)):
            return
        least, most = float(targets.min()), float(targets.max())
        given = f"the targets go from {least:g} to {most:g}"
        name = _last_activation(stack)
        if name and not RANGES[name][0] <= least <= most <= RANGES[name][1]:
            warnings.warn(
                f"{given}, and {name!r} as the last activation gives numbers from "
                f"{RANGES[name][0]:g} to {RANGES[name][1]:g}: scale the targets, or take no "
                "activation",
                stacklevel=3,
            )
        of_classes = (metrics.BinaryAccuracy, metrics.CategoricalAccuracy)
        chosen = self.metrics_for(targets.shape[-1])
        counted = next((m.name for m in chosen if isinstance(m, of_classes)), None)
        if counted and (values := len(np.unique(targets))) > 2:
            warnings.warn(
                f"{counted} tells two classes apart, and {given}, with {values} values: for "
                'numbers take metrics=["mae"]',
                stacklevel=3,
            )


def _last_activation(stack: Stack) -> str | None:
    """The name of the activation that gives the outputs, if its range is known."""
    last = stack.output_layer()
    name = None if last is None else name_of(last.activation)
    return name if name in RANGES else None

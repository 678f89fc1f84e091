"""How a network learns: what ``model.compile`` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinygrad_xor import metrics
from tinygrad_xor.metrics import MetricLike
from tinygrad_xor.nn.losses import Loss, SparseCategoricalCrossentropy
from tinygrad_xor.optim import Optimizer


@dataclass
class Compiled:
    """How a network learns.

    Attributes:
        optimizer: without parameters until training begins.
        loss: what to make smaller.
        metrics: names, metrics or functions, as they were asked for.
    """

    optimizer: Optimizer
    loss: Loss
    metrics: list[Any]

    def metrics_for(self, outputs: int) -> list[MetricLike]:
        """The metrics for a network of so many outputs.

        Raises:
            ValueError: if one has the name of another, or of the loss.
        """
        sparse = isinstance(self.loss, SparseCategoricalCrossentropy)
        threshold = self.loss.threshold
        chosen = [
            metrics.get(m, sparse=sparse, outputs=outputs, threshold=threshold)
            for m in self.metrics
        ]
        names = ["loss", *(metric.name for metric in chosen)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"two numbers of the history would be called {name!r}: give the metric "
                    "another name="
                )
        return chosen

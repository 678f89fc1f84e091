"""How a network learns: what ``model.compile`` was asked for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_xor import metrics
from tinygrad_xor.derivatives.activations import softmax
from tinygrad_xor.metrics import MetricLike, OfOutput
from tinygrad_xor.nn.activations import RANGES, name_of
from tinygrad_xor.nn.loss import Loss, SumOfLosses
from tinygrad_xor.nn.losses import MeanAbsoluteError, MeanSquaredError
from tinygrad_xor.nn.network import Network
from tinygrad_xor.optim import Optimizer


@dataclass
class Compiled:
    """How a network learns.

    Attributes:
        optimizer: without parameters until training begins.
        losses: what to make smaller: a loss for each output.
        metrics: names, metrics or functions, as they were asked for, for each output.
        run_eagerly: whether to take one step after the other.
        loss_weights: how much each loss counts.
        names: of the outputs; none if they are no list.
    """

    optimizer: Optimizer
    losses: list[Loss]
    metrics: list[list[Any]]
    run_eagerly: bool = False
    loss_weights: list[float] | None = None
    names: list[str] = field(default_factory=list)

    #: What to make smaller: the loss, or the sum of several.
    loss: Any = field(init=False)

    def __post_init__(self) -> None:
        several = SumOfLosses(self.losses, self.loss_weights)
        self.loss = several if self.names else self.losses[0]

    def metrics_for(self, outputs: list[int]) -> list[MetricLike]:
        """The metrics for a network with outputs of so many numbers.

        Raises:
            ValueError: if one has the name of another, or of the loss.
        """
        chosen: list[MetricLike] = []
        if len(self.names) > 1:
            parts = zip(self.names, self.losses, strict=True)
            chosen += [OfOutput(i, name, metrics.LossOf(x)) for i, (name, x) in enumerate(parts)]
        for i, (loss, asked) in enumerate(zip(self.losses, self.metrics, strict=True)):
            how: dict[str, Any] = {"sparse": loss.sparse, "threshold": loss.threshold}
            for one in asked:
                metric = metrics.get(one, outputs=outputs[i], **how)
                prefix = self.names[i] if len(self.names) > 1 else ""
                chosen.append(OfOutput(i, prefix, metric) if self.names else metric)
        names = ["loss", *(metric.name for metric in chosen)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"two numbers of the history would be called {name!r}: give the metric "
                    "another name="
                )
        return chosen

    def check_layers(self, network: Network) -> None:
        """Refuse layers that cannot give what the loss reads.

        Raises:
            ValueError: with what to take instead.
        """
        for layer in network.flat_layers:
            units = getattr(layer, "units", (layer.input_shape or (2,))[-1])
            if getattr(layer, "activation", None) is softmax and units == 1:
                raise ValueError(
                    f"the softmax of one unit is always 1, so {layer!r} would learn nothing: for "
                    "one output take binary_crossentropy and 'sigmoid', for classes a unit for each"
                )
        for i, loss in enumerate(self.losses):
            if name := _last_activation(network, i):
                loss.check_activation(name, *RANGES[name])

    def warn_of_numbers(self, network: Network, targets: Any) -> None:
        """Warn where targets are numbers, and the network is made for classes."""
        for i, one in enumerate(targets if self.names else [targets]):
            self._warn_of_numbers(_last_activation(network, i), i, one)

    def _warn_of_numbers(self, name: str | None, i: int, targets: Any) -> None:
        if not isinstance(self.losses[i], (MeanSquaredError, MeanAbsoluteError)):
            return
        least, most = float(targets.min()), float(targets.max())
        given = f"the targets go from {least:g} to {most:g}"
        if name and not RANGES[name][0] <= least <= most <= RANGES[name][1]:
            warnings.warn(
                f"{given}, and {name!r} as the last activation gives numbers from "
                f"{RANGES[name][0]:g} to {RANGES[name][1]:g}: scale the targets, or take no "
                "activation",
                stacklevel=4,
            )
        of_classes = (metrics.BinaryAccuracy, metrics.CategoricalAccuracy)
        how: dict[str, Any] = {"sparse": False, "threshold": self.losses[i].threshold}
        chosen = [metrics.get(m, outputs=targets.shape[-1], **how) for m in self.metrics[i]]
        counted = next((m.name for m in chosen if isinstance(m, of_classes)), None)
        if counted and (values := len(np.unique(targets))) > 2:
            warnings.warn(
                f"{counted} tells two classes apart, and {given}, with {values} values: for "
                'numbers take metrics=["mae"]',
                stacklevel=4,
            )


def for_each(what: str, asked: Any, names: list[str]) -> list[Any]:
    """What was asked for the outputs of these names: a list or a dict, or one thing for all.

    Raises:
        ValueError: if there are others than the outputs.

    >>> for_each("loss", {"b": "mse", "a": "mae"}, ["a", "b"])
    ['mae', 'mse']
    """
    if isinstance(asked, dict):
        if (what == "loss" and set(asked) != set(names)) or not set(asked) <= set(names):
            raise ValueError(f"{what} for {sorted(asked)}, and the outputs are {names}")
        return [asked.get(name) for name in names]
    if not isinstance(asked, (list, tuple)):
        return [asked] * len(names)
    if len(asked) != len(names):
        raise ValueError(
            f"{len(asked)} things as {what}, and the outputs are {names}: a list with one for "
            "each, or a dict"
        )
    return list(asked)


def _last_activation(network: Network, output: int) -> str | None:
    """The name of the activation that gives an output, if its range is known."""
    last = network.output_layer(output)
    name = None if last is None else name_of(last.activation)
    return name if name in RANGES else None

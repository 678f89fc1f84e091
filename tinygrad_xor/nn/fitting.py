"""What ``model.fit`` and ``model.evaluate`` do: examples in, epochs, metrics, callbacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor import metrics
from tinygrad_xor.callbacks import Callback
from tinygrad_xor.engine import no_grad
from tinygrad_xor.metrics import MetricLike
from tinygrad_xor.nn.examples import Examples, split
from tinygrad_xor.nn.losses import Loss, SparseCategoricalCrossentropy
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.progress import VERBOSE
from tinygrad_xor.training import (
    History,
    refuse_divergence,
    train_epoch,
    training_call,
)

if TYPE_CHECKING:
    from tinygrad_xor.nn.sequential import Sequential


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


def fit(
    model: Sequential,
    examples: Examples,
    *,
    batch_size: int,
    epochs: int,
    verbose: int | str,
    callbacks: Any,
    validation_split: float,
    validation_data: tuple[Any, ...] | None,
    class_weight: dict[int, float] | None,
    shuffle: bool,
    initial_epoch: int,
) -> History:
    """Train `model`; the arguments are those of ``Sequential.fit``."""
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(count, (int, np.integer)):
            raise TypeError(f"{name} is a whole number, not {count!r}")
    if epochs < 0 or batch_size < 1 or initial_epoch < 0:
        raise ValueError(
            f"epochs={epochs}, batch_size={batch_size} and initial_epoch={initial_epoch} cannot "
            "be trained"
        )
    examples, validation = split(model, examples, validation_split, validation_data)
    if class_weight is not None:  # as in Keras, what is only looked at counts as it is
        examples = examples.weighted_by_class(class_weight)
    compiled = model.compiled
    learning = model.trainable_parameters()
    if not learning:
        raise ValueError("every layer is frozen: set layer.trainable = True for one at least")
    held = set(map(id, compiled.optimizer.parameters))
    if held and held.isdisjoint(map(id, model.parameters())):
        raise ValueError(
            "this optimizer moves the parameters of another network, and would forget how far it "
            "is there: compile each network with an optimizer of its own"
        )
    compiled.optimizer.bind(learning)
    chosen = compiled.metrics_for(_outputs(model))
    steps = -(-len(examples) // batch_size)
    hooks = _Hooks(callbacks, model, {"epochs": epochs, "steps": steps, "verbose": verbose})
    history = model.history = History(initial_epoch=initial_epoch)
    forward = training_call(model)
    model.stop_training = False
    hooks.call("on_train_begin", {})
    try:
        for epoch in range(initial_epoch, epochs):
            hooks.call("on_epoch_begin", epoch, {})
            order = model.rng.permutation(len(examples)) if shuffle else slice(None)
            seen = examples[order]
            mean, predictions = train_epoch(
                forward,
                seen.inputs,
                seen.targets,
                seen.weights,
                loss=compiled.loss,
                optimizer=compiled.optimizer,
                batch_size=batch_size,
                **hooks.between_steps(),
            )
            row = {"loss": mean, **metrics.measure(chosen, seen.targets, predictions)}
            refuse_divergence(mean, epoch + 1, compiled.optimizer)
            if validation is not None:
                row |= {f"val_{name}": v for name, v in evaluate(model, validation).items()}
            history.rows.append(row)
            hooks.call("on_epoch_end", epoch, row)
            if model.stop_training:
                break
    finally:
        hooks.call("on_train_end", history.rows[-1] if history.rows else {})
    return history


def evaluate(model: Sequential, examples: Examples) -> dict[str, float]:
    """The loss and the metrics of `examples`, by their names."""
    compiled = model.compiled
    with no_grad():
        predictions = model(examples.inputs)
        weights = () if examples.weights is None else (examples.weights,)
        loss = compiled.loss(examples.targets, predictions, *weights)
    chosen = compiled.metrics_for(_outputs(model))
    return {
        "loss": float(loss.item()),
        **metrics.measure(chosen, examples.targets, predictions.data),
    }


class _Hooks:
    """The callbacks of one training, called one after the other."""

    def __init__(self, callbacks: Any, model: Sequential, params: dict[str, Any]) -> None:
        given = callbacks or []
        self.callbacks: list[Any] = list(given) if isinstance(given, Iterable) else [given]
        if params["verbose"] not in VERBOSE:
            raise ValueError(f"verbose={params['verbose']!r}: there are 0, 1, 2 and 'auto'")
        if shown := VERBOSE[params["verbose"]]:
            self.callbacks.append(shown())
        for callback in self.callbacks:
            if isinstance(callback, type):
                raise TypeError(f"{callback.__name__} is a class: write {callback.__name__}()")
            if not hasattr(callback, "set_model"):
                raise TypeError(f"{callback!r} is not a callback: make it a subclass of Callback")
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(model)

    def call(self, hook: str, *args: Any) -> None:
        """Call `hook` of each."""
        for callback in self.callbacks:
            getattr(callback, hook)(*args)

    def between_steps(self) -> dict[str, Any]:
        """What to call before and after each step: nothing, if no callback acts there."""
        acts = any(
            getattr(getattr(c, name), "__func__", None) is not getattr(Callback, name)
            for c in self.callbacks
            for name in ("on_train_batch_begin", "on_train_batch_end")
        )
        if not acts:
            return {}
        return {
            "before_step": lambda step: self.call("on_train_batch_begin", step, {}),
            "after_step": lambda step, loss: self.call("on_train_batch_end", step, {"loss": loss}),
        }


def _outputs(model: Sequential) -> int:
    assert model.output_shape is not None
    return model.output_shape[-1]

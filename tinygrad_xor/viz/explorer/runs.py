"""A recorded training, small enough for a page: the weights as they were, and the loss."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.engine import no_grad
from tinygrad_xor.nn import BinaryCrossentropy, Sequential, losses
from tinygrad_xor.nn.activations import ELEMENTWISE, name_of
from tinygrad_xor.snapshots import Snapshot, Snapshots
from tinygrad_xor.training import History

#: A run keeps at most about this many snapshots in the page.
KEEP = 160


@dataclass
class Run:
    """One training of a network of dense layers.

    Attributes:
        name: what the page calls it, such as ``"relu, seed 0"``.
        model: the network as it is after training.
        X: the examples, shape ``(n, features)``.
        y: their targets, shape ``(n, outputs)``, or ``(n,)`` for one output.
        history: `Snapshots` of it as it learned; a `History`, for its loss only; or
            None, for the network as it is.
        loss: ``loss(y_true, y_pred)`` or the name of one; by default the one that the network was
            compiled with, else binary cross-entropy.

    Raises:
        TypeError: if `model` or `history` is something else.
        ValueError: if the examples do not fit the network, if the snapshots show another or none,
            or if the page cannot compute it: it has an activation of your own, or no layers.
    """

    name: str
    model: Sequential
    X: Any
    y: Any
    history: Snapshots | History | None = None
    loss: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.model, Sequential):
            raise TypeError(f"the explorer shows a Sequential, not {type(self.model).__name__}")
        if self.loss is None:
            known = self.model.is_compiled
            self.loss = self.model.compiled.loss if known else BinaryCrossentropy()
        self.loss = losses.get(self.loss)
        self.X, self.y = np.asarray(self.X, dtype=float), np.asarray(self.y, dtype=float)
        if self.y.ndim == 1:
            self.y = self.y[:, None]
        if not self.model.layers:
            raise ValueError("the network has no layers: add(Dense(1)) puts one in")
        layers = self.model.dense_layers()
        wanted = (layers[0].kernel.shape[0], layers[-1].units)
        given = (*self.X.shape[1:], *self.y.shape[1:])
        if self.X.ndim != 2 or len(self.X) != len(self.y) or not len(self.X) or given != wanted:
            raise ValueError(
                f"examples of shape {self.X.shape} and targets of shape {self.y.shape} do not fit "
                f"a network of {wanted[0]} inputs and {wanted[1]} outputs: there must be a row of "
                "each for every example, and one example at least"
            )
        self._check_history()
        there = [*ELEMENTWISE, "softmax"]
        unknown = [name for name in self.activations if name not in there]
        if unknown:
            raise ValueError(
                f"the explorer's page cannot compute the activation {unknown[0]!r}: it knows "
                + ", ".join(there)
            )

    def _check_history(self) -> None:
        if isinstance(self.history, Snapshots):
            if not self.history.kept or not self.history.show(self.model):
                raise ValueError(
                    "the snapshots show no epoch of this network: pass them to "
                    "model.fit(callbacks=[snapshots]) first"
                )
        elif not isinstance(self.history, History | None):
            raise TypeError(
                "history= is the Snapshots that fit(callbacks=[snapshots]) filled, or what fit "
                f"returned, not {type(self.history).__name__}"
            )

    @property
    def activations(self) -> list[str]:
        """The name of each layer's activation."""
        return [name_of(layer.activation) for layer in self.model.dense_layers()]

    @property
    def snapshots(self) -> list[Snapshot]:
        """The network at all recorded moments; only as it is now, where none were recorded."""
        if isinstance(self.history, Snapshots):
            kept = self.history.kept
            step = -(-len(kept) // KEEP)
            return [*kept[:-1:step], kept[-1]]
        rows = self.history.rows if self.history is not None else []
        last = {"loss": np.nan, "accuracy": np.nan, **(rows[-1] if rows else {})}
        weights = self.model.get_weights()
        return [Snapshot(len(rows), weights, [], last["loss"], last["accuracy"])]

    def _loss(self, snapshot: Snapshot) -> float:
        """The loss of the epoch; before training, when none was noted, that of the examples."""
        if not np.isnan(snapshot.loss):
            return snapshot.loss
        model = copy.deepcopy(self.model)
        model.set_weights(snapshot.weights)
        with no_grad(), np.errstate(all="ignore"):
            return float(self.loss(self.y, model.predict(self.X)))

    def payload(self) -> dict[str, Any]:
        """What the page needs of it, as numbers, lists and texts."""
        snapshots = self.snapshots
        return {
            "name": self.name,
            "layers": [
                {"inputs": layer.kernel.shape[0], "units": layer.units, "bias": layer.use_bias}
                | {"activation": name}
                for layer, name in zip(self.model.dense_layers(), self.activations, strict=True)
            ],
            "X": self.X.tolist(),
            "y": self.y.tolist(),
            "threshold": getattr(self.loss, "threshold", 0.5),
            "epochs": [s.epoch for s in snapshots],
            "loss": [self._loss(s) for s in snapshots],
            "accuracy": [s.accuracy for s in snapshots],
            "weights": [flat(s.weights) for s in snapshots],
        }


def flat(weights: list[Any]) -> list[float]:
    """All numbers of the arrays in a row.

    >>> flat([np.ones((1, 2)), np.zeros(1)])
    [1.0, 1.0, 0.0]
    """
    return [float(x) for w in weights for x in np.ravel(w)]

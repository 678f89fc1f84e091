"""One step of training: the predictions, the loss, its gradient, the optimizer's update."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.numbers import plain
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.training.draws import Draws

if TYPE_CHECKING:
    from tinygrad_xor.compiler.scan import Scan


class Step:
    """A step: ``step(x, y)`` moves the parameters, ``step.pure(state, batch)`` gives new ones.

    Args:
        model: called with a batch of inputs; with ``training=True``, if it takes that argument.
            What its ``penalties()`` gives, if it has that, is added to the loss.
        loss: ``loss(y_true, y_pred)``, or with the weights as a third argument if there are any.
        optimizer: holds the parameters that learn.
        gradient: where the backward pass starts.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        loss: Callable[..., Any],
        optimizer: Optimizer,
        gradient: float | None = None,
    ) -> None:
        self.model = model
        learns = "training" in inspect.signature(model).parameters
        #: The model, called as in training.
        self.forward = functools.partial(model, training=True) if learns else model
        self.loss: Callable[..., Any] = getattr(loss, "of_checked", loss)
        #: What the model adds to the loss of each batch, called after the predictions.
        self.penalties: Callable[[], list[Any]] = getattr(model, "penalties", list)
        self.optimizer = optimizer
        self.gradient = gradient
        every = getattr(model, "weights", None) or getattr(model, "parameters", list)()
        #: All that a step may change: the parameters that learn, those that do not, and buffers.
        self.parameters = list({id(p): p for p in [*optimizer.parameters, *every]}.values())
        #: The random numbers that its layers want.
        self.draws = Draws(model)
        self._scan: Scan | None = None
        self._key: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles compile anew: machine code stays where it is."""
        return {**vars(self), "_scan": None, "_key": None}

    def __call__(self, x: Any, y: Any, *weights: Any) -> tuple[Value, Any]:
        """The loss and the predictions of a batch, after which the parameters have moved.

        Raises:
            TypeError: if the loss has no gradient.
        """
        prediction = self.forward(x)
        error = self.loss(y, prediction, *weights)
        if not isinstance(error, Value):
            raise TypeError(
                f"the loss is {error!r}, a plain number, which has no gradient: compute it from "
                "the predictions with NumPy's functions, and not from their .data"
            )
        error = sum(self.penalties(), error)
        optimizer = self.optimizer
        optimizer.zero_grad()
        error.backward(self.gradient)
        optimizer.step()
        return error, prediction

    # -- the same without anything that changes -------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """All that a step reads and changes, as arrays and numbers in a dict."""
        optimizer = self.optimizer
        return {
            "parameters": [p.data for p in self.parameters],
            "gradients": [p.grad for p in optimizer.parameters],
            "averages": optimizer.averages(),
            "steps": optimizer.steps,
            "lr": optimizer.lr,
        }

    @state.setter
    def state(self, new: dict[str, Any]) -> None:
        optimizer = self.optimizer
        for p, data in zip(self.parameters, new["parameters"], strict=True):
            p.data = _own(data)
        for p, g in zip(optimizer.parameters, new["gradients"], strict=True):
            p.grad = g
        optimizer.state = {name: _own(x) for name, x in new["averages"].items()}
        optimizer.steps = new["steps"]
        optimizer.lr = new["lr"]

    def pure(self, state: Any, batch: Any) -> tuple[Any, tuple[Any, Any]]:
        """The state after a step, and the loss and the predictions of it; all stays as it is.

        NumPy is all that it calls on the arrays, so that `program.trace` can write it down: forward
        pass, backward pass and update are one `Program` then.

        Args:
            state: as `state` is.
            batch: the inputs, the targets and, if there are any, the weights; and the random
                numbers that layers want, in the order in which they ask for them.

        >>> import numpy as np
        >>> from tinygrad_xor.optim import SGD
        >>> w = Value(2.0)
        >>> step = Step(lambda x: x * w, lambda y, p: np.mean((p - y) ** 2), SGD([w], lr=0.1))
        >>> batch = (np.array([1.0]), np.array([1.0])), []
        >>> step.pure(step.state, batch)[0]["parameters"], w.data
        ([1.8], 2.0)
        """
        data, numbers = batch
        before = self.state
        try:
            self.state = state | {"gradients": [None for _ in self.optimizer.parameters]}
            with self.draws.given(numbers):
                error, prediction = self(*data)
            return self.state, (error.data, plain(prediction))
        finally:
            self.state = before

    # -- compiled -------------------------------------------------------------------------------

    def scan(self, keep: bool, each: bool) -> Scan:
        """What takes many steps at once: traced anew where something else is to be computed.

        Args:
            keep: whether the predictions are asked for.
            each: whether the state after each step is.
        """
        from tinygrad_xor.compiler.scan import Scan  # long to import, and only when many steps go

        def noting(state: Any, batch: Any) -> tuple[Any, Any]:
            state, (loss, prediction) = self.pure(state, batch)
            return state, (loss, prediction if keep else (), state if each else ())

        key = keep, each, self._settings()
        if self._scan is None or key != self._key:
            self._key, self._scan = key, Scan(noting, "numpy")
        return self._scan

    def take_over(self, other: Step | None) -> None:
        """Use what another step has compiled, as far as it is the same."""
        if other is not None:
            self._key, self._scan = other._key, other._scan

    def _settings(self) -> tuple[Any, ...]:
        """All that is fixed in a compiled step, and may be another in the next training."""
        moving = ("parameters", "state", "steps", "lr", "_slices")
        settings = {k: x for k, x in vars(self.optimizer).items() if k not in moving}
        layers = [
            (x, x.trainable, str(x.config()))
            for x in getattr(self.model, "flat_layers", getattr(self.model, "layers", ()))
            if hasattr(x, "config")
        ]
        places = [id(p) for p in (*self.optimizer.parameters, *self.parameters)]
        return self.model, self.loss, type(self.optimizer), settings, layers, places


def _own(x: Any) -> Any:
    """A copy, which a step may write into."""
    return x.copy() if hasattr(x, "copy") else x

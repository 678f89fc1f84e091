"""One step of training: the predictions, the loss, its gradient, the optimizer's update."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tinygrad_xor.engine import Value
from tinygrad_xor.optim import Optimizer


class Step:
    """A step: ``step(x, y)`` moves the parameters, ``step.pure(state, batch)`` gives new ones.

    Args:
        model: called with a batch of inputs; with ``training=True``, if it takes that argument.
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
        learns = "training" in inspect.signature(model).parameters
        self.forward = functools.partial(model, training=True) if learns else model
        self.loss: Callable[..., Any] = getattr(loss, "of_checked", loss)
        self.optimizer = optimizer
        self.gradient = gradient
        every = model.parameters() if hasattr(model, "parameters") else []
        #: All parameters: those that learn, and those that do not.
        self.parameters = list({id(p): p for p in [*optimizer.parameters, *every]}.values())

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

    def pure(self, state: dict[str, Any], batch: tuple[Any, ...]) -> tuple[dict[str, Any], Any]:
        """The state after a step on `batch`, and its loss and predictions; all stays as it is.

        NumPy is all that it calls on the arrays, so that `program.trace` can write it down: forward
        pass, backward pass and update are one `Program` then.

        >>> import numpy as np
        >>> from tinygrad_xor.optim import SGD
        >>> from tinygrad_xor.program import trace
        >>> w = Value(2.0)
        >>> step = Step(lambda x: x * w, lambda y, p: np.mean((p - y) ** 2), SGD([w], lr=0.1))
        >>> step.pure(step.state, (np.array([1.0]), np.array([1.0])))[0]["parameters"], w.data
        ([1.8], 2.0)
        """
        before = self.state
        try:
            self.state = state | {"gradients": [None for _ in self.optimizer.parameters]}
            error, prediction = self(*batch)
            return self.state, (error.data, getattr(prediction, "data", prediction))
        finally:
            self.state = before


def _own(x: Any) -> Any:
    """A copy, which a step may write into."""
    return x.copy() if hasattr(x, "copy") else x

"""Optimizers: how a parameter moves when its gradient is known.

An optimizer is made for a list of parameters, which are leaf Values. The loop is PyTorch's
(``model.fit`` runs it for you)::

    optimizer = Adam(model.parameters(), lr=0.001)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

`adam` is for functions: ``adam(grad(loss), start)`` calls ``loss(x, i)`` at every step i, and gives
the x that it came to.
"""

from collections.abc import Callable

from tinygrad_xor.names import look_up
from tinygrad_xor.optim.adaptive import Adadelta, Adagrad, Adamax, Nadam
from tinygrad_xor.optim.functional import adam
from tinygrad_xor.optim.methods import SGD, Adam, AdamW, RMSprop
from tinygrad_xor.optim.optimizer import Optimizer
from tinygrad_xor.optim.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Schedule,
)

#: The optimizers by the names that the command line knows.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": lambda parameters=None, lr=0.01: SGD(parameters, lr, momentum=0.9),
    "nesterov": lambda parameters=None, lr=0.01: SGD(parameters, lr, momentum=0.9, nesterov=True),
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "adamax": Adamax,
    "nadam": Nadam,
}


def get(name: str) -> Callable[..., Optimizer]:
    """The optimizer for a name: a function of the parameters and, if wanted, the learning rate."""
    return look_up("optimizer", name, OPTIMIZERS)


__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "Nadam",
    "Optimizer",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "RMSprop",
    "Schedule",
    "adam",
    "get",
]

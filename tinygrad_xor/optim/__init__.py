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

from tinygrad_xor.optim.functional import adam
from tinygrad_xor.optim.methods import OPTIMIZERS, SGD, Adam, AdamW, RMSprop, get
from tinygrad_xor.optim.optimizer import Optimizer

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "adam", "get"]

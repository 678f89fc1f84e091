"""One network that learns a truth table, as the commands train it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tinygrad_xor.callbacks import Callback
from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Loss, Sequential
from tinygrad_xor.optim import get as get_optimizer
from tinygrad_xor.training import History, train


@dataclass
class Training:
    """How a training went.

    Attributes:
        model: the network.
        seed: of its weights and of the order of the examples.
        tries: how many networks were tried, with this one.
        history: of the loss and the accuracy.
        interrupted: whether Ctrl-C ended it.
    """

    model: Sequential
    seed: int
    tries: int = 1
    history: History = field(default_factory=History)
    interrupted: bool = False

    def run(
        self,
        args: argparse.Namespace,
        loss: Loss,
        on_epoch: Callable[[History], None] | Callback,
    ) -> None:
        """Train until the last epoch, or until Ctrl-C.

        Raises:
            CommandError: if the loss becomes NaN or infinite.
        """
        inputs, targets = truth_table(args.task)
        optimizer = get_optimizer(args.optimizer)(self.model.trainable_parameters(), lr=args.lr)
        how = {"epochs": args.epochs, "batch_size": args.batch_size, "seed": self.seed}
        how |= {"history": self.history, "on_epoch": on_epoch}
        try:
            train(self.model, inputs, targets, loss=loss, optimizer=optimizer, **how)
        except KeyboardInterrupt:
            self.interrupted = True
        except ValueError as error:
            raise CommandError(say("job.diverged", why=error)) from error

    def right(self, loss: Loss, task: str) -> Any:
        """Which of the four answers are right."""
        inputs, targets = truth_table(task)
        return on_the_right_side(targets, self.model.predict(inputs), loss.threshold).ravel()

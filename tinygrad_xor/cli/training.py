"""One network that learns a truth table, as the commands train it, and what they say of it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

import numpy as np

from tinygrad_xor.atlas import stuck
from tinygrad_xor.callbacks import Callback
from tinygrad_xor.cli.errors import DONE, FAILED, INTERRUPTED, CommandError
from tinygrad_xor.columns import aligned
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.engine import Value
from tinygrad_xor.language import say, spoken
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Dense, Loss, Sequential
from tinygrad_xor.nn.activations import name_of
from tinygrad_xor.optim import get as get_optimizer
from tinygrad_xor.training import History, train


@dataclass
class Training:
    """A network, how it is trained, and how that went.

    Attributes:
        args: of the command.
        loss: what falls.
        model: the network.
        seed: of its weights and of the order of the examples.
        tries: how many networks were tried, with this one.
        history: of the loss and the accuracy.
        interrupted: whether Ctrl-C ended it.
    """

    args: argparse.Namespace
    loss: Loss
    model: Sequential
    seed: int
    tries: int = 1
    history: History = field(default_factory=History)
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.inputs, self.targets = truth_table(self.args.task)

    def run(self, on_epoch: Callable[[History], None] | Callback) -> None:
        """Train until the last epoch, or until Ctrl-C.

        Raises:
            CommandError: if the loss becomes NaN or infinite.
        """
        args, model = self.args, self.model
        optimizer = get_optimizer(args.optimizer)(model.trainable_parameters(), lr=args.lr)
        how = {"epochs": args.epochs, "batch_size": args.batch_size, "seed": self.seed}
        how |= {"loss": self.loss, "optimizer": optimizer}
        try:
            train(model, self.inputs, self.targets, history=self.history, on_epoch=on_epoch, **how)
        except KeyboardInterrupt:
            self.interrupted = True
        except ValueError as error:
            raise CommandError(say("job.diverged", why=error)) from error

    @property
    def predictions(self) -> Any:
        """What it answers for the four examples."""
        return self.model.predict(self.inputs)

    def right(self) -> Any:
        """Which of the four answers are right."""
        return on_the_right_side(self.targets, self.predictions, self.loss.threshold).ravel()

    @property
    def learned(self) -> bool:
        """Whether all are."""
        return bool(self.right().all())

    @property
    def hidden(self) -> Dense:
        """The first layer."""
        return self.model.dense_layers()[0]

    @property
    def exit_code(self) -> int:
        """How a command ends that trained it."""
        return INTERRUPTED if self.interrupted else DONE if self.learned else FAILED

    # -- in words -------------------------------------------------------------------------------

    def ending(self) -> str:
        """How training ended, in one sentence."""
        if self.interrupted:
            epoch = self.history.epochs + 1
            return say("job.interrupted", epoch=epoch, epochs=self.args.epochs)
        how = {"task": self.args.task.upper(), "seed": self.seed}
        how["tries"] = say("job.tries", n=self.tries)
        return say("job.learned", **how) if self.learned else say("job.not_learned", **how)

    def why_stuck(self) -> str:
        """What it predicts wrongly, and why: it is only slow, or stuck with so many dead ReLUs."""
        predictions = self.predictions.ravel()
        rows = zip(self.inputs, self.targets.ravel(), predictions, self.right(), strict=True)
        wrong = [
            say("job.wrong", prediction=prediction, inputs=tuple(int(v) for v in x), target=int(y))
            for x, y, prediction, ok in rows
            if not ok
        ]
        said = {"seed": self.seed, "wrong": "; ".join(wrong)}
        losses, outputs = self.history.loss, self.hidden(self.inputs).data
        if stuck.slow(losses, predictions, outputs, name_of(self.hidden.activation)):
            return say("job.slow", fall=stuck.fall(losses), **said)
        return "\n".join([say("job.stuck", **said), *self.dead_or_alive()])

    def dead_or_alive(self) -> list[str]:
        """A line on the dead neurons of the first layer, if it has ReLUs."""
        if name_of(self.hidden.activation) != "relu":
            return []
        outputs = self.hidden(Value(self.inputs)).data  # a frozen layer gives arrays for arrays
        dead, of = int(np.sum(stuck.dead(outputs, "relu"))), {"of": self.hidden.units}
        return [say("job.dead", n=dead, **of) if dead else say("job.none_dead", **of)]

    def truth_table(self) -> str:
        """The inputs, the targets, the predictions, and whether each is right."""
        rows = [
            (f"{x[0]:.0f}", f"{x[1]:.0f}", f"{y:.0f}", f"{p:.4f}")
            for x, y, p in zip(
                self.inputs, self.targets.ravel(), self.predictions.ravel(), strict=True
            )
        ]
        heads = ("x1", "x2", say("job.target"), say("job.prediction"))
        head, rule, *lines = aligned([heads, None, *rows])
        verdicts = [say("job.right") if ok else say("job.WRONG") for ok in self.right()]
        marked = [f"{line}  {verdict}" for line, verdict in zip(lines, verdicts, strict=True)]
        return "\n".join([head, rule, *marked])

    def surface(self, stream: TextIO) -> str:
        """The decision surface, in colour on a terminal; empty if there are no such characters."""
        from tinygrad_xor.viz import decision_text

        how: Any = {"threshold": self.loss.threshold, "lang": spoken()}
        how["colour"] = stream.isatty() and not os.environ.get("NO_COLOR")
        words = decision_text(self.model.predict, self.inputs, self.targets, **how)
        try:
            words.encode(stream.encoding or "utf-8")
        except UnicodeEncodeError:
            return ""
        return words

    def weights(self) -> str:
        """The weights and biases of every layer."""
        lines = []
        for p in self.model.parameters():
            array = np.array2string(p.data, precision=4, suppress_small=True, floatmode="fixed")
            indent = " " * (len(str(p.label)) + 3)
            lines.append(f"{p.label} = " + array.replace("\n", "\n" + indent))
        return "\n".join(lines)

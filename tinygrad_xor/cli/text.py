"""What the command says: lines and tables of plain text."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import name_of

if TYPE_CHECKING:
    from tinygrad_xor.cli.job import Outcome


def settings(args: argparse.Namespace) -> str:
    """What is about to be trained, in one line."""
    steps = f"{args.epochs} epochs, batch size {args.batch_size}"
    return (
        f"Training {args.task.upper()}: 2 inputs → {args.hidden} {args.activation} → 1 output; "
        f"{args.loss}, {args.optimizer} (lr {args.lr:g}), {steps}"
    )


def ending(args: argparse.Namespace, outcome: Outcome) -> str:
    """How training ended, in one sentence."""
    task = args.task.upper()
    if outcome.interrupted:
        return f"interrupted in epoch {outcome.history.epochs + 1} of {args.epochs}"
    tries = "1 try" if outcome.tries == 1 else f"{outcome.tries} tries"
    if outcome.learned:
        return f"learned {task} in {tries} (seed {outcome.seed})"
    return f"did not learn {task} in {tries} (last seed {outcome.seed})"


def why_stuck(outcome: Outcome, inputs: Any, targets: Any, right: Any) -> str:
    """What a stuck run predicts wrongly, and the reason that can be seen: dead ReLUs."""
    predictions = outcome.model.predict(inputs).ravel()
    wrong = [
        f"{prediction:.2f} for {tuple(int(v) for v in x)}, which is {int(y)}"
        for x, y, prediction, ok in zip(inputs, targets.ravel(), predictions, right, strict=True)
        if not ok
    ]
    lines = [f"  stuck with seed {outcome.seed}: it predicts {'; '.join(wrong)}"]
    hidden = outcome.model.dense_layers()[0]
    if name_of(hidden.activation) == "relu":
        dead = dead_neurons(outcome.model, inputs)
        lines.append(
            f"  {dead} of {hidden.units} ReLU neurons are dead: they give 0 for all four inputs, "
            "so no gradient reaches their weights and they cannot recover"
            if dead
            else f"  none of its {hidden.units} ReLU neurons is dead: it needs another start, more "
            "epochs or more neurons"
        )
    return "\n".join(lines)


def dead_neurons(model: Sequential, inputs: Any) -> int:
    """How many neurons of the first layer give 0 for every input."""
    return int(np.sum(np.all(model.dense_layers()[0](inputs).data <= 0, axis=0)))


def truth_table(inputs: Any, targets: Any, predictions: Any, threshold: float) -> str:
    """The inputs, the targets, the predictions, and whether each is right."""
    right = on_the_right_side(targets, predictions, threshold).ravel()
    lines = ["x1  x2  target  prediction", "--  --  ------  ----------"]
    for x, y, p, ok in zip(inputs, targets.ravel(), predictions.ravel(), right, strict=True):
        lines.append(
            f"{x[0]:>2.0f}  {x[1]:>2.0f}  {y:>6.0f}  {p:>10.4f}  {'right' if ok else 'WRONG'}"
        )
    return "\n".join(lines)


def surface(model: Sequential, inputs: Any, targets: Any, threshold: float, stream: TextIO) -> str:
    """The decision surface, in colour on a terminal; empty if `stream` has no such characters."""
    from tinygrad_xor.viz import decision_text

    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    words = decision_text(model.predict, inputs, targets, threshold=threshold, colour=colour)
    try:
        words.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return ""
    return words


def weights(model: Sequential) -> str:
    """The weights and biases of every layer."""
    lines = []
    for p in model.parameters():
        array = np.array2string(p.data, precision=4, suppress_small=True, floatmode="fixed")
        indent = " " * (len(str(p.label)) + 3)
        lines.append(f"{p.label} = " + array.replace("\n", "\n" + indent))
    return "\n".join(lines)

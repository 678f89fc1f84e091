"""What the commands that train say: how it went, the truth table, the surface, the weights."""

from __future__ import annotations

import argparse
import os
from typing import Any, TextIO

import numpy as np

from tinygrad_xor.atlas import stuck
from tinygrad_xor.cli.training import Training
from tinygrad_xor.columns import aligned
from tinygrad_xor.engine import Value
from tinygrad_xor.language import say, spoken
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import name_of


def settings(args: argparse.Namespace) -> str:
    """What is about to be trained, in one line."""
    shown = vars(args) | {"task": args.task.upper(), "epochs": say("job.epochs", n=args.epochs)}
    return say("job.settings", **shown)


def ending(args: argparse.Namespace, training: Training, learned: bool) -> str:
    """How training ended, in one sentence."""
    if training.interrupted:
        return say("job.interrupted", epoch=training.history.epochs + 1, epochs=args.epochs)
    how = {
        "task": args.task.upper(),
        "tries": say("job.tries", n=training.tries),
        "seed": training.seed,
    }
    return say("job.learned", **how) if learned else say("job.not_learned", **how)


def why_stuck(training: Training, inputs: Any, targets: Any, right: Any) -> str:
    """What a run predicts wrongly, and why: it is only slow, or stuck with so many dead ReLUs."""
    predictions = training.model.predict(inputs).ravel()
    wrong = [
        say("job.wrong", prediction=prediction, inputs=tuple(int(v) for v in x), target=int(y))
        for x, y, prediction, ok in zip(inputs, targets.ravel(), predictions, right, strict=True)
        if not ok
    ]
    said = {"seed": training.seed, "wrong": "; ".join(wrong)}
    hidden = training.model.dense_layers()[0]
    activation, losses = name_of(hidden.activation), training.history.loss
    if stuck.slow(losses, predictions, hidden(inputs).data, activation):
        return say("job.slow", fall=stuck.fall(losses), **said)
    lines = [say("job.stuck", **said)]
    return "\n".join([*lines, *dead_or_alive(training.model, inputs)])


def dead_or_alive(model: Sequential, inputs: Any) -> list[str]:
    """A line on the dead neurons of the first layer, if it has ReLUs."""
    hidden = model.dense_layers()[0]
    if name_of(hidden.activation) != "relu":
        return []
    dead, of = dead_neurons(model, inputs), {"of": hidden.units}
    return [say("job.dead", n=dead, **of) if dead else say("job.none_dead", **of)]


def dead_neurons(model: Sequential, inputs: Any) -> int:
    """How many neurons of the first layer are ReLUs that give 0 for every input."""
    hidden = model.dense_layers()[0]
    outputs = hidden(Value(inputs)).data  # a frozen layer gives a plain array for a plain array
    return int(np.sum(stuck.dead(outputs, name_of(hidden.activation))))


def truth_table(inputs: Any, targets: Any, predictions: Any, threshold: float) -> str:
    """The inputs, the targets, the predictions, and whether each is right."""
    right = on_the_right_side(targets, predictions, threshold).ravel()
    rows = [
        (f"{x[0]:.0f}", f"{x[1]:.0f}", f"{y:.0f}", f"{p:.4f}")
        for x, y, p in zip(inputs, targets.ravel(), predictions.ravel(), strict=True)
    ]
    heads = ("x1", "x2", say("job.target"), say("job.prediction"))
    head, rule, *lines = aligned([heads, None, *rows])
    verdicts = [say("job.right") if ok else say("job.WRONG") for ok in right]
    marked = [f"{line}  {verdict}" for line, verdict in zip(lines, verdicts, strict=True)]
    return "\n".join([head, rule, *marked])


def surface(model: Sequential, inputs: Any, targets: Any, threshold: float, stream: TextIO) -> str:
    """The decision surface, in colour on a terminal; empty if `stream` has no such characters."""
    from tinygrad_xor.viz import decision_text

    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    words = decision_text(
        model.predict, inputs, targets, threshold=threshold, colour=colour, lang=spoken()
    )
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

"""The files of a run: the network, the loss, the decision surface, the compute graph."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from tinygrad_xor.datasets import truth_table
from tinygrad_xor.engine import Value
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import Loss, Sequential
from tinygrad_xor.training import History


def write_files(
    args: argparse.Namespace, loss: Loss, model: Sequential, history: History
) -> list[Path]:
    """Write all files into ``args.out``; what cannot be drawn here is said in a sentence."""
    from tinygrad_xor.viz import draw, plot_decision, plot_loss, render

    inputs, targets = truth_table(args.task)
    how = {"task": args.task.upper(), "activation": args.activation}
    labels = {"title": say("job.title", n=args.hidden, **how), "lang": spoken()}
    files = [model.save(args.out / "network.npz")]
    try:
        files.append(
            plot_loss(history.loss, args.out / "loss.png", accuracies=history.accuracy, **labels)
        )
        files.append(
            plot_decision(
                lambda x: model.predict(x).ravel(),
                inputs,
                targets.ravel(),
                args.out / "decision.png",
                threshold=loss.threshold,
                **labels,
            )
        )
    except ImportError as error:
        print(say("command.no_pictures", why=error), file=sys.stderr)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        end = graph_of_one_example(model, loss, inputs[1:2], targets[1:2])
        graph = draw(end, lang=spoken())
        files.append(render(graph, args.out / "graph.svg"))
    for warning in caught:
        print(say("command.warning", why=warning.message), file=sys.stderr)
    return files


def graph_of_one_example(model: Sequential, loss: Loss, x: Any, y: Any) -> Value:
    """The loss of one example, with the gradients of everything on the way to it."""
    for p in model.parameters():
        p.grad = None
    prediction = model(Value(x, label="x"))
    prediction.label = say("graph.prediction")
    out: Value = loss(y, prediction)
    out.label = say("graph.loss")
    out.backward()
    return out

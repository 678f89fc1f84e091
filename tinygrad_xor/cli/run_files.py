"""The files of a run: the network, the loss, the decision surface, the compute graph."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tinygrad_xor.cli.errors import drawn
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import Loss, Sequential
from tinygrad_xor.training import History


def write_files(
    args: argparse.Namespace, loss: Loss, model: Sequential, history: History
) -> list[Path]:
    """Write all files into ``args.out``; what cannot be drawn here is said in a sentence."""
    from tinygrad_xor.viz import draw, plot_decision, plot_loss

    inputs, targets = truth_table(args.task)
    how = {"task": args.task.upper(), "activation": args.activation}
    labels: Any = {"title": say("job.title", n=args.hidden, **how), "lang": spoken()}
    files = [model.save(args.out / "network.npz")]
    files += drawn(
        lambda: plot_loss(
            history.loss, args.out / "loss.png", accuracies=history.accuracy, **labels
        ),
        lambda: plot_decision(
            model.predict,
            inputs,
            targets,
            args.out / "decision.png",
            threshold=loss.threshold,
            **labels,
        ),
    )
    graph = draw(model, inputs[1:2], targets[1:2], loss=loss, lang=spoken())
    files.append(graph.save(args.out / "graph.svg"))
    return files

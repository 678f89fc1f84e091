"""``tinygrad-xor explore``: train a few networks, and write a page to look into them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinygrad_xor.cli.arguments import Parser, add_shared
from tinygrad_xor.cli.bars import Progress, progress
from tinygrad_xor.cli.errors import try_to_write, writing
from tinygrad_xor.cli.training import Training
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.nn.activations import ELEMENTWISE
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import History
from tinygrad_xor.viz.explorer import Run, explore

#: Of the first seeds, with five ReLU neurons on XOR: 7 gets stuck, 4 learns best.
COMPARED_SEEDS = (7, 4)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``explore``."""
    parser = Parser("explore", say("explore.description"), say("explore.codes"))
    most = {"hidden": 16, "seed": 2**32 - 1, "epochs": 100_000}
    add_shared(parser, "explore", most, task="xor", hidden=5, activation="relu", seed=0)
    add_shared(parser, "explore", most, epochs=2000, out=Path("explorer.html"))
    parser.set_defaults(optimizer="adam", lr=0.001, batch_size=1)
    return parser


def run(args: argparse.Namespace) -> int:
    """Train and write the page, and return the exit code."""
    seeds = dict.fromkeys([args.seed, *COMPARED_SEEDS])
    chosen = [(args.activation, seed) for seed in seeds]
    chosen += [(name, args.seed) for name in ELEMENTWISE if name != args.activation]
    try_to_write(args.out)
    said = say("explore.training", n=len(chosen), epochs=say("job.epochs", n=args.epochs))
    print(said, file=sys.stderr)
    with progress(len(chosen) * args.epochs, say("job.epoch_unit")) as bar:
        first, *others = (_recorded(args, activation, seed, bar) for activation, seed in chosen)
    page = explore(
        first.model, first.X, first.y, first.history, others=others, name=first.name, lang=spoken()
    )
    with writing(args.out):
        path = page.save(args.out)
    print(say("explore.written", path=path, size=path.stat().st_size / 1000))
    return 0


def _recorded(args: argparse.Namespace, activation: str, seed: int, bar: Progress) -> Run:
    name = say("explore.run", task=args.task, activation=activation, seed=seed)
    bar.begin(name)
    layers = [Dense(args.hidden, activation, input_dim=2), Dense(1, "sigmoid")]
    training = Training(args, BinaryCrossentropy(), Sequential(layers, seed=seed), seed)
    snapshots = Snapshots(training.model)

    def on_epoch(history: History) -> None:
        snapshots.on_epoch_end(history.epochs - 1, history.rows[-1])
        bar.move()

    training.run(on_epoch)
    if training.interrupted:
        raise KeyboardInterrupt
    table = training.inputs, training.targets
    return Run(name, training.model, *table, snapshots, training.loss)

"""``tinygrad-xor explore``: train a few networks, and write a page to look into them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tinygrad_xor.cli.arguments import Parser, whole
from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.nn.activations import ELEMENTWISE
from tinygrad_xor.optim import Adam
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import train
from tinygrad_xor.viz.explorer import Run, explore

#: Of the first seeds, with five ReLU neurons on XOR: 7 gets stuck, 4 learns best.
COMPARED_SEEDS = (7, 4)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``explore``."""
    parser = Parser("explore", say("explore.description"), say("explore.codes"))
    add = parser.add_argument
    add("--task", choices=TRUTH_TABLES, default="xor", help=say("arguments.task"))
    add("--hidden", type=whole(1, 16), default=5, metavar="N", help=say("explore.hidden"))
    add(
        "--activation",
        choices=ELEMENTWISE,
        default="relu",
        help=say("arguments.activation"),
    )
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help=say("explore.seed"))
    add(
        "--epochs",
        type=whole(1, 100_000),
        default=2000,
        metavar="N",
        help=say("arguments.epochs"),
    )
    file = say("arguments.file")
    add("--out", type=Path, default=Path("explorer.html"), metavar=file, help=say("explore.out"))
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    seeds = dict.fromkeys([args.seed, *COMPARED_SEEDS])
    chosen = [(args.activation, seed) for seed in seeds]
    chosen += [(name, args.seed) for name in ELEMENTWISE if name != args.activation]
    first, *others = (_recorded(args, activation, seed) for activation, seed in chosen)
    page = explore(
        first.model, first.X, first.y, first.history, others=others, name=first.name, lang=spoken()
    )
    try:
        path = page.save(args.out)
    except OSError as error:
        why = error.strerror or error
        parser.error(say("command.cannot_write", path=args.out, why=why))
    print(say("explore.written", path=path, size=path.stat().st_size / 1000))
    return 0


def _recorded(args: argparse.Namespace, activation: str, seed: int) -> Run:
    inputs, targets = truth_table(args.task)
    layers = [Dense(args.hidden, activation, input_dim=2), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=seed)
    snapshots, loss = Snapshots(model), BinaryCrossentropy()
    optimizer = Adam(model.parameters())
    how = {"epochs": args.epochs, "batch_size": 1, "seed": seed, "on_epoch": snapshots}
    train(model, inputs, targets, loss=loss, optimizer=optimizer, **how)
    name = say("explore.run", task=args.task, activation=activation, seed=seed)
    return Run(name, model, inputs, targets, snapshots, loss)

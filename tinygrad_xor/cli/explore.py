"""``tinygrad-xor explore``: train a few networks, and write a page to look into them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.optim import Adam
from tinygrad_xor.recorder import Recorder
from tinygrad_xor.training import train
from tinygrad_xor.viz.explorer import Run, explore
from tinygrad_xor.viz.explorer.document import LANGUAGES

HIDDEN_ACTIVATIONS = [name for name in ACTIVATIONS if name != "softmax"]
#: Of the first seeds, with five ReLU neurons on XOR: 7 gets stuck, 4 learns best.
COMPARED_SEEDS = (7, 4)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``explore``."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor explore",
        description="Train a network, record it as it learns, and write one HTML page: step "
        "through a backward pass, scrub through the training, drag a point along an activation. "
        "For comparison, two more seeds and every other activation are trained as well.",
        epilog="Exit codes: 0 written, 2 wrong arguments.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--task", choices=TRUTH_TABLES, default="xor", help="what to learn")
    add("--hidden", type=int, default=5, help="neurons in the hidden layer, 1 to 16")
    add("--activation", choices=HIDDEN_ACTIVATIONS, default="relu", help="of the hidden neurons")
    add("--seed", type=int, default=0, help="of the first run")
    add("--epochs", type=int, default=2000, help="passes over the examples")
    add("--lang", choices=LANGUAGES, default="en", help="the language the page opens in")
    add("--out", type=Path, default=Path("explorer.html"), help="the file to write")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    for name, low, high in (("hidden", 1, 16), ("epochs", 1, 100_000), ("seed", 0, 2**32 - 1)):
        if not low <= (given := getattr(args, name)) <= high:
            parser.error(f"argument --{name}: must be {low} to {high}, not {given}")
    seeds = dict.fromkeys([args.seed, *COMPARED_SEEDS])
    chosen = [(args.activation, seed) for seed in seeds]
    chosen += [(name, args.seed) for name in HIDDEN_ACTIVATIONS if name != args.activation]
    first, *others = (_recorded(args, activation, seed) for activation, seed in chosen)
    page = explore(
        first.model, first.X, first.y, first.history, others=others, name=first.name, lang=args.lang
    )
    try:
        path = page.save(args.out)
    except OSError as error:
        parser.error(f"cannot write to {args.out}: {error.strerror or error}")
    print(f"{path}: open it in a browser ({path.stat().st_size / 1000:.0f} kB)")
    return 0


def _recorded(args: argparse.Namespace, activation: str, seed: int) -> Run:
    inputs, targets = truth_table(args.task)
    layers = [Dense(args.hidden, activation, input_dim=2), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=seed)
    recorder, loss = Recorder(model), BinaryCrossentropy()
    optimizer = Adam(model.parameters())
    how = {"epochs": args.epochs, "batch_size": 1, "seed": seed, "on_epoch": recorder}
    train(model, inputs, targets, loss=loss, optimizer=optimizer, **how)
    name = f"{args.task}, {activation}, seed {seed}"
    return Run(name, model, inputs, targets, recorder, loss)

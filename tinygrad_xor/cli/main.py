"""``tinygrad-xor``: the arguments, the exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tinygrad_xor import __version__
from tinygrad_xor.cli.job import INTERRUPTED, run
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.optim import OPTIMIZERS

BROKEN_PIPE = 141  # what a shell reports for a program that wrote to a closed pipe
LOSSES = ("binary_crossentropy", "mse", "hinge")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all arguments."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor",
        description="Check the gradients of every operation against finite differences, train a "
        "small network on XOR, and show what it learned. 'tinygrad-xor check' checks all gradients "
        "and nothing else; 'tinygrad-xor check --list' lists what of NumPy is differentiable; "
        "'tinygrad-xor explore' writes a page to step through a backward pass and a training; "
        "'tinygrad-xor atlas' measures how often networks learn, over a thousand seeds.",
        epilog="Exit codes: 0 learned, 1 a gradient is wrong or the network did not learn, "
        "2 wrong arguments, 130 interrupted.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"%(prog)s {__version__}")
    network = parser.add_argument_group("the network and its task")
    network.add_argument("--task", choices=TRUTH_TABLES, default="xor", help="what to learn")
    network.add_argument("--hidden", type=count, default=5, help="neurons in the hidden layer")
    hidden_activations = [name for name in ACTIVATIONS if name != "softmax"]
    network.add_argument(
        "--activation", choices=hidden_activations, default="relu", help="of the hidden neurons"
    )
    training = parser.add_argument_group("training")
    training.add_argument("--loss", choices=LOSSES, default="binary_crossentropy", help="the loss")
    training.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="the optimizer")
    training.add_argument("--lr", type=_positive, default=0.001, help="the learning rate")
    training.add_argument("--batch-size", type=count, default=1, help="examples in one step")
    training.add_argument("--epochs", type=count, default=2000, help="passes over the examples")
    training.add_argument(
        "--seed", type=_seed, default=0, help="of the first try; a stuck run takes the next one"
    )
    check = parser.add_argument_group("the gradient check")
    check.add_argument("--skip-check", action="store_true", help="train without checking first")
    check.add_argument(
        "--check-examples",
        type=count,
        default=8,
        help="examples for each operation; the network gets three times as many",
    )
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, default=Path("xor-run"), help="folder for the files")
    output.add_argument("--quiet", action="store_true", help="say only how it ended")
    output.add_argument("--json", action="store_true", help="print the result as JSON only")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without → shows ?, and goes on
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] == "check":
        from tinygrad_xor.cli import check

        return check.main(argv[1:])
    if argv and argv[0] == "explore":
        from tinygrad_xor.cli import explore

        return explore.main(argv[1:])
    if argv and argv[0] == "atlas":
        from tinygrad_xor.cli import atlas

        return atlas.main(argv[1:])
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        return run(args)
    except KeyboardInterrupt:
        print("\ninterrupted: nothing was trained yet, no files were written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as in `tinygrad-xor | head`: nobody reads on
        sys.stdout = None  # or Python would flush it once more
        return BROKEN_PIPE
    except OSError as error:
        parser.error(f"cannot write to {args.out}: {error.strerror or error}")


def count(text: str) -> int:
    """A number of things from the command line, 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {number}")
    return number


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {number}")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be greater than zero, not {text}")
    return number

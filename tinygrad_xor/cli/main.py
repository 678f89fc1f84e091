"""``tinygrad-xor``: the commands, the arguments of the main job, the exit codes."""

from __future__ import annotations

import argparse
import difflib
import sys
import textwrap
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tinygrad_xor import __version__
from tinygrad_xor.cli.arguments import (
    PROGRAM,
    Parser,
    argparse_speaking,
    positive,
    read_language,
    whole,
)
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.language import preferred, say, speaking
from tinygrad_xor.nn.activations import ELEMENTWISE
from tinygrad_xor.optim import OPTIMIZERS

INTERRUPTED = 130
BROKEN_PIPE = 141  # what a shell reports for a program that wrote to a closed pipe
LOSSES = ("binary_crossentropy", "mse", "hinge")
SHELLS = ("bash", "zsh", "tcsh")
#: Each is a module beside this one, with ``build_parser()`` and ``main(argv)``, imported when used.
COMMANDS = ("check", "explore", "predict", "fine-tune", "atlas")


def command_called(name: str) -> Any:
    """The module of a command."""
    return import_module(f"tinygrad_xor.cli.{name.replace('-', '_')}")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the main job's arguments."""
    parser = Parser(
        "",
        f"{say('command.description')}\n{_list_of_commands()}",
        f"{say('command.codes')}\n{say('command.errors')}",
        say("command.usage", commands="{" + ",".join(COMMANDS) + "}"),
    )
    add = parser.add_argument
    version = f"{PROGRAM} {__version__}"
    add("--version", action="version", version=version, help=say("command.version"))
    add("--print-completion", choices=SHELLS, help=say("command.print_completion"))
    network = parser.add_argument_group(say("command.network_group"))
    network.add_argument("--task", choices=TRUTH_TABLES, default="xor", help=say("arguments.task"))
    network.add_argument(
        "--hidden", type=whole(1), default=5, metavar="N", help=say("arguments.hidden")
    )
    network.add_argument(
        "--activation",
        choices=ELEMENTWISE,
        default="relu",
        help=say("arguments.activation"),
    )
    add_training_arguments(parser)
    check = parser.add_argument_group(say("command.check_group"))
    check.add_argument("--skip-check", action="store_true", help=say("command.skip_check"))
    check.add_argument(
        "--check-examples",
        type=whole(1),
        default=8,
        metavar="N",
        help=say("command.check_examples"),
    )
    output = parser.add_argument_group(say("command.output_group"))
    folder = say("arguments.folder")
    output.add_argument(
        "--out", type=Path, default=Path("xor-run"), metavar=folder, help=say("arguments.out")
    )
    output.add_argument("--quiet", action="store_true", help=say("command.quiet"))
    output.add_argument("--json", action="store_true", help=say("arguments.json"))
    return parser


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how to train."""
    add = parser.add_argument_group(say("command.training_group")).add_argument
    add("--loss", choices=LOSSES, default="binary_crossentropy", help=say("arguments.loss"))
    add("--optimizer", choices=OPTIMIZERS, default="adam", help=say("arguments.optimizer"))
    add("--lr", type=positive, default=0.001, metavar="X", help=say("arguments.lr"))
    add("--batch-size", type=whole(1), default=1, metavar="N", help=say("arguments.batch_size"))
    add("--epochs", type=whole(1), default=2000, metavar="N", help=say("arguments.epochs"))
    add("--seed", type=whole(0), default=0, metavar="N", help=say("arguments.seed"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without → shows ?, and goes on
    with argparse_speaking(), speaking(preferred()):
        lang, rest = read_language(sys.argv[1:] if argv is None else argv)
        with speaking(lang):
            try:
                return _run(rest)
            except KeyboardInterrupt:
                print("\n" + say("command.interrupted"), file=sys.stderr)
                return INTERRUPTED
            except BrokenPipeError:  # as in `tinygrad-xor | head`: nobody reads on
                sys.stdout = None  # or Python would flush it once more
                return BROKEN_PIPE


def _run(argv: Sequence[str]) -> int:
    """Run the command that the first argument names, or else the main job."""
    if argv and not argv[0].startswith("-"):
        if argv[0] in COMMANDS:
            code: int = command_called(argv[0]).main(argv[1:])
            return code
        build_parser().error(_unknown(argv[0]))
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.print_completion:
        from tinygrad_xor.cli.completion import completion

        try:
            print(completion(args.print_completion))
        except ImportError:
            parser.error(say("command.no_shtab"))
        return 0
    from tinygrad_xor.cli.job import DivergedError, run

    try:
        return run(args)
    except DivergedError as error:
        parser.error(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or error
        parser.error(say("command.cannot_write", path=args.out, why=why))


def _list_of_commands() -> str:
    width = max(map(len, COMMANDS)) + 4
    lines = []
    for name in COMMANDS:
        head = f"  {name}".ljust(width)
        lines.append(
            textwrap.fill(
                say(f"command.{name}"), 78, initial_indent=head, subsequent_indent=" " * width
            )
        )
    return "\n".join(lines)


def _unknown(name: str) -> str:
    known = ", ".join(COMMANDS)
    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    if near:
        return say("command.unknown_with_a_guess", name=name, guess=near[0], known=known)
    return say("command.unknown", name=name, known=known)

"""The commands, and the arguments of the main job, which has no name of its own."""

from __future__ import annotations

import argparse
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any

from tinygrad_xor import __version__
from tinygrad_xor.cli.arguments import MOST_NEURONS, PROGRAM, Parser, add_shared, whole
from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.language import say
from tinygrad_xor.names import nearest

SHELLS = ("bash", "zsh", "tcsh")
#: Each is a module beside this one, with ``build_parser()`` and ``run(args)``, imported when used.
COMMANDS = ("check", "explore", "predict", "fine-tune", "atlas", "bench")


def command_called(name: str) -> Any:
    """The module of a command.

    Raises:
        CommandError: if there is none, with the nearest name and all known ones.
    """
    if name in COMMANDS:
        return import_module(f"tinygrad_xor.cli.{name.replace('-', '_')}")
    known = ", ".join(COMMANDS)
    if near := nearest(name, COMMANDS):
        said = say("command.unknown_with_a_guess", name=name, guess=near, known=known)
        raise CommandError(said)
    raise CommandError(say("command.unknown", name=name, known=known))


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
    network, training, check, output = (
        parser.add_argument_group(say(f"command.{name}_group"))
        for name in ("network", "training", "check", "output")
    )
    most = {"hidden": MOST_NEURONS}
    add_shared(network, most=most, task="xor", hidden=5, activation="relu")
    add_shared(training, loss="binary_crossentropy", optimizer="adam", lr=0.001, batch_size=1)
    add_shared(training, epochs=2000, seed=0)
    check.add_argument("--skip-check", action="store_true", help=say("command.skip_check"))
    examples, help_ = whole(1), say("command.check_examples")
    check.add_argument("--check-examples", type=examples, default=8, metavar="N", help=help_)
    add_shared(output, out=Path("xor-run"))
    output.add_argument("--quiet", action="store_true", help=say("command.quiet"))
    add_shared(output, json=False)
    return parser


def _list_of_commands() -> str:
    width = max(map(len, COMMANDS)) + 4
    lines = [
        textwrap.fill(
            say(f"command.{name}"),
            78,
            initial_indent=f"  {name}".ljust(width),
            subsequent_indent=" " * width,
        )
        for name in COMMANDS
    ]
    return "\n".join(lines)

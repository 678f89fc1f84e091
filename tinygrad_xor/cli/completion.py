"""What makes a shell complete ``tinygrad-xor``: written by shtab, from the parsers themselves."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_xor.atlas.starts import BIASES, KERNELS
from tinygrad_xor.cli.arguments import PROGRAM
from tinygrad_xor.cli.commands import COMMANDS, build_parser, command_called
from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.cli.own_function import domains
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.language import say
from tinygrad_xor.nn.activations import ELEMENTWISE
from tinygrad_xor.optim import OPTIMIZERS


def completion(shell: str) -> str:
    """The completion script for ``"bash"``, ``"zsh"`` or ``"tcsh"``.

    Raises:
        CommandError: without shtab.
    """
    try:
        import shtab
    except ImportError as error:
        raise CommandError(say("command.no_shtab")) from error

    parser = build_parser()
    parser.usage = None
    parsers = [parser]
    commands = parser.add_subparsers(prog=PROGRAM, parser_class=argparse.ArgumentParser)
    for name in COMMANDS:
        own = command_called(name).build_parser()
        parsers.append(
            commands.add_parser(
                name, help=say(f"command.{name}"), parents=[own], add_help=False, description=""
            )
        )
    known = {"primitive": [*TABLE, *COMPOSED], "domain": domains(), "initializer": KERNELS}
    known |= {"activation": ELEMENTWISE, "bias": BIASES, "optimizer": OPTIMIZERS}
    for action in (action for p in parsers for action in p._actions):
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.choices is None and action.dest in known:
            action.choices = list(known[action.dest])
    script: str = shtab.complete(parser, shell)
    return script

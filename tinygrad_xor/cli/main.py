"""``tinygrad-xor``: which command runs, in which language, and how it exits."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from tinygrad_xor._starting import let_interrupts_through
from tinygrad_xor.cli import commands
from tinygrad_xor.cli.arguments import argparse_speaking, read_language
from tinygrad_xor.cli.errors import BROKEN_PIPE, INTERRUPTED, REFUSED, CommandError
from tinygrad_xor.language import preferred, say, speaking


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed; what is written goes on
            setattr(sys, name, io.StringIO())
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without → shows ?, and goes on
    with argparse_speaking(), speaking(preferred()), warnings.catch_warnings():
        warnings.showwarning = _say_warning
        lang, rest = read_language(sys.argv[1:] if argv is None else argv)
        with speaking(lang):
            try:
                let_interrupts_through()
                code = _run(rest)
                sys.stdout.flush()
                return code
            except KeyboardInterrupt:
                print("\n" + say("command.interrupted"), file=sys.stderr)
                return INTERRUPTED
            except OSError as error:  # files are handled where they are written
                sys.stdout = None  # or Python would flush it once more
                if isinstance(error, BrokenPipeError):  # as in `tinygrad-xor | head`
                    return BROKEN_PIPE
                why = error.strerror or error
                print(say("command.cannot_print", why=why), file=sys.stderr)
                return REFUSED


def _say_warning(message: Warning | str, *where: Any, **more: Any) -> None:
    """Say what is warned of; where in the code that was is nothing to somebody at a terminal."""
    print(say("command.warning", why=message), file=sys.stderr)


def _run(argv: Sequence[str]) -> int:
    """Run the command that the first argument names, or else the main job."""
    parser = commands.build_parser()
    try:
        if argv and not argv[0].startswith("-"):
            command = commands.command_called(argv[0])
            parser = command.build_parser()
            args = parser.parse_args(argv[1:])
        else:
            args = parser.parse_args(argv)
            if args.print_completion:
                from tinygrad_xor.cli.completion import completion

                print(completion(args.print_completion))
                return 0
            from tinygrad_xor.cli import job as command
        code: int = command.run(args)
        return code
    except CommandError as error:
        parser.error(str(error))
    except MemoryError:
        parser.error(say("command.no_memory"))

"""How commands end: their exit codes; what one cannot do, in a sentence."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tinygrad_xor.language import say

#: Exit codes: all is well; what was looked for is not so; it cannot be done; Ctrl-C; and what a
#: shell reports for a program that wrote to a closed pipe.
DONE, FAILED, REFUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141


class CommandError(Exception):
    """Why a command cannot do what was asked, as a sentence; it exits with `REFUSED`."""


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Inside this block files are written to `path`, and nothing else can fail.

    Raises:
        CommandError: if the files cannot be written.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise CommandError(say("command.cannot_write", path=path, why=why)) from error


def drawn(*draw: Callable[[], Path]) -> list[Path]:
    """The files of pictures; a sentence says why there are none."""
    try:
        return [each() for each in draw]
    except (ImportError, ValueError) as error:
        print(say("command.no_pictures", why=error), file=sys.stderr)
        return []


def try_to_write(path: Path) -> None:
    """See whether a file can be written, before the work that would be lost otherwise.

    Raises:
        CommandError: if not.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() or path.is_dir():
            path.open("ab").close()
        elif not path.exists():
            tempfile.TemporaryFile(dir=path.parent).close()

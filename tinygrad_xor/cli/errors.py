"""What a command cannot do: one sentence, and exit code 2."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tinygrad_xor.language import say


class CommandError(Exception):
    """Why a command cannot do what was asked, as a sentence; it exits with 2."""


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

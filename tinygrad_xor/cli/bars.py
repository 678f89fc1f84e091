"""What a command says while it works: lines, and at a terminal a bar below them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

Write = Callable[[str], None]


def speaker(silent: bool) -> Write:
    """What prints a line at once; or nothing, where only a result is wanted."""
    return (lambda line: None) if silent else lambda line: print(line, flush=True)


class Progress:
    """Says lines while the work goes on.

    Args:
        write: what prints a line.
        bar: of tqdm, if there is a terminal.
    """

    def __init__(self, write: Write, bar: Any = None) -> None:
        self.write, self._bar = write, bar
        #: How far it is.
        self.done = 0

    def begin(self, name: str) -> None:
        """Name what is done from now on."""
        if self._bar is not None:
            self._bar.set_description(name)

    def note(self, words: str) -> None:
        """Show words behind the bar, when it moves next."""
        if self._bar is not None:
            self._bar.set_postfix_str(words, refresh=False)

    def move(self, n: int = 1) -> None:
        """Move the bar on."""
        self.done += n
        if self._bar is not None:
            self._bar.update(n)


@contextlib.contextmanager
def progress(
    total: int, unit: str, silent: bool = False, quiet: bool = False, leave: bool = False
) -> Iterator[Progress]:
    """At a terminal a bar on stderr, with the lines above it; elsewhere the lines alone.

    Args:
        total: how much there is to do; without work there is no bar.
        unit: what is counted.
        silent: whether lines are left out, as for JSON.
        quiet: whether the bar is left out too.
        leave: whether the bar stays at its end.
    """
    write = speaker(silent or quiet)
    if quiet or not total or not sys.stderr.isatty():
        yield Progress(write)
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=unit, unit_scale=total > 10_000, leave=leave) as bar:
        yield Progress(write if silent else bar.write, bar)

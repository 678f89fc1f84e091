"""What a command says: lines while it works, at a terminal a bar below them, results as JSON."""

from __future__ import annotations

import contextlib
import json
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tinygrad_xor.language import say
from tinygrad_xor.program.constants import mapped

Write = Callable[[str], None]


def speaker(silent: bool) -> Write:
    """What prints a line at once; or nothing, where only a result is wanted."""
    return (lambda line: None) if silent else lambda line: print(line, flush=True)


class Patient:
    """Prints lines at once, as long as that is possible: work that is to be kept goes on.

    Args:
        silent: whether only a result is wanted.
    """

    def __init__(self, silent: bool) -> None:
        self._write = speaker(silent)
        self._failed: OSError | None = None

    def __call__(self, line: str) -> None:
        """Print a line, unless one could not be printed before."""
        if self._failed is None:
            try:
                self._write(line)
            except OSError as error:
                self._failed = error

    def end(self) -> None:
        """Raise what stopped the lines, when all is saved."""
        if self._failed is not None:
            raise self._failed


@contextlib.contextmanager
def presses() -> Iterator[Callable[[], None]]:
    """Inside this block the first Ctrl-C stops the work, the second waits, the third ends all.

    Yields:
        What to call when the work is done, so that the first Ctrl-C waits as well.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lambda: None  # somebody else handles it, or it is ignored
        return
    count = 0

    def press(signal_number: int, frame: Any) -> None:
        nonlocal count
        count += 1
        if count != 2:
            raise KeyboardInterrupt
        print("\n" + say("command.saving"), file=sys.stderr)

    def done() -> None:
        nonlocal count
        count = max(count, 1)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield done
    finally:
        signal.signal(signal.SIGINT, before)


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

    shape = "{l_bar}{bar}| {n_fmt}/{total_fmt} {unit} [{elapsed}<{remaining}{postfix}]"
    with tqdm(
        total=total, unit=unit, unit_scale=total > 10_000, leave=leave, bar_format=shape
    ) as bar:
        yield Progress(write if silent else bar.write, bar)


def json_text(result: Any) -> str:
    """`result` as JSON: nan and infinities, for which JSON has no word, are ``null``.

    >>> json_text({"loss": float("inf"), "outputs": [0.5, float("nan")]}).split()
    ['{', '"loss":', 'null,', '"outputs":', '[', '0.5,', 'null', ']', '}']
    """
    return json.dumps(mapped(_finite, result), indent=2, allow_nan=False)


def _finite(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x

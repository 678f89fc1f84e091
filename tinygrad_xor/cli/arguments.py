"""Arguments as all commands take them: the parser, numbers, and argparse's own words."""

from __future__ import annotations

import argparse
import contextlib
import textwrap
from collections.abc import Callable, Iterator, Sequence

from tinygrad_xor.language import LANGUAGES, say, spoken, translated

PROGRAM = "tinygrad-xor"


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults that say something, and breaks no line inside of a name or of a list."""

    def _get_help_string(self, action: argparse.Action) -> str:
        if action.default is None or action.default is False:
            return action.help or ""
        english = " (default: %(default)s)"  # a plain text in Python 3.11, a message later
        text = super()._get_help_string(action) or ""
        return text.replace(english, translated("argparse", english))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.split("\n"):
            laid_out = line.startswith("  ") or not line
            lines += [line] if laid_out else self._split_lines(line, width)
        return "\n".join(indent + line for line in lines)


class Parser(argparse.ArgumentParser):
    """A parser of one command. `main` has already read ``--lang``, so here it is only described.

    Args:
        command: its name, empty for the main job.
        description: what it does.
        codes: what stands below the help: its exit codes.
        usage: how it is called, where argparse should not find that out.
    """

    def __init__(self, command: str, description: str, codes: str, usage: str | None = None):
        super().__init__(
            prog=f"{PROGRAM} {command}".strip(),
            description=description,
            epilog=codes,
            usage=usage,
            formatter_class=_HelpFormatter,
        )
        self.add_argument(
            "--lang",
            choices=LANGUAGES,
            default=argparse.SUPPRESS,
            help=say("arguments.lang"),
        )


def read_language(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The language that ``--lang`` asks for, or the spoken one; and the arguments without it."""
    parser = argparse.ArgumentParser(PROGRAM, usage="%(prog)s [--lang {en,ru}] ...", add_help=False)
    parser.add_argument("--lang", choices=LANGUAGES, default=spoken())
    args, rest = parser.parse_known_args(argv)
    return args.lang, rest


@contextlib.contextmanager
def argparse_speaking() -> Iterator[None]:
    """Inside this block argparse speaks our language.

    It takes every text of its own through two functions of gettext, which its module has by these
    names; they are put back at the end.
    """

    def one_or_more(one: str, more: str, n: int) -> str:
        found = translated("argparse", one, n=n)
        return more if found == one and n != 1 else found

    ours = {"_": lambda text: translated("argparse", text), "ngettext": one_or_more}
    before = {name: getattr(argparse, name) for name in ours}
    try:
        for name, function in ours.items():
            setattr(argparse, name, function)
        yield
    finally:
        for name, function in before.items():
            setattr(argparse, name, function)


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number that is at least `low`, and at most `high` if there is one.

    >>> whole(1)("5")
    5
    """

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(say("arguments.not_whole", text=text)) from None
        if high is not None and not low <= number <= high:
            said = say("arguments.out_of_range", low=low, high=high, number=number)
            raise argparse.ArgumentTypeError(said)
        if number < low:
            raise argparse.ArgumentTypeError(say("arguments.too_small", low=low, number=number))
        return number

    return read


def positive(text: str) -> float:
    """Reads a number that is greater than zero and finite.

    >>> positive("0.01")
    0.01
    """
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("arguments.not_number", text=text)) from None
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(say("arguments.not_positive", text=text))
    return number

"""Arguments as all commands take them: the parser, those that several share, a network's file."""

from __future__ import annotations

import argparse
import contextlib
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.language import LANGUAGES, messages, say, spoken, translated
from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import ELEMENTWISE, name_of
from tinygrad_xor.optim import OPTIMIZERS

PROGRAM = "tinygrad-xor"
#: A wider layer does not fit into the memory of many machines, with its gradients and moments.
MOST_NEURONS = 100_000
LOSSES = ("binary_crossentropy", "mse", "hinge")


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
        if number < low:
            raise argparse.ArgumentTypeError(say("arguments.too_small", low=low, number=number))
        if high is not None and number > high:
            said = say("arguments.out_of_range", low=low, high=high, number=number)
            raise argparse.ArgumentTypeError(said)
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


#: What several commands take, and how each is read. Its help is on the page of the command, or
#: else on the page of arguments.
_SHARED: dict[str, dict[str, Any]] = {
    "task": {"choices": TRUTH_TABLES},
    "activation": {"choices": ELEMENTWISE},
    "loss": {"choices": LOSSES},
    "optimizer": {"choices": OPTIMIZERS},
    "lr": {"type": positive, "metavar": "X"},
    "out": {"type": Path},
    "json": {"action": "store_true"},
}
#: The least whole number of each of the others.
_LEAST = {"hidden": 1, "batch_size": 1, "epochs": 1, "seed": 0, "examples": 1, "order": 1}


def add_shared(
    parser: Any, page: str = "arguments", most: Mapping[str, int] | None = None, **defaults: Any
) -> None:
    """Add arguments that several commands share, each with its default.

    Args:
        parser: of the command, or a group in it.
        page: of the catalogue, where the command says something else of an argument.
        most: the greatest whole number that an argument may be.
        defaults: by the names of the arguments, in the order of the help.
    """
    for name, default in defaults.items():
        how = _SHARED.get(name) or {
            "type": whole(_LEAST[name], (most or {}).get(name)),
            "metavar": "N",
        }
        if name == "out":
            kind = say("arguments.file") if default.suffix else say("arguments.folder")
            how = how | {"metavar": kind}
        text = say(f"{page if name in messages(page) else 'arguments'}.{name}")
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=text, **how)


def add_network(parser: argparse.ArgumentParser) -> None:
    """The argument that names the file."""
    file = say("arguments.file")
    parser.add_argument("network", type=Path, metavar=file, help=say("arguments.network"))


def network_in(path: Path) -> Sequential:
    """The network in a file.

    Raises:
        CommandError: if there is none, or its training has diverged.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of weights that are no numbers
            model = Sequential.load(path)
    except FileNotFoundError as error:
        raise CommandError(say("arguments.no_file", path=path)) from error
    except PermissionError as error:
        why = error.strerror or error
        raise CommandError(say("arguments.cannot_read", path=path, why=why)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(say("arguments.no_network", path=path)) from error
    if not all(np.all(np.isfinite(weights)) for weights in model.get_weights()):
        raise CommandError(say("arguments.not_finite", path=path))
    return model


def output_activation(model: Sequential) -> str:
    """The name of the last layer's activation; empty if it has none."""
    activation = getattr(model.layers[-1], "activation", None)
    return "" if activation is None else name_of(activation)

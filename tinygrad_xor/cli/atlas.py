"""``tinygrad-xor atlas``: how often a network learns, over many seeds and settings."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from tinygrad_xor.atlas import Atlas, Setting, add_to_atlas, measure, measured, read_atlas
from tinygrad_xor.atlas.settings import BIASES, KERAS_LR
from tinygrad_xor.cli import atlas_text
from tinygrad_xor.cli.arguments import Parser, positive, whole
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.language import say, spoken

INTERRUPTED = 130

T = TypeVar("T")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``atlas``."""
    parser = Parser("atlas", say("atlas.description"), say("atlas.codes"))
    add, names = parser.add_argument, say("atlas.names")
    add("--task", choices=TRUTH_TABLES, default="xor", help=say("arguments.task"))
    add("--widths", type=_numbers, default="2-16", metavar="N", help=say("atlas.help_widths"))
    add(
        "--activation",
        type=_names,
        default="relu",
        metavar=names,
        help=say("arguments.activation"),
    )
    add(
        "--initializer",
        type=_names,
        default="glorot_uniform",
        metavar=names,
        help=say("atlas.help_initializer"),
    )
    bias = say("atlas.help_bias", names=", ".join(BIASES))
    add("--bias", type=_names, default="zeros", metavar=names, help=bias)
    add("--optimizer", type=_names, default="adam", metavar=names, help=say("arguments.optimizer"))
    add("--lr", type=_rates, metavar="X", help=say("atlas.help_lr"))
    add("--epochs", type=_numbers, default="2000", metavar="N", help=say("atlas.help_epochs"))
    add("--batch-size", type=whole(1), default=1, metavar="N", help=say("arguments.batch_size"))
    add("--seeds", type=whole(1), default=1000, metavar="N", help=say("atlas.help_seeds"))
    add("--use-measured", action="store_true", help=say("atlas.help_use_measured"))
    folder = say("arguments.folder")
    add("--out", type=Path, default=Path("atlas-run"), metavar=folder, help=say("atlas.help_out"))
    add("--json", action="store_true", help=say("atlas.help_json"))
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    table = args.out / "atlas.csv"

    def keep(rows: Atlas) -> None:
        try:
            add_to_atlas(rows, table)
        except ValueError as error:
            parser.error(say("atlas.cannot", why=error))
        except OSError as error:
            why = error.strerror or error
            parser.error(say("command.cannot_write", path=args.out, why=why))

    try:
        settings = _settings(args)
    except ValueError as error:
        parser.error(say("atlas.cannot", why=error))
    keep({})  # before the work, which would be lost otherwise
    before = read_atlas(table, args.seeds)
    shown, interrupted = _measure_all(args, settings, before, keep)
    write = _writer(args)
    if interrupted:
        said = say("atlas.interrupted", done=len(shown), all=len(settings))
        print(said, file=sys.stderr)
    if shown:
        write("\n" + atlas_text.summary(shown))
        files = [table, *_picture(args, shown)]
        write(say("atlas.written", files=", ".join(map(str, files))))
    if args.json:
        print(json.dumps([_as_json(*item) for item in shown.items()], indent=2))
    return INTERRUPTED if interrupted else 0


def _settings(args: argparse.Namespace) -> list[Setting]:
    """Every combination of what was asked for; the widths and the epochs of each stand together."""
    return [
        Setting(
            width=width,
            activation=activation,
            initializer=initializer,
            bias=bias,
            optimizer=optimizer,
            lr=lr,
            epochs=epochs,
            batch_size=args.batch_size,
            task=args.task,
        )
        for optimizer, activation, initializer, bias in itertools.product(
            args.optimizer, args.activation, args.initializer, args.bias
        )
        for lr in args.lr or [KERAS_LR.get(optimizer, 0.001)]
        for width in args.widths
        for epochs in args.epochs
    ]


def _measure_all(
    args: argparse.Namespace,
    settings: list[Setting],
    before: Atlas,
    keep: Callable[[Atlas], None],
) -> tuple[Atlas, bool]:
    """The counts of the settings, and whether Ctrl-C came before the last of them.

    Each is kept as soon as it is known; what was known `before` is not measured again.
    """
    known = (measured() if args.use_measured else {}) | before
    known = {s: known[s] for s in settings if s in known and known[s].seeds == args.seeds}
    if known:
        _writer(args)(say("atlas.known", count=len(known), all=len(settings)) + "\n")
    groups = list(_trained_together(settings))
    to_train = [group for group in groups if any(s not in known for s in group)]
    epochs = sum(group[-1].epochs for group in to_train) * args.seeds
    shown: Atlas = {}
    heading = None
    with _progress(args, epochs) as (write, begin, on_step):
        try:
            for together in groups:
                if together in to_train:
                    begin(say("atlas.bar", **vars(together[0])))
                    also_after = [s.epochs for s in together[:-1]]
                    known |= measure(
                        together[-1], args.seeds, also_after=also_after, on_step=on_step
                    )
                shown |= {s: known[s] for s in together}
                keep({s: known[s] for s in together})
                if heading != (heading := replace(together[0], width=1)):
                    write(atlas_text.heading(together[0], args.seeds))
                for s in together:
                    write(atlas_text.row(s, known[s]))
        except KeyboardInterrupt:
            keep(shown)  # it may have come just then
            return shown, True
    return shown, False


def _trained_together(settings: list[Setting]) -> Iterator[list[Setting]]:
    """Settings that differ in the number of epochs only, fewest first: one training is enough."""
    for _, group in itertools.groupby(settings, lambda s: replace(s, epochs=1)):
        yield sorted(group, key=lambda s: s.epochs)


def _writer(args: argparse.Namespace) -> Callable[[str], None]:
    return (lambda line: None) if args.json else lambda line: print(line, flush=True)


@contextlib.contextmanager
def _progress(args: argparse.Namespace, epochs: int) -> Iterator[Any]:
    """A bar at a terminal: how to print beside it, to name what is trained, and to move it."""
    write = _writer(args)
    if not sys.stderr.isatty() or not epochs:
        yield write, lambda name: None, None
        return
    from tqdm import tqdm

    with tqdm(total=epochs, unit=say("job.epoch_unit"), unit_scale=True, leave=False) as bar:
        yield (
            (lambda line: None) if args.json else bar.write,
            lambda name: bar.set_description(name, refresh=False),
            bar.update,
        )


def _picture(args: argparse.Namespace, atlas: Atlas) -> list[Path]:
    """The picture, or a sentence that says why there is none."""
    from tinygrad_xor.viz import plot_atlas

    try:
        return [plot_atlas(atlas, args.out / "atlas.png", lang=spoken())]
    except (ImportError, ValueError) as error:
        print(say("command.no_pictures", why=error), file=sys.stderr)
        return []


def _as_json(setting: Setting, counts: Any) -> dict[str, Any]:
    low, high = counts.interval
    return {**asdict(setting), **asdict(counts), "share": counts.share, "low": low, "high": high}


def _listed(kind: Callable[[str], T], text: str) -> list[T]:
    return list(dict.fromkeys(kind(part.strip()) for part in text.split(",")))


def _numbers(text: str) -> list[int]:
    """Numbers such as ``2-16`` or ``2,4,8-10``.

    >>> _numbers("2,4,8-10")
    [2, 4, 8, 9, 10]
    """
    numbers: list[int] = []
    for first, dash, last in _listed(lambda part: part.partition("-"), text):
        low, high = _number(first), _number(last if dash else first)
        if high < low:
            raise argparse.ArgumentTypeError(say("atlas.goes_down", low=low, high=high))
        numbers += range(low, high + 1)
    return list(dict.fromkeys(numbers))


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(say("atlas.not_numbers", text=text))
    return number


def _rates(text: str) -> list[float]:
    return _listed(positive, text)


def _names(text: str) -> list[str]:
    return _listed(lambda name: name.lower().replace("-", "_"), text)

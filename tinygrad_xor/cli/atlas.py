"""``tinygrad-xor atlas``: how often a network learns, over many seeds and settings."""

from __future__ import annotations

import argparse
import functools
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from tinygrad_xor.atlas import (
    LIKE,
    Atlas,
    Counts,
    Setting,
    add_to_atlas,
    like,
    measure,
    measured,
    read_atlas,
    wilson,
)
from tinygrad_xor.atlas.settings import KERAS_LR
from tinygrad_xor.atlas.starts import BIASES
from tinygrad_xor.cli.arguments import Parser, add_shared, positive, whole
from tinygrad_xor.cli.bars import json_text, progress, speaker
from tinygrad_xor.cli.errors import DONE, INTERRUPTED, CommandError, drawn, writing
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say, spoken

#: Neurons are compared with each other, in a thousand networks.
MOST_WIDTH = 1000
#: Measured where nothing is said of widths.
WIDTHS = range(2, 17)
#: Numbers of an argument, and settings of a command.
MOST = 10_000
#: How wide the columns of the table are at least.
_NEEDED = (3, 5, 7, 13, 7, 5, 4, 4, 4, 4)

T = TypeVar("T")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``atlas``."""
    parser = Parser("atlas", say("atlas.description"), say("atlas.codes"))
    add, names = parser.add_argument, say("atlas.names")
    bias = say("atlas.help_bias", names=", ".join(BIASES))
    add_shared(parser, task="xor")
    add("--like", choices=LIKE, help=say("atlas.help_like"))
    add("--widths", type=_widths, metavar="N", help=say("atlas.help_widths"))
    for name, text in (
        ("activation", say("arguments.activation")),
        ("initializer", say("atlas.help_initializer")),
        ("bias", bias),
        ("optimizer", say("arguments.optimizer")),
    ):
        default = f" ({say('atlas.default')}: {getattr(Setting(), name)})"
        add(f"--{name}", type=_names, metavar=names, help=text + default)
    add("--lr", type=_rates, metavar="X", help=say("atlas.help_lr"))
    add("--epochs", type=_numbers, metavar="N", help=say("atlas.help_epochs"))
    add("--batch-size", type=whole(1), metavar="N", help=say("atlas.help_batch_size"))
    add("--seeds", type=whole(1), default=1000, metavar="N", help=say("atlas.help_seeds"))
    add("--use-measured", action="store_true", help=say("atlas.help_use_measured"))
    add_shared(parser, "atlas", out=Path("atlas-run"), json=False)
    return parser


def run(args: argparse.Namespace) -> int:
    """Measure what was asked for, show it, and return the exit code."""
    table = args.out / "atlas.csv"

    def keep(rows: Atlas) -> None:
        try:
            with writing(args.out):
                add_to_atlas(rows, table)
        except ValueError as error:
            raise CommandError(say("atlas.cannot", why=error)) from error

    try:
        settings = _settings(args)
    except ValueError as error:
        raise CommandError(say("atlas.cannot", why=error)) from error
    keep({})  # before the work, which would be lost otherwise
    before = read_atlas(table, args.seeds)
    shown, interrupted = _measure_all(args, settings, before, keep)
    write = speaker(args.json)
    if interrupted:
        said = say("atlas.interrupted", done=len(shown), all=len(settings))
        print(said, file=sys.stderr)
    if shown:
        write("\n" + _summary(shown))
        files = [table, *_picture(args, shown)]
        write(say("atlas.written", files=", ".join(map(str, files))))
    if args.json:
        print(json_text([_as_json(*item) for item in shown.items()]))
    return INTERRUPTED if interrupted else DONE


def _settings(args: argparse.Namespace) -> list[Setting]:
    """Every combination of what was asked for; the widths and the epochs of each stand together."""
    make = functools.partial(like, args.like) if args.like else Setting
    asked = {
        "optimizer": args.optimizer,
        "activation": args.activation,
        "initializer": args.initializer,
        "bias": args.bias,
        "lr": args.lr,
        "width": args.widths or (None if args.like else WIDTHS),
        "epochs": args.epochs,
        "batch_size": args.batch_size and [args.batch_size],
    }
    asked = {name: values for name, values in asked.items() if values}
    if (count := math.prod(map(len, asked.values()))) > MOST:
        raise ValueError(say("atlas.too_many_settings", n=count, most=MOST))
    made = [
        make(task=args.task, **dict(zip(asked, values, strict=True)))
        for values in itertools.product(*asked.values())
    ]
    if args.optimizer and not args.lr:
        return [replace(s, lr=KERAS_LR.get(s.optimizer, 0.001)) for s in made]
    return made


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
        speaker(args.json)(say("atlas.known", count=len(known), all=len(settings)) + "\n")
    groups = list(_trained_together(settings))
    to_train = [group for group in groups if any(s not in known for s in group)]
    epochs = sum(group[-1].epochs for group in to_train) * args.seeds
    shown: Atlas = {}
    heading = None
    with progress(epochs, say("job.epoch_unit"), silent=args.json) as bar:
        try:
            for together in groups:
                if any(s not in known for s in together):
                    bar.begin(say("atlas.bar", **vars(together[0])))
                    also_after = [s.epochs for s in together[:-1]]
                    known |= measure(
                        together[-1], args.seeds, also_after=also_after, on_step=bar.move
                    )
                shown |= {s: known[s] for s in together}
                keep({s: known[s] for s in together})
                if heading != (new := replace(together[0], width=1)):
                    apart = "\n" if heading else ""
                    bar.write(apart + _heading(together[0], args.seeds))
                    heading = new
                for s in together:
                    bar.write(_row(s, known[s]))
        except KeyboardInterrupt:
            keep(shown)  # it may have come just then
            return shown, True
    return shown, False


def _trained_together(settings: list[Setting]) -> Iterator[list[Setting]]:
    """Settings that differ in the number of epochs only, fewest first: one training is enough."""
    for _, group in itertools.groupby(settings, lambda s: replace(s, epochs=1)):
        yield sorted(group, key=lambda s: s.epochs)


def _picture(args: argparse.Namespace, atlas: Atlas) -> list[Path]:
    from tinygrad_xor.viz import plot_atlas

    return drawn(lambda: plot_atlas(atlas, args.out / "atlas.png", lang=spoken()))


def _heading(setting: Setting, seeds: int) -> str:
    """What the rows below have in common, and the names of the columns."""
    shown = vars(setting) | {"task": setting.task.upper(), "seeds": seeds}
    return f"{say('atlas.setting', **shown)}\n\n{aligned([_columns()], least=_NEEDED)[0]}"


def _row(setting: Setting, counts: Counts) -> str:
    """The counts of one setting."""
    low, high = (100 * end for end in counts.interval)
    cells = [
        setting.width,
        setting.epochs,
        f"{100 * counts.share:.1f} %",
        f"{low:.1f} – {high:.1f}",
        f"{100 * counts.sure / counts.seeds:.1f} %",
        counts.seeds - counts.learned,
        counts.blind,
        counts.with_dead,
        counts.with_duplicates,
        counts.with_saturated,
    ]
    return aligned([_columns(), [str(cell) for cell in cells]], least=_NEEDED)[1]


def _columns() -> list[str]:
    return say("atlas.columns").split(" | ")


def _summary(atlas: Atlas) -> str:
    """What the columns mean, and which settings learned every time."""
    lines = [say("atlas.explained"), ""]
    if diverged := sum(counts.diverged for counts in atlas.values()):
        lines.append(say("atlas.diverged", count=diverged))
    always = {s: counts.seeds for s, counts in atlas.items() if counts.learned == counts.seeds}
    if not always:
        lines.append(say("atlas.never_all"))
    else:
        fewest = min(always.values())
        which = "".join(f"\n  {line}" for line in _in_words(always, among=atlas))
        lines.append(say("atlas.always", low=100 * wilson(fewest, fewest)[0], which=which))
    return "\n".join(lines)


def _in_words(settings: Iterable[Setting], among: Iterable[Setting]) -> list[str]:
    """The widths of each combination of the rest; what all have in common is not said."""
    values = [vars(s) | {"width": None} for s in among]
    varied = [name for name in values[0] if len({v[name] for v in values}) > 1]
    widths: dict[tuple[object, ...], list[int]] = {}
    for s in settings:
        widths.setdefault(tuple(vars(s)[name] for name in varied), []).append(s.width)
    return [
        say("atlas.widths", widths=", ".join(map(str, sorted(set(found)))))
        + "".join(
            f", {say(f'atlas.{name}')} {value}" for name, value in zip(varied, rest, strict=True)
        )
        for rest, found in widths.items()
    ]


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
        if (count := len(numbers) + high - low + 1) > MOST:
            raise argparse.ArgumentTypeError(say("atlas.too_many", n=count, most=MOST))
        numbers += range(low, high + 1)
    return list(dict.fromkeys(numbers))


def _widths(text: str) -> list[int]:
    widths = _numbers(text)
    for width in widths:
        whole(1, MOST_WIDTH)(str(width))
    return widths


def _number(text: str) -> int:
    try:
        return whole(1)(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(say("atlas.not_numbers", text=text)) from None


def _rates(text: str) -> list[float]:
    return _listed(positive, text)


def _names(text: str) -> list[str]:
    return _listed(lambda name: name.lower().replace("-", "_"), text)

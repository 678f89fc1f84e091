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

from tinygrad_xor.atlas import Atlas, Setting, measure, measured, read_atlas, write_atlas
from tinygrad_xor.atlas.settings import BIASES, KERAS_LR
from tinygrad_xor.cli.atlas_text import AtlasText
from tinygrad_xor.datasets import TRUTH_TABLES

INTERRUPTED = 130
LANGUAGES = ("en", "ru")

T = TypeVar("T")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``atlas``."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor atlas",
        description="Train many networks for each setting, all seeds at once, and print how often "
        "they learn, with a 95 % confidence interval, and what those look like that do not. "
        "An option with several values, such as --activation relu,tanh, measures every "
        "combination. What is measured is kept in the file atlas.csv of the folder, and not "
        "measured again.",
        epilog="Exit codes: 0 measured, 2 wrong arguments, 130 interrupted. "
        "Example: tinygrad-xor atlas --widths 4,6 --activation relu,tanh",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--task", choices=TRUTH_TABLES, default="xor", help="what to learn")
    add("--widths", type=_numbers, default="2-16", help="neurons in the hidden layer")
    add("--activation", type=_names, default="relu", help="of the hidden neurons")
    add("--initializer", type=_names, default="glorot_uniform", help="of the weights")
    add(
        "--bias",
        type=_names,
        default="zeros",
        help=f"where hidden biases start: {', '.join(BIASES)} (0.1; within ±1/√2)",
    )
    add("--optimizer", type=_names, default="adam", help="the optimizer")
    add("--lr", type=_rates, help="the learning rate; by default Keras's for each optimizer")
    add("--epochs", type=_numbers, default="2000", help="count after each of these epochs")
    add("--batch-size", type=_number, default=1, help="examples in one step")
    add("--seeds", type=_number, default=1000, help="networks for each setting")
    add(
        "--use-measured",
        action="store_true",
        help="take the counts that come with the package, train only what is missing there",
    )
    add("--lang", choices=LANGUAGES, default="en", help="the language of table and picture")
    add("--out", type=Path, default=Path("atlas-run"), help="folder for atlas.csv and atlas.png")
    add("--json", action="store_true", help="print the counts as JSON only")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    table = args.out / "atlas.csv"
    try:
        settings = _settings(args)
        kept = read_atlas(table) if table.exists() else {}
        write_atlas(kept, table)  # before the work, which would be lost otherwise
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"cannot write to {args.out}: {error.strerror or error}")
    shown, interrupted = _measure_all(args, settings, kept, table)
    text = AtlasText(args.lang)
    say = _say(args)
    if interrupted:
        print(text.interrupted(len(shown), len(settings)), file=sys.stderr)
    if shown:
        say("\n" + text.summary(shown))
        say(text.written([table, *_picture(args, shown)]))
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
    args: argparse.Namespace, settings: list[Setting], kept: Atlas, table: Path
) -> tuple[Atlas, bool]:
    """The counts of the settings, and whether Ctrl-C came before the last of them.

    Each is in the file as soon as it is known, beside what was `kept` there.
    """
    text, say = AtlasText(args.lang), _say(args)
    known = (measured() if args.use_measured else {}) | kept
    known = {s: known[s] for s in settings if s in known and known[s].seeds == args.seeds}
    if known:
        say(text.known(len(known), len(settings)) + "\n")
    groups = list(_trained_together(settings))
    to_train = [group for group in groups if any(s not in known for s in group)]
    epochs = sum(group[-1].epochs for group in to_train) * args.seeds
    shown: Atlas = {}
    heading = None
    with _progress(args, epochs) as (say_beside, begin, on_step):
        try:
            for together in groups:
                if together in to_train:
                    begin(text.bar(together[0]))
                    also_after = [s.epochs for s in together[:-1]]
                    known |= measure(
                        together[-1], args.seeds, also_after=also_after, on_step=on_step
                    )
                shown |= {s: known[s] for s in together}
                kept |= {s: known[s] for s in together}
                write_atlas(kept, table)
                if heading != (heading := replace(together[0], width=1)):
                    say_beside(text.heading(together[0], args.seeds))
                for s in together:
                    say_beside(text.row(s, known[s]))
        except KeyboardInterrupt:
            return shown, True
    return shown, False


def _trained_together(settings: list[Setting]) -> Iterator[list[Setting]]:
    """Settings that differ in the number of epochs only, fewest first: one training is enough."""
    for _, group in itertools.groupby(settings, lambda s: replace(s, epochs=1)):
        yield sorted(group, key=lambda s: s.epochs)


def _say(args: argparse.Namespace) -> Callable[[str], None]:
    return (lambda line: None) if args.json else lambda line: print(line, flush=True)


@contextlib.contextmanager
def _progress(args: argparse.Namespace, epochs: int) -> Iterator[Any]:
    """A bar at a terminal: how to print beside it, to name what is trained, and to move it."""
    say = _say(args)
    if not sys.stderr.isatty() or not epochs:
        yield say, lambda name: None, None
        return
    from tqdm import tqdm

    with tqdm(total=epochs, unit="ep", unit_scale=True, leave=False) as bar:
        yield (
            (lambda line: None) if args.json else bar.write,
            lambda name: bar.set_description(name, refresh=False),
            bar.update,
        )


def _picture(args: argparse.Namespace, atlas: Atlas) -> list[Path]:
    """The picture, or a sentence that says why there is none."""
    from tinygrad_xor.viz import plot_atlas

    try:
        return [plot_atlas(atlas, args.out / "atlas.png", lang=args.lang)]
    except (ImportError, ValueError) as error:
        print(error, file=sys.stderr)
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
    for first, _, last in _listed(lambda part: part.partition("-"), text):
        low, high = _number(first), _number(last or first)
        if high < low:
            raise argparse.ArgumentTypeError(f"{low}-{high} goes down: write {high}-{low}")
        numbers += range(low, high + 1)
    return list(dict.fromkeys(numbers))


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, or such as 2-16, not {text!r}")
    return number


def _rates(text: str) -> list[float]:
    try:
        return _listed(float, text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be numbers such as 0.001, not {text!r}") from error


def _names(text: str) -> list[str]:
    return _listed(lambda name: name.lower().replace("-", "_"), text)

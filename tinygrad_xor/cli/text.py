"""What the command says: lines and tables of plain text."""

from __future__ import annotations

import argparse
import itertools
import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import name_of
from tinygrad_xor.training import on_the_right_side

if TYPE_CHECKING:
    from tinygrad_xor.cli.job import Outcome
    from tinygrad_xor.derivatives.coverage import Row
    from tinygrad_xor.testing.faults import Mutant
    from tinygrad_xor.testing.report import Result


def check_lines(results: Iterable[Result]) -> Iterator[str]:
    """One line for each page of derivatives, as soon as it is checked, and one for a failure."""
    for page, group in itertools.groupby(results, key=lambda r: r.page):
        examples, worst, count = 0, 0.0, 0
        for result in group:
            if not result.passed:
                yield f"  {page:<18}{result.name} FAIL"
                return
            examples, worst, count = examples + result.examples, max(worst, result.worst), count + 1
        what = f"{count} operation{'s' if count > 1 else ''}" if page else ""
        yield (
            f"  {page.replace('_', ' ') or 'the network':<18}{what:<14}{examples:>6} examples   "
            f"worst relative error {worst:.0e}   pass"
        )


def score(planted: Sequence[Mutant]) -> str:
    """How many planted faults were caught: for each fault, and in all."""
    width = max((len(m.fault) for m in planted), default=0) + 2
    lines = [f"{'fault':<{width}}{'planted':>9}{'no change':>11}{'caught':>8}{'survived':>10}"]
    by_fault: dict[str, list[Mutant]] = {}
    for m in planted:
        by_fault.setdefault(m.fault.replace("_", " "), []).append(m)
    for fault, group in [*by_fault.items(), ("in all", list(planted))]:
        count = {
            v: sum(m.verdict == v for m in group) for v in ("equivalent", "caught", "survived")
        }
        lines.append(
            f"{fault:<{width}}{len(group):>9}{count['equivalent']:>11}{count['caught']:>8}"
            f"{count['survived']:>10}"
        )
    survivors = [
        f"  {m.entry}, rule {m.rule}: {m.fault}" for m in planted if m.verdict == "survived"
    ]
    return "\n".join([*lines, *(["", "survived:", *survivors] if survivors else [])])


def coverage_table(rows: Iterable[Row]) -> str:
    """Every function of NumPy in one of three columns, and why some are not supported."""
    columns: dict[str, list[Row]] = {}
    for row in rows:
        columns.setdefault(row.column, []).append(row)
    lines = []
    for column in ("differentiable", "constant", "not supported"):
        names = columns.get(column, [])
        lines += [f"{column} ({len(names)})", ""]
        if column == "not supported":
            reasons: dict[str, list[str]] = {}
            for row in names:
                reasons.setdefault(row.reason, []).append(row.name)
            for reason, functions in reasons.items():
                lines += [f"  {reason}:", _wrapped(functions, "    "), ""]
        else:
            lines += [_wrapped([row.name for row in names], "  "), ""]
    return "\n".join(lines)


def _wrapped(words: list[str], indent: str) -> str:
    return textwrap.fill(
        " ".join(words),
        width=96,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def settings(args: argparse.Namespace) -> str:
    """What is about to be trained, in one line."""
    steps = f"{args.epochs} epochs, batch size {args.batch_size}"
    return (
        f"Training {args.task.upper()}: 2 inputs → {args.hidden} {args.activation} → 1 output; "
        f"{args.loss}, {args.optimizer} (lr {args.lr:g}), {steps}"
    )


def ending(args: argparse.Namespace, outcome: Outcome) -> str:
    """How training ended, in one sentence."""
    task = args.task.upper()
    if outcome.interrupted:
        return f"interrupted in epoch {outcome.history.epochs + 1} of {args.epochs}"
    tries = "1 try" if outcome.tries == 1 else f"{outcome.tries} tries"
    if outcome.learned:
        return f"learned {task} in {tries} (seed {outcome.seed})"
    return f"did not learn {task} in {tries} (last seed {outcome.seed})"


def why_stuck(outcome: Outcome, inputs: Any, targets: Any, right: Any) -> str:
    """What a stuck run predicts wrongly, and the reason that can be seen: dead ReLUs."""
    predictions = outcome.model.predict(inputs).ravel()
    wrong = [
        f"{prediction:.2f} for {tuple(int(v) for v in x)}, which is {int(y)}"
        for x, y, prediction, ok in zip(inputs, targets.ravel(), predictions, right, strict=True)
        if not ok
    ]
    lines = [f"  stuck with seed {outcome.seed}: it predicts {'; '.join(wrong)}"]
    hidden = outcome.model.layers[0]
    if name_of(hidden.activation) == "relu":
        dead = dead_neurons(outcome.model, inputs)
        lines.append(
            f"  {dead} of {hidden.units} ReLU neurons are dead: they give 0 for all four inputs, "
            "so no gradient reaches their weights and they cannot recover"
            if dead
            else f"  none of its {hidden.units} ReLU neurons is dead: it needs another start, more "
            "epochs or more neurons"
        )
    return "\n".join(lines)


def dead_neurons(model: Sequential, inputs: Any) -> int:
    """How many neurons of the first layer give 0 for every input."""
    return int(np.sum(np.all(model.layers[0](inputs).data <= 0, axis=0)))


def truth_table(inputs: Any, targets: Any, predictions: Any, threshold: float) -> str:
    """The inputs, the targets, the predictions, and whether each is right."""
    right = on_the_right_side(targets, predictions, threshold).ravel()
    lines = ["x1  x2  target  prediction", "--  --  ------  ----------"]
    for x, y, p, ok in zip(inputs, targets.ravel(), predictions.ravel(), right, strict=True):
        lines.append(
            f"{x[0]:>2.0f}  {x[1]:>2.0f}  {y:>6.0f}  {p:>10.4f}  {'right' if ok else 'WRONG'}"
        )
    return "\n".join(lines)


def surface(model: Sequential, inputs: Any, targets: Any, threshold: float, stream: TextIO) -> str:
    """The decision surface, in colour on a terminal; empty if `stream` has no such characters."""
    from tinygrad_xor.viz import decision_text

    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    words = decision_text(model.predict, inputs, targets, threshold=threshold, colour=colour)
    try:
        words.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return ""
    return words


def weights(model: Sequential) -> str:
    """The weights and biases of every layer."""
    lines = []
    for p in model.parameters():
        array = np.array2string(p.data, precision=4, suppress_small=True, floatmode="fixed")
        indent = " " * (len(str(p.label)) + 3)
        lines.append(f"{p.label} = " + array.replace("\n", "\n" + indent))
    return "\n".join(lines)

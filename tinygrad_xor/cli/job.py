"""The main job: check the gradients, train the network, show the result."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor import __version__
from tinygrad_xor.cli import pictures, text
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Dense, Loss, Sequential, losses
from tinygrad_xor.nn.summary import summary_lines
from tinygrad_xor.optim import get as get_optimizer
from tinygrad_xor.training import History, train

if TYPE_CHECKING:
    from tinygrad_xor.testing.checks import Result

LEARNED, FAILED, INTERRUPTED = 0, 1, 130
MAX_TRIES = 10

Write = Callable[[str], None]


class DivergedError(Exception):
    """The loss of a run is no number any more; it says what to do."""


@dataclass
class Outcome:
    """How training ended."""

    model: Sequential
    seed: int
    tries: int
    history: History = field(default_factory=History)
    interrupted: bool = False
    learned: bool = False


def run(args: argparse.Namespace) -> int:
    """Do the whole job as `args` say, and return the exit code.

    Raises:
        DivergedError: if the loss of a run becomes NaN or infinite.
    """
    args.out.mkdir(parents=True, exist_ok=True)  # before the work, which would be lost otherwise
    write: Write = (lambda line: None) if args.quiet or args.json else print
    loss = losses.get(args.loss)
    assert isinstance(loss, Loss)
    result: dict[str, Any] = {"version": __version__, "task": args.task}
    if not args.skip_check:
        checks = _check(args, loss, write)
        result["check"] = checks
        failed = [check for check in checks if not check["passed"]]
        if failed:
            _report_wrong_gradient(args, failed[0], result)
            return FAILED
    outcome = _learn(args, loss, write)
    files = _show(args, loss, outcome, write)
    if args.json:
        print(json.dumps({**result, **_as_json(args, outcome, files)}, indent=2))
    elif args.quiet:
        print(text.ending(args, outcome))
    if outcome.interrupted:
        return INTERRUPTED
    return LEARNED if outcome.learned else FAILED


def _check(args: argparse.Namespace, loss: Loss, write: Write) -> list[dict[str, Any]]:
    from tinygrad_xor.cli.check_text import check_lines
    from tinygrad_xor.testing.checks import check_network, check_table

    write(say("job.check"))
    start = time.perf_counter()
    examples, seed = args.check_examples, args.seed
    _, y = truth_table(args.task)

    def results() -> Iterator[Result]:
        yield from check_table(examples, seed)
        yield check_network(_network(args, seed), loss, y, 2, 3 * examples, seed)

    checks: list[dict[str, Any]] = []

    def noted() -> Iterator[Result]:
        for r in results():
            checks.append({k: v for k, v in r.as_json().items() if k != "seconds"})
            yield r

    for line in check_lines(noted()):
        write(line)
    if checks[-1]["passed"]:
        write(say("job.checked", n=len(checks), seconds=time.perf_counter() - start))
    return checks


def _report_wrong_gradient(
    args: argparse.Namespace, failed: dict[str, Any], result: dict[str, Any]
) -> None:
    said = say("job.wrong_gradient", name=failed["name"], failure=failed["failure"])
    print(said, file=sys.stderr)
    if args.json:
        print(json.dumps(result, indent=2))


def _network(args: argparse.Namespace, seed: int) -> Sequential:
    output = "tanh" if args.loss == "hinge" else "sigmoid"
    layers = [Dense(args.hidden, args.activation, input_dim=2), Dense(1, output)]
    return Sequential(layers, seed=seed)


def _learn(args: argparse.Namespace, loss: Loss, write: Write) -> Outcome:
    """Train, and on a stuck run try again with the next seed."""
    inputs, targets = truth_table(args.task)
    write(text.settings(args))
    for tries in itertools.count(1):
        seed = args.seed + tries - 1
        outcome = Outcome(_network(args, seed), seed, tries)
        _train(args, loss, outcome)
        predictions = outcome.model.predict(inputs)
        right = on_the_right_side(targets, predictions, loss.threshold).ravel()
        outcome.learned = bool(right.all())
        if outcome.interrupted or outcome.learned:
            write(f"  {text.ending(args, outcome)}")
            break
        write(text.why_stuck(outcome, inputs, targets, right))
        if tries == MAX_TRIES:
            break
        write(say("job.again", seed=seed + 1))
    return outcome


def _train(args: argparse.Namespace, loss: Loss, outcome: Outcome) -> None:
    inputs, targets = truth_table(args.task)
    optimizer = get_optimizer(args.optimizer)(outcome.model.parameters(), lr=args.lr)
    with _progress(args, outcome.seed) as on_epoch, contextlib.suppress(KeyboardInterrupt):
        outcome.interrupted = True
        try:
            train(
                outcome.model,
                inputs,
                targets,
                loss=loss,
                optimizer=optimizer,
                epochs=args.epochs,
                batch_size=args.batch_size,
                seed=outcome.seed,
                history=outcome.history,
                on_epoch=on_epoch,
            )
        except ValueError as error:
            raise DivergedError(say("job.diverged", why=error)) from error
        outcome.interrupted = False


@contextlib.contextmanager
def _progress(args: argparse.Namespace, seed: int) -> Iterator[Callable[[History], None] | None]:
    """A bar with the loss and the accuracy, and what to call after each epoch to move it."""
    if args.quiet or args.json or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(
        total=args.epochs, desc=say("job.seed", seed=seed), unit=say("job.epoch_unit")
    ) as bar:

        def on_epoch(history: History) -> None:
            if history.epochs % 50 == 0 or history.epochs == args.epochs:
                row = history.rows[-1]
                bar.set_postfix_str(say("job.progress", **row), refresh=False)
            bar.update()

        yield on_epoch


def _show(args: argparse.Namespace, loss: Loss, outcome: Outcome, write: Write) -> list[Path]:
    model = outcome.model
    inputs, targets = truth_table(args.task)
    write("\n" + text.truth_table(inputs, targets, model.predict(inputs), loss.threshold) + "\n")
    if surface := text.surface(model, inputs, targets, loss.threshold, sys.stdout):
        write(surface + "\n")
    write("\n".join(summary_lines(model, spoken())))
    write("\n" + text.weights(model) + "\n")
    files = pictures.write_files(args, loss, model, outcome.history)
    write(say("job.files", files=", ".join(map(str, files))))
    return files


def _as_json(args: argparse.Namespace, outcome: Outcome, files: list[Path]) -> dict[str, Any]:
    inputs, targets = truth_table(args.task)
    last = outcome.history.rows[-1] if outcome.history.rows else {}
    rows = zip(inputs, targets.ravel(), outcome.model.predict(inputs).ravel(), strict=True)
    return {
        "learned": outcome.learned,
        "interrupted": outcome.interrupted,
        "seed": outcome.seed,
        "tries": outcome.tries,
        "epochs": outcome.history.epochs,
        "loss": last.get("loss"),
        "accuracy": last.get("accuracy"),
        "predictions": [
            {"inputs": x.tolist(), "target": float(y), "prediction": float(p)} for x, y, p in rows
        ],
        "parameters": outcome.model.count_parameters(),
        "weights": [w.tolist() for w in outcome.model.get_weights()],
        "files": [str(path) for path in files],
    }

"""The main job: check the gradients, train the network, show the result."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor import __version__
from tinygrad_xor.callbacks import Callback, Logs
from tinygrad_xor.cli import training_text as text
from tinygrad_xor.cli.bars import Patient, Progress, Write, presses, progress
from tinygrad_xor.cli.check_text import check_lines
from tinygrad_xor.cli.errors import try_to_write, writing
from tinygrad_xor.cli.json_text import json_text
from tinygrad_xor.cli.run_files import write_files
from tinygrad_xor.cli.training import Training
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import Dense, Loss, Sequential, losses
from tinygrad_xor.nn.summary import summary_lines

if TYPE_CHECKING:
    from tinygrad_xor.testing.checks import Result

LEARNED, FAILED, INTERRUPTED = 0, 1, 130
MAX_TRIES = 10


def run(args: argparse.Namespace) -> int:
    """Do the whole job as `args` say, and return the exit code.

    Raises:
        CommandError: if the loss of a run becomes NaN or infinite, or files cannot be written.
    """
    try_to_write(args.out / "network.npz")
    write = Patient(args.quiet or args.json)
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
    with presses() as done:
        training = _learn(args, loss, write)
        done()
        with writing(args.out):
            files = write_files(args, loss, training.model, training.history)
    learned = bool(training.right(loss, args.task).all())
    _show(args, loss, training, write)
    write(say("job.files", files=", ".join(map(str, files))))
    write.end()
    if args.json:
        said = {**result, "learned": learned, **_as_json(args, training, files)}
        print(json_text(said))
    elif args.quiet:
        print(text.ending(args, training, learned))
    if training.interrupted:
        return INTERRUPTED
    return LEARNED if learned else FAILED


def _check(args: argparse.Namespace, loss: Loss, write: Write) -> list[dict[str, Any]]:
    from tinygrad_xor.testing.checks import check_network, check_table

    write(say("job.check"))
    start = time.perf_counter()
    examples, seed = args.check_examples, args.seed
    _, y = truth_table(args.task)
    checks: list[dict[str, Any]] = []

    def results() -> Iterator[Result]:
        network = _network(args, seed)
        of_it = partial(check_network, network, loss, y, 2, 3 * examples, seed)
        yield from check_table(examples, seed, beside=[of_it])

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
        print(json_text(result))


def _network(args: argparse.Namespace, seed: int) -> Sequential:
    output = "tanh" if args.loss == "hinge" else "sigmoid"
    layers = [Dense(args.hidden, args.activation, input_dim=2), Dense(1, output)]
    return Sequential(layers, seed=seed)


def _learn(args: argparse.Namespace, loss: Loss, write: Write) -> Training:
    """Train, and on a stuck run try again with the next seed."""
    inputs, targets = truth_table(args.task)
    write(text.settings(args))
    for tries in itertools.count(1):
        seed = args.seed + tries - 1
        training = Training(_network(args, seed), seed, tries)
        _train(args, loss, training)
        right = training.right(loss, args.task)
        if training.interrupted or right.all():
            write(f"  {text.ending(args, training, right.all())}")
            break
        write(text.why_stuck(training, inputs, targets, right))
        if tries == MAX_TRIES:
            break
        write(say("job.again", seed=seed + 1))
    return training


def _train(args: argparse.Namespace, loss: Loss, training: Training) -> None:
    """Train with a bar that shows the loss and the accuracy."""
    unit, quiet = say("job.epoch_unit"), args.quiet or args.json
    with progress(args.epochs, unit, quiet=quiet, leave=True) as bar:
        bar.begin(say("job.seed", seed=training.seed))
        training.run(args, loss, _Bar(bar, args.epochs))


class _Bar(Callback):
    """Moves the bar, with the loss and the accuracy behind it."""

    looks_at_model = False

    def __init__(self, bar: Progress, epochs: int) -> None:
        self.bar, self.epochs = bar, epochs

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Move on by one."""
        if (epoch + 1) % 50 == 0 or epoch + 1 == self.epochs:
            self.bar.note(say("job.progress", **(logs or {})))
        self.bar.move()


def _show(args: argparse.Namespace, loss: Loss, training: Training, write: Write) -> None:
    model = training.model
    inputs, targets = truth_table(args.task)
    write("\n" + text.truth_table(inputs, targets, model.predict(inputs), loss.threshold) + "\n")
    if surface := text.surface(model, inputs, targets, loss.threshold, sys.stdout):
        write(surface + "\n")
    write("\n".join(summary_lines(model, spoken())))
    write("\n" + text.weights(model) + "\n")


def _as_json(args: argparse.Namespace, training: Training, files: list[Path]) -> dict[str, Any]:
    inputs, targets = truth_table(args.task)
    last = training.history.rows[-1] if training.history.rows else {}
    rows = zip(inputs, targets.ravel(), training.model.predict(inputs).ravel(), strict=True)
    return {
        "interrupted": training.interrupted,
        "seed": training.seed,
        "tries": training.tries,
        "epochs": training.history.epochs,
        "loss": last.get("loss"),
        "accuracy": last.get("accuracy"),
        "predictions": [
            {"inputs": x.tolist(), "target": float(y), "prediction": float(p)} for x, y, p in rows
        ],
        "parameters": training.model.count_parameters(),
        "weights": [w.tolist() for w in training.model.get_weights()],
        "files": [str(path) for path in files],
    }

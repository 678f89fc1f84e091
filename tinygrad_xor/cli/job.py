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
from tinygrad_xor.cli.bars import Patient, Progress, Write, json_text, presses, progress
from tinygrad_xor.cli.check_text import check_lines
from tinygrad_xor.cli.errors import FAILED, drawn, try_to_write, writing
from tinygrad_xor.cli.training import Training
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import Dense, Loss, Sequential, losses
from tinygrad_xor.nn.summary import summary_lines

if TYPE_CHECKING:
    from tinygrad_xor.testing.results import Result

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
            said = {name: failed[0][name] for name in ("name", "failure")}
            print(say("job.wrong_gradient", **said), file=sys.stderr)
            if args.json:
                print(json_text(result))
            return FAILED
    with presses() as done:
        training = _learn(args, loss, write)
        done()
        with writing(args.out):
            files = _written(training)
    _show(training, write)
    write(say("job.files", files=", ".join(map(str, files))))
    write.end()
    if args.json:
        print(json_text({**result, "learned": training.learned, **_as_json(training, files)}))
    elif args.quiet:
        print(training.ending())
    return training.exit_code


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


def _network(args: argparse.Namespace, seed: int) -> Sequential:
    output = "tanh" if args.loss == "hinge" else "sigmoid"
    layers = [Dense(args.hidden, args.activation, input_dim=2), Dense(1, output)]
    return Sequential(layers, seed=seed)


def _learn(args: argparse.Namespace, loss: Loss, write: Write) -> Training:
    """Train, and on a stuck run try again with the next seed."""
    shown = vars(args) | {"task": args.task.upper(), "epochs": say("job.epochs", n=args.epochs)}
    write(say("job.settings", **shown))
    for tries in itertools.count(1):
        seed = args.seed + tries - 1
        training = Training(args, loss, _network(args, seed), seed, tries)
        _train(training)
        if training.interrupted or training.learned:
            write(f"  {training.ending()}")
            break
        write(training.why_stuck())
        if tries == MAX_TRIES:
            break
        write(say("job.again", seed=seed + 1))
    return training


def _train(training: Training) -> None:
    """Train with a bar that shows the loss and the accuracy."""
    args = training.args
    unit, quiet = say("job.epoch_unit"), args.quiet or args.json
    with progress(args.epochs, unit, quiet=quiet, leave=True) as bar:
        bar.begin(say("job.seed", seed=training.seed))
        training.run(_Bar(bar, args.epochs))


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


def _written(training: Training) -> list[Path]:
    """The files of the run; what cannot be drawn here is said in a sentence."""
    from tinygrad_xor.viz import draw, plot_decision, plot_loss

    args, model, history = training.args, training.model, training.history
    how = {"task": args.task.upper(), "activation": args.activation}
    labels: Any = {"title": say("job.title", n=args.hidden, **how), "lang": spoken()}
    x, y, threshold = training.inputs, training.targets, training.loss.threshold
    loss_png, decision_png = args.out / "loss.png", args.out / "decision.png"
    return [
        model.save(args.out / "network.npz"),
        *drawn(
            lambda: plot_loss(history.loss, loss_png, accuracies=history.accuracy, **labels),
            lambda: plot_decision(model.predict, x, y, decision_png, threshold=threshold, **labels),
        ),
        draw(model, x[1:2], y[1:2], loss=training.loss, lang=spoken()).save(args.out / "graph.svg"),
    ]


def _show(training: Training, write: Write) -> None:
    write("\n" + training.truth_table() + "\n")
    if surface := training.surface(sys.stdout):
        write(surface + "\n")
    write("\n".join(summary_lines(training.model, spoken())))
    write("\n" + training.weights() + "\n")


def _as_json(training: Training, files: list[Path]) -> dict[str, Any]:
    last = training.history.rows[-1] if training.history.rows else {}
    answers = training.targets.ravel(), training.predictions.ravel()
    rows = zip(training.inputs, *answers, strict=True)
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

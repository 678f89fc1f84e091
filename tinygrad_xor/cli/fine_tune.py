"""``tinygrad-xor fine-tune``: go on training a saved network, and compare with one from scratch."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinygrad_xor.cli import text
from tinygrad_xor.cli.arguments import Parser, positive, whole
from tinygrad_xor.cli.saved import add_network, network_of, output_activation
from tinygrad_xor.columns import aligned
from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.language import say, spoken
from tinygrad_xor.metrics import on_the_right_side
from tinygrad_xor.nn import Loss, Sequential, losses
from tinygrad_xor.optim import OPTIMIZERS
from tinygrad_xor.optim import get as get_optimizer
from tinygrad_xor.training import History, train

LEARNED, NOT_LEARNED, INTERRUPTED = 0, 1, 130
#: The loss that goes with the activation of the output.
LOSSES = {"sigmoid": "binary_crossentropy", "tanh": "hinge"}


@dataclass
class Training:
    """How one network learns the new task.

    Attributes:
        model: the network.
        right_after: after how many epochs all four answers were right first, 0 for at once.
        history: of the losses.
        interrupted: whether Ctrl-C ended it.
    """

    model: Sequential
    right_after: int | None = None
    history: History = field(default_factory=History)
    interrupted: bool = False

    @property
    def learning(self) -> int:
        """How many numbers learn."""
        return sum(p.size for p in self.model.trainable_parameters())

    def run(self, args: argparse.Namespace, loss: Loss) -> None:
        """Train until the last epoch, or until Ctrl-C."""
        inputs, targets = truth_table(args.task)
        self._look(loss, args.task)
        optimizer = get_optimizer(args.optimizer)(self.model.trainable_parameters(), lr=args.lr)
        try:
            train(
                self.model,
                inputs,
                targets,
                loss=loss,
                optimizer=optimizer,
                epochs=args.epochs,
                batch_size=args.batch_size,
                seed=args.seed,
                history=self.history,
                on_epoch=lambda history: self._look(loss, args.task),
            )
        except KeyboardInterrupt:
            self.interrupted = True

    def is_right(self, loss: Loss, task: str) -> bool:
        """Whether all four answers are right."""
        inputs, targets = truth_table(task)
        predictions = self.model.predict(inputs)
        return bool(on_the_right_side(targets, predictions, loss.threshold).all())

    def _look(self, loss: Loss, task: str) -> None:
        if self.right_after is None and self.is_right(loss, task):
            self.right_after = self.history.epochs

    def as_json(self) -> dict[str, Any]:
        """The figures of the comparison."""
        return {
            "parameters": self.learning,
            "epochs": self.history.epochs,
            "right_after": self.right_after,
            "loss": self.history.loss[-1] if self.history.rows else None,
        }


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``fine-tune``."""
    parser = Parser("fine-tune", say("fine_tune.description"), say("fine_tune.codes"))
    add_network(parser)
    add, folder = parser.add_argument, say("arguments.folder")
    add("--task", choices=TRUTH_TABLES, default="xnor", help=say("arguments.task"))
    add("--freeze", type=whole(0), metavar="N", help=say("fine_tune.freeze"))
    add("--optimizer", choices=OPTIMIZERS, default="adam", help=say("arguments.optimizer"))
    add("--lr", type=positive, default=0.01, metavar="X", help=say("arguments.lr"))
    add("--batch-size", type=whole(1), default=1, metavar="N", help=say("arguments.batch_size"))
    add("--epochs", type=whole(1), default=2000, metavar="N", help=say("arguments.epochs"))
    add("--seed", type=whole(0), default=0, metavar="N", help=say("fine_tune.seed"))
    out = Path("tuned-run")
    add("--out", type=Path, default=out, metavar=folder, help=say("arguments.out"))
    add("--json", action="store_true", help=say("fine_tune.json"))
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    model = network_of(parser, args.network)
    if args.freeze is None:
        args.freeze = len(model.layers) - 1
    if wrong := _why_not(args, model):
        parser.error(wrong)
    loss = losses.get(LOSSES[output_activation(model)])
    tuned = Training(_like(model, args.seed, freeze=args.freeze))
    tuned.model.set_weights(model.get_weights())
    scratch = Training(_like(model, args.seed))
    write = (lambda line: None) if args.json else print
    write(_settings(args, tuned))
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        tuned.run(args, loss)
        files = [tuned.model.save(args.out / "network.npz")]  # kept before what comes next
        if not tuned.interrupted:
            scratch.run(args, loss)
        compared = not (tuned.interrupted or scratch.interrupted)
        _show(args, loss, tuned, scratch if compared else None, write)
        if compared:
            files += _picture(args, tuned, scratch)
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or error
        parser.error(say("command.cannot_write", path=args.out, why=why))
    except ValueError as error:
        parser.error(say("job.diverged", why=error))
    write(say("job.files", files=", ".join(map(str, files))))
    learned = tuned.is_right(loss, args.task)
    if args.json:
        print(
            json.dumps(
                {
                    "task": args.task,
                    "frozen": args.freeze,
                    "learned": learned,
                    "interrupted": not compared,
                    "fine_tuned": tuned.as_json(),
                    "from_scratch": scratch.as_json() if compared else None,
                    "predictions": tuned.model.predict(truth_table(args.task)[0]).ravel().tolist(),
                    "files": [str(path) for path in files],
                },
                indent=2,
            )
        )
    if not compared:
        return INTERRUPTED
    return LEARNED if learned else NOT_LEARNED


def _why_not(args: argparse.Namespace, model: Sequential) -> str | None:
    """What is wrong with the network or the arguments, if anything is."""
    path, activation = args.network, output_activation(model)
    if (model.input_shape, model.output_shape) != ((2,), (1,)):
        shapes = {"inputs": model.input_shape, "outputs": model.output_shape}
        return say("fine_tune.not_for_a_table", path=path, **shapes)
    if activation not in LOSSES:
        return say("fine_tune.output", path=path, activation=activation)
    if not any(layer.parameters() for layer in model.layers[args.freeze :]):
        layers = say("fine_tune.n_layers", n=len(model.layers))
        return say("fine_tune.all_frozen", freeze=args.freeze, layers=layers)
    if (args.out / "network.npz").resolve() == path.resolve():
        return say("fine_tune.overwrites", path=path)
    return None


def _like(model: Sequential, seed: int, freeze: int = 0) -> Sequential:
    """A network with the same layers and new weights, the first layers frozen."""
    new = Sequential([type(layer)(**layer.config()) for layer in model.layers], seed=seed)
    for layer in new.layers[:freeze]:
        layer.trainable = False
    return new


def _settings(args: argparse.Namespace, tuned: Training) -> str:
    return say(
        "fine_tune.settings",
        task=args.task.upper(),
        learning=tuned.learning,
        parameters=say("fine_tune.of_parameters", n=tuned.model.count_parameters()),
        loss=LOSSES[output_activation(tuned.model)],
        optimizer=args.optimizer,
        lr=args.lr,
        epochs=say("job.epochs", n=args.epochs),
    )


def _show(
    args: argparse.Namespace, loss: Loss, tuned: Training, scratch: Training | None, write: Any
) -> None:
    """The comparison, if there is one, and the truth table."""
    inputs, targets = truth_table(args.task)
    if scratch is None:
        at = tuned.history.epochs + 1 if tuned.interrupted else None
        said = say("fine_tune.no_comparison")
        if at is not None:
            said = say("job.interrupted", epoch=at, epochs=args.epochs)
        print(said, file=sys.stderr)
    else:
        names = ("network", "learning", "all_right", "loss")
        rows = [
            (say(f"fine_tune.{name}"), str(t.learning), _when(t), f"{t.history.loss[-1]:.4f}")
            for name, t in (("tuned", tuned), ("scratch", scratch))
        ]
        heads = [say(f"fine_tune.{name}") for name in names]
        write("\n" + "\n".join(aligned([heads, None, *rows], left=1)))
    predictions = tuned.model.predict(inputs)
    write("\n" + text.truth_table(inputs, targets, predictions, loss.threshold) + "\n")
    if scratch is not None and not tuned.is_right(loss, args.task):
        lines = [*text.dead_or_alive(tuned.model, inputs), say("fine_tune.hint")]
        write("\n".join(lines) + "\n")


def _when(training: Training) -> str:
    """After how many epochs all four were right."""
    if training.right_after is None:
        return say("fine_tune.not_after", n=training.history.epochs)
    if training.right_after == 0:
        return say("fine_tune.before")
    return say("fine_tune.after", n=training.right_after)


def _picture(args: argparse.Namespace, tuned: Training, scratch: Training) -> list[Path]:
    """The losses of both, or a sentence that says why there is no picture."""
    from tinygrad_xor.viz.comparison import plot_losses

    named = {say("fine_tune.tuned"): tuned, say("fine_tune.scratch"): scratch}
    try:
        path = plot_losses(
            {name: t.history.loss for name, t in named.items()},
            args.out / "loss.png",
            right_after={name: t.right_after for name, t in named.items()},
            title=say("fine_tune.title", task=args.task.upper()),
            lang=spoken(),
        )
    except ImportError as error:
        print(say("command.no_pictures", why=error), file=sys.stderr)
        return []
    return [path]

"""``tinygrad-xor fine-tune``: go on training a saved network, and compare with one from scratch."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinygrad_xor.cli.arguments import (
    Parser,
    add_network,
    add_shared,
    network_in,
    output_activation,
    whole,
)
from tinygrad_xor.cli.bars import Patient, Write, json_text, presses, progress
from tinygrad_xor.cli.errors import INTERRUPTED, CommandError, drawn, try_to_write, writing
from tinygrad_xor.cli.training import Training
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say, spoken
from tinygrad_xor.nn import Sequential, losses, model_from_json
from tinygrad_xor.training import History

#: The loss that goes with the activation of the output.
LOSSES = {"sigmoid": "binary_crossentropy", "tanh": "hinge"}


@dataclass
class Comparable(Training):
    """A training that knows when its network was right first.

    Attributes:
        right_after: after how many epochs all four answers were right first, 0 for at once.
    """

    right_after: int | None = None

    @property
    def learning(self) -> int:
        """How many numbers learn."""
        return sum(p.size for p in self.model.trainable_parameters())

    def watched(self, name: str) -> None:
        """Train, and see after each epoch whether all four answers are right."""

        def look(history: History) -> None:
            if self.right_after is None and self.learned:
                self.right_after = history.epochs
            bar.move(history.epochs - bar.done)

        unit, silent = say("job.epoch_unit"), self.args.json
        with progress(self.args.epochs, unit, silent=silent) as bar:
            bar.begin(name)
            look(self.history)
            self.run(look)

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
    add_shared(parser, task="xnor")
    parser.add_argument("--freeze", type=whole(0), metavar="N", help=say("fine_tune.freeze"))
    add_shared(parser, optimizer="adam", lr=0.01, batch_size=1, epochs=2000)
    add_shared(parser, "fine_tune", seed=0, out=Path("tuned-run"), json=False)
    return parser


def run(args: argparse.Namespace) -> int:
    """Train both networks, compare them, and return the exit code."""
    model = network_in(args.network)
    if args.freeze is None:
        args.freeze = len(model.layers) - 1
    if wrong := _why_not(args, model):
        raise CommandError(wrong)
    loss = losses.get(LOSSES[output_activation(model)])
    tuned = Comparable(args, loss, _like(model, args.seed, freeze=args.freeze), args.seed)
    tuned.model.set_weights(model.get_weights())
    scratch = Comparable(args, loss, _like(model, args.seed), args.seed)
    write = Patient(args.json)
    write(_settings(tuned))
    try_to_write(args.out / "network.npz")
    with presses() as done:
        tuned.watched(say("fine_tune.tuned"))
        done()
        with writing(args.out):
            files = [tuned.model.save(args.out / "network.npz")]  # kept before what comes next
    if not tuned.interrupted:
        scratch.watched(say("fine_tune.scratch"))
    compared = not (tuned.interrupted or scratch.interrupted)
    learned = tuned.learned
    _show(tuned, scratch if compared else None, learned, write)
    if compared:
        with writing(args.out):
            files += _picture(tuned, scratch)
    write(say("job.files", files=", ".join(map(str, files))))
    write.end()
    if args.json:
        said = {
            "task": args.task,
            "frozen": args.freeze,
            "learned": learned,
            "interrupted": not compared,
            "fine_tuned": tuned.as_json(),
            "from_scratch": scratch.as_json() if compared else None,
            "predictions": tuned.predictions.ravel().tolist(),
            "files": [str(path) for path in files],
        }
        print(json_text(said))
    return tuned.exit_code if compared else INTERRUPTED


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
    new = model_from_json(model.to_json(), seed=seed)
    assert isinstance(new, Sequential)
    for i, layer in enumerate(new.layers):
        layer.trainable = i >= freeze
    return new


def _settings(tuned: Comparable) -> str:
    args = tuned.args
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


def _show(tuned: Comparable, scratch: Comparable | None, learned: bool, write: Write) -> None:
    """The comparison, if there is one, and the truth table."""
    if scratch is None:
        said = tuned.ending() if tuned.interrupted else say("fine_tune.no_comparison")
        print(said, file=sys.stderr)
    else:
        rows = [
            (say(f"fine_tune.{name}"), str(t.learning), _when(t), f"{t.history.loss[-1]:.4f}")
            for name, t in (("tuned", tuned), ("scratch", scratch))
        ]
        heads = [say(f"fine_tune.{name}") for name in ("network", "learning", "all_right", "loss")]
        write("\n" + "\n".join(aligned([heads, None, *rows], left=1)))
    write("\n" + tuned.truth_table() + "\n")
    if scratch is not None and not learned:
        lines = [*tuned.dead_or_alive(), say("fine_tune.hint")]
        write("\n".join(lines) + "\n")


def _when(training: Comparable) -> str:
    """After how many epochs all four were right."""
    if training.right_after is None:
        return say("fine_tune.not_after", n=training.history.epochs)
    if training.right_after == 0:
        return say("fine_tune.before")
    return say("fine_tune.after", n=training.right_after)


def _picture(tuned: Comparable, scratch: Comparable) -> list[Path]:
    """The losses of both, or a sentence that says why there is no picture."""
    from tinygrad_xor.viz import plot_loss

    named = {say("fine_tune.tuned"): tuned, say("fine_tune.scratch"): scratch}
    losses = {name: t.history.loss for name, t in named.items()}
    args = tuned.args
    how: Any = {"right_after": {name: t.right_after for name, t in named.items()}}
    how |= {"title": say("fine_tune.title", task=args.task.upper()), "lang": spoken()}
    return drawn(lambda: plot_loss(losses, args.out / "loss.png", **how))

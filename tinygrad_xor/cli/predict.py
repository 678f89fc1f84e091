"""``tinygrad-xor predict``: what a saved network answers."""

from __future__ import annotations

import argparse
import csv
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.cli.arguments import (
    Parser,
    add_network,
    add_shared,
    network_in,
    output_activation,
)
from tinygrad_xor.cli.bars import json_text
from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say

#: From where on the answer is 1, for outputs that are read as yes or no.
THRESHOLDS = {"sigmoid": 0.5, "tanh": 0.0}
#: With more inputs than this, a row of the table has the number of the example instead.
MOST_INPUTS = 6


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``predict``."""
    parser = Parser("predict", say("predict.description"), say("predict.codes"))
    parser._negative_number_matcher = re.compile(r"-[\d.]")  # -1,-2 is no option
    add_network(parser)
    number = say("arguments.number")
    parser.add_argument("inputs", nargs="+", metavar=number, help=say("predict.inputs"))
    add_shared(parser, "predict", json=False)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print what the network answers, and return the exit code."""
    model = network_in(args.network)
    shape = model.input_shape
    try:
        inputs = numbers_of(rows_of(args.inputs), None if shape is None else math.prod(shape))
    except (ValueError, csv.Error) as error:
        raise CommandError(str(error)) from error
    try:
        outputs = model.predict(inputs if shape is None else inputs.reshape(-1, *shape))
    except ValueError as error:
        raise CommandError(say("predict.does_not_fit", why=error)) from error
    outputs = outputs.reshape(len(inputs), -1)
    activation = output_activation(model)
    answers = [answer(row, activation) for row in outputs]
    if args.json:
        rows = zip(inputs.tolist(), outputs.tolist(), answers, strict=True)
        print(json_text([{"inputs": x, "outputs": y, "answer": said} for x, y, said in rows]))
    else:
        print("\n".join(_table(inputs, outputs, answers, activation)))
    return 0


def rows_of(words: Sequence[str]) -> list[list[str]]:
    """The examples, as texts: each word with commas is one, and so are all words without any.

    >>> rows_of(["0", "1"]), rows_of(["0,1", "1,1"])
    ([['0', '1']], [['0', '1'], ['1', '1']])

    Raises:
        ValueError: if the examples come from standard input, and there are none.
    """
    if list(words) == ["-"]:
        text = sys.stdin.read() if sys.stdin else ""  # it may be closed
        lines = text.removeprefix("\ufeff").splitlines()  # Excel marks its UTF-8
        rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
        if not rows:
            raise ValueError(say("predict.none"))
        return rows
    if any("," in word for word in words):
        return [word.split(",") for word in words]
    return [list(words)]


def numbers_of(rows: Sequence[Sequence[str]], wanted: int | None) -> Any:
    """The examples as an array of shape ``(examples, wanted)``.

    Raises:
        ValueError: if something is not a finite number, or an example has more or fewer of them.
    """
    numbers = []
    for i, row in enumerate(rows, start=1):
        wanted = len(row) if wanted is None else wanted
        if len(row) != wanted:
            given = say("predict.numbers", n=len(row))
            needed = say("predict.numbers", n=wanted)
            raise ValueError(say("predict.wrong_count", i=i, given=given, wanted=needed))
        for text in row:
            try:
                numbers.append(float(text))
                if not math.isfinite(numbers[-1]):
                    raise ValueError
            except ValueError:
                raise ValueError(say("predict.not_number", i=i, text=text)) from None
    return np.array(numbers).reshape(len(rows), -1)


def answer(outputs: Any, activation: str) -> int | None:
    """The answer that the outputs for one example stand for; none if they are just numbers.

    >>> answer(np.array([0.7]), "sigmoid"), answer(np.array([0.1, 0.2, 0.7]), "softmax")
    (1, 2)
    """
    if activation == "softmax":
        return int(np.argmax(outputs))
    if len(outputs) == 1 and activation in THRESHOLDS:
        return int(outputs[0] > THRESHOLDS[activation])
    return None


def _table(inputs: Any, outputs: Any, answers: list[int | None], activation: str) -> list[str]:
    """Inputs, outputs, answers; of the probabilities of classes, that of the answer only."""
    short = inputs.shape[1] <= MOST_INPUTS
    heads = [f"x{i + 1}" for i in range(inputs.shape[1])] if short else [say("predict.example")]
    probable = activation in ("sigmoid", "softmax")
    name = say("predict.probability") if probable else say("predict.output")
    chosen = activation == "softmax"
    shown = 1 if chosen else outputs.shape[1]
    heads += [name] if shown == 1 else [f"{name} {k + 1}" for k in range(shown)]
    answered = answers[0] is not None
    heads += [say("predict.answer")] if answered else []
    rows = []
    for i, (x, out, said) in enumerate(zip(inputs, outputs, answers, strict=True), start=1):
        cells = [f"{number:g}" for number in x] if short else [str(i)]
        cells += [f"{p:.4f}" for p in (out[[said]] if chosen else out)]
        rows.append(cells + ([str(said)] if answered else []))
    return aligned([heads, None, *rows])

"""What the page computes with: derivatives and updates of the engine, written as JavaScript.

The page puts them together neuron by neuron, so a network of any width is a loop over a few
programs: a neuron and its derivatives, the output with its loss, a step of each optimizer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tinygrad_xor import optim
from tinygrad_xor.compiler import compile
from tinygrad_xor.compiler.javascript import HELPERS
from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.derivatives.losses import binary_crossentropy
from tinygrad_xor.engine import TABLE
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential, activations
from tinygrad_xor.transforms import value_and_grad, vjp
from tinygrad_xor.viz.explorer.listing import Listing, in_code
from tinygrad_xor.viz.infix import SPELLED, word, written

#: What the hidden neurons of the page may compute.
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")
#: There are so many at most.
MOST_NEURONS = 16
#: Their learning rates are those that the command takes.
OPTIMIZERS = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 0.01, "adam": 0.01}


def _neuron(activation: str) -> Callable[..., Any]:
    function = activations.get(activation)
    return lambda x1, x2, w1, w2, b: function(x1 * w1 + x2 * w2 + b)


def _neuron_back(activation: str) -> Callable[..., Any]:
    forward = _neuron(activation)

    def back(x1: Any, x2: Any, w1: Any, w2: Any, b: Any, gradient: Any) -> Any:
        _, pullback = vjp(forward, x1, x2, w1, w2, b)
        return pullback(gradient)[2:]

    return back


def _output(z: Any, target: Any) -> Any:
    def loss(z: Any) -> Any:
        p = activations.get("sigmoid")(z)
        return binary_crossentropy(p, target), p

    (value, p), slope = value_and_grad(loss, has_aux=True)(z)
    return value, p, slope


def _update(name: str) -> tuple[Callable[..., Any], int]:
    """A step of one weight: new weight and averages from old ones; and how many averages."""

    def update(w: Any, gradient: Any, rate: Any, count: Any, *averages: Any) -> Any:
        optimizer = optim.OPTIMIZERS[name](None)
        optimizer.lr, optimizer.steps = rate, count
        optimizer.state = dict(zip(names, averages, strict=True))
        lower = optimizer.delta(gradient)
        return w - lower, *optimizer.state.values()

    first = optim.OPTIMIZERS[name](None)
    first.steps = 1
    first.delta(0.0)
    names = list(first.state)
    return update, len(names)


@cache
def programs() -> str:
    """The source of all of them: functions ``f(given, out)`` of two arrays of numbers."""
    made: dict[str, tuple[Callable[..., Any], int]] = {}
    for activation in ACTIVATIONS:
        made[f"neuron_{activation}"] = _neuron(activation), 5
        made[f"back_{activation}"] = _neuron_back(activation), 6
    for name in activations.ELEMENTWISE:
        made[f"curve_{name}"] = value_and_grad(activations.get(name)), 1
    made["output"] = _output, 2
    for name in OPTIMIZERS:
        update, averages = _update(name)
        made[f"update_{name}"] = update, 4 + averages
    sources = [_source(name, function, count) for name, (function, count) in made.items()]
    text = "\n".join(sources)
    helpers = [helper for helper in HELPERS.values() if helper in text]
    for helper in helpers:
        text = text.replace(helper + "\n", "")
    return "\n".join([*helpers, text, f"const PROGRAMS = {{ {', '.join(made)} }};"])


@cache
def choices() -> dict[str, Any]:
    """What can be chosen in the page: tasks with their targets, activations, optimizers' rates.

    With the lines of code of each network, as `Listing` has them, and what they call.
    """
    listings = []
    for width in range(1, MOST_NEURONS + 1):
        layers = [Dense(width, "relu", input_dim=2), Dense(1, "sigmoid")]
        listings.append(Listing(Sequential(layers, seed=0), BinaryCrossentropy()))
    return {
        "networks": [
            {"labels": x.labels, "names": [*map(in_code, x.labels)], "lines": x.lines}
            for x in listings
        ],
        "functions": {
            **{name: _called([name]) for name in ACTIVATIONS},
            "loss": _called(["sigmoid_crossentropy", "mean"], inputs=3),
        },
        "tasks": {task: truth_table(task)[1].ravel().tolist() for task in TRUTH_TABLES},
        "activations": list(ACTIVATIONS),
        "rates": OPTIMIZERS,
        "inputs": truth_table("xor")[0].tolist(),
    }


def _called(operations: list[str], inputs: int = 1) -> dict[str, Any]:
    """What the page says of a line that calls a function; #1 stands for its first input."""
    symbol = TABLE[operations[-1]].symbol
    places = [word(f"#{i + 1}") for i in range(inputs)]
    formula, _ = written(operations[0], places, symbol, "", SPELLED)
    return {"symbol": symbol, "operations": operations, "formula": formula}


def _source(name: str, function: Callable[..., Any], count: int) -> str:
    compiled = compile(function, "javascript")
    compiled.lower(*[0.5] * count)
    return compiled.source.replace("function f(", f"function {name}(")

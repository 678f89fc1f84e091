"""A function or a model, run once so that there is a graph to draw; a model without data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_xor.engine import Value, origins, unobserved
from tinygrad_xor.language import say
from tinygrad_xor.nn import Model, activations, losses
from tinygrad_xor.nn.network import Network
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.viz.chain_rule import gradients_of
from tinygrad_xor.viz.graph import Edge, Graph, Node
from tinygrad_xor.viz.numbers import subscript
from tinygrad_xor.viz.walk import walk


def traced(function: Callable[..., Any], args: Sequence[Any], loss: Any = None) -> Graph:
    """The picture of one call of `function` on Values named after its parameters.

    The gradients are of what comes out, if that is one real number; nobody's ``grad`` is touched.

    Args:
        function: of numbers and arrays, a model, or what `grad` made of a function.
        args: its arguments: numbers, arrays, or tuples, lists and dicts of them. With a loss, the
            targets come last.
        loss: of the function's output and the targets: a name, or ``loss(y_true, y_pred)``.

    Raises:
        TypeError: if the function takes other arguments, or what comes out is no Value.
        ValueError: if there is a loss and no targets for it.

    >>> [node.gradient for node in traced(lambda x: x * x, [3.0]).nodes]
    [6.0, 1.0]
    """
    if loss is not None and len(args) < 2:
        raise ValueError(f"a loss needs inputs and targets, draw(model, x, y, loss={loss!r})")
    inputs = list(args) if loss is None else list(args[:-1])
    names = _names(function, inputs, loss)
    inputs = [_as_values(x, name) for x, name in zip(inputs, names, strict=True)]
    with unobserved(), origins() as made:
        out = function(*inputs)
        if loss is not None:
            if isinstance(out, Value) and out.label is None:
                out.label = say("graph.prediction")
            out = losses.get(loss)(args[-1], out)
            out.label = out.label or say("graph.loss")
    outputs = flatten(out)[0]
    if not outputs or not all(isinstance(x, Value) for x in outputs):
        raise TypeError(
            f"the function returned {out!r}, which was not computed from its arguments: there is "
            "no graph to draw"
        )
    parameters = function.parameters() if hasattr(function, "parameters") else []
    gradients = gradients_of(outputs[0]) if len(outputs) == 1 else None
    return walk(outputs, gradients=gradients, origins=made, parameters=parameters)


def _names(function: Callable[..., Any], inputs: list[Any], loss: Any) -> list[str]:
    """What the function calls its arguments; x, or x₁, x₂, where it does not say."""
    count = len(inputs)
    others = ["x" + subscript(i + 1) if count > 1 else "x" for i in range(count)]
    forgot_loss = hasattr(function, "parameters") and loss is None and count == 2
    try:
        signature = inspect.signature(function)
        signature.bind(*inputs)
        if forgot_loss:  # a model's second argument is no array: it says whether it is learning
            raise TypeError("too many positional arguments")
    except ValueError:  # functions written in C do not tell
        return others
    except TypeError as error:
        name = getattr(function, "__name__", type(function).__name__)
        hint = ""
        if forgot_loss:
            hint = ". To draw the loss as well, name it: draw(model, x, y, loss='mse')"
        given = "1 argument" if count == 1 else f"{count} arguments"
        raise TypeError(f"{name} does not take {given}: {error}{hint}") from None
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in signature.parameters.values() if p.kind in named][:count]
    return [*names, *others[len(names) :]]


def _as_values(x: Any, name: str) -> Any:
    """An argument with Values for its numbers and arrays, called ``p['w']`` inside of a dict."""
    if x is None or isinstance(x, Value):
        return x
    if isinstance(x, dict):
        return {key: _as_values(item, f"{name}[{key!r}]") for key, item in x.items()}
    try:
        if not hasattr(x, "_fields"):
            return Value(x, label=name)
    except (TypeError, ValueError):  # rows of several lengths, or Values, or dicts
        if not isinstance(x, (list, tuple)):
            raise
    items = [_as_values(item, f"{name}[{i}]") for i, item in enumerate(x)]
    return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)


def network(model: Model) -> Graph:
    """A box for each layer, with its activation, its shape and how many numbers it learns.

    >>> from tinygrad_xor.nn import Dense, Sequential
    >>> [node.label for node in network(Sequential([Dense(3, "relu", input_dim=2)])).nodes]
    ['(2)', 'dense_1']
    """
    makers, built = model.makers(), model.input_shape is not None
    shapes = model.shapes(model.input_shape) if built else [None] * len(makers)
    nodes = []
    names = [f"{layer.name} " for layer in model.input_layers] or [""]
    for i, name in enumerate(names):
        nodes.append(Node(f"input{i}", "leaf", label=f"{name}{_text(shapes[i])}"))
    edges: list[Edge] = []
    for count, (layer, takes, _) in enumerate(model.calls, start=1):
        several = layer.gives if isinstance(layer, Network) and layer.gives_list else [0]
        here = range(len(nodes), len(nodes) + len(several))
        size = sum(p.size for p in layer.parameters()) if built else 0
        activation = getattr(layer, "activation", None)
        kind = type(layer).__name__ if activation is None else activations.name_of(activation)
        node = Node(
            f"layer{count}",
            "layer",
            None,
            layer.name,
            f"{kind} → {', '.join(_text(shapes[i]) for i in here)}",
            params={"parameters": size} if size else None,
            is_output=any(i in model.gives for i in here),
        )
        sources = takes if isinstance(takes, tuple) else (takes,)
        edges += [Edge(nodes[i], node, place) for place, i in enumerate(sources)]
        nodes += [node] * len(several)
    return Graph(list(dict.fromkeys(nodes)), edges)


def _text(shape: tuple[int, ...] | None) -> str:
    return "(?)" if shape is None else f"({', '.join(map(str, shape))})"

"""The layers of a network as plain data, without their weights: for files, and as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from tinygrad_xor.exchange.reading import reading
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import activations, initializers
from tinygrad_xor.nn.kinds import LAYERS
from tinygrad_xor.nn.layer import Input, Layer, Shape
from tinygrad_xor.nn.layers import Dense
from tinygrad_xor.nn.stack import Stack

#: How large a network a text can ask for, in a few letters: of 2 GiB.
MOST_WEIGHTS = 2**28


def architecture(stack: Stack) -> dict[str, Any]:
    """The layers and the shape of one example, as JSON can hold them.

    Raises:
        ValueError: if a layer, its activation or its regularizer is one of your own.
    """
    for layer in stack.layers:
        activation = getattr(layer, "activation", activations.linear)
        own = activation not in activations.ACTIVATIONS.values()
        if own or type(layer) is not LAYERS.get(type(layer).__name__):
            raise ValueError(
                f"{layer!r} cannot be read back: files hold {', '.join(LAYERS)} with activations "
                "that have a name here. save_weights() writes the weights of any network"
            )
        if isinstance(layer.config().get("kernel_regularizer"), str):
            raise ValueError(
                f"{layer!r} cannot be read back: files hold L1, L2 and L1L2, and not the "
                f"regularizer {layer.kernel_regularizer!r}. save_weights() writes the weights"
            )
    entries = [
        {
            "class": type(layer).__name__,
            "trainable": layer.trainable,
            "name": layer.given_name,
            **layer.config(),
            **{name: called for name, called in _initializers(layer).items() if called},
        }
        for layer in stack.layers
    ]
    return {"layers": entries, "input_shape": stack.input_shape}


def layer_of(entry: dict[str, Any]) -> Layer:
    """The layer that an entry of `architecture` is of, with no weights yet."""
    arguments = dict(entry)
    kind = look_up("layer", arguments.pop("class"), {k.lower(): v for k, v in LAYERS.items()})
    trainable = arguments.pop("trainable")
    layer = kind(**arguments)
    layer.trainable = trainable
    return layer


def weight_shapes(stack: Stack, layer: Layer) -> dict[str, Shape]:
    """The shapes of the weights that `layer` has once it is added to `stack`, before it has any."""
    shape = stack.output_shape
    if shape is None and (not stack.layers or isinstance(layer, Dense)):
        shape = layer.input_shape
    return {} if shape is None else layer.weight_shapes(shape)


def to_json(stack: Stack) -> str:
    """The layers as a text of JSON, with neither the weights nor how the network was compiled."""
    for layer in stack.layers:
        for name, called in _initializers(layer).items():
            if called is None:
                raise ValueError(f"the {name} of {layer!r} has no name here: a text has none of it")
    return json.dumps({"class": "Sequential", **architecture(stack)})


def add_from_json(stack: Stack, text: str) -> None:
    """Give an empty network the layers that `to_json` wrote."""
    if not isinstance(text, str):
        raise TypeError(f"what to_json() gives is a text, and not {text!r}")
    with reading("the text", "a network that to_json() wrote"):
        config = json.loads(text)
        if config["class"] != "Sequential":
            raise ValueError(f"it is a {config['class']!r}")
        if config["input_shape"] is not None:
            stack.add(Input(tuple(config["input_shape"])))
        count = 0
        for entry in config["layers"]:
            layer = layer_of(entry)
            count += sum(map(math.prod, weight_shapes(stack, layer).values()))
            if count > MOST_WEIGHTS:
                raise ValueError(
                    f"it has {count} weights up to {layer!r}: of a text networks of at most "
                    f"{MOST_WEIGHTS} are made. Make larger ones by Sequential([...])"
                )
            stack.add(layer)


def _initializers(layer: Layer) -> dict[str, str | None]:
    """The names of how the weights of a layer begin; ``None`` for functions of your own."""
    known = {function: name for name, function in initializers.INITIALIZERS.items()}
    return {
        name: known.get(function)
        for name, function in vars(layer).items()
        if name.endswith("_initializer")
    }

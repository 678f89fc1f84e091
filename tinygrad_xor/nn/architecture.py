"""The layers of a network as plain data, without their weights: for files, and as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from tinygrad_xor.exchange.reading import reading
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import initializers
from tinygrad_xor.nn.kinds import LAYERS, has_a_name
from tinygrad_xor.nn.layer import InputLayer, Layer, as_shape
from tinygrad_xor.nn.network import Network

#: The networks by their names in files: each class puts itself here.
NETWORKS: dict[str, type[Any]] = {}

#: How large a network a text can ask for, in a few letters: of 2 GiB.
MOST_WEIGHTS = 2**28
#: How many calls of layers: networks that call others twice, which do the same, double them.
MOST_CALLS = 10**5


def architecture(network: Network) -> dict[str, Any]:
    """The layers, how they are called, and the shape of one example, as JSON can hold them.

    Raises:
        ValueError: if a layer, its activation or its regularizer is one of your own, or a layer is
            in two networks of it.
    """
    inner = [x.flat_layers if isinstance(x, Network) else [x] for x in network.layers]
    if sum(map(len, inner)) != len(network.flat_layers):
        raise ValueError("files do not hold a layer that is in two networks of a network")
    kind = type(network).__name__
    if kind not in NETWORKS:
        raise ValueError(f"files hold {', '.join(NETWORKS)}, and not a {kind}")
    about = {"class": kind, "layers": [_entry(layer) for layer in network.layers]}
    if not network.input_layers:
        return {**about, "input_shape": network.input_shape}
    places = {id(layer): i for i, layer in enumerate(network.layers)}
    inputs = [places[id(layer)] for layer in network.input_layers]
    return {
        **about,
        "inputs": inputs if network.takes_list else inputs[0],
        "calls": [(places[id(layer)], takes) for layer, takes, _ in network.calls],
        "outputs": network.gives if network.gives_list else network.gives[0],
    }


def _entry(layer: Layer) -> dict[str, Any]:
    """A layer as plain data."""
    if isinstance(layer, Network):
        return {**architecture(layer), "name": layer.given_name}
    if not has_a_name(layer):
        raise ValueError(
            f"{layer!r} cannot be read back: files hold {', '.join(LAYERS)} with activations "
            "that have a name here. save_weights() writes the weights of any network"
        )
    if isinstance(layer.config().get("kernel_regularizer"), str):
        raise ValueError(
            f"{layer!r} cannot be read back: files hold L1, L2 and L1L2, and not the "
            f"regularizer {layer.kernel_regularizer!r}. save_weights() writes the weights"
        )
    return {
        "class": type(layer).__name__,
        "trainable": layer.trainable,
        "name": layer.given_name,
        **layer.config(),
        **{name: called for name, called in _initializers(layer).items() if called},
    }


def layer_of(entry: dict[str, Any]) -> Layer:
    """The layer that an entry of `architecture` is of, with no weights yet."""
    arguments = dict(entry)
    if arguments["class"] in NETWORKS:
        network: Layer = unbuilt(arguments)[0]
        return network
    kind = look_up("layer", arguments.pop("class"), {k.lower(): v for k, v in LAYERS.items()})
    trainable = arguments.pop("trainable")
    layer = kind(**arguments)
    layer.trainable = trainable
    return layer


def unbuilt(entry: dict[str, Any], seed: Any = None) -> tuple[Any, Any]:
    """The network that an entry of `architecture` is of, without weights; and its input shape."""
    kind = NETWORKS.get(entry.get("class", "Sequential"))  # older files have none
    if kind is None:
        raise ValueError(f"it is a {entry['class']!r}")
    if (count := _calls(entry)) > MOST_CALLS:
        raise ValueError(f"it calls layers {count} times, and at most {MOST_CALLS} are read")
    network = object.__new__(kind)
    Network.__init__(network, seed=seed, name=entry.get("name"))
    layers = [layer_of(one) for one in entry["layers"]]
    if "calls" not in entry:
        for layer in layers:
            network.append(layer)
        shape = entry["input_shape"]
        return network, None if shape is None else as_shape(shape)
    inputs, outputs = entry["inputs"], entry["outputs"]
    values: list[Any] = []
    for i in inputs if isinstance(inputs, list) else [inputs]:
        first_layer = layers[i]
        if not isinstance(first_layer, InputLayer):
            raise ValueError(f"layer {i} is {first_layer!r}, and stands for an input")
        values.append(first_layer.tensor())
    begin = values[:] if isinstance(inputs, list) else values[0]
    for place, takes in entry["calls"]:
        taken = [values[i] for i in takes] if isinstance(takes, list) else values[takes]
        given = layers[place](taken)
        values += given if isinstance(given, list) else [given]
    network.wire(
        begin, [values[i] for i in outputs] if isinstance(outputs, list) else values[outputs]
    )
    return network, network.input_shape


def _calls(entry: dict[str, Any]) -> int:
    """How many calls of layers it makes, with those inside of networks among its layers."""
    counts = [_calls(one) if "layers" in one else 1 for one in entry["layers"]]
    return sum(counts[i] for i, _ in entry["calls"]) if "calls" in entry else sum(counts)


def to_json(network: Network) -> str:
    """The layers as a text of JSON, with neither the weights nor how the network was compiled."""
    for layer in network.flat_layers:
        for name, called in _initializers(layer).items():
            if called is None:
                raise ValueError(f"the {name} of {layer!r} has no name here: a text has none of it")
    return json.dumps(architecture(network))


def from_json(text: str, seed: Any = None) -> Any:
    """The network that `to_json` wrote."""
    if not isinstance(text, str):
        raise TypeError(f"what to_json() gives is a text, and not {text!r}")
    with reading("the text", "a network that to_json() wrote"):
        config = json.loads(text)
        if config["class"] not in NETWORKS:
            raise ValueError(f"it is a {config['class']!r}")
        network, shape = unbuilt(config, seed)
        count = sum(map(math.prod, network.weight_shapes(shape).values()))
        if count > MOST_WEIGHTS:
            raise ValueError(
                f"it has {count} weights: of a text networks of at most {MOST_WEIGHTS} are made. "
                "Make larger ones by Sequential([...])"
            )
        if shape is not None:
            network.build(shape)
        return network


def _initializers(layer: Layer) -> dict[str, str | None]:
    """The names of how the weights of a layer begin; ``None`` for functions of your own."""
    known = {function: name for name, function in initializers.INITIALIZERS.items()}
    return {
        name: known.get(function)
        for name, function in vars(layer).items()
        if name.endswith("_initializer")
    }

"""The table of layers: what each is called in Keras and PyTorch, and how it is written for JAX.

A layer that is not in it is refused by name. To add one is to add a row: the parts that it becomes
elsewhere, with the arguments they take and where their weights come from.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LayerData:
    """A layer of a network as plain data.

    Attributes:
        kind: its class, ``"Dense"``.
        config: the arguments that make one like it; activations by name.
        weights: arrays by the names of the parameters.
        name: unique within the network.
        trainable: whether it learns.
    """

    kind: str
    config: dict[str, Any]
    weights: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    trainable: bool = True


@dataclass(frozen=True)
class Part:
    """What a layer becomes in another library: an object of one of its classes.

    Attributes:
        kind: the class there.
        arguments: what it is made with.
        weights: for each weight there, the name it has here, and its axes in the order there.
    """

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)

    def arrays(self, layer: LayerData) -> dict[str, Any]:
        """The weights by their names there."""
        found = {name: (layer.weights[here], axes) for name, (here, axes) in self.weights.items()}
        return {name: np.transpose(array, axes) for name, (array, axes) in found.items()}

    def named(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """The weights by their names here, the opposite of `arrays`."""
        return {
            here: np.transpose(arrays[name], np.argsort(axes))
            for name, (here, axes) in self.weights.items()
        }


@dataclass(frozen=True)
class Row:
    """How a kind of layer is written elsewhere.

    Attributes:
        keras: the parts in Keras; their weights in the order of ``get_weights()`` there.
        torch: the parts in PyTorch's ``nn``.
        jax: the source text of its result for ``x``, with its weights in ``w``.
    """

    keras: Callable[[LayerData], list[Part]]
    torch: Callable[[LayerData], list[Part]]
    jax: Callable[[LayerData], str]


#: For each activation Keras's name or part, PyTorch's part, and JAX's text.
ACTIVATIONS: dict[str, tuple[str | Part, Part | None, str]] = {
    "linear": ("linear", None, "{}"),
    "sigmoid": ("sigmoid", Part("Sigmoid"), "jax.nn.sigmoid({})"),
    "relu": ("relu", Part("ReLU"), "jax.nn.relu({})"),
    "tanh": ("tanh", Part("Tanh"), "jnp.tanh({})"),
    "leaky_relu": (  # Keras's own slope is 0.2 by name
        Part("LeakyReLU", {"negative_slope": 0.01}),
        Part("LeakyReLU", {"negative_slope": 0.01}),
        "jax.nn.leaky_relu({}, 0.01)",
    ),
    # PyTorch's softplus is x above its threshold, which costs 2e-9 at 20
    "softplus": ("softplus", Part("Softplus", {"threshold": 40.0}), "jax.nn.softplus({})"),
    "softmax": ("softmax", Part("Softmax", {"dim": -1}), "jax.nn.softmax({})"),
    "elu": ("elu", Part("ELU"), "jax.nn.elu({})"),
    "selu": ("selu", Part("SELU"), "jax.nn.selu({})"),
    "silu": ("silu", Part("SiLU"), "jax.nn.silu({})"),
    "gelu": ("gelu", Part("GELU"), "jax.nn.gelu({}, approximate=False)"),
}


def _activation(layer: LayerData) -> tuple[str | Part, Part | None, str]:
    name = layer.config["activation"]
    if name not in ACTIVATIONS:
        raise ValueError(
            f"the activation {name!r} of layer {layer.name!r} has no form elsewhere: there are "
            f"{', '.join(ACTIVATIONS)}"
        )
    return ACTIVATIONS[name]


def _keras_dense(layer: LayerData) -> list[Part]:
    activation = _activation(layer)[0]
    weights = {"kernel": ("kernel", (0, 1)), "bias": ("bias", (0,))}
    own = {name: weights[name] for name in layer.weights}
    arguments = {"units": layer.config["units"], "use_bias": layer.config["use_bias"]}
    if isinstance(activation, Part):
        return [Part("Dense", {**arguments, "activation": "linear"}, own), activation]
    return [Part("Dense", {**arguments, "activation": activation}, own)]


def _torch_dense(layer: LayerData) -> list[Part]:
    rows, columns = layer.weights["kernel"].shape
    sizes = {"in_features": rows, "out_features": columns, "bias": layer.config["use_bias"]}
    weights = {"weight": ("kernel", (1, 0)), "bias": ("bias", (0,))}
    own = {name: at for name, at in weights.items() if at[0] in layer.weights}
    return [Part("Linear", sizes, own), *filter(None, [_activation(layer)[1]])]


def _jax_dense(layer: LayerData) -> str:
    bias = ' + w["bias"]' if layer.config["use_bias"] else ""
    return _activation(layer)[2].format(f'x @ w["kernel"]{bias}')


def _keras_activation(layer: LayerData) -> list[Part]:
    activation = _activation(layer)[0]
    if isinstance(activation, Part):
        return [activation]
    return [Part("Activation", {"activation": activation})]


def _as_in_keras(layer: LayerData) -> list[Part]:
    """A layer that Keras has under its name, with its arguments and weights."""
    arguments, after = {**layer.config}, []
    arguments.pop("kernel_regularizer", None)  # it matters to training alone
    if "activation" in arguments:
        activation = _activation(layer)[0]
        after = [activation] if isinstance(activation, Part) else []
        arguments["activation"] = "linear" if isinstance(activation, Part) else activation
    weights = {name: (name, tuple(range(array.ndim))) for name, array in layer.weights.items()}
    return [Part(layer.kind, arguments, weights), *after]


def _not_there(layer: LayerData) -> Any:
    raise ValueError(
        f"the layer {layer.name!r} is a {layer.kind}, which is written for Keras and into .onnx "
        "files, and not here"
    )


#: The layers that can be written elsewhere.
ROWS: dict[str, Row] = {
    **dict.fromkeys(
        [
            *("BatchNormalization", "LayerNormalization", "Conv1D", "Conv2D"),
            *("Embedding", "MaxPooling1D", "MaxPooling2D"),
        ],
        Row(_as_in_keras, _not_there, _not_there),
    ),
    "ReLU": Row(_as_in_keras, lambda layer: [Part("ReLU")], lambda layer: "jax.nn.relu(x)"),
    "LeakyReLU": Row(
        _as_in_keras,
        lambda layer: [Part("LeakyReLU", layer.config)],
        lambda layer: f"jax.nn.leaky_relu(x, {layer.config['negative_slope']!r})",
    ),
    "Dense": Row(_keras_dense, _torch_dense, _jax_dense),
    "Activation": Row(
        _keras_activation,
        lambda layer: [*filter(None, [_activation(layer)[1]])],
        lambda layer: _activation(layer)[2].format("x"),
    ),
    "Dropout": Row(
        lambda layer: [Part("Dropout", {"rate": layer.config["rate"]})],
        lambda layer: [Part("Dropout", {"p": layer.config["rate"]})],
        lambda layer: "x",
    ),
    "Flatten": Row(
        lambda layer: [Part("Flatten")],
        lambda layer: [Part("Flatten")],
        lambda layer: "x.reshape(len(x), -1)",
    ),
}

_CONVOLUTION = ("filters", "kernel_size", "strides", "padding", "activation", "use_bias")
_POOLING = ("pool_size", "strides", "padding")
#: The layers of Keras that are layers here, with the arguments that both have.
IN_KERAS: dict[str, tuple[str, ...]] = {
    "Dense": ("units", "activation", "use_bias"),
    "Activation": ("activation",),
    "BatchNormalization": ("momentum", "epsilon", "center", "scale"),
    "Conv1D": _CONVOLUTION,
    "Conv2D": _CONVOLUTION,
    "Dropout": ("rate",),
    "Embedding": ("input_dim", "output_dim"),
    "Flatten": (),
    "LayerNormalization": ("epsilon", "center", "scale"),
    "LeakyReLU": ("negative_slope",),
    "MaxPooling1D": _POOLING,
    "MaxPooling2D": _POOLING,
    "ReLU": (),
}
#: The layers of Keras that are activations here, too, if their arguments are these.
_ACTIVATIONS_IN_KERAS: dict[str, tuple[str, dict[str, Any]]] = {
    "ELU": ("elu", {}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01}),
    "ReLU": ("relu", {}),
    "Softmax": ("softmax", {}),
}
#: What else a layer of Keras may be told: what this package does without being told.
_AS_HERE: dict[str, tuple[Any, ...]] = {
    "alpha": (1,),
    "axis": (-1, [-1]),
    "data_format": ("channels_last",),
    "dilation_rate": ([1], [1, 1]),
    "groups": (1,),
    "mask_zero": (False,),
    "negative_slope": (0,),
    "renorm": (False,),
    "rms_scaling": (False,),
    "synchronized": (False,),
    "threshold": (0,),
}
#: What it has beside what it computes: how it begins and learns.
_NOT_COMPUTED = re.compile(
    "name|trainable|dtype|seed|noise_shape|renorm_.*|.*_(initializer|regularizer|constraint)"
)
#: What it is told for training, and can be left out with a word.
_LEARNT_WITH = re.compile(".*_(regularizer|constraint)")
_REGULARIZERS = ("L1", "L2", "L1L2")


def from_keras(kind: str, about: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a layer of Keras is here, from its configuration: a kind, and its own.

    Warns:
        UserWarning: of regularizers and constraints that there are not here.

    Raises:
        ValueError: if there is no such layer here, or it is told to do otherwise.
    """
    if kind in IN_KERAS:
        config = {name: about[name] for name in IN_KERAS[kind]}
        _refuse_others(about, config)
        inner = config.get("activation")
        if isinstance(inner, dict):  # a layer as activation
            config["activation"] = _as_activation(inner["class_name"], inner["config"])
        elif inner == "leaky_relu":
            raise ValueError("Keras's leaky_relu has a slope of 0.2, and that of this package 0.01")
        regularizer = about.get("kernel_regularizer") or {"class_name": None}
        if regularizer["class_name"] in _REGULARIZERS:
            config["kernel_regularizer"] = regularizer["config"]
        for name, value in about.items():
            if value and _LEARNT_WITH.fullmatch(name) and name not in config:
                warnings.warn(
                    f"the layer {about['name']!r} is read without its {name}, which there is not "
                    "here: it predicts the same, and learns on without it",
                    stacklevel=2,
                )
        return kind, config
    if kind in _ACTIVATIONS_IN_KERAS:
        return "Activation", {"activation": _as_activation(kind, about)}
    known = [*IN_KERAS, *(_ACTIVATIONS_IN_KERAS.keys() - IN_KERAS)]
    raise ValueError(f"the layer {about['name']!r} is a {kind}: known are {sorted(known)}")


def _as_activation(kind: str, about: dict[str, Any]) -> str:
    """The activation here that a layer of Keras is."""
    if kind not in _ACTIVATIONS_IN_KERAS:
        raise ValueError(f"a {kind} is no activation here: {', '.join(_ACTIVATIONS_IN_KERAS)} are")
    name, wanted = _ACTIVATIONS_IN_KERAS[kind]
    _refuse_others(about, {k: v for k, v in wanted.items() if about.get(k) == v})
    return name


def _refuse_others(about: dict[str, Any], taken: dict[str, Any]) -> None:
    for name, value in about.items():
        if name in taken or value is None or _NOT_COMPUTED.fullmatch(name):
            continue
        if value not in _AS_HERE.get(name, ()):
            raise ValueError(f"the layer {about['name']!r} has {name}={value!r}, as none has here")


def row(layer: LayerData) -> Row:
    """The row of a layer.

    Raises:
        ValueError: if it has none, with those that there are.
    """
    if layer.kind not in ROWS:
        raise ValueError(
            f"the layer {layer.name!r} is a {layer.kind}, which has no form elsewhere: there are "
            f"{', '.join(ROWS)}. An .onnx file takes layers of your own, too"
        )
    return ROWS[layer.kind]


def dtype_of(layers: list[LayerData]) -> str:
    """The dtype that a network computes in: that of its weights."""
    return (
        str(np.result_type(np.float32, *[w for x in layers for w in x.weights.values()]))
        if (any(x.weights for x in layers))
        else "float64"
    )


def torch_arrays(layers: list[LayerData]) -> dict[str, Any]:
    """The weights as PyTorch's ``nn.Sequential`` of the same layers calls and turns them."""
    parts = [(part, layer) for layer in layers for part in row(layer).torch(layer)]
    return {
        f"{i}.{name}": array
        for i, (part, layer) in enumerate(parts)
        for name, array in part.arrays(layer).items()
    }


def from_torch(layers: list[LayerData], arrays: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The weights of `layers` in a state dict: for each layer that has some, by their names here.

    What the modules are called there does not matter; their order does.

    Raises:
        ValueError: if there are other modules with weights in it, or others of their weights.
    """
    groups: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        module, _, weight = name.rpartition(".")
        groups.setdefault(module, {})[weight] = array
    parts = [part for layer in layers for part in row(layer).torch(layer) if part.weights]
    wanted, given = [set(part.weights) for part in parts], [set(g) for g in groups.values()]
    if wanted != given:
        raise ValueError(
            f"there are weights {[sorted(g) for g in given]} in it, and this network has "
            f"{[sorted(w) for w in wanted]}"
        )
    return [part.named(group) for part, group in zip(parts, groups.values(), strict=True)]

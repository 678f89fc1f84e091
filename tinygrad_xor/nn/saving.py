"""Networks in files: ``.npz``, with arrays and one text of JSON, and no code (no pickle)."""

from __future__ import annotations

import inspect
import io
import json
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.files import write_atomically
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.layers import LAYERS
from tinygrad_xor.nn.losses import LOSSES
from tinygrad_xor.nn.trainer import Trainer

_OPTIMIZERS = {c.__name__: c for c in (optim.SGD, optim.RMSprop, optim.Adam, optim.AdamW)}
_LOSSES = {c.__name__: c for c in LOSSES.values() if isinstance(c, type)}


def save(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write layers, weights, how the network was compiled, and how far training is."""
    config: dict[str, Any] = {
        "layers": [
            {
                "class": type(layer).__name__,
                "trainable": layer.trainable,
                "name": layer.given_name,
                **layer.config(),
            }
            for layer in model.layers
        ],
        "input_shape": model.input_shape,
        "rng": model.rng.bit_generator.state,
    }
    for layer in model.layers:
        activation = getattr(layer, "activation", activations.linear)
        own = activation not in activations.ACTIVATIONS.values()
        if own or type(layer) is not LAYERS.get(type(layer).__name__):
            raise ValueError(
                f"{layer!r} cannot be read back: files hold {', '.join(LAYERS)} with activations "
                "that have a name here. save_weights() writes the weights of any network"
            )
    arrays = _weights(model)
    if model.is_compiled:
        config["compiled"] = _compiled(model, arrays)
    return _write(path, {"config": np.array(json.dumps(config)), **arrays})


def load_into(model: Trainer, path: str | os.PathLike[str]) -> None:
    """Give an empty network what `save` wrote."""
    arrays = _read(path)
    try:
        config = json.loads(str(arrays.pop("config")))
        layers, shape = config["layers"], config["input_shape"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is not a network that save() wrote") from error
    for entry in layers:
        layer = look_up("layer", entry.pop("class"), {k.lower(): v for k, v in LAYERS.items()})
        trainable = entry.pop("trainable")
        model.add(layer(**entry))
        model.layers[-1].trainable = trainable
    if shape is not None:
        model.build(tuple(shape))
    model.set_weights(_of_layers(arrays))
    if "compiled" in config:
        _compile(model, config["compiled"], arrays)
    model.rng.bit_generator.state = config["rng"]


def refuse_existing(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Raise FileExistsError for a file that may not be written over."""
    if not overwrite and Path(path).exists():
        raise FileExistsError(f"{os.fspath(path)} is there already: pass overwrite=True")


def save_weights(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write the weights alone."""
    return _write(path, _weights(model))


def load_weights(model: Trainer, path: str | os.PathLike[str]) -> None:
    """Take the weights alone."""
    weights = _of_layers(_read(path))
    if not weights:
        raise ValueError(f"{os.fspath(path)} has no weights of a network in it")
    model.set_weights(weights)


def _weights(model: Trainer) -> dict[str, Any]:
    return {
        f"{i}.{name}": p.data
        for i, layer in enumerate(model.layers)
        for name, p in layer.named_parameters().items()
    }


def _of_layers(arrays: dict[str, Any]) -> list[Any]:
    return [array for name, array in arrays.items() if name.partition(".")[0].isdigit()]


def _compiled(model: Trainer, arrays: dict[str, Any]) -> dict[str, Any] | None:
    """How the network was compiled, as JSON; the optimizer's state goes into `arrays`."""
    compiled = model.compiled
    optimizer, loss = compiled.optimizer, compiled.loss
    unnamed = [m for m in compiled.metrics if not isinstance(m, str)]
    for known, thing in ((_OPTIMIZERS, optimizer), (_LOSSES, loss)):
        if type(thing) is not known.get(type(thing).__name__):
            unnamed.append(thing)
    if unnamed:
        warnings.warn(
            f"the file has no {unnamed[0]!r} in it, which has no name of this package: "
            "compile the network again after loading it",
            stacklevel=4,
        )
        return None
    if optimizer.parameters == []:
        return _named(optimizer, loss, compiled.metrics, 0)
    arrays |= {f"optimizer.{name}": vector for name, vector in optimizer.state.items()}
    return _named(optimizer, loss, compiled.metrics, optimizer.steps)


def _named(optimizer: Any, loss: Any, asked: list[Any], steps: int) -> dict[str, Any]:
    return {
        "optimizer": type(optimizer).__name__,
        "optimizer_settings": _settings(optimizer),
        "steps": steps,
        "loss": type(loss).__name__,
        "loss_settings": _settings(loss),
        "metrics": asked,
    }


def _compile(model: Trainer, config: dict[str, Any] | None, arrays: dict[str, Any]) -> None:
    if config is None:
        return
    optimizer = _OPTIMIZERS[config["optimizer"]](**config["optimizer_settings"])
    loss = _LOSSES[config["loss"]](**config["loss_settings"])
    model.compile(optimizer, loss, config["metrics"])
    if model.trainable_parameters():
        optimizer.bind(model.trainable_parameters())
        optimizer.steps = config["steps"]
        prefix = "optimizer."
        optimizer.state = {
            k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)
        }


def _settings(thing: Any) -> dict[str, Any]:
    """The arguments that make an object like this one: each is an attribute of the same name."""
    names = inspect.signature(type(thing).__init__).parameters
    return {
        name: getattr(thing, name)
        for name in names
        if name not in ("self", "args", "kwargs", "parameters", "learning_rate")
        and hasattr(thing, name)  # Keras's names for the same are no attributes
    }


def _write(path: str | os.PathLike[str], arrays: dict[str, Any]) -> Path:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return write_atomically(path, buffer.getvalue())


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (ValueError, EOFError, OSError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{os.fspath(path)} is not a network that save() wrote") from error

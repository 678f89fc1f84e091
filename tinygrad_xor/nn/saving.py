"""Networks in files: ``.npz``, with arrays and one text of JSON, and no code (no pickle).

The archive's comment is a checksum of all that is in it, so that a file that was damaged, or put
together in another way, is refused and not computed with.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import operator
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.exchange.reading import content, reading, refuse_packed
from tinygrad_xor.files import path_of, write_atomically
from tinygrad_xor.nn.architecture import architecture, unbuilt
from tinygrad_xor.nn.compiled import Compiled
from tinygrad_xor.nn.losses import LOSSES
from tinygrad_xor.nn.trainer import Trainer
from tinygrad_xor.optim.schedules import SCHEDULES, Schedule

_OPTIMIZERS = {c.__name__: c for c in optim.OPTIMIZERS.values() if isinstance(c, type)}
_LOSSES = {c.__name__: c for c in LOSSES.values() if isinstance(c, type)}


def save(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write layers, weights, how the network was compiled, and how far training is."""
    config = {**architecture(model), "rng": model.rng.bit_generator.state}
    arrays = weights(model)
    if model.is_compiled:
        config["compiled"] = _compiled(model, arrays)
    return _write(path, {"config": np.array(json.dumps(config)), **arrays})


def load(path: str | os.PathLike[str]) -> Trainer:
    """The network that `save` wrote."""
    raw = content(path)
    with reading(path, "a network that save() wrote"):
        arrays = _read(raw)
        config = json.loads(str(arrays["config"]))
        model = filled(config, arrays)
        model.set_weights(weights_for(model, arrays))
        if config.get("compiled") is not None:
            _compile(model, config["compiled"], arrays)
        model.rng.bit_generator.state = config["rng"]
    if any(not np.all(np.isfinite(p.data)) for p in model.weights):
        warnings.warn(
            f"the network in {os.fspath(path)} has weights that are no finite numbers, and so will "
            "be what it predicts: its training diverged",
            stacklevel=4,
        )
    return model


def refuse_existing(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Raise FileExistsError for a file that may not be written over."""
    if not overwrite and path_of(path).exists():
        raise FileExistsError(f"{os.fspath(path)} is there already: pass overwrite=True")


def save_weights(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write the weights alone."""
    return _write(path, weights(model))


def load_weights(model: Trainer, path: str | os.PathLike[str]) -> None:
    """Take the weights alone."""
    raw = content(path)
    with reading(path, "a network that save() wrote"):
        arrays = _read(raw)
    if not _by_layer(arrays):
        raise ValueError(f"{os.fspath(path)} has no weights of a network in it")
    model.set_weights(weights_for(model, arrays))


def weights(model: Trainer) -> dict[str, Any]:
    """The arrays that a network has learned, by the number of the layer and their name."""
    return {
        f"{i}.{name}": p.data
        for i, layer in enumerate(model.flat_layers)
        for name, p in layer.named_weights().items()
    }


def weights_for(model: Trainer, arrays: dict[str, Any]) -> list[Any]:
    """The weights in the order that `model` has them in, whatever their order in the file.

    Layers without weights do not count, so that another network with the same weights takes them.
    """
    found = _by_layer(arrays)
    named = [layer.named_weights() for layer in model.flat_layers]
    wanted = [names for names in map(list, named) if names]
    given = [found[i] for i in sorted(found)]
    if [set(names) for names in wanted] != [set(group) for group in given]:
        return [array for group in given for array in group.values()]  # their shapes will tell
    return [group[name] for names, group in zip(wanted, given, strict=True) for name in names]


def _by_layer(arrays: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The weights by the number of their layer, and their name, of ``"0.kernel"``."""
    found: dict[int, dict[str, Any]] = {}
    for name, array in arrays.items():
        number, _, parameter = name.partition(".")
        if number.isdecimal() and parameter:
            found.setdefault(int(number), {})[parameter] = array
    return found


def filled(config: dict[str, Any], arrays: dict[str, Any]) -> Trainer:
    """The network of `architecture`. Weights are looked at first: it gets no larger than they."""
    network, shape = unbuilt(config)
    layers, wanted = network.flat_layers, network.weight_shapes(shape)
    if shape is None and wanted:
        raise ValueError("it has weights, and no shape of its inputs")
    groups = _by_layer(arrays).items()
    given = {f"{i}.{name}": array.shape for i, group in groups for name, array in group.items()}
    for place in wanted | given:
        if wanted.get(place) != given.get(place):
            number, _, name = place.partition(".")
            layer = layers[int(number)] if int(number) < len(layers) else None
            raise ValueError(
                f"layer {number} is {layer!r}, and its {name} of shape {given.get(place)}, not "
                f"{wanted.get(place)}"
            )
    if shape is not None:
        network.build(shape)
    made: Trainer = network
    return made


def _compiled(model: Trainer, arrays: dict[str, Any]) -> dict[str, Any] | None:
    """How the network was compiled, as JSON; the optimizer's state goes into `arrays`."""
    compiled = model.compiled
    optimizer = compiled.optimizer
    unnamed = [m for asked in compiled.metrics for m in asked if not isinstance(m, str)]
    of_losses = [(_LOSSES, loss) for loss in compiled.losses]
    for known, thing in ((_OPTIMIZERS, optimizer), *of_losses):
        if type(thing) is not known.get(type(thing).__name__):
            unnamed.append(thing)
    if optimizer.schedule is not None and type(optimizer.schedule) not in SCHEDULES.values():
        unnamed.append(optimizer.schedule)
    if unnamed:
        warnings.warn(
            f"the file has no {unnamed[0]!r} in it, which has no name of this package: "
            "compile the network again after loading it",
            stacklevel=4,
        )
        return None
    if optimizer.parameters == []:
        return _named(compiled, 0)
    arrays |= {f"optimizer.{name}": vector for name, vector in optimizer.state.items()}
    return _named(compiled, optimizer.steps)


def _named(compiled: Compiled, steps: int) -> dict[str, Any]:
    optimizer, several = compiled.optimizer, bool(compiled.names)
    names = [type(loss).__name__ for loss in compiled.losses]
    settings = [_settings(loss) for loss in compiled.losses]
    return {
        "optimizer": type(optimizer).__name__,
        "optimizer_settings": _settings(optimizer) | _schedule(optimizer.schedule),
        "steps": steps,
        "loss": names if several else names[0],
        "loss_settings": settings if several else settings[0],
        "metrics": compiled.metrics if len(names) > 1 else compiled.metrics[0],
        **({"loss_weights": compiled.loss_weights} if several else {}),
    }


def _schedule(schedule: Schedule | None) -> dict[str, Any]:
    """What stands in a file where the learning rate is no number."""
    if schedule is None:
        return {}
    return {"lr": {"schedule": type(schedule).__name__, **vars(schedule)}}


def _compile(model: Trainer, config: dict[str, Any], arrays: dict[str, Any]) -> None:
    settings = dict(config["optimizer_settings"])
    if isinstance(settings.get("lr"), dict):
        schedule = dict(settings["lr"])
        settings["lr"] = SCHEDULES[schedule.pop("schedule")](**schedule)
    optimizer = _OPTIMIZERS[config["optimizer"]](**settings)
    loss: Any
    if isinstance(config["loss"], list):
        pairs = zip(config["loss"], config["loss_settings"], strict=True)
        loss = [_LOSSES[name](**how) for name, how in pairs]
    else:
        loss = _LOSSES[config["loss"]](**config["loss_settings"])
    weights_of = config.get("loss_weights")  # older files have none
    model.compile(optimizer, loss, config["metrics"], loss_weights=weights_of)
    if model.trainable_parameters():
        optimizer.bind(model.trainable_parameters())
        optimizer.steps = operator.index(config["steps"])
        if optimizer.steps < 0:
            raise ValueError(f"{optimizer.steps} steps cannot have been taken")
        prefix = "optimizer."
        state = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        if any(v.shape != (optimizer.size,) for v in state.values()):
            raise ValueError(f"the optimizer's averages are not of {optimizer.size} numbers")
        optimizer.state = state


def _settings(thing: Any) -> dict[str, Any]:
    """The arguments that make an object like this one: each is an attribute of the same name."""
    kinds = [kind for kind in type(thing).__mro__ if kind is not object]
    return {
        name: getattr(thing, name)
        for kind in reversed(kinds)
        for name in inspect.signature(kind).parameters
        if name not in ("self", "args", "kwargs", "parameters", "learning_rate")
        and hasattr(thing, name)  # Keras's names for the same are no attributes
    }


def _write(path: str | os.PathLike[str], arrays: dict[str, Any]) -> Path:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _checksum(arrays)
    return write_atomically(path, buffer.getvalue())


def _read(raw: bytes) -> dict[str, Any]:
    """The arrays in a file, which is as it was written: nothing packed, nothing changed."""
    with zipfile.ZipFile(io.BytesIO(raw)) as members:
        refuse_packed(members, len(raw))
        checksum = members.comment  # older files have none
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    if checksum and checksum != _checksum(arrays):
        raise ValueError("its checksum is wrong: it was damaged or changed")
    for name, array in arrays.items():
        if name != "config" and array.dtype.kind not in "fiu":
            raise ValueError(f"{name} is of dtype {array.dtype}")
    return arrays


def _checksum(arrays: dict[str, Any]) -> bytes:
    whole = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        whole.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest().encode()

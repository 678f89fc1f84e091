"""Networks as ``.keras`` files, which Keras 3 reads and writes: a zip of JSON and of HDF5.

What is written has the layers, their weights and activations, and no initialisers: versions of
Keras cannot read each other's. How a network was compiled is not in it.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.exchange.layers import LayerData, dtype_of, from_keras, row
from tinygrad_xor.exchange.reading import archived, content, members, reading
from tinygrad_xor.files import write_atomically

#: The version of Keras whose files these are; later ones of Keras 3 read them.
VERSION = "3.14.1"


def save_keras(
    layers: list[LayerData], input_shape: tuple[int, ...], path: str | os.PathLike[str]
) -> Path:
    """Write a network for Keras, whole or not at all.

    Args:
        layers: first to last.
        input_shape: of one example.
        path: of the file.

    Raises:
        ModuleNotFoundError: if there is no h5py.
        ValueError: if a layer is unknown there.
    """
    h5py = _h5py()
    dtype, counts = dtype_of(layers), Counter[str]()
    shape = [None, *input_shape]
    first = {"batch_shape": shape, "dtype": dtype, "name": "input_layer"}
    entries = [_entry("InputLayer", first)]
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for layer in layers:
            for part in row(layer).keras(layer):
                place = _place(part.kind, counts)
                name = place if part.kind != layer.kind else layer.name
                about = {"name": name, "trainable": layer.trainable, "dtype": dtype}
                if "kernel" in part.weights and "kernel_regularizer" in layer.config:
                    about["kernel_regularizer"] = {
                        "module": "keras.regularizers",
                        "class_name": "L1L2",
                        "config": layer.config["kernel_regularizer"],
                        "registered_name": None,
                    }
                entries.append(_entry(part.kind, {**about, **part.arguments}))
                group = file.create_group(f"layers/{place}/vars")
                for i, array in enumerate(part.arrays(layer).values()):
                    group[str(i)] = array.astype(array.dtype.newbyteorder("<"))
    network = _entry("Sequential", {"name": "sequential", "trainable": True, "layers": entries})
    config = {**network, "module": "keras", "build_config": {"input_shape": shape}}
    files = {
        "metadata.json": json.dumps({"keras_version": VERSION}).encode(),
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": buffer.getvalue(),
    }
    return write_atomically(path, archived(files))


def load_keras(path: str | os.PathLike[str]) -> tuple[list[LayerData], tuple[int, ...]]:
    """The layers of a Sequential network that Keras 3 saved, and the shape of one example.

    Weights are called by their numbers, as there.

    Raises:
        ModuleNotFoundError: if there is no h5py.
        ValueError: if the file is damaged, or has layers in it that this package does not.
    """
    h5py, raw = _h5py(), content(path)
    with reading(path, "a .keras file that can be read"):
        files = members(raw)
        config = json.loads(files["config.json"])
        if config["class_name"] != "Sequential":
            raise ValueError(f"it holds a {config['class_name']} and not a Sequential network")
        shape: list[int] = []
        layers, counts = [], Counter[str]()
        with h5py.File(io.BytesIO(files["model.weights.h5"]), "r") as file:
            for entry in config["config"]["layers"]:
                kind, about = entry["class_name"], entry["config"]
                if kind == "InputLayer":
                    shape = about["batch_shape"][1:]
                    continue
                place = f"layers/{_place(kind, counts)}/vars"
                arrays = _arrays(h5py, file, place, len(files["model.weights.h5"]))
                of_kind, own = from_keras(kind, about)
                weights = {str(i): array for i, array in enumerate(arrays)}
                layers.append(
                    LayerData(of_kind, own, weights, about["name"], bool(about["trainable"]))
                )
        if not shape:
            shape = (config.get("build_config") or {"input_shape": [None]})["input_shape"][1:]
        return layers, tuple(int(n) for n in shape)


def _arrays(h5py: Any, file: Any, place: str, size: int) -> list[Any]:
    """The arrays of a group, which lie in the file itself: nothing is linked from elsewhere."""
    names = place.split("/")
    for depth in range(1, len(names) + 1):
        link = file.get("/".join(names[:depth]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            return [] if link is None else _refuse_link(place)
    group, found = file[place], []
    for i in range(len(group)):
        if not isinstance(group.get(str(i), getlink=True), h5py.HardLink):
            _refuse_link(place)
        data = group[str(i)]
        if data.is_virtual or data.external or data.chunks or data.nbytes > size:
            raise ValueError(f"{place}/{i} is packed, elsewhere, or larger than the file")
        found.append(np.asarray(data[()]))
    return found


def _refuse_link(place: str) -> Any:
    raise ValueError(f"{place} is not in the file itself")


def _entry(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """A layer as Keras describes it."""
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


def _place(kind: str, counts: Counter[str]) -> str:
    """Where Keras keeps the weights of the next layer of a kind: ``dense``, ``dense_1``."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    name = re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()
    counts[name] += 1
    return name if counts[name] == 1 else f"{name}_{counts[name] - 1}"


def _h5py() -> Any:
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            '.keras files need h5py: pip install "tinygrad-xor[exchange]"', name=error.name
        ) from error
    return h5py

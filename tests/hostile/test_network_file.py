"""The file of a network."""

import io
import json

import numpy as np
import pytest

from tinygrad_xor.nn import Dense, Dropout, Sequential


@pytest.mark.filterwarnings("ignore:the network in")
@pytest.mark.promise("A damaged network is read, or refused in one sentence.", trials=2000)
def test_damage_is_refused_in_one_sentence(trials, tmp_path):
    """Bytes of a file are changed or cut off, arrays exchanged for others, settings for what they
    cannot be. A ValueError says that the file is no network, or it is another one, and predicts.
    """
    model = Sequential([Dense(4, "tanh", input_dim=2), Dropout(0.2), Dense(1, "sigmoid")], seed=3)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], verbose=0)
    path = model.save(tmp_path / "network.npz")
    whole, complaints = path.read_bytes(), []
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    for rng in trials:
        path.write_bytes(damaged(rng, whole, arrays))
        try:
            loaded = Sequential.load(path)
        except ValueError as error:
            complaints.append(str(error))
            continue
        loaded.predict(np.zeros((1, *loaded.input_shape)))
    assert all("is not a network that save() wrote: " in said for said in complaints)
    assert len(complaints) > 3 / 4 * len(trials)


def damaged(rng, whole, arrays):
    """One of the ways in which a file comes to be another."""
    data = bytearray(whole)
    kind = rng.randrange(4)
    if kind == 0:
        for _ in range(rng.choice([1, 2, 30])):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == 1:
        del data[rng.randrange(len(data)) :]
    else:
        arrays = dict(arrays)
        name = rng.choice(list(arrays))
        if kind == 2:
            arrays[name] = rng.choice(
                [
                    np.array("x"),
                    np.zeros(0),
                    np.zeros((2, 4), complex),
                    np.array(["1"]),
                    np.array(1),
                ]
            )
        else:
            config = json.loads(str(arrays["config"]))
            place = rng.choice([config, config["compiled"], *config["layers"]])
            key = rng.choice(list(place))
            place[key] = rng.choice([None, -1, 10**30, 1.5, "relu", [], {}, [1], True])
            arrays["config"] = np.array(json.dumps(config))
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        data = buffer.getvalue()
    return bytes(data)

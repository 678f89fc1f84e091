"""The same numbers as Keras: losses, metrics and validation, epoch by epoch.

``record_keras.py`` wrote ``keras.json`` with real Keras, in float64.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor import callbacks, nn, optim
from tinygrad_xor.nn import Dense, Input, Sequential

KEPT = json.loads(Path(__file__).with_name("keras.json").read_text())
RECORDS, LAYERS = KEPT["settings"], KEPT["layers"]


@pytest.mark.parametrize("name", RECORDS)
def test_the_first_hundred_epochs_are_those_of_keras(name):
    if name == "gelu":
        pytest.importorskip("scipy")
    record = RECORDS[name]
    x, y = np.array(record["x"]), np.array(record["y"])
    model = Sequential(
        [Input(x.shape[1]), Dense(*record["hidden"]), Dense(*record["output"])], seed=0
    )
    model.set_weights(record["weights"])
    arguments = dict(record["fit"])
    model.layers[0].trainable = not arguments.pop("frozen", False)
    optimizer, settings = record["optimizer"]
    if isinstance(settings.get("learning_rate"), list):
        schedule, *of_schedule = settings["learning_rate"]
        settings = settings | {"learning_rate": getattr(optim, schedule)(*of_schedule)}
    if "callbacks" in arguments:
        callback, of_callback = arguments["callbacks"]
        arguments["callbacks"] = getattr(callbacks, callback)(**of_callback)
    model.compile(
        loss=record["loss"],
        optimizer=getattr(optim, optimizer)(**settings),
        metrics=record["metrics"],
    )
    if "class_weight" in arguments:
        arguments["class_weight"] = {int(k): v for k, v in arguments["class_weight"].items()}
    history = model.fit(
        x,
        y,
        batch_size=record["batch_size"],
        epochs=100,
        verbose=0,
        shuffle=False,
        validation_data=(x[:3], y[:3]),
        **arguments,
    )
    assert set(history.history) == set(record["history"])
    for key, numbers in record["history"].items():
        assert history.history[key] == pytest.approx(numbers, abs=1e-6, rel=0), key
    assert np.ravel(model.predict(x)) == pytest.approx(record["predictions"], abs=1e-6, rel=0)


def made(kind, arguments):
    regularizer = arguments.get("kernel_regularizer")
    if isinstance(regularizer, dict):
        ((name, numbers),) = regularizer.items()
        chosen = getattr(nn.regularizers, name)
        arguments = arguments | {"kernel_regularizer": chosen(*np.atleast_1d(numbers))}
    return getattr(nn, kind)(**arguments)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_learns_as_that_of_keras(name, run_eagerly):
    record = LAYERS[name]
    x, y = np.array(record["x"], float), np.array(record["y"], float)
    layers = [made(kind, arguments) for kind, arguments in record["layers"]]
    model = Sequential([Input(x.shape[1:]), *layers], seed=0)
    model.set_weights(record["weights"])
    model.compile(optim.Adam(learning_rate=0.01), "mse", run_eagerly=run_eagerly)
    how = {"batch_size": 4, "epochs": 20, "verbose": 0, "shuffle": False}
    history = model.fit(x, y, validation_data=(x[:3], y[:3]), **how)
    assert history.compiled is not run_eagerly, history.why_not_compiled
    for key, numbers in record["history"].items():
        assert history.history[key] == pytest.approx(numbers, abs=1e-6, rel=0), key
    assert np.ravel(model.predict(x)) == pytest.approx(record["predictions"], abs=1e-6, rel=0)
    last = record["history"]["val_loss"][-1]
    assert model.evaluate(x[:3], y[:3]) == pytest.approx(last, abs=1e-6, rel=0)
    for ours, theirs in zip(model.get_weights(), record["learned"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)

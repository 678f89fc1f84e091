"""Networks with any wiring learn as Keras's: losses, metrics, validation and weights.

``record_models.py`` wrote ``keras_models.json`` with real Keras, in float64.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from wired import MODELS, arrays, first

from tinygrad_xor import nn, optim

RECORDS = json.loads(Path(__file__).with_name("keras_models.json").read_text())["models"]


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("name", RECORDS)
def test_a_network_with_this_wiring_learns_as_that_of_keras(name, run_eagerly):
    make, x, y, how = MODELS[name]
    record, model = RECORDS[name], make(nn)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == [kind.replace("Functional", "Model") for kind in record["layers"]]
    x, y = arrays(x, model.input_shape), arrays(y, model.output_shape)
    model.set_weights(record["weights"])
    model.compile(optim.Adam(learning_rate=0.01), **how, run_eagerly=run_eagerly)
    looked_at = first(x, 3), first(y, 3)
    fit = {"batch_size": 4, "epochs": 20, "verbose": 0, "shuffle": False}
    history = model.fit(x, y, validation_data=looked_at, **fit)
    assert set(history.history) == set(record["history"])
    for key, numbers in record["history"].items():
        assert history.history[key] == pytest.approx(numbers, abs=1e-6, rel=0), key
    evaluated = model.evaluate(*looked_at, return_dict=True)
    assert evaluated == pytest.approx(record["evaluated"], abs=1e-6, rel=0)
    predictions, theirs = model.predict(x), record["predictions"]
    if not isinstance(predictions, list):
        predictions, theirs = [predictions], [theirs]
    for ours, keras in zip(predictions, theirs, strict=True):
        np.testing.assert_allclose(ours, keras, rtol=0, atol=1e-6)
    for ours, keras in zip(model.get_weights(), record["learned"], strict=True):
        np.testing.assert_allclose(ours, keras, rtol=0, atol=1e-6)

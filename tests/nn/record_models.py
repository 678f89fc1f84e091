"""Record how Keras trains the networks of ``wired.py``. Not a test itself.

    pip install keras jax && python tests/nn/record_models.py

writes ``keras_models.json`` beside this file, as ``record_keras.py`` does for layers in a row.
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from wired import MODELS, arrays, first


def rounded(x):
    return np.round(np.asarray(x), 9).tolist()


def record(keras, make, x, y, how):
    keras.utils.set_random_seed(0)
    model = make(
        SimpleNamespace(**vars(keras.layers), Model=keras.Model, Sequential=keras.Sequential)
    )
    x, y = arrays(x, model.input_shape), arrays(y, model.output_shape)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), **how)
    weights = [w.tolist() for w in model.get_weights()]
    looked_at = first(x, 3), first(y, 3)
    fit = {"batch_size": 4, "epochs": 20, "verbose": 0, "shuffle": False}
    history = model.fit(x, y, validation_data=looked_at, **fit)
    predictions = model.predict(x, verbose=0)
    return {
        "layers": [type(layer).__name__ for layer in model.layers],
        "weights": weights,
        "history": {key: rounded(values) for key, values in history.history.items()},
        "evaluated": model.evaluate(*looked_at, verbose=0, return_dict=True),
        "predictions": [rounded(p) for p in predictions]
        if isinstance(predictions, list)
        else rounded(predictions),
        "learned": [rounded(w) for w in model.get_weights()],
    }


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    import keras

    keras.config.set_floatx("float64")
    models = {name: record(keras, *setting) for name, setting in MODELS.items()}
    text = json.dumps({"keras": keras.__version__, "models": models}, separators=(",", ":"))
    path = Path(__file__).with_name("keras_models.json")
    path.write_text(text.replace('},"', '},\n"') + "\n")

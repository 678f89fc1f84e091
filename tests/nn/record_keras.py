"""Record what Keras does, for ``test_as_keras.py`` to compare with. Not a test itself.

    pip install keras jax && python tests/nn/record_keras.py

writes ``keras.json`` beside this file: starting weights, data, and the losses of the first hundred
epochs, in float64, for each setting. Keras itself is not needed to run the tests.
"""

import json
import os
from pathlib import Path

import numpy as np

EPOCHS = 100
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
rng = np.random.default_rng(0)
POINTS = np.round(rng.normal(size=(10, 3)), 3).tolist()
CLASSES = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
ONE_HOT = np.eye(3)[CLASSES].tolist()
NUMBERS = np.round(rng.normal(size=(10, 1)), 3).tolist()
SIGNS = [1, -1, 1, 1, -1, -1, 1, -1, 1, -1]

# name: data, hidden layer, output layer, loss, optimizer and its arguments, batch size, more of fit
CHAPTER = (XOR, (5, "relu"), (1, "sigmoid"), "binary_crossentropy")
SETTINGS = {
    "the chapter's network": (*CHAPTER, ("Adam", {}), 1, {}),
    "sgd": (*CHAPTER, ("SGD", {"learning_rate": 0.1}), 2, {}),
    "momentum": (*CHAPTER, ("SGD", {"learning_rate": 0.1, "momentum": 0.9}), 4, {}),
    "nesterov": (
        *CHAPTER,
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
        4,
        {},
    ),
    "rmsprop": (*CHAPTER, ("RMSprop", {"learning_rate": 0.01}), 1, {}),
    "adamw": (*CHAPTER, ("AdamW", {"learning_rate": 0.01}), 3, {}),
    "sample weights": (
        *CHAPTER,
        ("Adam", {"learning_rate": 0.01}),
        3,
        {"sample_weight": [1.0, 0.5, 2.0, 0.25]},
    ),
    "class weights": (
        *CHAPTER,
        ("Adam", {"learning_rate": 0.01}),
        1,
        {"class_weight": {0: 1.0, 1: 3.0}},
    ),
    "mean squared error": (
        (POINTS, NUMBERS),
        (4, "tanh"),
        (1, "linear"),
        "mean_squared_error",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "mean absolute error": (
        (POINTS, NUMBERS),
        (4, "softplus"),
        (1, "linear"),
        "mean_absolute_error",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "classes in rows": (
        (POINTS, ONE_HOT),
        (4, "sigmoid"),
        (3, "softmax"),
        "categorical_crossentropy",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "class numbers": (
        (POINTS, CLASSES),
        (4, "tanh"),
        (3, "softmax"),
        "sparse_categorical_crossentropy",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "hinge": (
        (POINTS, SIGNS),
        (4, "tanh"),
        (1, "tanh"),
        "hinge",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "adagrad": (*CHAPTER, ("Adagrad", {"learning_rate": 0.1}), 1, {}),
    "adadelta": (*CHAPTER, ("Adadelta", {"learning_rate": 1.0}), 2, {}),
    "adamax": (*CHAPTER, ("Adamax", {"learning_rate": 0.01}), 3, {}),
    "nadam": (*CHAPTER, ("Nadam", {"learning_rate": 0.01}), 1, {}),
    "weight decay": (*CHAPTER, ("SGD", {"learning_rate": 0.1, "weight_decay": 0.01}), 2, {}),
    "clipnorm": (*CHAPTER, ("SGD", {"learning_rate": 0.5, "clipnorm": 0.05}), 1, {}),
    "clipvalue": (*CHAPTER, ("Adam", {"learning_rate": 0.01, "clipvalue": 0.02}), 1, {}),
    "global clipnorm": (*CHAPTER, ("SGD", {"learning_rate": 0.5, "global_clipnorm": 0.1}), 1, {}),
    "huber": (
        (POINTS, NUMBERS),
        (4, "tanh"),
        (1, "linear"),
        "huber",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "log cosh": (
        (POINTS, NUMBERS),
        (4, "tanh"),
        (1, "linear"),
        "log_cosh",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    "Kullback and Leibler": (
        (POINTS, ONE_HOT),
        (4, "tanh"),
        (3, "softmax"),
        "kl_divergence",
        ("Adam", {"learning_rate": 0.01}),
        4,
        {},
    ),
    **{
        activation: (
            (POINTS, NUMBERS),
            (4, activation),
            (1, "linear"),
            "mean_squared_error",
            ("Adam", {"learning_rate": 0.01}),
            4,
            {},
        )
        for activation in ("elu", "selu", "silu", "gelu")
    },
    "exponential decay": (
        *CHAPTER,
        ("Adam", {"learning_rate": ["ExponentialDecay", 0.05, 30, 0.9]}),
        2,
        {},
    ),
    "inverse time decay in a staircase": (
        *CHAPTER,
        ("Adam", {"learning_rate": ["InverseTimeDecay", 0.05, 30, 0.9, True]}),
        2,
        {},
    ),
    "polynomial decay": (
        *CHAPTER,
        ("Adam", {"learning_rate": ["PolynomialDecay", 0.05, 150, 0.001, 2.0]}),
        2,
        {},
    ),
    "cosine decay": (*CHAPTER, ("Adam", {"learning_rate": ["CosineDecay", 0.05, 150]}), 2, {}),
    "piecewise constant decay": (
        *CHAPTER,
        ("Adam", {"learning_rate": ["PiecewiseConstantDecay", [40, 80], [0.05, 0.02, 0.01]]}),
        2,
        {},
    ),
    "on a plateau": (
        *CHAPTER,
        ("SGD", {"learning_rate": 2.0}),
        1,
        {"callbacks": ["ReduceLROnPlateau", {"factor": 0.5, "patience": 3, "cooldown": 2}]},
    ),
    "a frozen layer": (*CHAPTER, ("Adam", {"learning_rate": 0.01}), 1, {"frozen": True}),
}


IMAGES = np.round(rng.normal(size=(6, 5, 6, 2)), 2).tolist()
ROWS = np.round(rng.normal(size=(6, 7, 2)), 2).tolist()
WORDS = rng.integers(0, 5, size=(6, 4)).tolist()
KINDS = [[0], [1], [1], [0], [1], [0]]

# name: data, layers with their arguments
LAYERS = {
    "batch normalization": (
        (POINTS, NUMBERS),
        [
            ["Dense", {"units": 4, "activation": "tanh"}],
            ["BatchNormalization", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "batch normalization first": (
        (ROWS, KINDS),
        [
            ["BatchNormalization", {"momentum": 0.5, "epsilon": 0.01, "scale": False}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "layer normalization": (
        (POINTS, NUMBERS),
        [
            ["Dense", {"units": 4}],
            ["LayerNormalization", {"epsilon": 0.01}],
            ["ReLU", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "a convolution of rows": (
        (ROWS, KINDS),
        [
            ["Conv1D", {"filters": 3, "kernel_size": 3, "activation": "relu"}],
            ["MaxPooling1D", {"pool_size": 2}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "a convolution of rows, filled up": (
        (ROWS, KINDS),
        [
            ["Conv1D", {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same"}],
            ["LeakyReLU", {}],
            ["MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "a convolution of images": (
        (IMAGES, KINDS),
        [
            ["Conv2D", {"filters": 2, "kernel_size": [2, 3], "activation": "tanh"}],
            ["MaxPooling2D", {"pool_size": 2}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "a convolution of images, filled up": (
        (IMAGES, KINDS),
        [
            [
                "Conv2D",
                {"filters": 2, "kernel_size": 3, "strides": [2, 1], "padding": "same"},
            ],
            ["MaxPooling2D", {"pool_size": [2, 3], "strides": 1, "padding": "same"}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "a regularized layer": (
        (POINTS, NUMBERS),
        [
            ["Dense", {"units": 4, "activation": "tanh", "kernel_regularizer": "l2"}],
            ["Dense", {"units": 3, "activation": "relu", "kernel_regularizer": {"L1": 0.02}}],
            ["Dense", {"units": 1, "kernel_regularizer": {"L1L2": [0.01, 0.03]}}],
        ],
    ),
    "a regularized convolution": (
        (ROWS, KINDS),
        [
            [
                "Conv1D",
                {
                    "filters": 3,
                    "kernel_size": 3,
                    "activation": "tanh",
                    "kernel_regularizer": {"L2": 0.1},
                },
            ],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
    "an embedding": (
        (WORDS, KINDS),
        [
            ["Embedding", {"input_dim": 5, "output_dim": 3}],
            ["Flatten", {}],
            ["Dense", {"units": 1}],
        ],
    ),
}


def made(library, kind, arguments):
    """A layer; a regularizer stands in its arguments as the name of a class and its numbers."""
    regularizer = arguments.get("kernel_regularizer")
    if isinstance(regularizer, dict):
        ((name, numbers),) = regularizer.items()
        numbers = numbers if isinstance(numbers, list) else [numbers]
        regularizer = getattr(library.regularizers, name)(*numbers)
        arguments = {**arguments, "kernel_regularizer": regularizer}
    return getattr(getattr(library, "layers", library), kind)(**arguments)


def record_layers(keras, data, layers):
    x, y = (np.array(numbers, dtype=float) for numbers in data)
    keras.utils.set_random_seed(0)
    first = keras.Input(x.shape[1:])
    model = keras.Sequential([first, *(made(keras, *layer) for layer in layers)])
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(learning_rate=0.01))
    weights = [w.tolist() for w in model.get_weights()]
    how = {"batch_size": 4, "epochs": 20, "verbose": 0, "shuffle": False}
    history = model.fit(x, y, validation_data=(x[:3], y[:3]), **how)
    return {
        "x": data[0],
        "y": data[1],
        "layers": layers,
        "weights": weights,
        "history": {key: [round(v, 9) for v in values] for key, values in history.history.items()},
        "predictions": [round(float(v), 9) for v in np.ravel(model.predict(x, verbose=0))],
        "learned": [np.round(w, 9).tolist() for w in model.get_weights()],
    }


def record(keras, data, hidden, output, loss, optimizer, batch_size, more):
    x, y = (np.array(numbers, dtype=float) for numbers in data)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((x.shape[1],)),
            keras.layers.Dense(hidden[0], hidden[1]),
            keras.layers.Dense(output[0], output[1]),
        ]
    )
    arguments = dict(more)
    if arguments.pop("frozen", False):
        model.layers[0].trainable = False
    name, settings = optimizer
    if isinstance(settings.get("learning_rate"), list):
        schedule, *of_schedule = settings["learning_rate"]
        schedule = getattr(keras.optimizers.schedules, schedule)(*of_schedule)
        settings = settings | {"learning_rate": schedule}
    kind = getattr(keras.optimizers, name)
    metrics = [] if (len(y.shape) == 2 and y.shape[1] == 1) or loss == "hinge" else ["accuracy"]
    model.compile(loss=loss, optimizer=kind(**settings), metrics=metrics)
    if "callbacks" in arguments:
        callback, of_callback = arguments["callbacks"]
        arguments["callbacks"] = [getattr(keras.callbacks, callback)(**of_callback)]
    weights = [w.tolist() for w in model.get_weights()]
    if "sample_weight" in arguments:
        arguments["sample_weight"] = np.array(arguments["sample_weight"])
    history = model.fit(
        x,
        y,
        batch_size=batch_size,
        epochs=EPOCHS,
        verbose=0,
        shuffle=False,
        validation_data=(x[:3], y[:3]),
        **arguments,
    )
    return {
        "x": data[0],
        "y": data[1],
        "hidden": hidden,
        "output": output,
        "loss": loss,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "fit": more,
        "weights": weights,
        "metrics": metrics,
        "history": {key: [round(v, 9) for v in values] for key, values in history.history.items()},
        "predictions": [round(float(v), 9) for v in np.ravel(model.predict(x, verbose=0))],
    }


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    import keras

    keras.config.set_floatx("float64")
    records = {
        "keras": keras.__version__,
        "settings": {name: record(keras, *setting) for name, setting in SETTINGS.items()},
        "layers": {name: record_layers(keras, *setting) for name, setting in LAYERS.items()},
    }
    text = json.dumps(records, separators=(",", ":")).replace('},"', '},\n"')
    Path(__file__).with_name("keras.json").write_text(text + "\n")

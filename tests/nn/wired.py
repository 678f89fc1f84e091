"""Networks that are no row of layers, of this package's layers or of Keras's: `nn` has either."""

import numpy as np


def skip_connection(nn):
    x = nn.Input((3,))
    h = nn.Dense(3, "relu")(x)
    h = nn.Add()([x, h])
    return nn.Model(x, nn.Dense(1)(nn.Add()([h, nn.Dense(3, "tanh")(h)])))


def two_inputs(nn):
    a, b = nn.Input((3,), name="a"), nn.Input((2,), name="b")
    left, right = nn.Dense(4, "tanh")(a), nn.Dense(2, "relu")(b)
    return nn.Model([a, b], nn.Dense(1)(nn.Concatenate()([left, right, b])))


def shared_layer(nn):
    a, b = nn.Input((3,)), nn.Input((3,))
    shared = nn.Dense(4, "tanh", kernel_regularizer="l2")
    normal = nn.BatchNormalization(momentum=0.8)
    far = nn.Subtract()([normal(shared(a)), normal(shared(b))])
    return nn.Model([a, b], nn.Dense(1)(nn.Dense(3, "tanh")(nn.Multiply()([far, far]))))


def two_outputs(nn):
    x = nn.Input((3,))
    h = nn.Dense(4, "tanh")(x)
    number = nn.Dense(1, name="number")(h)
    kind = nn.Dense(2, "sigmoid", name="kind")(nn.Concatenate()([h, number]))
    return nn.Model(x, [number, kind])


def nested(nn):
    inner = nn.Sequential([nn.Input((4,)), nn.Dense(3, "tanh"), nn.BatchNormalization()])
    a = nn.Input((3,))
    block = nn.Model(a, nn.Add()([a, nn.Dense(3, "relu")(a)]))
    x = nn.Input((3,))
    h = block(block(x))
    both = nn.Concatenate()([h, inner(nn.Dense(4)(h))])
    return nn.Model(x, nn.Dense(1)(both))


def model_in_a_row(nn):
    a = nn.Input((3,))
    block = nn.Model(a, nn.Average()([a, nn.Dense(3, "tanh")(a)]))
    return nn.Sequential([nn.Input((3,)), nn.Dense(3), block, nn.Dense(1)])


def every_merge(nn):
    a, b = nn.Input((3,)), nn.Input((3,))
    h, k = nn.Dense(2, "tanh")(a), nn.Dense(2, "tanh")(b)
    names = ["add", "multiply", "average", "maximum", "minimum", "subtract"]
    merged = [getattr(nn, name)([h, k]) for name in names]
    return nn.Model([a, b], nn.Dense(1)(nn.concatenate(merged)))


def other_lengths(nn):
    x = nn.Input((3, 2))
    row = nn.Dense(2, "tanh")(nn.Flatten()(x))
    wide = nn.Multiply()([nn.Dense(2)(x), row])
    long = nn.Concatenate(axis=1)([x, wide])
    return nn.Model(x, nn.Dense(1)(nn.Flatten()(long)))


rng = np.random.default_rng(7)


def numbers(*shape):
    return np.round(rng.normal(size=shape), 3).tolist()


POINTS, OTHERS, PAIRS = numbers(10, 3), numbers(10, 3), numbers(10, 2)
ROWS, ONE, KINDS = numbers(10, 3, 2), numbers(10, 1), np.eye(2)[[0, 1] * 5].tolist()
LOSSES = {"loss": ["mse", "binary_crossentropy"], "loss_weights": [1.0, 0.3]}
BY_NAME = {
    "loss": {"kind": "binary_crossentropy", "number": "mae"},
    "metrics": {"number": ["mse"], "kind": ["accuracy"]},
    "loss_weights": {"number": 2.0, "kind": 0.5},
}

# name: what makes it, inputs, targets, more of compile
MODELS = {
    "skip connection": (skip_connection, POINTS, ONE, {"loss": "mse"}),
    "two inputs": (two_inputs, [POINTS, PAIRS], ONE, {"loss": "mse", "metrics": ["mae"]}),
    "shared layer": (shared_layer, [POINTS, OTHERS], ONE, {"loss": "mse"}),
    "two outputs": (two_outputs, POINTS, [ONE, KINDS], LOSSES),
    "two outputs by name": (two_outputs, POINTS, [ONE, KINDS], BY_NAME),
    "nested": (nested, POINTS, ONE, {"loss": "mse"}),
    "model in a row": (model_in_a_row, POINTS, ONE, {"loss": "mse"}),
    "every merge": (every_merge, [POINTS, OTHERS], ONE, {"loss": "mse"}),
    "other lengths": (other_lengths, ROWS, ONE, {"loss": "mse"}),
}


def arrays(data, shape):
    """Data of one input or output, whose shape is that of one example, or of a list of them."""
    if isinstance(shape, list):
        return [np.array(one, float) for one in data]
    return np.array(data, float)


def first(data, count):
    """The first examples."""
    return [one[:count] for one in data] if isinstance(data, list) else data[:count]

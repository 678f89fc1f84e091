"""Networks with any wiring, and networks in networks."""

import copy
import json
import pickle

import numpy as np
import pytest

from tinygrad_xor import nn
from tinygrad_xor.callbacks import EarlyStopping, ModelCheckpoint
from tinygrad_xor.nn import Dense, Input, Model, Sequential, load_model, model_from_json
from tinygrad_xor.testing.checks import check_network
from tinygrad_xor.viz import draw

rng = np.random.default_rng(0)
A, B = rng.normal(size=(30, 2)), rng.normal(size=(30, 3))
Y, KINDS = rng.normal(size=(30, 1)), np.eye(2)[rng.integers(0, 2, 30)]


def two_and_two(seed=0):
    """Two inputs, two outputs, a shared layer, a network inside, dropout and running means."""
    a, b = Input(2, name="a"), Input(3)
    inner = Sequential([Dense(3, "tanh"), nn.BatchNormalization(), nn.Dropout(0.25)], name="inner")
    shared = Dense(3, "tanh", kernel_regularizer="l2")
    h = nn.add([inner(a), shared(shared(b))])
    number = Dense(1, name="number")(h)
    kind = Dense(2, "softmax", name="kind")(nn.concatenate([h, number, a]))
    return Model([a, b], [number, kind], seed=seed)


def compiled(model, **more):
    metrics = [["mae"], ["accuracy"]]
    losses = ["mse", "categorical_crossentropy"]
    model.compile("adam", losses, metrics, loss_weights=[1.0, 0.5], **more)
    return model


def same(first, second):
    return all(map(np.array_equal, first.get_weights(), second.get_weights()))


def test_layers_of_a_network_have_keras_s_order_and_this_package_s_names():
    model = two_and_two()
    names = "input_1 a dense_1 inner add_1 number concatenate_1 kind".split()
    assert [layer.name for layer in model.layers] == names
    assert model.get_layer("inner") is model.layers[3]
    assert model.input_shape == [(2,), (3,)]
    assert model.output_shape == [(1,), (2,)]
    assert [p.shape for p in model.outputs] == [(None, 1), (None, 2)]


def test_the_summary_says_what_each_layer_is_connected_to(capsys):
    two_and_two().summary()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][-3:] == ["Connected", "to", "Parameters"]
    rows = {line[0]: line for line in lines}
    assert rows["add_1"][2:] == ["(None,", "3)", "inner,", "dense_1", "0"]
    assert rows["dense_1"][2:] == ["tanh", "(None,", "3)", "input_1,", "dense_1", "12"]
    assert rows["inner"][-2:] == ["a", "21"]
    assert rows["Total"][-1] == str(two_and_two().count_params())
    two_and_two().summary(lang="ru")
    assert "Входы от" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_weights():
    assert same(two_and_two(seed=3), two_and_two(seed=3))
    assert not same(two_and_two(seed=3), two_and_two(seed=4))


def test_a_compiled_training_gives_the_weights_of_one_step_by_step_bit_for_bit():
    model = compiled(two_and_two())
    other = compiled(two_and_two(), run_eagerly=True)
    how = {"epochs": 200, "batch_size": 8, "verbose": 0, "validation_split": 0.2}
    first, second = (m.fit([A, B], [Y, KINDS], **how) for m in (model, other))
    assert first.compiled
    assert not second.compiled
    assert same(model, other)
    assert first.rows == second.rows
    names = "loss number_loss kind_loss number_mae kind_accuracy".split()
    assert list(first.history) == [*names, *[f"val_{name}" for name in names]]
    assert model.metrics_names == names
    assert model.stop_training is False
    assert len(model.evaluate([A, B], [Y, KINDS])) == len(names)


@pytest.mark.parametrize("layers", [[nn.Dropout(0.5), nn.BatchNormalization()]])
def test_looking_who_draws_numbers_moves_no_running_means(layers):
    model = Sequential([Dense(3, input_dim=2), *layers, Dense(1)], seed=0)
    model.compile("adam", "mse")
    other = copy.deepcopy(model)
    other.compiled.run_eagerly = True
    assert model.fit(A, Y, epochs=500, verbose=0).compiled
    other.fit(A, Y, epochs=500, verbose=0)
    assert same(model, other)


def test_data_may_be_lists_or_dicts_by_name_and_batches_are_cut_over_all():
    model, other = compiled(two_and_two()), compiled(two_and_two())
    seen = []

    class Watch(nn.Layer):
        def call(self, x, training=False):
            seen.append(x.shape)
            return x

    model.fit([A, B], [Y, KINDS], batch_size=20, verbose=0)
    inputs, targets = {"input_1": B, "a": A}, {"kind": KINDS, "number": Y}
    other.fit(inputs, targets, batch_size=20, verbose=0)
    assert same(model, other)
    assert all(map(np.array_equal, model.predict([A, B]), model.predict(inputs)))
    a, b = Input(2), Input(3)
    watched = Model([a, b], Dense(1)(nn.concatenate([Watch()(a), Watch()(b)])))
    watched.compile("sgd", "mse", run_eagerly=True)
    watched.fit([A, B], Y, batch_size=20, verbose=0)
    assert seen == [(20, 2), (20, 3), (10, 2), (10, 3)]


def test_losses_may_be_one_for_all_a_list_or_a_dict():
    totals = []
    for loss in ("mse", ["mse", "mse"], {"kind": "mse", "number": "mse"}):
        model = two_and_two()
        model.compile("sgd", loss)
        totals.append(model.evaluate([A, B], [Y, KINDS])[0])
    assert totals[0] == totals[1] == totals[2]
    assert model.train_on_batch([A, B], [Y, KINDS], return_dict=True)["kind_loss"] > 0


def test_a_saved_network_goes_on_as_if_it_had_not_stopped(tmp_path):
    model = compiled(two_and_two())
    model.get_layer("inner").layers[0].trainable = False
    model.fit([A, B], [Y, KINDS], verbose=0)
    read = load_model(model.save(tmp_path / "network.npz"))
    assert repr(read) == repr(model)
    assert [x.trainable for x in read.flat_layers] == [x.trainable for x in model.flat_layers]
    assert same(read, model)
    for one in (read, model):
        one.fit([A, B], [Y, KINDS], epochs=3, verbose=0)
    # the dropout inside of a network draws from the generator of all, as before it was saved
    assert same(read, model)
    with pytest.raises(ValueError, match="holds a Model and not a Sequential: load_model"):
        Sequential.load(tmp_path / "network.npz")


def test_weights_alone_are_saved_and_a_text_holds_the_wiring(tmp_path):
    model, other = two_and_two(), two_and_two(seed=5)
    other.load_weights(model.save_weights(tmp_path / "weights.npz"))
    assert same(model, other)
    other.load_weights(two_and_two(seed=5).save_weights(tmp_path / "weights.safetensors"))
    assert same(two_and_two(seed=5), other)
    made = model_from_json(model.to_json(), seed=0)
    assert made.to_json() == model.to_json()
    made.set_weights(model.get_weights())
    assert all(map(np.array_equal, made.predict([A, B]), model.predict([A, B])))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_of_a_network_of_many_layers_is_the_same_network(copied):
    x = h = Input(2)
    for _ in range(400):
        h = nn.add([h, Dense(2)(h)])
    model = Model(x, h, seed=0)
    read = copied(model)
    assert same(read, model)
    assert np.array_equal(read.predict(A), model.predict(A))
    assert read.outputs[0].shape == (None, 2)


def test_a_part_of_a_network_is_a_network_that_shares_its_layers():
    model = two_and_two()
    part = Model(model.inputs, model.get_layer("add_1").output)
    assert part.predict([A, B]).shape == (30, 3)
    assert part.get_layer("inner") is model.get_layer("inner")
    head = Model(model.get_layer("add_1").output, model.outputs[0])
    ahead = head.predict(part.predict([A, B]))
    np.testing.assert_array_equal(ahead, model.predict([A, B])[0])
    number, kind = model([a := Input(2), b := Input(3)])
    behind = Model([a, b, number], nn.concatenate([number, kind]))  # one of two is put in
    got = behind.predict([A, B, np.zeros((30, 1))])
    assert np.array_equal(got[:, 1:], model.predict([A, B])[1])
    assert not got[:, 0].any()
    row = Sequential([Dense(3, input_dim=2), Dense(1)], seed=0)
    new = Model(row.inputs, Dense(2)(row.layers[0].output))
    assert new.predict(A).shape == (30, 2)
    assert [layer.name for layer in row.layers] == ["dense_1", "dense_2"]


def test_a_network_has_its_own_output_wherever_it_was_called():
    row = Sequential([Dense(3, input_dim=2), Dense(1)], seed=0)
    assert row.output is row.outputs[0]
    assert np.array_equal(Model(row.input, row.output).predict(A), row.predict(A))
    row(Input(2))
    assert row.output is row.outputs[0]
    model = two_and_two()
    assert model.output == model.outputs
    assert copy.deepcopy(row).output is not row.output


def test_a_network_that_would_be_in_itself_is_refused():
    row = Sequential([Dense(2, input_dim=2)])
    v = Input(2)
    for holder in (row, Sequential([row]), Model(v, Dense(2)(row(v)))):
        with pytest.raises(ValueError, match="in itself"):
            row.add(holder)
        assert len(row.layers) == 1


def test_one_list_of_inputs_may_be_left_out():
    x = Input(2)
    model = Model([x], [Dense(1)(x)], seed=0)
    model.compile("sgd", "mse", metrics=["mae"])
    assert list(model.fit(A, Y, verbose=0).history) == ["loss", "mae"]
    assert model.predict(A)[0].shape == model.predict([A])[0].shape == (30, 1)


def test_networks_are_layers_of_networks_and_are_frozen_with_all_that_is_in_them():
    inner = Sequential([Dense(3, "relu"), Sequential([Dense(2)])])
    model = Sequential([Input(2), inner, Dense(1, "sigmoid")], seed=0)
    assert model.count_params() == 9 + 8 + 3
    assert inner.name == "sequential_1"
    inner.trainable = False
    model.compile("adam", "binary_crossentropy")
    before = model.get_weights()
    model.fit(A, KINDS[:, :1], verbose=0)
    moved = [not np.array_equal(x, y) for x, y in zip(before, model.get_weights(), strict=True)]
    assert moved == [False] * 4 + [True] * 2
    check = check_network(
        two_for_a_check(), nn.MeanSquaredError(), Y[:4], n_inputs=2, examples=3, seed=0
    )
    assert check.passed, check.failure


def two_for_a_check():
    x = Input(2)
    h = Dense(2, "tanh")(x)
    return Model(x, Dense(1)(nn.multiply([nn.average([x, h]), Sequential([Dense(2)])(h)])), seed=0)


def test_callbacks_see_a_network_with_any_wiring(tmp_path):
    model = compiled(two_and_two())
    path = tmp_path / "best.npz"
    stop = EarlyStopping(monitor="kind_loss", patience=0, min_delta=10.0)
    kept = ModelCheckpoint(path, monitor="number_mae", save_best_only=True)
    history = model.fit([A, B], [Y, KINDS], epochs=9, verbose=0, callbacks=[stop, kept])
    assert len(history.rows) == 2
    assert repr(load_model(path)) == repr(model)


def test_a_picture_has_the_arrows_of_the_wiring():
    pytest.importorskip("graphviz")
    from tinygrad_xor.viz.tracing import network

    graph = network(two_and_two())
    ends = {(edge.tail.label, edge.head.label) for edge in graph.edges}
    assert {("a (2)", "inner"), ("inner", "add_1"), ("dense_1", "dense_1")} <= ends
    assert {("number", "concatenate_1"), ("concatenate_1", "kind")} <= ends
    assert [node.label for node in graph.nodes if node.is_output] == ["number", "kind"]
    assert draw(two_and_two(), [A[:2], B[:2]])


x, z = Input(2), Input(3)
H = Dense(4)(x)


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        (lambda: Model(x, Dense(1)(nn.concatenate([x, z]))), ValueError, "not among the inputs"),
        (lambda: Model(x, np.ones(3)), TypeError, "symbolic tensors, which Input"),
        (lambda: Model([], H), TypeError, "inputs of a Model are symbolic tensors"),
        (lambda: Model([x, x], H), ValueError, "an input is there twice"),
        (lambda: nn.add([H, x]), ValueError, r"same shape, not of \[\(4,\), \(2,\)\]"),
        (lambda: nn.add(H), TypeError, r"takes a list of inputs, Add\(\)\(\[a, b\]\)"),
        (lambda: nn.subtract([H, H, H]), ValueError, "takes two inputs, not 3"),
        (lambda: nn.concatenate([x, Input((2, 2))]), ValueError, "differ along that axis alone"),
        (lambda: nn.Concatenate(axis=0), ValueError, "axis=0: 1 is the first"),
        (lambda: nn.concatenate([x, z], axis=2), ValueError, "joins an axis that"),
        (lambda: nn.add([x, np.ones((1, 2))]), TypeError, "symbolic tensors and on array"),
        (lambda: Dense(1)([x, x]), TypeError, "takes one input, not a list of 2"),
        (lambda: Dense(1, input_dim=3)(x), ValueError, r"\(3,\), and is given \(2,\)"),
        (lambda: np.tanh(x), TypeError, "tanh is not computed here: .* has no numbers yet"),
        (lambda: x + x, TypeError, r"\+ is not computed here"),
        (lambda: np.asarray(x), TypeError, "asarray is not computed here"),
        (lambda: Sequential([nn.Add(), Dense(1)]).build(2), TypeError, "takes a list of inputs"),
        (lambda: Sequential([Input(2), two_and_two()]), ValueError, "several inputs or outputs"),
        (lambda: two_and_two()(x), TypeError, r"inputs \['a', 'input_1'\]: pass a list"),
        (lambda: two_and_two()([z, x]), ValueError, r"of shape \[\(2,\), \(3,\)\], not of"),
        (lambda: two_and_two()([A, B, B]), ValueError, "3 inputs, and this network has 2"),
        (lambda: two_and_two().predict({"b": B}), ValueError, r"inputs for \['b'\], and"),
        (lambda: two_and_two()([B, B]), ValueError, r"a takes a batch of shape \(batch, 2\)"),
        (lambda: two_and_two()([A, B[:5]]), ValueError, r"of shape \(30, 3\), not \(5, 3\)"),
        (lambda: two_and_two().compile("sgd", ["mse"]), ValueError, "1 things as loss"),
        (lambda: two_and_two().compile("sgd", {"kind": "mse"}), ValueError, r"loss for \['kind'\]"),
        (lambda: two_and_two().compile("sgd", "mse", ["mae"]), ValueError, "metrics, and the"),
        (lambda: Sequential([Dense(1)]).compile("sgd", ["mse"]), ValueError, "a list of losses"),
        (
            lambda: two_and_two().compile("sgd", ["mse", "binary_crossentropy"], loss_weights=[1]),
            ValueError,
            "1 things as loss_weights",
        ),
        (
            lambda: two_and_two().compile("sgd", ["binary_crossentropy", "mse"]),
            ValueError,
            "'linear' as the last activation",
        ),
        (lambda: Model(x, Dense(1, name="a")(Dense(2, name="a")(x))), ValueError, "two layers"),
        (lambda: x**2, TypeError, r"\*\* is not computed here"),
        (lambda: -x, TypeError, "- is not computed here"),
        (lambda: x[:, 0], TypeError, r"\[\] is not computed here"),
        (
            lambda: two_and_two().compile(
                "sgd", ["mse", "categorical_crossentropy"], loss_weights=[1.0, np.nan]
            ),
            ValueError,
            r"loss_weights have nan in them, first at \(1,\)",
        ),
        (
            lambda: Model(x, [H, H]).compile("sgd", "mse"),
            ValueError,
            "two outputs are of 'dense_1'",
        ),
    ],
)
def test_what_cannot_be_wired_is_refused_with_what_is_wrong(wrong, kind, said):
    with pytest.raises(kind, match=said):
        wrong()


@pytest.mark.parametrize("more", [{"sample_weight": np.ones(30)}, {"class_weight": {0: 2.0}}])
def test_weights_of_examples_are_for_one_output(more):
    with pytest.raises(ValueError, match=r"one output|outputs are no list"):
        compiled(two_and_two()).fit([A, B], [Y, KINDS], verbose=0, **more)


def test_data_that_do_not_fit_are_refused():
    model = compiled(two_and_two())
    for inputs, targets, said in [
        ([A, B[:9]], [Y, KINDS], "9 inputs and 30 targets"),
        ([A, B], [Y, KINDS[:9]], "30 inputs and 9 targets"),
        ([A, A], [Y, KINDS], r"takes inputs of shape \(30, 3\), not \(30, 2\)"),
        ([A, B], Y, r"has targets \['number', 'kind'\]: pass a list"),
        ([A, B], [Y, Y], r"shape \(30, 1\) and predictions of shape \(30, 2\)"),
    ]:
        with pytest.raises((ValueError, TypeError), match=said):
            model.fit(inputs, targets, verbose=0)


def test_a_layer_in_two_networks_of_a_network_is_not_saved(tmp_path):
    layer = Dense(2, input_dim=2)
    model = Sequential([Sequential([layer]), Sequential([layer])])
    assert model.count_params() == 6
    with pytest.raises(ValueError, match="a layer that is in two networks of a network"):
        model.save(tmp_path / "network.npz")


def test_a_text_of_networks_that_call_each_other_twice_is_refused_before_it_is_made():
    layer = {"class": "ReLU", "trainable": True, "name": None}
    entry = {"class": "Sequential", "layers": [layer], "input_shape": None, "name": None}
    first = {"class": "InputLayer", "trainable": True, "name": None, "input_shape": [2]}
    for depth in range(60):
        twice = {"inputs": 0, "calls": [[1, 0], [1, 1]], "outputs": 2, "name": None}
        entry = {"class": "Model", "layers": [first, entry], **twice}
        if depth == 3:
            assert len(model_from_json(json.dumps(entry)).flat_layers) == 5
    with pytest.raises(ValueError, match=rf"it calls layers {2**60} times, and at most"):
        model_from_json(json.dumps(entry))

"""Learning as in Keras: compile, fit, evaluate, and what they refuse."""

import numpy as np
import pytest

from tinygrad_xor import metrics
from tinygrad_xor.callbacks import Callback
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import (
    BinaryCrossentropy,
    Dense,
    Dropout,
    Flatten,
    Input,
    Layer,
    Sequential,
)
from tinygrad_xor.optim import SGD, Adam

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


def network(seed=0, **more):
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=seed)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"], **more)
    return model


def classifier(loss, units=3):
    activation = None if loss == "hinge" else "softmax"
    model = Sequential([Dense(units, activation, input_dim=2)], seed=0)
    model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    return model


def same(a, b):
    return all(map(np.array_equal, a.get_weights(), b.get_weights()))


# -- the chapter's program ------------------------------------------------------------------------


def test_the_program_of_the_chapter_learns_xor(capsys):
    model = Sequential(seed=0)
    model.add(Dense(5, input_dim=2, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.summary()
    assert capsys.readouterr().out.split()[-1] == "21"
    history = model.fit(np.array(X), np.array(Y), batch_size=1, epochs=2000, verbose=0)
    assert [w.shape for w in model.get_weights()] == [(2, 5), (5,), (5, 1), (1,)]
    assert model.predict(np.array([[0, 1]])) > 0.9
    assert len(history.history["loss"]) == 2000
    assert history.history["accuracy"][-1] == 1
    assert capsys.readouterr().out == ""


def test_the_same_seed_learns_the_same_and_another_does_not():
    one, two, other = network(), network(), network(seed=1)
    for model in (one, two, other):
        model.fit(X, Y, epochs=3, verbose=0)
    assert same(one, two)
    assert not same(one, other)


def test_lists_integers_and_columns_are_the_same_examples():
    one, two = network(), network()
    one.fit(X, Y, epochs=2, verbose=0)
    two.fit(np.array(X, dtype=float), np.array(Y).reshape(-1, 1), epochs=2, verbose=0)
    assert same(one, two)


def test_fit_goes_on_where_it_stopped():
    whole, parts = network(), network()
    whole.fit(X, Y, epochs=6, verbose=0)
    parts.fit(X, Y, epochs=2, verbose=0)
    history = parts.fit(X, Y, epochs=6, initial_epoch=2, verbose=0)
    assert same(whole, parts)
    assert history.epoch == [2, 3, 4, 5]


def test_without_shuffling_the_order_of_the_examples_stays():
    shuffled, fixed, again = network(), network(), network()
    shuffled.fit(X, Y, epochs=2, batch_size=1, verbose=0)
    fixed.fit(X, Y, epochs=2, batch_size=1, shuffle=False, verbose=0)
    again.rng = np.random.default_rng(5)  # would shuffle otherwise
    again.fit(X, Y, epochs=2, batch_size=1, shuffle=False, verbose=0)
    assert same(fixed, again)
    assert not same(shuffled, fixed)


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_verbose_shows_the_loss_and_the_metrics(verbose, capsys):
    network().fit(X, Y, epochs=2, verbose=verbose)
    said = capsys.readouterr().out
    assert "loss: " in said
    assert "accuracy: " in said
    assert ("Epoch 2/2 - loss" in said) == (verbose == 2)


def test_evaluate_gives_the_loss_and_the_metrics_and_changes_nothing():
    model = network()
    before = model.get_weights()
    loss, accuracy = model.evaluate(X, Y)
    p = model.predict(X).ravel()
    assert loss == pytest.approx(-np.mean(np.log(np.where(Y, p, 1 - p))))
    assert accuracy == np.mean((p > 0.5) == Y)
    assert model.evaluate(X, Y, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    assert all(map(np.array_equal, before, model.get_weights()))
    plain = Sequential([Dense(1, input_dim=2)], seed=0)
    plain.compile(loss="mse")
    assert type(plain.evaluate(X, Y)) is float


def test_the_names_of_what_evaluate_gives_can_be_asked_for():
    assert network().metrics_names == ["loss", "accuracy"]


def test_an_interrupted_training_leaves_its_history_with_the_network():
    class Interrupt(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    model = network()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, verbose=0, callbacks=[Interrupt()])
    assert len(model.history.history["loss"]) == 3


def test_a_loss_and_a_metric_may_be_functions():
    def distance(y_true, y_pred):
        return (y_pred - y_true) ** 2

    def largest(y_true, y_pred):
        return y_pred.max()

    one, two = (Sequential([Dense(1, input_dim=2)], seed=0) for _ in range(2))
    one.compile(loss=distance, optimizer="sgd", metrics=[largest])
    two.compile(loss="mse", optimizer=SGD(learning_rate=0.01))
    assert "largest" in one.fit(X, Y, epochs=3, verbose=0).history
    two.fit(X, Y, epochs=3, verbose=0)
    assert same(one, two)


def test_accuracy_of_logits_is_taken_at_zero():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss=BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    model.set_weights([np.array([[1.0], [1.0]]), np.array([-0.7])])
    assert model.evaluate(X, [0, 1, 1, 1])[1] == 1  # sums -0.7, 0.3, 0.3, 1.3


# -- validation and weights -----------------------------------------------------------------------


def test_validation_split_takes_the_last_examples():
    x = np.arange(20.0).reshape(10, 2) / 20
    y = np.arange(10) % 2
    split, given = network(), network()
    one = split.fit(x, y, epochs=3, validation_split=0.3, verbose=0)
    two = given.fit(x[:7], y[:7], epochs=3, validation_data=(x[7:], y[7:]), verbose=0)
    assert one.history == two.history
    assert set(one.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert same(split, given)


def test_an_example_of_weight_two_is_an_example_that_is_there_twice():
    weighted, twice = network(), network()
    weights = np.array([2.0, 1.0, 1.0, 0.0]) * 4 / 4
    weighted.fit(X, Y, epochs=1, batch_size=4, sample_weight=weights, shuffle=False, verbose=0)
    twice.fit(
        [X[0], X[0], X[1], X[2]],
        [Y[0], Y[0], Y[1], Y[2]],
        epochs=1,
        batch_size=4,
        shuffle=False,
        verbose=0,
    )
    for a, b in zip(weighted.get_weights(), twice.get_weights(), strict=True):
        assert a == pytest.approx(b)


def test_the_weight_of_a_class_is_that_of_its_examples():
    by_class, by_example = network(), network()
    by_class.fit(X, Y, epochs=3, class_weight={0: 1.0, 1: 3.0}, verbose=0)
    by_example.fit(X, Y, epochs=3, sample_weight=[1, 3, 3, 1], verbose=0)
    assert same(by_class, by_example)


def test_a_class_without_a_weight_counts_1_as_in_keras():
    named, left_out = network(), network()
    named.fit(X, Y, epochs=3, class_weight={0: 1.0, 1: 3.0}, verbose=0)
    left_out.fit(X, Y, epochs=3, class_weight={1: 3.0}, verbose=0)
    assert same(named, left_out)


def test_the_weight_of_a_class_is_not_one_of_the_validation():
    model = network()
    history = model.fit(
        X * 2,
        Y * 2,
        validation_split=0.5,
        class_weight={0: 1.0, 1: 5.0},
        shuffle=False,
        verbose=0,
    )
    assert history.history["val_loss"] == [model.evaluate(X, Y)[0]]


# -- layers ---------------------------------------------------------------------------------------


def test_a_frozen_layer_stays_as_it_is_while_the_others_learn():
    model = network()
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(X, Y, epochs=3, verbose=0)
    after = model.get_weights()
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [1, 1, 0, 0]
    assert not any(p.has_grad for p in model.layers[0].parameters())
    model.layers[0].trainable = True
    model.fit(X, Y, epochs=3, verbose=0)
    assert not np.array_equal(model.get_weights()[0], before[0])


def test_a_network_that_is_frozen_as_a_whole_cannot_learn():
    model = network()
    for layer in model.layers:
        layer.trainable = False
    with pytest.raises(ValueError, match="every layer is frozen"):
        model.fit(X, Y, verbose=0)


def test_the_summary_counts_what_is_frozen():
    model = network()
    model.layers[0].trainable = False
    lines = []
    model.summary(print_fn=lines.append)
    assert lines[2].startswith("Dense (frozen)  relu")
    assert [line.split() for line in lines[-2:]] == [["Total", "21"], ["Trainable", "6"]]


def test_the_summary_of_a_network_without_inputs_has_question_marks():
    lines = []
    Sequential([Dense(3), Dense(1)]).summary(print_fn=lines.append)
    assert [line.split() for line in lines[2:4]] == [["Dense", "linear", "?", "?"]] * 2


def test_dropout_acts_only_while_the_network_learns():
    model = Sequential([Input(1000), Dropout(0.25)], seed=0)
    ones = np.ones((1, 1000))
    assert np.array_equal(model.predict(ones), ones)
    learning = model(ones, training=True).data
    dropped = np.mean(learning == 0)
    assert 0.2 < dropped < 0.3
    assert set(np.unique(learning)) == {0, 1 / 0.75}


def test_fit_lets_dropout_act_and_evaluate_does_not():
    x, y = np.ones((64, 50)), np.ones((64, 1))
    model = Sequential([Dropout(0.5, input_shape=50), Dense(1)], seed=0)
    model.set_weights([np.full((50, 1), 1 / 50), np.zeros(1)])
    model.compile(loss="mse", optimizer=SGD(learning_rate=1e-9))
    with pytest.warns(UserWarning, match=r"all 64 targets are the same, \[1\.0\]"):
        assert model.fit(x, y, verbose=0).history["loss"][0] > 1e-3
    assert model.evaluate(x, y) < 1e-12


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5])
def test_dropout_refuses_a_rate_that_is_no_part(rate):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Dropout(rate)


def test_flatten_makes_rows_of_images():
    model = Sequential([Flatten(input_shape=(3, 4)), Dense(2, "softmax")], seed=0)
    assert model.count_parameters() == 12 * 2 + 2
    assert model.output_shape == (2,)
    images = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(
        model.predict(images), Sequential([model.layers[1]]).predict(images.reshape(2, 12))
    )


def test_a_layer_of_another_network_brings_its_weights():
    first = network()
    second = Sequential([first.layers[0], Dense(3, "softmax")], seed=9)
    assert np.array_equal(second.get_weights()[0], first.get_weights()[0])
    with pytest.raises(
        ValueError, match=r"weights for examples of shape \(5,\), and is given \(3,\)"
    ):
        second.add(first.layers[1])


def test_the_first_input_builds_all_layers_from_the_networks_seed():
    late = Sequential([Dense(5, "relu"), Dense(1, "sigmoid")], seed=0)
    late(np.ones((1, 2)))
    assert same(late, network())
    built = Sequential([Dense(5, "relu"), Dense(1, "sigmoid")], seed=0)
    built.build((None, 2))
    assert same(built, network())


def test_a_layer_of_ones_own_is_a_layer():
    class Scale(Layer):
        def call(self, x, training=False):
            return x * 2

    model = Sequential([Scale(), Dense(1)], seed=0)
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.layers[0].name == "scale_1"
    with pytest.raises(ValueError, match=r"cannot be read back.*save_weights"):
        model.save("network.npz")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: Sequential([Dense(1), Input(2)]), ValueError, "comes before all layers"),
        (lambda: Sequential([5]), TypeError, "made of layers, such as Dense"),
        (lambda: Sequential([layer := Dense(1), layer]), ValueError, "in this network already"),
        (lambda: Input((2, 0)), ValueError, "lengths of 1 or more"),
        (lambda: Dense(1, input_dim="2"), ValueError, "lengths of 1 or more"),
    ],
)
def test_a_network_that_cannot_be_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


# -- one clear sentence ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"loss": "binary_crosentropy"}, ValueError, "did you mean 'binary_crossentropy'"),
        ({"loss": "mse", "optimizer": "adm"}, ValueError, "did you mean 'adam'"),
        ({"loss": "mse", "metrics": ["acuracy"]}, ValueError, "did you mean 'accuracy'"),
        ({"loss": "mse", "metrics": [3]}, TypeError, "a metric is a name"),
        ({"loss": "mse", "optimizer": 3}, TypeError, "an optimizer is a name"),
        ({}, ValueError, "a network needs a loss"),
    ],
)
def test_compile_refuses_what_it_does_not_know(settings, error, message):
    with pytest.raises(error, match=message):
        Sequential([Dense(1)]).compile(**settings)


def test_a_network_that_was_not_compiled_says_so():
    with pytest.raises(ValueError, match=r"call compile\(loss="):
        Sequential([Dense(1)]).fit(X, Y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[0, 0, 1]] * 4, Y, r"takes inputs of shape \(4, 2\), not \(4, 3\)"),
        ([0, 1, 1, 0], Y, r"reshape\(-1, 1\) makes a column"),
        (X, [0, 1, 1], "4 inputs and 3 targets"),
        ([], [], "need an axis"),
        (np.empty((0, 2)), np.empty(0), "one example at least"),
        (X, [0, 1, 1, 2], r"targets of 0, 1 or between, not 2.0 \(at \(3, 0\)\)"),
        (X, [[0, 1]] * 4, r"targets of shape \(4, 2\) and predictions of shape \(4, 1\)"),
        ([[0, 0], [0, np.nan], [1, 0], [1, 1]], Y, r"inputs have nan in them, first at \(1, 1\)"),
        ([[0, 0], [0], [1, 0], [1, 1]], Y, "inputs are no array"),
    ],
)
def test_data_that_do_not_fit_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        network().fit(x, y, verbose=0)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("categorical_crossentropy", [[1, 1, 0]] * 4, "rows that add up to 1"),
        ("categorical_crossentropy", [0, 1, 2, 0], "do not match"),
        ("categorical_crossentropy", [0, 1, 2, 0], "take sparse_categorical_crossentropy"),
        ("categorical_crossentropy", [[0], [1], [2], [0]], "take sparse_categorical_crossentropy"),
        ("categorical_crossentropy", [[0, 1]] * 4, "as many units as each example has targets"),
        ("sparse_categorical_crossentropy", [[0, 1, 0]] * 4, "take categorical_crossentropy"),
        ("sparse_categorical_crossentropy", [0, 1, 3, 0], "class 3 needs 4 outputs"),
        ("sparse_categorical_crossentropy", [0, 1, 0.5, 0], "class numbers 0, 1, 2"),
        ("sparse_categorical_crossentropy", [0, -1, 1, 0], "class numbers 0, 1, 2"),
        ("sparse_categorical_crossentropy", [[0, 1, 0]] * 4, r"targets have shape \(batch,\)"),
        ("hinge", [[0, 1, 2]] * 4, "-1 and 1, or 0 and 1"),
    ],
)
def test_labels_that_do_not_fit_the_loss_are_refused(loss, y, message):
    with pytest.raises(ValueError, match=message):
        classifier(loss).fit(X, y, verbose=0)


def test_targets_that_no_reshaping_makes_fit_are_not_told_to_reshape():
    model = Sequential([Dense(2, "sigmoid", input_dim=2)], seed=0)
    model.compile(loss="binary_crossentropy")
    with pytest.raises(ValueError, match="as many units as each example has targets"):
        model.fit(X, Y, verbose=0)


def test_a_loss_of_ones_own_that_loses_the_gradient_is_refused():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss=lambda y, p: np.mean((p.data - y) ** 2))
    with pytest.raises(TypeError, match=r"a plain number, which has no gradient: .* \.data"):
        model.fit(X, Y, verbose=0)


def test_a_network_without_layers_says_that_it_needs_one():
    model = Sequential()
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="a network needs a layer"):
        model.fit(X, Y, verbose=0)


def test_categorical_crossentropy_of_one_output_says_which_loss_to_take():
    with pytest.raises(ValueError, match="take binary_crossentropy"):
        classifier("categorical_crossentropy", units=1).fit(X, [1, 1, 1, 1], verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"validation_split": 0.9}, "leaves 0 to learn from and 4 to look at"),
        ({"validation_split": 1.5}, "not at least 0 and below 1"),
        ({"validation_data": (X,)}, r"validation_data is \(x, y\)"),
        ({"validation_data": ([[0]], [0])}, r"takes inputs of shape \(1, 2\)"),
        ({"sample_weight": [1, 2]}, "2 sample weights for 4 examples"),
        ({"class_weight": {5: 2.0}}, r"names \[5\], and the classes are \[0.0, 1.0\]"),
        ({"class_weight": {0: 1.0, 1: np.nan}}, "the weights of the classes have nan in them"),
        ({"class_weight": "balanced"}, "class_weight is a dict such as {0: 1.0, 1: 3.0}"),
        ({"verbose": 3}, "verbose=3: there are 0, 1, 2"),
        ({"epochs": -1}, "epochs=-1"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        network().fit(X, Y, **{"verbose": 0, **arguments})


def test_a_layer_of_ones_own_need_not_ask_whether_the_network_learns():
    class Double(Layer):
        def call(self, x):
            return x * 2

    model = Sequential([Double(), Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile("adam", "mse")
    assert model.fit(X, Y, epochs=2, verbose=0).epochs == 2


def test_a_layer_without_the_attributes_of_a_layer_says_what_it_forgot():
    class Forgetful(Layer):
        def __init__(self):
            pass

    with pytest.raises(TypeError, match=r"Forgetful.__init__ must call super\(\).__init__\(\)"):
        Sequential([Forgetful()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 10.0}, "epochs is a whole number, not 10.0"),
        ({"batch_size": "8"}, "batch_size is a whole number, not '8'"),
        ({"callbacks": [Callback]}, r"Callback is a class: write Callback\(\)"),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, message):
    with pytest.raises(TypeError, match=message):
        network().fit(X, Y, **{"verbose": 0, **arguments})


def test_classes_stand_for_what_they_make():
    model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile(Adam, BinaryCrossentropy, [metrics.BinaryAccuracy])
    by_class = model.fit(X, Y, epochs=2, verbose=0).history
    model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile("adam", "binary_crossentropy", ["binary_accuracy"])
    assert model.fit(X, Y, epochs=2, verbose=0).history == by_class


@pytest.mark.parametrize("wrong", [{"loss": 3}, {"loss": "mse", "metrics": [3]}])
def test_what_has_no_name_and_cannot_be_called_is_refused(wrong):
    with pytest.raises(TypeError, match=r"not 3|cannot be called: 3"):
        Sequential([Dense(1)]).compile(**wrong)


def test_two_numbers_of_the_history_do_not_share_a_name():
    def loss(y_true, y_pred):
        return y_pred

    for asked in (["mse", "MSE"], [loss]):
        with pytest.raises(ValueError, match=r"would be called '(mse|loss)'"):
            Sequential([Dense(1)]).compile("adam", "mse", asked)


def test_two_networks_do_not_share_an_optimizer():
    one, two = network(), network()
    two.compile(one.optimizer, "mse")
    one.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="parameters of another network"):
        two.fit(X, Y, verbose=0)
    one.compile(one.optimizer, "mse")
    one.add(Dense(1))
    one.fit(X, Y, verbose=0)


def test_training_that_diverges_stops_with_what_to_do():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss="mse", optimizer=SGD(learning_rate=1e200))
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"diverged: the loss of epoch .* Lower the learning rate"),
    ):
        model.fit(1e10 * np.ones((4, 2)), Y, epochs=10, verbose=0)


def test_an_optimizer_says_when_its_learning_rate_is_taken_for_parameters():
    with pytest.raises(TypeError, match=r"write lr=0\.01"):
        Adam(0.01)
    with pytest.raises(ValueError, match="no parameters yet"):
        Adam(learning_rate=0.01).step()


def test_a_step_with_a_batch_is_that_of_fit():
    x, y = truth_table("xor")
    networks = []
    for _ in range(2):
        model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
        model.compile("adam", "binary_crossentropy", ["accuracy"], run_eagerly=True)
        networks.append(model)
    one, two = networks
    history = one.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    rows = [two.train_on_batch(x, y), two.train_on_batch(x, y, return_dict=True)]
    assert rows[0] == [history.loss[0], history.accuracy[0]]
    assert rows[1] == {"loss": history.loss[1], "accuracy": history.accuracy[1]}
    assert all(map(np.array_equal, one.get_weights(), two.get_weights()))


def test_a_step_with_a_batch_counts_weights_and_refuses_what_diverges():
    x, y = truth_table("xor")
    model = Sequential([Dense(1, input_dim=2, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    assert model.train_on_batch(x, y, sample_weight=[0, 2, 1, 0]) == 3 / 4
    model.optimizer.learning_rate = 1e200
    with np.errstate(all="ignore"):
        model.train_on_batch(x, y)  # moves far away
        with pytest.raises(ValueError, match="loss of this step is inf"):
            model.train_on_batch(x, y)

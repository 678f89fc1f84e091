"""Training in a compiled loop: it learns what it would learn step by step, and says that it did."""

import importlib
import itertools
import logging
import os
import signal
import threading
import time
from importlib.util import find_spec

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import detect_anomaly, ensembles
from tinygrad_xor.callbacks import Callback, EarlyStopping, LearningRateScheduler, ModelCheckpoint
from tinygrad_xor.compiler import machine
from tinygrad_xor.compiler.scan import Scan
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Dropout, Flatten, Layer, Sequential, losses
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.optim import OPTIMIZERS, SGD, Adam
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import History, compiled, train

X, Y = truth_table("xor")
SEEDS = (3, 7, 11)
KNOWN = [name for name in ACTIVATIONS if name != "gelu" or find_spec("scipy")]


@pytest.fixture(autouse=True)
def however_few_the_steps(monkeypatch):
    monkeypatch.setattr(compiled, "WORTHWHILE", 0)
    monkeypatch.setattr(compiled, "WRITING", 0)


def network(*layers, loss="binary_crossentropy", optimizer="adam", **how):
    layers = layers or (Dense(5, "relu", input_dim=2), Dense(1, "sigmoid"))
    model = Sequential(layers, seed=0)
    model.compile(loss=loss, optimizer=optimizer, metrics=["accuracy"], **how)
    return model


def both(make, x=X, y=Y, **how):
    """A network that learned in a compiled loop, and one that did so step by step."""
    models = [make(run_eagerly=eagerly) for eagerly in (False, True)]
    for model in models:
        model.fit(x, y, verbose=0, **how)
    assert models[0].history.compiled
    assert models[1].history.why_not_compiled == "run_eagerly=True"
    return models


def assert_alike(one, two, rtol):
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    assert one.history.history.keys() == two.history.history.keys()
    for name, numbers in one.history.history.items():
        np.testing.assert_allclose(numbers, two.history.history[name], rtol=rtol, atol=rtol)
    assert one.rng.bit_generator.state == two.rng.bit_generator.state


LOSSES = {
    "binary_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "mse": "linear",
    "mae": "tanh",
    "hinge": "tanh",
    "huber": "linear",
    "log_cosh": "linear",
    "kl_divergence": "softmax",
}


@st.composite
def trainings(draw):
    """Layers, a loss, an optimizer, data and settings of fit."""
    hidden = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(KNOWN)), max_size=2))
    rate, frozen = draw(st.sampled_from([0.0, 0.4])), draw(st.booleans())
    loss = draw(st.sampled_from([*LOSSES]))
    outputs = 3 if LOSSES[loss] == "softmax" else draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    count = draw(st.integers(2, 7))
    x = rng.normal(size=(count, 2, 1))
    y = (
        rng.integers(0, outputs, count)
        if loss.startswith("sparse")
        else rng.normal(size=(count, outputs))
    )
    if loss in ("categorical_crossentropy", "kl_divergence"):
        y = np.eye(3)[rng.integers(0, 3, count)]
    if loss in ("binary_crossentropy", "hinge"):
        y = rng.integers(0, 2, (count, outputs))

    def make(**how):
        made = [Flatten(input_shape=(2, 1)), *(Dense(n, name) for n, name in hidden)]
        made += [Dropout(rate), Dense(outputs, LOSSES[loss])]
        model = network(*made, loss=loss, optimizer=optimizer, **how)
        if frozen and hidden:
            model.layers[1].trainable = False
        return model

    optimizer = draw(st.sampled_from([*OPTIMIZERS]))
    how = {"batch_size": draw(st.integers(1, 8)), "shuffle": draw(st.booleans())}
    if draw(st.booleans()):
        how["sample_weight"] = rng.uniform(0.5, 2.0, count)
    if draw(st.booleans()):
        how["validation_data"] = (x[:1], y[:1])
    return make, x, y, how


@pytest.mark.filterwarnings("ignore:all .* targets are the same")
@pytest.mark.filterwarnings("ignore:no gradient reaches")
@pytest.mark.filterwarnings("ignore:.*the targets go from")
@given(trainings())
def test_random_networks_learn_what_they_learn_step_by_step(training):
    make, x, y, how = training
    assert_alike(*both(make, x, y, epochs=5, **how), rtol=1e-8)


HIDDEN = ["relu", "tanh", "sigmoid", "softplus", "leaky_relu"]
EACH_WITH_EACH = [(a, o) for o in OPTIMIZERS for a in HIDDEN]
if hypothesis.settings().max_examples < 6:  # each optimizer once
    EACH_WITH_EACH = list(zip(itertools.cycle(HIDDEN), OPTIMIZERS))


@pytest.mark.parametrize(("activation", "optimizer"), EACH_WITH_EACH)
def test_the_first_step_is_that_of_eager_to_the_last_digits(activation, optimizer):
    def make(**how):
        layers = Dense(5, activation, input_dim=2), Dense(1, "sigmoid")
        return network(*layers, optimizer=optimizer, **how)

    assert_alike(*both(make, batch_size=4), rtol=1e-14)


def test_float32_stays_float32():
    def make(**how):
        model = network(Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid"), **how)
        for p in model.parameters():
            p._primal = p.numpy().astype(np.float32)
        return model

    one, two = both(make, X.astype(np.float32), Y, epochs=4, batch_size=3)
    assert {w.dtype for w in one.get_weights()} == {np.dtype(np.float32)}
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_gradients_of_the_last_step_are_there_as_after_any_step():
    for model in both(network, epochs=3, batch_size=3):
        assert all(p.has_grad for p in model.parameters())
    one, two = both(network, epochs=3, batch_size=3)
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-10)


def test_a_training_that_is_resumed_goes_on_to_the_bit():
    whole, parts = network(), network()
    whole.fit(X, Y, epochs=60, batch_size=3, verbose=0)
    parts.fit(X, Y, epochs=20, batch_size=3, verbose=0)
    parts.fit(X, Y, epochs=60, initial_epoch=20, batch_size=3, verbose=0)
    assert parts.history.compiled
    assert all(map(np.array_equal, whole.get_weights(), parts.get_weights()))


def test_the_same_loop_is_used_again_until_something_fixed_changes(monkeypatch):
    made = []
    scan = Scan.__init__
    monkeypatch.setattr(Scan, "__init__", lambda *a: (made.append(1), scan(*a))[1])
    model, eager = network(optimizer=SGD(lr=0.1)), network(optimizer=SGD(lr=0.1), run_eagerly=True)

    def fit():
        for m in (model, eager):
            m.fit(X, Y, epochs=2, verbose=0)

    fit()
    fit()
    assert len(made) == 1
    model.optimizer.momentum = eager.optimizer.momentum = 0.9
    fit()
    assert len(made) == 2
    model.layers[0].trainable = eager.layers[0].trainable = False
    fit()
    assert len(made) == 3
    model.layers[0].set_weights([np.ones((2, 5)), np.ones(5)])
    eager.layers[0].set_weights([np.ones((2, 5)), np.ones(5)])
    fit()
    assert len(made) == 3
    assert_alike(model, eager, rtol=1e-12)


class Sees(Callback):
    """Sees the weights after each epoch."""

    def __init__(self):
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights()[0])


@pytest.mark.parametrize("ahead", [0, 10**6])
def test_a_callback_sees_the_weights_after_each_epoch(ahead, monkeypatch):
    monkeypatch.setattr(compiled, "_AHEAD", ahead)
    one, two = Sees(), Sees()
    for sees, eagerly in ((one, False), (two, True)):
        network(run_eagerly=eagerly).fit(X, Y, epochs=40, verbose=0, callbacks=[sees])
    np.testing.assert_allclose(one.weights, two.weights, rtol=1e-11)
    assert len(one.weights) == 40


class Sets(Callback):
    """Changes settings that are fixed in a compiled step."""

    def on_epoch_end(self, epoch, logs=None):
        _, dropout, last = self.model.layers
        if epoch == 20:
            last.trainable = False
        if epoch == 30:
            dropout.rate = 0.0
        if epoch == 33:
            dropout.rate = 0.5
        if epoch == 40:
            self.model.optimizer.momentum = 0.5


def test_a_callback_may_change_what_is_fixed_in_a_compiled_step():
    def make(**how):
        layers = Dense(5, "tanh", input_dim=2), Dropout(0.2), Dense(1, "sigmoid")
        return network(*layers, optimizer=SGD(lr=0.1, momentum=0.9), **how)

    assert_alike(*both(make, epochs=60, callbacks=[Sets()]), rtol=1e-10)


class Meddles(Callback):
    """Changes the network now and then, by assignment and in place, and the random numbers."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 40:
            self.model.parameters()[0].data[0] = 0.25
        if epoch == 60:
            self.model.layers[0].set_weights([np.ones((2, 5)), np.ones(5)])

    def on_epoch_end(self, epoch, logs=None):
        if epoch in (50, 51):
            self.model.rng.random()
        if epoch == 55:
            self.model.optimizer.lr = 0.1
        if epoch == 65:
            self.model.optimizer.state["mean"][:] = 1.0
        self.model.stop_training = epoch == 70


def test_a_callback_may_change_the_network():
    one, two = both(network, epochs=80, batch_size=3, callbacks=[Meddles()])
    assert one.history.epochs == 71
    assert_alike(one, two, rtol=1e-9)


def test_a_checkpoint_of_each_epoch_goes_on_as_if_training_had_not_stopped(tmp_path):
    whole = network(Dense(5, "tanh", input_dim=2), Dropout(0.2), Dense(1, "sigmoid"))
    checkpoints = ModelCheckpoint(tmp_path / "{epoch}.npz")
    whole.fit(X, Y, epochs=40, verbose=0, batch_size=3, callbacks=[checkpoints])
    parts = Sequential.load(tmp_path / "23.npz")
    parts.fit(X, Y, epochs=40, initial_epoch=23, verbose=0, batch_size=3)
    assert whole.history.compiled
    assert all(map(np.array_equal, whole.get_weights(), parts.get_weights()))


def test_a_schedule_of_the_learning_rate_is_followed():
    def schedule(epoch, lr):
        return 0.5 / (epoch + 1)

    models = both(network, epochs=6, callbacks=[LearningRateScheduler(schedule)])
    assert_alike(*models, rtol=1e-12)
    assert models[0].optimizer.lr == 0.5 / 6


def test_early_stopping_stops_in_the_same_epoch():
    stop = {"callbacks": [EarlyStopping("loss", min_delta=0.01, patience=3)]}
    one, two = both(network, epochs=50, **stop)
    assert one.history.epochs == two.history.epochs < 50
    assert_alike(one, two, rtol=1e-11)


def test_what_only_reads_the_logs_is_told_of_every_epoch(capsys):
    network().fit(X, Y, epochs=30, verbose=2)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 30
    assert said[29].startswith("Epoch 30/30 - loss: 0.")


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_training_that_diverges_stops_in_the_same_epoch_with_the_same_weights():
    def diverging(eagerly):
        model = Sequential([Dense(1, input_dim=2)], seed=0)
        model.compile(loss="mse", optimizer=SGD(lr=50.0), run_eagerly=eagerly)
        with pytest.raises(ValueError, match="diverged: the loss of epoch") as caught:
            model.fit(X, Y, epochs=500, verbose=0)
        return str(caught.value), model.history.epochs, np.isfinite(model.get_weights()[0]).tolist()

    assert diverging(eagerly=False) == diverging(eagerly=True)


def test_ctrl_c_leaves_the_finished_steps_and_their_history(interruptible):
    model = network()
    model.history = History()

    def press():
        while model.history.epochs < 100:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=10**8, batch_size=3, verbose=0)
    done = model.history.epochs
    assert 0 < done < 10**8
    assert model.optimizer.steps // 2 == done
    again = network()
    again.fit(X, Y, epochs=done, batch_size=3, verbose=0)
    assert again.history.loss == model.history.loss


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("steps", [0, 1])
def test_ctrl_c_in_the_first_epoch_leaves_a_network_with_an_empty_history(
    steps, batch_size, monkeypatch
):
    def interrupted(run, wanted, progress):
        run.go(steps)
        raise KeyboardInterrupt

    class Press(Callback):
        looks_at_model = False

        def on_train_begin(self, logs=None):  # behind the trial of what was compiled
            scan = importlib.import_module("tinygrad_xor.compiler.scan")
            monkeypatch.setattr(scan, "take", interrupted)

    model = network()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=10, batch_size=batch_size, verbose=0, callbacks=[Press()])
    assert model.history.epochs == 0
    assert model.optimizer.steps == steps


def test_train_goes_the_same_way():
    def trained(eagerly):
        model = network()
        how = {"loss": BinaryCrossentropy(), "epochs": 20, "batch_size": 1, "seed": 5}
        optimizer = SGD(model.parameters(), lr=0.5)
        model.history = train(model, X, Y, optimizer=optimizer, run_eagerly=eagerly, **how)
        return model

    one, two = trained(eagerly=False), trained(eagerly=True)
    assert one.history.compiled
    assert not two.history.compiled
    assert_alike(one, two, rtol=1e-12)


def test_members_of_an_ensemble_learn_in_a_compiled_loop_what_they_learn_together(monkeypatch):
    def trained():
        ensemble = Ensemble([network() for _ in SEEDS])
        optimizer = Adam(ensemble.parameters(), lr=0.05)
        orders = [np.random.default_rng(seed) for seed in SEEDS]
        for epochs in (7, 13):
            how = {"seeds": orders, "loss": BinaryCrossentropy(), "epochs": epochs}
            train_together(ensemble, X, Y, optimizer=optimizer, batch_size=3, **how)
        state = [optimizer.steps, *optimizer.state.values()]
        return [x for p in ensemble.parameters() for x in (p.data, p.grad)] + state

    def unexpected(*args):
        raise AssertionError("it went step by step")

    with monkeypatch.context() as patch:
        patch.setattr(ensembles, "learn", unexpected)
        in_a_loop = trained()
    monkeypatch.setattr(ensembles, "_apart", lambda *args: False)
    for a, b in zip(in_a_loop, trained(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


def test_members_of_an_ensemble_learn_in_a_compiled_loop_bit_for_bit_what_they_learn_alone():
    ensemble = Ensemble([network() for _ in SEEDS])
    how = {"loss": BinaryCrossentropy(), "epochs": 20, "batch_size": 3}
    train_together(ensemble, X, Y, seeds=SEEDS, optimizer=Adam(ensemble.parameters()), **how)
    for member, seed in enumerate(SEEDS):
        model = network()
        train(model, X, Y, seed=seed, optimizer=Adam(model.parameters()), **how)
        for ours, theirs in zip(ensemble.weights_of(member), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_snapshots_hold_the_weights_and_the_gradients_of_each_epoch():
    kept = []
    for eagerly in (False, True):
        snapshots = Snapshots(keep=100)
        network(run_eagerly=eagerly).fit(X, Y, epochs=9, verbose=0, callbacks=snapshots)
        kept.append(snapshots.kept)
    for one, two in zip(*kept, strict=True):
        for a, b in zip(one.weights + one.gradients, two.weights + two.gradients, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10)


# -- where it cannot -------------------------------------------------------------------------------


class Branches(Layer):
    def call(self, x):
        return x * 2 if np.sum(x.data) > 0 else x


def between_the_steps():
    model = network()
    told = type("Told", (Callback,), {"on_train_batch_end": lambda self, batch, logs=None: None})()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[told])
    return model


def by_its_numbers():
    model = network(Dense(2, input_dim=2), Branches(), Dense(1, "sigmoid"))
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def while_watched():
    model = network()
    with detect_anomaly():
        model.fit(X, Y, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize(
    ("fit", "why"),
    [
        (between_the_steps, "a callback acts between the steps"),
        (by_its_numbers, "a branch on a traced array"),
        (while_watched, "something watches every number"),
    ],
)
def test_it_goes_step_by_step_where_it_must_and_says_why(fit, why, caplog):
    with caplog.at_level(logging.INFO, "tinygrad_xor"):
        history = fit().history
    assert history.epochs == 2
    assert not history.compiled
    assert why in history.why_not_compiled
    assert len([r for r in caplog.records if why in r.getMessage()]) == 1


def test_a_layer_that_draws_in_a_way_of_its_own_is_not_compiled_and_draws_as_ever():
    class Noise(Layer):
        def __init__(self):
            super().__init__()
            self.source = np.random.default_rng(3)

        def call(self, x, training=False):
            return x + self.source.normal(size=x.shape) if training else x

    model = network(Noise(), Dense(1, "sigmoid", input_dim=2))
    model.fit(X, Y, epochs=2, verbose=0)
    assert "keeps a state" in model.history.why_not_compiled


def test_a_layer_whose_draws_depend_on_the_size_of_the_batch_is_not_compiled():
    class Odd(Layer):
        rng = np.random.default_rng(3)

        def call(self, x, training=False):
            return x + self.rng.random((len(x), len(x) % 3 + 1)).sum(axis=1, keepdims=True)

    model = network(Odd(), Dense(1, "sigmoid", input_dim=2))
    model.fit(X, Y, epochs=2, batch_size=3, verbose=0)
    assert "numbers of shape (1, 1) where (1, 2) are drawn" in model.history.why_not_compiled


def test_without_llvmlite_the_loop_is_pythons(monkeypatch):
    monkeypatch.setattr(machine, "is_installed", lambda: False)
    one, two = both(network, epochs=3, batch_size=3)
    assert one.history.compiled == "python"
    assert_alike(one, two, rtol=1e-12)


def test_by_numpy_it_runs_bit_for_bit_as_step_by_step(monkeypatch):
    monkeypatch.setattr(compiled, "WRITING", 10)
    layers = [(5, "relu"), (4, "tanh"), (1, "sigmoid")]

    def make(**how):
        return network(Flatten(input_shape=2), *(Dense(*layer) for layer in layers), **how)

    one, two = both(make, epochs=3, batch_size=3)
    assert one.history.compiled == "numpy"
    assert one.history == two.history
    assert all(map(np.array_equal, one.get_weights(), two.get_weights()))


def test_numbers_are_written_one_by_one_where_steps_are_many(monkeypatch):
    monkeypatch.setattr(compiled, "WRITING", 0.15)
    model = network()
    ways = [model.fit(X, Y, epochs=n, verbose=0).compiled for n in (100, 5000, 100)]
    assert ways == ["numpy", "native", "native"]


def test_a_large_network_runs_as_machine_code_too():
    layers = [(100, "relu"), (80, "tanh"), (1, "sigmoid")]

    def make(**how):
        return network(Flatten(input_shape=2), *(Dense(*layer) for layer in layers), **how)

    one, two = both(make, epochs=3, batch_size=3)
    assert one.history.compiled == "native"
    assert_alike(one, two, rtol=1e-9)


def test_few_steps_are_taken_at_once(monkeypatch, caplog):
    monkeypatch.undo()
    model = network()
    with caplog.at_level(logging.INFO, "tinygrad_xor"):
        model.fit(X, Y, epochs=2, verbose=0)
    assert model.history.why_not_compiled == "2 steps are taken sooner than compiled"
    assert not caplog.records


def test_every_loss_by_name_is_among_those_that_are_drawn():
    assert {type(losses.get(name)) for name in LOSSES} == set(losses.LOSSES.values())

"""Regularizers, beside the numbers of Keras: what they add, where, and how they are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.ensembles import Ensemble
from tinygrad_xor.nn import Conv1D, Dense, Sequential
from tinygrad_xor.nn.regularizers import L1, L1L2, L2
from tinygrad_xor.optim import SGD

X, Y = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]), np.array([[1.0], [0.0], [2.0]])
factors = st.floats(0.0, 2.0)


def network(*regularizers, **how):
    regularizers = regularizers or ("l2", None)
    units = 3, 1
    layers = [Dense(n, kernel_regularizer=r) for n, r in zip(units, regularizers, strict=True)]
    model = Sequential(layers, seed=0)
    model.build(2)
    model.compile(SGD(lr=0.1), "mse", **how)
    return model


def plain_loss(model):
    return np.mean((model.predict(X) - Y) ** 2)


@given(factors, factors)
def test_both_factors_add_up(l1, l2):
    w = np.random.default_rng(0).normal(size=(3, 4))
    assert L1L2(l1, l2)(w) == pytest.approx(L1(l1)(w) + L2(l2)(w))
    assert L1L2(l1, l2)(w) == pytest.approx(l1 * np.abs(w).sum() + l2 * (w**2).sum())


@pytest.mark.parametrize("named", ["l2", "L2", L2, L2()])
def test_a_name_a_class_and_an_object_are_the_same_penalty(named):
    model = network(named, "l1")
    first, second = (layer.kernel.data for layer in model.layers)
    wanted = plain_loss(model) + 0.01 * np.sum(first**2) + 0.01 * np.sum(np.abs(second))
    assert model.evaluate(X, Y) == pytest.approx(wanted, rel=1e-12)
    assert model.train_on_batch(X, Y) == pytest.approx(wanted, rel=1e-12)


def test_it_is_not_weighted_by_the_examples():
    model = network()
    added = model.evaluate(X, Y) - plain_loss(model)
    assert added > 0
    assert model.evaluate(X, Y, sample_weight=[0, 0, 0]) == pytest.approx(added, rel=1e-9)


def test_a_frozen_layer_adds_nothing_as_in_keras():
    model = network()
    model.layers[0].trainable = False
    assert model.evaluate(X, Y) == pytest.approx(plain_loss(model), rel=1e-12)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_function_of_your_own_is_one_and_pulls_the_weights_in_compiled_code_too(run_eagerly):
    model = network(lambda kernel: 10 * np.sum((kernel - 3) ** 2), None, run_eagerly=run_eagerly)
    model.compile(SGD(lr=0.01), "mse", run_eagerly=run_eagerly)
    history = model.fit(X, Y, epochs=300, verbose=0, shuffle=False)
    assert history.compiled is not run_eagerly
    assert np.abs(model.layers[0].kernel.data - 3).max() < 0.5


def test_another_factor_is_another_program_for_the_same_network():
    models = []
    for second in (L2(0.5), L2(0.0)):
        model = network(L2(0.0), None)
        model.fit(X, Y, epochs=150, verbose=0, shuffle=False)
        model.layers[0].kernel_regularizer = second
        model.fit(X, Y, epochs=150, verbose=0, shuffle=False)
        models.append(model)
    small, large = (np.abs(model.layers[0].kernel.data).sum() for model in models)
    assert small < large / 2


@pytest.mark.parametrize("regularizer", [L1(0.2), L2(), L1L2(0.1, 0.3), None])
def test_a_file_keeps_it(regularizer, tmp_path):
    model = Sequential([Conv1D(2, 1, kernel_regularizer=regularizer, input_shape=(3, 2))], seed=0)
    model.add(Dense(1, kernel_regularizer=regularizer))
    loaded = Sequential.load(model.save(tmp_path / "network.npz"))
    assert loaded.penalties() == model.penalties()
    assert [layer.config() for layer in loaded.layers] == [x.config() for x in model.layers]


def test_one_of_your_own_is_refused_in_a_file_before_it_is_written(tmp_path):
    model = network(np.sum, None)
    with pytest.raises(ValueError, match="hold L1, L2 and L1L2, and not the regularizer <function"):
        model.save(tmp_path / "network.npz")
    assert not list(tmp_path.iterdir())


def test_programs_for_other_libraries_leave_it_out():
    assert "regularizer" not in network().to_keras()
    assert network().to_torch() == network(None, None).to_torch()


def test_an_ensemble_refuses_it():
    with pytest.raises(ValueError, match="has a kernel_regularizer: train its networks one by one"):
        Ensemble([network()])


@pytest.mark.parametrize("wrong", [-0.1, np.inf, np.nan])
def test_a_factor_that_is_no_size_is_refused(wrong):
    with pytest.raises(ValueError, match="l2 must be 0 or more, not"):
        L2(wrong)


def test_a_name_that_is_unknown_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="unknown regularizer 'l3': did you mean 'l"):
        Dense(1, kernel_regularizer="l3")

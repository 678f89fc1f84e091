"""The law of ensembles: a member learns what it would learn alone."""

import numpy as np
import pytest

from tinygrad_xor import Value, optim
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Dropout, MeanSquaredError, Sequential
from tinygrad_xor.training import train

X, Y = truth_table("xor")
SEEDS = (3, 7, 11, 12)


def network(seed, activation="relu", initializer="glorot_uniform"):
    hidden = Dense(5, activation, input_dim=2, kernel_initializer=initializer)
    return Sequential([hidden, Dense(1, "sigmoid", kernel_initializer=initializer)], seed=seed)


def together(networks, optimizer="adam", lr=0.01, loss=None, seeds=SEEDS, **how):
    ensemble = Ensemble(networks)
    train_together(
        ensemble,
        X,
        Y,
        seeds=seeds,
        loss=loss or BinaryCrossentropy(),
        optimizer=optim.get(optimizer)(ensemble.parameters(), lr=lr),
        **how,
    )
    return ensemble


def alone(model, seed, optimizer="adam", lr=0.01, loss=None, **how):
    train(
        model,
        X,
        Y,
        seed=seed,
        loss=loss or BinaryCrossentropy(),
        optimizer=optim.get(optimizer)(model.parameters(), lr=lr),
        **how,
    )
    return model


def assert_same(ensemble, models):
    for member, model in enumerate(models):
        for ours, theirs in zip(ensemble.weights_of(member), model.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("activation", "initializer", "optimizer"),
    [
        ("relu", "glorot_uniform", "adam"),
        ("tanh", "he_normal", "sgd"),
        ("sigmoid", "glorot_normal", "rmsprop"),
        ("leaky_relu", "he_uniform", "momentum"),
        ("softplus", "he_uniform", "adamw"),
    ],
)
def test_every_member_learns_what_it_learns_alone(activation, initializer, optimizer):
    how = {"optimizer": optimizer, "epochs": 60, "batch_size": 1}
    networks = [network(seed, activation, initializer) for seed in SEEDS]
    ensemble = together(networks, **how)
    assert_same(ensemble, [alone(n, s, **how) for n, s in zip(networks, SEEDS, strict=True)])


@pytest.mark.parametrize("batch_size", [2, 3, 4, 9])
def test_batches_of_any_size_are_those_of_the_member_alone(batch_size):
    how = {"epochs": 20, "batch_size": batch_size}
    networks = [network(seed, "tanh") for seed in SEEDS]
    ensemble = together(networks, **how)
    assert_same(ensemble, [alone(n, s, **how) for n, s in zip(networks, SEEDS, strict=True)])


def test_members_may_be_deep_have_no_biases_and_another_loss():
    def deep(seed):
        layers = [Dense(3, "tanh", input_dim=2, use_bias=False), Dense(4, "relu"), Dense(1)]
        return Sequential(layers, seed=seed)

    how = {"epochs": 20, "batch_size": 2, "loss": MeanSquaredError()}
    networks = [deep(seed) for seed in SEEDS]
    ensemble = together(networks, **how)
    assert [p.shape for p in ensemble.parameters()] == [
        (4, 2, 3),
        (4, 3, 4),
        (4, 1, 4),
        (4, 4, 1),
        (4, 1, 1),
    ]
    assert_same(ensemble, [alone(n, s, **how) for n, s in zip(networks, SEEDS, strict=True)])


def test_the_networks_that_were_passed_in_stay_as_they_are():
    networks = [network(seed) for seed in SEEDS]
    before = [n.get_weights() for n in networks]
    ensemble = together(networks, epochs=5)
    for member, (n, weights) in enumerate(zip(networks, before, strict=True)):
        assert all(np.array_equal(a, b) for a, b in zip(n.get_weights(), weights, strict=True))
        assert not np.array_equal(ensemble.weights_of(member)[0], weights[0])


def test_a_member_that_diverges_disturbs_no_other():
    networks = [network(seed) for seed in SEEDS]
    networks[1].set_weights([np.full(p.shape, np.nan) for p in networks[1].parameters()])
    ensemble = together(networks, epochs=10)
    assert np.all(np.isnan(ensemble.predict(X)[1]))
    for member in (0, 2, 3):
        model = alone(network(SEEDS[member]), SEEDS[member], epochs=10, batch_size=1)
        np.testing.assert_allclose(ensemble.predict(X)[member], model.predict(X), rtol=1e-12)


def test_outputs_are_those_of_every_layer_of_every_member():
    networks = [network(seed, "tanh") for seed in SEEDS]
    hidden, predictions = Ensemble(networks).outputs(X)
    for member, n in enumerate(networks):
        np.testing.assert_allclose(hidden[member], n.layers[0](X).data, rtol=1e-14)
        np.testing.assert_allclose(predictions[member], n.predict(X), rtol=1e-14)


def test_it_is_told_how_many_epochs_of_members_are_done():
    told = []
    together([network(seed) for seed in SEEDS], epochs=3, on_step=told.append)
    assert sum(told) == 3 * len(SEEDS)


def test_a_second_call_goes_on_where_the_first_stopped():
    parts = Ensemble([network(seed) for seed in SEEDS])
    orders = [np.random.default_rng(seed) for seed in SEEDS]
    optimizer = optim.Adam(parts.parameters(), lr=0.01)
    for epochs in (5, 15):
        how = {"seeds": orders, "loss": BinaryCrossentropy(), "epochs": epochs}
        train_together(parts, X, Y, optimizer=optimizer, **how)
    whole = together([network(seed) for seed in SEEDS], epochs=20)
    pairs = zip(parts.parameters(), whole.parameters(), strict=True)
    assert all(np.array_equal(a.data, b.data) for a, b in pairs)


def test_members_with_other_layers_are_refused():
    other = Sequential([Dense(5, "tanh", input_dim=2), Dense(1, "sigmoid")])
    with pytest.raises(ValueError, match="the same layers, not 2 kinds"):
        Ensemble([network(0), other])
    with pytest.raises(ValueError, match="the same layers, not 0 kinds"):
        Ensemble([])


def test_every_member_needs_a_seed():
    with pytest.raises(ValueError, match="3 seeds for 2 members"):
        together([network(0), network(1)], seeds=(0, 1, 2), epochs=1)


def test_members_of_other_layers_than_dense_are_refused():
    model = Sequential([Dense(3, input_dim=2), Dropout(0.5), Dense(1)])
    with pytest.raises(ValueError, match="made of Dense layers only"):
        Ensemble([model])


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"batch_size": -1}, ValueError, "batch_size=-1 cannot be trained"),
        ({"epochs": 2.0}, TypeError, "epochs is a whole number"),
        ({"inputs": np.full((4, 2), np.nan)}, ValueError, "inputs have nan in them"),
        ({"targets": np.zeros((5, 1))}, ValueError, "4 inputs and 5 targets"),
        ({"targets": np.full((4, 1), 7.0)}, ValueError, "targets of 0, 1 or between"),
        ({"optimizer": None}, TypeError, "not None"),
        ({"optimizer": optim.SGD([Value(1.0)])}, ValueError, "moves other parameters"),
    ],
)
def test_what_cannot_be_trained_alone_cannot_be_trained_together(how, error, message):
    ensemble = Ensemble([network(0)])
    arguments = {
        "inputs": X,
        "targets": Y,
        "seeds": [0],
        "loss": BinaryCrossentropy(),
        "optimizer": optim.SGD(ensemble.parameters()),
        "epochs": 1,
        **how,
    }
    with pytest.raises(error, match=message):
        train_together(ensemble, **arguments)

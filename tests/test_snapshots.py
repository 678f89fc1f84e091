"""Snapshots: which are kept, how much, and that training is the same with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.snapshots import Snapshots, seen
from tinygrad_xor.training import train


def trained(epochs, keep=200, record=True):
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    snapshots = Snapshots(model, keep)
    X, y = truth_table("xor")
    history = train(
        model,
        X,
        y,
        loss=BinaryCrossentropy(),
        optimizer=Adam(model.parameters(), lr=0.01),
        epochs=epochs,
        batch_size=4,
        seed=0,
        on_epoch=snapshots if record else None,
    )
    return model, snapshots, history


@given(st.integers(0, 60), st.integers(3, 12))
def test_never_more_than_asked_for_evenly_and_with_both_ends(epochs, keep):
    _, snapshots, _ = trained(epochs, keep)
    kept = [s.epoch for s in snapshots.kept]
    assert len(kept) <= keep
    assert (kept[0], kept[-1]) == (0, epochs)
    assert kept[:-1] == list(range(0, snapshots.every * (len(kept) - 1), snapshots.every))


def test_the_last_snapshot_is_the_network_as_it_is_and_the_first_as_it_was():
    model, snapshots, history = trained(20)
    untrained, _, _ = trained(0)
    first, last = snapshots.kept[0], snapshots.kept[-1]
    for kept, weights in zip(last.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)
    for kept, weights in zip(first.weights, untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)
    assert {"loss": last.loss, "accuracy": last.accuracy} == history.rows[-1]
    assert np.isnan(first.loss)


def test_snapshots_have_the_gradients_of_the_last_batch():
    model, snapshots, _ = trained(5)
    for kept, p in zip(snapshots.kept[-1].gradients, model.parameters(), strict=True):
        np.testing.assert_array_equal(kept, p.grad)
    assert not any(np.any(g) for g in snapshots.kept[0].gradients)


def test_snapshots_are_copies():
    _, snapshots, _ = trained(5)
    assert not np.array_equal(snapshots.kept[2].weights[0], snapshots.kept[5].weights[0])


def test_training_is_the_same_with_snapshots():
    with_it, _, _ = trained(10)
    without, _, _ = trained(10, record=False)
    for a, b in zip(with_it.get_weights(), without.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_snapshots_are_too_few():
    with pytest.raises(ValueError, match="keep=2"):
        Snapshots(Sequential([Dense(1, input_dim=2)]), keep=2)


def test_a_picture_needs_snapshots_of_the_same_network_after_an_epoch():
    model, snapshots, history = trained(2)
    assert [s.epoch for s in seen(snapshots)] == [0, 1, 2]
    for other in (model, history):
        with pytest.raises(TypeError, match="needs the Snapshots that fit"):
            seen(other)
    with pytest.raises(ValueError, match="show no epoch"):
        seen(Snapshots(model))
    grown = Sequential([Dense(2, input_dim=2)], seed=0)
    snapshots = Snapshots(grown)
    grown.add(Dense(1))
    grown(np.ones((1, 2)))
    snapshots.on_epoch_end(0)
    with pytest.raises(ValueError, match="other layers after the Snapshots were made"):
        seen(snapshots)


def test_a_second_fit_goes_on_counting_where_the_first_one_ended():
    model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="adam")
    snapshots = Snapshots()
    for epochs in (3, 2):
        model.fit(*truth_table("and"), epochs=epochs, verbose=0, callbacks=[snapshots])
    assert [s.epoch for s in snapshots.kept] == [0, 1, 2, 3, 4, 5]
    later = Snapshots()
    model.fit(*truth_table("and"), epochs=7, initial_epoch=5, verbose=0, callbacks=[later])
    assert [s.epoch for s in later.kept] == [0, 6, 7]

"""The recorder: what it keeps, how much, and that training is the same with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.recorder import Recorder
from tinygrad_xor.training import train


def trained(epochs, keep=200, record=True):
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    recorder = Recorder(model, keep)
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
        on_epoch=recorder if record else None,
    )
    return model, recorder, history


@given(st.integers(0, 60), st.integers(3, 12))
def test_never_more_than_asked_for_evenly_and_with_both_ends(epochs, keep):
    _, recorder, _ = trained(epochs, keep)
    kept = [s.epoch for s in recorder.snapshots]
    assert len(kept) <= keep
    assert (kept[0], kept[-1]) == (0, epochs)
    assert kept[:-1] == list(range(0, recorder.every * (len(kept) - 1), recorder.every))


def test_the_last_snapshot_is_the_network_as_it_is_and_the_first_as_it_was():
    model, recorder, history = trained(20)
    untrained, _, _ = trained(0)
    first, last = recorder.snapshots[0], recorder.snapshots[-1]
    for kept, weights in zip(last.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)
    for kept, weights in zip(first.weights, untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)
    assert {"loss": last.loss, "accuracy": last.accuracy} == history.rows[-1]
    assert np.isnan(first.loss)


def test_snapshots_have_the_gradients_of_the_last_batch():
    model, recorder, _ = trained(5)
    for kept, p in zip(recorder.snapshots[-1].gradients, model.parameters(), strict=True):
        np.testing.assert_array_equal(kept, p.grad)
    assert not any(np.any(g) for g in recorder.snapshots[0].gradients)


def test_snapshots_are_copies():
    _, recorder, _ = trained(5)
    assert not np.array_equal(recorder.snapshots[2].weights[0], recorder.snapshots[5].weights[0])


def test_training_is_the_same_with_a_recorder():
    with_it, _, _ = trained(10)
    without, _, _ = trained(10, record=False)
    for a, b in zip(with_it.get_weights(), without.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_recorder_of_two_is_refused():
    with pytest.raises(ValueError, match="keep=2"):
        Recorder(Sequential([Dense(1, input_dim=2)]), keep=2)

"""Counts are those of networks trained one by one."""

from dataclasses import replace

import numpy as np
import pytest

from tinygrad_xor import optim
from tinygrad_xor.atlas import Counts, Setting, endings, measure, stuck
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy
from tinygrad_xor.training import train

X, Y = truth_table("xor")
QUICK = Setting(width=3, lr=0.02, epochs=80)


def trained_alone(setting, seeds):
    """The hidden outputs and the predictions of each seed's network."""
    hidden, predictions = [], []
    for seed in range(seeds):
        model = setting.network(seed)
        optimizer = optim.get(setting.optimizer)(model.parameters(), lr=setting.lr)
        how = {"epochs": setting.epochs, "batch_size": setting.batch_size, "seed": seed}
        train(model, X, Y, loss=BinaryCrossentropy(), optimizer=optimizer, **how)
        hidden.append(model.layers[0](X).data)
        predictions.append(model.predict(X))
    return np.array(hidden), np.array(predictions)


def test_the_counts_are_those_of_networks_trained_one_by_one():
    counts = measure(QUICK, seeds=12)[QUICK]
    hidden, predictions = trained_alone(QUICK, 12)
    right = np.sum((predictions > 0.5) == (Y > 0.5), axis=(1, 2))
    learned = right == 4
    dead = np.sum(np.all(hidden == 0, axis=1), axis=1)
    assert 0 < counts.learned < 12
    assert counts.learned == np.sum(learned)
    assert counts.three_right == np.sum(right == 3)
    assert counts.sure == np.sum(np.max(np.abs(predictions - Y), axis=(1, 2)) < 0.1)
    assert counts.with_dead == np.sum(dead[~learned] > 0)
    assert counts.with_duplicates == np.sum(np.any(stuck.duplicate(hidden[~learned]), axis=1))
    assert counts.dead_neurons == np.sum(dead[~learned])
    assert counts.dead_neurons_of_learned == np.sum(dead[learned])
    blind = [stuck.margin(h, Y) < stuck.BLIND for h in hidden[~learned]]
    assert counts.blind == sum(blind)
    losses = [BinaryCrossentropy()(Y, p) for p in predictions]
    assert counts.mean_loss == pytest.approx(np.mean(losses), rel=1e-12, abs=0)


def test_the_endings_say_which_seeds_they_are_of():
    (found,) = endings(QUICK, seeds=12).values()
    hidden, predictions = trained_alone(QUICK, 12)
    assert found.right.tolist() == np.sum((predictions > 0.5) == Y, axis=(1, 2)).tolist()
    assert found.dead.tolist() == np.sum(np.all(hidden == 0, axis=1), axis=1).tolist()
    assert found.blind.tolist() == [bool(stuck.margin(h, Y) < stuck.BLIND) for h in hidden]
    assert len(set(found.right.tolist())) > 1


def test_looking_earlier_changes_nothing_and_sees_what_a_shorter_training_sees():
    short = replace(QUICK, epochs=30)
    both = measure(QUICK, seeds=8, also_after=[30])
    assert list(both) == [short, QUICK]
    assert both[short] == measure(short, seeds=8)[short]
    assert both[QUICK] == measure(QUICK, seeds=8)[QUICK]


@pytest.mark.parametrize(
    "limit", [{"TOGETHER": 3}, {"MOST_PAIRS": 3 * QUICK.width**2}, {"MOST_PAIRS": 1}]
)
def test_seeds_trained_in_several_groups_are_counted_together(monkeypatch, limit):
    at_once = measure(QUICK, seeds=8)[QUICK]
    for name, most in limit.items():
        monkeypatch.setitem(endings.__globals__, name, most)
    in_groups = measure(QUICK, seeds=8)[QUICK]
    assert replace(in_groups, mean_loss=0) == replace(at_once, mean_loss=0)
    assert in_groups.mean_loss == pytest.approx(at_once.mean_loss, rel=1e-12, abs=0)


def test_a_network_that_leans_by_rounding_alone_answers_nothing():
    setting = Setting(initializer="zeros", optimizer="sgd", lr=1e-12, epochs=3)
    (found,) = endings(setting, seeds=4).values()
    assert found.right.tolist() == [0] * 4  # all predictions are 0.5 ± 1e-12


def test_networks_that_diverge_are_counted_and_warn_of_nothing():
    wild = Setting(width=3, optimizer="momentum", lr=1e308, epochs=20)
    counts = measure(wild, seeds=6)[wild]
    assert counts.diverged > 0
    assert counts.learned + counts.diverged <= 6


@pytest.mark.parametrize("bias", ["zeros", "positive", "uniform"])
def test_the_hidden_biases_start_as_asked_and_the_output_bias_at_zero(bias):
    starts = [Setting(width=50, bias=bias).network(seed).get_weights() for seed in range(4)]
    hidden = np.array([weights[1] for weights in starts])
    assert all(weights[3] == 0 for weights in starts)
    if bias == "uniform":
        assert 0.6 < np.abs(hidden).max() <= np.sqrt(0.5)
        assert abs(hidden.mean()) < 0.1
    else:
        assert np.all(hidden == {"zeros": 0.0, "positive": 0.1}[bias])


def test_progress_is_told_in_epochs_of_networks():
    told = []
    measure(replace(QUICK, epochs=4), seeds=5, on_step=told.append)
    assert sum(told) == 4 * 5


def test_the_share_and_its_interval_belong_to_the_counts():
    counts = Counts(**dict.fromkeys(Counts.__dataclass_fields__, 0) | {"seeds": 4, "learned": 3})
    assert counts.share == 0.75
    low, high = counts.interval
    assert 0.3 < low < 0.75 < high < 1


def test_an_unknown_name_is_answered_with_the_nearest_right_one():
    with pytest.raises(ValueError, match="did you mean 'tanh'"):
        Setting(activation="tahn")
    with pytest.raises(ValueError, match="unknown bias 'zero'"):
        Setting(bias="zero")
    with pytest.raises(ValueError, match="lr must be greater than zero, not 0"):
        Setting(lr=0.0)


def test_too_few_seeds_and_epochs_beyond_the_last_are_refused():
    with pytest.raises(ValueError, match="0 seeds"):
        measure(QUICK, seeds=0)
    with pytest.raises(ValueError, match=r"also_after=\[80\] must be from 1 to 79"):
        measure(QUICK, seeds=1, also_after=[80])

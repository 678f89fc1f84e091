"""The textbook network as other frameworks train it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor import optim
from tinygrad_xor.atlas import LIKE, like, measure
from tinygrad_xor.atlas.starts import BIASES, KERNELS
from tinygrad_xor.datasets import truth_table

RUNS = json.loads(Path(__file__).with_name("frameworks.json").read_text())["runs"]
#: How far apart the ends may be. torch adds Adam's epsilon after the bias correction.
APART = {"torch": 0.02, "micrograd": 1e-9}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['like']}, seed {run['seed']}")
def test_from_the_same_weights_training_ends_as_in_the_real_framework(run):
    setting = like(run["like"])
    model = setting.network(0)
    model.set_weights([np.array(array) for array in run["weights"]])
    model.compile(loss=setting.loss, optimizer=optim.get(setting.optimizer)(lr=setting.lr))
    model.fit(*truth_table("xor"), epochs=2000, batch_size=setting.batch_size, verbose=0)
    assert model.predict(truth_table("xor")[0]).ravel() == pytest.approx(
        run["ends"], rel=0, abs=APART[run["like"]]
    )


def test_the_weights_are_drawn_from_the_distribution_of_the_recorded_ones():
    for run in RUNS:
        network = like(run["like"]).network(0)
        for drawn, recorded in zip(network.get_weights(), run["weights"], strict=True):
            assert drawn.shape == np.shape(recorded)
            assert np.any(drawn) == np.any(recorded)  # biases that start at 0 do so in both


@pytest.mark.parametrize(
    ("start", "n_in", "bound", "deviation"),
    [
        (KERNELS["torch"], 4, 0.5, 0.5 / 3**0.5),
        (BIASES["uniform"], 4, 0.5, 0.5 / 3**0.5),
        (BIASES["glorot"], 4, 1.0, 1 / 3**0.5),
        (KERNELS["one"], 4, 1.0, 1 / 3**0.5),
        (KERNELS["half"], 4, 0.5, 0.5 / 3**0.5),
        (KERNELS["flax"], 4, 1 / 0.87962566, 0.5),
        (KERNELS["haiku"], 4, 1.0, 0.5 * 0.87962566),
    ],
)
def test_a_start_has_its_bound_and_its_deviation(start, n_in, bound, deviation):
    drawn = start(n_in, 2)(np.random.default_rng(0), (n_in, 20_000))
    assert 0.999 * bound < np.max(np.abs(drawn)) <= bound
    assert np.std(drawn) == pytest.approx(deviation, rel=0.02)


def test_what_is_said_comes_in_the_place_of_a_preset():
    assert like("torch").width == 4
    assert like("torch", width=8, activation="tanh").width == 8
    assert like("1986").optimizer == "momentum"


@pytest.mark.parametrize("framework", LIKE)
def test_every_preset_can_be_measured(framework):
    (counts,) = measure(like(framework, epochs=3), seeds=4).values()
    assert counts.seeds == 4


def test_an_unknown_framework_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="unknown framework 'tensorch': did you mean 'torch'"):
        like("tensorch")


def test_sigmoids_of_scikit_learn_are_refused():
    with pytest.raises(ValueError, match="starts sigmoids from a range"):
        like("sklearn", activation="sigmoid")

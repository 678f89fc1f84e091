"""Seeds: whole numbers and generators, and a sentence for all else."""

import numpy as np
import pytest

from tinygrad_xor import datasets
from tinygrad_xor.nn import Dense, Dropout, Neuron, Sequential
from tinygrad_xor.seeds import generator


def test_a_generator_stays_what_it_is_and_a_number_makes_the_same_each_time():
    rng = np.random.default_rng(3)
    assert generator(rng) is rng
    assert generator(np.int64(3)).random() == generator(3).random() == rng.random()


@pytest.mark.parametrize("seed", [1.5, "one", -1, float("nan"), object(), [0.5]])
@pytest.mark.parametrize(
    "make",
    [
        generator,
        lambda seed: Sequential(seed=seed),
        lambda seed: Dense(1, input_dim=2, seed=seed).kernel,
        lambda seed: Dropout(0.5, seed=seed),
        lambda seed: Neuron(2, seed=seed),
        lambda seed: datasets.spirals(seed=seed),
    ],
)
def test_what_is_no_seed_is_answered_with_what_is_one(make, seed):
    with pytest.raises((TypeError, ValueError), match="a seed is a whole number of 0 or more"):
        make(seed)

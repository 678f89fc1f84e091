"""Where weights start: the bounds and variances of the papers."""

import numpy as np
import pytest

from tinygrad_xor.nn import initializers

SHAPE = (300, 500)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / (300 + 500)),
        ("glorot_normal", 2 / (300 + 500)),
        ("he_uniform", 2 / 300),
        ("he_normal", 2 / 300),
    ],
)
def test_the_variance_is_the_papers(name, variance):
    weights = initializers.get(name)(np.random.default_rng(0), SHAPE)
    assert weights.shape == SHAPE
    assert np.var(weights) == pytest.approx(variance, rel=0.02)
    assert np.mean(weights) == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("glorot_uniform", np.sqrt(6 / 800)), ("he_uniform", np.sqrt(6 / 300))],
)
def test_uniform_weights_fill_their_bounds(name, limit):
    weights = initializers.get(name)(np.random.default_rng(0), SHAPE)
    assert 0.99 * limit < np.max(np.abs(weights)) <= limit


def test_zeros_are_zeros():
    assert not initializers.get("zeros")(np.random.default_rng(0), (5,)).any()


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'he_normal'"):
        initializers.get("henormal")

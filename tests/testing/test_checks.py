"""Checks of many derivatives: what they draw, what they import, what they say of a failure."""

import subprocess
import sys

import numpy as np
import pytest

from tinygrad_xor import custom_vjp
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.testing.checks import check_network

TARGETS = np.eye(2)


@custom_vjp
def half_wrong(y, p):
    return np.sum((p - y) ** 2)


half_wrong.defvjp(
    lambda y, p: (half_wrong(y, p), (y, p)),
    lambda kept, g: (0 * kept[0], g * np.where(kept[1] > 0, 2, 3) * (kept[1] - kept[0])),
)


def test_hypothesis_is_asked_for_the_smallest_failure_and_for_nothing_else():
    code = """if True:
        import sys
        import numpy as np
        from tinygrad_xor.engine import TABLE
        from tinygrad_xor.nn import Dense, MeanSquaredError, Sequential
        from tinygrad_xor.testing.checks import check_entry, check_network
        network = Sequential([Dense(2, "tanh", input_dim=2)], seed=0)
        found = check_network(network, MeanSquaredError(), np.eye(2), 2, examples=2, seed=0)
        assert found.passed and check_entry(TABLE["sin"], examples=2, seed=0).passed
        assert "hypothesis" not in sys.modules
        TABLE["sin"].rules = (lambda g, y, x: g,)
        assert not check_entry(TABLE["sin"], examples=2, seed=0).passed
        assert "hypothesis" in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_wrong_gradient_of_a_network_is_shown_at_the_smallest_point():
    network = Sequential([Dense(2, "tanh", input_dim=3)], seed=0)
    before = network.get_weights()
    result = check_network(network, half_wrong, TARGETS, 3, examples=20, seed=0)
    assert result.failure is not None
    assert "the gradient function gives" in result.failure
    assert result.failure.partition("  at x = ")[2].startswith("[[0., 0., 0.],")
    assert all(map(np.array_equal, before, network.get_weights()))


@pytest.mark.parametrize("examples", [1, 7])
def test_as_many_points_of_a_network_are_checked_as_were_asked_for(examples):
    network = Sequential([Dense(5, "relu", input_dim=3), Dense(2)], seed=0)
    loss = lambda y, p: np.sum((p - y) ** 2)
    result = check_network(network, loss, TARGETS, 3, examples=examples, seed=0)
    assert result.passed
    assert result.examples == examples
    assert len(result.comparisons) == examples * (2 * 3 + 3 * 5 + 5 + 5 * 2 + 2)

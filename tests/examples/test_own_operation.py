"""The example that adds operations: they pass, and fail, the checks of the built-in table."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor import Value, grad, jvp
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing.checks import check_entry

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_operation.py"


@pytest.fixture
def example(own_entries):
    """What the example defines."""
    return runpy.run_path(str(EXAMPLE))


@pytest.mark.parametrize("name", ["softsign", "power_sum"])
def test_an_operation_of_ones_own_is_checked_like_all_others(example, name, monkeypatch):
    entry = example[name]
    assert TABLE[name] is entry
    assert check_entry(entry, examples=30, seed=0).passed
    (rule,) = entry.rules
    monkeypatch.setattr(entry, "rules", (lambda g, y, x, **params: 1.01 * rule(g, y, x, **params),))
    assert not check_entry(entry, examples=30, seed=0, shrink=False).passed


def test_it_has_derivatives_to_every_order_in_both_modes(example):
    softsign = example["softsign"]
    assert grad(grad(softsign))(1.0) == pytest.approx(-2 / (1 + 1.0) ** 3)
    assert jvp(softsign, (1.0,), (1.0,)) == (0.5, 0.25)
    assert np.array_equal(
        example["power_sum"](Value([[1.0, 2.0], [3.0, 4.0]]), power=2).data, [10, 20]
    )

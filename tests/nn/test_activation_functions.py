"""The activations: their ranges, their slopes, and what the one from SciPy says without it."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.nn import Dense, Sequential, activations
from tinygrad_xor.testing import check_gradients

KNOWN = [n for n in activations.ACTIVATIONS if n != "gelu" or find_spec("scipy")]
X = np.linspace(-30.0, 30.0, 200_001)


@pytest.mark.parametrize("name", KNOWN)
def test_the_outputs_fill_the_range_that_is_told_and_do_not_leave_it(name):
    y = activations.get(name)(np.stack([X, -X], axis=1))
    least, most = activations.RANGES[name]
    assert least <= y.min()
    assert y.max() <= most
    assert y.min() < -29 * 0.01 if least == -np.inf else y.min() == pytest.approx(least, abs=1e-8)
    assert y.max() > 29 if most == np.inf else y.max() == pytest.approx(most, abs=1e-8)


@pytest.mark.parametrize("name", KNOWN)
def test_its_slope_is_that_of_finite_differences(name):
    check_gradients(activations.get(name), np.random.default_rng(0).normal(size=(3, 4)) * 3)


@pytest.mark.parametrize("name", ["elu", "selu", "silu"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nothing_overflows_far_from_0_and_the_dtype_stays(name, dtype):
    x = Value(np.array([-1000.0, 1000.0], dtype))
    with np.errstate(over="raise", invalid="raise"):
        y = activations.get(name)(x)
        y.sum().backward()
    assert y.data.dtype == x.grad.dtype == dtype
    assert x.grad[0] == 0
    assert x.grad[1] == pytest.approx(1.0507009873554805 if name == "selu" else 1.0)


def test_swish_is_another_name_of_silu():
    model = Sequential([Dense(2, "swish", input_dim=2)], seed=0)
    assert activations.name_of(model.layers[0].activation) == "silu"


def test_without_scipy_a_gelu_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinygrad-xor\[special\]"'):
        activations.get("gelu")(np.ones(2))

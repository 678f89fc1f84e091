"""Jacobians: both modes, trees of arrays, and derivatives of jacobians."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import grad, hessian, jacobian
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import strategies as gst

X = np.array([0.5, -1.0, 2.0])
W = np.arange(6.0).reshape(2, 3) - 2.0


def linear(x):
    return W @ x


@pytest.mark.parametrize("mode", ["reverse", "forward", None])
def test_the_jacobian_of_a_linear_function_is_its_matrix(mode):
    assert np.array_equal(jacobian(linear, mode=mode)(X), W)
    assert np.array_equal(jacobian(lambda x: np.sin(x).sum(), mode=mode)(X), np.cos(X))
    assert jacobian(np.sin, mode=mode)(0.0) == 1.0


@given(st.data())
def test_both_modes_agree(data):
    entry = TABLE[data.draw(st.sampled_from(["matmul", "cumsum", "inv", "softmax", "sort"]))]
    call = data.draw(gst.calls(entry))

    def f(x):
        return call.on([x, *call.inputs[1:]])

    x = call.inputs[0].data
    reverse, forward = (jacobian(f, mode=mode)(x) for mode in ("reverse", "forward"))
    assert np.shape(reverse) == (*np.shape(call.g), *np.shape(x))
    assert np.allclose(reverse, forward, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_of_nested_inputs_and_outputs_there_is_a_block_for_each_pair(mode):
    def f(params, scale):
        return {"y": scale * (params["W"] @ X), "sum": np.sum(params["b"])}

    params = {"W": W, "b": np.ones(4)}
    blocks = jacobian(f, argnums=(0, 1), mode=mode)(params, 3.0)
    by_params, by_scale = blocks["y"]
    assert by_params["W"].shape == (2, 2, 3)
    assert np.array_equal(by_params["W"][1, 1], 3 * X)
    assert not by_params["W"][1, 0].any()
    assert not by_params["b"].any()
    assert np.array_equal(by_scale, W @ X)
    assert np.array_equal(blocks["sum"][0]["b"], np.ones(4))


def test_only_as_many_passes_are_made_as_the_smaller_side_has_elements():
    calls = []
    entry = TABLE["tanh"]
    rules = entry.rules
    entry.rules = (lambda g, y, x: calls.append(1) or rules[0](g, y, x),)
    try:
        jacobian(lambda x: np.tanh(x * np.ones(50)))(2.0)
        forward = len(calls)
        calls.clear()
        jacobian(lambda x: np.tanh(x).sum())(np.ones(50))
        reverse = len(calls)
    finally:
        entry.rules = rules
    assert forward == reverse == 1


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="'reverse' and 'forward', not 'sideways'"):
        jacobian(linear, mode="sideways")


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_jacobian_can_be_differentiated_again(mode):
    def trace_of_squares(x):
        return np.sum(np.diag(jacobian(lambda v: v**3, mode=mode)(x)))

    assert np.allclose(grad(trace_of_squares)(X), 6 * X)
    second = jacobian(jacobian(lambda v: v**3, mode=mode), mode=mode)(X)
    assert np.allclose(second[np.diag_indices(3, 3)], 6 * X)


def test_an_input_or_output_without_elements_gives_a_jacobian_without_elements():
    assert jacobian(lambda x: x * 2)(np.zeros(0)).shape == (0, 0)
    assert jacobian(np.sum)(np.zeros((0, 2))).shape == (0, 2)


def test_the_hessian_of_nested_arguments_has_a_block_for_each_pair():
    blocks = hessian(lambda p: np.sum(p["a"] ** 2) * p["b"])({"a": X, "b": 2.0})
    assert np.allclose(blocks["a"]["a"], 4 * np.eye(3))
    assert np.allclose(blocks["a"]["b"], 2 * X)
    assert np.allclose(blocks["b"]["a"], 2 * X)
    assert blocks["b"]["b"] == 0.0

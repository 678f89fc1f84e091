"""Every entry of the table at second order and in forward mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.transforms import jvp, vjp

entries = pytest.mark.parametrize("entry", TABLE.values(), ids=TABLE)


def as_function(call):
    """The call as a function of the inputs that have a derivative, and these inputs' data."""

    def function(*leaves):
        left = iter(leaves)
        inputs = [next(left) if type(x) is Value else x for x in call.inputs]
        return call.entry(*inputs, **call.params)

    return function, [leaf.data for leaf in call.leaves]


def drawn(data, entry):
    function, primals = as_function(call := data.draw(gst.calls(entry)))
    tangents = [data.draw(gst.arrays(np.shape(x))) for x in primals]
    return function, primals, tangents, call.g


def gradient_of(function, g):
    """The gradients of all inputs, for the incoming gradient `g`, as a function of the inputs."""
    return lambda *primals: vjp(function, *primals)[1](g)


def along(function, primals, tangents, step=1e-5):
    """The derivative of `function` along the tangents, by central differences."""
    moved = [
        function(*[x + s * step * t for x, t in zip(primals, tangents, strict=True)])
        for s in (1, -1)
    ]
    return [(a - b) / (2 * step) for a, b in zip(*map(as_list, moved), strict=True)]


def as_list(x):
    return list(x) if isinstance(x, tuple) else [x]


def close(analytic, numerical):
    return all(
        np.allclose(a, n, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(n), initial=0)))
        for a, n in zip(as_list(analytic), numerical, strict=True)
    )


@entries
@given(data=st.data())
def test_forward_mode_agrees_with_central_differences(entry, data):
    function, primals, tangents, _ = drawn(data, entry)
    _, pushed = jvp(function, primals, tangents)
    assert close(pushed, along(function, primals, tangents))


@entries
@given(data=st.data())
def test_forward_and_reverse_mode_are_transposes(entry, data):
    function, primals, tangents, g = drawn(data, entry)
    _, pushed = jvp(function, primals, tangents)
    pulled = vjp(function, *primals)[1](g)
    forward = np.sum(g * pushed)
    reverse = sum(np.sum(a * t) for a, t in zip(pulled, tangents, strict=True))
    scale = 1 + np.sum(np.abs(g * pushed)) + sum(map(np.sum, map(np.abs, pulled)))
    assert abs(forward - reverse) <= 1e-12 * scale


@entries
@given(data=st.data())
def test_second_order_agrees_with_differences_of_first_order(entry, data):
    function, primals, tangents, g = drawn(data, entry)

    gradient = gradient_of(function, g)
    _, moved = jvp(gradient, primals, tangents)
    assert close(moved, along(gradient, primals, tangents))


@entries
@given(data=st.data())
def test_second_derivatives_are_symmetric(entry, data):
    function, primals, u, g = drawn(data, entry)
    v = [data.draw(gst.arrays(np.shape(x))) for x in primals]

    gradient = gradient_of(function, g)

    def inner(a, b):
        return sum(np.sum(x * y) for x, y in zip(a, b, strict=True))

    huv = inner(u, jvp(gradient, primals, v)[1])
    hvu = inner(v, jvp(gradient, primals, u)[1])
    assert huv == pytest.approx(hvu, rel=1e-9, abs=1e-9)

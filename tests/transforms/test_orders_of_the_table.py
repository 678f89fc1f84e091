"""Every entry of the table at second order and in forward mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.transforms import jvp, vjp

ALL = [*TABLE.values(), *COMPOSED.values()]
entries = pytest.mark.parametrize("entry", ALL, ids=repr)
complex_entries = pytest.mark.parametrize(
    "entry", [e for e in ALL if gst.takes_complex(e)], ids=repr
)


def as_function(call):
    """The call as a function of the inputs that have a derivative, and these inputs' data."""
    return call.at, [leaf.data for leaf in call.leaves]


def drawn(data, entry, dtype=np.float64):
    call = data.draw(gst.calls(entry, dtype=dtype))
    function, primals = as_function(call)
    return function, primals, like(data, primals), call.g


def like(data, primals):
    """Arrays of the shapes and dtypes of the primals."""
    return [data.draw(gst.arrays(np.shape(x), dtype=np.asarray(x).dtype)) for x in primals]


def gradient_of(function, g):
    """The gradients of all inputs, for the incoming gradient `g`, as a function of the inputs."""
    return lambda *primals: vjp(function, *primals)[1](g)


def along(function, primals, tangents, step=1e-5):
    """The derivative of `function` along the tangents, by central differences."""

    def moved(sign):
        ends = [Value(x + sign * step * t) for x, t in zip(primals, tangents, strict=True)]
        return [x.data if type(x) is Value else x for x in as_list(function(*ends))]

    return [(a - b) / (2 * step) for a, b in zip(moved(1), moved(-1), strict=True)]


def as_list(x):
    return list(x) if isinstance(x, tuple) else [x]


def close(analytic, numerical):
    return all(
        np.allclose(a, n, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(n), initial=0)))
        for a, n in zip(as_list(analytic), numerical, strict=True)
    )


def inner(a, b):
    """Re Σ a·b, as gradients and tangents are paired."""
    return sum(np.real(np.sum(x * y)) for x, y in zip(a, b, strict=True))


def size(arrays):
    return sum(np.sum(np.abs(a)) for a in arrays)


def assert_transposed(function, primals, tangents, g):
    """<g, J t> is the same from forward and from reverse mode."""
    _, pushed = jvp(function, primals, tangents)
    pulled = vjp(function, *primals)[1](g)
    scale = 1 + size([g * pushed]) + size(pulled)
    assert abs(inner([g], [pushed]) - inner(pulled, tangents)) <= 1e-12 * scale


@entries
@given(data=st.data())
def test_forward_mode_agrees_with_central_differences_and_is_the_transpose_of_reverse(entry, data):
    function, primals, tangents, g = drawn(data, entry)
    _, pushed = jvp(function, primals, tangents)
    assert close(pushed, along(function, primals, tangents))
    assert_transposed(function, primals, tangents, g)


@entries
@given(data=st.data())
def test_second_order_agrees_with_differences_of_first_order_and_is_symmetric(entry, data):
    function, primals, u, g = drawn(data, entry)
    gradient = gradient_of(function, g)
    _, moved = jvp(gradient, primals, u)
    assert close(moved, along(gradient, primals, u))
    v = like(data, primals)
    assert inner(v, moved) == pytest.approx(
        inner(u, jvp(gradient, primals, v)[1]), rel=1e-9, abs=1e-9
    )


@entries
@given(data=st.data())
def test_tangents_of_float32_are_float32(entry, data):
    function, primals, tangents, _ = drawn(data, entry, np.float32)
    out, pushed = jvp(function, primals, tangents)
    assert np.asarray(pushed).dtype == np.asarray(out).dtype


@complex_entries
@given(data=st.data())
def test_derivatives_of_complex_numbers_agree_with_differences_in_both_modes(entry, data):
    function, primals, tangents, g = drawn(data, entry, np.complex128)
    _, pushed = jvp(function, primals, tangents)
    assert close(pushed, along(function, primals, tangents))
    assert_transposed(function, primals, tangents, g)
    gradient = gradient_of(function, g)
    assert close(jvp(gradient, primals, tangents)[1], along(gradient, primals, tangents))

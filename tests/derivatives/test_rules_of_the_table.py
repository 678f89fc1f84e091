"""Every entry of the table, by itself: its rules against differences, and the laws they obey.

The entries are taken from the table, so a new one is tested without being named here; and so are
compositions, the functions that are computed from entries.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.testing import compare, numerical_gradient
from tinygrad_xor.testing import strategies as gst

ALL = [*TABLE.values(), *COMPOSED.values()]
primitives = pytest.mark.parametrize("entry", TABLE.values(), ids=TABLE)
entries = pytest.mark.parametrize("entry", ALL, ids=repr)


def gradients(call, g):
    """The gradients of one call, for the incoming gradient `g`."""
    for leaf in call.leaves:
        leaf.grad = None
    call().backward(g)
    return [np.array(leaf.grad) for leaf in call.leaves]


def all_close(a, b, scale=1e-12):
    return all(
        np.allclose(x, y, rtol=scale, atol=scale * (1 + np.max(np.abs(x), initial=0)))
        for x, y in zip(a, b, strict=True)
    )


@entries
@given(data=st.data())
def test_reverse_mode_agrees_with_central_differences(entry, data):
    call = data.draw(gst.real_and_complex_calls(entry))
    compare(call, call.leaves, call.g, name=entry.name)


@entries
@given(data=st.data())
def test_the_gradient_is_linear_in_the_incoming_gradient(entry, data):
    call = data.draw(gst.calls(entry))
    other = data.draw(gst.arrays(np.shape(call.g), dtype=np.asarray(call.g).dtype))
    together = gradients(call, 2 * call.g - 3 * other)
    apart = [
        2 * a - 3 * b for a, b in zip(gradients(call, call.g), gradients(call, other), strict=True)
    ]
    assert all_close(together, apart, 1e-11)


@entries
@given(data=st.data())
def test_the_gradient_of_a_sum_is_the_sum_of_the_gradients(entry, data):
    call = data.draw(gst.calls(entry))
    once = gradients(call, call.g)
    for leaf in call.leaves:
        leaf.grad = None
    (call() + call()).backward(call.g)
    assert all_close([np.array(leaf.grad) for leaf in call.leaves], [2 * g for g in once])


@primitives
@given(data=st.data())
def test_the_chain_rule_multiplies_by_the_outer_derivative(entry, data):
    call = data.draw(gst.calls(entry))
    out = call().data
    outer = np.cos(out) * call.g  # the derivative of sin at the entry's output
    for leaf in call.leaves:
        leaf.grad = None
    np.sin(call()).backward(call.g)
    chained = [np.array(leaf.grad) for leaf in call.leaves]
    assert all_close(chained, gradients(call, outer), 1e-11)


@primitives
@given(data=st.data())
def test_a_rule_writes_into_nothing_it_is_given(entry, data):
    call = data.draw(gst.calls(entry))
    raw = [np.array(x.data if type(x) is Value else x) for x in call.inputs]
    out = np.array(entry.function(*raw, **call.params))
    given_arrays = [np.array(call.g), out, *raw]
    for array in given_arrays:
        array.flags.writeable = False
    before = [a.copy() for a in given_arrays]
    for _, rule in zip(raw, entry.rules, strict=False):
        if rule is not None:
            rule(*given_arrays, **call.params)
    assert all(np.array_equal(a, b) for a, b in zip(before, given_arrays, strict=True))


@entries
@given(data=st.data())
def test_a_gradient_has_the_shape_and_dtype_of_its_input(entry, data):
    call = data.draw(gst.calls(entry))
    for leaf, g in zip(call.leaves, gradients(call, call.g), strict=True):
        assert g.shape == leaf.shape
        assert g.dtype == leaf.dtype


@entries
@given(data=st.data())
def test_a_value_holds_the_very_numbers_of_the_plain_function(entry, data):
    call = data.draw(gst.calls(entry))
    raw = [x.data if type(x) is Value else x for x in call.inputs]
    if entry.name in TABLE and TABLE[entry.name] is entry:
        expected = entry.stands_for(*raw, **call.params)
    else:
        expected = call.on(raw)
    assert np.array_equal(call().data, expected, equal_nan=True)


@entries
@given(data=st.data())
def test_float32_goes_in_and_float32_comes_out(entry, data):
    call = data.draw(gst.calls(entry, dtype=np.float32))
    raw = [np.asarray(x.data if type(x) is Value else x) for x in call.inputs]
    single = all(x.dtype.itemsize == 4 for x in raw if x.dtype.kind == "f")
    plain = np.asarray(call.on(raw)).dtype
    out = call()
    assert out.dtype == plain
    if single and entry.name not in ALWAYS_DOUBLE:
        assert out.dtype in (np.float32, np.complex64)
    for g in gradients(call, call.g):
        assert g.dtype == np.float32


#: NumPy itself answers float32 with float64, or the test asks for that.
ALWAYS_DOUBLE = {
    *("float_power", "astype", "sort_complex", "quantile", "percentile"),
    *("interp", "vander", "cov", "corrcoef"),
}


def test_central_differences_find_a_derivative_that_is_known():
    x = Value([0.5, -2.0])
    numerical = numerical_gradient(lambda: x * x * x, x, np.array([1.0, 10.0]))
    assert np.allclose(numerical, [0.75, 120.0], rtol=1e-9)


def test_the_table_has_the_operations_that_are_promised():
    promised = (
        "add subtract multiply divide power negative exp log sqrt absolute sin cos tanh sigmoid "
        "relu leaky_relu softplus maximum minimum where sum mean matmul transpose swapaxes reshape "
        "getitem broadcast_to logsumexp softmax log_softmax"
    )
    assert set(promised.split()) <= TABLE.keys()

"""Every entry of the table, by itself: its rules against differences, and the laws they obey.

The entries are taken from the table, so a new one is tested without being named here; and so are
compositions, the functions that are computed from entries.
"""

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import COMPOSED, TABLE, Primitive
from tinygrad_xor.testing import check_gradients
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.comparison import NothingComparedError

entries = pytest.mark.parametrize("entry", [*TABLE.values(), *COMPOSED.values()], ids=repr)


def gradients(call, g):
    """The gradients of one call, for the incoming gradient `g`."""
    return gradients_of(call, call, g)


def gradients_of(call, compute, g):
    for leaf in call.leaves:
        leaf.grad = None
    compute().backward(g)
    return [np.array(leaf.grad) for leaf in call.leaves]


def assert_close(a, b, scale=1e-11):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, scale, scale * (1 + np.max(np.abs(x), initial=0)))


def plain_inputs(call):
    return [np.array(x.data if type(x) is Value else x) for x in call.inputs]


# -- the laws, each of one drawn call ----------------------------------------------------------


def the_gradient_is_linear_in_the_incoming_gradient(call):
    other = np.cos(np.arange(np.size(call.g))).reshape(np.shape(call.g))
    together = gradients(call, 2 * call.g - 3 * other)
    a, b = gradients(call, call.g), gradients(call, other)
    assert_close(together, [2 * x - 3 * y for x, y in zip(a, b, strict=True)])


def the_gradient_of_a_sum_is_the_sum_of_the_gradients(call):
    twice = gradients_of(call, lambda: call() + call(), call.g)
    assert_close(twice, [2 * g for g in gradients(call, call.g)])


def the_chain_rule_multiplies_by_the_outer_derivative(call):
    outer = np.cos(call().data) * call.g  # the derivative of sin at the output
    assert_close(gradients_of(call, lambda: np.sin(call()), call.g), gradients(call, outer))


def a_rule_writes_into_nothing_it_is_given(call):
    if not isinstance(call.entry, Primitive):
        return
    raw = plain_inputs(call)
    given_arrays = [np.array(call.g), np.array(call.entry.function(*raw, **call.params)), *raw]
    for array in given_arrays:
        array.flags.writeable = False
    before = [a.copy() for a in given_arrays]
    for _, rule in zip(raw, call.entry.rules, strict=False):
        if rule is not None:
            rule(*given_arrays, **call.params)
    assert all(np.array_equal(a, b) for a, b in zip(before, given_arrays, strict=True))


def a_gradient_has_the_shape_and_dtype_of_its_input(call):
    for leaf, g in zip(call.leaves, gradients(call, call.g), strict=True):
        assert g.shape == leaf.shape
        assert g.dtype == leaf.dtype


def a_value_holds_the_very_numbers_of_numpys_function(call):
    raw = [x.data if type(x) is Value else x for x in call.inputs]
    is_primitive = isinstance(call.entry, Primitive)
    plain = call.entry.implements(*raw, **call.params) if is_primitive else call.on(raw)
    assert np.array_equal(call().data, plain, equal_nan=True)


LAWS = [
    the_gradient_is_linear_in_the_incoming_gradient,
    the_gradient_of_a_sum_is_the_sum_of_the_gradients,
    the_chain_rule_multiplies_by_the_outer_derivative,
    a_rule_writes_into_nothing_it_is_given,
    a_gradient_has_the_shape_and_dtype_of_its_input,
    a_value_holds_the_very_numbers_of_numpys_function,
]


@entries
@given(data=st.data())
def test_every_law_holds_for(entry, data):
    call = data.draw(gst.calls(entry))
    for law in LAWS:
        law(call)


@entries
@given(data=st.data())
def test_reverse_mode_agrees_with_numerical_derivatives(entry, data):
    call = data.draw(gst.real_and_complex_calls(entry))
    primals = [leaf.data for leaf in call.leaves]
    try:
        check_gradients(call.at, *primals, order=1, modes=("reverse",))
    except NothingComparedError:  # no element goes in, or none comes out
        reject()


#: NumPy itself answers float32 with float64, or the test asks for that.
ALWAYS_DOUBLE = {
    *("float_power", "astype", "sort_complex", "quantile", "percentile"),
    *("interp", "vander", "cov", "corrcoef", "polyder", "polyfit", "nanquantile", "nanpercentile"),
    "linalg.lstsq",  # the rank beside its floats is an integer
}


@entries
@given(data=st.data())
def test_float32_goes_in_and_float32_comes_out(entry, data):
    call = data.draw(gst.calls(entry, dtype=np.float32))
    raw = plain_inputs(call)
    out = call()
    assert out.dtype == np.asarray(call.on(raw)).dtype
    single = all(x.dtype.itemsize == 4 for x in raw if x.dtype.kind == "f")
    if single and entry.name not in ALWAYS_DOUBLE:
        assert out.dtype in (np.float32, np.complex64)
    for g in gradients(call, call.g):
        assert g.dtype == np.float32

"""The values of the table's functions: NumPy's own to the last bit, and defined at every edge.

Whether the derivatives are right where functions are smooth is tested elsewhere, against
differences. Here are the places that differences cannot reach: kinks, poles, overflow, NaN, ±1000.
"""

import math
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE, Primitive
from tinygrad_xor.engine.table import BY_FUNCTION

nan, inf = math.nan, math.inf
quiet = partial(np.errstate, all="ignore")

of_numpy = {
    function: entry
    for function, entry in BY_FUNCTION.items()
    if getattr(np, function.__name__, None) is function and type(entry) is Primitive
}
takes_integers = {np.ldexp}
elementwise = {f: e for f, e in of_numpy.items() if e.elementwise and f not in takes_integers}
whole_arrays = {f: entry for f, entry in of_numpy.items() if not entry.elementwise}
any_dtype = st.sampled_from([np.float32, np.float64])


def functions(table):
    return pytest.mark.parametrize("function", table, ids=lambda f: f.__name__)


def same_bits(a, b):
    """Equal in shape, dtype and every bit, but for the payload of a NaN."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return bool(np.all(((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))))


def derivative(function, *args):
    """The value and the derivative by each argument that is a Value."""
    y = function(*args)
    y.backward()
    return y.data, *[x.grad for x in args if type(x) is Value]


# -- NumPy's own numbers -----------------------------------------------------------------------


@functions(elementwise)
@given(data=st.data())
def test_a_function_of_scalars_gives_numpys_result_bit_for_bit(function, data):
    args = data.draw(st.tuples(*[st.floats()] * len(elementwise[function].rules)))
    with quiet():
        assert same_bits(function(*map(Value, args)).data, function(*args))


@functions(elementwise)
@given(data=st.data())
def test_a_function_of_arrays_gives_numpys_result_bit_for_bit(function, data):
    count = len(elementwise[function].rules)
    shapes = data.draw(
        hnp.mutually_broadcastable_shapes(num_shapes=count, min_side=0, max_dims=3)
    ).input_shapes
    values = [Value(data.draw(hnp.arrays(data.draw(any_dtype), shape))) for shape in shapes]
    with quiet():
        result = function(*values)
        assert same_bits(result.data, function(*[v.numpy()[()] for v in values]))


@functions(whole_arrays)
@given(data=st.data(), source=st.randoms(use_true_random=False), dtype=any_dtype)
def test_a_function_of_whole_arrays_gives_numpys_result_bit_for_bit(function, data, source, dtype):
    shapes, params = whole_arrays[function].calls(source)
    elements = st.floats(-1e3, 1e3, width=32)
    values = [Value(data.draw(hnp.arrays(dtype, shape, elements=elements))) for shape in shapes]
    result = function(*values, **params)
    assert same_bits(result.data, function(*[v.numpy()[()] for v in values], **params))


@given(
    hnp.arrays(any_dtype, hnp.array_shapes(min_dims=0, max_dims=3), elements=st.floats(width=32)),
    st.booleans(),
    st.data(),
)
def test_the_faster_sum_and_mean_are_numpys_bit_for_bit(array, keepdims, data):
    axis = data.draw(st.none() | hnp.valid_tuple_axes(array.ndim))
    v = Value(array)
    with quiet():
        total, mean = v.sum(axis, keepdims), v.mean(axis, keepdims)
        assert same_bits(total.data, np.sum(v.data, axis=axis, keepdims=keepdims))
        assert same_bits(mean.data, np.mean(v.data, axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("call", [np.sum, np.mean, np.abs, np.negative, np.sqrt, np.sign, np.tanh])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_sign_of_a_zero_is_numpys(call, zero):
    for data in (zero, [zero]):
        assert same_bits(call(Value(data)).data, call(data))


def test_the_mean_of_nothing_is_nan_with_numpys_warning():
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"), np.errstate(invalid="ignore"):
        assert math.isnan(Value([]).mean().data)


OPERATORS = {
    "+": (lambda x, y: x + y, np.add),
    "-": (lambda x, y: x - y, np.subtract),
    "*": (lambda x, y: x * y, np.multiply),
    "/": (lambda x, y: x / y, np.divide),
}


@pytest.mark.parametrize("sign", OPERATORS)
@given(st.floats(), st.floats())
def test_the_operators_of_scalars_give_numpys_numbers_where_python_would_raise_too(sign, x, y):
    operate, function = OPERATORS[sign]
    with quiet():
        assert same_bits(operate(Value(x), Value(y)).data, function(x, y))
        assert same_bits(operate(Value(x), y).data, function(x, y))
        assert same_bits(operate(x, Value(y)).data, function(x, y))


@given(hnp.arrays(any_dtype, 3), hnp.arrays(any_dtype, (2, 1)))
def test_the_operators_of_arrays_give_numpys_numbers(x, y):
    with quiet():
        for operate, function in OPERATORS.values():
            assert same_bits(operate(Value(x), Value(y)).data, function(x, y))
            assert same_bits(operate(x, Value(y)).data, function(x, y))


@given(st.floats(-10, 10), st.floats() | st.integers(-5, 5))
def test_a_power_of_scalars_is_that_of_numpy(x, y):
    with quiet():
        expected = np.power(x, float(y))
        for power in (Value(x) ** y, x ** Value(y), Value(x) ** Value(y)):
            assert type(power.data) is float
            assert np.allclose(power.data, expected, rtol=1e-14, atol=0.0, equal_nan=True)


# -- NaN ---------------------------------------------------------------------------------------


#: Functions that give a number for NaN in some argument, as NumPy documents them.
NAN_IS_NOT_ALL = (
    *("where", "power", "float_power", "fmax", "fmin", "nan_to_num", "copysign", "heaviside"),
    *("ldexp", "imag"),
)


def as_values(entry, args):
    """As Values, as far as a rule says what comes back: zeta refuses others."""
    pairs = zip(entry.rules, args, strict=True)
    return [x if rule is None and entry.name == "special.zeta" else Value(x) for rule, x in pairs]


@pytest.mark.parametrize(
    "name", [n for n, e in TABLE.items() if e.elementwise and n not in NAN_IS_NOT_ALL]
)
def test_nan_in_any_argument_gives_nan(name):
    entry = TABLE[name]
    for i in range(len(entry.rules)):
        args = [0.5] * len(entry.rules)
        args[i] = nan
        with quiet():  # whether NaN also warns is NumPy's own affair: logaddexp does
            assert math.isnan(entry(*as_values(entry, args)).data)
            assert np.isnan(entry(*as_values(entry, [np.array([a]) for a in args])).data).all()


@pytest.mark.parametrize("name", ["sum", "mean", "logsumexp", "softmax", "log_softmax"])
def test_nan_in_one_element_gives_nan(name):
    assert np.isnan(TABLE[name](Value([1.0, nan, 2.0])).data).all()


@pytest.mark.parametrize(
    "call", [np.exp, np.tanh, Value.relu, Value.sigmoid, abs, lambda v: v**2, lambda v: v * v]
)
def test_nan_comes_back_as_a_nan_gradient_where_the_derivative_depends_on_it(call):
    for data in (nan, [nan]):
        v = Value(data)
        call(v).sum().backward()
        assert np.isnan(v.grad).all()


def test_where_hides_a_nan_that_was_not_chosen():
    v = Value([nan, 2.0])
    y = np.where([False, True], v, 0.0)
    y.sum().backward()
    assert y.data.tolist() == [0.0, 2.0]
    assert v.grad.tolist() == [0.0, 1.0]


def test_a_power_knows_when_nan_does_not_matter_as_numpy_does():
    assert (Value(nan) ** 0).data == 1.0
    assert (1.0 ** Value(nan)).data == 1.0
    assert math.isnan((Value(nan) ** 2).data)


# -- kinks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_at_zero_the_derivatives_of_relu_and_the_absolute_value_are_zero(zero):
    for function in (Value.relu, abs, np.sign):
        assert derivative(function, Value(zero)) == (0.0, 0.0)
        v = Value([zero, 1.0])
        function(v).sum().backward()
        assert v.grad[0] == 0.0


def test_at_zero_the_derivative_of_leaky_relu_is_its_slope():
    assert derivative(lambda v: v.leaky_relu(0.25), Value(0.0)) == (0.0, 0.25)


@given(st.floats(min_value=0.0, exclude_min=True, allow_infinity=False))
def test_relu_is_the_identity_above_zero_and_nothing_below(x):
    assert derivative(Value.relu, Value(x)) == (x, 1.0)
    assert derivative(Value.relu, Value(-x)) == (0.0, 0.0)
    v = Value([x, -x])
    v.relu().sum().backward()
    assert v.grad.tolist() == [1.0, 0.0]


def test_the_first_step_of_xor_meets_relu_at_exactly_zero():
    kernel, bias = Value(np.ones((2, 5))), Value(np.zeros(5))
    hidden = (np.array([[0.0, 0.0]]) @ kernel + bias).relu()
    hidden.sum().backward()
    assert not hidden.data.any()
    assert not bias.grad.any()


@pytest.mark.parametrize("function", [np.maximum, np.minimum])
@given(x=st.floats(-1e300, 1e300))
def test_at_a_tie_each_argument_gets_half(function, x):
    assert derivative(function, Value(x), Value(x)) == (x, 0.5, 0.5)
    a, b = Value([x, x]), Value(x)
    function(a, b).sum().backward()
    assert a.grad.tolist() == [0.5, 0.5]
    assert b.grad == 1.0


@pytest.mark.parametrize("function", [np.maximum, np.minimum])
def test_a_value_tied_with_itself_gets_the_whole_and_with_a_constant_half(function):
    v = Value(2.0)
    function(v, v).backward()
    assert v.grad == 1.0
    assert derivative(function, Value(2.0), 2.0) == (2.0, 0.5)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_maximum_and_minimum_share_the_gradient_so_that_their_sum_is_that_of_x_plus_y(x, y):
    a, b = Value(x), Value(y)
    (np.maximum(a, b) + np.minimum(a, b)).backward()
    assert (a.grad, b.grad) == (1.0, 1.0)


def test_nan_takes_the_whole_gradient_of_maximum_and_none_of_fmax():
    for function, of_nan in ((np.maximum, 1.0), (np.fmax, 0.0)):
        assert grad(function, (0, 1))(nan, 1.0) == (of_nan, 1 - of_nan)
        assert grad(function, (0, 1))(1.0, nan) == (1 - of_nan, of_nan)


def test_kinks_are_where_the_functions_jump():
    for name in ("floor", "ceil", "trunc"):
        assert TABLE[name].distance_to_kink(np.array([2.0, 2.25, 2.875])).tolist() == [
            0.0,
            0.25,
            0.125,
        ]
    assert TABLE["rint"].distance_to_kink(np.array([2.5, 2.25, 3.0])).tolist() == [0.0, 0.25, 0.5]
    for name in ("remainder", "fmod", "floor_divide"):
        distance = TABLE[name].distance_to_kink(np.array([3.0, 3.5, 2.5]), 2.0 * np.ones(3))
        assert distance.tolist() == [-0.5, -0.25, 0.25]
        assert TABLE[name].distance_to_kink(4.5, 1.5) == 0.0


@pytest.mark.parametrize(
    ("x", "low", "high", "slope"),
    [
        (0.5, 0.0, 1.0, 1.0),
        (2.0, 0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0, 0.5),
        (1.0, 0.0, 1.0, 0.5),
        (1.0, 1.0, 1.0, 0.0),
        (0.5, 1.0, 0.0, 0.0),
    ],
)
def test_at_a_limit_clip_shares_the_slope_and_between_equal_limits_it_has_none(x, low, high, slope):
    assert derivative(lambda v: np.clip(v, low, high), Value(x)) == (np.clip(x, low, high), slope)
    by_all = grad(np.clip, (0, 1, 2))(x, low, high)
    assert sum(by_all) == pytest.approx(1.0)
    assert by_all[0] == slope


# -- tails: slopes that are much smaller than the rounding of the value ------------------------


def sech(x):
    return 2 * math.exp(-abs(x)) / (1 + math.exp(-2 * abs(x)))


def logistic_slope(x):
    return math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2


TAILS = {
    "sigmoid": (TABLE["sigmoid"], logistic_slope),
    "tanh": (np.tanh, lambda x: sech(x) ** 2),
    "expm1": (np.expm1, math.exp),
    "second of softplus": (grad(TABLE["softplus"]), logistic_slope),
    "second of sigmoid": (
        grad(TABLE["sigmoid"]),
        lambda x: -logistic_slope(x) * math.tanh(x / 2),
    ),
    "second of tanh": (grad(np.tanh), lambda x: -2 * math.tanh(x) * sech(x) ** 2),
}
FAR_OUT = [-300.0, -40.0, -36.0, -20.0, -3.0, -1.0, 1.0, 3.0, 20.0, 36.0, 40.0, 300.0]


@pytest.mark.parametrize(("function", "exact"), TAILS.values(), ids=TAILS)
def test_slopes_are_accurate_in_both_tails(function, exact):
    each = [exact(x) for x in FAR_OUT]
    accuracy = 3e-15 if function in (np.tanh, np.expm1, TABLE["sigmoid"]) else 1e-11
    np.testing.assert_allclose([grad(function)(x) for x in FAR_OUT], each, rtol=accuracy)
    of_all = grad(lambda v: np.sum(function(v)))
    if function in (np.tanh, np.expm1, TABLE["sigmoid"]):
        np.testing.assert_allclose(of_all(np.array(FAR_OUT)), each, rtol=3e-15)
        single = [x for x in FAR_OUT if abs(x) <= 40]
        found = of_all(np.array(single, np.float32))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, [exact(x) for x in single], rtol=2e-6)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_slopes_of_an_array_do_not_depend_on_what_else_is_in_it(name):
    x = np.linspace(-5, 5, 41)
    alone = [grad(TABLE[name])(a) for a in x]
    together = grad(lambda v: np.sum(TABLE[name](v)))(x)
    np.testing.assert_allclose(together, alone, rtol=1e-14)
    np.testing.assert_allclose(together[::-1], together, rtol=1e-14)


# -- powers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [float, lambda x: [x]], ids=["scalar", "array"])
@given(x=st.integers(-9, 9).filter(bool), n=st.integers(-3, 6))
def test_an_int_exponent_of_a_negative_base_is_exact_in_value_and_derivative(kind, x, n):
    for exponent in (n, float(n)):
        v = Value(kind(float(x)))
        y = v**exponent
        y.sum().backward()
        assert np.allclose(y.data, float(x) ** n, rtol=1e-15)
        assert np.allclose(v.grad, n * float(x) ** (n - 1) if n else 0.0, rtol=1e-15)


@pytest.mark.parametrize("kind", [float, lambda x: [x]], ids=["scalar", "array"])
@pytest.mark.parametrize("exponent", [0, 0.0, Value(0.0), np.array(0.0), np.array([0])], ids=repr)
def test_zero_to_the_power_zero_is_1_and_its_derivative_by_the_base_is_0(kind, exponent):
    v = Value(kind(0.0))
    y = v**exponent
    y.sum().backward()
    assert np.all(y.data == 1.0)
    assert np.all(v.grad == 0.0)


@given(st.just(0.0) | st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300))
def test_to_the_power_zero_is_1_everywhere_with_derivative_0(x):
    assert derivative(lambda v: v**0, Value(x)) == (1.0, 0.0)
    assert derivative(lambda v: v**0.0, Value([x])) == ([1.0], [0.0])


@given(st.floats(0.25, 4.0))
def test_by_the_exponent_a_power_of_zero_has_derivative_0(n):
    for zero in (0.0, Value(0.0), np.array([0.0])):
        exponent = Value(n)
        with quiet():  # by the base it may be infinite
            (zero**exponent).sum().backward()
        assert exponent.grad == 0.0


def test_a_root_of_a_negative_number_is_nan_with_numpys_warning_and_so_is_its_derivative():
    for data in (-8.0, [-8.0]):
        v = Value(data)
        with pytest.warns(RuntimeWarning, match="invalid value"):
            y = v**0.5
        assert np.isnan(y.data).all()
        assert np.asarray(y.data).dtype == np.float64
        with pytest.warns(RuntimeWarning, match="invalid value"):
            y.sum().backward()
        assert np.isnan(v.grad).all()


def test_by_its_exponent_a_power_of_a_negative_base_has_no_derivative_and_gives_nan():
    base, exponent = Value(-2.0), Value(3.0)
    y = base**exponent
    with pytest.warns(RuntimeWarning, match="invalid value encountered in log"):
        y.backward()
    assert (y.data, base.grad) == (-8.0, 12.0)
    assert math.isnan(exponent.grad)


def test_a_negative_power_of_zero_is_infinite_with_numpys_warning():
    for data in (0.0, [0.0]):
        v = Value(data)
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            y = v**-1
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            y.sum().backward()
        assert np.all(y.data == inf)
        assert np.all(v.grad == -inf)


def test_a_root_of_zero_is_zero_with_an_infinite_derivative():
    for root in (np.sqrt, lambda v: v**0.5):
        for data in (0.0, [0.0]):
            v = Value(data)
            y = root(v)
            with pytest.warns(RuntimeWarning, match="divide by zero"):
                y.sum().backward()
            assert np.all(y.data == 0.0)
            assert np.all(v.grad == inf)


# -- poles and overflow ------------------------------------------------------------------------


def test_the_log_of_zero_is_minus_infinity_with_numpys_warning_and_an_infinite_derivative():
    for data in (0.0, [0.0]):
        v = Value(data)
        with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
            y = np.log(v)
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            y.sum().backward()
        assert np.all(y.data == -inf)
        assert np.all(v.grad == inf)


def test_the_log_of_a_negative_number_is_nan_with_numpys_warning():
    with pytest.warns(RuntimeWarning, match="invalid value encountered in log"):
        assert math.isnan(np.log(Value(-1.0)).data)


@pytest.mark.parametrize(
    ("x", "quotient", "by_x", "by_y"), [(1.0, inf, inf, -inf), (-1.0, -inf, inf, inf)]
)
def test_a_scalar_divided_by_zero_is_what_numpy_says_and_not_pythons_error(x, quotient, by_x, by_y):
    for kind in (float, lambda x: [x]):
        a, b = Value(kind(x)), Value(kind(0.0))
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            y = a / b
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            y.sum().backward()
        assert (y.sum().data, np.sum(a.grad), np.sum(b.grad)) == (quotient, by_x, by_y)


def test_zero_divided_by_zero_is_nan_with_numpys_warning():
    for divide in (lambda v: v / 0, lambda v: 0 / v, lambda v: v / v):
        with pytest.warns(RuntimeWarning, match="invalid value"):
            assert math.isnan(divide(Value(0.0)).data)


@pytest.mark.parametrize(
    ("call", "x"),
    [
        (lambda v: v**2, 1e300),
        (lambda v: v**3, 1e200),
        (lambda v: v**2.5, 1e200),
        (lambda v: 10 ** (v * 1e300), 1.0),
        (lambda v: v.exp(), 1e3),
        (lambda v: v / 1e-300, 1e300),
        (lambda v: v * 1e300, 1e300),
        (lambda v: v + 1.7e308, 1.7e308),
    ],
)
def test_a_scalar_that_overflows_is_infinite_as_numpys_and_not_pythons_error(call, x):
    with np.errstate(over="ignore"):
        y = call(Value(x))
        assert y.data == inf
        y.backward()
        (v,) = (x for x in y.inputs if type(x) is Value)
        assert v.grad > 0


def test_an_overflow_that_only_the_derivative_meets_is_infinite_too():
    v = Value(1e-200)
    with np.errstate(all="ignore"):
        y = v**-1.5
        y.backward()
    assert y.data == pytest.approx(1e300)
    assert v.grad == -inf


def test_overflow_of_a_power_has_numpys_warning():
    with pytest.warns(RuntimeWarning, match="overflow"):
        Value(1e300) ** 2
    with pytest.warns(RuntimeWarning, match="overflow"):
        Value([1e300]) ** 2


# -- stable at ±1000 and beyond ----------------------------------------------------------------

large = st.floats(-1000, 1000)
targets = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
kinds = pytest.mark.parametrize("kind", [float, lambda x: np.array([x])], ids=["scalar", "array"])


def exact_sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def exact_softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@kinds
@given(x=large)
def test_sigmoid_is_right_far_out_and_so_is_its_derivative(kind, x):
    v = Value(kind(x))
    y = v.sigmoid()
    y.sum().backward()
    s = exact_sigmoid(x)
    assert np.allclose(y.data, s, rtol=1e-14, atol=0.0)
    assert np.allclose(v.grad, s * exact_sigmoid(-x), rtol=1e-12, atol=np.finfo(float).eps)


@pytest.mark.parametrize(
    ("x", "y"), [(1000.0, 1.0), (-1000.0, 0.0), (0.0, 0.5), (inf, 1.0), (-inf, 0.0)]
)
def test_sigmoid_reaches_its_ends_exactly_and_is_flat_there(x, y):
    assert derivative(Value.sigmoid, Value(x)) == (y, y * (1 - y))
    v = Value([x, x])
    v.sigmoid().sum().backward()
    assert v.grad.tolist() == [y * (1 - y)] * 2


@given(st.floats(allow_nan=False))
def test_sigmoid_of_minus_x_is_the_rest_to_1(x):
    both = Value(x).sigmoid().data + Value(-x).sigmoid().data
    assert both == pytest.approx(1.0, rel=1e-15, abs=0)


@kinds
@given(x=large)
def test_softplus_is_right_far_out_and_its_derivative_is_sigmoid(kind, x):
    v = Value(kind(x))
    y = v.softplus()
    y.sum().backward()
    assert np.allclose(y.data, exact_softplus(x), rtol=1e-14, atol=0.0)
    assert np.allclose(v.grad, exact_sigmoid(x), rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("x", [1000.0, -1000.0, 1e300, -1e300])
def test_softplus_far_out_is_relu(x):
    assert derivative(Value.softplus, Value(x)) == (max(x, 0.0), float(x > 0))


@pytest.mark.parametrize(
    ("x", "value", "gradient"),
    [
        ([1000.0, -1000.0], 1000.0, [1.0, 0.0]),
        ([1000.0, 1000.0], 1000.0 + math.log(2), [0.5, 0.5]),
        ([-1000.0, -1000.0], -1000.0 + math.log(2), [0.5, 0.5]),
        ([-1000.0], -1000.0, [1.0]),
        ([-inf, 0.0], 0.0, [0.0, 1.0]),
    ],
)
def test_logsumexp_is_right_far_out_and_its_derivative_is_softmax(x, value, gradient):
    v = Value(x)
    y = TABLE["logsumexp"](v)
    y.backward()
    assert y.data == pytest.approx(value, rel=1e-15, abs=0)
    assert v.grad == pytest.approx(gradient, rel=1e-13, abs=0)


def test_logsumexp_of_minus_infinities_is_minus_infinity_without_a_warning():
    assert TABLE["logsumexp"](Value([-inf, -inf])).data == -inf


rows = hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2), elements=large)


@given(rows)
def test_logsumexp_is_between_the_largest_and_that_plus_log_n(x):
    v = Value(x)
    y = TABLE["logsumexp"](v, axis=1)
    y.sum().backward()
    largest = x.max(axis=1)
    assert np.all(y.data >= largest)
    assert np.all(y.data <= largest + math.log(x.shape[1]) + 1e-12)
    assert np.allclose(v.grad, TABLE["softmax"](x), rtol=1e-9, atol=1e-300)


@given(rows)
def test_softmax_is_a_distribution_and_log_softmax_its_logarithm(x):
    p, log_p = TABLE["softmax"](Value(x)), TABLE["log_softmax"](Value(x))
    assert np.all(p.data >= 0)
    assert np.allclose(p.data.sum(axis=-1), 1.0, rtol=1e-14)
    assert np.allclose(np.exp(log_p.data), p.data, rtol=1e-9, atol=1e-300)
    assert np.allclose(log_p.data, x - TABLE["logsumexp"](x, axis=-1, keepdims=True), rtol=1e-12)


@given(rows, st.data())
def test_the_gradients_of_softmax_and_log_softmax_sum_to_zero_for_they_ignore_a_shift(x, data):
    g = data.draw(hnp.arrays(float, x.shape, elements=st.floats(-1, 1)))
    for name in ("softmax", "log_softmax"):
        v = Value(x)
        TABLE[name](v).backward(g)
        assert np.all(np.isfinite(v.grad))
        assert np.allclose(v.grad.sum(axis=-1), 0.0, atol=1e-13)


def test_log_softmax_far_out_is_the_difference_and_its_gradient_that_of_cross_entropy():
    v = Value([1000.0, -1000.0])
    log_p = TABLE["log_softmax"](v)
    log_p[1].backward()
    assert log_p.data.tolist() == [0.0, -2000.0]
    assert v.grad.tolist() == [-1.0, 1.0]


def test_softmax_far_out_is_one_hot_and_flat():
    v = Value([1000.0, -1000.0, 0.0])
    p = TABLE["softmax"](v)
    p.backward([1.0, 10.0, 100.0])
    assert p.data.tolist() == [1.0, 0.0, 0.0]
    assert v.grad.tolist() == [0.0, 0.0, 0.0]


@kinds
@given(z=large, y=targets)
def test_sigmoid_crossentropy_is_right_far_out_and_so_are_its_gradients(kind, z, y):
    logit, target = Value(kind(z)), Value(kind(y))
    loss = TABLE["sigmoid_crossentropy"](logit, target)
    loss.sum().backward()
    expected = y * exact_softplus(-z) + (1 - y) * exact_softplus(z)
    assert np.allclose(loss.data, expected, rtol=1e-12, atol=1e-12)
    assert np.allclose(logit.grad, exact_sigmoid(z) - y, rtol=1e-12, atol=1e-15)
    assert np.allclose(target.grad, -z, rtol=1e-15)


@pytest.mark.parametrize(
    ("z", "y", "loss", "gradient"),
    [
        (1000.0, 1.0, 0.0, 0.0),
        (1000.0, 0.0, 1000.0, 1.0),
        (-1000.0, 1.0, 1000.0, -1.0),
        (-1000.0, 0.0, 0.0, 0.0),
    ],
)
def test_sigmoid_crossentropy_of_a_sure_answer_is_its_logit_or_nothing(z, y, loss, gradient):
    assert derivative(TABLE["sigmoid_crossentropy"], Value(z), y) == (loss, gradient)


@kinds
@given(z=large, y=targets)
def test_crossentropy_of_a_sigmoid_is_finite_far_out_and_so_are_its_gradients(kind, z, y):
    logit, target = Value(kind(z)), Value(kind(y))
    p = logit.sigmoid()
    loss = TABLE["binary_crossentropy"](p, target)
    loss.sum().backward()
    for number in (loss.data, p.grad, logit.grad, target.grad):
        assert np.all(np.isfinite(number))
    assert np.all(np.abs(logit.grad) <= 1.0 + 1e-9)
    if abs(z) < 10:
        assert np.allclose(loss.data, y * exact_softplus(-z) + (1 - y) * exact_softplus(z))
        assert np.allclose(logit.grad, exact_sigmoid(z) - y, atol=1e-9)


@kinds
@pytest.mark.parametrize(("p", "y"), [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)])
def test_crossentropy_of_a_prediction_of_exactly_0_or_1_stops_at_100(kind, p, y):
    prediction, target = Value(kind(p)), Value(kind(y))
    loss = TABLE["binary_crossentropy"](prediction, target)
    loss.sum().backward()
    assert np.allclose(loss.data, 0.0 if p == y else 100.0, rtol=1e-15)
    assert np.allclose(prediction.grad, (p - y) * 1e12)
    assert np.allclose(target.grad, 100.0 if p == 0 else -100.0)


@given(st.floats(0.01, 0.99), st.floats(0, 1))
def test_crossentropy_is_the_textbooks_formula_in_between(p, y):
    prediction, target = Value(p), Value(y)
    loss = TABLE["binary_crossentropy"](prediction, target)
    loss.backward()
    assert loss.data == pytest.approx(
        -(y * math.log(p) + (1 - y) * math.log(1 - p)), rel=1e-13, abs=0
    )
    assert prediction.grad == pytest.approx((p - y) / (p * (1 - p)), rel=1e-13, abs=1e-13)
    assert target.grad == pytest.approx(math.log((1 - p) / p), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "logsumexp", "softmax", "log_softmax", "tanh", "relu"]
)
def test_nothing_warns_or_overflows_at_1000_in_either_dtype(name, dtype):
    v = Value(np.array([1000.0, -1000.0, 500.0, 0.0], dtype))
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        y = TABLE[name](v)
        y.backward(np.ones(y.shape, dtype))
    assert np.all(np.isfinite(y.data))
    assert np.all(np.isfinite(v.grad))
    assert v.grad.dtype == dtype

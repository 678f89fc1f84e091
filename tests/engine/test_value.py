"""What a Value holds, what it refuses to hold, and how it behaves among Python's own objects."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, record
from tinygrad_xor.engine.operands import real_power, scalar_or_array

moderate = st.floats(0.25, 4.0)
float32s = hnp.arrays(np.float32, hnp.array_shapes(min_dims=1), elements=st.floats(-8, 8, width=32))

# -- what it holds -----------------------------------------------------------------------------


@given(st.floats() | st.integers(-(2**53), 2**53) | st.booleans())
def test_a_number_becomes_a_python_float(number):
    v = Value(number)
    assert type(v.data) is float
    assert v.data == number or number != number
    assert (v.shape, v.ndim, v.size, v.dtype) == ((), 0, 1, np.float64)


@pytest.mark.parametrize(
    "scalar",
    [np.float64(3), np.int8(3), np.uint64(3), np.array(3), np.array(3.0), np.True_ + np.int64(2)],
    ids=repr,
)
def test_numpys_own_scalars_and_0d_arrays_become_a_python_float(scalar):
    assert type(Value(scalar).data) is float
    assert Value(scalar).data == 3.0


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64"])
def test_arrays_of_ints_and_bools_become_float64(dtype):
    v = Value(np.array([[0, 1], [1, 0]], dtype=dtype))
    assert v.dtype == np.float64
    assert v.data.tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_floating_array_keeps_its_dtype(dtype):
    assert Value(np.zeros(3, dtype)).data.dtype == dtype
    assert Value(np.zeros((), dtype)).dtype == dtype


def test_lists_and_tuples_of_equal_rows_become_arrays():
    assert Value([[1, 2], [3, 4]]).data.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert Value((True, False)).data.tolist() == [1.0, 0.0]
    assert Value([]).shape == (0,)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, min_side=0)))
def test_shape_ndim_size_and_dtype_are_those_of_the_array(array):
    v = Value(array)
    assert (v.shape, v.ndim, v.size, v.dtype) == (array.shape, array.ndim, array.size, array.dtype)


def test_an_array_is_copied_so_later_writes_to_it_change_nothing():
    mine = np.array([1.0, 2.0])
    v = Value(mine)
    mine[0] = 100.0
    assert v.data.tolist() == [1.0, 2.0]


def test_an_array_assigned_to_data_or_grad_is_copied_too():
    mine = np.array([1.0, 2.0])
    v = Value([0.0, 0.0])
    v.data = mine
    v.grad = mine
    mine[:] = 100.0
    assert v.data.tolist() == [1.0, 2.0]
    assert v.grad.tolist() == [1.0, 2.0]


def test_a_label_is_kept_and_shown():
    assert Value(2.0, label="w").label == "w"
    assert Value(2.0).label is None


def test_item_is_the_one_number_as_a_python_float():
    for v in (Value(2.5), Value([[2.5]]), Value(np.float32(2.5))):
        assert type(v.item()) is float
        assert v.item() == 2.5


def test_item_of_several_elements_is_refused_with_the_shape():
    with pytest.raises(ValueError, match=r"needs one element, this Value has shape \(2, 3\)"):
        Value(np.ones((2, 3))).item()


# -- a scalar stays a Python float -------------------------------------------------------------

BINARY = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "np.maximum": np.maximum,
    "np.minimum": np.minimum,
    "np.power": np.power,
    "np.where": lambda x, y: np.where(True, x, y),
}

UNARY = {
    "negative": operator.neg,
    "absolute": operator.abs,
    "np.exp": np.exp,
    "np.sign": np.sign,
    "exp": Value.exp,
    "log": Value.log,
    "sqrt": Value.sqrt,
    "sin": Value.sin,
    "cos": Value.cos,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "relu": Value.relu,
    "leaky_relu": Value.leaky_relu,
    "softplus": Value.softplus,
    "sum": Value.sum,
    "mean": Value.mean,
    "reshape": lambda v: v.reshape(()),
    "transpose": Value.transpose,
    "T": lambda v: v.T,
    "astype": lambda v: v.astype(np.float64),
    "getitem": lambda v: v[...],
    "np.broadcast_to": lambda v: np.broadcast_to(v, ()),
}


@pytest.mark.parametrize("name", BINARY)
@given(x=moderate, y=moderate)
def test_two_scalars_give_a_python_float_and_python_float_gradients(name, x, y):
    a, b = Value(x), Value(y)
    z = BINARY[name](a, b)
    z.backward()
    assert [type(n) for n in (z.data, z.grad, a.grad, b.grad)] == [float] * 4


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("other", [3, 2.5, True, np.float64(2.5), np.int64(3), np.array(2.5)])
def test_a_scalar_and_a_plain_number_on_either_side_give_a_python_float(name, other):
    for a in (Value(1.5), Value(1.5)):
        for z in (BINARY[name](a, other), BINARY[name](other, a)):
            z.backward()
            assert [type(n) for n in (z.data, z.grad, a.grad)] == [float] * 3


@pytest.mark.parametrize("name", UNARY)
@given(x=moderate)
def test_a_function_of_a_scalar_gives_a_python_float_and_gradient(name, x):
    a = Value(x)
    z = UNARY[name](a)
    z.backward()
    assert [type(n) for n in (z.data, z.grad, a.grad)] == [float] * 3


def test_an_array_reduced_to_one_number_is_a_python_float_again():
    for total in (Value([1.0, 2.0]).sum(), Value([[1.0]]).mean(), Value([3.0])[0]):
        assert type(total.data) is float
    assert type((Value([1.0, 2.0]) @ Value([3.0, 4.0])).data) is float


@given(moderate, moderate, st.sampled_from(["add", "subtract", "multiply", "divide", "power"]))
def test_an_operator_gives_what_python_gives_for_the_floats(x, y, name):
    operate = BINARY[name]
    assert operate(Value(x), Value(y)).data == operate(x, y)
    assert operate(Value(x), y).data == operate(x, y)
    assert operate(x, Value(y)).data == operate(x, y)


@given(hnp.arrays(float, 3, elements=moderate), hnp.arrays(float, (2, 3), elements=moderate))
def test_an_operator_gives_what_numpy_gives_for_the_arrays(x, y):
    for name in ("add", "subtract", "multiply", "divide", "power"):
        operate = BINARY[name]
        for z in (operate(Value(x), Value(y)), operate(Value(x), y), operate(x, Value(y))):
            assert type(z) is Value
            assert np.array_equal(z.data, operate(x, y))


def test_a_list_on_either_side_of_an_operator_is_an_array():
    for z in (Value([1.0, 2.0]) * [3, 4], [3, 4] * Value([1.0, 2.0]), (3, 4) * Value([1.0, 2.0])):
        assert z.data.tolist() == [3.0, 8.0]
    assert ([1.0, 2.0] @ Value([3.0, 4.0])).data == 11.0


# -- float32 stays float32 ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [n for n in UNARY if n not in ("astype", "reshape", "np.broadcast_to")]
)
@given(float32s)
def test_float32_stays_float32_forward_and_backward(name, array):
    a = Value(np.abs(array) + np.float32(0.25))
    z = UNARY[name](a)
    z.sum().backward()
    assert [z.dtype, z.grad.dtype, a.grad.dtype] == [np.float32] * 3


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("other", [2, 2.5, True, Value(2.5)], ids=repr)
def test_a_python_number_or_a_scalar_value_does_not_widen_float32(name, other):
    for a in (Value(np.full(2, 1.5, np.float32)), Value(np.float32(1.5))):
        z = BINARY[name](a, other)
        z.sum().backward()
        assert [z.dtype, a.grad.dtype] == [np.float32] * 2


@pytest.mark.parametrize("name", BINARY)
def test_float32_and_float64_give_float64_and_each_gradient_its_inputs_dtype(name):
    a = Value(np.full((2, 1), 1.5, np.float32))
    b = Value(np.full((1, 3), 2.0))
    for z in (BINARY[name](a, b), BINARY[name](b, a)):
        z.sum().backward()
        assert [z.dtype, a.grad.dtype, b.grad.dtype] == [np.float64, np.float32, np.float64]


def test_a_matrix_product_of_float32_and_float64_gives_each_gradient_its_inputs_dtype():
    a, b = Value(np.ones((2, 3), np.float32)), Value(np.ones((3, 4)))
    (a @ b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


def test_the_gradient_through_astype_comes_back_in_the_old_dtype():
    a = Value(np.ones(2, np.float32))
    wide = a.astype(np.float64)
    (wide * wide).sum().backward()
    assert (wide.dtype, wide.grad.dtype, a.grad.dtype) == (np.float64, np.float64, np.float32)


def test_a_float32_leaf_stays_float32_through_a_step_of_descent_in_float64():
    w = Value(np.ones(3, np.float32))
    (w * w).sum().backward()
    w.data = w.data - np.float64(0.1) * w.grad
    assert w.dtype == np.float32


# -- what it refuses to hold -------------------------------------------------------------------

REFUSED = {
    "text": ("1.5", r"holds numbers, not '1\.5'.*float\(text\)"),
    "bytes": (b"1.5", r"holds numbers, not b'1\.5'"),
    "None": (None, "holds numbers, not None"),
    "an array of objects": (np.array([object()]), "dtype object"),
    "an empty array of objects": (np.array([], dtype=object), "dtype object"),
    "a list with None": ([1.0, None], "dtype object"),
    "an array of text": (np.array(["a"]), "dtype <U1"),
    "a date": (np.datetime64("2020"), r"dtype datetime64\[Y\]"),
    "a list of Values": ([Value(1.0), 2.0], "a list of Values is not an array"),
    "a nested list of Values": ([[1.0], (Value(1.0),)], "a list of Values is not an array"),
    "a Value": (Value(7.0), r"already a Value: Value\(data=7\.0.*v\.data"),
    "a masked array": (np.ma.array([1.0], mask=[True]), r"no mask.*a\.filled"),
    "a dict": ({"a": 1}, r"not dict: \{'a': 1\}"),
    "a set": ({1.0}, r"not set: \{1\.0\}"),
    "a generator": ((x for x in [1.0]), "not generator"),
    "a function": (len, "not builtin_function_or_method"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_numbers_is_refused_with_what_it_was(kind):
    data, message = REFUSED[kind]
    with pytest.raises(TypeError, match=message):
        Value(data)


@pytest.mark.parametrize(
    "rows",
    [[[1, 2], [3]], [np.ones(2), np.ones(1)], ([1.0, 2.0], (3.0,))],
    ids=["lists", "arrays", "mixed"],
)
def test_rows_of_different_lengths_are_refused_with_the_lengths(rows):
    with pytest.raises(ValueError, match=r"rows differ in length.*\[2, 1\]"):
        Value(rows)


def test_a_row_beside_a_number_is_refused():
    with pytest.raises(ValueError, match=r"rows differ in length.*\[2, 'a number'\]"):
        Value([[1.0, 2.0], 3.0])


@pytest.mark.parametrize(
    "kind", [k for k in REFUSED if k not in ("a Value", "a generator", "a function")]
)
@pytest.mark.parametrize("name", ["add", "multiply", "power", "np.maximum"])
def test_an_operation_with_what_is_not_numbers_is_a_type_error_on_either_side(kind, name):
    other, _ = REFUSED[kind]
    with pytest.raises(TypeError):
        BINARY[name](Value(1.0), other)
    with pytest.raises(TypeError):
        BINARY[name](other, Value([1.0, 2.0]))


def test_an_operation_with_a_stranger_is_left_to_the_stranger():
    class Stranger:
        def __radd__(self, other):
            return "mine"

    assert Value(1.0) + Stranger() == "mine"
    with pytest.raises(TypeError, match="'Value' and 'Stranger'"):
        Value(1.0) * Stranger()


# -- assigning ---------------------------------------------------------------------------------


def test_the_data_of_a_leaf_can_be_assigned_in_its_dtype():
    v = Value(np.zeros(2, np.float32))
    v.data = [1, 2]
    assert v.data.tolist() == [1.0, 2.0]
    assert v.dtype == np.float32


def test_the_data_of_a_scalar_leaf_stays_a_python_float():
    v = Value(1.0)
    for new in (2, np.float64(2), np.float32(2), np.array(2), True + 1):
        v.data = new
        assert type(v.data) is float
        assert v.data == 2.0


def test_data_of_another_shape_is_refused_with_both_shapes():
    v = Value([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(3,\) cannot replace data of shape \(2,\)"):
        v.data = [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match=r"shape \(\) cannot replace data of shape \(2,\)"):
        v.data = 0.0
    assert v.data.tolist() == [1.0, 2.0]


def test_data_that_is_not_numbers_is_refused():
    v = Value(1.0)
    with pytest.raises(TypeError, match="holds numbers, not 'a'"):
        v.data = "a"
    assert v.data == 1.0


def test_the_data_of_an_inner_value_is_refused_with_the_operation_it_came_from():
    y = Value(2.0) * 3.0
    with pytest.raises(ValueError, match=r"data=6\.0.*computed by multiply.*only a leaf"):
        y.data = 1.0
    with pytest.raises(ValueError, match="only a leaf"):
        y.data -= 1.0
    assert y.data == 6.0


def test_item_assignment_is_refused_and_the_functional_way_is_named():
    v = Value([1.0, 2.0])
    with pytest.raises(TypeError, match=r"shape \(2,\).*np\.where"):
        v[0] = 5.0
    with pytest.raises(TypeError, match=r"np\.where"):
        v[0] += 5.0
    assert v.data.tolist() == [1.0, 2.0]


def test_an_in_place_operator_rebinds_the_name_and_leaves_the_old_value_alone():
    old = v = Value([1.0, 2.0])
    v += 1
    v *= 2
    v -= 0.5
    v /= 2
    v **= 2
    assert v is not old
    assert old.data.tolist() == [1.0, 2.0]
    v.sum().backward()
    assert v.data.tolist() == [3.0625, 7.5625]
    assert old.grad.tolist() == [3.5, 5.5]


def test_there_are_no_other_attributes_to_misspell():
    with pytest.raises(AttributeError):
        Value(1.0).gard = 0.0


# -- grad --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [2.0, [1.0, 2.0], np.ones((0, 2), np.float32), np.float32(1)])
def test_the_gradient_before_any_backward_is_zero_in_the_shape_and_dtype_of_the_data(data):
    v = Value(data)
    assert np.shape(v.grad) == v.shape
    assert not np.any(v.grad)
    assert type(v.grad) is float if type(v.data) is float else v.grad.dtype == v.dtype


@pytest.mark.parametrize("nothing", [0, 0.0, None, False])
def test_setting_the_gradient_to_zero_or_none_forgets_it(nothing):
    v = Value([1.0, 2.0])
    v.sum().backward()
    v.grad = nothing
    assert v.grad.tolist() == [0.0, 0.0]
    v.sum().backward()
    assert v.grad.tolist() == [1.0, 1.0]


def test_a_gradient_can_be_set_in_the_shape_of_the_data_only():
    v = Value(np.zeros(2, np.float32))
    v.grad = [1, 2]
    assert v.grad.dtype == np.float32
    with pytest.raises(ValueError, match=r"gradient of shape \(3,\) for data of shape \(2,\)"):
        v.grad = np.ones(3)


# -- among Python's objects --------------------------------------------------------------------

COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("compare", COMPARISONS)
@given(x=st.floats(), y=st.floats())
def test_comparing_scalars_gives_pythons_own_booleans(compare, x, y):
    for result in (compare(Value(x), Value(y)), compare(Value(x), y), compare(x, Value(y))):
        assert type(result) is bool
        assert result == compare(x, y)


@pytest.mark.parametrize("compare", COMPARISONS)
def test_comparing_arrays_gives_arrays_of_booleans(compare):
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    for result in (compare(Value(x), Value(y)), compare(Value(x), y), compare(x, Value(y))):
        assert type(result) is np.ndarray
        assert result.dtype == bool
        assert np.array_equal(result, compare(x, y))


def test_a_scalar_is_equal_to_no_text_and_no_none():
    assert Value(1.0) != "1.0"
    assert (Value(1.0) == None) is False  # noqa: E711


def test_equal_numbers_are_different_nodes_with_hashes_of_their_own():
    a, b = Value(1.0), Value(1.0)
    assert a == b
    assert len({a, b}) == 2
    assert len({a, a}) == 1
    assert {a: "a", b: "b"}[a] == "a"


def test_arrays_can_be_members_of_sets_and_keys_of_dicts():
    values = [Value([1.0, 2.0]) for _ in range(100)]
    assert len(set(values)) == 100
    assert all(v in set(values) for v in values)


def test_the_hash_survives_new_data():
    v = Value(1.0)
    members = {v}
    v.data = 2.0
    assert v in members


def test_iterating_gives_the_rows_and_their_gradients_flow_back():
    v = Value([[1.0, 2.0], [3.0, 4.0]])
    first, second = v
    assert first.data.tolist() == [1.0, 2.0]
    (first * 10.0 + second).sum().backward()
    assert v.grad.tolist() == [[10.0, 10.0], [1.0, 1.0]]


def test_the_length_is_that_of_the_first_axis():
    assert len(Value(np.ones((3, 2)))) == 3
    assert len(Value(np.ones((0, 2)))) == 0
    assert list(Value(np.ones((0, 2)))) == []


def test_a_scalar_has_no_length_and_cannot_be_iterated():
    with pytest.raises(TypeError, match="scalar Value has no length"):
        len(Value(1.0))
    with pytest.raises(TypeError, match="scalar Value has no length"):
        iter(Value(1.0))


@given(st.floats())
def test_a_scalar_is_true_when_its_number_is(x):
    assert bool(Value(x)) is bool(x)


def test_the_truth_of_several_elements_is_refused_as_numpy_refuses_it():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Value([1.0, 2.0]))


def test_repr_shows_the_data_the_gradient_and_the_label():
    v = Value(2.0, label="w")
    (v * 3.0).backward()
    assert repr(v) == "Value(data=2.0, grad=3.0, label='w')"
    assert repr(Value([1.0])) == "Value(data=array([1.]), grad=array([0.]))"


@given(st.floats(), st.sampled_from([".3f", "10.2e", "g", "+.0%"]))
def test_a_format_is_applied_to_the_number(x, spec):
    assert f"{Value(x):{spec}}" == f"{x:{spec}}"


def test_an_empty_format_is_the_repr():
    assert f"{Value(2.0)}" == str(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_plus_v_is_v():
    v = Value(2.0)
    assert +v is v


# -- indexing ----------------------------------------------------------------------------------


def test_an_index_that_repeats_adds_its_gradients():
    v = Value([1.0, 2.0, 3.0])
    (v[[0, 0, 2]] * [1.0, 10.0, 100.0]).sum().backward()
    assert v.grad.tolist() == [11.0, 0.0, 100.0]


def test_a_mask_chooses_elements():
    v = Value([1.0, -2.0, 3.0])
    chosen = v[v > 0]
    chosen.sum().backward()
    assert chosen.data.tolist() == [1.0, 3.0]
    assert v.grad.tolist() == [1.0, 0.0, 1.0]


def test_an_index_out_of_range_is_an_index_error_with_the_size():
    with pytest.raises(IndexError, match=r"index 5 .* size 2"):
        Value([1.0, 2.0])[5]
    with pytest.raises(IndexError, match="0-dimensional"):
        Value(1.0)[0]


# -- shapes that do not fit --------------------------------------------------------------------


@pytest.mark.parametrize("name", BINARY)
def test_shapes_that_do_not_broadcast_are_refused_with_both_and_the_rule(name):
    message = r"\(2,\) and \(3,\).*Shapes broadcast when"
    with pytest.raises(ValueError, match=message):
        BINARY[name](Value(np.ones(2)), Value(np.ones(3)))
    with pytest.raises(ValueError, match=message):
        BINARY[name](np.ones(2), Value(np.ones(3)))


@pytest.mark.parametrize(
    ("left", "right"), [((2, 3), (2, 3)), ((2, 3), (4,)), ((), (2,)), ((), ())], ids=str
)
def test_matrices_that_do_not_fit_are_refused_with_both_shapes_and_what_to_do(left, right):
    shapes = f"matmul cannot take shapes {left} and {right}".replace("(", r"\(").replace(")", r"\)")
    for product in (operator.matmul, np.matmul):
        with pytest.raises(ValueError, match=f"{shapes}.*Reshape or transpose an input"):
            product(Value(np.ones(left)), Value(np.ones(right)))


def test_a_reshape_to_another_size_is_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"reshape .*\(4,\).*\(3,\)"):
        Value(np.ones(4)).reshape(3)


def test_an_axis_that_is_not_there_is_refused_with_the_shape():
    with pytest.raises(ValueError, match=r"sum .*\(2, 3\).*axis 5"):
        Value(np.ones((2, 3))).sum(axis=5)


@given(st.integers(-9, 9), st.integers(1, 9), st.sampled_from([float, lambda x: np.array([x])]))
def test_quotient_and_remainder_are_those_of_python(n, d, kind):
    x, y = kind(n + 0.25), kind(float(d))
    for a, b in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert (a // b).data == x // y
        assert (a % b).data == x % y
    v, w = Value(n + 0.25), Value(float(d))
    (v % w).backward()
    assert (v.grad, w.grad) == (1.0, -((n + 0.25) // d))


@pytest.mark.parametrize("data", [1 + 2j, [1.0, 1j], np.array([1j]), np.complex64(1j)])
def test_complex_numbers_stay_what_they_are(data):
    v = Value(data)
    assert v.dtype == np.asarray(data).dtype
    assert (v * 2.0).dtype == v.dtype
    assert np.array_equal((v * 2.0).data, np.asarray(data) * 2.0)


# -- methods -----------------------------------------------------------------------------------


def test_reshape_and_transpose_take_numbers_or_a_tuple():
    v = Value(np.arange(6.0).reshape(2, 3))
    assert v.reshape(3, 2).shape == v.reshape((3, 2)).shape == v.reshape(3, -1).shape == (3, 2)
    assert v.transpose().shape == v.T.shape == v.transpose(1, 0).shape == (3, 2)
    assert v.transpose((1, 0)).shape == v.swapaxes(0, 1).shape == (3, 2)


def test_sum_and_mean_take_an_axis_and_keepdims():
    v = Value(np.arange(6.0).reshape(2, 3))
    assert v.sum(axis=0).data.tolist() == [3.0, 5.0, 7.0]
    assert v.mean(axis=1, keepdims=True).data.tolist() == [[1.0], [4.0]]
    assert v.sum(axis=(0, 1)).data == 15.0


@given(st.floats(-3, 3), st.floats(0, 1))
def test_leaky_relu_takes_its_slope(x, slope):
    v = Value(x)
    y = v.leaky_relu(slope)
    y.backward()
    assert y.data == (x if x > 0 else slope * x)
    assert v.grad == (1.0 if x > 0 else slope)


def test_a_power_of_two_floats_stays_a_float():
    assert type(real_power(2.0, 3.0)) is type(real_power(-8.0, 2)) is float


def test_a_result_is_held_as_a_floating_number_or_the_very_array():
    for one in (2, True):
        assert type(scalar_or_array(one)) is float
    for one in (np.float64(2), np.int8(2), np.array(2.0), np.True_):
        assert type(scalar_or_array(one)) is np.float64
    for one in (1j, np.complex128(1j), np.array(1j)):
        assert type(scalar_or_array(one)) is np.complex128
        assert scalar_or_array(one) == 1j
    assert type(scalar_or_array(np.array(2.0, np.float32))) is np.float32
    array = np.ones(2)
    assert scalar_or_array(array) is array


def test_an_operation_with_what_speaks_numpy_but_has_no_dtype_is_refused():
    class Stranger:
        def __array_function__(self, *call):
            return NotImplemented

    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) + Stranger()


def test_a_list_on_either_side_is_remembered_as_an_array():
    v = Value([1.0, 2.0])
    for y, place in ((v * [3.0, 4.0], 1), ([3.0, 4.0] * v, 0)):
        assert type(y.inputs[place]) is np.ndarray
        assert y.inputs[1 - place] is v


@pytest.mark.parametrize("result", [2, 1j])
def test_an_operation_may_return_pythons_own_numbers(result):
    y = record(TABLE["add"], result, ())
    assert y.data == result
    assert (y.shape, y.dtype.kind) == ((), "c" if result == 1j else "f")


def test_where_pythons_floats_raise_the_operator_gives_numpys_answer():
    with np.errstate(all="ignore"):
        assert (Value(1.0) / 0.0).data == np.inf
        assert (-1.0 / Value(0.0)).data == -np.inf
        assert (Value(10.0) ** 1000.0).data == np.inf


def test_constant_functions_take_a_value_by_name():
    assert np.argmax(a=Value([1.0, 3.0])) == 1


@pytest.mark.parametrize("label", [5, 2.0, b"x", ["x"]], ids=repr)
def test_a_label_that_is_not_text_is_refused(label):
    with pytest.raises(TypeError, match="a label is text, not"):
        Value(2.0, label=label)


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of another library, as far as the engine can tell."""

    def __init__(self, data):
        self.inside = np.asarray(data, float)

    dtype, shape, ndim, size = (
        property(lambda self, name=name: getattr(self.inside, name))
        for name in ("dtype", "shape", "ndim", "size")
    )

    def astype(self, dtype):
        return Foreign(self.inside.astype(dtype))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if any(type(x) is Value for x in inputs):
            return NotImplemented
        plain = [x.inside if type(x) is Foreign else x for x in inputs]
        return Foreign(getattr(ufunc, method)(*plain, **kwargs))

    def __array_function__(self, function, types, args, kwargs):
        return NotImplemented


def test_a_value_that_holds_an_array_of_another_library_works_with_its_kind():
    x = Value(Foreign([1.0, 2.0]))
    y = x * Foreign([3.0, 4.0]) * 2.0
    assert y.data.inside.tolist() == [6.0, 16.0]


@pytest.mark.parametrize(
    "mix",
    [
        lambda v, o: v * o,
        np.multiply,
        np.arctan2,
        lambda v, o: v * Value(o),
    ],
    ids=["operator", "function", "another", "of two Values"],
)
@pytest.mark.parametrize("data", [2.0, [2.0, 3.0]], ids=["scalar", "array"])
def test_a_value_that_meets_an_array_of_another_library_refuses_at_once(mix, data):
    with pytest.raises(TypeError, match=r"gives another Foreign, whose gradient the Value cannot"):
        mix(Value(data), Foreign([1.0, 2.0]))


@pytest.mark.parametrize(
    "mix",
    [
        lambda v, m: np.average(v, weights=m),
        lambda v, m: np.average(m, weights=v),
        lambda v, m: np.trapezoid(v, x=m),
        lambda v, m: np.where(m > 0, v, 0.0),
        lambda v, m: np.concatenate([v, m]),
        lambda v, m: v * m,
    ],
    ids=["weights", "weighted", "trapezoid", "where", "concatenate", "multiply"],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [np.ma.array, np.matrix], ids=["masked", "matrix"])
def test_a_mask_is_never_lost_without_a_word(mix, make):
    with pytest.raises(TypeError, match=r"mask|matrix"):
        mix(Value([1.0, 2.0]), make([1.0, 2.0]))

"""NumPy's own functions on Values: found in the table, constant by nature, or refused by name."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, Primitive, arguments, table
from tinygrad_xor.engine.table import BY_FUNCTION


def nin(function):
    """How many arguments a ufunc that takes floats has; None for other functions."""
    is_float = isinstance(function, np.ufunc) and function is not np.ldexp
    return function.nin if is_float and function.signature is None else None


two_shapes = hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=3)

# -- functions with an entry -------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [f for f, e in BY_FUNCTION.items() if type(e) is Primitive and nin(f) == 1],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("data", [0.5, [0.5, 1.5], np.float32(0.5), np.ones((2, 0))], ids=repr)
def test_a_function_of_one_value_is_a_value_that_knows_its_entry(function, data):
    x = Value(data)
    with np.errstate(invalid="ignore", divide="ignore"):  # some are outside of the domain
        y = function(x)
        expected = function(x.data)
    assert type(y) is Value
    assert y.primitive is BY_FUNCTION[function]
    assert y.inputs == (x,) if np.ndim(data) == 0 else y.inputs[0] is x
    assert np.array_equal(y.data, expected, equal_nan=True)


@pytest.mark.parametrize(
    "function",
    [f for f, e in BY_FUNCTION.items() if type(e) is Primitive and nin(f) == 2],
    ids=lambda f: f.__name__,
)
def test_a_function_of_two_takes_a_value_on_either_side(function):
    data, other = np.array([[1.5, 2.0], [0.5, 1.0]]), np.array([[2.0, 3.0], [1.0, 0.5]])
    for x, y in ((Value(data), other), (data, Value(other)), (Value(data), Value(other))):
        z = function(x, y)
        assert type(z) is Value
        assert z.primitive is BY_FUNCTION[function]
        assert np.array_equal(z.data, function(data, other))


@pytest.mark.parametrize(
    "call",
    {
        "sum": lambda v: np.sum(v, axis=0),
        "sum by position": lambda v: np.sum(v, 0),
        "sum by name": lambda v: np.sum(a=v, axis=0, keepdims=True),
        "mean": lambda v: np.mean(v, axis=1),
        "mean by position": lambda v: np.mean(v, 1),
        "reshape": lambda v: np.reshape(v, (3, 2)),
        "reshape to -1": lambda v: np.reshape(v, -1),
        "reshape by columns": lambda v: np.reshape(v, (3, 2), order="F"),
        "transpose": np.transpose,
        "transpose with axes": lambda v: np.transpose(v, (1, 0)),
        "swapaxes": lambda v: np.swapaxes(v, 0, 1),
        "broadcast_to": lambda v: np.broadcast_to(v, (4, 2, 3)),
        "expand_dims": lambda v: np.expand_dims(v, 1),
        "where": lambda v: np.where(v > 0.0, v, 0.1 * v),
        "matmul": lambda v: np.matmul(v, np.ones((3, 2))),
        "add.reduce": np.add.reduce,
        "add.reduce over an axis": lambda v: np.add.reduce(v, axis=1, keepdims=True),
    }.items(),
    ids=lambda case: case[0],
)
def test_parameters_may_be_written_as_numpy_takes_them(call):
    _, compute = call
    data = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
    v = Value(data)
    result = compute(v)
    assert type(result) is Value
    assert np.array_equal(result.data, compute(data))
    result.sum().backward()
    assert v.grad.shape == data.shape


@given(two_shapes)
def test_an_array_on_the_left_of_an_operator_leaves_it_to_the_value(shapes):
    a, b = (np.full(shape, 2.0) for shape in shapes.input_shapes)
    for z in (a + Value(b), a - Value(b), a * Value(b), a / Value(b), a ** Value(b)):
        assert type(z) is Value
        assert z.shape == shapes.result_shape
        assert np.array_equal(z.inputs[0], a)


@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2), np.True_])
def test_numpys_scalars_on_the_left_leave_it_to_the_value(scalar):
    v = Value(3.0)
    for z, right in (
        (scalar + v, scalar + 3.0),
        (scalar - v, scalar - 3.0),
        (scalar * v, scalar * 3.0),
        (scalar / v, scalar / 3.0),
        (scalar**v, scalar**3.0),
    ):
        assert type(z) is Value
        assert z.data == right
        v.grad = 0
        z.backward()
        assert type(v.grad) is float


def test_a_product_of_matrices_with_an_array_on_either_side():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    for product in (a @ Value(b), Value(a) @ b, Value(a) @ Value(b), a.tolist() @ Value(b)):
        assert type(product) is Value
        assert np.array_equal(product.data, a @ b)


# -- functions without a gradient by nature ----------------------------------------------------


@given(st.floats(), st.floats())
def test_comparisons_and_questions_give_plain_booleans(x, y):
    a, b = Value(x), Value(y)
    for compare in (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal):
        for result in (compare(a, b), compare(a, y), compare(x, b)):
            assert isinstance(result, (bool, np.bool_))
            assert result == compare(x, y)
    for question in (np.isnan, np.isinf, np.isfinite, np.signbit):
        assert isinstance(question(a), (bool, np.bool_))
        assert question(a) == question(x)


@pytest.mark.parametrize(
    "call",
    [
        np.shape,
        np.ndim,
        np.size,
        np.argmax,
        np.argmin,
        np.count_nonzero,
        lambda v: np.argsort(v, axis=0),
        lambda v: np.all(v > 0),
        lambda v: np.any(v, axis=1),
        np.zeros_like,
        lambda v: np.ones_like(v, dtype=np.float32),
        lambda v: np.allclose(v, v),
        lambda v: np.isclose(v, [[1.0], [3.0]]),
        lambda v: np.array_equal(v, v),
        lambda v: np.logical_and(v, v > 0),
        lambda v: np.result_type(v, np.float32),
    ],
)
def test_constant_functions_give_what_they_give_for_the_data(call):
    data = np.array([[1.0, -2.0], [0.0, 4.0]])
    result = call(Value(data))
    assert not isinstance(result, Value)
    assert np.array_equal(result, call(data))
    assert not np.asarray(result).dtype.hasobject or isinstance(result, np.dtype)


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "call"),
    {
        "np.histogram": np.histogram,
        "np.unique": np.unique,
        "np.frexp": np.frexp,
        "np.roots": np.roots,
        "np.copyto": lambda v: np.copyto(np.zeros(2), v),
        "np.fmax.accumulate": np.fmax.accumulate,
        "np.add.reduceat": lambda v: np.add.reduceat(v, [0]),
        "np.add.at": lambda v: np.add.at(np.zeros(2), [0, 1], v),
    }.items(),
)
def test_a_numpy_function_without_an_entry_is_a_type_error_that_names_it(name, call):
    with pytest.raises(TypeError, match=f"^{name.replace('.', '[.]')} "):
        call(Value([1.0, 2.0]))


def test_the_error_says_how_to_add_an_entry():
    with pytest.raises(TypeError, match=r"compose it .* or add it with .*engine\.primitive"):
        np.unique(Value([1.0]))


@pytest.mark.parametrize(
    ("parameter", "call"),
    {
        "dtype": lambda v: np.sum(v, dtype=np.float32),
        "correction": lambda v: np.var(v, correction=1),
        "out": lambda v: np.sum(v, out=np.zeros(())),
        "casting": lambda v: np.exp(v, casting="unsafe"),
    }.items(),
)
def test_a_parameter_that_the_rule_does_not_know_is_refused_by_name(parameter, call):
    with pytest.raises(TypeError, match=f"does not take {parameter}="):
        call(Value([1.0, 2.0]))


def test_where_with_one_argument_has_no_derivative_and_is_refused():
    with pytest.raises(TypeError, match=r"np\.where of a Value needs 3 arguments"):
        np.where(Value([1.0, 0.0]))


@pytest.mark.parametrize("call", [np.exp, lambda v, out: np.add(v, 1.0, out=out)])
def test_out_is_refused_and_the_array_is_not_written(call):
    out = np.zeros(2)
    with pytest.raises(TypeError, match=r"out= and in-place operators.*gradient would be lost"):
        call(Value([1.0, 2.0]), out=out)
    assert out.tolist() == [0.0, 0.0]


def test_in_place_operators_of_an_array_are_refused_and_it_is_not_written():
    a = np.ones(2)
    v = Value([1.0, 2.0])
    with pytest.raises(TypeError, match=r"Write a = a \+ v instead of a \+= v"):
        a += v
    with pytest.raises(TypeError, match="in-place"):
        a *= v
    with pytest.raises(TypeError, match="in-place"):
        a /= Value(2.0)
    assert a.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("data", [1.0, [1.0, 2.0], np.ones((2, 2), np.float32)], ids=np.ndim)
@pytest.mark.parametrize(
    "convert",
    [
        np.array,
        np.asarray,
        np.asanyarray,
        np.ascontiguousarray,
        np.ma.array,
        lambda v: np.array([v]),
        lambda v: np.array([v, v]),
        lambda v: np.asarray([[v], [v]]),
        lambda v: np.array(v, dtype=object),
        lambda v: np.array([v, v], dtype=object),
        lambda v: np.exp([v, v]),
        lambda v: np.sum([v, v]),
        lambda v: np.zeros(3)[v],
    ],
)
def test_a_value_never_becomes_an_array_let_alone_one_of_objects(convert, data):
    with pytest.raises(
        TypeError, match=r"turn a Value into a plain array.*tinygrad_xor\.array\(nested\).*v\.data"
    ):
        convert(Value(data))


def test_storing_a_value_in_an_array_is_refused():
    a = np.zeros(2)
    with pytest.raises((TypeError, ValueError)):
        a[0] = Value(1.0)
    with pytest.raises(TypeError, match="lose its gradient"):
        a[:] = Value([1.0, 2.0])
    assert a.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "convert", [float, int, complex, math.exp, math.trunc, math.floor], ids=lambda f: f.__name__
)
def test_float_and_the_math_module_are_refused_and_the_way_out_is_named(convert):
    with pytest.raises(
        TypeError,
        match=r"would lose the gradient: use NumPy's "
        r"function, np\.exp\(v\).*tinygrad_xor\.array\(values\).*v\.item\(\)",
    ):
        convert(Value(1.0))


@pytest.mark.parametrize(
    "call",
    [
        lambda v, m: v * m,
        lambda v, m: m * v,
        np.multiply,
        lambda v, m: np.multiply(m, v),
        np.ma.add,
        lambda v, m: m / v,
        lambda v, m: v @ m,
    ],
)
def test_a_masked_array_does_not_take_the_number_and_lose_the_gradient(call):
    for data in (2.0, [1.0, 2.0]):
        with pytest.raises(TypeError, match=r"no mask|lose its gradient"):
            call(Value(data), np.ma.array([1.0, 2.0], mask=[True, False]))


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "power", "matmul"])
@pytest.mark.parametrize("stranger", [object(), {"a": 1}, print], ids=lambda x: type(x).__name__)
def test_a_function_of_a_value_and_a_stranger_is_a_type_error(name, stranger):
    function = getattr(np, name)
    with pytest.raises(TypeError):
        function(Value(1.0), stranger)
    with pytest.raises(TypeError):
        function(stranger, Value(1.0))


def test_an_array_of_objects_is_refused_on_either_side():
    objects = np.array([1.0, 2.0], dtype=object)
    for call in (lambda v: objects * v, lambda v: v * objects, lambda v: np.maximum(v, objects)):
        with pytest.raises(TypeError, match="dtype object"):
            call(Value([1.0, 2.0]))


@pytest.mark.parametrize("name", [n for n, e in TABLE.items() if e.calls is None])
@pytest.mark.parametrize("data", [0.5, [0.5, 0.75], np.float32(0.5)], ids=repr)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_no_entry_ever_gives_an_array_of_objects(name, data):
    entry = TABLE[name]
    leaves = [Value(data) for rule in entry.rules if rule is not None]
    left = iter(leaves)
    y = entry(*[2 if rule is None else next(left) for rule in entry.rules])
    y.sum().backward()
    for thing in (y.data, y.grad, *[leaf.grad for leaf in leaves]):
        assert np.asarray(thing).dtype.kind == "f"


# -- parameters with their default, and functions that do not tell theirs -----------------------


def test_a_parameter_that_no_rule_knows_may_be_there_with_its_default():
    v = Value([1.0, 2.0])
    equal_not_the_same = "".join(["same", "_kind"])
    assert np.stack([v, v], casting=equal_not_the_same).shape == (2, 2)
    with pytest.raises(TypeError, match="does not take casting="):
        np.concatenate([v, v], casting="no")


def test_functions_whose_parameters_are_not_known_take_those_of_their_rules(monkeypatch):
    tells = arguments.signature

    def tells_of_ours(function):
        if function.__module__.startswith("numpy"):
            raise ValueError
        return tells(function)

    monkeypatch.setattr(arguments, "signature", tells_of_ours)
    monkeypatch.setattr(arguments, "_names_of", arguments._names_of.__wrapped__)  # nothing is known
    v = Value([[1.0, 2.0]])
    assert np.sum(v, 0).data.tolist() == [1.0, 2.0]
    assert np.cumsum(v, axis=1, out=None).data.tolist() == [[1.0, 3.0]]
    with pytest.raises(TypeError, match="does not take out="):
        np.cumsum(v, axis=1, out=np.zeros((1, 2)))


def test_a_constant_function_gets_its_parameters():
    assert np.greater(Value([1.0, 3.0]), 2.0, dtype=object).dtype == object


def test_more_entries_come_when_they_are_missed_and_their_module_is_imported(monkeypatch):
    monkeypatch.delitem(BY_FUNCTION, np.tanh)
    monkeypatch.setattr(table, "LATER", later := {})
    later["numpy"] = lambda: monkeypatch.setitem(BY_FUNCTION, np.tanh, TABLE["tanh"])
    later["a module that nobody imported"] = lambda: pytest.fail("it is not imported")
    assert table.find(np.exp) is TABLE["exp"]
    assert "numpy" in later
    assert table.find(np.tanh) is TABLE["tanh"]
    assert table.find(np.frexp) is None
    assert list(later) == ["a module that nobody imported"]


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_logaddexp_reduce_is_logsumexp(axis):
    a = np.array([[1.0, 2.0, 3.0], [1000.0, -1000.0, 0.0]])
    v = Value(a)
    made = np.logaddexp.reduce(v, axis=axis)
    assert made.data == pytest.approx(np.logaddexp.reduce(a, axis=axis), rel=1e-14, abs=0)
    made.sum().backward()
    assert v.grad.sum() == pytest.approx(np.size(made.data))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("extreme", [np.maximum, np.minimum])
def test_running_extremes_are_found_by_the_method_of_the_ufunc(extreme, axis):
    a = np.array([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    v = Value(a)
    made = extreme.accumulate(v, axis=axis)
    assert made.data.tolist() == extreme.accumulate(a, axis=axis).tolist()
    made.sum().backward()
    assert v.grad.sum() == 6.0

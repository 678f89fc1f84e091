"""The methods of a Value: NumPy's numbers, and changes in place without changing anything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.testing import check_gradients
from tinygrad_xor.testing import strategies as gst

DATA = np.array([[0.5, 0.25, 0.75], [0.125, 1.0, 0.875]])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[
            (name, ())
            for name in "sum mean prod max min var std ravel flatten squeeze conj".split()
        ],
        *[(name, (0,)) for name in "sum mean prod max min cumsum argmax argmin var std".split()],
        ("reshape", (3, 2)),
        ("reshape", ((3, 2),)),
        ("transpose", ()),
        ("transpose", (1, 0)),
        ("swapaxes", (0, 1)),
        ("clip", (0.3, 0.8)),
        ("round", (1,)),
        ("dot", (np.ones(3),)),
        ("astype", (np.float32,)),
    ],
)
def test_a_method_gives_what_the_method_of_an_array_gives(name, arguments):
    result = getattr(Value(DATA), name)(*arguments)
    expected = getattr(DATA, name)(*arguments)
    assert np.array_equal(result.data if type(result) is Value else result, expected)


@pytest.mark.parametrize("name", "exp log log1p expm1 sqrt square abs sin cos tanh".split())
def test_a_method_gives_what_numpys_function_gives(name):
    assert np.array_equal(getattr(Value(DATA), name)().data, getattr(np, name)(DATA))


@pytest.mark.parametrize("name", ["T", "mT", "real", "imag"])
def test_a_property_gives_what_that_of_an_array_gives(name):
    assert np.array_equal(getattr(Value(DATA), name).data, getattr(DATA, name))


# -- v.at[index] -------------------------------------------------------------------------------


@given(st.data())
def test_at_set_and_add_do_what_item_assignment_does_on_a_copy(data):
    entry = data.draw(st.sampled_from(["index_set", "index_add"]))
    from tinygrad_xor.engine import TABLE

    call = data.draw(gst.calls(TABLE[entry]))
    v, new = call.inputs
    index = call.params["index"]
    before, expected = np.array(v.data), np.array(v.data)
    if entry == "index_set":
        expected[index] = new.data
        result = v.at[index].set(new)
    else:
        np.add.at(expected, index, new.data)
        result = v.at[index].add(new)
    assert np.array_equal(result.data, expected)
    assert np.array_equal(v.data, before)


@pytest.mark.parametrize(
    "index", [np.array([True, False, True]), [2, 0, 2], slice(None, None, -1), ..., (None, 1)]
)
def test_at_takes_every_index_and_has_a_gradient_for_what_is_there_and_what_is_put_there(index):
    v = np.array([1.0, 2.0, 3.0])
    new = np.arange(10.0, 10.0 + v[index].size).reshape(v[index].shape)
    check_gradients(lambda v, new: v.at[index].set(new), v, new)
    check_gradients(lambda v, new: v.at[index].add(new), v, new)


def test_where_an_index_repeats_the_last_one_set_gets_the_gradient():
    v, new = Value([1.0, 2.0]), Value([10.0, 20.0])
    y = v.at[[0, 0]].set(new)
    y.sum().backward()
    assert y.data.tolist() == [20.0, 2.0]
    assert new.grad.tolist() == [0.0, 1.0]
    assert v.grad.tolist() == [0.0, 1.0]


def test_where_an_index_repeats_all_that_is_added_counts():
    v, new = Value([1.0, 2.0]), Value([10.0, 20.0])
    y = v.at[[0, 0]].add(new)
    y.backward([5.0, 7.0])
    assert y.data.tolist() == [31.0, 2.0]
    assert new.grad.tolist() == [5.0, 5.0]


def test_item_assignment_names_the_way_to_do_it():
    with pytest.raises(TypeError, match=r"v = v\.at\[index\]\.set\(new\)"):
        Value([1.0, 2.0])[0] = 3.0


# -- parameters and defaults -------------------------------------------------------------------


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
@pytest.mark.parametrize("name", "sum mean prod max min var std".split())
def test_a_reduction_takes_an_axis_and_keepdims(name, axis, keepdims):
    result = getattr(Value(DATA), name)(axis=axis, keepdims=keepdims)
    expected = getattr(DATA, name)(axis=axis, keepdims=keepdims)
    assert result.shape == np.shape(expected)
    assert np.array_equal(result.data, expected)


@pytest.mark.parametrize("name", ["var", "std"])
def test_a_variance_takes_ddof(name):
    assert getattr(Value(DATA), name)(ddof=1).data == getattr(DATA, name)(ddof=1)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_logsumexp_is_the_logarithm_of_the_sum_of_exponentials(axis):
    for keepdims in (False, True):
        result = Value(DATA).logsumexp(axis, keepdims).data
        expected = np.log(np.sum(np.exp(DATA), axis=axis, keepdims=keepdims))
        assert np.shape(result) == expected.shape
        assert result == pytest.approx(expected)
    assert np.shape(Value(DATA).logsumexp(axis).data) == np.shape(DATA.sum(axis))


def test_softmax_and_its_logarithm_take_an_axis_and_the_last_one_by_default():
    shares = np.exp(DATA) / np.exp(DATA).sum(axis=-1, keepdims=True)
    first = np.exp(DATA) / np.exp(DATA).sum(axis=0)
    assert Value(DATA).softmax().data == pytest.approx(shares)
    assert Value(DATA).softmax(0).data == pytest.approx(first)
    assert Value(DATA).log_softmax().data == pytest.approx(np.log(shares))
    assert Value(DATA).log_softmax(0).data == pytest.approx(np.log(first))


def test_the_defaults_of_round_and_leaky_relu():
    assert np.array_equal(Value(DATA).round().data, DATA.round())
    assert Value([-2.0, 3.0]).leaky_relu().data.tolist() == [-0.02, 3.0]


def test_axes_are_moved_and_taken_away_as_they_are_given():
    array = np.arange(6.0).reshape(1, 2, 3, 1)
    v = Value(array)
    assert v.squeeze(0).shape == (2, 3, 1)
    for order in ((1, 2, 3, 0), ((1, 2, 3, 0),)):
        assert np.array_equal(v.transpose(*order).data, array.transpose(1, 2, 3, 0))
    assert v.reshape(6).shape == v.reshape((6,)).shape == v.reshape(-1).shape == (6,)


def test_numpys_methods_are_there_and_give_its_numbers():
    a = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]])
    v = Value(a)
    for name, args in {
        "take": ([0, 2],),
        "repeat": (2,),
        "trace": (),
        "dot": (a.T,),
        "sort": (),
        "diagonal": (),
        "cumprod": (),
        "conjugate": (),
        "copy": (),
    }.items():
        made = getattr(v, name)(*args)
        assert type(made) is Value
        assert np.array_equal(made.data, getattr(a, name)(*args) if name != "sort" else np.sort(a))
    for name, args in {"argsort": (), "nonzero": (), "any": (0,), "all": (0,)}.items():
        assert np.array_equal(getattr(v, name)(*args), getattr(a, name)(*args))
    assert [x.data for x in v.flat] == a.ravel().tolist()
    assert v.flat[3].data == a.flat[3]
    assert v.tolist() == a.tolist()
    assert Value(2.0).tolist() == 2.0
    assert (round(v * 1.04, 1).data == np.round(a * 1.04, 1)).all()
    assert round(Value(2.6)).data == 3.0
    assert [x.data for x in divmod(Value(7.0), 2.0)] == [3.0, 1.0]
    assert [x.data for x in divmod(7.0, Value(2.0))] == [3.0, 1.0]


def test_a_copy_passes_the_gradient_on_and_a_detached_leaf_does_not():
    x = Value([1.0, 2.0], label="x")
    (x.copy() * x.detach()).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]
    assert x.detach().label == "x"
    assert x.copy().data is not x.data
    plain = x.numpy()
    plain[0] = 9.0
    assert x.data.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("base", [-2, -2.0])
def test_a_negative_base_with_a_broken_exponent_is_nan_and_never_complex(base):
    with np.errstate(invalid="ignore"):
        assert np.isnan((base ** Value(2.5)).data)


@pytest.mark.parametrize("whole", [np.floor, np.ceil, np.trunc, np.rint, np.round, np.sign])
def test_whole_numbers_become_plain_integers_where_that_loses_no_gradient(whole):
    for data in (2.7, [2.7, -1.2]):
        made = whole(Value(data)).astype(int)
        assert np.array_equal(made, whole(np.array(data)).astype(int))
        assert made.dtype == int
    with pytest.raises(TypeError, match="would have no gradient"):
        Value(2.0).astype(int)

"""Arrays made of Values, nested as people write them; and what NumPy would have lost, by name."""

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, array, grad, jacobian


def test_a_rotation_is_written_as_in_numpy():
    def turned(angle):
        c, s = np.cos(angle), np.sin(angle)
        return array([[c, -s], [s, c]]) @ np.array([1.0, 2.0])

    a = 0.3
    c, s = np.cos(a), np.sin(a)
    assert jacobian(turned)(a) == pytest.approx([-s - 2 * c, c - 2 * s], rel=1e-15, abs=0)
    assert jacobian(jacobian(turned))(a) == pytest.approx(
        [-c + 2 * s, -s - 2 * c], rel=1e-15, abs=0
    )


def nested(leaves):
    return st.recursive(leaves, lambda rows: st.lists(rows, min_size=1, max_size=3), max_leaves=8)


@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_it_is_numpys_array_of_the_data_and_each_value_has_its_own_gradient(rows, columns, data):
    numbers = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    is_value = data.draw(
        st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns).filter(any)
    )
    mixed = [Value(x) if v else x for x, v in zip(numbers.ravel(), is_value, strict=True)]
    as_rows = [mixed[i * columns : (i + 1) * columns] for i in range(rows)]
    made = array(as_rows)
    assert made.data.tolist() == numbers.tolist()
    made.backward(10.0 * numbers)
    assert all(x.grad == 10.0 * x.data for x in mixed if type(x) is Value)


def test_arrays_values_and_numbers_mix_at_every_depth():
    row, x = np.array([1.0, 2.0]), Value(3.0)
    w = Value([4.0, 5.0])
    made = array(([x, 0.5], row, w, (x * 2.0, 7)))
    assert made.data.tolist() == [[3.0, 0.5], [1.0, 2.0], [4.0, 5.0], [6.0, 7.0]]
    made.sum().backward()
    assert (x.grad, w.grad.tolist()) == (3.0, [1.0, 1.0])


def test_without_values_it_is_numpys_own_and_a_value_alone_is_handed_back():
    assert type(array([[1, 2], [3, 4]])) is np.ndarray
    v = Value([1.0])
    assert array(v) is v


@pytest.mark.parametrize("other", [(x for x in [1.0]), None, {1.0}], ids=["rows", "None", "set"])
def test_what_is_no_array_of_numbers_is_refused(other):
    with pytest.raises(TypeError, match=r"array\(\) takes numbers, arrays and Values, nested in"):
        array(other)


def test_rows_that_differ_in_shape_are_refused_with_their_shapes():
    with pytest.raises(ValueError, match=r"rows differ in shape.*\[\(2,\), \(1,\)\]"):
        array([[Value(1.0), 2.0], [3.0]])


@pytest.mark.parametrize("build", [array, np.stack, np.concatenate, np.hstack])
def test_the_gradient_of_many_values_joined_looks_at_each_of_them_once(build):
    """Not n times at n of them: the rule is asked once, and the lengths are added up once."""

    def calls(n):
        values = [Value([float(i)]) for i in range(n)]
        total = build(values).sum()
        count = itertools.count()
        sys.setprofile(lambda frame, event, argument: next(count))
        try:
            total.backward()
        finally:
            sys.setprofile(None)
        assert [v.grad for v in values] == [[1.0]] * n
        return next(count)

    assert calls(400) < 12 * calls(40)


LOST = {
    "np.array": lambda a, v: np.array([[v, v], [v, v]]),
    "np.vstack": lambda a, v: np.vstack([[v, v], [v, v]]),
    "np.diag": lambda a, v: np.diag([v, v]),
    "np.r_": lambda a, v: np.r_[v, v],
    "np.mean": lambda a, v: np.mean([v, v]),
    "np.full": lambda a, v: np.full(2, v),
    "a.dot(v)": lambda a, v: a.dot(v),
    "a[0] = v": lambda a, v: a.__setitem__(0, v),
    "a.fill(v)": lambda a, v: a.fill(v),
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST.keys())
def test_what_would_lose_the_gradient_names_what_works(lose):
    a = np.zeros(2)
    with pytest.raises((TypeError, ValueError)) as caught:
        lose(a, Value(2.0))
    said = f"{caught.value} {caught.value.__cause__}"
    assert "tinygrad_xor.array(" in said
    assert a.tolist() == [0.0, 0.0]


def test_what_the_messages_name_works():
    x = Value(2.0)
    a = np.array([[1.0, 2.0]])
    (a @ array([x, x]) + np.broadcast_to(x, 1) + np.diag(array([x, x])).sum()).backward(np.ones(1))
    assert x.grad == 3.0 + 1.0 + 2.0
    assert np.append(Value([1.0]), [x, 3.0]).data.tolist() == [1.0, 2.0, 3.0]
    assert np.vstack([array([x, x]), [1.0, 1.0]]).data.tolist() == [[2.0, 2.0], [1.0, 1.0]]
    assert grad(lambda xs: np.mean(array(xs)))([1.0, 2.0]) == [0.5, 0.5]


def test_a_masked_array_in_it_is_refused():
    with pytest.raises(TypeError, match="would lose the mask"):
        array([Value([1.0, 2.0]), np.ma.masked_array([1.0, 2.0], [0, 1])])

"""Arrays joined, filled in and taken apart, at every place and along every axis."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.testing import check_gradients

X = np.sin(np.arange(1.0, 17.0) ** 2).reshape(4, 4)
STACK = X.reshape(2, 4, 2)


def check(call, *arrays):
    """NumPy's very numbers, and right gradients."""
    result, expected = call(*map(Value, arrays)), np.asarray(call(*arrays))
    assert np.array_equal(result.data, expected)
    if expected.size:
        check_gradients(call, *arrays, order=1, modes=("reverse",), directions=2)


@pytest.mark.parametrize("join", [np.vstack, np.hstack, np.dstack, np.column_stack])
def test_one_array_or_several_are_joined(join):
    for arrays in ([X[0]], [X[0], X[1], X[2]], [X], [X, X[:, ::-1]]):
        check(lambda *a: join(a), *arrays)


@pytest.mark.parametrize("place", [-4, -1, 0, 1, 3, 4])
def test_something_is_inserted_at_every_place(place):
    check(lambda v: np.insert(v, place, 7.0), X[0])
    for axis in (0, 1):
        check(lambda v, w, axis=axis: np.insert(v, place, w, axis), X, X[1])
    for outside in (-5, 5):
        with pytest.raises(IndexError, match=f"there is no place {outside} along axis 0"):
            np.insert(Value(X), outside, 1.0, axis=0)


@pytest.mark.parametrize("parts", [2, 4, [1], [1, 3], [0, 2, 4]], ids=str)
def test_arrays_are_split_into_equal_parts_or_at_places(parts):
    count = parts if type(parts) is int else len(parts) + 1
    for split in (np.split, np.array_split, np.hsplit, np.vsplit):
        for i in range(count):
            check(lambda v, i=i, split=split: split(v, parts)[i], X)
        assert len(split(Value(X), parts)) == count
    check(lambda v: np.hsplit(v, parts)[-1], X[0])
    check(lambda v: np.split(v, parts, axis=1)[0], X)
    check(lambda v: np.dsplit(v, 2)[1], STACK)


def test_parts_may_be_unequal_by_one():
    for axis in (0, 1):
        parts = np.array_split(Value(X), 3, axis)
        assert [p.shape[axis] for p in parts] == [2, 1, 1]


def test_arrays_are_taken_apart_along_an_axis():
    for axis in (0, 1, -1):
        check(lambda v, axis=axis: np.unstack(v, axis=axis)[-1], STACK)
    check(lambda v: np.unstack(v)[1], STACK)

"""Gradients of elements that were taken out of an array go back to their places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor import grad
from tinygrad_xor.derivatives.indexing import scatter_add

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=5)
ONE, TWO = np.array([0, -1, 0]), np.array([[1], [0]])


def added_one_by_one(x, index, shape):
    out = np.zeros(shape, x.dtype)
    np.add.at(out, index, x)
    return out


@given(st.data())
def test_a_basic_index_puts_every_gradient_in_its_place(data):
    shape = data.draw(SHAPES)
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    weights = np.arange(1.0, 1 + np.empty(shape)[index].size).reshape(np.empty(shape)[index].shape)
    found = grad(lambda x: np.sum(x[index] * weights))(np.ones(shape))
    assert np.array_equal(found, added_one_by_one(weights, index, shape))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex64])
@pytest.mark.parametrize("repeats", [1, 50])
@pytest.mark.parametrize(
    "index",
    [
        ONE,
        ONE.tolist(),
        (TWO, ONE),
        (slice(None), ONE),
        (ONE, slice(1, None), ONE),
        (..., None, ONE),
        (TWO, 1, ONE),
        np.arange(24).reshape(2, 3, 4) % 5 == 0,
        True,
        np.int64(1),
        (np.zeros(0, int), 1),
    ],
    ids=repr,
)
def test_gradients_of_one_element_are_added_in_the_order_of_the_index(index, repeats, dtype):
    shape = (2, 3, 4)
    if repeats > 1 and isinstance(index, (np.ndarray, list)) and np.asarray(index).dtype == int:
        index = np.tile(index, repeats)
    taken = np.ones(shape)[index]
    x = (
        np.random.default_rng(0).normal(size=taken.shape)
        * 10.0 ** np.arange(taken.size).reshape(taken.shape).clip(0, 12)
    ).astype(dtype)
    found = scatter_add(x, index=index, shape=shape)
    assert found.dtype == dtype
    assert np.array_equal(found, added_one_by_one(x, index, shape))


def test_what_is_scattered_is_stretched_to_the_places_as_in_numpy():
    places = np.tile([0, 1, 1], 60)
    for x in (np.float64(2.0), np.full(3, 2.0), np.full((180, 3), 2.0)):
        found = scatter_add(x, index=places, shape=(2, 3))
        assert found.tolist() == [[120.0] * 3, [240.0] * 3]


def test_a_place_that_is_not_there_is_an_error():
    with pytest.raises(IndexError, match="out of bounds"):
        scatter_add(np.ones((200, 2)), index=np.full(200, 7), shape=(3, 2))

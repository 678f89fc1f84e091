"""Sums are NumPy's, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor.engine import sums
from tinygrad_xor.engine.sums import sum_over

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-300, 1e300]


@given(st.data())
def test_sums_over_any_axes_are_numpys_to_the_last_bit(data):
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=9))
    dtype = data.draw(st.sampled_from([np.float64, np.float32, np.float16, np.complex64, np.int64]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (data.draw(st.sampled_from([1, 200])), *shape)
    x = rng.normal(size=shape) * 10.0 ** rng.integers(-8, 8, shape)
    if data.draw(st.booleans()):
        x[rng.random(shape) < 0.2] = data.draw(st.sampled_from(SPECIAL))
    with np.errstate(all="ignore"):
        x = x.astype(dtype)
        for seen in (x, x[..., ::-1], x.T, np.asfortranarray(x)):
            axes = data.draw(st.sets(st.integers(0, x.ndim - 1)).map(tuple))
            axis = data.draw(st.sampled_from([None, axes, -1, x.ndim - 1]))
            keepdims = data.draw(st.booleans())
            found = sum_over(seen, axis, keepdims)
            expected = np.add.reduce(seen, axis=axis, keepdims=keepdims)
            assert found.dtype == expected.dtype
            assert found.shape == expected.shape
            assert np.array_equal(found, expected, equal_nan=True)
            zeros = expected == 0
            if expected.dtype.kind == "f":
                assert np.array_equal(np.signbit(found[zeros]), np.signbit(expected[zeros]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("n", range(1, 12))
def test_rows_of_a_few_numbers_are_added_in_numpys_order(n, dtype):
    rng = np.random.default_rng(n)
    x = (rng.normal(size=(2000, n)) * 10.0 ** rng.integers(-5, 5, (2000, n))).astype(dtype)
    assert np.array_equal(sum_over(x, -1), np.add.reduce(x, axis=-1))


def test_short_rows_are_not_left_to_numpys_loop_for_each(monkeypatch):
    class Slow:  # what is left to it fails
        reduce = staticmethod(lambda *args, **kwargs: pytest.fail("row by row"))

    monkeypatch.setattr(sums.np, "add", Slow)
    assert sum_over(np.ones((400, 3)), -1).tolist() == [3.0] * 400
    assert sum_over(np.ones((20, 20, 7)), (2,), keepdims=True).shape == (20, 20, 1)

"""Domains: any array is moved into the set that the description names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor.engine import sampling

numbers = st.floats(-8, 8, width=32).map(float)
matrices = hnp.arrays(float, (3, 3), elements=numbers)


@given(hnp.arrays(float, 4, elements=numbers), st.sampled_from([0.0, 0.1, -0.2]))
def test_a_lattice_moves_each_number_to_its_nearest_point(a, offset):
    lattice = sampling.lattice(offset)
    moved = lattice.project(a) - offset
    assert lattice.text == f"x = k/2 + {offset}"
    assert 2 * moved == pytest.approx(np.round(2 * moved), abs=1e-9)
    assert np.all(np.abs(moved - a) <= 0.25 + 1e-9)


@given(hnp.arrays(float, (2, 30), elements=st.integers(-2, 2).map(float)))
def test_distinct_numbers_are_in_the_order_of_the_old_ones_and_one_half_apart(a):
    moved = sampling.distinct.project(a)
    assert moved.shape == a.shape
    order = np.argsort(a, axis=None, kind="stable")
    assert np.ravel(moved)[order] == pytest.approx(np.arange(-14.9, 15.0, 0.5))


def test_distinct_numbers_of_equal_ones_keep_their_places():
    moved = sampling.distinct.project(np.zeros(1000))
    assert np.all(np.diff(moved) > 0)


@given(matrices)
def test_a_symmetric_matrix_is_the_mean_of_the_triangles(a):
    inside = sampling.invertible.project(a)
    assert sampling.symmetric.project(a) == pytest.approx((inside + inside.T) / 2)


def test_zero_becomes_a_well_conditioned_matrix_and_others_stay_near_it():
    center = sampling.invertible.project(np.zeros((2, 3)))
    assert center == pytest.approx(np.array([[1.0, 0.25, 0.25], [0.3, 2.0, 0.25]]))
    assert sampling.invertible.project(np.full((2, 3), 15.0)) == pytest.approx(center + 1)

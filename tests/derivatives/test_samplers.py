"""The samplers of calls: all that they draw is valid, and all that ought to be tested is drawn."""

from itertools import permutations
from random import Random

import numpy as np
import pytest

from tinygrad_xor.derivatives import _calls as calls
from tinygrad_xor.derivatives.signals import _signals

#: Of one- and two-axis arrays, every axis, counted from either end.
OF_ONE, OF_TWO = {-1, 0}, {-2, -1, 0, 1}


def many(sampler, times=300):
    random = Random(0)
    return [sampler(random) for _ in range(times)]


def made(sampler_of, *args, **how):
    """A sampler that is put together when it is drawn from, and not while tests are collected."""

    def sample(random):
        return sampler_of(*args, **how)(random)

    return sample


def lengths(shapes):
    return {n for shape in shapes for n in shape}


def ranks(shapes):
    return {len(shape) for shape in shapes}


def params_of(drawn, name, shape=None):
    """The values of one parameter; of calls on arrays of one rank, or all."""
    return [p[name] for (s, *_), p in drawn if shape is None or len(s) == shape]


# -- shapes ------------------------------------------------------------------------------------


def test_shapes_have_every_rank_and_length_within_their_bounds():
    for bounds, of_rank, of_length in (
        ({}, {0, 1, 2, 3}, {0, 1, 2, 3}),
        ({"least": 1, "most": 2, "smallest": 2}, {1, 2}, {2, 3}),
    ):
        drawn = many(lambda random, bounds=bounds: calls.shape_of(random, **bounds))
        assert ranks(drawn) == of_rank
        assert lengths(drawn) == of_length
    assert ranks(shape for (shape,) in many(calls.any_shape)) == {0, 1, 2, 3}


def test_samplers_from_parts_keep_their_bounds_and_choose_every_parameter():
    sampler = calls.of(1, 2, 2, k=[1, 5], rank=lambda random, shape: len(shape))
    drawn = many(sampler)
    shapes = [shape for (shape,), _ in drawn]
    assert (ranks(shapes), lengths(shapes)) == ({1, 2}, {2, 3})
    assert set(params_of(drawn, "k")) == {1, 5}
    assert all(p["rank"] == len(shape) for (shape,), p in drawn)
    shapes = [shape for (shape,), _ in many(calls.of())]
    assert (ranks(shapes), lengths(shapes)) == ({0, 1, 2, 3}, {0, 1, 2, 3})


@pytest.mark.parametrize(
    ("sampler", "of_rank", "of_length"),
    [
        (calls.one_axis, {1, 2, 3}, {1, 2, 3}),
        (calls.any_axes, {0, 1, 2, 3}, {1, 2, 3}),
        (calls.new_shape, {0, 1, 2, 3}, {1, 2, 3}),
        (calls.one_more_axis, {0, 1, 2, 3}, {0, 1, 2, 3}),
        (calls.axis_order, {0, 1, 2, 3}, {0, 1, 2, 3}),
        (calls.two_axes, {1, 2, 3}, {0, 1, 2, 3}),
        (calls.wider_shape, {0, 1, 2}, {0, 1, 2, 3}),
        (calls.index_of, {1, 2, 3}, {1, 2, 3}),
        (made(calls.reductions), {0, 1, 2, 3}, {1, 2, 3}),
        (made(calls.reductions, smallest=0, masked=False), {0, 1, 2, 3}, {0, 1, 2, 3}),
        (made(calls.alike, 2), {1, 2}, {1, 2, 3}),
        (calls.taken_along, {1, 2, 3}, {1, 2, 3}),
        (calls.vector_norms, {2, 3}, {1, 2, 3}),
        (calls.fft_calls, {1, 2, 3}, {2, 3}),
        (calls.to_join, {1, 2, 3}, {0, 1, 2, 3}),
        (made(calls.square), {2, 3}, {1, 2, 3}),
        (made(calls.rectangular), {2, 3}, {1, 2, 3}),
    ],
)
def test_the_first_input_has_every_rank_and_length(sampler, of_rank, of_length):
    shapes = [s[0] for s, _ in many(sampler)]
    assert (ranks(shapes), lengths(shapes)) == (of_rank, of_length)


# -- axes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sampler", [calls.one_axis, calls.fft_calls, made(calls.of, 1, axis=calls.an_axis)]
)
def test_every_axis_is_drawn_from_either_end(sampler):
    drawn = many(sampler)
    assert set(params_of(drawn, "axis", 1)) == OF_ONE
    assert set(params_of(drawn, "axis", 2)) == OF_TWO


def test_reductions_are_over_all_one_or_several_axes_and_keep_them_or_not():
    for sampler in (calls.any_axes, calls.reductions(k=[1, 2])):
        drawn = many(sampler, 600)
        over = [p.get("axis") for (shape,), p in drawn if len(shape) == 2]
        assert {a for a in over if type(a) is int} == OF_TWO
        assert {a for a in over if type(a) is tuple} == {(0,), (1,), (0, 1), (1, 0)}
        assert None in over
        assert all(p.get("axis") is None for (shape,), p in drawn if not shape)
        assert set(params_of(drawn, "keepdims")) == {True, False}
    assert set(params_of(drawn, "k")) == {1, 2}


def test_some_reductions_are_masked_and_take_at_least_one_element():
    drawn = many(calls.reductions())
    masks = [p["where"] for _, p in drawn if "where" in p]
    assert 60 < len(masks) < 180
    for (shape,), p in drawn:
        if "where" in p:
            assert p["where"].shape == shape
            assert p["where"].dtype == bool
            assert p["where"].flat[0]
    assert not all(m.flat[1] for m in masks if m.size > 1)
    assert 0.6 < np.mean(np.concatenate([m.ravel() for m in masks])) < 0.95
    assert not any("where" in p for _, p in many(calls.reductions(masked=False)))


def test_axes_may_also_be_all_none_or_some():
    one = many(calls.of(axis=calls.an_axis_or_all))
    assert set(params_of(one, "axis", 2)) == {None, *OF_TWO}
    assert set(params_of(one, "axis", 0)) == {None}
    some = many(calls.of(axis=calls.axes))
    assert set(params_of(some, "axis", 2)) == {(), (0,), (1,), (0, 1), (1, 0)}
    two = many(calls.of(2, 2, axes=calls.two_different_axes))
    assert set(params_of(two, "axes")) == {(0, 1), (1, 0), (0, -1), (1, -2)}


def test_new_axes_orders_and_exchanges_are_all_drawn():
    assert set(params_of(many(calls.one_more_axis), "axis", 1)) == OF_TWO
    assert set(params_of(many(calls.axis_order), "axes", 3)) == {None, *permutations(range(3))}
    pairs = {(p["axis1"], p["axis2"]) for (s,), p in many(calls.two_axes, 600) if len(s) == 2}
    assert pairs == {(a, b) for a in OF_TWO for b in OF_TWO}


# -- shapes that fit each other ----------------------------------------------------------------


def test_new_shapes_have_up_to_two_more_axes_and_sometimes_one_to_be_found():
    drawn = many(calls.new_shape)
    for (shape,), p in drawn:
        assert np.ones(shape).reshape(p["shape"]).size == np.prod(shape)
    assert {len(p["shape"]) - len(shape) for (shape,), p in drawn} == {0, 1, 2}
    assert {p["shape"].count(-1) for _, p in drawn if p["shape"]} == {0, 1}
    assert {p["shape"].index(-1) for _, p in drawn if -1 in p["shape"]} >= {0, 1, 2}


def test_wider_shapes_are_reached_by_broadcasting_old_axes_and_new_ones():
    drawn = many(calls.wider_shape)
    for (shape,), p in drawn:
        assert np.broadcast_to(np.ones(shape), p["shape"]).shape == p["shape"]
    assert {len(p["shape"]) - len(shape) for (shape,), p in drawn} == {0, 1}
    assert {p["shape"][-1] for (shape,), p in drawn if shape == (1,)} == {1, 2, 3}


def test_what_is_joined_differs_in_length_along_the_axis_only():
    drawn = many(calls.to_join)
    assert {len(shapes) for shapes, _ in drawn} == {1, 2, 3}
    assert set(params_of(drawn, "axis", 2)) == OF_TWO
    assert {s[p["axis"]] for shapes, p in drawn for s in shapes} == {0, 1, 2, 3}
    assert {n for (s, *_), p in drawn for n in np.delete(s, p["axis"])} == {1, 2, 3}
    for shapes, p in drawn:
        np.concatenate([np.ones(s) for s in shapes], p["axis"])


def test_factors_of_products_are_vectors_matrices_and_stacks():
    drawn = [shapes for shapes, _ in many(calls.matrices)]
    assert {(len(a), len(b)) for a, b in drawn} == {(m, n) for m in (1, 2, 3) for n in (1, 2, 3)}
    for axis in (-1, -2, -3):
        for factor in (0, 1):
            assert {p[factor][axis] for p in drawn if len(p[factor]) >= -axis} == {1, 2, 3}
    assert {(len(a), len(b)) for (a, b), _ in many(calls.dot_shapes)} == {
        (m, n) for m in (0, 1, 2, 3) for n in (0, 1, 2, 3)
    }
    assert {a[-1] for (a, b), _ in many(calls.dot_shapes) if a} == {1, 2, 3}
    for sampler, function in ((calls.matrices, np.matmul), (calls.dot_shapes, np.dot)):
        for (a, b), _ in many(sampler):
            function(np.ones(a), np.ones(b))
    assert {a for (a, b), _ in many(calls.inner_shapes) if a == b} == {
        *((k,) for k in (1, 2, 3)),
        *((2, k) for k in (1, 2, 3)),
    }


def test_sums_of_products_are_valid_and_of_every_form():
    drawn = many(calls.tensordot_calls)
    for (a, b), p in drawn:
        np.tensordot(np.ones(a), np.ones(b), **p)
    assert {str(p["axes"]) for _, p in drawn} == {"2", "1", "0", "([0, -1], [2, 0])", "(1, 0)"}
    of_one = [a for (a, _), p in drawn if p["axes"] == ([0, -1], [2, 0])]
    assert {a[0] for a in of_one} == {a[-1] for a in of_one} == {1, 2, 3}
    drawn = many(calls.einsum_calls)
    for shapes, p in drawn:
        np.einsum(p["subscripts"], *map(np.ones, shapes))
    assert len({p["subscripts"] for _, p in drawn}) == 11
    of_two = [shapes[0] for shapes, p in drawn if p["subscripts"] == "ij->ji"]
    assert {m for m, _ in of_two} == {n for _, n in of_two} == {1, 2, 3}
    for left, right in (shapes for shapes, p in drawn if p["subscripts"].startswith("ab")):
        assert 1 in left[:2]
        assert 1 in right[:2]  # both broadcast
    assert lengths(s for shapes, _ in drawn for s in shapes) == {1, 2, 3}


def test_equations_have_a_vector_a_matrix_or_a_stack_on_either_side():
    drawn = many(calls.solvable)
    assert {(len(a), len(b)) for (a, b), _ in drawn} == {(2, 1), (3, 1), (2, 2), (3, 2), (2, 3)}
    assert {a[-1] for (a, _), _ in drawn} == {1, 2, 3}
    for (a, b), _ in drawn:
        np.linalg.solve(np.broadcast_to(np.eye(a[-1]), a), np.ones(b))


@pytest.mark.parametrize(
    ("sampler", "square"),
    [(made(calls.square, k=[1, 2]), True), (made(calls.rectangular, k=[1, 2]), False)],
)
def test_matrices_are_square_or_not(sampler, square):
    drawn = many(sampler)
    assert all(s[-1] == s[-2] for (s,), _ in drawn) == square
    for axis in (-1, -2, -3):
        assert {s[axis] for (s,), _ in drawn if len(s) >= -axis} == {1, 2, 3}
    assert set(params_of(drawn, "k")) == {1, 2}


@pytest.mark.parametrize(
    "sampler_of",
    [calls.reductions, calls.square, calls.rectangular, lambda **how: calls.alike(2, **how)],
)
def test_parameters_may_depend_on_the_shape(sampler_of):
    drawn = many(sampler_of(rank=lambda random, shape: len(shape)))
    assert all(p["rank"] == len(shapes[0]) for shapes, p in drawn)


def test_inputs_that_are_alike_have_one_shape():
    drawn = many(calls.alike(3, most=1, k=[1, 2]))
    assert all(len(shapes) == 3 and len(set(shapes)) == 1 for shapes, _ in drawn)
    assert ranks(shapes[0] for shapes, _ in drawn) == {1}
    assert set(params_of(drawn, "k")) == {1, 2}


# -- indices -----------------------------------------------------------------------------------


def test_indices_are_of_every_kind_and_valid():
    drawn = many(calls.index_of, 3000)
    for (shape,), p in drawn:
        np.ones(shape)[p["index"]]
    parts = [p["index"][0] for (shape,), p in drawn if shape[0] == 3 and p["index"]]
    assert {part for part in parts if type(part) is int} == {-3, -2, -1, 0, 1, 2}
    slices = {(s.start, s.stop, s.step) for s in parts if type(s) is slice}
    assert slices == {(start, None, step) for start in (0, 1, 2) for step in (1, 2)}
    lists = [part for part in parts if type(part) is list]
    assert lengths(lists) == {-3, -2, -1, 0, 1, 2}
    assert {len(places) for places in lists} == {2}
    assert ... in parts
    assert any(None in p["index"] for _, p in drawn)
    with_ellipsis = np.mean([... in p["index"] for _, p in drawn])
    assert 0.2 < with_ellipsis < 0.4
    assert {sum(i is not None and i is not ... for i in p["index"]) for _, p in drawn} == {
        0,
        1,
        2,
        3,
    }


def test_what_is_put_at_an_index_fits_there():
    drawn = many(calls.index_to_fill)
    kinds = set()
    for (shape, new), p in drawn:
        array = np.ones(shape)
        array[p["index"]] = np.ones(new)
        place = array[p["index"]].shape
        if len(place) == 3:
            kinds.add(new)
            assert new in (place, place[1:], ())
    assert ranks(kinds) == {0, 2, 3}


def test_numbers_are_scattered_to_places_that_repeat():
    drawn = many(calls.scattered)
    assert {p["shape"] for _, p in drawn} == {(1,), (2,), (3,)}
    assert {count for ((count,),), _ in drawn} == {0, 1, 2, 3}
    for ((count,),), p in drawn:
        assert len(p["index"]) == count
        assert set(p["index"]) <= set(range(*p["shape"]))
    of_three = [p["index"] for _, p in drawn if p["shape"] == (3,)]
    assert lengths(of_three) == {0, 1, 2}
    assert any(len(set(index)) < len(index) for index in of_three)


def test_elements_are_taken_from_every_place_along_every_axis():
    drawn = many(calls.taken_along)
    assert set(params_of(drawn, "axis", 2)) == OF_TWO
    for (shape,), p in drawn:
        assert p["indices"].shape == shape
        np.take_along_axis(np.ones(shape), **p)
    of_three = [p["indices"] for (shape,), p in drawn if shape == (3,)]
    assert lengths(of_three) == {0, 1, 2}


# -- norms and transforms ----------------------------------------------------------------------


def test_norms_are_of_every_order():
    drawn = many(calls.vector_norms)
    of_one = {p["ord"] for _, p in drawn if type(p["axis"]) is int}
    assert of_one == {None, 1, 2, 3, 2.5, np.inf, -np.inf}
    assert {p["ord"] for _, p in drawn if type(p["axis"]) is tuple} == {None, "fro"}
    assert {p.get("ord") for _, p in drawn if p["axis"] is None} == {None}
    assert set(params_of(drawn, "keepdims")) == {True, False}
    drawn = many(calls.matrix_norms)
    orders = {None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf}
    assert {p["ord"] for (shape,), p in drawn if shape == (3, 2)} == orders
    stacked = [p for (shape,), p in drawn if shape == (2, 3, 2)]
    assert {(p["axis"], p["keepdims"]) for p in stacked} == {
        (axis, keep) for axis in ((-2, -1), (-1, -2)) for keep in (True, False)
    }
    assert {p["ord"] for p in stacked} == orders
    assert 0.2 < 1 - len(stacked) / len(drawn) < 0.4


def test_transforms_are_cut_filled_and_scaled_in_every_way():
    drawn = many(calls.fft_calls)
    assert set(params_of(drawn, "norm")) == {None, "ortho", "forward"}
    assert set(params_of(drawn, "n")) == {None, 2, 4, 5}
    drawn = many(calls.fftn_calls)
    assert {shape for (shape,), _ in drawn} == {(2, m, n) for m in (2, 3) for n in (2, 3)}
    assert {(p["axes"], p["s"], p["norm"]) for _, p in drawn} == {
        (axes, s, norm)
        for axes, s in (((-2, -1), None), ((0, 2), None), ((1, 2), (3, 2)))
        for norm in (None, "ortho")
    }


def test_convolutions_have_a_longer_array_on_either_side():
    drawn = many(_signals)
    assert {np.sign(m - n) for ((m,), (n,)), _ in drawn} == {-1, 0, 1}
    assert set(params_of(drawn, "mode")) == {"full", "same", "valid"}

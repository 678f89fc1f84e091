"""The strategies: what they draw is what they promise."""

from random import Random

import hypothesis
import numpy as np
import pytest
from hypothesis import assume, find, given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, sampling
from tinygrad_xor.testing import check_gradients
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.strategies.network import CORNERED


@given(st.data(), st.sampled_from([np.float32, np.float64, np.complex128]))
def test_arrays_have_the_shape_the_dtype_and_the_domain(data, dtype):
    shape = data.draw(gst.shapes())
    x = data.draw(gst.arrays(shape, sampling.positive, dtype))
    assert (x.shape, x.dtype) == (shape, dtype)
    assert np.all(np.real(x) > 0)


@given(gst.broadcastable_shapes(3))
def test_broadcastable_shapes_broadcast(shapes):
    np.broadcast_shapes(*shapes)


def test_away_from_kinks_is_away_from_kinks():
    def f(x, p):
        return np.maximum(x, p["y"]).relu()

    @given(
        gst.away_from_kinks(
            f, st.tuples(gst.arrays((2,)), st.fixed_dictionaries({"y": gst.arrays((2,))})), 0.01
        )
    )
    def check(drawn):
        x, p = drawn
        assert np.all(np.abs(x - p["y"]) >= 0.01)
        assert np.all(np.abs(np.maximum(x, p["y"])) >= 0.01)

    check()


@given(gst.networks())
def test_networks_are_differentiable_functions_of_inputs_and_weights(network):
    out = network(network.x, *network.weights)
    assert out.shape == (len(network.x), network.weights[-1].shape[0])
    check_gradients(network, network.x, *network.weights, order=1)


@given(gst.networks(activations=CORNERED))
def test_networks_with_corners_pass_away_from_them(network):
    out = network(Value(network.x), *network.weights)
    assume(not gst.near_a_kink([out], margin=0.05))
    check_gradients(network, network.x, *network.weights, order=1)


@given(gst.calls(TABLE["cholesky"]))
def test_a_call_brings_data_beside_a_thin_domain_back_into_it(call):
    x = call.leaves[0].data
    beside = x + np.triu(np.full(x.shape, 0.01), 1)
    symmetric = (beside + np.swapaxes(beside, -1, -2)) / 2
    np.testing.assert_array_equal(call.at(beside), np.linalg.cholesky(symmetric))


@given(gst.programs())
def test_random_programs_are_programs_that_run_elsewhere_and_on_values(drawn):
    program, inputs = drawn
    elsewhere = [0.5 * x - 0.25 for x in inputs]
    with np.errstate(all="ignore"):
        wanted, got = program(*elsewhere), program(*map(Value, elsewhere))
    assert type(got) is Value
    np.testing.assert_allclose(got.data, wanted, rtol=1e-7, atol=1e-9)


def test_random_programs_call_many_entries_also_those_that_are_not_numpys():
    names = {step.name for seed in range(200) for step in gst.random_program(Random(seed))[0].steps}
    assert len(names) > 100
    assert len(names & TABLE.keys() - {*dir(np)}) > 3


@given(gst.calls(TABLE["relu"]))
def test_calls_of_an_entry_are_away_from_its_kink(call):
    assert not gst.near_a_kink([call()], margin=0.1)


def test_one_seed_draws_the_same_calls_again_and_another_one_others():
    def drawn(seed):
        source = Random(seed)
        return [repr(gst.random_call(source, TABLE["matmul"], np.complex128)) for _ in range(20)]

    assert drawn(1) == drawn(1)
    assert len({*drawn(1), *drawn(2)}) > 20


@pytest.mark.skipif(hypothesis.__version_info__ < (6, 120), reason="it shrinks in another order")
def test_what_hypothesis_draws_shrinks_to_zeros_in_the_smallest_shape():
    two = find(gst.calls(TABLE["add"]), lambda call: any(np.any(x.data > 1) for x in call.leaves))
    assert sorted(x.item() for x in two.leaves) == [0.0, 1.01]
    assert two.g == 0

"""What is done with nests of loops before they are written, and that it changes no bit."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_nests import in_loops
from test_random_programs import flat, random_function

from tinygrad_xor import compile, grad
from tinygrad_xor.compiler import arrays
from tinygrad_xor.compiler.buffers import placed
from tinygrad_xor.compiler.copies import without_copies
from tinygrad_xor.compiler.fusion import fused
from tinygrad_xor.compiler.lowered import Lowered
from tinygrad_xor.compiler.nests import OWN
from tinygrad_xor.program import trace
from tinygrad_xor.program.trace import same_bits


def placed_apart(nests, start):
    """Each array has a place of its own."""
    offsets = {}

    def moved(view):
        if view.memory[0] != OWN:
            return view
        at = offsets.setdefault(view.memory, start + 2**20 * len(offsets))
        return replace(view, memory="tape", offset=view.offset + at)

    return [nest.moved(moved) for nest in nests], start + 2**20 * (len(offsets) + 1)


LEFT_OUT = {
    "fused": lambda nests: nests,
    "without_copies": lambda nests: nests,
    "placed": placed_apart,
}


def nests_of(function, *examples):
    return Lowered(trace(function, *examples, constant_outputs=True)).nests.schedule.nests


def lines(nests):
    return [str(nest) for nest in nests]


ROWS = np.random.default_rng(0).normal(size=(3, 2000))


def test_a_sum_takes_in_what_makes_its_terms():
    nests = nests_of(lambda x, y: np.sum((x - y) ** 2.0, axis=1), ROWS, ROWS)
    assert lines(nests) == [
        "for each of (3, 2000): 2 numbers, of given[0], given[8], to m0",
        "for each of (3,): 1 number, of m0, to out[0]",
    ]
    assert lines(fused(nests)) == ["for each of (3,): 1 number, of given[0], given[8], to out[0]"]


def is_output(x):
    y = np.exp(x)
    return np.sum(y, axis=1), y


def of_two(x):
    y = x * x
    return np.sum(y, axis=1) + np.max(y, axis=1)


@pytest.mark.parametrize(
    "function",
    [
        is_output,
        of_two,
        lambda x: np.sum(np.outer(x[0], x[1]) @ x.T, axis=0),  # NumPy's
    ],
)
def test_what_others_need_too_is_not_computed_again(function):
    nests = nests_of(function, ROWS)
    before = lines(nests)
    assert lines(fused(nests)) == before


def test_arrays_share_memory_when_the_first_is_not_needed_any_more():
    def chain(x):
        for _ in range(6):
            x = np.roll(x, 1) * 2.0  # rolling is NumPy's: each is kept
        return x

    nests = nests_of(chain, np.ones(1000))
    _, size = placed(nests, 64)
    one = 8064  # bytes, with what fills the last line of the cache
    assert size <= 64 + 3 * one < 64 + 11 * one


def test_arrays_that_are_needed_at_once_do_not_share_memory():
    def all_needed(x):
        parts = [np.roll(x, i) for i in range(6)]
        return sum(parts[i] * parts[-1 - i] for i in range(6))

    _, size = placed(nests_of(all_needed, np.ones(1000)), 64)
    assert size >= 64 + 6 * 8000
    x = np.random.default_rng(0).normal(size=1000)
    assert same_bits(in_loops(all_needed, x)[0], all_needed(x))


def test_an_array_that_is_copied_into_a_larger_one_is_computed_there():
    def joined(x, y):
        return np.concatenate([np.reshape(x @ y, -1), y[0] * 2.0]) * 3.0

    x = np.random.default_rng(0).normal(size=(200, 200))
    nests = nests_of(joined, x, x)
    assert lines(nests) == [
        "matmul of given[0], given[8], to m0",
        "for each of (200,): 1 number, of given[8], to m1",
        "for each of (40000,): 1 number, of m0, to m1",
        "for each of (40200,): 1 number, of m1, to out[0]",
    ]
    assert lines(without_copies(nests)) == [
        "matmul of given[0], given[8], to m1",
        "for each of (200,): 1 number, of given[8], to m1",
        "for each of (40200,): 1 number, of m1, to out[0]",
    ]
    np.testing.assert_allclose(compile(joined, "native")(x, x), joined(x, x), rtol=1e-13)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LEFT_OUT)
@given(st.integers(0, 2**40))
def test_no_pass_changes_a_bit_of_random_programs(name, seed):
    function, arguments = random_function(Random(seed))
    wanted = flat(in_loops(function, *arguments)[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, name, LEFT_OUT[name])
        got = flat(in_loops(function, *arguments)[0])
    assert all(map(same_bits, got, wanted))


@pytest.mark.parametrize("n", [65, 128, 129, 1000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_pass_changes_a_bit_of_sums_of_chains(n, dtype):
    x, y, z = np.random.default_rng(n).normal(size=(3, 4, n)).astype(dtype)
    functions = [
        lambda x, y, z: np.sum(x * y + z),
        lambda x, y, z: np.mean((x - y) ** 2, axis=1, keepdims=True) * z,
        lambda x, y, z: np.max(np.abs(x.T - y.T), axis=0),
        lambda x, y, z: np.sum(np.exp(x) * z[0], axis=-1),
        lambda x, y, z: grad(lambda x: np.mean((np.tanh(x) - y) ** 2))(x),
        lambda x, y, z: np.concatenate([np.ravel(x * y), np.ravel(z)]) / 3.0,
        lambda x, y, z: np.any(x > y + z, axis=1),
    ]
    for f in functions:
        wanted = flat(in_loops(f, x, y, z)[0])
        for name, left_out in LEFT_OUT.items():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(arrays, name, left_out)
                assert all(map(same_bits, flat(in_loops(f, x, y, z)[0]), wanted)), name

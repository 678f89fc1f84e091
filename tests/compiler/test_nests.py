"""Loops over arrays in machine code: the same bits as one instruction for each element."""

import re
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_random_programs import flat, random_function

from tinygrad_xor import compile, grad
from tinygrad_xor.compiler import lowered, scan
from tinygrad_xor.compiler.typed import typed
from tinygrad_xor.program.trace import same_bits


@pytest.fixture
def loops(monkeypatch):
    """Nothing is small enough for instructions one by one."""
    monkeypatch.setattr(lowered, "SMALL", -1)


def in_loops(function, *arguments):
    old, lowered.SMALL = lowered.SMALL, -1
    try:
        made = compile(function, "native")
        return made(*arguments), made
    finally:
        lowered.SMALL = old


def one_by_one(function, *arguments):
    old, lowered.SMALL = lowered.SMALL, 10**9
    try:
        return compile(function, "native")(*arguments)
    finally:
        lowered.SMALL = old


@pytest.mark.filterwarnings("ignore")
@given(st.integers(0, 2**40))
def test_random_programs_are_the_same_bits_in_loops(seed):
    function, arguments = random_function(Random(seed))
    wanted = flat(one_by_one(function, *arguments))
    got, made = in_loops(function, *arguments)
    of_numpys = made._newest.lowered.by_numpy
    for x, y in zip(flat(got), wanted, strict=True):
        if of_numpys:  # in another order
            np.testing.assert_allclose(x, y, rtol=1e-5)
        else:
            assert same_bits(x, y), made.source


@pytest.mark.parametrize("n", [1, 7, 8, 64, 65, 128, 129, 300, 1000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_sums_of_every_length_are_added_in_the_same_order(n, dtype):
    x = (np.random.default_rng(n).normal(size=(3, n)) * 100).astype(dtype)
    for f in (
        lambda x: np.sum(x, axis=1),
        lambda x: np.sum(x.T, axis=0),
        lambda x: np.max(x, axis=1),
        lambda x: np.prod(x * 0 + 1, axis=-1),
        lambda x: x @ x.T,
        lambda x: x @ x[0],
    ):
        got, made = in_loops(f, x)
        assert same_bits(got, one_by_one(f, x))
        assert not made._newest.lowered.by_numpy


def test_a_sum_of_up_to_4096_numbers_in_a_row_is_numpy_s_own():
    for n in (5, 6, 7, 8, 9, 100, 129, 1000, 4096):
        x = np.random.default_rng(n).normal(size=n)
        assert in_loops(np.sum, x)[0] == np.sum(x)


def test_large_products_and_functions_without_a_loop_are_numpy_s():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(60, 50)), rng.normal(size=(50, 60))

    def f(a, b):
        q, r = np.linalg.qr(np.tanh(a @ b))
        return np.sum(q @ r), np.exp(r), np.fft.fft(a[0]).real * 2.0

    got, made = in_loops(f, a, b)
    for x, y in zip(got, f(a, b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10)
    assert {"matmul", "linalg.qr", "fft.fft"} <= made._newest.lowered.by_numpy.keys()
    report = made.report()
    assert "matmul (a large product)" in report
    assert "linalg.qr" in report


def test_an_error_of_numpy_s_in_the_middle_is_raised(loops):
    f = compile(lambda a, b: np.linalg.solve(a * 1.0, b) + 1.0, "native")
    assert f(np.eye(3), np.ones(3)).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        f(np.zeros((3, 3)), np.ones(3))
    assert f(np.eye(3), np.ones(3)).tolist() == [2.0, 2.0, 2.0]


def test_a_loop_of_steps_that_fails_in_numpy_keeps_what_was_finished(loops):
    def step(state, a):
        return state + np.linalg.solve(a, np.ones(2)), None

    matrices = np.array([np.eye(2), 2 * np.eye(2)])
    assert scan(step, np.zeros(2), matrices, backend="native")[0].tolist() == [1.5, 1.5]
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        scan(step, np.zeros(2), np.zeros((3, 2, 2)), backend="native")


def test_the_gradient_of_a_network_in_loops(loops):
    rng = np.random.default_rng(0)
    weights = {"a": rng.normal(size=(3, 20)), "b": rng.normal(size=20), "c": rng.normal(size=20)}
    x = rng.normal(size=(70, 3))

    def loss(w):
        return np.mean((np.tanh(x @ w["a"] + w["b"]) @ w["c"] - x[:, 0]) ** 2)

    slope = compile(grad(loss), "native")
    for name, g in grad(loss)(weights).items():
        np.testing.assert_allclose(slope(weights)[name], g, rtol=1e-10, atol=1e-14)
    assert "define internal void @part." in slope.source


def test_the_older_reader_of_llvm_s_language_gets_no_pointer_without_a_kind(loops):
    f = compile(
        lambda a, b: np.linalg.solve(a, b) + np.sum(np.exp(a), axis=0) * [1.0, 2.0], "native"
    )
    f(np.eye(2), np.ones(2))
    text = typed(f.source)
    assert re.search(r"\bptr\b", f.source)
    assert not re.search(r"\bptr\b", text)
    for line in text.splitlines():
        if " load " in line:
            kind, pointer = re.search(r"load (\S+), (\S+) ", line).groups()
            assert pointer == f"{kind}*"


def test_arrays_are_read_however_they_lie_in_memory_and_left_as_they_are():
    whole = np.random.default_rng(0).normal(size=(8, 100))
    odd = np.frombuffer(b"x" + whole.tobytes(), np.uint8)[1:].view(np.float64).reshape(8, 100)
    fixed = whole.copy()
    fixed.flags.writeable = False
    assert not odd.flags.aligned
    for x in (whole.T, whole[::2], whole[:, ::-1], odd, fixed, np.asfortranarray(whole)):
        before = x.copy()
        got, made = in_loops(lambda x, y: (x * 2.0 + y, np.max(x, axis=0)), x, x)
        assert same_bits(got[0], x * 2.0 + x)
        assert same_bits(got[1], np.max(x, axis=0))
        assert same_bits(x, before)
        assert not made._newest.lowered.by_numpy


def test_results_are_arrays_of_their_own():
    x = np.ones((60, 50))
    f = compile(lambda x: (x, x * 2.0, x * 2.0), "native")
    first = f(x)
    for y in first:
        y[...] = 7.0
    assert all(map(same_bits, f(x), (x, x * 2.0, x * 2.0)))
    assert same_bits(x, np.ones((60, 50)))

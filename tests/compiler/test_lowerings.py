"""The table of lowerings: Python and machine code are the same bits, NumPy's where exact."""

import math

import hypothesis
import numpy as np
import pytest

from tinygrad_xor.compiler import scan
from tinygrad_xor.compiler.expand import SIMPLER
from tinygrad_xor.compiler.lowerings import FLOATS, INTEGERS, TRUTHS
from tinygrad_xor.program.functions import astype, name_of, pow
from tinygrad_xor.program.trace import same_bits

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, np.inf, -np.inf, np.nan, 5e-324, 1e-310]
SPECIAL += [1e308, -1e308, 709.0, 710.0, -745.0, 3.0, 20.0, math.pi, 2.0**52 + 1]
#: Exact in floating point, so the same bits as NumPy's.
EXACT = {
    *(np.add, np.subtract, np.multiply, np.divide, np.negative, np.absolute, np.sqrt, np.sign),
    *(np.copysign, np.floor, np.ceil, np.trunc, np.rint, np.fmod, np.square, np.reciprocal),
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.isnan),
    *(np.isinf, np.isfinite, np.signbit, np.remainder, np.heaviside, np.fmax, np.fmin),
}
UFUNCS = [f for f in {**FLOATS, **SIMPLER} if isinstance(f, np.ufunc)]


def points(count, seed=0, dtype=np.float64):
    """Numbers of all sizes, ordinary ones most of all, and each special one beside each other."""
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        sizes = rng.choice([1.0, 1.0, 10.0, 1e-3, 1e5, 1e-300, 1e300, 1e18], count)
        x = (rng.normal(size=(count, 2)) * sizes[:, None]).astype(dtype)
        x[:200] = np.round(x[:200])
        pairs = np.array([(a, b) for a in SPECIAL for b in SPECIAL], dtype)
    x[200 : 200 + len(pairs)] = pairs
    return x


def each(function, x, backend):
    """A function of the columns of x, of all rows."""
    inputs = function.nin if isinstance(function, np.ufunc) else 2
    step = lambda s, row: (s, function(*[row[i] for i in range(inputs)]))
    return scan(step, 0.0, x, backend=backend, digits="library")[1]


@pytest.mark.parametrize("function", UFUNCS, ids=name_of)
def test_python_and_machine_code_give_the_same_bits_for_100_000_numbers(function):
    x = points(100_000 if hypothesis.settings().max_examples >= 6 else 10_000)
    a, b = (each(function, x, backend) for backend in ("python", "native"))
    assert same_bits(a, b)


@pytest.mark.parametrize("function", UFUNCS, ids=name_of)
def test_so_they_do_in_float32(function):
    x = points(5_000, 1, np.float32)
    a, b = (each(function, x, backend) for backend in ("python", "native"))
    assert same_bits(a, b)
    with np.errstate(all="ignore"):
        assert a.dtype == function(*np.ones((function.nin, 1), np.float32)).dtype


@pytest.mark.parametrize("function", UFUNCS, ids=name_of)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_they_are_numpy_s_numbers(function, dtype):
    x = points(5_000, 2, dtype)
    with np.errstate(all="ignore"):
        wanted = function(*x.T[: function.nin])
    got = each(function, x, "native")
    if function in EXACT:
        assert same_bits(got, wanted)
    elif function in (np.maximum, np.minimum):  # of zeros either
        assert np.array_equal(got, wanted, equal_nan=True)
    else:
        near = 4e-15 if dtype == np.float64 else 5e-7
        # of a sum that cancels, NumPy's own rounds each part to float32
        small = near if function in (np.logaddexp, np.logaddexp2) else np.finfo(dtype).tiny
        np.testing.assert_allclose(got, wanted, rtol=near, atol=small)


@pytest.mark.parametrize("exponent", [2, 2.0, 0.5, -1, -1.0, 3, -2, 0, 1, 1.5])
@pytest.mark.parametrize("power", [np.power, pow], ids=["power", "pow"])
def test_powers_by_a_constant_are_those_of_arrays(power, exponent):
    x = points(5_000)[:, :1]
    step = lambda s, row: (s, power(row, exponent))
    with np.errstate(all="ignore"):
        wanted = x**exponent
        a, b = (scan(step, 0.0, x, backend=backend)[1] for backend in ("python", "native"))
    assert same_bits(a, b)
    np.testing.assert_allclose(a, wanted, rtol=2e-15)
    if exponent in (2, 0.5, -1, 1):
        assert same_bits(a, wanted)


WHOLE = np.array([(a, b) for a in range(-3, 4) for b in (-2, -1, 0, 1, 5)])


@pytest.mark.parametrize("function", INTEGERS, ids=name_of)
def test_whole_numbers_are_numpy_s(function):
    wanted = function(*WHOLE.T[: function.nin])
    for backend in ("python", "native"):
        assert same_bits(each(function, WHOLE, backend), wanted)


@pytest.mark.parametrize("function", TRUTHS, ids=name_of)
def test_truth_values_are_numpy_s(function):
    x = np.array([(a, b) for a in (True, False) for b in (True, False)])
    wanted = function(*x.T[: function.nin])
    for backend in ("python", "native"):
        assert same_bits(each(function, x, backend), wanted)


@pytest.mark.parametrize("old", [np.float64, np.float32, np.int64, np.bool_])
@pytest.mark.parametrize("new", [np.float64, np.float32, np.int64, np.bool_])
def test_numbers_of_one_kind_become_those_of_another_as_in_numpy(old, new):
    x = np.array([0.0, 1.0, -2.0, 3.0, 1e5]).astype(old)
    if old == np.float64:
        x[-1] = 0.1
    step = lambda s, row: (s, (astype(row, np.dtype(new)), row))
    for backend in ("python", "native"):
        assert same_bits(scan(step, 0.0, x, backend=backend)[1][0], x.astype(new))

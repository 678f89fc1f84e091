"""Functions with the same digits everywhere: how far off they are, and their ends."""

import math

import numpy as np
import pytest

from tinygrad_xor.compiler import portable
from tinygrad_xor.compiler.portable import PORTABLE
from tinygrad_xor.compiler.scaling import exponent, power_of_two
from tinygrad_xor.program import Program, trace
from tinygrad_xor.program.functions import name_of

NAMES = ("exp", "expm1", "log", "log1p", "tanh")
#: Which steps are the same bits wherever arithmetic is IEEE 754's.
EXACT = set(
    "add subtract multiply divide negative absolute where less less_equal greater greater_equal "
    "equal bitwise_and isnan compiler.scaling.power_of_two compiler.scaling.exponent astype".split()
)
TINIEST = 5e-324


def points(name, count):
    """Floats of all sizes, and more of those where rounding is hardest."""
    rng = np.random.default_rng(len(name))

    def between(low, high, share=1.0):
        return rng.uniform(low, high, int(count * share))

    bits = rng.integers(0, 0x7FF0 << 48, count // 4).view(np.float64)
    wide = np.concatenate([bits, -bits])
    match name:
        case "exp":
            parts = [between(-746, 710), between(-1, 1), between(-746, -707, 0.5)]
            parts += [0.5 * math.log(2) * (1 + between(-1e-3, 1e-3, 0.2))]
        case "expm1":
            parts = [between(-40, 710, 0.5), between(-1.2, 1.2), between(0.34, 0.45)]
        case "log":
            parts, wide = [between(0.5, 2), between(0.69, 0.72), between(1.40, 1.42)], bits
            parts += [1 + between(-1, 1, 0.5) * 10 ** between(-16, 0, 0.5)]
        case "log1p":
            parts = [between(-0.99, 1), between(-0.3, -0.28), between(0.40, 0.42), between(0, 40)]
            parts += [10 ** between(-16, -0.3, 0.5) - 1]
            wide = np.concatenate([bits, -bits[bits < 1]])
        case "tanh":
            parts = [between(-1, 1), between(0.59, 0.61), between(0, 20, 0.5)]
    return np.concatenate([*parts, wide, between(-1, 1, 0.2) * 1e-300])[1:]


def units_off(name, x, y):
    """By how many units in the last place `y` is off, after mpmath."""
    mpmath = pytest.importorskip("mpmath", reason="mpmath is not installed")
    mpmath.mp.prec = 150
    true = getattr(mpmath, name)
    off = []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        t = true(mpmath.mpf(a))
        if mpmath.im(t) == 0 and abs(t) < 2**1024:
            nearest = abs(float(t))
            unit = math.ulp(min(nearest, 1.7976931348623157e308))
            off.append(float(abs(mpmath.mpf(b) - t) / unit) if math.isfinite(b) else math.inf)
    return np.array(off)


@pytest.mark.parametrize("name", NAMES)
def test_is_at_most_1_unit_in_the_last_place_off(name):
    x = points(name, 7_000)
    with np.errstate(all="ignore"):
        off = units_off(name, x, getattr(portable, name)(x))
    assert len(off) >= 20_000
    assert off.max() < 1.0
    assert np.mean(off > 0.5) < 0.1  # and mostly the nearest float


@pytest.mark.parametrize("name", NAMES)
def test_has_numpys_answers_at_the_ends(name):
    ends = [0.0, -0.0, 1.0, -1.0, TINIEST, -TINIEST, math.inf, -math.inf, math.nan]
    ends += [709.7827128933841, 709.782712893385, -745.1332191019411, -745.1332191019412, 1e308]
    ends = np.array([*ends, -1e308, -1 - 2**-52, 2**-1022, 1.7976931348623157e308])
    with np.errstate(all="ignore"):
        ours, numpys = getattr(portable, name)(ends), getattr(np, name)(ends)
        np.testing.assert_array_max_ulp(ours, numpys, maxulp=1)
    assert np.array_equal(np.isnan(ours), np.isnan(numpys))
    zero = ours == 0
    assert np.array_equal(np.signbit(ours[zero]), np.signbit(numpys[zero]))


@pytest.mark.parametrize("name", NAMES)
def test_is_a_program_of_exact_operations(name):
    program = trace(getattr(portable, name), 0.3)
    assert {step.name for step in program.steps} <= EXACT
    assert Program.from_json(program.to_json()) == program


@pytest.mark.parametrize("name", NAMES)
def test_gives_numbers_and_arrays_of_all_shapes_the_same(name):
    f = getattr(portable, name)
    x = np.abs(points(name, 40))[:24]
    whole = f(x)
    assert np.array_equal(whole, [f(a) for a in x.tolist()])
    assert np.array_equal(whole.reshape(2, 3, 4), f(x.reshape(2, 3, 4)))
    assert np.array_equal(whole[::2], f(x[::2]))
    assert f(x[:0]).shape == (0,)


@pytest.mark.parametrize("name", NAMES)
def test_is_the_nearest_float32_of_float32(name):
    f = getattr(portable, name)
    with np.errstate(all="ignore"):
        x = np.abs(points(name, 100)).astype(np.float32)
        assert f(x).dtype == np.float32
        assert np.array_equal(f(x), f(x.astype(np.float64)).astype(np.float32), equal_nan=True)


def test_stand_for_the_functions_of_numpy_with_their_names():
    names = {name_of(numpys): ours.__name__ for numpys, ours in PORTABLE.items()}
    assert names == {name: name for name in NAMES}


def test_powers_of_two_are_exact_through_their_whole_range():
    n = np.arange(-1022.0, 1024.0)
    assert np.array_equal(power_of_two(n), np.ldexp(1.0, n.astype(int)))
    assert np.array_equal(exponent(power_of_two(n)), n)
    assert np.array_equal(exponent(np.nextafter(power_of_two(n[1:]), 0)), n[:-1])


def test_a_scaling_that_nothing_needs_is_left_out_of_a_program():
    def with_rest(x):
        power_of_two(x)
        return exponent(x)

    assert [s.name for s in trace(with_rest, 1.0).steps] == ["compiler.scaling.exponent"]

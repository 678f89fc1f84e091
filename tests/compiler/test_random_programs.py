"""Random programs: each pass keeps their numbers, and each backend gives them."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.compiler import compile
from tinygrad_xor.compiler.expand import SIMPLER, expanded
from tinygrad_xor.compiler.lowered import Lowered
from tinygrad_xor.compiler.lowerings import FLOATS
from tinygrad_xor.compiler.python import function as in_python
from tinygrad_xor.compiler.scalarize import scalarized
from tinygrad_xor.compiler.simplify import common, folded, simplified, without_identities
from tinygrad_xor.program import trace
from tinygrad_xor.program.trace import same_bits
from tinygrad_xor.program.trees import flatten

#: Sizes of axes; arrays have up to three.
SIZES = [0, 1, 1, 2, 3, 9]
ONE = [f for f in {**FLOATS, **SIMPLER} if getattr(f, "nin", 0) == 1]
TWO = [f for f in {**FLOATS, **SIMPLER} if getattr(f, "nin", 0) == 2]
CONSTANTS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 4, -3, True, np.float32(0.1), math.pi]


def values(random, shape, dtype):
    rng = np.random.default_rng(random.randrange(2**32))
    x = rng.normal(size=shape) * random.choice([1, 1, 10, 1e-200, 1e200])
    with np.errstate(all="ignore"):
        x = np.array(x, dtype)
    for _ in range(random.choice([0, 0, 2])):
        if x.size:
            place = tuple(random.randrange(n) for n in shape)
            x[place] = random.choice([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0])
    return x[()]


def random_function(random):
    """A function of three arrays, and arguments for it."""
    shape = tuple(random.choice(SIZES) for _ in range(random.randrange(3)))
    dtypes = random.choice([(np.float64,) * 3, (np.float32,) * 3, (np.float64, np.float32) * 2])
    inner = [shape, shape[-1:], tuple(1 if random.random() < 0.5 else n for n in shape)]
    arguments = [values(random, s, d) for s, d in zip(inner, dtypes, strict=False)]
    recipe = [(random.choice(OPERATIONS), random.random(), random.random()) for _ in range(12)]

    def function(*arrays):
        made = list(arrays)
        for operation, i, j in recipe:
            try:
                made.append(operation(made[int(i * len(made))], made[int(j * len(made))], i))
            except (np.exceptions.AxisError, ValueError, IndexError, ZeroDivisionError):
                continue  # of these shapes
        return made[-1], made[-2], [made[len(made) // 2]]

    return function, arguments


def _float(x):
    return x if getattr(x, "dtype", np.dtype(float)).kind != "b" else np.where(x, 1.0, -2.0)


def _one(x, y, u):
    return ONE[int(u * 997) % len(ONE)](_float(x))


def _two(x, y, u):
    return TWO[int(u * 997) % len(TWO)](_float(x), _float(y))


def _constant(x, y, u):
    c = CONSTANTS[int(u * 997) % len(CONSTANTS)]
    f = (np.add, np.multiply, np.subtract, np.divide, np.maximum)[int(u * 9973) % 5]
    return f(_float(x), c) if u < 0.5 else f(c, _float(x))


def _reduced(x, y, u):
    f = (np.sum, np.max, np.mean, np.min, np.prod, np.cumsum)[int(u * 997) % 6]
    return f(_float(x), axis=None if u < 0.5 else -1)


OPERATIONS = [
    *[_one] * 3,
    *[_two] * 6,
    *[_constant] * 3,
    *[_reduced] * 2,
    lambda x, y, u: np.where(_float(x) > 0, _float(y), 0.5),
    lambda x, y, u: _float(x) @ np.swapaxes(_float(y), -1, -2),
    lambda x, y, u: np.reshape(x, -1),
    lambda x, y, u: x[..., ::-1],
    lambda x, y, u: np.concatenate([_float(x), _float(y)], axis=-1),
    lambda x, y, u: _float(x) ** (2, 0.5, -1, 3)[int(u * 997) % 4],
    lambda x, y, u: np.einsum("i,i->", np.ravel(_float(x)), np.ravel(_float(x))),
    lambda x, y, u: np.logical_and(_float(x) > 0, _float(y) < 1),
]


def traced(seed):
    function, arguments = random_function(Random(seed))
    with np.errstate(all="ignore"):
        return trace(function, *arguments, constant_outputs=True), arguments


def numbers_of(arguments):
    return [tuple(np.ravel(x)) if np.ndim(x) else x for x in arguments]


def flat(results):
    return flatten(results)[0]


seeds = st.integers(0, 2**40)


@pytest.mark.filterwarnings("ignore")
@given(seeds)
def test_every_backend_gives_the_numbers_of_the_interpreter(seed):
    function, arguments = random_function(Random(seed))
    program, _ = traced(seed)
    wanted = flat(program(*arguments))
    lowered = Lowered(program)
    assert lowered.numbers is not None, lowered.why
    made = {b: compile(function, b) for b in ("numpy", "python", "native")}
    got = {b: flat(f(*arguments)) for b, f in made.items()}
    for x, y in zip(got["numpy"], wanted, strict=True):
        assert same_bits(x, y)
    for x, y, z in zip(got["python"], got["native"], wanted, strict=True):
        assert same_bits(x, y), made["native"].program
        assert type(x) is type(z) or type(z) is np.ndarray
        assert (np.shape(x), np.asarray(x).dtype) == (np.shape(z), np.asarray(z).dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pass_", [folded, without_identities, common, simplified])
@given(seed=seeds)
def test_a_pass_over_numbers_changes_no_bit(pass_, seed):
    program, arguments = traced(seed)
    lowered = Lowered(program)
    if lowered.numbers is None:
        return
    before = scalarized(lowered.expanded)
    after = pass_(before)
    given = [x for a in numbers_of(arguments) for x in (a if type(a) is tuple else (a,))]
    wanted, got = in_python(before)(*given), in_python(after)(*given)
    assert all(map(same_bits, got, wanted)), f"{before}\n\n{after}"


@pytest.mark.filterwarnings("ignore")
@given(seeds)
def test_simpler_functions_and_numbers_give_what_the_program_gives(seed):
    program, arguments = traced(seed)
    if any(
        np.isnan(np.sum(x)) or np.abs(x).max(initial=0) > 1e100 for x in flat(program(*arguments))
    ):
        return  # an infinity of one is a large number of the other
    for x, y in zip(flat(expanded(program)(*arguments)), flat(program(*arguments)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-4)

"""What each pass does to a program, and that it keeps signs of zero, infinities and NaN."""

import numpy as np
import pytest

from tinygrad_xor import compile, grad
from tinygrad_xor.compiler import llvm
from tinygrad_xor.compiler.expand import expanded
from tinygrad_xor.compiler.scalarize import scalarized
from tinygrad_xor.compiler.simplify import common, folded, simplified, without_identities
from tinygrad_xor.program import trace
from tinygrad_xor.program.trace import same_bits

NUMBERS = np.array([0.0, -0.0, 1.0, -1.5, np.inf, -np.inf, np.nan, 5e-324, 1e308, 0.1, 7.0])
#: A function of two numbers, and how many operations are left of it.
SHORTER = {
    "x + 0": (lambda x, y: x + 0.0, 1),
    "0 + x": (lambda x, y: 0.0 + x, 1),
    "x + -0": (lambda x, y: x + -0.0, 0),
    "x - 0": (lambda x, y: x - 0.0, 0),
    "x - -0": (lambda x, y: x - -0.0, 1),
    "0 - x": (lambda x, y: 0.0 - x, 1),
    "x * 1": (lambda x, y: x * 1.0, 0),
    "x * -1": (lambda x, y: x * -1.0, 1),
    "x * 0": (lambda x, y: x * 0.0, 1),
    "x / 1": (lambda x, y: x / 1.0, 0),
    "x / 4": (lambda x, y: x / 4.0, 1),
    "x / 3": (lambda x, y: x / 3.0, 1),
    "-(-x)": (lambda x, y: np.negative(-x), 0),
    "x + -y": (lambda x, y: x + -y, 1),
    "-x + y": (lambda x, y: -x + y, 1),
    "x - -y": (lambda x, y: x - -y, 1),
    "abs(-x)": (lambda x, y: abs(-x), 1),
    "abs(abs(x))": (lambda x, y: abs(abs(x)), 1),
    "max(x, 0)": (lambda x, y: np.maximum(x, 0.0), 2),
    "min(x, 1)": (lambda x, y: np.minimum(x, 1.0), 2),
    "where(c, x, x)": (lambda x, y: np.where(x > y, x, x), 0),
    "x² twice": (lambda x, y: (x * x, x * x), 1),
    "x y and y x": (lambda x, y: (x * y, y * x), 1),
    "constants": (lambda x, y: np.ones_like(x) * 2.0 + x, 1),
}


@pytest.mark.parametrize("name", SHORTER)
def test_what_is_exact_is_left_out_and_nothing_else(name):
    function, left = SHORTER[name]
    program = simplified(scalarized(expanded(trace(function, 0.5, 0.25))))
    assert len(program.steps) == left, program
    x, y = (a.ravel() for a in np.meshgrid(NUMBERS, NUMBERS))
    with np.errstate(all="ignore"):
        wanted = function(x, y)
        for backend in ("python", "native"):
            made = compile(function, backend)
            got = np.array([made(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
            if name not in ("max(x, 0)", "min(x, 1)"):  # of two zeros NumPy takes either
                assert same_bits(got, np.array(wanted).T if type(wanted) is tuple else wanted)
            np.testing.assert_array_equal(got.T, np.array(wanted))


def test_each_pass_alone_can_be_seen_before_and_after():
    program = scalarized(trace(lambda x: (np.full_like(x, 3.0) * 2.0 + x * 1.0, x * 1.0), 1.0))
    assert [step.name for step in program.steps] == ["multiply", "multiply", "add", "multiply"]
    assert [step.name for step in folded(program).steps] == ["multiply", "add", "multiply"]
    assert len(without_identities(program).steps) == 2
    assert len(common(program).steps) == 3
    assert str(simplified(program)) == (
        "v0 = input()  # () float, x\nv1 = add(6.0, v0)  # () float\nreturn v1, v0"
    )


@pytest.mark.parametrize("backend", ["python", "native"])
def test_of_a_choice_only_the_side_that_is_taken_is_computed(backend):
    def f(x):
        e = np.sin(x)  # used twice, on one side
        return np.where(x > 0, e * e + e, np.where(x < -1, np.cos(x), np.arctan(x))), x * 2

    made = compile(f, backend)
    for x in (0.5, -0.5, -2.0, 0.0, np.nan):
        assert same_bits(made(x)[0], f(x)[0][()])
    assert ("if x > 0.0:" if backend == "python" else "br i1") in made.source


@pytest.mark.parametrize("digits", ["everywhere", "library"])
def test_tanh_s_slope_is_right_near_1_too(digits):
    f = grad(lambda x: np.sum(np.tanh(x) + 1 / (1 + np.exp(-x))))
    x = np.array([-400.0, -20.0, -1.0, 0.0, 0.3, 2.0, 19.0, 30.0])
    for backend in ("python", "native"):
        np.testing.assert_allclose(compile(f, backend, digits=digits)(x), f(x), rtol=1e-14)


@pytest.mark.parametrize("longest", [1, 7, 100])
def test_machine_code_in_many_functions_is_the_same(longest, monkeypatch):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 5))

    def f(x, w):
        y = np.tanh(x @ w)
        return np.where(np.sum(y) > 0, np.sin(y), np.cos(y)), y[0] > 0, np.sum(y, axis=0), 2.0 * w

    whole = compile(f, "native")
    wanted, count = whole(x, w), whole.source.count("define internal")
    monkeypatch.setattr(llvm, "LONGEST", longest)
    parts = compile(f, "native")
    for a, b in zip(parts(x, w), wanted, strict=True):
        assert same_bits(a, b)
    assert parts.source.count("define internal") > count


def test_dead_steps_are_gone():
    program = trace(lambda x: (np.sin(x) * 0.0, x + 1.0)[1], 1.0)
    assert [step.name for step in simplified(scalarized(program)).steps] == ["add"]

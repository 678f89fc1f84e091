"""Functions of scipy.special: found when SciPy is there, and not asked for otherwise."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE
from tinygrad_xor.engine.primitive import BY_FUNCTION
from tinygrad_xor.engine.sampling import positive
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.checks import check_entry

sc = pytest.importorskip("scipy.special")

np.exp(Value(0.0))
sc.erf(Value(0.0))  # the first call brings the page
from tinygrad_xor.derivatives import special  # noqa: E402

NAMES = [name for name in TABLE if name.startswith("special.")]


@pytest.mark.parametrize("name", NAMES)
def test_the_derivatives_agree_with_central_differences(name):
    assert check_entry(TABLE[name], examples=15, seed=0).failure is None


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_the_numbers_are_those_of_scipy(name, data):
    entry = TABLE[name]
    call = data.draw(gst.calls(entry))
    raw = [x.data if type(x) is Value else x for x in call.inputs]
    assert np.array_equal(call().data, entry.implements(*raw))


@pytest.mark.parametrize(
    "name", "erf erfc gammaln digamma expit logit xlogy i0 j0 ndtr log_ndtr".split()
)
def test_the_second_derivative_agrees_with_differences_of_the_first(name):
    f = getattr(sc, name)
    function = (lambda x: f(x, x)) if name == "xlogy" else f
    first, second, h = grad(function), grad(grad(function))(0.7), 1e-5
    assert second == pytest.approx((first(0.7 + h) - first(0.7 - h)) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_bessel_functions_of_the_first_order_have_exact_derivatives_at_zero_and_beside_it(order):
    x = np.array([-1.5, -0.99, -0.5, 0.0, 1e-6, 0.75, 0.999, 1.001, 2.0])
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)  # Bessel's integrals, by the trapezoid
    across, up = np.multiply.outer(x, np.cos(turn)), np.multiply.outer(x, np.sin(turn))
    exact = {
        sc.i1: np.mean(np.cos(turn) ** (order + 1) * np.exp(across), axis=-1),
        sc.j1: np.mean((-1j * np.sin(turn)) ** order * np.exp(1j * (turn - up)), axis=-1).real,
    }
    for function, expected in exact.items():
        derivative = function
        for _ in range(order):
            derivative = grad(lambda x, f=derivative: np.sum(f(x)))
        np.testing.assert_allclose(derivative(x), expected, rtol=0, atol=1e-13)


def test_a_further_function_takes_one_line():
    special._entry(
        sc.cosdg, "cos°", lambda g, y, x: -g * sc.sindg(x) * np.pi / 180, domain=positive
    )
    try:
        entry = TABLE["special.cosdg"]
        assert (entry.symbol, entry.elementwise, entry.domains) == ("cos°", True, (positive,))
        assert grad(sc.cosdg)(90.0) == pytest.approx(-np.pi / 180)
    finally:
        del TABLE["special.cosdg"], BY_FUNCTION[sc.cosdg]


def test_scipy_is_not_imported_unless_the_program_does():
    code = (
        "import sys, numpy as np, tinygrad_xor\n"
        "np.exp(tinygrad_xor.Value(1.0))\n"
        "try: np.unique(tinygrad_xor.Value(1.0))\n"
        "except TypeError: pass\n"
        "assert 'scipy' not in sys.modules\n"
        "import scipy.special\n"
        "assert scipy.special.erf(tinygrad_xor.Value(0.0)).data == 0.0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_ufunc_that_is_not_in_the_table_is_refused_by_name():
    with pytest.raises(TypeError, match=r"^airy has no entry"):
        sc.airy(Value(1.0))

"""Functions of scipy.special: found when SciPy is there, and not asked for otherwise."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, jacobian
from tinygrad_xor.engine import TABLE
from tinygrad_xor.engine.sampling import positive
from tinygrad_xor.engine.table import BY_FUNCTION
from tinygrad_xor.testing import check_gradients
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


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_target_of_0_has_no_slope_by_its_prediction_also_at_0():
    for function, y in ((sc.xlogy, 0.0), (sc.xlog1py, -1.0), (sc.rel_entr, 0.0), (sc.kl_div, 0.0)):
        by_x, by_y = grad(function, (0, 1))(0.0, y)
        assert by_x == -np.inf
        assert by_y == (1.0 if function is sc.kl_div else 0.0)
    assert grad(lambda p: -np.sum(sc.xlogy([0.0, 1.0], p)))(np.array([0.0, 1.0])).tolist() == [
        0,
        -1,
    ]


@pytest.mark.parametrize("x", [-1e8, -1e3, -40.0, 0.0, 5.0])
def test_the_slope_of_the_logarithm_of_a_tail_is_accurate_far_out(x):
    large = abs(x)
    mills = large + 1 / (large + 2 / (large + 3 / (large + 4 / (large + 5)))) if x < -30 else None
    exact = mills or np.sqrt(2 / np.pi) * np.exp(-x * x / 2) / sc.erfc(-x / np.sqrt(2))
    assert grad(sc.log_ndtr)(x) == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (sc.erfcx, 4.0, -0.032383506095021455),
        (sc.erfcx, 10.0, -0.0055593122190608567),
        (sc.erfcx, 1000.0, -5.6418873726549667e-7),
        (sc.erfcx, 1e10, -1e-20 / math.sqrt(math.pi)),
        (sc.dawsn, 4.0, -0.034784009888040925),
        (sc.dawsn, -10.0, -0.0050769437519705607),
        (sc.dawsn, 1000.0, -5.0000075000187501e-7),
        (sc.dawsn, -1e10, -5e-21),
    ],
)
def test_the_slopes_of_what_falls_like_1_over_x_are_accurate_far_out(function, x, slope):
    assert grad(function)(x) == pytest.approx(slope, rel=1e-14, abs=0)
    if abs(x) < 100:
        check_gradients(function, np.array([x]), order=2)


def test_slopes_of_the_logistic_function_and_its_inverse_are_accurate_at_both_ends():
    for x in (-700.0, -40.0, 36.0, 40.0, 700.0):
        assert grad(sc.expit)(x) == pytest.approx(
            np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2, rel=1e-15, abs=0
        )
    for p in (1e-300, 1e-20, 0.5, 1 - 2.0**-50):
        assert grad(sc.logit)(p) == pytest.approx(1 / p / (1 - p), rel=1e-15, abs=0)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_the_second_derivative_of_logit_is_infinite_at_its_ends_by_every_way():
    for mode in ("forward", "reverse"):
        assert jacobian(grad(sc.logit), mode=mode)(0.0) == -np.inf
        assert jacobian(grad(sc.logit), mode=mode)(1.0) == np.inf


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


def test_zeta_refuses_to_lose_the_gradient_of_its_order():
    zeta = TABLE["special.zeta"]
    with pytest.raises(TypeError, match="zeta has no derivative by its first argument"):
        zeta(Value(3.0), 2.0)
    assert grad(lambda q: zeta(3.0, q))(2.0) == -3 * sc.zeta(4.0, 2.0)

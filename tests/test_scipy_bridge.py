"""SciPy's functions that are no ufuncs: its numbers on arrays, and derivatives to second order."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_xor import Value, grad, vjp
from tinygrad_xor.testing import check_gradients

pytest.importorskip("scipy")
import scipy.linalg
import scipy.signal
import scipy.special
import scipy.stats

from tinygrad_xor.scipy import linalg, signal, special, stats

X = np.array([-1.5, 0.25, 2.0])
MATRIX = np.array([[2.0, 0.3, -0.1], [0.5, 1.5, 0.2], [0.1, -0.4, 3.0]])
COVARIANCE = MATRIX @ MATRIX.T
TABLE = np.arange(6.0).reshape(2, 3) / 4


def symmetric(c):
    return (c + c.T) / 2


CALLS = {
    "logsumexp": (special.logsumexp, scipy.special.logsumexp, [TABLE]),
    "logsumexp of rows": (
        lambda v: special.logsumexp(v, axis=1, keepdims=True),
        lambda v: scipy.special.logsumexp(v, axis=1, keepdims=True),
        [TABLE],
    ),
    "logsumexp, weighted": (
        lambda v, b: special.logsumexp(v, axis=0, b=b),
        lambda v, b: scipy.special.logsumexp(v, axis=0, b=b),
        [TABLE, 1 + TABLE],
    ),
    "softmax": (special.softmax, scipy.special.softmax, [TABLE]),
    "softmax of columns": (
        lambda v: special.softmax(v, axis=0),
        lambda v: scipy.special.softmax(v, axis=0),
        [TABLE],
    ),
    "log_softmax": (special.log_softmax, scipy.special.log_softmax, [TABLE]),
    "polygamma": (
        lambda v: special.polygamma(2, v),
        lambda v: scipy.special.polygamma(2, v),
        [X + 2],
    ),
    "zeta": (lambda v: special.zeta(3.0, v), lambda v: scipy.special.zeta(3.0, v), [X + 2]),
    "norm.logpdf": (stats.norm.logpdf, scipy.stats.norm.logpdf, [X, 0.5 * X, X + 2]),
    "norm.pdf": (stats.norm.pdf, scipy.stats.norm.pdf, [X, 0.5 * X, X + 2]),
    "norm.cdf": (stats.norm.cdf, scipy.stats.norm.cdf, [X, 0.5 * X, X + 2]),
    "norm.sf": (stats.norm.sf, scipy.stats.norm.sf, [X, 0.5 * X, X + 2]),
    "norm.logcdf": (stats.norm.logcdf, scipy.stats.norm.logcdf, [5 * X]),
    "norm.logsf": (stats.norm.logsf, scipy.stats.norm.logsf, [5 * X, X, X + 2]),
    "t.logpdf": (stats.t.logpdf, scipy.stats.t.logpdf, [X, X + 3, 0.5 * X, X + 2]),
    "t.pdf": (stats.t.pdf, scipy.stats.t.pdf, [X, X + 3]),
    **{
        f"t.{name}": (
            lambda x, loc, scale, name=name: getattr(stats.t, name)(x, 2.5, loc, scale),
            lambda x, loc, scale, name=name: getattr(scipy.stats.t, name)(x, 2.5, loc, scale),
            [X, 0.5 * X, X + 2],
        )
        for name in ("cdf", "sf", "logcdf", "logsf")
    },
    "multivariate_normal.logpdf": (
        lambda x, m, c: stats.multivariate_normal.logpdf(x, m, symmetric(c)),
        lambda x, m, c: scipy.stats.multivariate_normal.logpdf(x, m, symmetric(c)),
        [np.stack([X, X**2]), X / 2, COVARIANCE],
    ),
    "multivariate_normal.pdf": (
        lambda x: stats.multivariate_normal.pdf(x, X / 2, [1.0, 2.0, 3.0]),
        lambda x: scipy.stats.multivariate_normal.pdf(x, X / 2, [1.0, 2.0, 3.0]),
        [X],
    ),
    "expm": (linalg.expm, scipy.linalg.expm, [MATRIX]),
    "expm of a large matrix": (linalg.expm, scipy.linalg.expm, [4 * MATRIX]),
    "solve_triangular": (linalg.solve_triangular, scipy.linalg.solve_triangular, [MATRIX, X]),
    "solve_triangular, lower, transposed": (
        lambda a, b: linalg.solve_triangular(a, b, "T", lower=True, unit_diagonal=True),
        lambda a, b: scipy.linalg.solve_triangular(a, b, "T", lower=True, unit_diagonal=True),
        [MATRIX, TABLE.T],
    ),
    **{
        f"convolve, {mode}, {len(a)} by {len(b)}": (
            lambda a, b, mode=mode: signal.convolve(a, b, mode),
            lambda a, b, mode=mode: scipy.signal.convolve(a, b, mode),
            [a, b],
        )
        for mode in ("full", "same", "valid")
        for a, b in ((X, X[:2]), (X[:2], X), (np.append(X, X), X))
    },
    **{
        f"convolve of images, {mode}": (
            lambda a, b, mode=mode: signal.convolve(a, b, mode),
            lambda a, b, mode=mode: scipy.signal.convolve(a, b, mode, "direct"),
            [MATRIX, TABLE[:, :2]],
        )
        for mode in ("full", "same", "valid")
    },
}


@pytest.mark.parametrize(("ours", "of_scipy", "inputs"), CALLS.values(), ids=CALLS)
def test_scipys_numbers_with_right_derivatives(ours, of_scipy, inputs):
    expected = of_scipy(*inputs)
    np.testing.assert_allclose(ours(*inputs), expected, rtol=1e-12, atol=1e-14)
    result = ours(*map(Value, inputs))
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.data, expected, rtol=1e-12, atol=1e-14)
    check_gradients(ours, *inputs, directions=2)


def test_signs_of_weighted_sums():
    a, b = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    expected = scipy.special.logsumexp(a, b=b, return_sign=True)
    np.testing.assert_allclose(special.logsumexp(a, b=b, return_sign=True), expected)
    size, sign = special.logsumexp(Value(a), b=b, return_sign=True)
    np.testing.assert_allclose((size.data, sign.data), expected)


def test_tails_are_accurate_far_out():
    assert grad(stats.norm.logcdf)(-1e6) == pytest.approx(1e6, rel=1e-11, abs=0)
    assert grad(stats.norm.logsf)(1e6) == pytest.approx(-1e6, rel=1e-11, abs=0)
    assert stats.norm.logsf(Value(40.0)).data == pytest.approx(scipy.stats.norm.logsf(40.0))


def test_exponentials_of_matrices_are_their_own_derivative():
    _, pull = vjp(lambda t: linalg.expm(t * MATRIX), 1.0)
    for g in np.eye(9).reshape(9, 3, 3):
        expected = np.sum(g * (MATRIX @ scipy.linalg.expm(MATRIX)))
        assert pull(g)[0] == pytest.approx(expected, rel=1e-12, abs=0)
    assert not np.isnan(grad(lambda v: np.sum(linalg.expm(v)))(np.zeros((2, 2)))).any()


def test_what_is_a_ufunc_or_of_no_concern_is_scipys_own():
    assert special.erf is scipy.special.erf
    assert stats.expon is scipy.stats.expon
    assert stats.norm.ppf(0.975) == scipy.stats.norm.ppf(0.975)
    assert stats.t.ppf(0.975, 3.0) == scipy.stats.t.ppf(0.975, 3.0)
    assert linalg.lu is scipy.linalg.lu
    assert signal.firwin is scipy.signal.firwin
    with pytest.raises(AttributeError, match="no_such"):
        _ = special.no_such


@pytest.mark.parametrize(
    "call",
    [
        lambda v: special.zeta(v, 2.0),
        lambda v: special.polygamma(v, 2.0),
        lambda v: scipy.special.gammainc(v, 2.0),
        lambda v: scipy.special.betainc(1.0, v, 0.5),
        lambda v: scipy.special.jv(v, 2.0),
        lambda v: stats.t.logcdf(1.0, v),
    ],
)
def test_an_order_has_no_derivative_and_says_so(call):
    with pytest.raises(TypeError, match=r"^special\.\w+ (is differentiated by its last|has no)"):
        call(Value(1.0))


def test_signals_fit_each_other_and_modes_are_known():
    with pytest.raises(ValueError, match=r"as many axes, not of shapes \(2, 3\) and \(3,\)"):
        signal.convolve(Value(TABLE), X)
    with pytest.raises(ValueError, match="none of them lies within the other"):
        signal.convolve(Value(TABLE), TABLE.T, "valid")
    with pytest.raises(ValueError, match="not 'wrap'"):
        signal.convolve(Value(X), X, "wrap")


def test_with_scipys_array_api_switch_on_the_bridge_has_its_functions(tmp_path):
    program = tmp_path / "switched.py"
    program.write_text(
        "import numpy as np, scipy.special\n"
        "from tinygrad_xor import Value, grad\n"
        "try:\n"
        "    np.unwrap(Value([1.0]))\n"  # the first function without an entry brings the page
        "    np.i0(Value(1.0))\n"
        "except TypeError as error:\n"
        "    print(error)\n"
        "from tinygrad_xor.scipy import special, stats\n"
        "print(grad(special.erf)(0.0), grad(special.digamma)(1.0), grad(stats.norm.logcdf)(0.0))\n"
    )
    told = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    assert told[0].startswith("np.i0 has no entry in the table of derivatives")
    slopes = [float(x) for x in told[1].split()]
    expected = [2 / math.sqrt(math.pi), math.pi**2 / 6, math.sqrt(2 / math.pi)]
    assert slopes == pytest.approx(expected, rel=1e-14, abs=0)

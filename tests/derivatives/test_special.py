"""Functions of scipy.special: found when SciPy is there, and not asked for otherwise."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.report import check_entry

sc = pytest.importorskip("scipy.special")

np.exp(Value(0.0))
sc.erf(Value(0.0))  # the first call brings the page
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
    assert np.array_equal(call().data, entry.stands_for(*raw))


@pytest.mark.parametrize(
    "name", "erf erfc gammaln digamma expit logit xlogy i0 j0 ndtr log_ndtr".split()
)
def test_the_second_derivative_agrees_with_differences_of_the_first(name):
    f = getattr(sc, name)
    function = (lambda x: f(x, x)) if name == "xlogy" else f
    first, second, h = grad(function), grad(grad(function))(0.7), 1e-5
    assert second == pytest.approx((first(0.7 + h) - first(0.7 - h)) / (2 * h), rel=1e-6)


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

"""The coverage table: every public function of NumPy is in one column, and truly so."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.derivatives.coverage import MODULES, Row, _row, coverage
from tinygrad_xor.engine.table import UNSUPPORTED


def public_functions():
    for module in MODULES:
        for name in module.__all__:
            function = getattr(module, name)
            if callable(function) and not isinstance(function, type):
                yield f"{module.__name__.replace('numpy', 'np')}.{name}"


def test_every_public_function_has_one_row():
    assert sorted(row.name for row in coverage()) == sorted(public_functions())


def test_there_are_three_columns_and_every_function_that_is_left_out_has_a_reason():
    rows = list(coverage())
    assert {row.column for row in rows} == {"differentiable", "constant", "not supported"}
    known = [row for row in rows if row.column == "not supported"]
    assert all(row.reason for row in known)


def test_functions_are_sorted_within_their_module_and_have_the_right_column():
    rows = list(coverage())
    names = [row.name for row in rows]
    parts = [[n for n in names if n.rpartition(".")[0] == m] for m in ("np", "np.linalg", "np.fft")]
    assert names == [name for part in parts for name in sorted(part)]
    column = {row.name: (row.column, row.reason) for row in rows}
    assert column["np.sin"] == column["np.fft.fft2"] == ("differentiable", "")
    assert column["np.argmax"] == column["np.zeros"] == ("constant", "")
    assert column["np.fft.fftfreq"] == ("constant", "")
    assert column["np.gcd"] == ("not supported", "it is for integers")
    assert column["np.roots"] == (
        "not supported",
        "find them with np.linalg.eigvals of the companion matrix",
    )


def test_a_function_that_is_new_in_numpy_says_so():
    assert _row("np.new", lambda: None) == Row(
        "np.new", "not supported", "it was not looked at yet"
    )


@pytest.mark.parametrize("name", "histogram unique frexp poly roots".split())
def test_the_reason_is_in_the_error_too(name):
    function = getattr(np, name)
    reason = UNSUPPORTED[function].replace("(", r"\(").replace("[", r"\[").replace(".", r"\.")
    with pytest.raises(TypeError, match=reason.partition(":")[0]):
        function(Value([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    "names",
    [
        "add subtract multiply divide power float_power mod remainder fmod reciprocal square cbrt",
        "hypot absolute fabs sign copysign floor ceil round trunc clip maximum minimum fmax fmin",
        "where nan_to_num exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 sqrt sin cos",
        "tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh sinc deg2rad",
        "rad2deg sum mean var std prod max min ptp cumsum cumprod nansum median average trace",
        "reshape ravel transpose swapaxes moveaxis expand_dims squeeze broadcast_to",
        "broadcast_arrays atleast_1d atleast_2d atleast_3d concatenate stack hstack vstack dstack",
        "column_stack split array_split hsplit vsplit dsplit tile repeat roll rot90 flip fliplr",
        "flipud pad triu tril diag diagonal take take_along_axis choose compress extract select",
        "sort partition matmul dot inner outer vdot tensordot kron cross einsum",
        "linalg.inv linalg.solve linalg.det linalg.slogdet linalg.cholesky linalg.eigh linalg.svd",
        "linalg.qr linalg.pinv linalg.matrix_power linalg.multi_dot linalg.norm linalg.eig",
        "fft.fft fft.ifft fft.rfft fft.irfft fft.fftn fft.ifftn fft.rfftn fft.irfftn",
        "real imag conj angle",
    ],
)
def test_what_was_promised_is_differentiable(names):
    differentiable = {row.name for row in coverage() if row.column == "differentiable"}
    assert {f"np.{name}" for name in names.split()} <= differentiable

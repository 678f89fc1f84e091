"""The coverage table: every public function of NumPy is in one column, and truly so."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.derivatives.coverage import MODULES, coverage
from tinygrad_xor.engine.numpy_protocol import UNSUPPORTED

ROWS = list(coverage())


def public_functions():
    for module in MODULES:
        for name in module.__all__:
            function = getattr(module, name)
            if callable(function) and not isinstance(function, type):
                yield f"{module.__name__.replace('numpy', 'np')}.{name}"


def test_every_public_function_has_one_row():
    assert sorted(row.name for row in ROWS) == sorted(public_functions())


def test_there_are_three_columns_and_every_function_that_is_left_out_has_a_reason():
    assert {row.column for row in ROWS} == {"differentiable", "constant", "not supported"}
    known = [row for row in ROWS if row.column == "not supported"]
    assert all(row.reason for row in known)


@pytest.mark.parametrize("name", "histogram unique frexp polyfit nanmedian".split())
def test_the_reason_is_in_the_error_too(name):
    function = getattr(np, name)
    reason = UNSUPPORTED[function].replace("(", r"\(").replace("[", r"\[").replace(".", r"\.")
    with pytest.raises(TypeError, match=reason.partition(":")[0]):
        function(
            *[Value([1.0, 2.0, 3.0])] * (2 if name == "polyfit" else 1), *[1] * (name == "polyfit")
        )


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
    differentiable = {row.name for row in ROWS if row.column == "differentiable"}
    assert {f"np.{name}" for name in names.split()} <= differentiable

"""Fourier transforms with axes and lengths left out, cut, filled, or named in every way."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.testing import check_gradients

A = np.sin(np.arange(1.0, 31.0) ** 2).reshape(2, 3, 5)


def check(call, array):
    """NumPy's numbers, and right gradients."""
    result = call(Value(array))
    assert result.shape == call(array).shape
    assert np.allclose(result.data, call(array), rtol=1e-13, atol=1e-13)
    check_gradients(call, array, order=1, modes=("reverse",), directions=3)


@pytest.mark.parametrize("name", "fftn ifftn rfftn irfftn".split())
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"axes": (0, -1)},
        {"axes": (-1, 1), "norm": "forward"},
        {"axes": (1, 2), "s": (4, 3)},
        {"axes": (1, 2), "s": (2, -1), "norm": "ortho"},
        {"axes": (0, 1), "s": (-1, 5)},
        {"axes": (0, 2, 1), "s": (3, 4, 2)},
    ],
    ids=str,
)
def test_transforms_over_several_axes(name, how):
    check(lambda v: getattr(np.fft, name)(v, **how), A)


@pytest.mark.parametrize("name", "fftn rfftn".split())
@pytest.mark.filterwarnings("ignore:.*axes.*:DeprecationWarning")
def test_lengths_without_axes_are_those_of_the_last_axes(name):
    check(lambda v: getattr(np.fft, name)(v, s=(2, 4)), A)


@pytest.mark.parametrize("name", "fft2 ifft2 rfft2 irfft2".split())
def test_transforms_over_two_axes(name):
    for how in ({}, {"s": (4, 6)}, {"axes": (0, 1), "norm": "forward"}):
        check(lambda v, how=how: getattr(np.fft, name)(v, **how), A)


@pytest.mark.parametrize("name", "fft ifft rfft irfft hfft ihfft".split())
@pytest.mark.parametrize("n", [None, 2, 4, 7])
def test_transforms_along_one_axis(name, n):
    check(lambda v: getattr(np.fft, name)(v, n, 1, "forward"), A[:, :, 0])
    check(lambda v: getattr(np.fft, name)(v, n), A[0, :2])


@pytest.mark.parametrize("function", [np.fft.fftshift, np.fft.ifftshift])
def test_the_middle_is_found_for_odd_and_even_lengths(function):
    for axes in (None, 2, (0, -1)):
        check(lambda v, axes=axes: function(v, axes), A)

"""Fourier transforms. The matrix of each is symmetric, so the transform is its own transpose."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import axes_of
from tinygrad_xor.derivatives._calls import fft_calls, fftn_calls, of
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import Primitive, composed, primitive


def _fitted(x: Any, n: int, axis: int) -> Any:
    """`x` cut, or filled with zeros, to length n."""
    own = np.shape(x)[axis]
    if own >= n:
        return x[(slice(None),) * (axis % np.ndim(x)) + (slice(n),)]
    width = [(0, 0)] * np.ndim(x)
    width[axis] = (0, n - own)
    return np.pad(x, width)


def _transform(function: Callable[..., Any], symbol: str) -> Primitive:
    """An entry for a complex transform."""

    def rule(g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
        return _fitted(function(g, None, axis, norm), np.shape(x)[axis], axis)

    return primitive(function, symbol, rule, calls=fft_calls)


fft = _transform(np.fft.fft, "FFT")
ifft = _transform(np.fft.ifft, "FFT⁻¹")


def _rfft_rule(
    g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    """rfft is the first half of fft: the gradient of the other half is 0."""
    n = np.shape(x)[axis] if n is None else n
    whole = np.fft.fft(_fitted(g, n, axis), axis=axis, norm=norm)
    return _fitted(np.real(whole), np.shape(x)[axis], axis)


rfft = primitive(np.fft.rfft, "rFFT", _rfft_rule, calls=fft_calls, real_only=True)


def _irfft_rule(
    g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    """Each coefficient stands for itself and its mirror image; the first, and a middle one, not."""
    n = np.shape(y)[axis]
    half = conj(np.fft.rfft(g, axis=axis, norm=_swapped(norm)))
    twice = np.full(n // 2 + 1, 2.0)
    twice[0] = 1.0
    if n % 2 == 0:
        twice[-1] = 1.0
    shape = [1] * np.ndim(x)
    shape[axis] = len(twice)
    return _fitted(half * np.reshape(twice, shape), np.shape(x)[axis], axis)


irfft = primitive(np.fft.irfft, "rFFT⁻¹", _irfft_rule, calls=fft_calls)


@composed(np.fft.hfft, calls=fft_calls)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """The real transform of a signal that is Hermitian in time."""
    return np.fft.irfft(conj(a), n, axis, _swapped(norm))


@composed(np.fft.ihfft, calls=fft_calls, real_only=True)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """The inverse of hfft."""
    return conj(np.fft.rfft(a, n, axis, _swapped(norm)))


def _swapped(norm: Any) -> Any:
    swapped = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
    if norm not in swapped:
        raise ValueError(f"norm={norm!r}: it is 'backward', 'ortho' or 'forward'")
    return swapped[norm]


def _axes_and_lengths(x: Any, s: Any, axes: Any) -> tuple[list[int], list[Any]]:
    if axes is None:
        axes = range(np.ndim(x)) if s is None else range(-len(s), 0)
    axes = list(axes)
    if s is None:
        return axes, [None] * len(axes)
    if len(s) != len(axes):
        raise ValueError(f"a transform over {len(axes)} axes needs as many lengths, not {len(s)}")
    return axes, [np.shape(x)[axis] if n == -1 else n for axis, n in zip(axes, s, strict=True)]


def _over_axes(transform: Callable[..., Any], x: Any, s: Any, axes: Any, norm: Any) -> Any:
    """One axis after the other, the last one first, as NumPy does."""
    axes, lengths = _axes_and_lengths(x, s, axes)
    for axis, n in reversed(list(zip(axes, lengths, strict=True))):
        x = transform(x, n, axis, norm)
    return x


@composed(np.fft.fftn, calls=fftn_calls)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The transform over several axes."""
    return _over_axes(np.fft.fft, a, s, axes, norm)


@composed(np.fft.ifftn, calls=fftn_calls)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The inverse of fftn."""
    return _over_axes(np.fft.ifft, a, s, axes, norm)


@composed(np.fft.rfftn, calls=fftn_calls, real_only=True)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The transform of real numbers over several axes: half of the last one."""
    axes, lengths = _axes_and_lengths(a, s, axes)
    a = np.fft.rfft(a, lengths[-1], axes[-1], norm)
    for axis, n in reversed(list(zip(axes[:-1], lengths[:-1], strict=True))):
        a = np.fft.fft(a, n, axis, norm)
    return a


@composed(np.fft.irfftn, calls=fftn_calls)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The inverse of rfftn."""
    axes, lengths = _axes_and_lengths(a, s, axes)
    for axis, n in zip(axes[:-1], lengths[:-1], strict=True):
        a = np.fft.ifft(a, n, axis, norm)
    return np.fft.irfft(a, lengths[-1], axes[-1], norm)


def _over_two_axes(function: Callable[..., Any], of_any: Callable[..., Any], **how: Any) -> Any:
    """A composition for a transform over two axes, by the same over any axes."""

    @composed(function, calls=fftn_calls, **how)
    def over_two(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
        """The same over two axes."""
        return of_any(a, s, axes, norm)

    return over_two


fft2 = _over_two_axes(np.fft.fft2, np.fft.fftn)
ifft2 = _over_two_axes(np.fft.ifft2, np.fft.ifftn)
rfft2 = _over_two_axes(np.fft.rfft2, np.fft.rfftn, real_only=True)
irfft2 = _over_two_axes(np.fft.irfft2, np.fft.irfftn)


def _shifted(x: Any, axes: Any, sign: int) -> Any:
    for axis in axes_of(x, axes):
        n = np.shape(x)[axis]
        x = np.roll(x, sign * (n // 2), axis)
    return x


@composed(np.fft.fftshift, calls=of(least=1))
def fftshift(x: Any, axes: Any = None) -> Any:
    """Frequency zero moved to the middle."""
    return _shifted(x, axes, 1)


@composed(np.fft.ifftshift, calls=of(least=1))
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of fftshift."""
    return _shifted(x, axes, -1)

"""Complex numbers, and the convention that all rules share.

The gradient of a real L by a complex z = x + iy is ∂L/∂x − i ∂L/∂y, the convention of JAX and HIPS
autograd (JAX, "The Autodiff Cookbook", section "Complex numbers and differentiation"; Maclaurin,
"Modeling, Inference and Optimization with Composable Differentiable Procedures", 2016, section
4.3.3). In short, dL = Re(g dz).

With it the rule of a holomorphic function is what it is for real numbers, without a conjugate:
exp's is ``g * y``. Only functions that are not holomorphic need care: they are on this page, or
their formula has a conjugate. To descend, step along the *conjugate* of the gradient.
"""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import of
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import positive


def conj(x: Any) -> Any:
    """The complex conjugate; of real numbers, the very same object."""
    return np.conjugate(x) if is_complex(x) else x


def real_part(x: Any) -> Any:
    """The real part; of real numbers, the very same object."""
    return np.real(x) if is_complex(x) else x


def phase(x: Any) -> Any:
    """x / |x|, the sign of a real number; 0 at 0."""
    if not is_complex(x):
        return np.sign(x)
    return ratio(x, np.abs(x))


real = primitive(np.real, "Re", lambda g, y, x: g, name="real", elementwise=True)

imag = primitive(np.imag, "Im", lambda g, y, x: -1j * g, name="imag", elementwise=True)

conjugate = primitive(np.conjugate, "z̄", lambda g, y, x: conj(g))


def _angle_rule(g: Any, y: Any, x: Any, deg: bool = False) -> Any:
    """-i g / z; at 0, where there is no angle, 0."""
    size = np.abs(x)  # not its square, which is 0 or infinite for sizes that are not
    return -1j * g * (180 / np.pi if deg else 1.0) * ratio(ratio(conj(x), size), size)


angle = primitive(
    np.angle,
    "∠",
    _angle_rule,
    calls=of(deg=[False, True]),
    domain=positive,
)


@composed(np.real_if_close, calls=of(), real_only=True)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part, where all imaginary parts are negligible."""
    a = a.astype(a.dtype) if a.ndim == 0 else a  # NumPy's number, also of one of Python's
    return np.real(a) if np.isrealobj(np.real_if_close(a.data, tol)) else a

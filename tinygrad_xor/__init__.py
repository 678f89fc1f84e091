"""tinygrad_xor: an autograd engine from scratch, to read, to see and to trust.

>>> import numpy as np
>>> from tinygrad_xor import Value
>>> x = Value(2.0, label="x")
>>> y = np.tanh(x * 3.0 + 1.0) ** 2
>>> y.backward()
>>> round(x.grad, 12)
1.9956623e-05

Or hand a function of plain NumPy to `grad`:

>>> from tinygrad_xor import grad
>>> grad(grad(lambda x: x**3))(2.0)
12.0
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from tinygrad_xor import _starting as _starting  # first of all
from tinygrad_xor import derivatives as derivatives
from tinygrad_xor.derivatives._arrays import array
from tinygrad_xor.engine import Value, detect_anomaly, no_grad
from tinygrad_xor.engine.display import DRAWERS as _DRAWERS
from tinygrad_xor.transforms import (
    custom_vjp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    ravel_pytree,
    register_pytree_node,
    stop_gradient,
    value_and_grad,
    vjp,
)

if _TYPE_CHECKING:
    from tinygrad_xor.compiler import compile as compile
    from tinygrad_xor.compiler import scan as scan
    from tinygrad_xor.studies import study as study


def __getattr__(name: str) -> _Any:  # a third more to import, and only when it is used
    if name in ("compile", "scan"):
        from tinygrad_xor import compiler

        return getattr(compiler, name)
    if name == "study":
        from tinygrad_xor import studies

        return studies.study
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _svg(x: _Any) -> str | None:
    from tinygrad_xor.viz.notebook import svg  # only when a notebook asks

    return svg(x)


_DRAWERS.append(_svg)

__version__ = "0.1.0"

__all__ = [
    "Value",
    "__version__",
    "array",
    "custom_vjp",
    "detect_anomaly",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "no_grad",
    "ravel_pytree",
    "register_pytree_node",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

"""Derivatives of functions: arrays in, arrays out, with JAX's names and signatures."""

from tinygrad_xor.transforms.functional import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]

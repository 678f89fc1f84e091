"""Derivatives of functions: arrays in, arrays out, with JAX's names and signatures."""

from tinygrad_xor.program.trees import register_pytree_node
from tinygrad_xor.transforms.custom import custom_vjp
from tinygrad_xor.transforms.functional import grad, jvp, stop_gradient, value_and_grad, vjp
from tinygrad_xor.transforms.jacobians import hessian, hvp, jacobian
from tinygrad_xor.transforms.raveling import ravel_pytree
from tinygrad_xor.transforms.scopes import named_steps as named_steps

__all__ = [
    "custom_vjp",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "ravel_pytree",
    "register_pytree_node",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

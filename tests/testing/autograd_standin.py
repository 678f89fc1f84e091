"""HIPS autograd's import names with this package behind them: for programs written for autograd.

``autograd.numpy`` is NumPy itself but for three functions that hand no Value on. What autograd's
own examples ask for is here, not all of autograd: no ``tracer``, no ``Box``, no ``VSpace``.
"""

import builtins
from types import ModuleType

import numpy as np
import scipy.integrate

from tinygrad_xor import Value, array, custom_vjp, grad, hvp, ravel_pytree, value_and_grad, vjp
from tinygrad_xor.optim import functional
from tinygrad_xor.scipy import special, stats
from tinygrad_xor.testing import check_gradients


def sgd(slope, start, callback=None, num_iters=200, step_size=0.1, mass=0.9):
    """Gradient descent with momentum, the gradient taken as (1 - mass) of itself."""
    x, unravel = ravel_pytree(start)
    velocity = np.zeros_like(x)
    for i in range(num_iters):
        g = slope(unravel(x), i)
        if callback:
            callback(unravel(x), i, g)
        velocity = mass * velocity - (1 - mass) * ravel_pytree(g)[0]
        x = x + step_size * velocity
    return unravel(x)


def flatten_func(function, example):
    flat, unravel = ravel_pytree(example)
    return lambda x, *args: function(unravel(x), *args), unravel, flat


def elementwise_grad(function):
    def differentiated(x):
        out, pullback = vjp(function, x)
        return pullback(np.ones_like(out))[0]

    return differentiated


def hessian_vector_product(function):
    return lambda x, v: hvp(function, (x,), (v,))


def check_grads(function, modes=("fwd", "rev"), order=2):
    """Along one random direction, as autograd does, in place of each element."""
    named = tuple({"fwd": "forward", "rev": "reverse"}[mode] for mode in modes)
    return lambda *args: check_gradients(function, *args, modes=named, order=order, directions=1)


def defvjp(function, *makers):
    def backward(kept, g):
        out, args = kept
        pairs = zip(makers, args, strict=True)
        return tuple(m(out, *args)(g) if m else np.zeros(np.shape(x)) for m, x in pairs)

    def forward(*args):
        out = function(*args)
        return out, (out, args)

    function.defvjp(forward, backward)


def _fixed_point(f, a, x0, distance, tol):
    step = f(a)
    x, before = step(x0), x0
    while distance(x, before) > tol:
        x, before = step(x), x
    return x


def _fixed_point_backward(f, x0, distance, tol, kept, g):
    """By the implicit function: u = g + u ∂f/∂x is a fixed point itself."""
    a, x = kept

    def iterated(at):
        a, x, g = at
        pullback = vjp(f(a), x)[1]
        return lambda u: g + pullback(u)[0]

    u = fixed_point(iterated, (a, x, g), np.zeros(np.shape(x))[()], distance, tol)
    return vjp(lambda a: f(a)(x), a)[1](u)


def _fixed_point_forward(f, a, x0, distance, tol):
    x = fixed_point(f, a, x0, distance, tol)
    return x, (a, x)


fixed_point = custom_vjp(_fixed_point, nondiff_argnums=(0, 2, 3, 4))
fixed_point.defvjp(_fixed_point_forward, _fixed_point_backward)


def _solve(f, y0, t, args, options):
    return scipy.integrate.odeint(f, y0, t, tuple(args), **options)


def _solve_forward(f, y0, t, args, options):
    ys = _solve(f, y0, t, args, options)
    return ys, (ys, args)


def _solve_backward(f, t, options, kept, g):
    """The adjoint equation, back from each time to the one before (Chen and others, 2018)."""
    ys, args = kept
    flat, unravel = ravel_pytree(args)
    n = len(ys[0])

    def back(state, minus_t):
        out, pull = vjp(lambda y, p: f(y, -minus_t, *unravel(p)), state[:n], flat)
        return np.concatenate([-out, *pull(state[n : 2 * n])])

    by_y, by_args = g[-1], np.zeros(len(flat))
    for i in range(len(t) - 1, 0, -1):
        start = np.concatenate([ys[i], by_y, by_args])
        end = scipy.integrate.odeint(back, start, [-t[i], -t[i - 1]], **options)[1]
        by_y, by_args = end[n : 2 * n] + g[i - 1], end[2 * n :]
    return by_y, unravel(by_args)


_odeint = custom_vjp(_solve, nondiff_argnums=(0, 2, 4))
_odeint.defvjp(_solve_forward, _solve_backward)


def odeint(f, y0, t, args=(), **options):
    """``scipy.integrate.odeint``, differentiable by `y0` and `args`."""
    return _odeint(f, y0, t, args, options)


def convolve(a, b, axes, dot_axes, mode):
    """Along `axes`, summed over `dot_axes`: first what is left of `a`'s axes, then of `b`'s."""
    if mode != "valid":
        raise ValueError(f"the stand-in convolves with mode='valid', not {mode!r}")
    lengths = tuple(b.shape[i] for i in axes[1])
    windows = np.lib.stride_tricks.sliding_window_view(a, lengths, axis=tuple(axes[0]))
    within = [*range(a.ndim, a.ndim + len(lengths))]
    summed = ([*dot_axes[0], *within], [*dot_axes[1], *axes[1]])
    out = np.tensordot(windows, np.flip(b, tuple(axes[1])), axes=summed)
    left = b.ndim - len(dot_axes[1]) - len(lengths)
    first = a.ndim - len(dot_axes[0]) - len(lengths)
    return np.moveaxis(out, [*range(out.ndim - left, out.ndim)], [*range(first, first + left)])


def _array(nested, *args, **kwargs):
    made = array(nested)
    return made if type(made) is Value else np.array(nested, *args, **kwargs)


def _full(shape, number, dtype=None):
    return np.ones(shape) * number if type(number) is Value else np.full(shape, number, dtype)


def _asarray(nested, *args, **kwargs):
    made = array(nested)
    return made if type(made) is Value else np.asarray(nested, *args, **kwargs)


def modules():
    """The modules by their names, for `sys.modules`."""
    plain = {k: v for k, v in vars(np).items() if not k.startswith("__")}
    found = {
        "autograd.numpy": plain | {"array": _array, "asarray": _asarray, "full": _full},
        "autograd.scipy.stats": vars(stats),
        "autograd.scipy.special": vars(special),
        "autograd.scipy.signal": {"convolve": convolve},
        "autograd.scipy.integrate": {"odeint": odeint},
        "autograd.scipy": {},
        "autograd.misc.optimizers": {"adam": functional.adam, "sgd": sgd},
        "autograd.misc.flatten": {"flatten": ravel_pytree, "flatten_func": flatten_func},
        "autograd.misc.fixed_points": {"fixed_point": fixed_point},
        "autograd.misc": {"flatten": ravel_pytree},
        "autograd.extend": {"primitive": custom_vjp, "defvjp": defvjp},
        "autograd.builtins": {k: getattr(builtins, k) for k in ("tuple", "list", "dict")},
        "autograd.test_util": {"check_grads": check_grads},
        "autograd": {
            "grad": lambda f, argnum=0: grad(f, argnum),
            "value_and_grad": lambda f, argnum=0: value_and_grad(f, argnum),
            "elementwise_grad": elementwise_grad,
            "hessian_vector_product": hessian_vector_product,
        },
    }
    made = {}
    for name, members in found.items():
        made[name] = ModuleType(name)
        vars(made[name]).update({k: v for k, v in members.items() if not k.startswith("__")})
    made["autograd.scipy.special"].__getattr__ = special.__getattr__
    for name in ("norm", "t", "multivariate_normal"):
        made[f"autograd.scipy.stats.{name}"] = getattr(stats, name)
    for name in ("random", "linalg", "fft"):
        made[f"autograd.numpy.{name}"] = getattr(np, name)
    for name, module in made.items():
        parent, _, own = name.rpartition(".")
        if parent and not hasattr(made[parent], own):
            setattr(made[parent], own, module)
    return made

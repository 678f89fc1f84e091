"""The same faults before four gradient checkers, each at its default tolerances. Run by hand:

    python tests/testing/peers.py

It needs torch, jax and autograd (HIPS) beside this package. It prints how many faults each checker
caught and missed, how many right gradients it refused, and how long it took.
"""

import importlib
import time

import numpy as np

from tinygrad_xor import custom_vjp
from tinygrad_xor.testing import GradientError, check_gradients

RNG = np.random.default_rng(0)
A, B = RNG.uniform(-2, 2, (2, 3, 3))

# name: function, a rule for each input, where; `xp` is NumPy or what stands for it
OPERATIONS = {
    "sin": (lambda xp, x: xp.sin(x), [lambda xp, g, x: g * xp.cos(x)], (A,)),
    "exp": (lambda xp, x: xp.exp(x), [lambda xp, g, x: g * xp.exp(x)], (A,)),
    "cube": (lambda xp, x: x * x * x, [lambda xp, g, x: 3 * g * x * x], (A,)),
    "tanh": (lambda xp, x: xp.tanh(x), [lambda xp, g, x: g * (1 - xp.tanh(x) ** 2)], (A,)),
    "product": (
        lambda xp, x, y: x * y,
        [lambda xp, g, x, y: g * y, lambda xp, g, x, y: g * x],
        (A, B),
    ),
    "quotient": (
        lambda xp, x, y: x / y,
        [lambda xp, g, x, y: g / y, lambda xp, g, x, y: -g * x / y / y],
        (A, B + 3 * np.sign(B)),
    ),
    "matmul": (
        lambda xp, x, y: x @ y,
        [lambda xp, g, x, y: g @ y.T, lambda xp, g, x, y: x.T @ g],
        (A, B),
    ),
}
#: Right gradients that are hard to compare: large and small numbers, fast changes, poles.
HARD = {
    "large": (lambda xp, x: 1e8 * xp.sin(x), [lambda xp, g, x: 1e8 * g * xp.cos(x)], (A,)),
    "small": (lambda xp, x: 1e-8 * xp.sin(x), [lambda xp, g, x: 1e-8 * g * xp.cos(x)], (A,)),
    "fast": (lambda xp, x: xp.sin(300 * x), [lambda xp, g, x: 300 * g * xp.cos(300 * x)], (A,)),
    "steep": (lambda xp, x: xp.exp(6 * x), [lambda xp, g, x: 6 * g * xp.exp(6 * x)], (A,)),
    "pole": (lambda xp, x: 1 / x, [lambda xp, g, x: -g / x / x], (A / 1000,)),
    "offset": (lambda xp, x: 1e6 + x * x, [lambda xp, g, x: 2 * g * x], (A,)),
}


def mask(xp, where):
    """An array that is 1 at one flat place and 0 elsewhere."""
    flat = np.zeros(9)
    flat[where] = 1.0
    return xp.asarray(flat.reshape(3, 3))


FAULTS = {
    "sign": lambda xp, r, g, xs: -r,
    "factor 2": lambda xp, r, g, xs: 2 * r,
    "factor 1 + 1e-3": lambda xp, r, g, xs: r * (1 + 1e-3),
    "factor 1 + 1e-5": lambda xp, r, g, xs: r * (1 + 1e-5),
    "factor 1 + 1e-8": lambda xp, r, g, xs: r * (1 + 1e-8),
    "missing factor": lambda xp, r, g, xs: 1.0 * g,
    "detached": lambda xp, r, g, xs: 0 * r,
    "one element twice": lambda xp, r, g, xs: r * (1 + mask(xp, 8)),
    "one element dropped": lambda xp, r, g, xs: r * (1 - mask(xp, 4)),
    "twice where negative": lambda xp, r, g, xs: xp.where(xs[0] < 0, 2 * r, r),
    "transposed": lambda xp, r, g, xs: r.T,
    "a small number added": lambda xp, r, g, xs: r + 1e-6,
}


def wrong(fault, rule):
    return lambda xp, g, *xs: fault(xp, rule(xp, g, *xs), g, xs)


# -- the checkers: each takes a function, its rules and a point, and says whether it accepts them


def with_ours(function, rules, point):
    custom = custom_vjp(lambda *xs: function(np, *xs))
    custom.defvjp(
        lambda *xs: (function(np, *xs), xs), lambda xs, g: tuple(rule(np, g, *xs) for rule in rules)
    )
    try:
        check_gradients(custom, *point, order=1, modes=("reverse",))
    except GradientError:
        return False
    return True


def with_torch(function, rules, point):
    torch = importlib.import_module("torch")

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.save_for_backward(*xs)
            return function(torch, *xs)

        @staticmethod
        def backward(ctx, g):
            found = tuple(rule(torch, g, *ctx.saved_tensors) for rule in rules)
            return found if len(found) > 1 else found[0]

    inputs = [torch.tensor(x, requires_grad=True) for x in point]
    return torch.autograd.gradcheck(Custom.apply, inputs, raise_exception=False)


def with_jax(function, rules, point):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    check_grads = importlib.import_module("jax.test_util").check_grads
    custom = jax.custom_vjp(lambda *xs: function(jax.numpy, *xs))
    custom.defvjp(
        lambda *xs: (function(jax.numpy, *xs), xs),
        lambda xs, g: tuple(rule(jax.numpy, g, *xs) for rule in rules),
    )
    try:
        check_grads(custom, tuple(map(jax.numpy.asarray, point)), order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


def with_autograd(function, rules, point):
    extend = importlib.import_module("autograd.extend")
    anp = importlib.import_module("autograd.numpy")
    check_grads = importlib.import_module("autograd.test_util").check_grads
    custom = extend.primitive(lambda *xs: function(np, *xs))
    extend.defvjp(
        custom, *[lambda out, *xs, rule=rule: lambda g: rule(anp, g, *xs) for rule in rules]
    )
    try:
        arguments = tuple(range(len(point)))  # by default it checks the first one only
        check_grads(custom, arguments, modes=["rev"], order=1)(*point)
    except AssertionError:
        return False
    return True


CHECKERS = {
    "tinygrad_xor check_gradients": with_ours,
    "torch.autograd.gradcheck": with_torch,
    "jax.test_util.check_grads": with_jax,
    "autograd.test_util.check_grads": with_autograd,
}


def planted():
    """Each fault in each rule of each operation, if it changes the numbers there."""
    for name, (function, rules, point) in OPERATIONS.items():
        for i, rule in enumerate(rules):
            right = rule(np, np.ones((3, 3)) + mask(np, 1), *point)
            for fault_name, fault in FAULTS.items():
                bad = wrong(fault, rule)
                if not np.array_equal(right, bad(np, np.ones((3, 3)) + mask(np, 1), *point)):
                    changed = [bad if k == i else other for k, other in enumerate(rules)]
                    yield f"{name}, {fault_name}", function, changed, point


def main():
    print(f"{'checker':<34}{'caught':>8}{'missed':>8}{'refused though right':>22}{'seconds':>9}")
    for name, accepts in CHECKERS.items():
        accepts(*OPERATIONS["sin"])  # imports, and compiles
        start = time.perf_counter()
        verdicts = {what: accepts(*case) for what, *case in planted()}
        seconds = time.perf_counter() - start
        right = {**OPERATIONS, **HARD}
        refused = [what for what, case in right.items() if not accepts(*case)]
        missed = [what for what, accepted in verdicts.items() if accepted]
        print(
            f"{name:<34}{len(verdicts) - len(missed):>8}{len(missed):>8}"
            f"{f'{len(refused)} of {len(right)}':>22}{seconds:>9.1f}"
        )
        by_fault = sorted({what.partition(", ")[2] for what in missed})
        print(f"    missed: {'; '.join(by_fault) or 'none'}")
        print(f"    refused: {', '.join(refused) or 'none'}")


if __name__ == "__main__":
    main()

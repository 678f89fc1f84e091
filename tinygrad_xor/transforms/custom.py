"""A derivative of one's own for a function: `custom_vjp`, as in JAX."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Primitive, Value, apply
from tinygrad_xor.engine.domains import real
from tinygrad_xor.transforms.trees import flatten

Function = Callable[..., Any]


class custom_vjp:  # noqa: N801 (JAX's name)
    """A function whose derivative is given by its author.

    `defvjp` takes two functions: ``forward(*args)`` returns the output and whatever the second one
    needs; ``backward(kept, g)`` takes that, and the gradient of the output, and returns a tuple
    with a gradient for each argument that is differentiated. Both are plain NumPy: where higher
    derivatives are taken they run on Values, and are differentiated themselves.

    Args:
        function: of arrays, or nested tuples, lists and dicts of them; it returns the same.
        nondiff_argnums: arguments that are handed on as they are, to ``forward`` in their places,
            and to ``backward`` before all others.

    Raises:
        TypeError: at a call before `defvjp`, or if ``backward`` returns another number of
            gradients than there are arguments.
        ValueError: if a gradient has another shape than its argument.

    >>> from tinygrad_xor import grad
    >>> @custom_vjp
    ... def log1pexp(x):
    ...     return np.log(1 + np.exp(x))
    >>> log1pexp.defvjp(
    ...     lambda x: (log1pexp(x), x),
    ...     lambda x, g: (g * (1 - 1 / (1 + np.exp(x))),),
    ... )
    >>> grad(log1pexp)(0.0)
    0.5
    """

    def __init__(self, function: Function, nondiff_argnums: Sequence[int] = ()) -> None:
        self._function = function
        self._fixed = tuple(nondiff_argnums)
        self._forward: Function | None = None
        self._backward: Function | None = None
        functools.update_wrapper(self, function)

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Give the derivative: see the class."""
        self._forward, self._backward = forward, backward

    def __call__(self, *args: Any) -> Any:
        """The function of `args`; where Values are among them, with the derivative given."""
        if self._forward is None or self._backward is None:
            raise TypeError(
                f"{self._name} has no derivative yet: call its defvjp(forward, backward)"
            )
        fixed = {i % len(args): args[i] for i in self._fixed}
        free = [x for i, x in enumerate(args) if i not in fixed]
        leaves, build = flatten(free)
        if not any(type(x) is Value for x in leaves):
            return self._function(*args)
        return self._recorded(leaves, build, fixed)

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", repr(self._function))

    def _recorded(self, leaves: list[Any], build: Function, fixed: dict[int, Any]) -> Any:
        """One node from one vector of all inputs to one vector of all outputs."""
        form: dict[str, Any] = {}

        def run(flat: Any) -> tuple[Any, Any]:
            """The outputs in one vector, and what the backward function needs."""
            left = iter(build(_parts(flat, leaves)))
            args = [fixed[i] if i in fixed else next(left) for i in range(len(fixed) + count)]
            out, kept = self._forward(*args)  # type: ignore[misc]
            form["outputs"], form["build"] = flatten(out)
            return _vector(form["outputs"]), kept

        count = len(build(leaves))
        kept_by_forward: list[Any] = []

        def forward(flat: Any) -> Any:
            out, kept = run(flat)
            kept_by_forward[:] = [kept]
            return out

        def rule(g: Any, y: Any, flat: Any) -> Any:
            symbolic = type(g) is Value or type(flat) is Value
            kept = run(flat)[1] if symbolic else kept_by_forward[0]
            cotangent = form["build"](_parts(g, form["outputs"]))
            gradients = self._backward(*fixed.values(), kept, cotangent)  # type: ignore[misc]
            return _vector(self._checked(gradients, build(leaves)))

        primitive = Primitive(
            forward,
            forward,
            self._name,
            (rule,),
            self._name,
            False,
            False,
            False,
            (real,),
            None,
            None,
        )
        return form_of(apply(primitive, (_vector(leaves),), {}), form)

    def _checked(self, gradients: Any, args: list[Any]) -> list[Any]:
        """The gradients, leaf by leaf, zeros for None; they must be shaped like the arguments."""
        if not isinstance(gradients, (tuple, list)) or len(gradients) != len(args):
            got = (
                len(gradients) if isinstance(gradients, (tuple, list)) else type(gradients).__name__
            )
            raise TypeError(
                f"the backward function of {self._name} must return a tuple of {len(args)} "
                f"gradients, one for each argument, not {got}"
            )
        result: list[Any] = []
        for gradient, arg in zip(gradients, args, strict=True):
            wanted = [np.shape(x) for x in flatten(arg)[0]]
            found = (
                [np.zeros(shape) for shape in wanted] if gradient is None else flatten(gradient)[0]
            )
            if [np.shape(x) for x in found] != wanted:
                raise ValueError(
                    f"the backward function of {self._name} returned gradients of shapes "
                    f"{[np.shape(x) for x in found]} for arguments of shapes {wanted}"
                )
            result += found
        return result


def form_of(flat: Any, form: dict[str, Any]) -> Any:
    """The outputs in their own form, taken out of one vector."""
    return form["build"](_parts(flat, form["outputs"]))


def _vector(arrays: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(x) for x in arrays])


def _parts(flat: Any, like: Sequence[Any]) -> list[Any]:
    """The pieces of a vector, shaped like the arrays that it was made of."""
    parts, start = [], 0
    for x in like:
        stop = start + int(np.size(x))
        part: Any = np.reshape(flat[start:stop], np.shape(x))
        parts.append(part if type(part) is Value else part[()])
        start = stop
    return parts

"""`grad` and its kin: functions of arrays in, functions of arrays out.

Every transform calls the function once on fresh Values, and walks back through the graph. Where the
result depends on Values from outside (a transform around this one, a Value that was passed in), the
rules run on Values, so that the result is a Value too and can be differentiated again. Otherwise
they run on plain arrays, and plain arrays come out.

A variable is told from another by being another node, not by a number that could be confused, so
nesting is safe in any order and depth (Siskind and Pearlmutter, "Perturbation confusion", 2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import TABLE, Value, cotangents, newest_first
from tinygrad_xor.transforms.trees import flatten

Function = Callable[..., Any]


class _Trace:
    """One call of a function on fresh Values: the inputs, the outputs, what lies between."""

    def __init__(self, function: Function, primals: Sequence[Any], has_aux: bool = False) -> None:
        leaves, build = flatten(tuple(primals))
        self.build_inputs = build
        self.inputs = [_variable(leaf) for leaf in leaves]
        self.since = self.inputs[0].order if self.inputs else 0
        out = function(*build(self.inputs))
        self.aux = None
        if has_aux:
            if not (isinstance(out, tuple) and len(out) == 2):
                raise TypeError("with has_aux=True the function returns a pair: (output, aux)")
            out, self.aux = out
        self.outputs, self.build_outputs = flatten(out)
        self.symbolic = any(type(leaf) is Value for leaf in leaves) or self._reaches_outside()
        self.out = self.build_outputs(self.shown(x) for x in self.outputs)

    def _reaches_outside(self) -> bool:
        """Whether an output was computed from Values that are not of this trace."""
        own = set(self.inputs)
        roots = [x for x in self.outputs if type(x) is Value]
        return any(
            node.order < self.since
            or (node.primitive is None and node not in own)
            or any(type(x) is Value and x.order < self.since for x in node.inputs)
            for node in newest_first(*roots, since=self.since)
        )

    def shown(self, x: Any) -> Any:
        """`x` as the caller gets it: plain, unless it belongs to a larger graph."""
        return x.data if type(x) is Value and not self.symbolic else x

    def pull_back(self, seeds: Sequence[Any], symbolic: bool) -> list[Any]:
        """The gradients of the inputs, for a gradient of each output."""
        start: dict[Value, Any] = {}
        for out, seed in zip(self.outputs, seeds, strict=True):
            if type(out) is Value:
                start[out] = start[out] + seed if out in start else seed
        found = cotangents(start, since=self.since, symbolic=symbolic)
        return [found[x] if x in found else np.zeros(x.shape, x.dtype)[()] for x in self.inputs]


def _variable(x: Any) -> Value:
    """A fresh node to differentiate by; connected to `x`, if that is a Value itself."""
    if type(x) is Value:
        fresh: Value = TABLE["positive"](x)
        return fresh
    return Value(x)


def vjp(function: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The output of `function`, and the function that pulls gradients of it back to the inputs.

    Args:
        function: of arrays, or nested tuples, lists and dicts of them; it returns the same.
        primals: where to differentiate.

    Returns:
        The output, and a pullback: it takes a gradient shaped like the output, and returns a tuple
        with a gradient for each primal, shaped like it.

    >>> out, pullback = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> out, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    trace = _Trace(function, primals)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = _matching(cotangent, trace.outputs, "the cotangent", "the output")
        symbolic = trace.symbolic or any(type(seed) is Value for seed in seeds)
        gradients: tuple[Any, ...] = trace.build_inputs(trace.pull_back(seeds, symbolic))
        return gradients

    return trace.out, pullback


def value_and_grad(
    function: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Function:
    """A function that returns the value of `function`, and its gradient.

    Args:
        function: its output is one number (with `has_aux`, a pair of that and anything else).
        argnums: which arguments to differentiate by; one, or several for a tuple of gradients.
        has_aux: whether `function` returns a pair; ``((value, aux), gradient)`` is returned then.

    >>> value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        def of_chosen(*variables: Any) -> Any:
            full = list(args)
            for position, variable in zip(chosen, variables, strict=True):
                full[position] = variable
            return function(*full, **kwargs)

        trace = _Trace(of_chosen, [args[i] for i in chosen], has_aux)
        if len(trace.outputs) != 1 or np.size(trace.outputs[0]) != 1:
            shapes = [np.shape(x) for x in trace.outputs]
            raise ValueError(
                f"grad() needs a function whose output is one number, not of shape {shapes}: "
                "reduce it, np.sum(...), or use jacobian() or vjp()"
            )
        one = np.ones(np.shape(trace.outputs[0]))
        gradients = trace.build_inputs(trace.pull_back([one if one.shape else 1.0], trace.symbolic))
        gradient = gradients[0] if isinstance(argnums, int) else gradients
        if has_aux:
            leaves, build = flatten(trace.aux)
            return (trace.out, build(trace.shown(x) for x in leaves)), gradient
        return trace.out, gradient

    return differentiated


def grad(function: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """A function that returns the gradient of `function`, as `value_and_grad` does.

    With `has_aux` it returns ``(gradient, aux)``.

    >>> grad(np.tanh)(0.0), grad(grad(np.sin))(np.pi / 2)
    (1.0, -1.0)
    """

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad(function, argnums, has_aux)(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def jvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The output of `function`, and how it moves when the inputs move along `tangents`.

    The pullback is linear in the gradient it is given, so *its* derivative, pulled back along the
    tangents, is the pushforward: the transpose of the transpose.

    >>> jvp(lambda x: x * x, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    trace = _Trace(function, primals)
    moves = _matching(tuple(tangents), trace.inputs, "the tangents", "the primals")
    dummies = [Value(np.zeros(np.shape(out))) for out in trace.outputs]
    pulled = trace.pull_back(dummies, symbolic=True)
    start = {g: t for g, t in _summed(pulled, moves) if type(g) is Value}
    symbolic = trace.symbolic or any(type(t) is Value for t in moves)
    found = cotangents(start, since=dummies[0].order if dummies else 0, symbolic=symbolic)
    pushed = [found[d] if d in found else np.zeros(d.shape)[()] for d in dummies]
    return trace.out, trace.build_outputs(pushed)


def hvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `function` times `tangents`, without the Hessian: one more gradient.

    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([6., 0.])
    """
    every = tuple(range(len(primals)))
    _, moved = jvp(grad(function, every), primals, tangents)
    return moved[0] if len(primals) == 1 else moved


def jacobian(function: Function, argnums: int = 0) -> Function:
    """A function that returns all derivatives of all outputs: shape ``(*output, *input)``.

    One pullback for each element of the output.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def differentiated(*args: Any) -> Any:
        def of_chosen(x: Any) -> Any:
            return function(*args[:argnums], x, *args[argnums + 1 :])

        out, pullback = vjp(of_chosen, args[argnums])
        shape = np.shape(out)
        rows = [pullback(row.reshape(shape))[0] for row in np.eye(int(np.prod(shape)))]
        if any(type(row) is Value for row in rows):
            raise TypeError(
                "a jacobian cannot be differentiated yet: differentiate vjp() or grad()"
            )
        return np.reshape(rows, (*shape, *np.shape(args[argnums])))

    return differentiated


def hessian(function: Function, argnums: int = 0) -> Function:
    """A function that returns all second derivatives: shape ``(*input, *input)``.

    >>> hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)


def stop_gradient(tree: Any) -> Any:
    """`tree` with plain data in place of every Value: a constant for whatever is around it.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    leaves, build = flatten(tree)
    return build(x.data if type(x) is Value else x for x in leaves)


def _matching(tree: Any, like: Sequence[Any], what: str, whose: str) -> list[Any]:
    """The leaves of `tree`, which must have the shapes of `like`."""
    leaves = flatten(tree)[0]
    shapes, wanted = [np.shape(x) for x in leaves], [np.shape(x) for x in like]
    if shapes != wanted:
        raise ValueError(f"{what} of shapes {shapes} must be shaped like {whose}, {wanted}")
    return [x if type(x) is Value else np.asarray(x, dtype=float)[()] for x in leaves]


def _summed(keys: Sequence[Any], values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs with equal keys made one, their values added: one node may be several gradients."""
    total: dict[int, tuple[Any, Any]] = {}
    for key, value in zip(keys, values, strict=True):
        old = total.get(id(key))
        total[id(key)] = (key, value if old is None else old[1] + value)
    return list(total.values())

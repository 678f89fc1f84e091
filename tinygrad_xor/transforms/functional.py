"""`grad` and its kin: functions of arrays in, functions of arrays out.

Every transform calls the function once on fresh Values, and walks back through the graph. Where the
result depends on Values from outside (a transform around this one, a Value that was passed in), the
rules run on Values, so that the result is a Value too and can be differentiated again. Otherwise
they run on plain arrays, and plain arrays come out.

A variable is told from another by being another node, not by a number that could be confused, so
nesting is safe in any order and depth (Siskind and Pearlmutter, "Perturbation confusion", 2005).

Complex numbers follow JAX's convention (``derivatives/complex_numbers.py`` has it): the gradient of
a real output by z = x + iy is ∂/∂x − i ∂/∂y.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from tinygrad_xor.engine import TABLE, Value, cotangents, newest_first, recording
from tinygrad_xor.engine.operands import is_weak, numbers_of, plain
from tinygrad_xor.program.trees import flatten, leaves_like

Function = Callable[..., Any]
#: Whether a pullback is run to be transposed, so that it must be linear in the gradient.
TRANSPOSING: ContextVar[bool] = ContextVar("transposing", default=False)


class Trace:
    """One call of a function on fresh Values: the inputs, the outputs, what lies between."""

    def __init__(self, function: Function, primals: Sequence[Any], has_aux: bool = False) -> None:
        self.primals = tuple(primals)
        leaves, build = flatten(self.primals)
        self.build_inputs = build
        self.inputs = [_variable(leaf) for leaf in leaves]
        self.since = self.inputs[0].order if self.inputs else 0
        with recording():
            out = function(*build(self.inputs))
        self.aux = None
        if has_aux:
            if not (isinstance(out, tuple) and len(out) == 2):
                raise TypeError("with has_aux=True the function returns a pair: (output, aux)")
            out, self.aux = out
        self.result = out
        self.outputs, self.build_outputs = flatten(out)
        for x in self.outputs:
            _check_output(x)
        aside = flatten(self.aux)[0]
        roots = [x for x in (*self.outputs, *aside) if type(x) is Value]
        #: All that the outputs were computed from since, for those who go back through it at once.
        self.nodes = newest_first(*roots, since=self.since)
        self.symbolic = any(type(leaf) is Value for leaf in leaves) or self._reaches_outside()

    @property
    def out(self) -> Any:
        """What came out, as the caller gets it."""
        return self.build_outputs(self.shown(x) for x in self.outputs)

    def _reaches_outside(self) -> bool:
        """Whether what came out was computed from Values that are older than this trace."""
        met = (x for node in self.nodes for x in (node, *node.inputs) if type(x) is Value)
        return any(x._order < self.since for x in met)

    def shown(self, x: Any) -> Any:
        """`x` as the caller gets it: plain and their own, unless it belongs to a larger graph."""
        if type(x) is not Value or self.symbolic:
            return x
        return x.data.copy() if type(x.data) is np.ndarray else x.data

    def shown_aux(self) -> Any:
        """What the function returned beside the output, as the caller gets it."""
        leaves, build = flatten(self.aux)
        return build(self.shown(x) for x in leaves)

    def pull_back(self, seeds: Sequence[Any], nodes: list[Value] | None = None) -> list[Any]:
        """The gradients of the inputs, for a gradient of each output.

        Who comes back later goes without `nodes`: arrays may have been written into since. Where
        nothing here belongs to a larger graph, the gradients vary with the seeds alone.
        """
        start: dict[Value, Any] = {}
        for out, seed in zip(self.outputs, seeds, strict=True):
            if type(out) is Value:
                start[out] = start[out] + seed if out in start else seed
        found = cotangents(
            start, since=self.since, symbolic=self.symbolic, nodes=nodes, wanted={*self.inputs}
        )
        return _their_own([_or_zeros(x, found) for x in self.inputs], seeds)

    def pushforward(self) -> tuple[Callable[[Sequence[Any]], list[Any]], list[Value]]:
        """A function that takes a tangent of each input, and gives the tangents of the outputs.

        With it come the Values that it goes back through.

        The pullback is linear in the gradient it is given, so *its* derivative, pulled back along
        the tangents, is the pushforward: the transpose of the transpose.
        """
        dummies = [Value(_zero_like(out)) for out in self.outputs]
        since = dummies[0].order if dummies else 0
        token = TRANSPOSING.set(True)
        try:
            with recording():
                pulled = self.pull_back(dummies, self.nodes)
        finally:
            TRANSPOSING.reset(token)
        nodes = newest_first(*[g for g in pulled if type(g) is Value], since=since)

        def push(moves: Sequence[Any]) -> list[Any]:
            start = {g: t for g, t in _summed(pulled, moves) if type(g) is Value}
            symbolic = self.symbolic or any(type(t) is Value for t in moves)
            found = cotangents(
                start, since=since, symbolic=symbolic, nodes=nodes, wanted={*dummies}
            )
            return _their_own([_or_zeros(d, found) for d in dummies], moves)

        return push, nodes


def _check_output(x: Any) -> None:
    """Refuse what can have no derivative: it would count as a constant, in silence.

    Raises:
        TypeError: if it is neither a Value nor a plain real or complex number or array.
    """
    if type(x) is Value or isinstance(x, (float, complex)):
        return
    kind = x.dtype.kind if type(x) is np.ndarray or isinstance(x, np.generic) else ""
    if kind and kind in "fc":
        return
    if isinstance(x, (bool, int)) or (kind and kind in "biu"):
        raise TypeError(
            f"the function returned {x!r}, a {type(x).__name__} that is true or false, a count or "
            "an index, and such have no derivative: return the number or the array that is meant, "
            "float(x) or x.astype(float) of a constant"
        )
    raise TypeError(
        f"the function returned a {type(x).__name__}, and would lose its gradient by that: return "
        "Values and arrays, in tuples, lists and dicts, or register the class with "
        "tinygrad_xor.register_pytree_node"
    )


def _variable(x: Any) -> Value:
    """A fresh node to differentiate by; connected to `x`, if that is a Value itself."""
    if type(x) is Value:
        fresh: Value = TABLE["positive"](x)
        return fresh
    return Value(x)


def vjp(function: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The output of `function`, and the function that pulls gradients of it back to the inputs.

    Args:
        function: of arrays, or nested tuples, lists and dicts of them; it returns the same.
        primals: where to differentiate.
        has_aux: whether `function` returns a pair of the output and anything else.

    Returns:
        The output, and a pullback: it takes a gradient shaped like the output, and returns a tuple
        with a gradient for each primal, shaped like it. With `has_aux` also what else there is.

    >>> out, pullback = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> out, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    trace = Trace(function, primals, has_aux)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = _matching(cotangent, trace.result, "the cotangent", "the output")
        gradients: tuple[Any, ...] = trace.build_inputs(trace.pull_back(seeds))
        return gradients

    return (trace.out, pullback, trace.shown_aux()) if has_aux else (trace.out, pullback)


def value_and_grad(
    function: Function,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """A function that returns the value of `function`, and its gradient.

    Args:
        function: its output is one real number (with `has_aux`, a pair of that and anything else).
        argnums: which arguments to differentiate by; one, or several for a tuple of gradients.
        has_aux: whether `function` returns a pair; ``((value, aux), gradient)`` is returned then.
        holomorphic: inputs and output are complex, and the complex derivative is wanted.

    >>> value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = which(argnums, args)
        of_chosen = only(function, chosen, args, kwargs)
        trace = Trace(of_chosen, [args[i] for i in chosen], has_aux)
        seeds = _one(trace, holomorphic)
        gradients = trace.build_inputs(trace.pull_back(seeds, trace.nodes))
        gradient = gradients if isinstance(argnums, Sequence) else gradients[0]
        return ((trace.out, trace.shown_aux()) if has_aux else trace.out), gradient

    return differentiated


def _one(trace: Trace, holomorphic: bool) -> list[Any]:
    """The gradient to start from, where the output is one number of the right kind."""
    shapes = [np.shape(x) for x in trace.outputs]
    if len(shapes) != 1 or math.prod(shapes[0]) != 1:
        raise ValueError(
            f"grad() needs a function whose output is one number, not of shape {shapes}: "
            "reduce it, np.sum(...), or use jacobian() or vjp()"
        )
    dtype = floating(trace.outputs[0])
    if holomorphic and not all(d.kind == "c" for d in (dtype, *[x.dtype for x in trace.inputs])):
        raise TypeError(
            f"grad(holomorphic=True) needs complex inputs and a complex output, not "
            f"{[str(x.dtype) for x in trace.inputs]} and {dtype}"
        )
    if dtype.kind == "c" and not holomorphic:
        raise TypeError(
            "grad() needs a real output, and this one is complex: take np.real, np.imag or np.abs "
            "of it, or ask for the complex derivative with holomorphic=True"
        )
    return [np.ones(shapes[0], dtype) if shapes[0] else np.ones((), dtype)[()]]


def which(argnums: int | Sequence[int], args: Sequence[Any]) -> tuple[int, ...]:
    """The places of the arguments to differentiate by, counted from the front.

    Raises:
        TypeError: if they are no whole numbers.
        ValueError: if there is no such argument, or it is named twice.
    """
    wanted = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    if not all(isinstance(i, (int, np.integer)) for i in wanted):
        raise TypeError(
            f"argnums={argnums!r}: arguments are chosen by their places, 0 for the first; several "
            "in a tuple"
        )
    n = len(args)
    if not all(-n <= i < n for i in wanted):
        raise ValueError(
            f"argnums={argnums}, but the function was given {n} arguments by position: arguments "
            "by name are not differentiated"
        )
    places = tuple(i % n for i in wanted)
    if len(set(places)) != len(places):
        raise ValueError(f"argnums={argnums} names an argument twice")
    return places


def only(function: Function, chosen: Sequence[int], args: Sequence[Any], kwargs: Any) -> Function:
    """`function` of the chosen arguments, with all others held."""

    def of_chosen(*variables: Any) -> Any:
        full = list(args)
        for position, variable in zip(chosen, variables, strict=True):
            full[position] = variable
        return function(*full, **kwargs)

    return of_chosen


def grad(
    function: Function,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """A function that returns the gradient of `function`, as `value_and_grad` does.

    With `has_aux` it returns ``(gradient, aux)``.

    >>> grad(np.tanh)(0.0), grad(grad(np.sin))(np.pi / 2)
    (1.0, -1.0)
    """

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad(function, argnums, has_aux, holomorphic)(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def jvp(
    function: Function, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """The output of `function`, and how it moves when the inputs move along `tangents`.

    With `has_aux`, `function` returns a pair, and what else it returns comes third.

    Raises:
        TypeError: if the primals or the tangents are not in a tuple or list.
        ValueError: if the tangents are not shaped like the primals.

    >>> jvp(lambda x: x * x, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    moves = moved_by("jvp", primals, tangents)
    trace = Trace(function, primals, has_aux)
    push, _ = trace.pushforward()
    pushed = trace.build_outputs(push(moves))
    return (trace.out, pushed, trace.shown_aux()) if has_aux else (trace.out, pushed)


def moved_by(name: str, primals: Any, tangents: Any) -> list[Any]:
    """The leaves of `tangents`, checked for the transform of that name."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"{name}() takes the {what} in a tuple, one for each argument, ({what[:-1]},), "
                f"not a {type(given).__name__}"
            )
    return _matching(tuple(tangents), tuple(primals), "the tangents", "the primals")


def stop_gradient(tree: Any) -> Any:
    """`tree` with plain data in place of every Value: a constant for whatever is around it.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    leaves, build = flatten(tree)
    return build(x.data if type(x) is Value else x for x in leaves)


def _matching(tree: Any, like: Any, what: str, whose: str) -> list[Any]:
    """The leaves of `tree`, which must have the form and the shapes of `like`."""
    try:
        leaves = leaves_like(tree, like)
    except ValueError as error:
        raise ValueError(f"{what} must be shaped like {whose}: {error}") from None
    wanted = flatten(like)[0]
    found, shapes = [np.shape(x) for x in leaves], [np.shape(x) for x in wanted]
    if found != shapes:
        raise ValueError(f"{what} of shapes {found} must be shaped like {whose}, {shapes}")
    return [_as_the(x, y, what) for x, y in zip(leaves, wanted, strict=True)]


def _or_zeros(x: Value, found: dict[Value, Any]) -> Any:
    return found[x] if x in found else np.zeros(x.shape, x.dtype)[()]


def _their_own(results: list[Any], given: Sequence[Any]) -> list[Any]:
    """`results`, with copies of arrays that are shared: with each other, or with what was given."""
    seen = {id(x) for x in given}
    for i, x in enumerate(results):
        if type(x) is np.ndarray and (x.base is not None or id(x) in seen):
            results[i] = x.copy()
        seen.add(id(results[i]))
    return results


def _zero_like(x: Any) -> Any:
    """Where a tangent of `x` starts: a number of Python's for one of Python's."""
    return 0.0 if is_weak(plain(x)) else np.zeros(np.shape(x), floating(x))


def floating(x: Any) -> np.dtype[Any]:
    """The dtype of the gradients of a number, array or Value."""
    dtype = getattr(x, "dtype", None) or np.asarray(x).dtype
    return dtype if dtype.kind in "fc" else np.dtype(float)


def _as_the(x: Any, like: Any, what: str) -> Any:
    """`x` in the dtype of `like`; a Value is left as it is."""
    dtype = floating(like)
    if floating(x).kind == "c" and dtype.kind != "c":
        raise TypeError(f"{what} must be real, as {dtype} is, not complex: take np.real")
    if type(x) is Value:
        return x
    data = numbers_of(x)
    data = data if hasattr(data, "astype") else np.asarray(data)
    return data.astype(dtype, copy=False)[()]


def _summed(keys: Sequence[Any], values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs with equal keys made one, their values added: one node may be several gradients."""
    total: dict[int, tuple[Any, Any]] = {}
    for key, value in zip(keys, values, strict=True):
        old = total.get(id(key))
        total[id(key)] = (key, value if old is None else old[1] + value)
    return list(total.values())

"""A derivative of one's own for a function: `custom_vjp`, as in JAX."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Primitive, Value
from tinygrad_xor.program.trees import flatten, leaves_like
from tinygrad_xor.transforms.functional import TRANSPOSING

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

    def __reduce__(self) -> str:
        """It is copied and pickled as its name, as a function is."""
        return getattr(self._function, "__qualname__", self._name)

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Give the derivative: see the class."""
        self._forward, self._backward = forward, backward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function of `args`; where Values are among them, with the derivative given."""
        if self._forward is None or self._backward is None:
            raise TypeError(
                f"{self._name} has no derivative yet: call its defvjp(forward, backward)"
            )
        args = self._by_position(args, kwargs)
        fixed = {i % len(args): args[i % len(args)] for i in self._fixed}
        if any(type(x) is Value for x in flatten(list(fixed.values()))[0]):
            raise TypeError(f"{self._name} is not differentiated by its arguments {self._fixed}")
        call = _Call(self, args, fixed)
        return call.recorded() if call.values else self._function(*args)

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", repr(self._function))

    @functools.cached_property
    def _signature(self) -> inspect.Signature | None:
        """None where a function written in C does not tell, or tells of out=."""
        if isinstance(self._function, np.ufunc):
            return None
        try:
            return inspect.signature(self._function)
        except ValueError:
            return None

    def _by_position(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in their places, also those that were given by name, or left out."""
        if self._signature is None:
            if kwargs:
                raise TypeError(f"{self._name} takes no arguments by name here")
            return args
        bound = self._signature.bind(*args, **kwargs)
        if bound.kwargs:
            raise TypeError(f"{self._name} cannot take {', '.join(bound.kwargs)} by name only")
        bound.apply_defaults()
        return bound.args


class _Call:
    """One call: a node from one vector of all Values to one vector of all outputs."""

    def __init__(self, of: custom_vjp, args: tuple[Any, ...], fixed: dict[int, Any]) -> None:
        self.of = of
        self.fixed = fixed
        self.count = len(args)
        leaves, self.build = flatten([x for i, x in enumerate(args) if i not in fixed])
        self.values = [x for x in leaves if type(x) is Value]
        #: Which leaves of the arguments are Values; and their data: the rule holds no Values.
        self.varies = [type(x) is Value for x in leaves]
        self.leaves = [x.data if type(x) is Value else x for x in leaves]
        self.kept: Any = None
        self.out: Any = None

    def recorded(self) -> Any:
        """The outputs, as Values that know their derivative."""
        name = self.of._name
        primitive = Primitive(
            function=self._run,
            implements=self._run,
            symbol=name,
            rules=(self._rule,),
            name=name,
            elementwise=False,
            broadcasts=False,
            real_only=False,
            domains=(),
            calls=None,
            distance_to_kink=None,
        )
        values, self.values = self.values, []
        flat = primitive(_vector(values))
        return self._outputs(flat)

    def _run(self, flat: Any) -> Any:
        self.out, self.kept = self._forward(flat)
        return _vector(_numbers(self.out))

    def _forward(self, flat: Any) -> tuple[Any, Any]:
        """What the forward function returns, with the vector's parts in the place of the Values."""
        varied = [x for x, varies in zip(self.leaves, self.varies, strict=True) if varies]
        parts = iter(_parts(flat, varied))
        leaves = [
            next(parts) if varies else x for x, varies in zip(self.leaves, self.varies, strict=True)
        ]
        free = iter(self.build(leaves))
        args = [self.fixed[i] if i in self.fixed else next(free) for i in range(self.count)]
        result = self.of._forward(*args)  # type: ignore[misc]
        if not (isinstance(result, tuple) and len(result) == 2):
            raise TypeError(
                f"the forward function of {self.of._name} must return a pair, the output and what "
                f"the backward function needs, not {type(result).__name__}"
            )
        return result

    def _outputs(self, flat: Any) -> Any:
        """The output in its own form: numbers out of the vector, anything else as it is."""
        leaves, build = flatten(self.out)
        parts = iter(_parts(flat, _numbers(self.out)))
        return build(next(parts) if _is_number(x) else x for x in leaves)

    def _rule(self, g: Any, y: Any, flat: Any) -> Any:
        symbolic = type(g) is Value or type(flat) is Value
        kept = self._forward(flat)[1] if symbolic else self.kept
        result = self._pulled_back(kept, g)
        if TRANSPOSING.get() and not self._is_linear():
            raise TypeError(
                f"the backward function of {self.of._name} is not linear in the gradient, so there "
                "is no forward mode: use reverse mode"
            )
        return result

    def _is_linear(self) -> bool:
        """Whether twice a large gradient gives twice the result."""
        once, twice = (
            self._pulled_back(self.kept, np.full(np.shape(_vector(_numbers(self.out))), size))
            for size in (1e3, 2e3)
        )
        return bool(np.allclose(twice, 2 * once))

    def _pulled_back(self, kept: Any, g: Any) -> Any:
        gradients = self.of._backward(  # type: ignore[misc]
            *self.fixed.values(), kept, self._outputs(g)
        )
        given = self._checked(gradients)
        return _vector([d for d, varies in zip(given, self.varies, strict=True) if varies])

    def _checked(self, gradients: Any) -> list[Any]:
        """The gradients, leaf by leaf, zeros for None; they must be shaped like the arguments."""
        whose = f"the backward function of {self.of._name}"
        if not isinstance(gradients, (tuple, list)) or len(gradients) != len(self.build.parts):
            got = (
                len(gradients) if isinstance(gradients, (tuple, list)) else type(gradients).__name__
            )
            raise TypeError(
                f"{whose} must return a tuple of {len(self.build.parts)} gradients, one for each "
                f"argument, not {got}"
            )
        try:
            free = self.build(self.leaves)
            found = leaves_like(list(gradients), free, lambda x: np.zeros(np.shape(x)))
        except ValueError as error:
            raise ValueError(
                f"{whose} returned another form than that of the arguments: {error}"
            ) from None
        for gradient, x, varies in zip(found, self.leaves, self.varies, strict=True):
            if varies and np.shape(gradient) != np.shape(x):
                raise ValueError(
                    f"{whose} returned a gradient of shape {np.shape(gradient)} for an argument of "
                    f"shape {np.shape(x)}"
                )
        return found


def _is_number(x: Any) -> bool:
    """Whether an output can have a derivative: floats and complex numbers, and arrays of them."""
    kind = getattr(getattr(x, "dtype", None), "kind", None)
    return isinstance(x, (float, complex)) or kind in ("f", "c")


def _numbers(tree: Any) -> list[Any]:
    return [x for x in flatten(tree)[0] if _is_number(x)]


def _vector(arrays: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(x) for x in arrays]) if arrays else np.zeros(0)


def _parts(flat: Any, like: Sequence[Any]) -> list[Any]:
    """The pieces of a vector, in the shapes and dtypes of the arrays that it was made of."""
    parts, start = [], 0
    for x in like:
        stop = start + int(np.size(x))
        part: Any = np.reshape(flat[start:stop], np.shape(x))
        dtype = np.result_type(x)
        if part.dtype.kind == "c" and dtype.kind != "c":
            part = np.real(part)
        if part.dtype != dtype:
            part = part.astype(dtype)
        parts.append(part if type(part) is Value else part[()])
        start = stop
    return parts

"""How the pages of derivatives fill the table: entries, what is made of them, and constants.

The rule for an argument is its vector-Jacobian product. It receives the incoming gradient ``g``,
the output and all inputs, and returns the gradient for that argument::

    mul = primitive(np.multiply, "×", lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)

Rules obey three laws (held by ``tests/derivatives``): they write into nothing they are given, they
use operators and ``np.`` functions only, so that Values work in place of arrays, and they know
nothing of broadcasting, which the engine undoes in one place.

A composition is a NumPy function computed from entries, so it needs no rule. ``np.stack`` is
``np.concatenate`` of reshaped arrays: on Values the function written here runs in NumPy's place;
its parts are in the graph, and the chain rule does the rest::

    @composed(np.stack, calls=...)
    def stack(arrays, axis=0):
        return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)

It is tested like an entry: NumPy's numbers bit for bit, and every law of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.engine.arguments import as_written
from tinygrad_xor.engine.core import Primitive
from tinygrad_xor.engine.foreign import explain_refusal
from tinygrad_xor.engine.rules import Rule, Variadic, check_rules
from tinygrad_xor.engine.sampling import CallSampler, Domain, real
from tinygrad_xor.engine.table import BY_FUNCTION, COMPOSED, CONSTANT, TABLE, numpy_name


def primitive(
    function: Callable[..., Any],
    symbol: str,
    *rules: Rule | Variadic | None,
    name: str | None = None,
    implements: Callable[..., Any] | None = None,
    domain: Domain | tuple[Domain, ...] = real,
    elementwise: bool | None = None,
    broadcasts: bool | None = None,
    real_only: bool = False,
    calls: CallSampler | None = None,
    distance_to_kink: Callable[..., Any] | None = None,
    kind: type[Primitive] = Primitive,
    replace: bool = False,
) -> Primitive:
    """Add an operation to the table: a NumPy function, its symbol, one rule for each argument.

    Args:
        function: the forward function. If it is one of NumPy's, ``function(v)`` on a Value finds
            this entry.
        implements: the NumPy function that finds this entry, where `function` is a faster twin.
        symbol: what pictures write in the node.
        rules: for each argument ``rule(g, output, *inputs, **parameters)``, or ``None``; or one
            `Variadic`, for an operation on any number of arguments.
        name: the key in ``TABLE``; the function's own name by default.
        domain: where gradient tests draw the inputs: one for all arguments, or one for each.
        elementwise: by default true for NumPy's elementwise ufuncs.
        broadcasts: by default as `elementwise`; true also for matmul's batch axes.
        real_only: complex numbers are refused. The rules of other entries hold for them too, by
            the convention of ``derivatives/complex_numbers.py``.
        distance_to_kink: of the inputs, zero where the derivative jumps: ``lambda x: x`` for ReLU.
        calls: needed where inputs do not simply broadcast, draws shapes and parameters to test.
        kind: the class of the entry, if it looks at how its inputs were made.
        replace: whether to take the place of an entry of that name, as a cell of a notebook that
            runs again does; what was computed with the old one keeps its rules.

    Raises:
        TypeError: if a rule is none, or takes other inputs than there are rules.
        ValueError: if the name is taken, or an operation on whole arrays comes without ``calls``.

    >>> from tinygrad_xor import Value
    >>> cube = primitive(lambda x: x * x * x, "x³", lambda g, y, x: g * 3 * x * x,
    ...                  name="cube", elementwise=True)
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    >>> del TABLE["cube"]
    """
    implements = implements or function
    name = name or implements.__name__
    if name in TABLE and not replace:
        raise ValueError(
            f"the table already has an operation called {name!r}: pass another name=, or "
            "replace=True to put this one in its place"
        )
    if elementwise is None:
        elementwise = isinstance(implements, np.ufunc) and implements.signature is None
    if not elementwise and calls is None:
        raise ValueError(f"{name} is not elementwise: pass calls= to say how to draw its arguments")
    check_rules(name, function, rules, takes_parameters=calls is not None)
    each = next((rule for rule in rules if isinstance(rule, Variadic)), None)
    domains = domain if isinstance(domain, tuple) else (domain,) * len(rules)
    broadcasts = elementwise if broadcasts is None else broadcasts
    entry = kind(
        function,
        implements,
        symbol,
        each or rules,  # type: ignore[arg-type]  # without a Variadic, they are all rules
        name,
        elementwise,
        broadcasts,
        real_only,
        domains,
        calls,
        distance_to_kink,
    )
    if name in TABLE:
        for f in [f for f, other in BY_FUNCTION.items() if other is TABLE[name]]:
            BY_FUNCTION[f] = entry
    TABLE[name] = BY_FUNCTION[implements] = entry
    return entry


#: How a test hands drawn inputs and parameters to the function: ``(args, kwargs)``.
Arrange = Callable[[tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]


@dataclass(slots=True, eq=False, repr=False)
class Composition:
    """A NumPy function written with entries of the table. Made by :func:`composed`.

    Attributes:
        function: the NumPy function.
        body: what runs in its place when a Value is among the arguments.
        name: as in NumPy, with its module: ``"linalg.norm"``.
        domains: where each argument may be drawn by a gradient test; the last one for all others.
        calls: a sampler of shapes and parameters to test.
        arrange: how drawn inputs and parameters become the arguments of `function`.
        real_only: whether it is not tested on complex numbers.
    """

    function: Callable[..., Any]
    body: Callable[..., Any]
    name: str
    domains: tuple[Domain, ...]
    calls: CallSampler
    arrange: Arrange
    real_only: bool

    def called_as(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What NumPy asks for: ``function(*args, **kwargs)`` with Values among the arguments."""
        args, kwargs = as_written(function, self.body, args, kwargs)
        try:
            return self.body(*args, **kwargs)
        except TypeError as error:
            explain_refusal(self.name, args, error)
            raise

    @property
    def page(self) -> str:
        """The page of derivatives that it is on: the last part of its module's name."""
        return self.body.__module__.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<composition {self.name}>"


def one_by_one(inputs: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Inputs as arguments of their own: ``np.outer(a, b)``."""
    return inputs, params


def as_a_list(inputs: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """All inputs as one list: ``np.stack([a, b])``."""
    return (list(inputs),), params


def composed(
    function: Callable[..., Any],
    *aliases: Callable[..., Any],
    calls: CallSampler,
    domain: Domain | tuple[Domain, ...] = real,
    arrange: Arrange = one_by_one,
    real_only: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what runs in the place of a NumPy function, and of its `aliases`, on Values.

    >>> import numpy as np
    >>> @composed(np.geomspace, calls=lambda random: (((), ()), {"num": 3}))
    ... def geomspace(start, stop, num=50):
    ...     return start * (stop / start) ** np.linspace(0.0, 1.0, num)
    >>> from tinygrad_xor import Value
    >>> np.geomspace(Value(1.0), 4.0, 3).data
    array([1., 2., 4.])
    >>> del BY_FUNCTION[np.geomspace], COMPOSED["geomspace"]
    """

    def declare(body: Callable[..., Any]) -> Callable[..., Any]:
        domains = domain if isinstance(domain, tuple) else (domain,)
        name = numpy_name(function).removeprefix("np.")
        entry = Composition(function, body, name, domains, calls, arrange, real_only)
        COMPOSED[name] = entry
        for f in (function, *aliases):
            BY_FUNCTION[f] = entry
        return body

    return declare


def alias(name: str, *functions: Callable[..., Any]) -> None:
    """Declare other names of NumPy's for an entry: ``np.amax`` is ``np.max``."""
    for function in functions:
        BY_FUNCTION[function] = TABLE[name]


def constant(*functions: Callable[..., Any]) -> None:
    """Declare NumPy functions that have no gradient by nature, as comparisons have none."""
    CONSTANT.update(functions)

"""A primitive: one NumPy function, and one derivative rule for each of its arguments.

The rule for an argument is its vector-Jacobian product. It receives the incoming gradient ``g``,
the output and all inputs, and returns the gradient for that argument::

    mul = primitive(np.multiply, "×", lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)

Rules obey three laws (held by ``tests/derivatives``): they write into nothing they are given, they
use operators and ``np.`` functions only, so that Values work in place of arrays, and they know
nothing of broadcasting, which the engine undoes in one place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, KeysView
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.engine.sampling import Domain, real

if TYPE_CHECKING:
    from tinygrad_xor.engine.composition import Composition

#: Reading a signature takes longer than most operations, so each is read once.
signature = cache(inspect.signature)

Rule = Callable[..., Any]
#: Draws the shapes of the inputs, and the parameters, of one valid call.
CallSampler = Callable[[Random], tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]


class Variadic:
    """One rule for each of any number of inputs: ``rule(i, g, output, *inputs, **parameters)``.

    Args:
        rule: the rule, which is told the number of the input.

    >>> from itertools import islice
    >>> [rule(10.0) for rule in islice(Variadic(lambda i, g: i * g), 3)]
    [0.0, 10.0, 20.0]
    """

    __slots__ = ("rule",)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __iter__(self) -> Iterator[Rule]:
        i = 0
        while True:
            yield partial(self.rule, i)
            i += 1


class Primitive:
    """One operation of the table. Made by :func:`primitive`, found in ``TABLE`` by its name.

    Attributes:
        name: the key in ``TABLE``, as in NumPy: ``"multiply"``.
        symbol: what pictures write: ``"×"``.
        function: the forward function, on floats and arrays.
        implements: the function that finds this entry when it is called on a Value.
        rules: one vector-Jacobian product for each argument, ``None`` where there is no gradient;
            or `Variadic`, for any number of arguments.
        elementwise: whether each output element depends on one element of each input.
        broadcasts: whether inputs are stretched to fit, so gradients are summed back.
        real_only: whether the rules are wrong for complex numbers, so that they are refused.
        domains: where each argument may be drawn by a gradient test.
        calls: for operations on whole arrays, a sampler of shapes and parameters to test.
        distance_to_kink: a function of the inputs that is zero where there is no derivative.
    """

    __slots__ = (
        "broadcasts",
        "calls",
        "distance_to_kink",
        "domains",
        "elementwise",
        "function",
        "implements",
        "name",
        "real_only",
        "rules",
        "symbol",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        implements: Callable[..., Any],
        symbol: str,
        rules: tuple[Rule | None, ...] | Variadic,
        name: str,
        elementwise: bool,
        broadcasts: bool,
        real_only: bool,
        domains: tuple[Domain, ...],
        calls: CallSampler | None,
        distance_to_kink: Callable[..., Any] | None,
    ) -> None:
        self.function = function
        self.implements = implements
        self.symbol = symbol
        self.rules = rules
        self.name = name
        self.elementwise = elementwise
        self.broadcasts = broadcasts
        self.real_only = real_only
        self.domains = domains
        self.calls = calls
        self.distance_to_kink = distance_to_kink

    @property
    def parameters(self) -> KeysView[str]:
        """The names of the inputs and the parameters, in the order that the rules take."""
        rule = next((r for r in self.rules if r is not None), lambda g, y: None)
        return dict.fromkeys(list(signature(rule).parameters)[2:]).keys()

    @property
    def page(self) -> str:
        """The page of derivatives that its rules are on: the last part of their module's name."""
        rules = [self.rules.rule] if isinstance(self.rules, Variadic) else self.rules
        rule = next((r for r in rules if r is not None), self.function)
        return rule.__module__.rpartition(".")[2]

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Apply it: Values in, a Value out; plain numbers and arrays in, the plain result out."""
        return _value.apply(self, inputs, params)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        """An entry is copied and pickled as its name: there is only one of it."""
        return _entry, (self.name,)


#: Every operation the engine can differentiate, by name.
TABLE: dict[str, Primitive] = {}
#: The same entries, and compositions, by the NumPy function they stand for.
BY_FUNCTION: dict[Callable[..., Any], Primitive | Composition] = {}
#: NumPy functions that have no gradient by nature; on Values they give plain results.
CONSTANT: set[Callable[..., Any]] = set()


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

    Raises:
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
    if name in TABLE:
        raise ValueError(f"the table already has an operation called {name!r}: pass another name=")
    if elementwise is None:
        elementwise = isinstance(implements, np.ufunc) and implements.signature is None
    if not elementwise and calls is None:
        raise ValueError(f"{name} is not elementwise: pass calls= to say how to draw its arguments")
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
    TABLE[name] = entry
    BY_FUNCTION[implements] = entry
    return entry


def _entry(name: str) -> Primitive:
    return TABLE[name]


def alias(name: str, *functions: Callable[..., Any]) -> None:
    """Declare other names of NumPy's for an entry: ``np.amax`` is ``np.max``."""
    for function in functions:
        BY_FUNCTION[function] = TABLE[name]


def constant(*functions: Callable[..., Any]) -> None:
    """Declare NumPy functions that have no gradient by nature, as comparisons have none."""
    CONSTANT.update(functions)


# Last, because it is built on this module.
from tinygrad_xor.engine import value as _value  # noqa: E402

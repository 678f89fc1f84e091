"""A composition: a NumPy function computed from entries of the table, so it needs no rule.

``np.stack`` is ``np.concatenate`` of reshaped arrays. On Values the function written here runs in
NumPy's place; its parts are in the graph, and the chain rule does the rest::

    @composed(np.stack, calls=...)
    def stack(arrays, axis=0):
        return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)

It is tested like an entry: NumPy's numbers bit for bit, and every law of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine.primitive import BY_FUNCTION, CallSampler
from tinygrad_xor.engine.sampling import Domain, real

#: How a test hands drawn inputs and parameters to the function: ``(args, kwargs)``.
Arrange = Callable[[tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]


class Composition:
    """A NumPy function written with entries of the table. Made by :func:`composed`.

    Attributes:
        name: as in NumPy, with its module: ``"linalg.norm"``.
        function: the NumPy function.
        body: what runs in its place when a Value is among the arguments.
        domains: where each argument may be drawn by a gradient test; the last one for all others.
        calls: a sampler of shapes and parameters to test.
        arrange: how drawn inputs and parameters become the arguments of `function`.
        real_only: whether it is not tested on complex numbers.
    """

    __slots__ = ("arrange", "body", "calls", "domains", "function", "name", "real_only")

    def __init__(
        self,
        function: Callable[..., Any],
        body: Callable[..., Any],
        name: str,
        domains: tuple[Domain, ...],
        calls: CallSampler,
        arrange: Arrange,
        real_only: bool,
    ) -> None:
        self.function = function
        self.body = body
        self.name = name
        self.domains = domains
        self.calls = calls
        self.arrange = arrange
        self.real_only = real_only

    @property
    def page(self) -> str:
        """The page of derivatives that it is on: the last part of its module's name."""
        return self.body.__module__.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<composition {self.name}>"


#: Every composition, by name.
COMPOSED: dict[str, Composition] = {}


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


def numpy_name(function: Callable[..., Any]) -> str:
    """How users write the function: ``np.linalg.norm``.

    >>> import numpy as np
    >>> numpy_name(np.linalg.norm), numpy_name(np.sum)
    ('np.linalg.norm', 'np.sum')
    """
    name = function.__name__
    if isinstance(function, np.ufunc):  # ufuncs do not know their module
        return f"np.{name}" if getattr(np, name, None) is function else name
    return f"{(function.__module__ or 'numpy').replace('numpy', 'np')}.{name}"

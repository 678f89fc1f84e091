"""Shapes, arrays in a domain, calls of entries, and arguments away from the kinks of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.sampling import Domain, real
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.testing.calls import Call, Entry, random_call, takes_complex
from tinygrad_xor.testing.draws import Shape, near_a_kink, random_array, random_shapes

#: A `Random` whose every answer hypothesis draws.
sources = st.randoms(use_true_random=False)


def shapes(max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> st.SearchStrategy[Shape]:
    """Shapes from 0-d up, with sizes 0 and 1 among them."""
    return st.lists(st.integers(min_side, max_side), max_size=max_dims).map(tuple)


def broadcastable_shapes(count: int) -> st.SearchStrategy[tuple[Shape, ...]]:
    """`count` shapes that broadcast together: each drops leading axes or has length 1 in some."""
    return sources.map(lambda source: random_shapes(source, count))


def arrays(shape: Shape, domain: Domain = real, dtype: Any = np.float64) -> st.SearchStrategy[Any]:
    """An array of `shape`, its elements within ±3 before `domain` moves them.

    Complex numbers have imaginary parts within ±0.6.
    """
    return sources.map(lambda source: random_array(source, shape, domain, dtype))


def calls(entry: Entry, dtype: Any = np.float64) -> st.SearchStrategy[Call]:
    """A valid call of `entry`, away from its kinks."""
    return sources.map(lambda source: random_call(source, entry, dtype))


def real_and_complex_calls(entry: Entry) -> st.SearchStrategy[Call]:
    """Calls with real numbers, and, where the entry takes them, calls with complex ones."""
    return calls(entry) | calls(entry, np.complex128) if takes_complex(entry) else calls(entry)


def away_from_kinks(
    f: Callable[..., Any], arguments: st.SearchStrategy[tuple[Any, ...]], margin: float = 1e-3
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of arguments of `f` at which no step on the way to its result is near a kink.

    Args:
        f: a function of arrays, numbers, or nested containers of them.
        arguments: draws tuples of arguments; those near a kink are drawn again.
        margin: how near is too near: of ReLU's input to zero, of the two sides of a maximum.

    >>> from hypothesis import find
    >>> args = away_from_kinks(abs, st.tuples(st.sampled_from([0.0, 1e-4, 2.0])))
    >>> find(args, lambda drawn: True)
    (2.0,)
    """
    return arguments.filter(lambda primals: not near_a_kink(_output(f, primals), margin))


def _output(f: Callable[..., Any], primals: tuple[Any, ...]) -> list[Value]:
    """The Values that `f` gives for Values in the place of the numbers in `primals`."""
    leaves, build = flatten(primals)
    return [y for y in flatten(f(*build([Value(x) for x in leaves])))[0] if type(y) is Value]

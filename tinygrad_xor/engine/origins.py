"""Where Values come from: the line of code that made each, and the layers it was made in.

Nothing is remembered unless somebody asks, so that a graph without these costs nothing.
"""

from __future__ import annotations

import contextlib
import linecache
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from tinygrad_xor.engine.core import RESULT_WATCHERS
from tinygrad_xor.engine.modes import recording, unwatched, users_line
from tinygrad_xor.engine.settings import Setting


class Origin(NamedTuple):
    """The line of code that made a Value, and the names of the layers around it, outermost first.

    Attributes:
        file: the path of the source file.
        line: the number of the line, from 1.
        scopes: such as ``("dense_1",)``; ``("dense_1#2",)`` for the second call of that layer;
            empty outside of layers and losses.
    """

    file: str
    line: int
    scopes: tuple[str, ...]

    @property
    def code(self) -> str:
        """The text of the line; empty where the source cannot be read."""
        return linecache.getline(self.file, self.line).strip()


@contextlib.contextmanager
def origins() -> Iterator[dict[Any, Origin]]:
    """A ``with`` block that remembers the `Origin` of every Value computed in it.

    The dict that it gives keeps the Values alive as long as it lives itself.

    >>> from tinygrad_xor import Value
    >>> x = Value(3.0)
    >>> with origins() as made:
    ...     with scope("square"):
    ...         y = x * x
    >>> made[y].scopes
    ('square',)
    """
    found: dict[Any, Origin] = {}
    with _origins.holding(found), _entered.holding(Counter()):
        yield found


@contextlib.contextmanager
def unobserved() -> Iterator[None]:
    """A ``with`` block for those who look at a graph: it records, and nobody else notices.

    What is computed in it is not watched by `detect_anomaly` and not remembered by `origins`.

    >>> from tinygrad_xor import Value
    >>> with origins() as made, unobserved():
    ...     y = Value(3.0) * 2.0
    >>> made
    {}
    """
    with recording(), unwatched(), _origins.holding(None):
        yield


def scope(name: str) -> contextlib.AbstractContextManager[None]:
    """A ``with`` block whose Values belong to the layer `name`. It does nothing if nobody asks.

    Each further block of the same name is a call of its own: ``name#2``, ``name#3``.
    """
    entered = _entered.get()
    if entered is None or _origins.get() is None:
        return _NOTHING
    path = (*_scopes.get(), name)
    entered[path] += 1
    call = f"{name}#{entered[path]}" if entered[path] > 1 else name
    return _scopes.holding((*_scopes.get(), call))


def scopes() -> tuple[str, ...]:
    """The layers that are running here, outermost first, while origins are remembered."""
    found: tuple[str, ...] = _scopes.get()
    return found


def _note(node: Any, *_: Any) -> None:
    """Remember where `node` was made, if somebody asks."""
    found = _origins.get()
    if found is not None:
        found[node] = Origin(*users_line(), _scopes.get())


_NOTHING = contextlib.nullcontext()
_origins = Setting("origins", None, (RESULT_WATCHERS, _note))
_scopes = Setting("scopes", ())
#: How often each scope was entered since origins are remembered.
_entered = Setting("entered", None)

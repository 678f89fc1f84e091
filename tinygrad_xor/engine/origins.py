"""Where Values come from: the line of code that made each, and the layers it was made in.

Nothing is remembered unless somebody asks, so that a graph without these costs nothing.
"""

from __future__ import annotations

import contextlib
import linecache
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tinygrad_xor.engine.modes import active, users_line

_origins: ContextVar[dict[Any, Origin] | None] = ContextVar("origins", default=None)
_scopes: ContextVar[tuple[str, ...]] = ContextVar("scopes", default=())


@dataclass(frozen=True)
class Origin:
    """The line of code that made a Value, and the names of the layers around it, outermost first.

    Attributes:
        file: the path of the source file.
        line: the number of the line, from 1.
        scopes: such as ``("dense_1",)``; empty outside of layers and losses.
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
    with active(_origins, found):
        yield found


def scope(name: str) -> contextlib.AbstractContextManager[None]:
    """A ``with`` block whose Values belong to the layer `name`. It does nothing if nobody asks."""
    if _origins.get() is None:
        return contextlib.nullcontext()
    return active(_scopes, (*_scopes.get(), name))


def note_origin(node: Any) -> None:
    """Remember where `node` was made, if somebody asks."""
    found = _origins.get()
    if found is not None:
        found[node] = Origin(*users_line(), _scopes.get())

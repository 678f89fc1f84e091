"""The table of derivatives: which operation stands behind which function.

It holds entries and knows nothing of them. The pages in ``derivatives/`` fill it, through
``declarations``; the rest of the package reads it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine.sharing import SHARED

Function = Callable[..., Any]


#: What the table holds. All it needs of an entry is a method ``called_as(function, args, kwargs)``:
#: the result of ``function(*args, **kwargs)`` with Values among the arguments.
Entry = Any

#: Every operation the engine can differentiate, by name: ``TABLE["multiply"]``.
TABLE: dict[str, Any] = {}
#: Every NumPy function that is computed from entries of the table, by name.
COMPOSED: dict[str, Any] = {}
#: All of them by the NumPy function they implement.
BY_FUNCTION: dict[Function, Entry] = {}
#: NumPy functions that have no gradient by nature; on Values they give plain results.
CONSTANT: set[Function] = set()
#: Why NumPy functions that could have an entry have none, for the message and the coverage table.
UNSUPPORTED: dict[Function, str] = {}
#: What brings more entries, by the module that users import first.
LATER: dict[str, Callable[[], object]] = {}


def find(function: Function) -> Entry:
    """The entry that implements `function`, if there is one."""
    entry = BY_FUNCTION.get(function)
    if entry is None and LATER:
        with SHARED:  # who asks while another thread brings the entries, waits for them
            for module in [name for name in LATER if name in sys.modules]:
                LATER[module]()
                del LATER[module]
        entry = BY_FUNCTION.get(function)
    return entry


def entry_of(function: Function) -> Entry:
    """The entry that implements `function`.

    Raises:
        TypeError: if there is none.
    """
    entry = find(function)
    if entry is None:
        reason = UNSUPPORTED.get(function)
        raise TypeError(
            f"{numpy_name(function)} has no entry in the table of derivatives"
            + (f" ({reason})" if reason else "")
            + ": compose it from functions that have one, or add it with "
            "tinygrad_xor.engine.primitive"
        )
    return entry


def named(name: str) -> Any:
    """The entry called `name` in this process: what copies and pickles of entries are."""
    return TABLE[name]


def numpy_name(function: Function) -> str:
    """How users write the function: ``np.linalg.norm``.

    >>> import numpy as np
    >>> numpy_name(np.linalg.norm), numpy_name(np.add.reduce)
    ('np.linalg.norm', 'np.add.reduce')
    """
    name = function.__name__
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{name}"
    if isinstance(function, np.ufunc):  # ufuncs do not know their module
        return f"np.{name}" if getattr(np, name, None) is function else name
    return f"{(function.__module__ or 'numpy').replace('numpy', 'np')}.{name}"

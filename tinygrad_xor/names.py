"""Choosing by name: ``activation="relu"``, with the nearest right name when it is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def look_up(kind: str, name: str, known: Mapping[str, T]) -> T:
    """The entry of `known` called `name`; capitals and hyphens do not matter.

    Raises:
        TypeError: if `name` is no text.
        ValueError: if there is none, with the nearest name and all known ones.

    >>> look_up("activation", "ReLU", {"relu": 1, "tanh": 2})
    1
    >>> look_up("activation", "than", {"relu": 1, "tanh": 2})
    Traceback (most recent call last):
    ...
    ValueError: unknown activation 'than': did you mean 'tanh'? There are relu, tanh.
    >>> look_up("activation", "x", {"relu": 1, "tanh": 2})
    Traceback (most recent call last):
    ...
    ValueError: unknown activation 'x': there are relu, tanh.
    """
    if not isinstance(name, str):
        raise TypeError(f"this {kind} has no name and cannot be called: {name!r}")
    key = name.lower().replace("-", "_")
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    there_are = f"did you mean {near[0]!r}? There are" if near else "there are"
    raise ValueError(f"unknown {kind} {name!r}: {there_are} {', '.join(known)}.")

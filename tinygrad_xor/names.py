"""Choosing by name: ``activation="relu"``, with the nearest right name when it is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")
#: Of more names than these, only the near ones are listed.
MOST = 40


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that was meant, if one is near; letters in another order are the nearest.

    >>> nearest("tahn", ["tan", "tanh"]), nearest("sigmod", ["sigmoid", "sin"]), nearest("q", ["x"])
    ('tanh', 'sigmoid', None)
    """
    near = difflib.get_close_matches(name, list(known), n=5, cutoff=0.5)
    return min(near, key=lambda other: sorted(other) != sorted(name), default=None)


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
    near = nearest(key, known)
    there_are = f"did you mean {near!r}? There are" if near else "there are"
    shown = list(known)
    if len(known) > MOST:
        shown = difflib.get_close_matches(key, shown, n=6, cutoff=0.4)
        shown.append(f"{len(known) - len(shown)} {'others' if shown else 'names'}")
    raise ValueError(f"unknown {kind} {name!r}: {there_are} {', '.join(shown)}.")

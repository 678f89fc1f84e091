"""Nested tuples, lists and dicts of arrays, taken apart into leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[Iterable[Any]], Any]]:
    """The leaves of `tree`, and a function that builds a tree of the same form from other leaves.

    Dicts are taken in the order of their keys' insertion; ``None`` has no leaves.

    >>> leaves, build = flatten({"W": [1.0, 2.0], "b": (3.0,)})
    >>> leaves, build(10 * x for x in leaves)
    ([1.0, 2.0, 3.0], {'W': [10.0, 20.0], 'b': (30.0,)})
    """
    leaves: list[Any] = []
    form = _take_apart(tree, leaves)

    def build(new: Iterable[Any]) -> Any:
        return form(iter(new))

    return leaves, build


def _take_apart(tree: Any, leaves: list[Any]) -> Callable[[Any], Any]:
    if tree is None:
        return lambda new: None
    if isinstance(tree, dict):
        forms = {key: _take_apart(branch, leaves) for key, branch in tree.items()}
        return lambda new: {key: form(new) for key, form in forms.items()}
    if isinstance(tree, (list, tuple)):
        parts = [_take_apart(branch, leaves) for branch in tree]
        if hasattr(tree, "_fields"):  # a named tuple takes its fields one by one
            return lambda new: type(tree)(*[part(new) for part in parts])
        return lambda new: type(tree)([part(new) for part in parts])
    leaves.append(tree)
    return next

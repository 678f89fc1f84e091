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


def leaves_like(tree: Any, like: Any, missing: Callable[[Any], Any] | None = None) -> list[Any]:
    """The leaves of `tree` in the order of those of `like`, which must have the same form.

    Dicts are matched by their keys, whatever their order; a list may stand for a tuple.

    Args:
        tree: the tree to take apart.
        like: the tree whose form and order count.
        missing: what to put for a leaf of `like` where `tree` has None.

    Raises:
        ValueError: if the forms differ.

    >>> leaves_like({"b": 1, "a": 2}, {"a": 10.0, "b": 20.0})
    [2, 1]
    """
    if tree is None and missing is not None:
        return [missing(leaf) for leaf in flatten(like)[0]]
    if like is None and tree is None:
        return []
    if isinstance(like, dict) and isinstance(tree, dict) and tree.keys() == like.keys():
        pairs = [(tree[key], like[key]) for key in like]
    elif (
        isinstance(like, (list, tuple))
        and isinstance(tree, (list, tuple))
        and len(tree) == len(like)
    ):
        pairs = list(zip(tree, like, strict=True))
    elif (
        like is None
        or tree is None
        or isinstance(like, (dict, list, tuple))
        or isinstance(tree, dict)
    ):
        raise ValueError(f"{form_of(tree)} where {form_of(like)} is wanted")
    else:
        return [tree]
    return [leaf for branch, model in pairs for leaf in leaves_like(branch, model, missing)]


def form_of(tree: Any) -> str:
    """A tree with stars for its leaves.

    >>> form_of({"W": [1.0, 2.0], "b": (3.0,)})
    "{'W': [*, *], 'b': (*,)}"
    """

    class Star:
        def __repr__(self) -> str:
            return "*"

    leaves, build = flatten(tree)
    return repr(build(Star() for _ in leaves))

"""Nested tuples, lists and dicts of arrays, taken apart into leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

#: How an object is taken apart: into its children, and what else it takes to make another.
TakeApart = Callable[[Any], tuple[Iterable[Any], Any]]
#: How another is made, from what else it takes and new children.
PutTogether = Callable[[Any, Any], Any]

_REGISTERED: dict[type, tuple[TakeApart, PutTogether]] = {}


def register_pytree_node(
    nodetype: type, flatten_func: TakeApart, unflatten_func: PutTogether
) -> None:
    """Let objects of a class of one's own be trees, as lists are; as in JAX.

    Args:
        nodetype: the class, not one of its subclasses.
        flatten_func: takes such an object, gives its children and anything else it is made of.
        unflatten_func: takes that, and new children, and makes an object.

    >>> from dataclasses import dataclass
    >>> from tinygrad_xor import grad
    >>> @dataclass
    ... class Line:
    ...     slope: float
    ...     intercept: float
    >>> register_pytree_node(
    ...     Line, lambda line: ((line.slope, line.intercept), None), lambda _, pair: Line(*pair)
    ... )
    >>> grad(lambda line: 3.0 * line.slope + line.intercept)(Line(1.0, 2.0))
    Line(slope=3.0, intercept=1.0)
    """
    _REGISTERED[nodetype] = (flatten_func, unflatten_func)


def flatten(tree: Any) -> tuple[list[Any], Form]:
    """The leaves of `tree`, and its form, which builds the same tree from other leaves.

    Dicts are taken in the order of their keys' insertion; ``None`` has no leaves.

    >>> leaves, build = flatten({"W": [1.0, 2.0], "b": (3.0,)})
    >>> leaves, build(10 * x for x in leaves)
    ([1.0, 2.0, 3.0], {'W': [10.0, 20.0], 'b': (30.0,)})
    """
    leaves: list[Any] = []
    return leaves, _take_apart(tree, leaves)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree of what `function` gives for each leaf.

    >>> mapped(abs, [-1.0, (2.0,)])
    [1.0, (2.0,)]
    """
    if hasattr(tree, "dtype"):
        return function(tree)  # the most frequent tree is one array
    leaves, build = flatten(tree)
    return build(function(leaf) for leaf in leaves)


class Form:
    """A tree without its leaves. Called with new ones, it builds the tree.

    Args:
        kind: the class of the tree; None for a leaf.
        rest: what it takes beside its children: keys of a dict.
        parts: the forms of the children.
    """

    def __init__(self, kind: type | None, rest: Any = None, parts: tuple[Form, ...] = ()) -> None:
        self.kind = kind
        self.rest = rest
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.kind, self.parts))  # the rest may be anything

    def __call__(self, leaves: Iterable[Any]) -> Any:
        """The tree with these leaves."""
        return self._built(iter(leaves))

    def _built(self, leaves: Iterator[Any]) -> Any:
        if self.kind is None:
            return next(leaves)
        children = [part._built(leaves) for part in self.parts]
        if self.kind in _REGISTERED:
            return _REGISTERED[self.kind][1](self.rest, tuple(children))
        if self.kind is type(None):
            return None
        if issubclass(self.kind, dict):
            return dict(zip(self.rest, children, strict=True))
        make: Any = self.kind  # a list or a tuple; a named tuple takes its fields one by one
        return make(*children) if hasattr(make, "_fields") else make(children)


def _take_apart(tree: Any, leaves: list[Any]) -> Form:
    found = _children(tree)
    if found is None:
        leaves.append(tree)
        return Form(None)
    children, rest = found
    return Form(type(tree), rest, tuple([_take_apart(child, leaves) for child in children]))


def _children(tree: Any) -> tuple[Iterable[Any], Any] | None:
    """The branches of a tree, and what else it is made of; None for a leaf."""
    if type(tree) in _REGISTERED:
        return _REGISTERED[type(tree)][0](tree)
    if tree is None:
        return (), None
    if isinstance(tree, dict):
        return tree.values(), tuple(tree)
    return (tree, None) if isinstance(tree, (list, tuple)) else None


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
    found, wanted = _children(tree), _children(like)
    if found is None and wanted is None:
        return [tree]
    if found is None or wanted is None or not _alike(tree, like):
        raise ValueError(f"{form_of(tree)} where {form_of(like)} is wanted")
    pairs: Iterable[tuple[Any, Any]]
    if isinstance(like, dict):
        pairs = [(tree[key], like[key]) for key in like]
    else:
        pairs = zip(found[0], wanted[0], strict=True)
    return [leaf for branch, model in pairs for leaf in leaves_like(branch, model, missing)]


def _alike(tree: Any, like: Any) -> bool:
    """Whether two trees have the same branches at their roots."""
    if isinstance(tree, dict) and isinstance(like, dict):
        return tree.keys() == like.keys()
    rows = (list, tuple)
    if isinstance(tree, rows) and isinstance(like, rows):
        return len(tree) == len(like)
    return type(tree) is type(like) and flatten(tree)[1] == flatten(like)[1]


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

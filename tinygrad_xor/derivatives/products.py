"""Products of arrays: matmul, dot, einsum and their kin. All are sums of products."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import axes_of, axis_of
from tinygrad_xor.derivatives._axes import dense
from tinygrad_xor.derivatives._calls import (
    dot_shapes,
    einsum_calls,
    inner_shapes,
    matrices,
    tensordot_calls,
)
from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import Variadic, alias, composed, primitive

#: The letters of einsum, as it numbers them: so an output left to it has axes in the same order.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _matmul_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of X is G Yᵀ; a vector is first made a matrix."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if x.ndim == 1:
        g = np.expand_dims(g, -2)
    return dense(g) @ y.swapaxes(-1, -2)


def _matmul_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    """Z = XY, so the gradient of Y is Xᵀ G; a vector is first made a matrix."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * x
    if x.ndim == 1:
        return np.expand_dims(x, 1) * np.expand_dims(g, -2)
    return x.swapaxes(-1, -2) @ dense(g)


matmul = primitive(np.matmul, "@", _matmul_left, _matmul_right, broadcasts=True, calls=matrices)


alias("matmul", np.linalg.matmul)


def _dot_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    """The axes of g that came from y are summed against y's own; the summed axis is left."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return np.sum(g * y) if np.ndim(x) == 0 else g * y
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    own = y.ndim - 1
    from_g = [*range(x.ndim - 1, x.ndim - 1 + own)]
    return np.tensordot(g, y, (from_g, [*range(y.ndim - 2), y.ndim - 1]))


def _dot_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return np.sum(g * x) if np.ndim(y) == 0 else g * x
    own = [*range(x.ndim - 1)]
    both = np.tensordot(x, g, (own, own))  # the summed axis first
    return both if y.ndim == 1 else np.moveaxis(both, 0, -2)


dot = primitive(np.dot, "·", _dot_left, _dot_right, calls=dot_shapes)


@composed(np.inner, calls=inner_shapes)
def inner(a: Any, b: Any) -> Any:
    """The sum of products over the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.dot(a, b if np.ndim(b) < 2 else np.swapaxes(b, -1, -2))


vdot = primitive(
    np.vdot,
    "·",
    lambda g, z, x, y: np.reshape(conj(g * np.ravel(y)), np.shape(x)),
    lambda g, z, x, y: np.reshape(g * np.ravel(conj(x)), np.shape(y)),
    calls=inner_shapes,
)


@composed(np.outer, calls=inner_shapes)
def outer(a: Any, b: Any) -> Any:
    """All products of an element of a and one of b."""
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composed(np.linalg.outer, calls=lambda random: (((2,), (3,)), {}))
def linalg_outer(x1: Any, x2: Any) -> Any:
    """All products of an element of one vector and one of another."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer() needs two vectors, not {np.shape(x1)} and {np.shape(x2)}")
    return np.outer(x1, x2)


@composed(np.tensordot, np.linalg.tensordot, calls=tensordot_calls)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes."""
    if isinstance(axes, (int, np.integer)):
        n = int(axes)
        axes = [*range(np.ndim(a) - n, np.ndim(a))], [*range(n)]
    of_a, of_b = axes_of(a, axes[0]), axes_of(b, axes[1])
    lengths = [[np.shape(x)[ax] for ax in ours] for x, ours in ((a, of_a), (b, of_b))]
    if lengths[0] != lengths[1]:
        raise ValueError(
            f"tensordot of shapes {np.shape(a)} and {np.shape(b)} over axes {of_a} and {of_b}: "
            f"their lengths {lengths[0]} and {lengths[1]} differ"
        )
    free_a = [ax for ax in range(np.ndim(a)) if ax not in of_a]
    free_b = [ax for ax in range(np.ndim(b)) if ax not in of_b]
    n = int(np.prod(lengths[0]))
    shape = [np.shape(a)[ax] for ax in free_a] + [np.shape(b)[ax] for ax in free_b]
    if not n:
        return np.zeros(shape, np.result_type(a, b))
    rows = np.reshape(np.transpose(a, (*free_a, *of_a)), (-1, n))
    columns = np.reshape(np.transpose(b, (*of_b, *free_b)), (n, -1))
    return np.reshape(np.dot(rows, columns), shape)


@composed(np.kron, calls=inner_shapes)
def kron(a: Any, b: Any) -> Any:
    """Each element of a, times the whole of b, in its place."""
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    places = np.reshape(a, [m for k in a.shape for m in (k, 1)])
    whole = np.reshape(b, [m for k in b.shape for m in (1, k)])
    shape = [j * k for j, k in zip(a.shape, b.shape, strict=True)]
    return np.reshape(places * whole, shape)


def _cross(
    x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector at right angles to two vectors of length 3."""
    a, b = (np.shape(v)[one if axis is None else axis] for v, one in ((x, axisa), (y, axisb)))
    if a != 3 or b != 3:
        raise ValueError(f"cross() needs vectors of length 3, not of {a} and {b}")
    return np.cross(x, y, axisa, axisb, axisc, axis)


def _vectors_last(x: Any, own: int, axis: int | None) -> Any:
    return np.moveaxis(x, own if axis is None else axis, -1)


def _from_the_end(x: Any, own: int, axis: int | None) -> int:
    return axis_of(x, own if axis is None else axis) - np.ndim(x)


# z = x × y, so the gradients are y × g and g × x: the same volume, read from another of its edges.
cross = primitive(
    _cross,
    "×",
    lambda g, z, x, y, axisa=-1, axisb=-1, axisc=-1, axis=None: np.cross(
        _vectors_last(y, axisb, axis),
        _vectors_last(g, axisc, axis),
        axisc=_from_the_end(x, axisa, axis),
    ),
    lambda g, z, x, y, axisa=-1, axisb=-1, axisc=-1, axis=None: np.cross(
        _vectors_last(g, axisc, axis),
        _vectors_last(x, axisa, axis),
        axisc=_from_the_end(y, axisb, axis),
    ),
    implements=np.cross,
    broadcasts=True,
    calls=lambda random: (((2, 3), (3,)), {}),
)


def _vecdot_rule(g: Any, x: Any, other: Any, axis: int) -> Any:
    """The gradient of x: g times the other factor, along the axis of x that is summed."""
    spread = np.expand_dims(g, -1) * np.moveaxis(other, axis, -1)
    return np.moveaxis(spread, -1, axis_of(x, axis) - np.ndim(x))


# The first factor of these is conjugated.
vecdot = primitive(
    np.vecdot,
    "·",
    lambda g, z, x, y, axis=-1: conj(_vecdot_rule(g, x, y, axis)),
    lambda g, z, x, y, axis=-1: _vecdot_rule(g, y, conj(x), axis),
    broadcasts=True,
    calls=lambda random: (((2, 3), (3,)), {}),
)


alias("cross", np.linalg.cross)
alias("vecdot", np.linalg.vecdot)


if hasattr(np, "matvec"):  # new in NumPy 2.2
    matvec = primitive(
        np.matvec,
        "@",
        lambda g, z, x, y: np.expand_dims(g, -1) * np.expand_dims(y, -2),
        lambda g, z, x, y: np.matvec(np.swapaxes(x, -1, -2), g),
        broadcasts=True,
        calls=lambda random: (((2, 2, 3), (3,)), {}),
    )

    vecmat = primitive(
        np.vecmat,
        "@",
        lambda g, z, x, y: conj(np.matvec(y, g)),
        lambda g, z, x, y: np.expand_dims(conj(x), -1) * np.expand_dims(g, -2),
        broadcasts=True,
        calls=lambda random: (((3,), (2, 3, 2)), {}),
    )


# -- einsum ---------------------------------------------------------------------------------------


def _einsum(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    return np.einsum(subscripts, *operands, optimize=optimize)


def _einsum_rule(
    g: Any, z: Any, *operands: Any, subscripts: str, optimize: Any = False
) -> Callable[[int], Any]:
    return lambda i: _einsum_part(i, g, operands, subscripts)


def _einsum_part(i: int, g: Any, operands: tuple[Any, ...], subscripts: str) -> Any:
    """The gradient of one factor is a product of g and the others, with the letters of the factor.

    A letter that only this factor has was summed away: its gradient is spread by a factor of ones.
    A letter that it has twice is a diagonal: its gradient is put there by an identity matrix.
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    own, shape = terms[i], np.shape(operands[i])
    factors, letters = [g], [output]
    for j, term in enumerate(terms):
        if j != i:
            factors.append(operands[j])
            letters.append(term)
    result = ""
    unused = (x for x in _LETTERS[::-1] if x not in subscripts)
    for letter, n in zip(own, shape, strict=True):
        if letter in result:
            twin = next(unused)
            factors.append(np.eye(n))
            letters.append(letter + twin)
            result += twin
            continue
        if _longest(letter, letters, factors) < n:
            factors.append(np.ones(n))
            letters.append(letter)
        result += letter
    return np.einsum(f"{','.join(letters)}->{result}", *factors, optimize=True)


def _longest(letter: str, letters: list[str], factors: list[Any]) -> int:
    """The length of an axis in the factors that have it; -1 if none has."""
    lengths = [
        np.shape(x)[term.index(letter)]
        for term, x in zip(letters, factors, strict=True)
        if letter in term
    ]
    return max(lengths, default=-1)


einsum_ = primitive(
    _einsum, "einsum", Variadic(_einsum_rule), name="einsum", broadcasts=True, calls=einsum_calls
)


@composed(
    np.einsum,
    calls=einsum_calls,
    arrange=lambda inputs, params: ((params["subscripts"], *inputs), {}),
)
def einsum(*operands: Any, optimize: Any = False) -> Any:
    """Any sum of products, by Einstein's notation: all of NumPy's forms."""
    if isinstance(operands[0], str):
        subscripts, operands = operands[0], operands[1:]
    else:
        subscripts, operands = _in_letters(operands)
    return einsum_(*operands, subscripts=_explicit(subscripts, operands), optimize=optimize)


def _in_letters(operands: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """``einsum(a, [0, 1], b, [1], [0])`` as ``einsum("AB,B->A", a, b)``."""

    def letters(places: Any) -> str:
        for p in places:
            if p is not Ellipsis and not 0 <= p < len(_LETTERS):
                raise ValueError(f"einsum numbers axes from 0 to {len(_LETTERS) - 1}, not {p}")
        return "".join("..." if p is Ellipsis else _LETTERS[p] for p in places)

    arrays, places = operands[0::2], operands[1::2]
    if len(operands) % 2:  # the last one is the output's
        arrays = arrays[:-1]
        return ",".join(map(letters, places)) + "->" + letters(operands[-1]), arrays
    return ",".join(map(letters, places)), arrays


def _explicit(subscripts: str, operands: tuple[Any, ...]) -> str:
    """The subscripts with the output written out, and letters in place of each ellipsis."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(
            f"einsum({subscripts!r}) names {len(terms)} arrays, and was given {len(operands)}"
        )
    free = [x for x in _LETTERS[::-1] if x not in subscripts]
    most = 0
    for term, x in zip(terms, operands, strict=True):
        if "..." in term:
            most = max(most, np.ndim(x) - len(term.replace("...", "")))
        if term.count("...") > 1:
            raise ValueError(f"einsum: {term!r} has more than one ellipsis")
    if most and arrow and "..." not in output:
        raise ValueError(f"einsum({subscripts!r}): the output needs the ellipsis of the inputs")
    shared = "".join(free[:most])
    for k, (term, x) in enumerate(zip(terms, operands, strict=True)):
        own = np.ndim(x) - len(term.replace("...", ""))
        if own < 0 or ("..." not in term and own):
            raise ValueError(f"einsum: {term!r} does not fit an array of shape {np.shape(x)}")
        terms[k] = term.replace("...", shared[most - own :])
    joined = "".join(terms)
    if not arrow:
        output = "..." + "".join(
            sorted(x for x in set(joined) - set(shared) if joined.count(x) == 1)
        )
    return ",".join(terms) + "->" + output.replace("...", shared)

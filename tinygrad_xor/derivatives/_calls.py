"""How gradient tests call operations that work on whole arrays.

Each function draws, from a `random.Random`, the shapes of the inputs and the parameters of one
valid call. Hypothesis hands in a `Random` of its own, so calls shrink like all else it draws.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Call = tuple[tuple[Shape, ...], dict[str, Any]]


def shape_of(random: Random, least: int = 0, most: int = 3, smallest: int = 0) -> Shape:
    """A shape of `least` to `most` axes, each `smallest` to 3 long."""
    return tuple(random.randint(smallest, 3) for _ in range(random.randint(least, most)))


def any_shape(random: Random) -> tuple[Shape]:
    """One input of any shape."""
    return (shape_of(random),)


def any_axes(random: Random, smallest: int = 1, least: int = 0) -> Call:
    """A reduction: no axis, one (counted from either end), or several; keepdims or not."""
    shape = shape_of(random, least, smallest=smallest)
    params: dict[str, Any] = {"keepdims": random.random() < 0.5}
    kind = random.choice(["all", "one", "several"]) if shape else "all"
    if kind == "one":
        params["axis"] = random.randrange(-len(shape), len(shape))
    elif kind == "several":
        params["axis"] = tuple(random.sample(range(len(shape)), random.randint(1, len(shape))))
    return (shape,), params


def new_shape(random: Random) -> Call:
    """A reshape, sometimes with one length left for NumPy to find."""
    shape = shape_of(random, smallest=1)
    new = list(shape) + [1] * random.randint(0, 2)
    random.shuffle(new)
    if new and random.random() < 0.5:
        new[random.randrange(len(new))] = -1
    return (shape,), {"shape": tuple(new)}


def wider_shape(random: Random) -> Call:
    """A shape, and one that it broadcasts to."""
    shape = shape_of(random, most=2)
    wide = [random.randint(1, 3) if n == 1 else n for n in shape]
    return (shape,), {"shape": (*shape_of(random, most=1), *wide)}


def index_of(random: Random) -> Call:
    """An array and an index into it: ints, slices with steps, ellipsis, newaxis, integer arrays."""
    shape = shape_of(random, least=1, smallest=1)
    index: list[Any] = []
    for n in shape[: random.randint(0, len(shape))]:
        kind = random.choice(["int", "slice", "array", "new"])
        if kind == "int":
            index.append(random.randrange(-n, n))
        elif kind == "array":
            index.append([random.randrange(-n, n) for _ in range(2)])
        else:
            index.append(slice(random.randrange(n), None, random.choice([1, 2])))
            if kind == "new":
                index.append(None)
    if random.random() < 0.3:
        index.append(...)
    return (shape,), {"index": tuple(index)}


def scattered(random: Random) -> Call:
    """Numbers to add into an array at repeated places."""
    n = random.randint(1, 3)
    count = random.randint(0, 3)
    return ((count,),), {"index": [random.randrange(n) for _ in range(count)], "shape": (n,)}


def matrices(random: Random) -> Call:
    """Two factors for a matrix product: vectors, matrices, and stacks that broadcast."""
    rows, inner, columns = (random.randint(1, 3) for _ in range(3))
    batch = shape_of(random, most=1, smallest=1)
    left = random.choice([(inner,), (rows, inner), (*batch, rows, inner), (1, rows, inner)])
    right = random.choice([(inner,), (inner, columns), (*batch, inner, columns)])
    return (left, right), {}


# -- samplers that are put together from parts --------------------------------------------------


Sampler = Callable[[Random], Call]


def _with_params(draw: Callable[[Random], Shape], count: int, params: dict[str, Any]) -> Sampler:
    """`count` inputs of one shape that `draw` draws, and parameters.

    Each parameter is a list to choose from, or a function of the `Random` and the shape.
    """

    def sample(random: Random) -> Call:
        shape = draw(random)
        chosen = {name: drawn(random, shape, choice) for name, choice in params.items()}
        return (shape,) * count, chosen

    return sample


def of(least: int = 0, most: int = 3, smallest: int = 0, **params: Any) -> Sampler:
    """A sampler: one input of some shape, and parameters."""
    return _with_params(lambda random: shape_of(random, least, most, smallest), 1, params)


def alike(count: int, most: int = 2, **params: Any) -> Sampler:
    """A sampler: `count` inputs of one shape."""
    return _with_params(lambda random: shape_of(random, 1, most, 1), count, params)


def square(**params: Any) -> Sampler:
    """A sampler: square matrices, alone or in a stack."""

    def matrix(random: Random) -> Shape:
        n = random.randint(1, 3)
        return (*shape_of(random, most=1, smallest=1), n, n)

    return _with_params(matrix, 1, params)


def rectangular(**params: Any) -> Sampler:
    """A sampler: matrices of any two lengths, alone or in a stack."""

    def matrix(random: Random) -> Shape:
        sides = random.randint(1, 3), random.randint(1, 3)
        return (*shape_of(random, most=1, smallest=1), *sides)

    return _with_params(matrix, 1, params)


def drawn(random: Random, shape: Shape, choice: Any) -> Any:
    """One of a list, or what a function of the `Random` and the shape gives."""
    return choice(random, shape) if callable(choice) else random.choice(choice)


def an_axis(random: Random, shape: Shape) -> int:
    """One axis of `shape`, counted from either end."""
    return random.randrange(-len(shape), len(shape))


def an_axis_or_all(random: Random, shape: Shape) -> int | None:
    """One axis, or None for all elements in order."""
    return random.choice([None, an_axis(random, shape)]) if shape else None


def axes(random: Random, shape: Shape) -> tuple[int, ...]:
    """Some of the axes of `shape`."""
    return tuple(random.sample(range(len(shape)), random.randint(0, len(shape))))


def two_different_axes(random: Random, shape: Shape) -> tuple[int, int]:
    """Two axes of `shape`, which must have two."""
    a, b = random.sample(range(len(shape)), 2)
    return a, b - random.choice([0, len(shape)])


#: An operation along one axis, counted from either end.
one_axis = of(1, smallest=1, axis=an_axis)
#: A new axis of length 1, counted from either end.
one_more_axis = of(axis=lambda random, shape: random.randrange(-len(shape) - 1, len(shape) + 1))
#: Two axes to exchange, counted from either end.
two_axes = of(1, axis1=an_axis, axis2=an_axis)


def axis_order(random: Random) -> Call:
    """A transpose: reversed, or any order of the axes."""
    shape = shape_of(random)
    order = random.sample(range(len(shape)), len(shape))
    return (shape,), {"axes": None if random.random() < 0.3 else tuple(order)}


def reductions(smallest: int = 1, masked: bool = True, **params: Any) -> Sampler:
    """A sampler of reductions: axis, keepdims, sometimes `where`, and more parameters."""

    def sample(random: Random) -> Call:
        (shape,), kwargs = any_axes(random, smallest)
        if masked and random.random() < 0.4:
            kwargs["where"] = mask(random, shape)
        more = {name: drawn(random, shape, choice) for name, choice in params.items()}
        return (shape,), {**kwargs, **more}

    return sample


def mask(random: Random, shape: Shape) -> Any:
    """Truth values of `shape`, most of them true, the first of them always."""
    out = np.array([random.random() < 0.7 for _ in range(int(np.prod(shape)))], dtype=bool)
    out[:1] = True
    return out.reshape(shape)


def to_join(random: Random) -> Call:
    """One to three arrays that differ in length along the axis where they are joined."""
    shape = shape_of(random, least=1, smallest=1)
    axis = an_axis(random, shape)
    shapes = []
    for _ in range(random.randint(1, 3)):
        longer = list(shape)
        longer[axis] = random.randint(0, 3)
        shapes.append(tuple(longer))
    return tuple(shapes), {"axis": axis}


def taken_along(random: Random) -> Call:
    """Elements to take along an axis: indices of the same shape but for that axis."""
    shape = shape_of(random, least=1, smallest=1)
    axis = an_axis(random, shape)
    indices = np.zeros(shape, dtype=int)
    for place in np.ndindex(shape):
        indices[place] = random.randrange(shape[axis])
    return (shape,), {"indices": indices, "axis": axis}


def index_to_fill(random: Random) -> Call:
    """An array, an index into it, and what to put there: an array that broadcasts, or a number."""
    (shape,), params = index_of(random)
    place = np.zeros(shape)[params["index"]].shape
    return (shape, random.choice([place, (), place[1:]])), params


def dot_shapes(random: Random) -> Call:
    """Two factors for np.dot: numbers, vectors, matrices, more axes."""
    k = random.randint(1, 3)
    left = random.choice([(), (k,), (2, k), (2, 1, k)])
    right = random.choice([(), (k,), (k, 3), (2, k, 2)])
    return (left, right), {}


def inner_shapes(random: Random) -> Call:
    """Two vectors or two matrices of one shape."""
    k = random.randint(1, 3)
    shape = random.choice([(k,), (2, k)])
    return (shape, shape), {}


def tensordot_calls(random: Random) -> Call:
    """Two arrays, and the axes to sum over, by number or by name."""
    j, k = random.randint(1, 3), random.randint(1, 3)
    calls: list[Any] = [
        (((2, j, k), (j, k, 2)), {"axes": 2}),
        (((2, k), (k, j)), {"axes": 1}),
        (((2,), (j,)), {"axes": 0}),
        (((j, 2, k), (k, 2, j)), {"axes": ([0, -1], [2, 0])}),
        (((2, k), (k, 3)), {"axes": (1, 0)}),
    ]
    shapes, params = random.choice(calls)
    return shapes, params


def einsum_calls(random: Random) -> Call:
    """Subscripts with sums, traces, diagonals, repeated letters and lengths that broadcast."""
    j, k = random.randint(1, 3), random.randint(1, 3)
    calls: list[tuple[Any, ...]] = [
        ("ij,jk->ik", (2, j), (j, k)),
        ("ij->ji", (j, k)),
        ("ii->i", (k, k)),
        ("ii->", (k, k)),
        ("iij->j", (j, j, k)),
        ("ij->", (j, k)),
        ("i,j,k->kji", (j,), (k,), (2,)),
        ("abij,abjk->abik", (2, 1, 2, j), (1, 3, j, k)),
        ("i,i->i", (k,), (k,)),
        ("ij,kj,kl->il", (2, j), (k, j), (k, 2)),
        ("ii,ij->j", (k, k), (k, j)),
    ]
    subscripts, *shapes = random.choice(calls)
    return tuple(shapes), {"subscripts": subscripts}


def solvable(random: Random) -> Call:
    """A square matrix and a right-hand side: a vector, a matrix, or a stack that broadcasts."""
    n = random.randint(1, 3)
    return random.choice(
        [
            ((n, n), (n,)),
            ((2, n, n), (n,)),
            ((n, n), (n, 2)),
            ((2, n, n), (n, 1)),
            ((n, n), (2, n, 2)),
        ]
    ), {}


def vector_norms(random: Random) -> Call:
    """Norms of vectors: over one axis, of each order; over two or all axes, the Frobenius norm."""
    shape = shape_of(random, least=2, smallest=1)
    axis = random.choice([None, an_axis(random, shape), two_different_axes(random, shape)])
    params: dict[str, Any] = {"axis": axis, "keepdims": random.random() < 0.5}
    if isinstance(axis, int):
        params["ord"] = random.choice([None, 1, 2, 3, 2.5, np.inf, -np.inf])
    elif axis is not None:
        params["ord"] = random.choice([None, "fro"])
    return (shape,), params


def matrix_norms(random: Random) -> Call:
    """Norms of matrices, of each order, over any two axes."""
    ord_ = random.choice([None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
    if random.random() < 0.3:
        return ((3, 2),), {"ord": ord_}
    axis = random.choice([(-2, -1), (-1, -2)])
    return ((2, 3, 2),), {"ord": ord_, "axis": axis, "keepdims": random.random() < 0.5}


def fft_calls(random: Random) -> Call:
    """One axis to transform, cut or filled to a length."""
    shape = shape_of(random, least=1, smallest=2)
    params = {"axis": an_axis(random, shape), "norm": random.choice([None, "ortho", "forward"])}
    return (shape,), {**params, "n": random.choice([None, 2, 4, 5])}


def fftn_calls(random: Random) -> Call:
    """Two axes to transform, cut or filled to lengths."""
    shape = (2, random.choice([2, 3]), random.choice([2, 3]))
    axes, s = random.choice([((-2, -1), None), ((0, 2), None), ((1, 2), (3, 2))])
    return (shape,), {"axes": axes, "s": s, "norm": random.choice([None, "ortho"])}

"""How gradient tests call operations that work on whole arrays.

Each function draws, from a `random.Random`, the shapes of the inputs and the parameters of one
valid call. Hypothesis hands in a `Random` of its own, so calls shrink like all else it draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Shape = tuple[int, ...]
Call = tuple[tuple[Shape, ...], dict[str, Any]]


def shape_of(random: Random, least: int = 0, most: int = 3, smallest: int = 0) -> Shape:
    """A shape of `least` to `most` axes, each `smallest` to 3 long."""
    return tuple(random.randint(smallest, 3) for _ in range(random.randint(least, most)))


def any_shape(random: Random) -> tuple[Shape]:
    """One input of any shape."""
    return (shape_of(random),)


def any_axes(random: Random, smallest: int = 1) -> Call:
    """A reduction: no axis, one (counted from either end), or several; keepdims or not."""
    shape = shape_of(random, smallest=smallest)
    params: dict[str, Any] = {"keepdims": random.random() < 0.5}
    kind = random.choice(["all", "one", "several"]) if shape else "all"
    if kind == "one":
        params["axis"] = random.randrange(-len(shape), len(shape))
    elif kind == "several":
        params["axis"] = tuple(random.sample(range(len(shape)), random.randint(1, len(shape))))
    return (shape,), params


def one_axis(random: Random) -> Call:
    """An operation along one axis, counted from either end."""
    shape = shape_of(random, least=1, smallest=1)
    return (shape,), {"axis": random.randrange(-len(shape), len(shape))}


def new_shape(random: Random) -> Call:
    """A reshape, sometimes with one length left for NumPy to find."""
    shape = shape_of(random, smallest=1)
    new = list(shape) + [1] * random.randint(0, 2)
    random.shuffle(new)
    if new and random.random() < 0.5:
        new[random.randrange(len(new))] = -1
    return (shape,), {"shape": tuple(new)}


def one_more_axis(random: Random) -> Call:
    """A new axis of length 1, counted from either end."""
    shape = shape_of(random)
    return (shape,), {"axis": random.randrange(-len(shape) - 1, len(shape) + 1)}


def axis_order(random: Random) -> Call:
    """A transpose: reversed, or any order of the axes."""
    shape = shape_of(random)
    order = random.sample(range(len(shape)), len(shape))
    return (shape,), {"axes": None if random.random() < 0.3 else tuple(order)}


def two_axes(random: Random) -> Call:
    """Two axes to exchange, counted from either end."""
    shape = shape_of(random, least=1)
    axes = [random.randrange(-len(shape), len(shape)) for _ in range(2)]
    return (shape,), {"axis1": axes[0], "axis2": axes[1]}


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

"""Sums, products and matrix products of elements, in an order that is fixed.

Up to 7 elements are added from left to right, more as NumPy adds what lies in a row: eight sums
side by side, and from 129 elements on in halves. Nothing is contracted: a product is rounded before
it is added.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tinygrad_xor.compiler.elements import BOOL, INT, Elements, filled
from tinygrad_xor.program.step import Step

Handler = Callable[..., Any]


def _chain(function: Any) -> Handler:
    """Elements joined from left to right."""

    def joined(new: Elements, x: list[Any], dtype: Any) -> Any:
        return functools.reduce(lambda a, b: new.emit(function, (a, b), dtype), x)

    return joined


def total(new: Elements, x: list[Any], dtype: Any) -> Any:
    """The sum of elements.

    >>> len(_halves(300)), _halves(300)
    (2, (144, 156))
    """
    n, chain = len(x), _chain(np.add)
    if n < 8:
        return chain(new, x, dtype)
    if n > 128:
        first, _ = _halves(n)
        return new.emit(np.add, (total(new, x[:first], dtype), total(new, x[first:], dtype)), dtype)
    whole = n - n % 8
    r = x[:8]
    for start in range(8, whole, 8):
        r = [new.emit(np.add, (r[i], x[start + i]), dtype) for i in range(8)]
    while len(r) > 1:
        r = [new.emit(np.add, (r[i], r[i + 1]), dtype) for i in range(0, len(r), 2)]
    return chain(new, r + x[whole:], dtype)


def _halves(n: int) -> tuple[int, int]:
    first = n // 2 - n // 2 % 8
    return first, n - first


#: How elements are joined, what stands for none of them, and what takes them first.
JOINED: dict[Any, tuple[Handler, Any]] = {
    np.add: (total, 0),
    np.multiply: (_chain(np.multiply), 1),
    np.maximum: (_chain(np.maximum), None),
    np.minimum: (_chain(np.minimum), None),
    np.logical_and: (_chain(np.logical_and), True),
    np.logical_or: (_chain(np.logical_or), False),
}
#: What joins the elements along axes: by which function, and along which axes by default.
JOINS: dict[Any, tuple[Any, int | None]] = {
    **dict.fromkeys((np.sum, np.mean), (np.add, None)),
    np.prod: (np.multiply, None),
    **dict.fromkeys((np.max, np.amax), (np.maximum, None)),
    **dict.fromkeys((np.min, np.amin), (np.minimum, None)),
    **{np.all: (np.logical_and, None), np.any: (np.logical_or, None)},
    **{ufunc.reduce: (ufunc, 0) for ufunc in JOINED},
}


def reduced(
    new: Elements,
    step: Step,
    ufunc: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The elements along axes joined into one."""
    join, nothing = JOINED[ufunc]
    x = new.cast_all(new.array(x), step.dtype)
    if where is not True:
        if nothing is None:
            raise new.refusal("with where=")
        neutral = new.cast(nothing, step.dtype)  # type: ignore[arg-type]
        x = new.each(np.where, (new.array(where), x, filled((), [neutral])), step.dtype)  # type: ignore[arg-type]
    if not x.ndim:  # NumPy takes 0 and -1 for its axes
        x, axis, keepdims = x.reshape(1), 0, False
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in axes]
    rows = (
        np.transpose(x, (*kept, *axes)).reshape(math.prod(x.shape[i] for i in kept), -1)
        if x.size
        else None
    )
    shape = tuple(x.shape[i] for i in kept)
    results = []
    for place in range(math.prod(shape)):
        row = [] if rows is None else rows[place].tolist()
        if initial is not None:
            row = [new.cast(e, step.dtype) for e in new.array(initial).flat] + row  # type: ignore[arg-type]
        if not row:
            if nothing is None:
                raise new.refusal("of no elements")
            row = [new.cast(nothing, step.dtype)]  # type: ignore[arg-type]
        results.append(join(new, row, step.dtype))
    out = filled(shape, results)
    return np.expand_dims(out, tuple(axes)) if keepdims else out


def _along(ufunc: Any, default: int | None) -> Handler:
    """As NumPy takes the arguments: dtype and out behind the axes, the rest by name."""

    def handler(
        new: Elements, step: Step, a: Any, axis: Any = default, dtype: Any = None, out: Any = None,
        **more: Any,
    ) -> Any:  # fmt: skip
        return reduced(new, step, ufunc, a, axis, dtype, **more)

    return handler


def _mean(new: Elements, step: Step, a: Any, axis: Any = None, **more: Any) -> Any:
    sums = reduced(new, step, np.add, a, axis, **more)
    n = new.array(a).size / max(1, sums.size)
    return new.each(np.divide, (sums, filled((), [new.cast(n, step.dtype)])), step.dtype)  # type: ignore[arg-type]


def _running(ufunc: Any, default: int | None = None) -> Handler:
    """Each element joined with all before it, along an axis."""

    def handler(new: Elements, step: Step, a: Any, axis: Any = default, *more: Any) -> Any:
        x = new.cast_all(new.array(a), step.dtype)
        x = x.reshape(-1) if axis is None or not x.ndim else np.moveaxis(x, axis, 0)
        assert step.dtype is not None
        out, dtype = x.copy(), step.dtype
        for i in range(1, len(x)):
            out[i : i + 1] = new.each(ufunc, (out[i - 1 : i], out[i : i + 1]), dtype)
        return out if axis is None or out.ndim == 1 else np.moveaxis(out, 0, axis)

    return handler


def _extreme_place(function: Any) -> Handler:
    """The place of the first extreme."""

    def handler(
        new: Elements, step: Step, a: Any, axis: Any = None, *, keepdims: Any = False
    ) -> Any:
        x = new.array(a)
        rows = x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1)
        out = []
        for row in rows.reshape(-1, rows.shape[-1]).tolist():
            best, place = row[0], 0
            for i, e in enumerate(row[1:], 1):
                # NaN is the extreme: once it is found, nothing is better
                better = new.emit(function, (e, best), BOOL)
                if new.dtype(e).kind == "f":
                    nan = new.emit(np.isnan, (e,), BOOL)
                    number = new.emit(np.logical_not, (new.emit(np.isnan, (best,), BOOL),), BOOL)
                    better = new.emit(np.logical_or, (better, nan), BOOL)
                    better = new.emit(np.logical_and, (better, number), BOOL)
                best = new.emit(np.where, (better, e, best), new.dtype(e))
                place = new.emit(np.where, (better, i, place), INT)  # type: ignore[assignment]
            out.append(place)
        found = filled(rows.shape[:-1], out)
        return found if not keepdims else found.reshape(step.shape)

    return handler


#: Functions of whole axes.
REDUCTIONS: dict[Any, Handler] = {
    **{function: _along(ufunc, default) for function, (ufunc, default) in JOINS.items()},
    np.mean: _mean,
    **{np.cumsum: _running(np.add), np.cumprod: _running(np.multiply)},
    **{f.accumulate: _running(f, 0) for f in (np.add, np.multiply, np.maximum, np.minimum)},
    **{np.argmax: _extreme_place(np.greater), np.argmin: _extreme_place(np.less)},
}


def _products(new: Elements, rows: Any, columns: Any, dtype: Any) -> Any:
    """Every row times every column: ``(m, k)`` and ``(k, n)``."""
    out = np.empty((len(rows), columns.shape[1]), dtype=object)
    for i, row in enumerate(rows.tolist()):
        for j, column in enumerate(columns.T.tolist()):
            pairs = zip(row, column, strict=True)
            terms = [new.emit(np.multiply, pair, dtype) for pair in pairs]
            out[i, j] = total(new, terms, dtype) if terms else new.cast(0, dtype)
    return out


def _two(new: Elements, step: Step, a: Any, b: Any) -> tuple[Any, Any]:
    if step.dtype == BOOL:
        raise new.refusal("of truth values")
    return tuple(new.cast_all(new.array(x), step.dtype) for x in (a, b))


def _matmul(new: Elements, step: Step, a: Any, b: Any, **more: Any) -> Any:
    if more:
        raise new.refusal(f"with {sorted(more)}")
    x, y = _two(new, step, a, b)
    x = x[None, :] if (row := x.ndim == 1) else x
    y = y[:, None] if (column := y.ndim == 1) else y
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x = np.broadcast_to(x, (*batch, *x.shape[-2:]))
    y = np.broadcast_to(y, (*batch, *y.shape[-2:]))
    out = np.empty((*batch, x.shape[-2], y.shape[-1]), dtype=object)
    for place in np.ndindex(batch):
        out[place] = _products(new, x[place], y[place], step.dtype)
    out = out[..., 0, :] if row else out
    return out[..., 0] if column else out


def _tensordot(new: Elements, step: Step, a: Any, b: Any, axes: Any = 2) -> Any:
    x, y = _two(new, step, a, b)
    if isinstance(axes, int):
        axes = [*range(x.ndim - axes, x.ndim)], [*range(axes)]
    first, second = (normalize_axis_tuple(n, z.ndim) for n, z in zip(axes, (x, y), strict=True))
    kept = [[i for i in range(z.ndim) if i not in n] for z, n in ((x, first), (y, second))]
    shape = [x.shape[i] for i in kept[0]] + [y.shape[i] for i in kept[1]]
    k = math.prod(x.shape[i] for i in first)
    x = np.transpose(x, (*kept[0], *first)).reshape(-1, k) if k else x.reshape(-1, 0)
    y = np.transpose(y, (*second, *kept[1])).reshape(k, -1)
    return _products(new, x, y, step.dtype).reshape(shape)


def _dot(new: Elements, step: Step, a: Any, b: Any) -> Any:
    x, y = _two(new, step, a, b)
    if not x.ndim or not y.ndim:
        return new.each(np.multiply, (x, y), step.dtype)  # type: ignore[arg-type]
    return _tensordot(new, step, x, y, ([-1], [max(0, y.ndim - 2)]))


def _outer(new: Elements, step: Step, a: Any, b: Any) -> Any:
    x, y = _two(new, step, a, b)
    return new.each(np.multiply, (x.reshape(-1, 1), y.reshape(1, -1)), step.dtype)  # type: ignore[arg-type]


def _einsum(new: Elements, step: Step, subscripts: Any, *operands: Any, **more: Any) -> Any:
    """Sums over all indices that are not in the result, in the order in which they first occur."""
    if not isinstance(subscripts, str) or "." in subscripts or set(more) - {"optimize"}:
        raise new.refusal("in this form of arguments")
    given, arrow, kept = subscripts.replace(" ", "").partition("->")
    parts = given.split(",")
    letters = "".join(dict.fromkeys("".join(parts)))
    if not arrow:
        kept = "".join(sorted(c for c in letters if given.count(c) == 1))
    arrays = [new.cast_all(new.array(x), step.dtype) for x in operands]
    sizes = {
        c: n for p, x in zip(parts, arrays, strict=True) for c, n in zip(p, x.shape, strict=True)
    }
    summed = [c for c in letters if c not in kept]
    out = np.empty([sizes[c] for c in kept], dtype=object)
    for place in np.ndindex(out.shape):
        at = dict(zip(kept, place, strict=True))
        terms = []
        for inner in np.ndindex(*[sizes[c] for c in summed]):
            at.update(zip(summed, inner, strict=True))
            factors = [x[tuple(at[c] for c in p)] for p, x in zip(parts, arrays, strict=True)]
            terms.append(JOINED[np.multiply][0](new, factors, step.dtype))
        out[place] = total(new, terms, step.dtype) if terms else new.cast(0, step.dtype)  # type: ignore[arg-type]
    return out


#: Products of matrices and their kin.
CONTRACTIONS: dict[Any, Handler] = {
    **{np.matmul: _matmul, np.tensordot: _tensordot, np.dot: _dot, np.einsum: _einsum},
    np.outer: _outer,
    np.multiply.outer: lambda new, step, a, b: _tensordot(new, step, a, b, 0),
    np.inner: lambda new, step, a, b: _tensordot(new, step, a, b, ([-1], [-1])),
    np.vdot: lambda new, step, a, b: _dot(new, step, new.array(a).ravel(), new.array(b).ravel()),
}

"""Many gradients at once: an array with an axis in front that the rules do not see.

A row of a Jacobian is one gradient that goes back through the graph. `Stacked` takes many rows in
one walk: for a rule it is an array like one of them, and what NumPy does to it is done to each.
Where the same call does it to all at once, with the axes counted one further, that is in the table
here; any other function of NumPy's is called for each row. So nothing is asked of a rule that JAX
would not ask under ``vmap``, and one that needs plain arrays gets them, row by row (`each_alone`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_xor.engine.core import GRADIENT_WATCHERS, PullBack, Value
from tinygrad_xor.engine.settings import Setting


class Stacked(NDArrayOperatorsMixin):
    """Arrays of one shape and dtype, which look like one of them.

    >>> pair = Stacked(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> pair.shape, np.sum(pair * pair).rows
    ((2,), array([ 5., 25.]))
    """

    __slots__ = ("rows",)
    __hash__ = None  # type: ignore[assignment]  # as arrays

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    shape = property(lambda self: self.rows.shape[1:])
    ndim = property(lambda self: self.rows.ndim - 1)
    size = property(lambda self: self.rows[0].size)
    dtype = property(lambda self: self.rows.dtype)
    real = property(lambda self: Stacked(self.rows.real))
    imag = property(lambda self: Stacked(self.rows.imag))
    T = property(np.transpose)
    mT = property(lambda self: np.swapaxes(self, -1, -2))  # noqa: N815

    # -- what NumPy asks ---------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **parameters: Any) -> Any:
        if "out" in parameters:
            return NotImplemented
        if method == "__call__" and ufunc.signature is None:
            result = ufunc(*_aligned(inputs), **parameters)
            return tuple(map(Stacked, result)) if type(result) is tuple else Stacked(result)
        if ufunc is np.matmul and not parameters:
            return _matmul(*inputs)
        if method == "reduce":
            return _reduced(ufunc.reduce, *inputs, **{"axis": 0, **parameters})
        if method == "at" and ufunc is np.add:
            return _add_at(*inputs)
        return _row_by_row(ufunc if method == "__call__" else getattr(ufunc, method), inputs, {})

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        at_once = _AT_ONCE.get(function)
        if at_once is not None:
            found = at_once(*args, **kwargs)
            if found is not NotImplemented:
                return found
        return _row_by_row(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError("many gradients at once are not one array")

    def __bool__(self) -> NoReturn:
        raise TypeError("many gradients at once have no one answer")

    __float__ = __int__ = __index__ = __complex__ = __bool__

    # -- what an array can do ----------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        return Stacked(self.rows[_inner(index)])

    def __setitem__(self, index: Any, new: Any) -> None:
        taken = self[index]
        self.rows[_inner(index)] = _aligned((taken, new))[1]

    def __len__(self) -> int:
        return len(self.rows[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged."""
        return np.swapaxes(self, axis1, axis2)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The same numbers in another dtype."""
        return Stacked(self.rows.astype(dtype, copy=copy))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over `axis`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def item(self) -> Any:
        """The one number in it: many still."""
        return self

    def copy(self) -> Any:
        """The same numbers in an array of its own."""
        return Stacked(self.rows.copy())

    def conj(self) -> Any:
        """The complex conjugate."""
        return np.conjugate(self)


def _aligned(inputs: Iterable[Any]) -> list[Any]:
    """The inputs with the rows in front of all axes that broadcasting adds."""
    raw = [x.rows if type(x) is Stacked else x for x in inputs]
    ndims = [
        x.rows.ndim - 1 if type(x) is Stacked else 0 if type(x) is float else np.ndim(x)
        for x in inputs
    ]
    most = max(ndims)
    for k, x in enumerate(inputs):
        if ndims[k] != most and type(x) is Stacked:
            raw[k] = _with_axes(x, most)
    return raw


def _with_axes(x: Stacked, ndim: int) -> Any:
    return x.rows.reshape(len(x.rows), *(1,) * (ndim - x.ndim), *x.shape)


def _row_by_row(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function gives for each row."""
    found = [
        function(*_row(args, k), **_row(kwargs, k)) for k in range(_number_of_rows((args, kwargs)))
    ]
    if type(found[0]) in (tuple, list):
        return [Stacked(np.stack(parts)) for parts in zip(*found, strict=True)]
    return Stacked(np.stack(found))


def _row(nested: Any, k: int) -> Any:
    """The row number k of all that is stacked in nested tuples, lists and dicts."""
    if type(nested) is Stacked:
        return nested.rows[k]
    if type(nested) in (tuple, list):
        return type(nested)([_row(x, k) for x in nested])
    if type(nested) is dict:
        return {name: _row(x, k) for name, x in nested.items()}
    return nested


def _number_of_rows(nested: Any) -> int:
    """How many rows there are; 0 if nothing is stacked."""
    if type(nested) is Stacked:
        return len(nested.rows)
    if type(nested) is dict:
        nested = nested.values()
    elif type(nested) not in (tuple, list):
        return 0
    return max(map(_number_of_rows, nested), default=0)


# -- what can be done to all rows at once --------------------------------------------------------


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as they are counted with the rows in front."""
    axes = range(ndim) if axis is None else axis
    return tuple(a + 1 for a in normalize_axis_tuple(axes, ndim))


def _inner(index: Any) -> Any:
    """An index into each row as one into all of them.

    Raises:
        IndexError: where arrays in it stand apart, so that NumPy would put their axes in front.
    """
    parts = index if type(index) is tuple else (index,)
    arrays = [k for k, x in enumerate(parts) if type(x) in (np.ndarray, list, bool, np.bool_)]
    if arrays:  # beside an array, a number is one too
        arrays = [
            k for k, x in enumerate(parts) if not isinstance(x, (slice, type(None), type(...)))
        ]
        if arrays[-1] - arrays[0] >= len(arrays):
            raise IndexError(f"the arrays in the index {index} stand apart")
    return (slice(None), *parts)


def _reduced(
    function: Callable[..., Any], x: Any, axis: Any = None, *more: Any, **parameters: Any
) -> Any:
    if more or type(x) is not Stacked or not parameters.keys() <= {"keepdims"}:
        return NotImplemented
    return Stacked(function(x.rows, axis=_axes(axis, x.ndim), **parameters))


def _along(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that works along one axis."""

    def at_once(x: Any, axis: Any = None, **parameters: Any) -> Any:
        if parameters:
            return NotImplemented
        if axis is None:
            x, axis = np.reshape(x, -1), 0
        return Stacked(function(x.rows, axis=normalize_axis_index(axis, x.ndim) + 1))

    return at_once


def _matmul(x: Any, y: Any) -> Any:
    left, right = np.ndim(x) == 1, np.ndim(y) == 1
    x = np.expand_dims(x, -2) if left else x
    y = np.expand_dims(y, -1) if right else y
    if type(y) is not Stacked and y.ndim == 2 and x.ndim > 1:  # one product of tall matrices
        rows = x.rows.reshape(-1, x.shape[-1]) @ y
        z = rows.reshape(len(x.rows), *x.shape[:-1], y.shape[-1])
    else:
        z = np.matmul(*_aligned((x, y)))
    return Stacked(z[..., 0] if right else z[..., 0, :] if left else z)


def _add_at(out: Any, index: Any, x: Any) -> None:
    """``np.add.at`` of each row, of fresh zeros."""
    if type(out) is not Stacked or not out.rows.flags.c_contiguous:
        raise TypeError("many gradients cannot be added into one array")
    places = np.arange(out.size).reshape(out.shape)[index]
    every = places + out.size * np.arange(len(out.rows)).reshape(-1, *(1,) * places.ndim)
    new = np.broadcast_to(_aligned((places, x))[1], every.shape)
    np.add.at(out.rows.reshape(-1), every.reshape(-1), new.reshape(-1))


def _reshaped(x: Any, shape: Any, order: str = "C") -> Any:
    if order != "C":
        return NotImplemented
    return Stacked(
        x.rows.reshape(len(x.rows), *(shape if type(shape) in (tuple, list) else (shape,)))
    )


def _transposed(x: Any, axes: Any = None) -> Any:
    order = [*range(x.ndim)][::-1] if axes is None else axes
    return Stacked(x.rows.transpose(0, *_axes(order, x.ndim)))


def _moved(x: Any, source: Any, destination: Any) -> Any:
    return Stacked(np.moveaxis(x.rows, _axes(source, x.ndim), _axes(destination, x.ndim)))


def _expanded(x: Any, axis: Any) -> Any:
    count = len(axis) if type(axis) in (tuple, list) else 1
    return Stacked(np.expand_dims(x.rows, _axes(axis, x.ndim + count)))


def _squeezed(x: Any, axis: Any = None) -> Any:
    if axis is None:
        axis = tuple(a for a, n in enumerate(x.shape) if n == 1)
    return Stacked(np.squeeze(x.rows, _axes(axis, x.ndim)))


def _broadcast(x: Any, shape: Any) -> Any:
    shape = shape if type(shape) in (tuple, list) else (shape,)
    return Stacked(np.broadcast_to(_with_axes(x, len(shape)), (len(x.rows), *shape)))


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    """``np.concatenate`` and ``np.stack``: of stacked arrays, and plain ones for each row."""

    def at_once(arrays: Any, axis: Any = 0) -> Any:
        n = _number_of_rows(tuple(arrays))
        every = [
            x.rows if type(x) is Stacked else np.broadcast_to(x, (n, *np.shape(x))) for x in arrays
        ]
        if axis is None:
            every, axis = [x.reshape(n, -1) for x in every], 0
        ndim = every[0].ndim - (function is np.concatenate)
        return Stacked(function(every, axis=normalize_axis_index(axis, ndim) + 1))

    return at_once


def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if type(subscripts) is not str or "->" not in subscripts or "." in subscripts:
        return NotImplemented
    inputs, output = subscripts.split("->")
    row = next(c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba" if c not in inputs)
    pairs = zip(inputs.split(","), operands, strict=True)
    terms = [row + term if type(x) is Stacked else term for term, x in pairs]
    plain = [x.rows if type(x) is Stacked else x for x in operands]
    return Stacked(np.einsum(f"{','.join(terms)}->{row + output}", *plain, optimize=optimize))


def _tensordot(a: Any, b: Any, axes: Any) -> Any:
    if type(axes) not in (tuple, list) or type(a) is type(b):
        return NotImplemented
    of_a, of_b = axes
    if type(a) is Stacked:
        return Stacked(np.tensordot(a.rows, b, (_axes(of_a, a.ndim), of_b)))
    every = np.tensordot(a, b.rows, (of_a, _axes(of_b, b.ndim)))
    return Stacked(np.moveaxis(every, np.ndim(a) - len(of_a), 0))


def _like(x: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    shape = x.shape if shape is None else tuple(shape)
    return Stacked(np.zeros((len(x.rows), *shape), dtype or x.dtype))


_AT_ONCE: dict[Callable[..., Any], Callable[..., Any]] = {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
    np.iscomplexobj: lambda x: x.dtype.kind == "c",
    np.result_type: lambda *xs: np.result_type(*[getattr(x, "rows", x) for x in xs]),
    np.where: lambda *xs: Stacked(np.where(*_aligned(xs))),
    np.real: lambda x: x.real,
    np.imag: lambda x: x.imag,
    np.reshape: _reshaped,
    np.ravel: lambda x, order="C": _reshaped(x, -1, order),
    np.transpose: _transposed,
    np.swapaxes: lambda x, a, b: Stacked(
        np.swapaxes(x.rows, *_axes((a,), x.ndim), *_axes((b,), x.ndim))
    ),
    np.moveaxis: _moved,
    np.expand_dims: _expanded,
    np.squeeze: _squeezed,
    np.broadcast_to: _broadcast,
    np.flip: lambda x, axis=None: Stacked(np.flip(x.rows, _axes(axis, x.ndim))),
    np.concatenate: _joined(np.concatenate),
    np.stack: _joined(np.stack),
    np.einsum: _einsum,
    np.tensordot: _tensordot,
    np.zeros_like: _like,
    **{f: _along(f) for f in (np.cumsum, np.cumprod)},
    **{
        f: lambda *args, f=f, **kwargs: _reduced(f, *args, **kwargs)
        for f in (np.sum, np.mean, np.prod, np.max, np.min, np.any, np.all)
    },
}


# -- the chain rule ------------------------------------------------------------------------------


def _alone(pull_back: PullBack) -> PullBack:
    """`pull_back`, but a rule that cannot take many gradients at once takes one after the other."""

    def pulled(node: Value, x: Value, rule: Any, args: Any, params: Any) -> Any:
        if type(args[0]) is not Stacked:
            return pull_back(node, x, rule, args, params)
        try:
            return pull_back(node, x, rule, args, params)
        except Exception:  # whatever is wrong beside the stack comes up again below
            found = [
                pull_back(node, x, rule, (_single(g, node), *args[1:]), params)
                for g in args[0].rows
            ]
            return Stacked(np.stack(found))

    return pulled


def _single(g: Any, node: Value) -> Any:
    """One gradient as `node` has its own: a number of Python's for one of Python's."""
    return float(g) if type(node._primal) is float else g


_each_alone = Setting("each_alone", None, (GRADIENT_WATCHERS, _alone))


def each_alone() -> Any:
    """A ``with`` block in which rules that cannot take a `Stacked` gradient get its rows."""
    return _each_alone.holding(True)

"""Tensors without numbers: layers are called on them when a network is put together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
_COUNT = itertools.count()


@dataclass(eq=False)
class Called:
    """A layer that was called on symbolic tensors, and what that gave."""

    layer: Any
    inputs: list[SymbolicTensor]
    is_list: bool
    outputs: list[SymbolicTensor] = field(default_factory=list)
    #: Calls count up, so that what is computed from another comes after it: no cycle can be made.
    number: int = field(default_factory=_COUNT.__next__)


class SymbolicTensor:
    """What a layer gives for a batch, before there are numbers: a shape, and how it comes about.

    Attributes:
        shape: with ``None`` for the batch, as in Keras.

    >>> from tinygrad_xor.nn import Dense, Input
    >>> Dense(3)(Input(2)).shape
    (None, 3)
    """

    def __init__(self, shape: Shape, made_by: Called | None = None) -> None:
        self.shape: tuple[int | None, ...] = (None, *shape)
        #: The shape of one example.
        self.of_one = shape
        #: The call that gives it.
        self.made_by = made_by

    def __repr__(self) -> str:
        by = "" if self.made_by is None else f", of {self.made_by.layer.name!r}"
        return f"<{type(self).__name__} of shape {self.shape}{by}>"

    def _refuse(self, function: Any, *_: Any, **__: Any) -> Any:
        raise TypeError(
            f"{getattr(function, '__name__', function)} is not computed here: {self!r} has no "
            "numbers yet. Take a layer, such as Add or Activation(np.tanh), or one of your own"
        )

    __array_ufunc__ = __array_function__ = _refuse

    def __array__(self, *_: Any, **__: Any) -> Any:
        self._refuse("np.asarray")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse(f".{name}")


def _operator(sign: str) -> Any:
    def refuse(self: SymbolicTensor, *_: Any) -> Any:
        return self._refuse(sign)

    return refuse


_TWO = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "matmul": "@", "pow": "**"}
_REVERSED = {f"r{name}": sign for name, sign in _TWO.items()}
for _name, _sign in (_TWO | _REVERSED | {"neg": "-", "getitem": "[]"}).items():
    setattr(SymbolicTensor, f"__{_name}__", _operator(_sign))


def is_symbolic(x: Any) -> bool:
    """Whether `x` is a symbolic tensor, or has one in its list or dict."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (list, tuple)):
        return any(isinstance(item, SymbolicTensor) for item in x)
    return isinstance(x, SymbolicTensor)


def called(layer: Any, x: Any) -> Any:
    """What `layer` gives for a symbolic tensor, or for a list of them: one, or a list of them.

    Raises:
        TypeError: if there are also arrays in the list.
        ValueError: if the layer does not take these shapes.
    """
    is_list = isinstance(x, (list, tuple))
    inputs = list(x) if is_list else [x]
    for item in inputs:
        if not isinstance(item, SymbolicTensor):
            raise TypeError(
                f"{layer.name} is called on symbolic tensors and on {item!r}: on either"
            )
    shapes = [tensor.of_one for tensor in inputs]
    layer.check_shape(shapes if is_list else shapes[0])
    shape = layer.compute_output_shape(shapes if is_list else shapes[0])
    call = Called(layer, inputs, is_list)
    call.outputs = [
        SymbolicTensor(one, call) for one in (shape if isinstance(shape, list) else [shape])
    ]
    given = call.outputs if isinstance(shape, list) else call.outputs[0]
    vars(layer)["output"] = given  # behind the property of networks, which have their own
    return given

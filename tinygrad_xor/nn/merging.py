"""Layers that take several inputs and give one: sums, products, and tensors side by side.

Each has a function of the same name, as in Keras: ``add([a, b])`` is ``Add()([a, b])``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_xor.engine import scope
from tinygrad_xor.nn.layer import Layer, as_array
from tinygrad_xor.nn.symbolic import Shape, called, is_symbolic


class _Merging(Layer):
    """What they share: a list of inputs.

    Args:
        name: how `get_layer` finds it.
    """

    #: Puts two inputs together.
    of_two: Any
    #: Of how many inputs it is; ``None`` for any number.
    count: int | None = None

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)

    def check_shape(self, shape: Any) -> None:
        """Refuse one input alone, and shapes that do not go together.

        Raises:
            TypeError: if it is no list.
            ValueError: if there are too few or too many, or their shapes do not fit.
        """
        kind = type(self).__name__
        if not isinstance(shape, list):
            raise TypeError(f"{kind} takes a list of inputs, {kind}()([a, b]), not one of {shape}")
        if len(shape) != (self.count or max(1, len(shape))):
            wanted = "two inputs" if self.count else "one input or more"
            raise ValueError(f"{kind} takes {wanted}, not {len(shape)}: of shapes {shape}")
        self.compute_output_shape(shape)

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """The shape of one example: that of all, where lengths of 1 are repeated.

        Raises:
            ValueError: if the shapes do not fit.
        """
        try:
            return np.broadcast_shapes(*input_shape)
        except ValueError:
            raise ValueError(
                f"{type(self).__name__} takes examples of the same shape, not of {input_shape}"
            ) from None

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The output for a list of arrays, or of symbolic tensors."""
        if is_symbolic(x):
            return called(self, x)
        if isinstance(x, (list, tuple)):
            x = [as_array(item) for item in x]
            self.check_shape([item.shape[1:] for item in x])
            self.built = True
            with scope(self.name):
                return self.call(x)
        return self.check_shape(as_array(x).shape)  # refused

    def call(self, x: Any, training: bool = False) -> Any:
        """The formula, of inputs with the same number of axes."""
        most = max(item.ndim for item in x)
        alike = [
            item.reshape(len(item), *(1,) * (most - item.ndim), *item.shape[1:])
            if item.ndim < most
            else item
            for item in x
        ]
        return self.of_alike(alike)

    def of_alike(self, x: list[Any]) -> Any:
        """The formula."""
        return functools.reduce(self.of_two, x)


class Add(_Merging):
    """The sum of its inputs: so a skip connection adds what goes in to what comes out.

    >>> Add()([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[2.0, 2.0]]
    """

    of_two = np.add


class Subtract(_Merging):
    """The first of two inputs minus the second.

    >>> Subtract()([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    of_two = np.subtract
    count = 2


class Multiply(_Merging):
    """The product of its inputs, element by element.

    >>> Multiply()([np.full((1, 2), 2.0), np.full((1, 2), 3.0)]).tolist()
    [[6.0, 6.0]]
    """

    of_two = np.multiply


class Average(Add):
    """The mean of its inputs.

    >>> Average()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.5, 0.5]]
    """

    def of_alike(self, x: list[Any]) -> Any:
        """The mean."""
        return super().of_alike(x) / len(x)


class Maximum(_Merging):
    """The largest of its inputs, element by element.

    >>> Maximum()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """

    of_two = np.maximum


class Minimum(_Merging):
    """The smallest of its inputs, element by element.

    >>> Minimum()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    of_two = np.minimum


class Concatenate(_Merging):
    """Its inputs side by side.

    Args:
        axis: along which they are joined; 0 would be the batch.
        name: how `get_layer` finds it.

    >>> Concatenate()([np.zeros((1, 2)), np.ones((1, 1))]).tolist()
    [[0.0, 0.0, 1.0]]
    """

    def __init__(self, axis: int = -1, *, name: str | None = None) -> None:
        super().__init__(name=name)
        if not isinstance(axis, (int, np.integer)) or axis == 0:
            raise ValueError(f"axis={axis!r}: 1 is the first axis of an example, -1 the last")
        self.axis = int(axis)

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """The lengths along the axis are added up.

        Raises:
            ValueError: if the examples have no such axis, or other lengths along the others.
        """
        place = self.axis - 1 if self.axis > 0 else self.axis
        first = input_shape[0]
        if not -len(first) <= place < len(first):
            raise ValueError(f"{self!r} joins an axis that examples of shape {first} do not have")
        place %= len(first)
        others = {(*shape[:place], *shape[place + 1 :]) for shape in input_shape}
        if len(others) > 1 or len({len(shape) for shape in input_shape}) > 1:
            raise ValueError(
                f"{self!r} takes examples whose shapes differ along that axis alone, not "
                f"{input_shape}"
            )
        length = sum(shape[place] for shape in input_shape)
        return (*first[:place], length, *first[place + 1 :])

    def call(self, x: Any, training: bool = False) -> Any:
        """The inputs, joined."""
        return np.concatenate(x, axis=self.axis)

    def config(self) -> dict[str, Any]:
        """The axis."""
        return {"axis": self.axis}


def add(inputs: Any, **more: Any) -> Any:
    """``Add(**more)(inputs)``."""
    return Add(**more)(inputs)


def subtract(inputs: Any, **more: Any) -> Any:
    """``Subtract(**more)(inputs)``."""
    return Subtract(**more)(inputs)


def multiply(inputs: Any, **more: Any) -> Any:
    """``Multiply(**more)(inputs)``."""
    return Multiply(**more)(inputs)


def average(inputs: Any, **more: Any) -> Any:
    """``Average(**more)(inputs)``."""
    return Average(**more)(inputs)


def maximum(inputs: Any, **more: Any) -> Any:
    """``Maximum(**more)(inputs)``."""
    return Maximum(**more)(inputs)


def minimum(inputs: Any, **more: Any) -> Any:
    """``Minimum(**more)(inputs)``."""
    return Minimum(**more)(inputs)


def concatenate(inputs: Any, axis: int = -1, **more: Any) -> Any:
    """``Concatenate(axis, **more)(inputs)``."""
    return Concatenate(axis, **more)(inputs)

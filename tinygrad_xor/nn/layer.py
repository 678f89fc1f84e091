"""What a layer is: a name, parameters, a formula; and the shape of what comes in first."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tinygrad_xor.arrays import real_array
from tinygrad_xor.engine import Value, scope
from tinygrad_xor.nn.regularizers import Regularizer
from tinygrad_xor.nn.symbolic import Called, Shape, SymbolicTensor, called, is_symbolic
from tinygrad_xor.nn.weights import HasWeights


class Layer(HasWeights):
    """What all layers share. A layer of your own defines `call`, and more if it learns.

    Attributes:
        name: unique within a network; without one, the network gives ``dense_1`` and so on.
        trainable: whether its parameters learn. Set it to False to freeze the layer: its parameters
            then count as constants, and no gradient is computed for them.
        input_shape: of one example, without the batch; ``None`` until it is known.
        built: whether the parameters have been made.

    >>> class Double(Layer):
    ...     def call(self, x, training=False):
    ...         return x * 2
    >>> Double()(np.ones((1, 3))).tolist()
    [[2.0, 2.0, 2.0]]
    """

    def __init__(self, input_shape: int | Shape | None = None, *, name: str | None = None) -> None:
        self.name = name or self.default_name
        #: The name that was asked for; `None` if the network may give one.
        self.given_name = name
        self.trainable = True
        self.input_shape: Any = None if input_shape is None else as_shape(input_shape)

    built = False
    #: What it gave for the symbolic tensor that it was last called on: a tensor, or a list of them.
    output: Any = None
    #: What its name begins with, if none is given.
    default_name: str = "layer"
    _call_takes_training = True
    #: Whether its weights fit one length of the last axis alone.
    fixes_last_axis = False
    #: What its kernel adds to the loss.
    kernel_regularizer: Regularizer | None = None

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls._call_takes_training = "training" in inspect.signature(cls.call).parameters
        if "default_name" not in vars(cls):
            cls.default_name = cls.__name__.lower()

    def call(self, x: Any, training: bool = False) -> Any:
        """The output for a batch. `training` says whether the network is learning just now.

        A layer that does not mind may leave that argument out.
        """
        raise TypeError(f"{type(self).__name__} does nothing: a layer defines call(x, training)")

    def build(
        self, input_shape: Any, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the parameters for examples of `input_shape`, drawn from `rng`.

        In a network `number` counts the layers of this kind, and ends the layer's name.
        """
        self.input_shape = input_shape
        self.built = True
        if number is not None and self.given_name is None:
            self.name = f"{self.default_name}_{number}"

    def check_shape(self, shape: Any) -> None:
        """Refuse examples that it cannot take; a list of shapes stands for several inputs.

        Raises:
            TypeError: if they are several, and the layer takes one.
            ValueError: if it has weights for others.
        """
        if isinstance(shape, list):
            raise TypeError(f"{self!r} takes one input, not a list of {len(shape)}")
        wanted = self.input_shape
        if self.fixes_last_axis and wanted is not None and wanted[-1:] != shape[-1:]:
            has = "has weights" if self.built else "was made"
            raise ValueError(f"{self!r} {has} for examples of shape {wanted}, and is given {shape}")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of one example that comes out, without the batch."""
        return input_shape

    def weight_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """The shapes of the weights that `build` makes, by name; to ask makes none of them."""
        return {}

    def named_parameters(self) -> dict[str, Value]:
        """The leaf Values that can learn, by the names they have in files; none for most layers."""
        return {}

    def named_buffers(self) -> dict[str, Value]:
        """What training changes beside the parameters, without a gradient; none for most layers."""
        return {}

    def named_weights(self) -> dict[str, Value]:
        """All that is kept in files: parameters and buffers."""
        return {**self.named_parameters(), **self.named_buffers()}

    def parameters(self) -> list[Value]:
        """The leaf Values that can learn."""
        return list(self.named_parameters().values())

    @property
    def weights(self) -> list[Value]:
        """The parameters and the buffers."""
        return list(self.named_weights().values())

    def penalties(self) -> list[Any]:
        """What is added to the loss: the penalty of its kernel, unless it is frozen, as in Keras.

        A layer of your own may give others.
        """
        if self.kernel_regularizer is None or not (self.trainable and self.built):
            return []
        return [self.kernel_regularizer(self.named_parameters()["kernel"])]

    def config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, as JSON can hold them."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Copies and files of it are not of the networks that it is in."""
        return {**vars(self), "output": None}

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The layer's output for a batch, of shape ``(batch, ...)``.

        That for a symbolic tensor is one, too: so networks are put together for `Model`.
        """
        if type(x) is not Value and type(x) is not np.ndarray:  # the most frequent
            if is_symbolic(x):
                return called(self, x)
            x = as_array(x)
        if not self.built:
            self.build(x.shape[1:])
        with scope(self.name):
            return self.call(x, training) if self._call_takes_training else self.call(x)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.config().items())
        return f"{type(self).__name__}({arguments})"


class InputLayer(Layer):
    """Where the numbers come into a `Model`."""

    default_name = "input"

    def tensor(self) -> SymbolicTensor:
        """What comes in here."""
        made_by = Called(self, [], False)
        made_by.outputs.append(SymbolicTensor(self.input_shape, made_by))
        self.output = made_by.outputs[0]
        return self.output

    def config(self) -> dict[str, Any]:
        """The shape."""
        return {"input_shape": self.input_shape}


class Input(SymbolicTensor):
    """What comes into a `Model`: layers are called on it. In a `Sequential` it may stand first.

    Args:
        shape: of one example, without the axis for the batch: ``(2,)``, or ``(8, 8)`` for small
            images.
        name: how inputs in a dict find it.

    >>> Input(2).shape
    (None, 2)
    """

    def __init__(self, shape: int | Shape, name: str | None = None) -> None:
        super().__init__(as_shape(shape))
        layer = InputLayer(self.of_one, name=name)
        layer.output = self
        self.made_by = Called(layer, [], False, [self])

    def __repr__(self) -> str:
        return f"Input({self.of_one})"


def as_array(x: Any) -> Any:
    """`x` if it is an array or a Value, else the array of the numbers in it.

    Raises:
        TypeError: if there are other things than numbers in it, or masked ones.
        ValueError: if its rows have different lengths.
    """
    masked = isinstance(x, np.ma.MaskedArray)
    return x if hasattr(x, "shape") and not masked else real_array("inputs", x)


def as_shape(shape: int | Shape) -> Shape:
    """The shape of one example as a tuple of positive integers; 2 stands for ``(2,)``.

    Raises:
        ValueError: if a length is not 1 or more.
    """
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sizes or not all(isinstance(n, (int, np.integer)) and n > 0 for n in sizes):
        raise ValueError(
            f"the shape of an example has lengths of 1 or more, without the batch, not {shape!r}"
        )
    return tuple(int(n) for n in sizes)

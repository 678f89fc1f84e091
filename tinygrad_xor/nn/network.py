"""What a network is: layers, and how they are called on each other's outputs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_xor.engine import Value, no_grad, scope
from tinygrad_xor.nn.activations import linear
from tinygrad_xor.nn.container import Container
from tinygrad_xor.nn.layer import InputLayer, Layer
from tinygrad_xor.nn.layers import Activation, Dense, Dropout, Flatten
from tinygrad_xor.nn.symbolic import Shape, SymbolicTensor, called, is_symbolic
from tinygrad_xor.seeds import generator


class Call(NamedTuple):
    """A line of a network: a layer, and the numbers of the values that it takes.

    The values are numbered as they come: first the inputs, then what each call gives.

    Attributes:
        layer: what is called.
        takes: the number of one value, or those of a list.
        done: the numbers of the values that nobody takes after this.
    """

    layer: Layer
    takes: int | tuple[int, ...]
    done: tuple[int, ...]

    def taken(self, values: list[Any]) -> Any:
        """What the layer takes, of all values."""
        takes = self.takes
        return values[takes] if isinstance(takes, int) else [values[i] for i in takes]


_ANY = 'save("network.onnx") writes what any network computes, save("network.npz") all of it'


class Network(Container):
    """Layers that are called one after the other. A network is a layer, too: of another network.

    Args:
        seed: of the random weights of all layers, of the order of the examples, and of dropout.
        name: how `get_layer` of another network finds it.
    """

    def __init__(
        self, *, seed: int | np.random.Generator | None = None, name: str | None = None
    ) -> None:
        #: What is computed, line by line.
        self.calls: list[Call] = []
        #: The layers of the inputs; a `Sequential` has one input, and no layer for it.
        self.input_layers: list[InputLayer] = []
        #: The numbers of the values that come out.
        self.gives: list[int] = []
        #: Whether the inputs are a list, and the outputs.
        self.takes_list = self.gives_list = False
        self._put_together: tuple[list[SymbolicTensor], list[SymbolicTensor]] | None = None
        super().__init__(name=name)
        #: The shape of one example that comes in, ``(features,)``, or a list of them for a list of
        #: inputs; ``None`` until it is known.
        self.input_shape = None
        #: Draws the weights of layers that have no seed of their own, and the order of examples.
        self.rng = generator(seed)
        self._has_seed = seed is not None

    # -- put together -----------------------------------------------------------------------------

    def check_shape(self, shape: Any) -> None:
        """Refuse examples that it cannot take; a list of shapes stands for several inputs.

        Raises:
            ValueError: if it takes others.
        """
        wanted = self.input_shape
        if isinstance(shape, list) != self.takes_list or wanted not in (None, shape):
            raise ValueError(f"{self.name} takes examples of shape {wanted}, not of {shape}")

    def _symbols(self) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
        """The symbolic tensors that go in and come out."""
        if self._put_together is None:
            if self.input_shape is None:
                raise ValueError(f"{self!r} is not built: its input shape is not known yet")
            layers = self.input_layers or [InputLayer(self.input_shape)]
            inputs = [layer.tensor() for layer in layers]
            values = list(inputs)
            for call in self.calls:
                out = called(call.layer, call.taken(values))
                values += out if isinstance(out, list) else [out]
            self._put_together = inputs, [values[i] for i in self.gives]
        return self._put_together

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic tensors that go in."""
        return self._symbols()[0]

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic tensors that come out: new layers may be called on them."""
        return self._symbols()[1]

    @property
    def input(self) -> Any:
        """The symbolic tensor that goes in, or a list of them."""
        return self.inputs if self.takes_list else self.inputs[0]

    @property
    def output(self) -> Any:
        """The symbolic tensor that comes out, or a list of them; of the network's own inputs."""
        return self._as_outputs(self.outputs)

    def __getstate__(self) -> dict[str, Any]:
        """Copies are put together anew, when somebody asks."""
        return {**super().__getstate__(), "_put_together": None}

    # -- shapes -----------------------------------------------------------------------------------

    @property
    def output_shape(self) -> Any:
        """The shape of one example that comes out, or a list; ``None`` until it is known."""
        return None if self.input_shape is None else self.compute_output_shape(self.input_shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of one example that comes out, or a list of them for a list of outputs."""
        values = self.shapes(input_shape)
        return self._as_outputs([values[i] for i in self.gives])

    def shapes(self, input_shape: Any) -> list[Shape]:
        """The shapes of all values for one example."""
        values = list(input_shape) if self.takes_list else [input_shape]
        for call in self.calls:
            shape = call.layer.compute_output_shape(call.taken(values))
            values += shape if isinstance(shape, list) else [shape]
        return values

    def weight_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """The shapes of the weights that `build` makes, by the number of the layer and their name.

        Without a shape, those of dense layers that know by themselves.
        """
        takes: dict[Layer, Any] = {
            layer: layer.input_shape
            for layer in self.flat_layers
            if isinstance(layer, Dense) and layer.input_shape is not None
        }
        if input_shape is not None:
            takes = self._taken_shapes(input_shape)
        return {
            f"{i}.{name}": shape
            for i, layer in enumerate(self.flat_layers)
            if layer in takes
            for name, shape in layer.weight_shapes(takes[layer]).items()
        }

    def _taken_shapes(self, input_shape: Any) -> dict[Layer, Any]:
        """The shapes of the examples that each of the flat layers takes, at its first call."""
        found: dict[Layer, Any] = {}
        values = self.shapes(input_shape)
        for call in self.calls:
            layer, shape = call.layer, call.taken(values)
            inner = layer._taken_shapes(shape) if isinstance(layer, Network) else {layer: shape}
            found = {**inner, **found}
        return found

    def makers(self) -> list[Layer | None]:
        """For each value the layer that gives it; ``None`` for the input of a `Sequential`."""
        found: list[Layer | None] = [*self.input_layers] or [None]
        for layer, _, _ in self.calls:
            found += [layer] * _outputs(layer)
        return found

    # -- computing --------------------------------------------------------------------------------

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The network's output for inputs of shape ``(batch, features)``.

        Args:
            x: the inputs: an array or a Value, or a list of them if there are several. Symbolic
                tensors put the network into another one.
            training: whether the network is learning just now, which matters to `Dropout`.

        Raises:
            ValueError: if there are no layers, or `x` does not fit the first one.
        """
        self.refuse_no_layers()
        if type(x) is not np.ndarray and is_symbolic(x):
            return called(self, self.in_order("inputs", x) if self.takes_list else x)
        values = self.inputs_of(x)
        self._run(values, self.calls, training)
        outputs = [x if type(x := values[i]) is Value else Value(x) for i in self.gives]
        return outputs if self.gives_list else outputs[0]

    def quiet(self, x: Any) -> Any:
        """The outputs, in a graph of the last layers: a loss looks in it for the activation."""
        first = min(self._last_activation(i)[1] for i in self.gives)
        if first == len(self.calls) or type(self).__call__ is not Network.__call__:
            with no_grad():
                return self(x)
        values = self.inputs_of(x)
        with no_grad():
            self._run(values, self.calls[:first], training=False)
        values = [x if x is None or type(x) is Value else Value(x) for x in values]
        self._run(values, self.calls[first:], training=False)
        return self._as_outputs([values[i] for i in self.gives])

    def _run(self, values: list[Any], calls: list[Call], training: bool) -> None:
        """Make the calls: each adds what it gives to the `values`."""
        for layer, takes, done in calls:
            x = values[takes] if isinstance(takes, int) else [values[i] for i in takes]
            for i in done:
                values[i] = None
            if isinstance(layer, Network):
                with scope(layer.name):
                    x = layer(x, training)
            else:
                x = layer(x, training)
            if type(x) is list:
                values += x
            else:
                values.append(x)

    def inputs_of(self, x: Any) -> list[Any]:
        """The inputs one by one, as arrays or Values that fit."""
        raise NotImplementedError

    def _as_outputs(self, outputs: list[Any]) -> Any:
        return outputs if self.gives_list else outputs[0]

    def in_order(self, what: str, x: Any) -> list[Any]:
        """The inputs, or the targets, of a list or a dict, in the order of the network's.

        Raises:
            TypeError: if it is neither.
            ValueError: if there are others than the network has.
        """
        layers = self.input_layers if what == "inputs" else self.output_layers
        names = [layer.name for layer in layers]
        if isinstance(x, dict):
            if set(x) != set(names):
                raise ValueError(f"{what} for {sorted(x)}, and this network has {names}")
            return [x[name] for name in names]
        if len(names) == 1 and not (isinstance(x, (list, tuple)) and len(x) == 1):
            return [x]  # as in Keras, a list of one may be left out
        if not isinstance(x, (list, tuple)):
            raise TypeError(f"this network has {what} {names}: pass a list of them, or a dict")
        if len(x) != len(names):
            raise ValueError(f"{len(x)} {what}, and this network has {len(names)}: {names}")
        return list(x)

    # -- which layer gives what -------------------------------------------------------------------

    def chain(self) -> list[Layer]:
        """The layers with those of networks among them, if each takes what the one before gives.

        Raises:
            ValueError: if a layer takes something else.
        """
        found: list[Layer] = []
        for i, (layer, takes, _) in enumerate(self.calls):
            if takes != i:
                raise ValueError(
                    f"this needs a network whose layers stand in a row, and {layer!r} takes other "
                    f"inputs than the output of the layer before it: {_ANY}"
                )
            found += layer.chain() if isinstance(layer, Network) else [layer]
        if self.takes_list or self.gives_list or len({*map(id, found)}) != len(found):
            raise ValueError(
                "this needs a network whose layers stand in a row, each once, with one input and "
                f"one output: {_ANY}"
            )
        return found

    @property
    def output_layers(self) -> list[Layer]:
        """The layers whose outputs come out, first to last."""
        makers = self.makers()
        return [layer for i in self.gives if (layer := makers[i]) is not None]

    def output_layer(self, output: int = 0) -> Dense | Activation | None:
        """The layer whose activation gives an output; ``None`` if there is none that is known."""
        return self._last_activation(self.gives[output])[0] if self.gives else None

    def _last_activation(self, number: int) -> tuple[Dense | Activation | None, int]:
        """The layer whose activation gives a value, and the number of its call."""
        count = len(self.calls)
        places = [i for i, (layer, _, _) in enumerate(self.calls) for _ in range(_outputs(layer))]
        inputs = len(self.input_layers) or 1
        while number >= inputs:
            place = places[number - inputs]
            layer, takes, _ = self.calls[place]
            if isinstance(layer, Network):
                output = number - inputs - places.index(place)
                return layer.output_layer(output), place
            if isinstance(layer, Dense) or (
                isinstance(layer, Activation) and layer.activation is not linear
            ):
                return layer, place
            if not isinstance(layer, (Activation, Dropout, Flatten)):
                break
            assert isinstance(takes, int)
            number = takes
        return None, count


def _outputs(layer: Layer) -> int:
    """How many values it gives."""
    return len(layer.gives) if isinstance(layer, Network) and layer.gives_list else 1

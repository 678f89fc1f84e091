"""A network of layers that are called on each other's outputs: Keras's functional `Model`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np

from tinygrad_xor.engine.display import drawn, mimebundle
from tinygrad_xor.exchange import source
from tinygrad_xor.nn import architecture, exchanged, saving
from tinygrad_xor.nn.layer import Layer, as_array
from tinygrad_xor.nn.picture import Picture
from tinygrad_xor.nn.summary import summary_lines
from tinygrad_xor.nn.trainer import Trainer
from tinygrad_xor.nn.wiring import Wiring


class Model(Trainer):
    """A network with any wiring: what leads from symbolic inputs to symbolic outputs.

    Args:
        inputs: an `Input`, or a list of them; or other symbolic tensors, where a part of a network
            begins.
        outputs: what layers gave for them, or a list of that.
        seed: of the random weights of all layers that have none yet, of the order of the examples,
            and of dropout.
        name: how `get_layer` of another network finds it.

    Layers are ordered and named as in Keras: each before those that take what it gives.

    Raises:
        TypeError: if something else than symbolic tensors is among them.
        ValueError: if an output does not come from the inputs alone.

    >>> from tinygrad_xor.nn import Add, Dense, Input
    >>> x = Input(2)
    >>> h = Dense(2, "relu")(x)
    >>> model = Model(x, Dense(1)(Add()([x, h])), seed=0)  # with a skip connection
    >>> model.predict([[0.0, 0.0]])
    array([[0.]])
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        *,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(seed=seed, name=name)
        self.wire(inputs, outputs)
        self.build(self.input_shape)

    def wire(self, inputs: Any, outputs: Any) -> None:
        """Take what leads from inputs to outputs, and make no weights."""
        self.takes_list = isinstance(inputs, (list, tuple))
        self.gives_list = isinstance(outputs, (list, tuple))
        tensors = [list(x) if isinstance(x, (list, tuple)) else [x] for x in (inputs, outputs)]
        wiring = Wiring(*tensors)
        self.input_layers, self.layers = wiring.input_layers, wiring.layers
        self.calls, self.gives = wiring.calls, wiring.gives
        shapes = [layer.input_shape for layer in self.input_layers]
        self.input_shape = shapes if self.takes_list else shapes[0]
        self._put_together = tensors[0], tensors[1]

    def build(
        self, input_shape: Any, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the weights of layers that have none, and give all of them names.

        They are drawn from the seed of the network; one without draws them from `rng`.

        Raises:
            ValueError: if it takes examples of another shape, or two layers have the same name.
        """
        self.check_shape(input_shape)
        if self.built:
            return
        self.built = True
        if rng is not None and not self._has_seed:
            self.rng = rng
        values = self.shapes(input_shape)
        shapes: dict[Layer, Any] = {layer: layer.input_shape for layer in self.input_layers}
        for call in self.calls:
            shapes.setdefault(call.layer, call.taken(values))
        names = [x.name for x in shapes if x.given_name is not None or x.built]
        for layer, shape in shapes.items():
            place: int | None = None
            if layer.given_name is None and (not layer.built or names.count(layer.name) > 1):
                if layer.built:
                    names.remove(layer.name)
                place = 1
                while f"{layer.default_name}_{place}" in names:
                    place += 1
                layer.name = f"{layer.default_name}_{place}"
                names.append(layer.name)
            if not layer.built:
                layer.build(shape, self.rng, place)
            if names.count(layer.name) > 1:
                raise ValueError(f"there are two layers called {layer.name!r} in this network")

    def inputs_of(self, x: Any) -> list[Any]:
        """The inputs one by one, as arrays or Values that fit.

        Raises:
            ValueError: if there are too many or too few, or their shapes are others.
        """
        given = [as_array(one) for one in (self.in_order("inputs", x) if self.takes_list else [x])]
        for layer, one in zip(self.input_layers, given, strict=True):
            if one.shape[1:] != layer.input_shape or len(one) != len(given[0]):
                batch = "batch" if one is given[0] else len(given[0])
                raise ValueError(
                    f"{layer.name} takes a batch of shape "
                    f"({', '.join(map(str, (batch, *layer.input_shape)))}), not {one.shape}"
                )
        return given

    def summary(self, print_fn: Callable[[str], Any] = print, lang: str = "en") -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            print_fn: called with each line.
            lang: of the words, ``"en"`` or ``"ru"``.

        Raises:
            ValueError: if there is no such language.

        Of a functional model it also says which layers each takes from.

        >>> from tinygrad_xor.nn import Dense, Sequential
        >>> Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")]).summary()
        Layer  Activation  Output shape  Parameters
        -----  ----------  ------------  ----------
        Dense  relu        (None, 5)             15
        Dense  sigmoid     (None, 1)              6
        -----  ----------  ------------  ----------
        Total                                    21
        """
        for line in summary_lines(self, lang):
            print_fn(line)

    def draw(self) -> Picture:
        """The network as a picture: its neurons, and its weights as they are now.

        A line is a weight: blue above zero, orange and dashed below, the thicker the larger.
        Notebooks show the picture, ``.save("network.svg")`` makes a file of it. A network with
        other layers than dense ones, or not built yet, is a row of boxes.
        `tinygrad_xor.viz.draw` draws what it computes.

        Raises:
            ValueError: if there is no Graphviz for boxes.

        >>> from tinygrad_xor.nn import Dense, Sequential
        >>> model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
        >>> model.draw().svg[:4]
        '<svg'
        """
        svg = drawn(self)
        if svg is None:
            raise ValueError(
                "only built dense layers are drawn as neurons, and its boxes need Graphviz: pip "
                'install "tinygrad-xor[viz]"'
            )
        return Picture(svg)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: neurons or layers, where something draws them, and the text."""
        return mimebundle(self)

    # -- files ------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], overwrite: bool = True) -> Path:
        """Write the network into one ``.npz`` file, whole or not at all. `load` reads it back.

        The file holds the layers and weights, how the network was compiled, and the state of the
        optimizer and of the random numbers, so that training goes on as if it had not stopped.
        Into files of these names it writes the layers and the weights alone: ``.keras`` for Keras
        3, ``.onnx`` for onnxruntime and others.

        Raises:
            FileExistsError: if it is there already, and `overwrite` is False.
            ModuleNotFoundError: if it is a ``.keras`` file and there is no h5py.
            ValueError: if a layer or activation is one that is unknown there.
        """
        saving.refuse_existing(path, overwrite)
        return exchanged.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The network that `save` wrote, or that Keras wrote into a ``.keras`` file.

        No code from the file is run (no pickle).

        Raises:
            ModuleNotFoundError: if it is a ``.keras`` file and there is no h5py.
            ValueError: if the file is not such a network, or has layers in it that are not here.
        """
        model = exchanged.load(path)
        if not isinstance(model, cls):
            raise ValueError(
                f"{os.fspath(path)} holds a {type(model).__name__} and not a {cls.__name__}: "
                "load_model reads both"
            )
        return model

    def save_weights(self, path: str | os.PathLike[str], overwrite: bool = True) -> Path:
        """Write only the weights into one ``.npz`` file, whole or not at all.

        A file called ``.safetensors`` is written in that format, one called ``.pt`` or ``.pth`` as
        a ``state_dict`` of PyTorch's, for the network that `to_torch` writes.

        Raises:
            FileExistsError: if it is there already, and `overwrite` is False.
            ValueError: if it is a ``state_dict``, and a layer is unknown there.
        """
        saving.refuse_existing(path, overwrite)
        return exchanged.save_weights(self, path)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Take the weights from a file that `save_weights` or `save` wrote.

        From ``.safetensors``, ``.pt`` and ``.pth`` files also those of a network of PyTorch's with
        the same layers, in their order.

        Raises:
            ValueError: if the file has no weights, or they do not fit; then nothing is changed.
        """
        exchanged.load_weights(self, path)

    def to_json(self) -> str:
        """The layers as a text of JSON, which `model_from_json` makes a network of.

        Neither the weights are in it, nor how the network was compiled.

        Raises:
            ValueError: if a layer, an activation, a regularizer or an initializer is one of your
                own.
        """
        return architecture.to_json(self)

    def to_torch(self) -> str:
        """A program for PyTorch, with the weights, that makes the same network: ``model``.

        Raises:
            ValueError: if the network is not built, or a layer is unknown there.

        >>> from tinygrad_xor.nn import Dense, Sequential
        >>> model = Sequential([Dense(1, "relu", input_dim=1, kernel_initializer="zeros")])
        >>> print(model.to_torch())
        import torch
        from torch import nn
        <BLANKLINE>
        model = nn.Sequential(
            nn.Linear(in_features=1, out_features=1, bias=True, dtype=torch.float64),
            nn.ReLU(),
        )
        model.load_state_dict({
            "0.weight": torch.tensor([[0.0]], dtype=torch.float64),
            "0.bias": torch.tensor([0.0], dtype=torch.float64),
        })
        model.eval()
        """
        return source.torch_source(exchanged.layers_of(self))

    def to_keras(self) -> str:
        """A program for Keras 3, with the weights, that makes the same network: ``model``.

        Raises:
            ValueError: if the network is not built, or a layer is unknown there.
        """
        return source.keras_source(exchanged.layers_of(self), exchanged.input_shape(self))

    def to_jax(self) -> str:
        """A program for JAX, with the ``weights``, and ``predict(weights, x)`` to go with them.

        Raises:
            ValueError: if the network is not built, or a layer is unknown there.
        """
        return source.jax_source(exchanged.layers_of(self))


architecture.NETWORKS["Model"] = Model


def load_model(path: str | os.PathLike[str]) -> Model:
    """The network that ``model.save`` wrote, a `Sequential` or another `Model`."""
    return Model.load(path)


def model_from_json(text: str, seed: int | np.random.Generator | None = None) -> Model:
    """The network that ``model.to_json`` wrote, with new weights; it is not compiled.

    Args:
        text: what `Model.to_json` gave. Keras's own has another form.
        seed: of the new weights, as of `Sequential`.

    Raises:
        TypeError: if it is no text.
        ValueError: if it is another text.

    >>> from tinygrad_xor.nn import Dense, Sequential
    >>> text = Sequential([Dense(5, "relu", input_dim=2), Dense(1)]).to_json()
    >>> model_from_json(text, seed=0)
    Sequential([Dense(5, 'relu'), Dense(1, 'linear')])
    """
    made: Model = architecture.from_json(text, seed)
    return made

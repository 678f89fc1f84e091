"""A network whose layers stand in a row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor import metrics as metrics_by_name
from tinygrad_xor import optim
from tinygrad_xor.engine import Value
from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.nn import fitting, losses, saving
from tinygrad_xor.nn.layers import Dense, Dropout, Input, Layer, Shape, as_shape
from tinygrad_xor.nn.losses import Loss
from tinygrad_xor.nn.summary import summary_lines
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.training import History


class Sequential:
    """Layers in a row: the output of each is the input of the next.

    Args:
        layers: the layers, first to last; an `Input` may stand before them.
        seed: of the random weights of all layers, of the order of the examples, and of dropout.

    >>> model = Sequential([Dense(5, input_dim=2, activation="relu"), Dense(1)], seed=0)
    >>> model(np.array([[0.0, 1.0]])).shape
    (1, 1)
    >>> model.count_parameters()
    21
    """

    def __init__(
        self,
        layers: Iterable[Layer | Input] = (),
        *,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        self.layers: list[Layer] = []
        #: The shape of one example that comes in, ``(features,)``; ``None`` until it is known.
        self.input_shape: Shape | None = None
        #: A callback sets it, to end training after the epoch.
        self.stop_training = False
        self.rng = np.random.default_rng(seed)
        self._output_shape: Shape | None = None
        self._compiled: fitting.Compiled | None = None
        for layer in layers:
            self.add(layer)

    # -- layers -----------------------------------------------------------------------------------

    def add(self, layer: Layer | Input) -> None:
        """Put `layer` at the end. Its weights are made as soon as its input shape is known.

        A layer of another network brings its weights along, and both networks share them.

        Raises:
            TypeError: if it is not a layer.
            ValueError: if it is in the network already, does not fit the layer before it, or is an
                `Input` that does not come first.
        """
        if isinstance(layer, Input):
            if self.layers or self.input_shape is not None:
                raise ValueError(f"{layer!r} comes before all layers, not after {self.layers}")
            self.input_shape = self._output_shape = layer.shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"a network is made of layers, such as Dense(5), not of {layer!r}")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer!r} is in this network already: make another one")
        self.layers.append(layer)
        layer.name = f"{type(layer).__name__.lower()}_{self._number(layer)}"
        if len(self.layers) == 1 and self.input_shape is None:
            self.input_shape = self._output_shape = layer.input_shape
        if self._output_shape is not None:
            self._build(layer)

    def build(self, input_shape: int | tuple[int | None, ...]) -> None:
        """Make the weights of all layers for examples of `input_shape`.

        As in Keras, the shape may begin with ``None`` for the batch.
        """
        sizes = input_shape if isinstance(input_shape, tuple) else (input_shape,)
        self.input_shape = self._output_shape = as_shape(
            tuple(n for i, n in enumerate(sizes) if i or n is not None)  # type: ignore[misc]
        )
        for layer in self.layers:
            self._build(layer)

    def _build(self, layer: Layer) -> None:
        assert self._output_shape is not None
        if not layer.built:
            layer.build(self._output_shape, self.rng, number=self._number(layer))
        elif layer.input_shape != self._output_shape:
            raise ValueError(
                f"{layer!r} has weights for examples of shape {layer.input_shape}, and is given "
                f"{self._output_shape}"
            )
        self._output_shape = layer.compute_output_shape(self._output_shape)

    def _number(self, layer: Layer) -> int:
        same = [other for other in self.layers if type(other) is type(layer)]
        return 1 + next(i for i, other in enumerate(same) if other is layer)

    def dense_layers(self) -> list[Dense]:
        """The layers, if all are `Dense`; `Dropout`, which does nothing after training, left out.

        Raises:
            ValueError: if there are other layers.
        """
        dense = []
        for layer in self.layers:
            if isinstance(layer, Dense):
                dense.append(layer)
            elif not isinstance(layer, Dropout):
                raise ValueError(f"this needs a network of Dense layers, and {layer!r} is in it")
        return dense

    @property
    def output_shape(self) -> Shape | None:
        """The shape of one example that comes out; ``None`` until it is known."""
        return self._output_shape

    def __call__(self, x: Any, training: bool = False) -> Value:
        """The network's output for inputs of shape ``(batch, features)``.

        Args:
            x: the inputs, an array or a Value.
            training: whether the network is learning just now, which matters to `Dropout`.

        Raises:
            ValueError: if there are no layers, or `x` does not fit the first one.
        """
        if not self.layers:
            raise ValueError("a network needs a layer: add(Dense(1)) puts one in")
        if self.input_shape is None:
            self.build(np.shape(x)[1:])
        for layer in self.layers:
            x = layer(x, training)
        out: Value = x
        return out

    def summary(self, print_fn: Callable[[str], Any] = print) -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        >>> Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")]).summary()
        Layer  Activation  Output shape  Parameters
        -----  ----------  ------------  ----------
        Dense  relu        (None, 5)             15
        Dense  sigmoid     (None, 1)              6
        -----  ----------  ------------  ----------
        Total                                    21
        """
        for line in summary_lines(self):
            print_fn(line)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: the layers in a row, where something draws them, and the text."""
        return mimebundle(self)

    # -- parameters -------------------------------------------------------------------------------

    def parameters(self) -> list[Value]:
        """The parameters of all layers, first to last."""
        return [p for layer in self.layers for p in layer.parameters()]

    def trainable_parameters(self) -> list[Value]:
        """The parameters of the layers that are not frozen."""
        return [p for layer in self.layers if layer.trainable for p in layer.parameters()]

    def count_parameters(self) -> int:
        """How many numbers there are to learn."""
        return sum(p.size for p in self.parameters())

    def get_weights(self) -> list[Any]:
        """Copies of all parameters as plain arrays: kernel, bias, and so on."""
        return [np.array(p.data) for p in self.parameters()]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Replace all parameters, in the order of `get_weights`.

        Raises:
            ValueError: if their number or one of their shapes is wrong; then nothing is changed.
        """
        new = [np.asarray(w) for w in weights]
        shapes, wanted = [w.shape for w in new], [p.shape for p in self.parameters()]
        if shapes != wanted:
            raise ValueError(f"weights of shapes {shapes} do not fit a network of {wanted}")
        for p, w in zip(self.parameters(), new, strict=True):
            p.data = w

    # -- learning ---------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: str | Optimizer = "rmsprop",
        loss: str | Loss | Callable[[Any, Any], Any] | None = None,
        metrics: Iterable[Any] | None = None,
    ) -> None:
        """Choose how the network learns. Compiling again starts the optimizer afresh.

        Args:
            optimizer: a name (``"adam"``) or an optimizer without parameters
                (``Adam(learning_rate=0.01)``).
            loss: a name, a `Loss`, or a function ``f(y_true, y_pred)``.
            metrics: names (``"accuracy"``), objects of `tinygrad_xor.metrics`, or functions.

        Raises:
            ValueError: if a name is unknown, with the nearest known one.
        """
        if loss is None:
            raise ValueError('a network needs a loss to learn: loss="binary_crossentropy", say')
        if isinstance(metrics, str):
            metrics = [metrics]
        chosen = losses.get(loss)
        asked = list(metrics or [])
        for metric in asked:  # a name that is wrong is refused now, not when training begins
            metrics_by_name.get(metric, sparse=False, outputs=1, threshold=chosen.threshold)
        new = optim.get(optimizer)() if isinstance(optimizer, str) else optimizer
        if not isinstance(new, Optimizer):
            raise TypeError(f"an optimizer is a name or an Optimizer, not {optimizer!r}")
        self._compiled = fitting.Compiled(new, chosen, asked)

    @property
    def is_compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    @property
    def compiled(self) -> fitting.Compiled:
        """What `compile` chose.

        Raises:
            ValueError: if it was not called.
        """
        if self._compiled is None:
            raise ValueError(
                "this network was not told how to learn: call "
                'compile(loss="binary_crossentropy", optimizer="adam") first'
            )
        return self._compiled

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that `compile` chose."""
        return self.compiled.optimizer

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
    ) -> History:
        """Learn from examples; in each epoch every example is seen once.

        Args:
            x: inputs, ``(examples, features)``; lists and integers will do.
            y: targets, ``(examples, outputs)``, or ``(examples,)`` for one output or class numbers.
            batch_size: examples in one step; 32 without it, as in Keras.
            epochs: the number of the last epoch; that is how many there are, if the first is 0.
            verbose: 0 shows nothing, 1 (and "auto") a bar, 2 a line for each epoch.
            callbacks: see `tinygrad_xor.callbacks`.
            validation_split: the part of the examples, taken from the end, that is only looked at.
            validation_data: other examples ``(x, y)``, or with weights ``(x, y, sample_weight)``.
            shuffle: whether each epoch has its own order.
            class_weight: how much the examples of each class count.
            sample_weight: how much each example counts, ``(examples,)``.
            initial_epoch: the number of the first epoch, when training goes on.

        Returns:
            The history: ``history.history["loss"]``, and so on for each metric and ``val_`` of it.

        Raises:
            ValueError: if shapes do not fit, labels do not fit the loss, there are NaN in the data,
                or training diverges.

        >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
        >>> model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
        >>> history = model.fit([[0, 0], [1, 1]], [0, 1], epochs=3, verbose=0)
        >>> sorted(history.history)
        ['accuracy', 'loss']
        """
        return fitting.fit(
            self,
            fitting.Examples.of(self, x, y, sample_weight, class_weight),
            batch_size=32 if batch_size is None else batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss of examples, or ``[loss, metric, ...]`` if there are metrics.

        Args:
            x: inputs, as of `fit`.
            y: targets, as of `fit`.
            batch_size: accepted as in Keras; all examples are looked at together.
            verbose: accepted as in Keras; nothing is shown.
            sample_weight: how much each example counts, in the loss.
            return_dict: whether to give the numbers by their names.
        """
        row = fitting.evaluate(self, fitting.Examples.of(self, x, y, sample_weight))
        if return_dict:
            return row
        return list(row.values()) if len(row) > 1 else row["loss"]

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> Any:
        """The network's output for inputs of shape ``(batch, features)``, as a plain array.

        `batch_size` and `verbose` are accepted as in Keras, and change nothing.
        """
        return self(np.asarray(x)).data

    # -- files ------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network into one ``.npz`` file, whole or not at all. `load` reads it back.

        The file holds the layers and weights, how the network was compiled, and the state of the
        optimizer and of the random numbers, so that training goes on as if it had not stopped.
        """
        return saving.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sequential:
        """The network that `save` wrote. No code from the file is run (no pickle).

        Raises:
            ValueError: if the file is not a network.
        """
        model = cls()
        saving.load_into(model, path)
        return model

    def save_weights(self, path: str | os.PathLike[str]) -> Path:
        """Write only the weights into one ``.npz`` file, whole or not at all."""
        return saving.save_weights(self, path)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Take the weights from a file that `save_weights` or `save` wrote.

        Raises:
            ValueError: if the file has no weights, or they do not fit; then nothing is changed.
        """
        saving.load_weights(self, path)

"""A network whose layers stand in a row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.engine import Value, no_grad
from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.nn import fitting, losses, saving
from tinygrad_xor.nn.examples import Examples
from tinygrad_xor.nn.layer import Input, Layer
from tinygrad_xor.nn.losses import Loss
from tinygrad_xor.nn.stack import Stack
from tinygrad_xor.nn.summary import summary_lines
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.training import History, checked_array


class Sequential(Stack):
    """Layers in a row: the output of each is the input of the next.

    Args:
        layers: the layers, first to last; an `Input` may stand before them.
        seed: of the random weights of all layers, of the order of the examples, and of dropout.

    >>> from tinygrad_xor.nn import Dense
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
        super().__init__(layers, seed=seed)
        #: A callback sets it, to end training after the epoch.
        self.stop_training = False
        #: What the last `fit` gave, also when it was interrupted.
        self.history: History | None = None
        self._compiled: fitting.Compiled | None = None

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
        return x if type(x) is Value else Value(x)  # plain, if no layer computes with Values

    def summary(self, print_fn: Callable[[str], Any] = print, lang: str = "en") -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            print_fn: called with each line.
            lang: of the words, ``"en"`` or ``"ru"``.

        Raises:
            ValueError: if there is no such language.

        >>> from tinygrad_xor.nn import Dense
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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: the layers in a row, where something draws them, and the text."""
        return mimebundle(self)

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
            ValueError: if a name is unknown, with the nearest known one, or taken twice.
        """
        if loss is None:
            raise ValueError('a network needs a loss to learn: loss="binary_crossentropy", say')
        if isinstance(metrics, str):
            metrics = [metrics]
        chosen = losses.get(loss)
        asked = list(metrics or [])
        new = optim.get(optimizer) if isinstance(optimizer, str) else optimizer
        if not isinstance(new, Optimizer) and callable(new):  # a class, or what a name stands for
            new = new()
        if not isinstance(new, Optimizer):
            raise TypeError(f"an optimizer is a name or an Optimizer, not {optimizer!r}")
        compiled = fitting.Compiled(new, chosen, asked)
        compiled.metrics_for(outputs=1)  # what is wrong is refused now, not when training begins
        self._compiled = compiled

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

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` gives, by name: the loss, and each metric."""
        outputs = (self.output_shape or (1,))[-1]
        return ["loss", *(metric.name for metric in self.compiled.metrics_for(outputs))]

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
            class_weight: how much the examples of each class count: ``{0: 1.0, 1: 3.0}``. Those of
                the validation count as they are.
            sample_weight: how much each example counts, ``(examples,)``.
            initial_epoch: the number of the first epoch, when training goes on.

        Returns:
            The history: ``history.history["loss"]``, and so on for each metric and ``val_`` of it.

        Raises:
            ValueError: if shapes do not fit, labels do not fit the loss, there are NaN in the data,
                or training diverges.

        >>> from tinygrad_xor.nn import Dense
        >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
        >>> model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
        >>> history = model.fit([[0, 0], [1, 1]], [0, 1], epochs=3, verbose=0)
        >>> sorted(history.history)
        ['accuracy', 'loss']
        """
        return fitting.fit(
            self,
            Examples.of(self, x, y, sample_weight),
            batch_size=32 if batch_size is None else batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            class_weight=class_weight,
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
        row = fitting.evaluate(self, Examples.of(self, x, y, sample_weight))
        if return_dict:
            return row
        return list(row.values()) if len(row) > 1 else row["loss"]

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> Any:
        """The network's output for inputs of shape ``(batch, features)``, as a plain array.

        `batch_size` and `verbose` are accepted as in Keras, and change nothing.

        Raises:
            ValueError: if `x` is one example and no batch, or does not fit.
        """
        with no_grad():
            return self(checked_array("inputs", x)).data

    # -- files ------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], overwrite: bool = True) -> Path:
        """Write the network into one ``.npz`` file, whole or not at all. `load` reads it back.

        The file holds the layers and weights, how the network was compiled, and the state of the
        optimizer and of the random numbers, so that training goes on as if it had not stopped.

        Raises:
            FileExistsError: if it is there already, and `overwrite` is False.
            ValueError: if a layer or activation is one that `load` would not know.
        """
        saving.refuse_existing(path, overwrite)
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

    def save_weights(self, path: str | os.PathLike[str], overwrite: bool = True) -> Path:
        """Write only the weights into one ``.npz`` file, whole or not at all.

        Raises:
            FileExistsError: if it is there already, and `overwrite` is False.
        """
        saving.refuse_existing(path, overwrite)
        return saving.save_weights(self, path)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Take the weights from a file that `save_weights` or `save` wrote.

        Raises:
            ValueError: if the file has no weights, or they do not fit; then nothing is changed.
        """
        saving.load_weights(self, path)


def load_model(path: str | os.PathLike[str]) -> Sequential:
    """The network that ``model.save`` wrote: the same as ``Sequential.load``."""
    return Sequential.load(path)

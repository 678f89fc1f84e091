"""How a network learns from examples: ``compile``, ``fit``, ``evaluate`` and ``predict``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tinygrad_xor import optim
from tinygrad_xor.arrays import checked_array
from tinygrad_xor.callbacks import CallbackList
from tinygrad_xor.engine import no_grad
from tinygrad_xor.engine.operands import plain
from tinygrad_xor.metrics import measure
from tinygrad_xor.nn import losses
from tinygrad_xor.nn.compiled import Compiled, for_each
from tinygrad_xor.nn.labelled_data import labelled, split, weighted_by_class
from tinygrad_xor.nn.loss import Loss
from tinygrad_xor.nn.network import Network
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.progress import VERBOSE
from tinygrad_xor.standstill import Standstill
from tinygrad_xor.training import History, Step
from tinygrad_xor.training.examples import Examples, Order, check_counts
from tinygrad_xor.training.loop import learn


class Trainer(Network):
    """A stack of layers that learns."""

    #: A callback sets it, to end training after the epoch.
    stop_training = False
    #: What the last `fit` gave, also when it was interrupted.
    history: History | None = None
    _compiled: Compiled | None = None
    _step: Step | None = None

    def compile(
        self,
        optimizer: str | Optimizer = "rmsprop",
        loss: str | Loss | Callable[[Any, Any], Any] | None = None,
        metrics: Iterable[Any] | None = None,
        run_eagerly: bool = False,
        *,
        loss_weights: Any = None,
    ) -> None:
        """Choose how the network learns. Compiling again starts the optimizer afresh.

        Args:
            optimizer: a name (``"adam"``) or an optimizer without parameters
                (``Adam(learning_rate=0.01)``).
            loss: a name, a `Loss`, or a function ``f(y_true, y_pred)``. For a list of outputs also
                a list, or a dict by the names of the layers that give them; they are added up.
            metrics: names (``"accuracy"``), objects of `tinygrad_xor.metrics`, or functions. For
                several outputs a list of such lists, or a dict.
            run_eagerly: whether `fit` takes one step after the other in Python, so that a layer or
                a loss of your own is called in each and may print. By default a training of many
                steps is compiled: they are called a few times, and what they computed is repeated.
            loss_weights: how much each of several losses counts: a list, or a dict.

        Raises:
            ValueError: if a name is unknown, with the nearest known one, or taken twice; if the
                last activation cannot give what the loss reads, or a softmax has one unit.
        """
        if loss is None:
            raise ValueError('a network needs a loss to learn: loss="binary_crossentropy", say')
        names = [layer.name for layer in self.output_layers] if self.gives_list else []
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(
                f"two outputs are of {twice[0]!r}, and would have one name in the history: put an "
                'Activation("linear", name=...) behind one of them'
            )
        if not names and (loss_weights is not None or isinstance(loss, (list, tuple, dict))):
            raise ValueError("a list of losses, and weights of them, are for a list of outputs")
        losses_of = [losses.get(x) for x in (for_each("loss", loss, names) if names else [loss])]
        weights = None
        if loss_weights is not None:
            weights = [
                1.0 if w is None else w for w in for_each("loss_weights", loss_weights, names)
            ]
            weights = checked_array("loss_weights", weights, least_axes=1).tolist()
        if isinstance(metrics, str):
            metrics = [metrics]
        asked: list[Any] = [list(metrics or [])]
        if len(names) > 1:
            given = for_each("metrics", metrics or [[]] * len(names), names)
            asked = [[] if m is None else [m] if isinstance(m, str) else m for m in given]
            if not all(isinstance(m, (list, tuple)) for m in asked):
                raise ValueError(f"metrics for outputs {names}: a list for each, not {metrics!r}")
        new = optim.get(optimizer) if isinstance(optimizer, str) else optimizer
        if not isinstance(new, Optimizer) and callable(new):  # a class, or what a name stands for
            new = new()
        if not isinstance(new, Optimizer):
            raise TypeError(f"an optimizer is a name or an Optimizer, not {optimizer!r}")
        compiled = Compiled(new, losses_of, asked, run_eagerly, weights, names)
        compiled.metrics_for([1] * len(losses_of))  # what is wrong is refused now
        compiled.check_layers(self)
        self._compiled = compiled

    @property
    def is_compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    @property
    def compiled(self) -> Compiled:
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
        return ["loss", *(metric.name for metric in self.compiled.metrics_for(self._outputs))]

    @property
    def _outputs(self) -> list[int]:
        """How many numbers each output has."""
        shapes: Any = self.output_shape or (1,)
        return [shape[-1] for shape in (shapes if self.gives_list else [shapes])]

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
            x: inputs, ``(examples, features)``; lists and integers will do. A network with a list
                of inputs takes a list of such arrays, or a dict by their names.
            y: targets, ``(examples, outputs)``, or ``(examples,)`` for one output or class numbers;
                likewise a list for a list of outputs.
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

        >>> from tinygrad_xor.nn import Dense, Sequential
        >>> model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
        >>> model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
        >>> history = model.fit([[0, 0], [1, 1]], [0, 1], epochs=3, verbose=0)
        >>> sorted(history.history)
        ['accuracy', 'loss']
        """
        batch_size = 32 if batch_size is None else batch_size
        check_counts(epochs, batch_size)
        check_counts(initial_epoch, batch_size)
        if verbose not in VERBOSE:
            raise ValueError(f"verbose={verbose!r}: there are 0, 1, 2 and 'auto'")
        compiled = self.compiled
        data = labelled(self, compiled.losses, x, y, sample_weight)
        compiled.check_layers(self)  # those that came after compile()
        compiled.warn_of_numbers(self, data.targets)
        data, validation = split(self, compiled.losses, data, validation_split, validation_data)
        if class_weight is not None:  # as in Keras, what is only looked at counts as it is
            data = weighted_by_class(data, class_weight)
        self._bind(compiled.optimizer)
        params = {"epochs": epochs, "steps": -(-len(data) // batch_size), "verbose": verbose}
        shown = VERBOSE[verbose]
        self.history = History(initial_epoch=initial_epoch)
        step = Step(self, compiled.loss, compiled.optimizer)
        step.take_over(self._step)
        self._step = step
        return learn(
            step,
            data,
            epochs=range(initial_epoch, epochs),
            batch_size=batch_size,
            order=Order(len(data), self.rng if shuffle else None),
            metrics=compiled.metrics_for(self._outputs),
            history=self.history,
            hooks=CallbackList(callbacks, self, params, shown() if shown else None),
            standstill=Standstill(compiled.optimizer, data.beside()),
            run_eagerly=compiled.run_eagerly,
            validate=None if validation is None else lambda: self._validated(validation),
        )

    def train_on_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Take one step with these examples.

        Args:
            x: inputs, as of `fit`.
            y: targets, as of `fit`.
            sample_weight: how much each example counts.
            class_weight: how much the examples of each class count.
            return_dict: whether to give the numbers by their names.

        Returns:
            The loss before the step, or ``[loss, metric, ...]`` if there are metrics.

        Raises:
            ValueError: as `fit` does.

        >>> from tinygrad_xor.nn import Dense, Sequential
        >>> model = Sequential([Dense(1, input_dim=1, kernel_initializer="zeros")])
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> model.train_on_batch([[1.0], [2.0]], [1.0, 1.0])
        1.0
        """
        data = labelled(self, self.compiled.losses, x, y, sample_weight)
        self.compiled.check_layers(self)
        if class_weight is not None:
            data = weighted_by_class(data, class_weight)
        self._bind(self.compiled.optimizer)
        step = Step(self, self.compiled.loss, self.compiled.optimizer)
        weights = () if data.weights is None else (data.weights,)
        loss, predictions = step(data.inputs, data.targets, *weights)
        Standstill(self.compiled.optimizer, data.beside()).refuse_nan(loss.item(), "this step")
        chosen = self.compiled.metrics_for(self._outputs)
        row = {"loss": loss.item(), **measure(chosen, data.targets, plain(predictions))}
        return row if return_dict else self._numbers(row)

    @staticmethod
    def _numbers(row: dict[str, float]) -> Any:
        return list(row.values()) if len(row) > 1 else row["loss"]

    def _validated(self, examples: Examples) -> dict[str, float]:
        return {f"val_{name}": number for name, number in self._evaluate(examples).items()}

    def _bind(self, optimizer: Optimizer) -> None:
        """Give the optimizer the parameters that learn."""
        learning = self.trainable_parameters()
        if not learning:
            raise ValueError("every layer is frozen: set layer.trainable = True for one at least")
        held = set(map(id, optimizer.parameters))
        if held and held.isdisjoint(map(id, self.parameters())):
            raise ValueError(
                "this optimizer moves the parameters of another network, and would forget how far "
                "it is there: compile each network with an optimizer of its own"
            )
        optimizer.bind(learning)

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
        row = self._evaluate(labelled(self, self.compiled.losses, x, y, sample_weight))
        return row if return_dict else self._numbers(row)

    def _evaluate(self, data: Examples) -> dict[str, float]:
        """The loss and the metrics, by their names."""
        predictions = self.quiet(data.inputs)
        with no_grad():
            weights = () if data.weights is None else (data.weights,)
            loss = self.compiled.loss.of_checked(data.targets, predictions, *weights)
            loss = sum(self.penalties(), loss)
        chosen = self.compiled.metrics_for(self._outputs)
        return {
            "loss": float(loss.item()),
            **measure(chosen, data.targets, plain(predictions)),
        }

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> Any:
        """The network's output for inputs of shape ``(batch, features)``, as a plain array.

        A network with a list of inputs takes a list, or a dict by their names; one with a list of
        outputs gives a list.

        `batch_size` and `verbose` are accepted as in Keras, and change nothing.

        Raises:
            ValueError: if `x` is one example and no batch, or does not fit.
        """
        inputs = self.in_order("inputs", x) if self.takes_list else [x]
        inputs = [checked_array("inputs", one) for one in inputs]
        with no_grad():
            return plain(self(inputs if self.takes_list else inputs[0]))

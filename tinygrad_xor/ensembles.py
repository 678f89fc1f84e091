"""Many networks trained at once: the same layers, each from a seed of its own.

Every parameter gets one more axis in front, of the members: a kernel ``(inputs, units)`` becomes
``(members, inputs, units)``, a batch ``(batch, features)`` becomes ``(members, batch, features)``,
because every member sees the examples in an order of its own. One graph then holds a step of all
members. Nothing passes from one member to another: they are multiplied member by member, and the
gradient of the sum of their losses is, for each, the gradient of its own. So a member learns the
very same as it would alone, to rounding, only a hundred times faster than step by step. Where a
step of one member can be machine code, each learns in a loop of that, several side by side on all
cores, which is faster still, and then what it learns is the same to the last bit.

>>> import numpy as np
>>> from tinygrad_xor.datasets import truth_table
>>> from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
>>> from tinygrad_xor.optim import Adam
>>> def network(seed):
...     return Sequential([Dense(4, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=seed)
>>> ensemble = Ensemble([network(seed) for seed in range(50)])
>>> X, y = truth_table("xor")
>>> train_together(ensemble, X, y, seeds=range(50), loss=BinaryCrossentropy(),
...                optimizer=Adam(ensemble.parameters(), lr=0.01), epochs=300)
>>> right = (ensemble.predict(X) > 0.5) == (y > 0.5)  # (members, examples, outputs)
>>> int(np.sum(np.all(right, axis=(1, 2))))
48
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.callbacks import CallbackList, LambdaCallback
from tinygrad_xor.derivatives.products import matmul
from tinygrad_xor.engine import Value
from tinygrad_xor.engine.core import GRADIENT_WATCHERS, RESULT_WATCHERS
from tinygrad_xor.nn import Dense, Loss, Sequential, activations
from tinygrad_xor.optim import Optimizer
from tinygrad_xor.program import TraceError
from tinygrad_xor.seeds import generator
from tinygrad_xor.training import History, Step
from tinygrad_xor.training.examples import (
    Examples,
    Order,
    check_counts,
    check_optimizer,
    checked_examples,
)
from tinygrad_xor.training.loop import learn

#: More members learn sooner together than one by one in a loop of Python's.
_FEW = 8
#: So many examples in the order of each member are drawn at once.
_ROWS = 2**18


class Ensemble:
    """Networks of the same layers, side by side.

    Args:
        members: the networks, whose weights are copied; they stay as they are.

    Raises:
        ValueError: if there are none, they differ in their layers, or have others than Dense, or
            regularizers.
    """

    def __init__(self, members: Sequence[Sequential]) -> None:
        layers = [_dense_layers(member) for member in members]
        shapes = {tuple(map(_layer, group)) for group in layers}
        if len(shapes) != 1:
            raise ValueError(
                f"an ensemble needs members with the same layers, not {len(shapes)} kinds of them"
            )
        #: How many networks there are.
        self.size = len(members)
        #: The kernel, the bias and the activation of each layer.
        self.layers: list[tuple[Value, Value | None, activations.ActivationFunction]] = []
        for group in zip(*layers, strict=True):
            kernel = Value(np.stack([layer.kernel.data for layer in group]))
            biases = [layer.bias.data for layer in group if layer.bias is not None]
            # (members, 1, units): the same for every example of the batch
            bias = Value(np.stack(biases)[:, None, :]) if biases else None
            self.layers.append((kernel, bias, group[0].activation))

    def __call__(self, x: Any) -> Any:
        """All outputs, ``(members, batch, outputs)``, for inputs ``(members, batch, features)``."""
        return [*_through(x, self.layers)][-1]

    def predict(self, x: Any) -> Any:
        """All outputs ``(members, batch, outputs)`` for one batch ``(batch, features)``."""
        return self.outputs(x)[-1]

    def outputs(self, x: Any) -> list[Any]:
        """What every layer makes of one batch ``(batch, features)``, as plain arrays.

        Each is of shape ``(members, batch, units)``; the last are the predictions.
        """
        plain = [(k.data, b if b is None else b.data, f) for k, b, f in self.layers]
        return [*_through(x, plain)]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of what one member gives for one example."""
        return self.layers[-1][0].shape[-1:]

    def parameters(self) -> list[Value]:
        """The kernels, ``(members, inputs, units)``, and biases, ``(members, 1, units)``."""
        return [p for kernel, bias, _ in self.layers for p in (kernel, bias) if p is not None]

    def weights_of(self, member: int) -> list[Any]:
        """Copies of the parameters of one member, as ``Sequential.set_weights`` takes them."""
        arrays: list[Any] = []
        for kernel, bias, _ in self.layers:
            arrays.append(kernel.data[member].copy())
            if bias is not None:
                arrays.append(bias.data[member, 0].copy())
        return arrays


def train_together(
    ensemble: Ensemble,
    inputs: Any,
    targets: Any,
    *,
    seeds: Sequence[Any],
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 1,
    on_step: Callable[[int], None] | None = None,
) -> None:
    """Train every member as ``training.train(member, ..., seed=its seed)`` would.

    An optimizer moves all members by one rule, element by element, so each has averages of its own.

    Args:
        ensemble: the networks.
        inputs: shape ``(examples, features)``, the same for all members.
        targets: shape ``(examples, outputs)``.
        seeds: for each member, that of the order of the examples; or its generator, so that a
            second call goes on.
        loss: ``loss(y_true, y_pred)``, a mean over all predictions, as all of `nn.losses` are.
        optimizer: made for ``ensemble.parameters()``.
        epochs: how often to go through all examples.
        batch_size: examples in one step; the last batch may be smaller.
        on_step: called now and then with the number of members' epochs since the last call.

    Raises:
        TypeError: if the optimizer is none.
        ValueError: if there are not as many seeds as members, or the examples, the counts or the
            optimizer do not fit, as of ``training.train``.
    """
    if len(seeds) != ensemble.size:
        raise ValueError(f"{len(seeds)} seeds for {ensemble.size} members: each needs one")
    examples = checked_examples(inputs, targets, loss, ensemble.output_shape)
    check_optimizer(optimizer, ensemble)
    check_counts(epochs, batch_size)
    orders = [Order(len(examples), generator(seed)) for seed in seeds]
    said = 0

    def told(done: int) -> None:
        nonlocal said
        if on_step is not None and done > said:
            on_step(done - said)
        said = done

    if _apart(ensemble, examples, orders, loss, optimizer, epochs, batch_size, told):
        return
    drawn = iter(np.stack([order(epochs) for order in orders], axis=1))

    def each(epoch: int, logs: Any) -> None:
        told((epoch + 1) * ensemble.size)

    learn(
        Step(ensemble, loss, optimizer, float(ensemble.size)),  # the mean becomes the sum
        _Together(examples.inputs, examples.targets),
        epochs=range(epochs),
        batch_size=batch_size,
        order=lambda _: next(drawn)[None],
        metrics=[],
        history=History(),
        run_eagerly=True,
        hooks=CallbackList(LambdaCallback(on_epoch_end=each), ensemble, {}),
    )


def _apart(
    ensemble: Ensemble,
    examples: Examples,
    orders: list[Order],
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    told: Callable[[int], None],
) -> bool:
    """Train the members by a compiled step of one, if that is possible; whether it was."""
    from tinygrad_xor.compiler import machine  # long to import
    from tinygrad_xor.compiler.members import together

    parameters = ensemble.parameters()
    is_native = machine.is_installed()
    if RESULT_WATCHERS or GRADIENT_WATCHERS or not (is_native or ensemble.size <= _FEW):
        return False
    if [*map(id, optimizer.parameters)] != [*map(id, parameters)]:  # some are to stay as they are
        return False
    member = copy.copy(ensemble)
    member.layers = [
        (Value(kernel.data[0]), None if bias is None else Value(bias.data[0]), activation)
        for kernel, bias, activation in ensemble.layers
    ]
    own = copy.copy(optimizer)
    own.bind(member.parameters())
    scan = Step(member, loss, own).scan(False, False)
    scan.backend = "native" if is_native else "python"
    whole = Step(ensemble, loss, optimizer)
    states: Any = whole.state
    states["averages"] = {name: _rows(x, parameters) for name, x in states["averages"].items()}
    size = min(batch_size, len(examples))
    per_epoch = -(-len(examples) // size)
    done = 0

    def draw(member: int) -> Any:
        return orders[member](count)

    def heard(steps: int) -> None:
        told(ensemble.size * done + steps // per_epoch)

    while done < epochs:
        count = min(epochs - done, max(1, _ROWS // len(examples)))
        try:
            states = together(scan, states, (examples.arrays, []), draw, count, size, told=heard)
        except TraceError:  # step by step says it better, or does not mind
            return False
        if states is None:
            return False
        done += count
    vectors = {name: _vector(rows, parameters) for name, rows in states["averages"].items()}
    whole.state = states | {"averages": vectors}
    return True


def _rows(vector: Any, parameters: list[Value]) -> Any:
    """A row for each member, of what an optimizer keeps for all parameters in one vector."""
    ends = np.cumsum([p.size for p in parameters])[:-1]
    parts = zip(np.split(vector, ends), parameters, strict=True)
    return np.concatenate([part.reshape(len(p.data), -1) for part, p in parts], axis=1)


def _vector(rows: Any, parameters: list[Value]) -> Any:
    """The opposite of `_rows`."""
    ends = np.cumsum([p.size // len(rows) for p in parameters])[:-1]
    return np.concatenate([part.reshape(-1) for part in np.split(rows, ends, axis=1)])


class _Together(Examples):
    """Examples ``(members, examples, ...)``, once their order is another for each member."""

    def batches(self, size: int) -> Iterator[tuple[Any, ...]]:
        """Batches along the second axis."""
        for start in range(0, self.inputs.shape[1], size):
            batch = slice(start, start + size)
            yield self.inputs[:, batch], self.targets[:, batch]


def _through(x: Any, layers: Iterable[Any]) -> Iterator[Any]:
    """What each layer makes of what the one before it gives."""
    for kernel, bias, activation in layers:
        z = matmul(x, kernel)
        x = activation(z if bias is None else z + bias)
        yield x


def _dense_layers(member: Sequential) -> list[Dense]:
    layers = [layer for layer in member.layers if isinstance(layer, Dense)]
    if len(layers) < len(member.layers):
        raise ValueError(f"an ensemble is made of Dense layers only, not of {member.layers}")
    if any(layer.kernel_regularizer is not None for layer in layers):
        raise ValueError(
            f"an ensemble adds nothing to the loss, and {member} has a kernel_regularizer: train "
            "its networks one by one"
        )
    return layers


def _layer(layer: Dense) -> tuple[Any, ...]:
    return (layer.kernel.shape, layer.bias is None, activations.name_of(layer.activation))

"""One step of training, forward, backward and the optimizer's update, as one program."""

import numpy as np
import pytest

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import SGD, Adam, AdamW, RMSprop
from tinygrad_xor.optim import optimizer as optimizer_page
from tinygrad_xor.program import Program, trace
from tinygrad_xor.program.trace import same_bits
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.training import Step

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
LOSS = BinaryCrossentropy()
BATCH = (X, Y), []


def network(dtype=np.float64):
    net = Sequential([Dense(5, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    for p, w in zip(net.parameters(), net.get_weights(), strict=True):
        p.data = w.astype(dtype)
    return net


OPTIMIZERS = {
    "momentum": lambda p: SGD(p, lr=0.5, momentum=0.9),
    "rmsprop": lambda p: RMSprop(p, lr=0.01),
    "adam": lambda p: Adam(p, lr=0.05),
    "adamw": lambda p: AdamW(p, lr=0.05),
}


def training_step(name):
    net = network()
    return net, Step(net, LOSS, OPTIMIZERS[name](net.parameters()))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_200_epochs_of_the_program_leave_the_weights_of_the_eager_loop_bit_for_bit(name):
    net, step = training_step(name)
    state, before = step.state, net.get_weights()
    program = trace(step.pure, state, BATCH)
    for _ in range(200):
        state, (loss, predictions) = program(state, BATCH)
    assert all(map(same_bits, net.get_weights(), before))

    for _ in range(200):
        error, predicted = step(X, Y)
    assert same_bits(loss, error.data)
    assert same_bits(predictions, predicted.data)
    for part, numbers in step.state.items():
        assert all(map(same_bits, flatten(numbers)[0], flatten(state[part])[0])), part


def test_the_xor_network_with_adam_takes_73_steps_and_is_saved():
    _, step = training_step("adam")
    program = trace(step.pure, step.state, BATCH)
    assert len(program.steps) == 73
    assert Program.from_json(program.to_json()) == program


@pytest.mark.parametrize("small", [0, 10**6])
def test_a_pure_step_of_arrays_leaves_everything_as_it_is(small, monkeypatch):
    monkeypatch.setattr(optimizer_page, "SMALL", small)
    net, step = training_step("adam")
    start, before = step.state, net.get_weights()
    state, _ = step.pure(start, BATCH)
    assert all(map(same_bits, net.get_weights(), before))
    once, _ = step.pure(state, BATCH)
    again, _ = step.pure(state, BATCH)
    for part in ("parameters", "averages"):
        assert all(map(same_bits, flatten(once[part])[0], flatten(again[part])[0]))

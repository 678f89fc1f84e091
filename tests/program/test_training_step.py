"""One step of training, forward, backward and the optimizer's update, as one program."""

import numpy as np
import pytest

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import SGD, Adam, AdamW, RMSprop
from tinygrad_xor.program import Program, trace
from tinygrad_xor.program.trace import same_bits

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
LOSS = BinaryCrossentropy()


def network(dtype=np.float64):
    net = Sequential([Dense(5, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    for p, w in zip(net.parameters(), net.get_weights(), strict=True):
        p.data = w.astype(dtype)
    return net


def training_step(make):
    """A function of all that changes: the weights, the optimizer's state, the count of steps."""
    net = network()

    def step(weights, state, steps, x, y):
        for p, w in zip(net.parameters(), weights, strict=True):
            p.data = w
        optimizer = make(net.parameters())
        optimizer.state, optimizer.steps = dict(state), steps
        loss = LOSS(y, net(x))
        loss.backward()
        optimizer.step()
        new = [p.data for p in net.parameters()]
        for p in net.parameters():
            p.grad = None
        return loss.data, new, optimizer.state, optimizer.steps

    return step


def state_of(names):
    return {name: np.zeros(21) for name in names.split()}


OPTIMIZERS = [
    (lambda p: SGD(p, lr=0.5, momentum=0.9), "velocity"),
    (lambda p: RMSprop(p, lr=0.01), "mean_square"),
    (lambda p: Adam(p, lr=0.05), "mean mean_square"),
    (lambda p: AdamW(p, lr=0.05), "mean mean_square"),
]


@pytest.mark.parametrize(
    ("make", "names"), OPTIMIZERS, ids=["momentum", "rmsprop", "adam", "adamw"]
)
def test_200_epochs_of_the_program_leave_the_weights_of_the_eager_loop_bit_for_bit(make, names):
    start = network().get_weights()
    program = trace(training_step(make), start, state_of(names), 0, X, Y)
    weights, state, steps = start, state_of(names), 0
    for _ in range(200):
        loss, weights, state, steps = program(weights, state, steps, X, Y)

    net = network()
    optimizer = make(net.parameters())
    for _ in range(200):
        error = LOSS(Y, net(X))
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert same_bits(loss, error.data)
    assert all(map(same_bits, weights, net.get_weights()))


def test_the_xor_network_with_adam_takes_77_steps_and_is_saved():
    start = network().get_weights()
    make, names = OPTIMIZERS[2]
    program = trace(training_step(make), start, state_of(names), 0, X, Y)
    assert len(program.steps) == 77
    assert Program.from_json(program.to_json()) == program

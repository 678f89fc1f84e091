"""Loops of steps: every backend does what a loop in Python over the step does."""

import os
import signal
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.compiler import Interrupted, Scan, scan
from tinygrad_xor.nn import BinaryCrossentropy, CategoricalCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
LOSS = BinaryCrossentropy()
BACKENDS = ("numpy", "python", "native")


def network(activation="relu", seed=0):
    return Sequential([Dense(5, activation, input_dim=2), Dense(1, "sigmoid")], seed=seed)


def training_step(net, criterion=LOSS):
    def step(state, batch):
        weights, averages, steps = state
        x, y = batch
        for p, w in zip(net.parameters(), weights, strict=True):
            p.data = w
        optimizer = Adam(net.parameters(), lr=0.05)
        optimizer.state, optimizer.steps = dict(averages), steps
        prediction = net(x)
        loss = criterion(y, prediction)
        loss.backward()
        optimizer.step()
        new = [p.data for p in net.parameters()]
        for p in net.parameters():
            p.grad = None
        return (new, optimizer.state, optimizer.steps), {"loss": loss.data, "p": prediction.data}

    return step


def beginning(net):
    return net.get_weights(), {name: np.zeros(21) for name in ("mean", "mean_square")}, 0


def by_hand(step, state, batches, order, batch_size):
    outs = []
    for epoch in order:
        for start in range(0, len(epoch), batch_size):
            rows = epoch[start : start + batch_size]
            state, out = step(state, tuple(x[rows] for x in batches))
            outs.append(out)
    return state, outs


def flat(state):
    weights, averages, steps = state
    return np.concatenate([np.ravel(x) for x in (*weights, *averages.values(), steps)])


def orders(epochs, rows=4):
    rng = np.random.default_rng(1)
    return np.array([rng.permutation(rows) for _ in range(epochs)])


@pytest.mark.parametrize("batch_size", [1, 3, 4, 7])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_scan_is_the_loop_by_hand(backend, batch_size):
    net = network("tanh")
    step, order = training_step(net), orders(30)
    start = beginning(net)
    got, outs = scan(step, start, (X, Y), order, batch_size, backend=backend)
    wanted, each = by_hand(step, start, (X, Y), order, batch_size)
    np.testing.assert_allclose(flat(got), flat(wanted), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(outs["loss"], [out["loss"] for out in each], rtol=1e-9)
    predictions = outs["p"].reshape(-1, 1)
    np.testing.assert_allclose(predictions, np.concatenate([out["p"] for out in each]), rtol=1e-9)
    if backend == "numpy":
        assert np.array_equal(flat(got), flat(wanted))


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_python_and_machine_code_agree_in_every_bit_after_8000_steps(activation):
    net = network(activation)
    step, order = training_step(net), orders(2000)
    start = beginning(net)
    results = [scan(step, start, (X, Y), order, 1, backend=b) for b in BACKENDS[1:]]
    (first, losses), (second, others) = results
    assert np.array_equal(flat(first), flat(second))
    assert np.array_equal(losses["loss"], others["loss"])
    assert first[2] == 8000


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_state_of_every_kind_stays_what_it_is(backend):
    def step(state, batch):
        state = {**state, "count": state["count"] + 1, "swapped": state["swapped"][::-1]}
        state["single"] = state["single"] * np.float32(1.5)
        state["even"] = np.logical_not(state["even"])
        state["total"] = state["total"] + batch
        return state, state["single"]

    state = {
        **{"count": 0, "even": np.bool_(True), "single": np.float32([1.0, 2.0]), "total": 0.0},
        **{"swapped": np.array([1, 2]), "unchanged": np.array([3.0])},
    }
    new, outs = scan(step, state, np.arange(3.0), backend=backend)
    assert {k: type(x) for k, x in new.items()} == {k: type(x) for k, x in state.items()}
    assert (new["count"], new["total"], bool(new["even"])) == (3, 3.0, False)
    assert new["swapped"].tolist() == [2, 1]
    assert outs.dtype == np.float32
    assert outs.tolist() == [[1.5, 3.0], [2.25, 4.5], [3.375, 6.75]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_that_a_step_refuses_stop_it_with_its_own_words(backend):
    net = network()
    targets = np.array([[0.0], [1.0], [7.0], [0.0]])
    step = training_step(net)
    scan(step, beginning(net), (X, Y), batch_size=1, backend=backend)
    with pytest.raises(ValueError, match=r"targets of 0, 1 or between, not 7\.0"):
        scan(step, beginning(net), (X, targets), batch_size=1, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_division_by_zero_gives_what_numpy_gives(backend):
    def step(state, x):
        return state + 1.0, 1.0 / x + np.log(x) + np.exp(1000.0 * x)

    with np.errstate(all="ignore"):
        _, outs = scan(step, 0.0, np.array([1.0, 0.0, 2.0, -1.0]), backend=backend)
        x = np.array([1.0, 0.0, 2.0, -1.0])
        np.testing.assert_allclose(outs, 1 / x + np.log(x) + np.exp(1000 * x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_control_c_keeps_the_state_of_the_last_finished_step(interruptible, backend):
    def step(state, x):
        y = state[1]
        for _ in range(100):
            y = np.sin(y + x)
        return (state[0] + 1.0, y), state[0]

    def progress(done, steps):
        if not timers:  # the loop runs
            timers.append(threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)))
            timers[0].start()

    run, timers = Scan(step, backend), []
    with pytest.raises(Interrupted) as caught:
        run((0.0, 0.0), np.ones(1), order=np.zeros(2_000_000, int), progress=progress)
    found = caught.value
    assert 0 < found.steps < 2_000_000
    assert found.state[0] == found.steps == len(found.outs)
    assert found.outs[-1] == found.steps - 1
    assert found.state[1] == run((0.0, 0.0), np.ones(1), order=np.zeros(found.steps, int))[0][1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_progress_is_told_up_to_the_last_step(backend):
    told = []
    scan(
        lambda s, x: (s + x, None), 0.0, np.ones(100), backend=backend,
        progress=lambda done, steps: told.append((done, steps)),
    )  # fmt: skip
    assert told[-1] == (100, 100)
    assert told == sorted(told)


def test_a_state_that_changes_its_kind_is_refused():
    with pytest.raises(ValueError, match=r"state\['n'\] is of shape \(\) and dtype int64 before"):
        scan(lambda s, x: ({"n": s["n"] + 0.5}, None), {"n": 1}, np.ones(2))
    with pytest.raises(ValueError, match="a state of another form"):
        scan(lambda s, x: ([s], None), 1.0, np.ones(2))
    with pytest.raises(TypeError, match="a step returns the next state and what to record"):
        scan(lambda s, x: s, 1.0, np.ones(2))


def test_rows_that_are_not_there_are_refused():
    step = lambda s, x: (s + x, None)
    with pytest.raises(IndexError, match="goes from 0 to 2, of 2 rows"):
        scan(step, 0.0, np.ones(2), order=[0, 2])
    assert scan(step, 0.0, np.array([1.0, 10.0]), order=[-1, -1])[0] == 20.0


def test_a_model_s_weights_that_are_no_state_are_constants():
    w = Value(2.0)

    def step(state, x):
        return state + (w * x).data, None

    assert scan(step, 0.0, np.ones(2))[0] == 4.0
    w.data = 3.0
    assert scan(step, 0.0, np.ones(2))[0] == 4.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_targets_that_are_distributions_are_traced_at_other_rows_not_moved(backend):
    net = Sequential([Dense(3, "softmax", input_dim=2)], seed=0)
    step = training_step(net, CategoricalCrossentropy())
    start = net.get_weights(), {name: np.zeros(9) for name in ("mean", "mean_square")}, 0
    targets = np.eye(3)[[0, 1, 2, 0]]
    _, outs = scan(step, start, (X, targets), batch_size=2, backend=backend)
    assert outs["loss"].shape == (2,)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_memory_grows_with_the_steps(backend):
    def step(state, x):
        return state * 0.5 + x, None

    run, order = Scan(step, backend), np.zeros(20_000, int)
    run(0.0, np.ones(1), order)
    tracemalloc.start()
    run(0.0, np.ones(1), order[:2_000])
    small = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    run(0.0, np.ones(1), order)
    large = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert large < small + 40 * 20_000  # the order, and nothing for each step beside it


def test_a_step_that_is_gone_takes_its_machine_code_with_it():
    def run():
        step = lambda s, x: (s + x, None)
        scan(step, 0.0, np.ones(2))
        return weakref.ref(step)

    assert run()() is None

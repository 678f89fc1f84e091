"""Threads that work at the same time."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from victims import first_calls_of_special, fork_while_threads_work
from waiting import LONG

from tinygrad_xor import Value, detect_anomaly, grad, no_grad
from tinygrad_xor.files import write_atomically
from tinygrad_xor.nn import Dense, Sequential

STEPS = [
    np.tanh,
    np.exp,
    np.sin,
    lambda x: x * x,
    lambda x: x + x[::-1],
    lambda x: x @ x * x,
    lambda x: np.where(x > 0, x, 0.1 * x),
    lambda x: x / (1 + x * x),
]


def gradient(seed):
    """The gradient of a function that is chosen by `seed`, in a mode that is chosen by it too."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(STEPS), size=12)

    def function(x):
        for step in chosen:
            x = np.tanh(STEPS[step](x))
        return np.sum(x)

    x = rng.normal(size=5)
    with (no_grad, detect_anomaly)[seed % 2]():
        found = grad(function)(x)
    leaf = Value(x)
    function(leaf).backward()
    return [*found, *leaf.grad]


@pytest.mark.promise("Threads get the gradients that one of them alone gets.", trials=2400)
def test_gradients_are_the_same_in_threads(trials):
    """Eight threads differentiate functions of twelve steps, inside `no_grad()` or
    `detect_anomaly()` and outside. The numbers are those of one thread alone, to the last bit.
    """
    seeds = [rng.getrandbits(32) for rng in trials]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(gradient, seeds)) == list(map(gradient, seeds))


def trained(seed):
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=seed)
    model.compile("adam", "mse")
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    model.fit(X, [0, 1, 1, 0], epochs=3, batch_size=2, verbose=0)
    return [weights.tolist() for weights in model.get_weights()]


@pytest.mark.promise("Networks that are trained in threads learn what they learn alone.", trials=80)
def test_networks_are_the_same_in_threads(trials):
    """Four threads train networks from random seeds. The weights are those of one thread alone."""
    seeds = [rng.getrandbits(32) for rng in trials]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(trained, seeds)) == list(map(trained, seeds))


@pytest.mark.promise("The first call of a SciPy function may come from threads.", trials=10)
def test_the_first_calls_of_special_functions_may_come_from_threads(trials, processes):
    """A new process calls functions of `scipy.special` with Values, the first time, in eight
    threads at the same moment. None finds its entry missing.
    """
    for _ in trials:
        process = processes(first_calls_of_special)
        process.join(LONG)
        assert process.exitcode == 0


@pytest.mark.promise("A process may be forked while its threads work.", trials=100)
def test_a_process_that_is_forked_while_threads_work_can_work_too(trials, processes):
    """A process is forked over and over while four of its threads enter modes and copy graphs. Each
    child enters a mode, copies a graph and calls a function of `scipy.special`, and ends.
    """
    process = processes(fork_while_threads_work, len(trials))
    for _ in trials:
        pass
    process.join(LONG)
    assert process.exitcode == 0


@pytest.mark.promise("Files written by threads are whole, and keep their modes.", trials=3000)
def test_files_written_by_threads_are_whole(trials, tmp_path):
    """Eight threads write a few files of one folder over and over, some of them private. Each file
    is as one thread wrote it, with the mode that it had or that new files have, and the umask of
    the process stays.
    """
    if os.name != "posix":
        pytest.skip("this system has no modes")
    umask = os.umask(0o022)
    os.umask(umask)
    (tmp_path / "plain").touch()
    usual = (tmp_path / "plain").stat().st_mode
    for name in "ab":
        (tmp_path / name).touch(0o600)
    private = (tmp_path / "a").stat().st_mode

    def write(rng):
        data = rng.randbytes(1) * rng.randrange(1, 20_000)
        return write_atomically(tmp_path / rng.choice("abcdef"), data).stat().st_mode

    with ThreadPoolExecutor(8) as threads:
        modes = set(threads.map(write, trials))
    assert modes == {usual, private}
    for path in set(tmp_path.iterdir()) - {tmp_path / "plain"}:
        data = path.read_bytes()
        assert data == data[:1] * len(data) != b""
        assert path.stat().st_mode == (private if path.name in "ab" else usual)
    assert os.umask(umask) == umask
    assert len(list(tmp_path.iterdir())) == 7

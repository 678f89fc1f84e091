"""Graphs and networks that go to other processes and come back."""

import multiprocessing
import random

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.nn import Dense, Sequential

METHODS = pytest.mark.parametrize("method", ["fork", "spawn"])
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])


@pytest.fixture
def pool(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot start processes so")
    with multiprocessing.get_context(method).Pool(1) as pool:
        yield pool


def grown(nodes, seed):
    """More nodes on top of some, each of two of those before it."""
    rng = random.Random(seed)
    nodes = list(nodes)
    for _ in range(rng.randrange(1, 8)):
        a, b = rng.choice(nodes), rng.choice(nodes)
        nodes.append(rng.choice((a + b, a * b, np.tanh(a) - b)) * 0.5)
    return nodes


def slopes(nodes):
    sum(nodes[2:], nodes[-1]).backward()
    return [leaf.grad for leaf in nodes[:2]]


@METHODS
@pytest.mark.promise("A graph that grows in several processes has the right gradient.", trials=100)
def test_a_graph_that_grows_in_two_processes_has_the_gradient_of_one(trials, pool):
    """A random graph goes to another process, by fork and by spawn, grows there, comes back, and
    grows on. Its gradient is that of the same graph that has stayed at home.
    """
    for rng in trials:
        seeds = [rng.getrandbits(32) for _ in range(3)]
        away = home = [Value(rng.uniform(-1, 1)), Value(rng.uniform(-1, 1))]
        home = [Value(leaf.data) for leaf in home]
        for number, seed in enumerate(seeds):
            away = pool.apply(grown, (away, seed)) if number == 1 else grown(away, seed)
            home = grown(home, seed)
        assert slopes(away) == slopes(home)


def trained(model, seed):
    model.fit(X, y, epochs=1 + seed % 3, batch_size=2, verbose=0)
    return model


@METHODS
@pytest.mark.promise("A network learns on after another process has trained it.", trials=25)
def test_a_network_that_comes_back_learns_on_as_if_it_had_stayed(trials, pool):
    """A random network is trained here, in another process, by fork and by spawn, and here again.
    Its weights are those of one that was trained here all the time.
    """
    for rng in trials:
        seed = rng.getrandbits(16)
        away, home = network(seed), network(seed)
        for place in (trained, lambda *job: pool.apply(trained, job), trained):
            away, home = place(away, seed), trained(home, seed)
        for one, other in zip(away.get_weights(), home.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def network(seed):
    layers = [Dense(2 + seed % 5, ("relu", "tanh")[seed % 2], input_dim=2), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=seed)
    model.compile(("sgd", "rmsprop", "adam")[seed % 3], "mse")
    return model

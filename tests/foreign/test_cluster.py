"""Training on a cluster: two processes of Dask's, and what becomes of it when one is killed.

Starting processes takes seconds, so this is for the thorough profile of hypothesis, as in the gate:
``pytest --hypothesis-profile=thorough tests/foreign``.
"""

import os
import signal

import hypothesis
import numpy as np
import pytest
from waiting import LONG

from tinygrad_xor.nn import Dense, MeanSquaredError, Sequential
from tinygrad_xor.optim import Adam

THOROUGH = 12
STEPS, ROWS = 8, 4000


@pytest.fixture
def two_workers():
    if hypothesis.settings.default.max_examples < THOROUGH:
        pytest.skip("processes are started with --hypothesis-profile=thorough")
    distributed = pytest.importorskip("distributed", reason="pip install tinygrad-xor[dask]")
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**how) as cluster, distributed.Client(cluster) as client:
        yield client


def data():
    x = np.random.default_rng(1).normal(size=(ROWS, 8))
    return x, np.sin(x.sum(axis=1, keepdims=True))


def trained(x, t, after_a_step=lambda step: None):
    """The weights of a network after some steps of Adam on all of the data."""
    model = Sequential([Dense(6, "tanh", input_dim=8), Dense(1)], seed=0)
    optimizer, loss = Adam(model.parameters(), lr=0.01), MeanSquaredError()
    for step in range(STEPS):
        optimizer.zero_grad()
        loss(t, model(x)).backward()
        optimizer.step()
        after_a_step(step)
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


def chunks(a):
    from dask import array

    return array.from_array(a, chunks=(ROWS // 8, -1))


def test_training_on_two_workers_ends_with_numpys_weights(two_workers):
    x, t = data()
    used = set()

    def note(step):
        used.update(w for w, done in two_workers.processing().items() if done is not None)

    lazily = trained(chunks(x), chunks(t), note)
    np.testing.assert_allclose(lazily, trained(x, t), 1e-10, 1e-12)
    assert len(used) == 2


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(two_workers):
    x, t = data()
    x_there, t_there = two_workers.persist([chunks(x), chunks(t)])
    first = set(two_workers.run(os.getpid).values())

    def kill_one(step):
        if step == STEPS // 2:
            os.kill(min(first), signal.SIGKILL)

    lazily = trained(x_there, t_there, kill_one)
    np.testing.assert_allclose(lazily, trained(x, t), 1e-10, 1e-12)
    two_workers.wait_for_workers(2, timeout=LONG)
    assert set(two_workers.run(os.getpid).values()) != first  # another one came for it

"""A graph lives as long as its loss, costs little, and may be a million operations deep."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from tinygrad_xor import Value


def count_values():
    return sum(type(thing) is Value for thing in gc.get_objects())


def scalar_chain(x, length):
    y = x
    for _ in range(length // 4):
        y = (y * 1.5 + x).tanh() - 0.25
    return y


def a_bit_of_everything():
    """A graph with arrays, scalars, shared nodes, NumPy functions, rules that build on others."""
    x, w = Value(np.ones((4, 3))), Value(np.ones((3, 2)))
    h = np.maximum(x @ w, 0.0)
    p = np.where(h > 1, h, h * 0.5) / (1.0 + np.exp(-h))
    q = (p.reshape(2, 4)[:, [0, 0, 1]].T - p.mean(axis=0)[0]) ** 2
    return np.sum(q.softplus()) + abs(q.sum()) + np.broadcast_to(w.sum(), (2,)).mean()


def test_a_chain_of_a_million_operations_builds_backpropagates_and_is_freed(without_collector):
    before = count_values()
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    y.backward()
    assert y.data == 1_000_001.0
    assert x.grad == 1.0
    del x, y
    assert count_values() == before


@pytest.mark.parametrize("backward", [False, True], ids=["forward only", "after backward"])
def test_dropping_the_loss_frees_the_whole_graph_by_reference_counts_alone(
    backward, without_collector
):
    before = count_values()
    for build in (lambda: scalar_chain(Value(0.5), 400), a_bit_of_everything):
        loss = build()
        if backward:
            loss.backward()
        assert count_values() > before + 10
        del loss
        assert count_values() == before


def test_a_refused_backward_leaves_nothing_behind(without_collector):
    before = count_values()
    p = Value([1.0, 2.0])
    loss = (p * p).sum()
    p.data = [2.0, 3.0]
    with pytest.raises(ValueError, match="changed"):
        loss.backward()
    del loss, p
    gc.collect()  # the traceback of an exception is a cycle of pytest's own
    assert count_values() == before


def test_leaves_that_someone_holds_outlive_the_graph(without_collector):
    before = count_values()
    w = Value([1.0, 2.0])
    loss = (w * w).sum()
    loss.backward()
    del loss
    assert count_values() == before + 1
    assert w.grad.tolist() == [2.0, 4.0]


def test_an_inner_value_keeps_its_inputs_and_not_its_users(without_collector):
    before = count_values()
    x = Value(2.0)
    y = x * 3.0
    for _ in range(100):
        _ = y * 2.0
    del _
    assert count_values() == before + 2
    del x
    assert y.inputs[0].data == 2.0


def test_the_arrays_of_the_graph_go_with_it(without_collector):
    x = Value(np.ones(1000))
    y = x * 2.0
    array = weakref.ref(y.data)
    loss = y.sum()
    loss.backward()
    assert array() is not None
    del y, loss
    assert array() is None


def test_a_loop_of_training_does_not_grow(without_collector):
    w = Value(np.ones(3))
    counts = []
    for _ in range(5):
        loss = ((np.ones((4, 3)) @ w - 1.0) ** 2).mean()
        w.grad = 0
        loss.backward()
        w.data -= 0.01 * w.grad
        counts.append(count_values())
    assert len(set(counts)) == 1


@pytest.mark.parametrize("backward", [False, True], ids=["forward only", "after backward"])
def test_a_node_of_a_scalar_chain_costs_at_most_400_bytes(backward):
    length = 20_000
    tracemalloc.start()
    try:
        x = Value(0.5)
        y = scalar_chain(x, length)
        if backward:
            y.backward()
        used, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / length <= 400
    assert peak / length <= 400


def test_a_deep_graph_of_arrays_needs_no_recursion():
    x = Value([1.0, 2.0])
    y = x
    for _ in range(20_000):
        y = y + 1.0
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]

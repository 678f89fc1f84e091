"""Copies and pickles of Values: they learn on, share what was shared, and may be deep."""

import copy
import multiprocessing
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import hypothesis
import numpy as np
import pytest

from tinygrad_xor import Value, custom_vjp
from tinygrad_xor.engine import TABLE, copying
from tinygrad_xor.nn import Dense, Sequential

WAYS = {
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "protocol 2": lambda x: pickle.loads(pickle.dumps(x, protocol=2)),
    "pickle in Python": lambda x: pickle.loads(pickle._dumps(x)),
    "deepcopy": copy.deepcopy,
}
copied = pytest.mark.parametrize("copied", WAYS.values(), ids=WAYS.keys())


@custom_vjp
def cube(x):
    return x**3


def cube_forward(x):
    return x**3, x


def cube_backward(x, g):
    return (g * 30.0 * x**2,)  # ten times the right one, to be told from it


cube.defvjp(cube_forward, cube_backward)


@custom_vjp
def tanh(x):  # called as an entry of the table
    return np.tanh(x)


tanh.defvjp(lambda x: (np.tanh(x), None), lambda kept, g: (7.0 * g,))


@copied
@pytest.mark.parametrize("places", list(permutations(range(3))), ids=str)
def test_values_copied_together_share_what_they_shared(copied, places):
    x = Value(3.0, label="x")
    h = x * x
    y = h * h
    some = [x, h, y]
    found = dict(zip(places, copied([some[i] for i in places]), strict=True))
    other_x, other_h, other_y = found[0], found[1], found[2]
    assert other_y.inputs[0] is other_h
    assert other_h.inputs[0] is other_x
    other_y.backward()
    assert (other_x.grad, other_x.label, x.grad) == (108.0, "x", 0.0)
    assert not copying._tapes


@copied
def test_threads_may_copy_what_they_share_at_once(copied):
    chain = [Value(1.0)]
    for _ in range(60):
        chain.append(np.sin(chain[-1]) + chain[0])

    def work(k):
        for _ in range(10):
            values = copied(chain[3 * k :])
            values[-1].backward()
            assert [v.data for v in values] == [v.data for v in chain[3 * k :]]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(16)))
    finally:
        sys.setswitchinterval(interval)
    assert not copying._tapes


@copied
def test_a_copy_meets_new_values_as_any_other(copied):
    for _ in range(8):
        x = Value(3.0)
        x, y = copied((x, x * x))
        z = Value(2.0) * y
        (z + y * 0.0).backward()
        assert x.grad == 12.0


@copied
def test_a_chain_of_200_000_operations_can_be_copied(copied, without_collector):
    is_slow = copied is WAYS["pickle in Python"] or hypothesis.settings().max_examples < 6
    x = y = Value(1.0)
    for _ in range(10_000 if is_slow else 200_000):  # ten times what Python lets functions nest
        y = y + 1.0
    y = copied(y)
    y.backward()
    while y.inputs:
        y = y.inputs[0]
    assert y.grad == 1.0
    assert x.grad == 0.0


@copied
def test_data_gradient_constants_and_parameters_come_along(copied):
    x = Value(np.arange(6.0).reshape(2, 3), label="x")
    y = (x * np.array([1.0, 2.0, 3.0])).sum(axis=1, keepdims=True)
    y.backward(np.ones((2, 1)))
    z = copied(y)
    assert z.data.tolist() == y.data.tolist()
    assert z.params == {"axis": 1, "keepdims": True}
    product = z.inputs[0]
    assert product.inputs[1].tolist() == [1.0, 2.0, 3.0]
    assert product.inputs[0].grad.tolist() == x.grad.tolist()
    assert product.primitive is TABLE["multiply"]


def test_leaves_out_of_a_buffer_that_cannot_be_written_into_can_be_changed():
    buffers = []
    written = pickle.dumps(Value([1.0, 2.0]), protocol=5, buffer_callback=buffers.append)
    x = pickle.loads(written, buffers=[bytes(b) for b in buffers])
    x.data -= 1.0
    assert x.data.tolist() == [0.0, 1.0]


@copied
def test_a_graph_with_a_rule_of_ones_own_keeps_it(copied):
    for function, slope in ((cube, 120.0), (tanh, 7.0)):
        x = Value(2.0)
        x, y = copied((x, function(x)))
        y.backward()
        assert x.grad == slope


@copied
def test_a_graph_whose_leaf_was_changed_is_refused_as_by_backward(copied):
    w = Value(2.0, label="w")
    y = w * w
    w.data = 3.0
    with pytest.raises(ValueError, match=r"the data of leaf 'w' .* was changed after multiply"):
        copied((w, y))


def test_a_shallow_copy_is_a_node_of_its_own():
    x = Value([1.0, 2.0], label="x")
    x.grad = [3.0, 4.0]
    twin = copy.copy(x)
    assert twin is not x
    assert (twin.label, twin.data is x.data, twin.grad is x.grad) == ("x", True, True)
    assert twin.order > x.order
    (twin * twin).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


def trained_elsewhere(model):
    model.fit([[0, 1], [1, 0]], [[1], [0]], epochs=1, verbose=0)
    return model


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_network_that_comes_back_from_a_process_learns_on(method):
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    with multiprocessing.get_context(method).Pool(1) as pool:
        for _ in range(2):
            model = pool.apply(trained_elsewhere, (model,))
    before = model.get_weights()
    model.fit([[0, 1], [1, 0]], [[1], [0]], epochs=1, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))


def test_an_entry_that_left_the_table_is_copied_as_what_it_is(own_entries):
    entry = TABLE.pop("binary_crossentropy")
    twin = copy.deepcopy(entry)
    assert type(twin) is type(entry)
    assert (twin.name, twin.rules) == (entry.name, entry.rules)

"""The law of ensembles in compiled code: each member gets the very bits that it would get alone."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.compiler.lanes import LANES, LanesLoop
from tinygrad_xor.compiler.members import together
from tinygrad_xor.compiler.scan import Scan
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, MeanSquaredError, Sequential, losses
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.optim import OPTIMIZERS
from tinygrad_xor.optim import get as get_optimizer
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.training.step import Step

X, Y = truth_table("xor")
EPOCHS = 6


def learning(activation="relu", optimizer="adam", loss=None, width=3, outputs=1, dtype=float):
    """The step of a network, and the state of a member with other weights."""
    layers = [Dense(width, activation, input_dim=2), Dense(outputs, "sigmoid")]
    model = Sequential(layers, seed=0)
    for p in model.parameters():
        p._primal = p.numpy().astype(dtype)
    step = Step(model, loss or BinaryCrossentropy(), get_optimizer(optimizer)(model.parameters()))

    def state_of(member):
        rng = np.random.default_rng(member)
        with_numbers = step.state | {"gradients": [np.zeros_like(p.data) for p in step.parameters]}
        weights = [rng.normal(size=p.shape).astype(dtype) for p in step.parameters]
        return with_numbers | {"parameters": weights}

    return step, state_of


def order_of(member):
    return np.random.default_rng(member).permuted(np.tile(np.arange(4), (EPOCHS, 1)), axis=1)


def stacked(states):
    leaves = [flatten(state)[0] for state in states]
    form = flatten(states[0])[1]
    return form([np.stack(x) if np.ndim(x[0]) else x[0] for x in zip(*leaves, strict=True)])


def assert_the_same_bits(step, state_of, members, size, backend, data=(X, Y), **how):
    scan = Scan(step.pure, backend, **how)
    states = [state_of(i) for i in range(members)]
    tables = (data, [])
    found = together(scan, stacked(states), tables, order_of, EPOCHS, size)
    alone = [scan(s, tables, order_of(i), size)[0] for i, s in enumerate(states)]
    for ours, theirs in zip(flatten(found)[0], flatten(stacked(alone))[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert scan.used == backend
    return scan


def has_lanes(scan):
    return [loop.lanes is not None for loop in scan._loops.values()]


@given(
    activation=st.sampled_from(sorted(set(ACTIVATIONS) - {"gelu"})),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    members=st.integers(1, 2 * LANES + 1),
    size=st.integers(1, 4),
    backend=st.sampled_from(["native", "python"]),
    dtype=st.sampled_from([np.float64, np.float32]),
)
def test_members_learn_in_lanes_bit_for_bit_what_they_learn_alone(
    activation, optimizer, members, size, backend, dtype
):
    step, state_of = learning(activation, optimizer, dtype=dtype)
    data = X.astype(dtype), Y.astype(dtype)
    assert_the_same_bits(step, state_of, members, size, backend, data)


def test_a_training_of_the_atlas_has_lanes():
    step, state_of = learning()
    assert has_lanes(assert_the_same_bits(step, state_of, 5, 1, "native")) == [True]


def test_a_step_that_calls_the_c_library_is_taken_member_by_member():
    step, state_of = learning("tanh")
    scan = assert_the_same_bits(step, state_of, 5, 3, "native", digits="library")
    assert has_lanes(scan) == [False]


def test_a_step_that_may_refuse_its_numbers_is_taken_member_by_member():
    checks = BinaryCrossentropy().__call__  # the targets, each time
    step, state_of = learning(loss=checks)
    assert has_lanes(assert_the_same_bits(step, state_of, 3, 1, "native")) == [False]


def test_class_numbers_have_lanes():
    loss = losses.get("sparse_categorical_crossentropy")
    step, state_of = learning(loss=loss, outputs=2)
    data = X, Y[:, 0].astype(int)
    assert has_lanes(assert_the_same_bits(step, state_of, 3, 1, "native", data)) == [True]


def test_a_step_of_many_operations_is_taken_member_by_member():
    step, state_of = learning(width=100)
    assert has_lanes(assert_the_same_bits(step, state_of, 3, 1, "native")) == [False]


def test_truth_values_and_whole_numbers_have_lanes_too():
    def step(state, batch):
        x, chosen = batch
        count, w, flag = state["count"], state["w"], state["flag"]
        w = np.where(chosen, w * x, w - x)
        return {"count": count + 1, "w": w, "flag": np.logical_xor(flag, w > 0)}, w

    scan = Scan(step, "native")
    states = {
        "count": np.arange(5)[:, None],
        "w": np.linspace(-1, 1, 10).reshape(5, 2),
        "flag": np.arange(10).reshape(5, 2) % 3 == 0,
    }
    x, chosen = np.random.default_rng(0).normal(size=(4, 2)), np.arange(8).reshape(4, 2) % 2 == 0
    found = together(scan, states, (x, chosen), order_of, EPOCHS, None)
    for i in range(5):
        one = {name: values[i] for name, values in states.items()}
        alone, _ = scan(one, (x, chosen), order_of(i))
        for name in states:
            np.testing.assert_array_equal(found[name][i], alone[name])
    assert has_lanes(scan) == [True]


def test_numpys_steps_are_refused_before_an_order_is_drawn():
    def draw(member):
        raise AssertionError("drawn")

    step, state_of = learning()
    assert (
        together(Scan(step.pure, "numpy"), stacked([state_of(0)]), ((X, Y), []), draw, 1, 1) is None
    )


@pytest.mark.parametrize("backend", ["native", "python"])
def test_it_is_told_how_many_steps_are_done_and_ends_its_threads_when_that_raises(backend):
    step, state_of = learning(loss=MeanSquaredError())
    given = Scan(step.pure, backend), stacked([state_of(i) for i in range(9)]), ((X, Y), [])
    counts = []
    together(*given, order_of, EPOCHS, 1, counts.append)
    assert counts == sorted(counts)
    assert counts[-1] == 9 * EPOCHS * 4

    def interrupt(steps):
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        together(*given, order_of, EPOCHS, 1, interrupt)
    assert threading.active_count() == before


def test_no_line_of_lanes_is_left_of_one_number():
    step, state_of = learning("softplus")
    scan = Scan(step.pure, "native")
    together(scan, stacked([state_of(0)]), ((X, Y), []), order_of, EPOCHS, 1)
    (loop,) = scan._loops.values()
    texts = "\n".join(text for part in LanesLoop(loop.bodies).functions for text in part.texts)
    assert f"fmul <{LANES} x double>" in texts
    assert " double %" not in texts.replace(" x double", "")

"""Arrays that are written into between forward and backward: a right gradient or an error."""

import gc

import numpy as np
import pytest

from tinygrad_xor import Value, detect_anomaly, grad
from tinygrad_xor.callbacks import Callback
from tinygrad_xor.engine import written
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import SGD

LARGE = 100_000


def test_a_buffer_that_is_filled_again_in_a_loop_gives_each_step_its_own_constants():
    x, buffer, total = Value([1.0, 1.0]), np.empty(2), 0.0
    for i in range(3):
        buffer[:] = i
        total = total + (x * buffer).sum()
    total.backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_matrix_that_is_cleared_after_a_product_was_copied():
    X, w = np.ones((4, 2)), Value([1.0, 2.0])
    y = (X @ w).sum()
    X *= 0
    y.backward()
    assert w.grad.tolist() == [4.0, 4.0]


PARAMETERS = {
    "an index array": (lambda v, i: v[i] * v[i], np.array([0, 2])),
    "an index list": (lambda v, i: v[i] * v[i], [0, 2]),
    "a list in a tuple": (lambda v, i: np.reshape(v, (1, 3))[0, i] ** 2, [0, 2]),
    "a mask": (lambda v, i: v[i] * v[i], np.array([True, False, True])),
    "where=": (lambda v, i: np.sum(v * v, where=i), np.array([True, False, True])),
    "taken": (lambda v, i: np.take(v, i) ** 2, np.array([0, 2])),
    "taken along": (lambda v, i: np.take_along_axis(v, i, axis=0) ** 2, np.array([0, 2])),
    "set": (lambda v, i: v.at[i].set(0.0), np.array([1])),
    "added to": (lambda v, i: v.at[i].add(v[:1]) ** 2, np.array([1])),
    "repeated": (np.repeat, np.array([1, 0, 2])),
    "conditions": (lambda v, i: np.where(i, v, 0.0), np.array([True, False, True])),
    "large": (lambda v, i: v[i], np.zeros(LARGE, dtype=int)),
}


@pytest.mark.parametrize(("use", "given"), PARAMETERS.values(), ids=PARAMETERS)
def test_an_index_or_a_mask_that_is_written_into_was_copied(use, given):
    expected = grad(lambda v: np.sum(use(v, given)))(np.array([1.0, 2.0, 3.0]))
    v, written = Value([1.0, 2.0, 3.0]), given.copy()
    y = np.sum(use(v, written))
    others = np.asarray(given)
    written[:] = ~others if others.dtype == bool else (others + 1) % 3
    y.backward()
    assert v.grad.tolist() == expected.tolist()


def test_a_masked_array_is_no_index_and_no_mask():
    index, mask = np.ma.masked_array([0, 1], [0, 1]), np.ma.masked_array([True, True], [0, 1])
    v = Value([1.0, 2.0])
    for use in (
        lambda: v[index],
        lambda: v[mask, None],
        lambda: np.take(v, index),
        lambda: np.sum(v, where=mask),
        lambda: v.at[index].set(0.0),
    ):
        with pytest.raises(TypeError, match="mask"):
            use()


@pytest.mark.parametrize(
    "write",
    [
        lambda a: a.fill(0.0),
        lambda a: np.multiply(a, 2.0, out=a),
        lambda a: np.random.default_rng(0).shuffle(a),
        lambda a: a.sort(),
        lambda a: np.copyto(a, np.nan),
    ],
    ids=["filled", "doubled", "shuffled", "sorted", "lost"],
)
def test_a_large_constant_that_is_written_into_is_noticed(write):
    a, x = np.random.default_rng(1).normal(size=LARGE), Value(2.0)
    y = (a * x).sum()
    write(a)
    with pytest.raises(
        ValueError, match=r"an array of shape \(100000,\) was written into after mul"
    ):
        y.backward()


class Own(np.ndarray):
    """A class of arrays of a user's own."""


def on_disk(path, n):
    return np.memmap(path / "numbers", dtype=float, mode="w+", shape=n)


@pytest.mark.parametrize("array", [on_disk, lambda _, n: np.empty(n).view(Own)])
def test_arrays_of_other_classes_are_copied_and_watched_too(array, tmp_path):
    small, x = array(tmp_path, 2), Value(2.0)
    small[:] = [1.0, 2.0]
    y = (small * x).sum()
    small[:] = 0.0
    y.backward()
    assert x.grad == 3.0

    large = array(tmp_path, LARGE)
    large[:] = 1.0
    y = (large * x).sum()
    large[:] = 0.0
    with pytest.raises(ValueError, match="was written into after multiply"):
        y.backward()


def test_the_leaf_of_another_class_of_arrays_is_watched_too():
    v = Value(np.ones(2).view(Own))
    y = (v * v).sum()
    v.data[0] = 5.0
    with pytest.raises(ValueError, match="was written into"):
        y.backward()


def test_a_large_constant_may_be_written_into_after_backward():
    a, x = np.ones(LARGE), Value(2.0)
    for i in range(3):
        a[:] = i
        y = (a * x).sum()
        y.backward()
    assert x.grad == 3.0 * LARGE


@pytest.mark.parametrize(
    "write",
    [
        lambda v: v.data.__setitem__(0, 10.0),
        lambda v: v.data.fill(10.0),
        lambda v: np.add(v.data, 1.0, out=v.data),
    ],
    ids=["an element", "all", "out="],
)
def test_writing_into_the_array_of_a_leaf_is_refused_by_backward(write):
    v = Value([1.0, 2.0], label="v")
    y = (v * v).sum()
    write(v)
    with pytest.raises(
        ValueError, match=r"the array of leaf 'v' \(shape \(2,\)\) was written into"
    ):
        y.backward()


@pytest.mark.parametrize("use", [np.exp, np.sum, lambda v: v @ v, lambda v: v[0]])
def test_what_is_written_before_any_use_is_right(use):
    v = Value([1.0, 2.0])
    v.data[0] = 3.0
    use(v).sum().backward()
    assert v.grad.tolist() == grad(lambda v: use(v).sum())(np.array([3.0, 2.0])).tolist()


def test_the_array_of_a_leaf_may_be_written_into_before_it_is_used():
    v = Value([1.0, 2.0])
    v.data[0] = 3.0
    for _ in range(3):
        loss = (v * v).sum()
        v.grad = 0.0
        loss.backward()
        v.data[:] = v.data - 0.25 * v.grad  # half of what it was
    assert v.data.tolist() == [3.0 / 8.0, 2.0 / 8.0]


def test_a_graph_from_before_an_array_was_written_into_is_refused_after_it_was_used_again():
    v = Value([1.0, 2.0])
    before = (v * v).sum()
    v.data[0] = 3.0
    after = (v * v).sum()
    after.backward()
    assert v.grad.tolist() == [6.0, 4.0]
    for root in (before, before + after):
        with pytest.raises(ValueError, match="was changed after multiply used it"):
            root.backward()


def test_weights_may_be_clipped_in_place_after_each_step_of_a_training():
    class Clip(Callback):
        def on_train_batch_end(self, batch, logs=None):
            for p in self.model.parameters():
                np.clip(p.data, -0.1, 0.1, out=p.data)

    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="adam")
    model.fit([[0, 1], [1, 1]], [[1], [0]], batch_size=1, epochs=2, verbose=0, callbacks=[Clip()])
    assert max(np.abs(p.data).max() for p in model.parameters()) == 0.1


def test_an_array_of_a_leaf_that_was_taken_before_and_changed_after_is_noticed():
    v = Value([1.0, 2.0])
    d = v.data
    y = (v * v).sum()
    d += 1.0
    with pytest.raises(ValueError, match="was written into"):
        y.backward()


def test_assigning_the_array_that_was_changed_makes_it_right():
    v = Value([1.0, 2.0])
    for _ in range(3):
        v.data -= 0.5
        (v * v).sum().backward()
    assert v.grad.tolist() == [2 * (0.5 + 0.0 - 0.5), 2 * (1.5 + 1.0 + 0.5)]


def test_what_was_computed_cannot_be_written_into():
    v = Value([1.0, 2.0])
    e = np.exp(v)
    with pytest.raises(ValueError, match="read-only"):
        e.data[...] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        e.data.sort()
    e.sum().backward()
    assert v.grad.tolist() == np.exp([1.0, 2.0]).tolist()


@pytest.mark.parametrize("same", [np.real, np.squeeze, np.real_if_close])
def test_a_result_that_is_its_input_leaves_the_leaf_free_to_change(same):
    v = Value([1.0, 2.0])
    shown = same(v).data
    with pytest.raises(ValueError, match="read-only"):
        shown[0] = 5.0
    v.data -= 1.0
    assert v.data.tolist() == [0.0, 1.0]


def test_the_gradient_that_grad_returns_is_the_callers_own():
    g = grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    g *= 2.0
    assert g.tolist() == [4.0, 8.0]


def test_an_array_nobody_can_write_into_is_kept_as_it_is():
    a = np.ones(LARGE)
    a.flags.writeable = False
    assert (Value(2.0) * a).inputs[1] is a
    view = np.ones(LARGE)[:]
    view.flags.writeable = False  # but not its base
    assert (Value(2.0) * view).inputs[1] is not view


def test_nothing_is_remembered_of_arrays_that_are_gone():
    gc.collect()
    before = len(written.SEEN)
    v = Value(np.ones(4))
    y = (np.ones(LARGE) * Value(2.0)).sum() + v.data[0]
    assert len(written.SEEN) == before + 2
    del v, y
    assert len(written.SEEN) == before


def minus_a_step(leaf):
    leaf.data -= 0.1


def optimizer_step(leaf):
    optimizer = SGD([leaf], lr=0.1)
    (leaf * leaf).sum().backward()
    optimizer.step()
    leaf.grad = None


@pytest.mark.parametrize("step", [minus_a_step, optimizer_step])
@pytest.mark.parametrize("take", [lambda data: data, lambda data: data[:1]], ids=["all", "part"])
def test_an_array_that_is_held_over_a_step_and_written_into_later_is_noticed(step, take):
    p = Value([1.0, 2.0])
    mine = take(p.data)
    step(p)
    y = (p * p).sum()
    mine[0] = 100.0
    with pytest.raises(ValueError, match=r"array of leaf \(shape \(2,\)\) was written into"):
        y.backward()


@pytest.mark.parametrize("step", [minus_a_step, optimizer_step])
def test_an_array_that_nobody_holds_is_not_watched_after_a_step(step):
    gc.collect()
    before = len(written.SEEN)
    p = Value([1.0, 2.0])
    print(p.data)
    step(p)
    assert len(written.SEEN) == before


@pytest.mark.parametrize("place", [1, 77, LARGE - 2])
def test_inside_detect_anomaly_a_single_element_of_a_large_array_is_noticed(place):
    a, p = np.ones(LARGE), Value(np.ones(LARGE))
    mine = p.data
    with detect_anomaly():
        y = (a * Value(2.0)).sum()
        a[place] = 3.0
        with pytest.raises(ValueError, match=r"an array of shape .* was written into after mul"):
            y.backward()
        z = (p * p).sum()
        mine[place] = 3.0
        with pytest.raises(ValueError, match=r"array of leaf .* was written into"):
            z.backward()
    (p * p).sum().backward()
    assert p.grad[place] == 6.0

"""Many rows of a Jacobian in one walk: the same numbers as one by one, by any rule."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, hessian, jacobian
from tinygrad_xor.engine import COMPOSED, TABLE, core, detect_anomaly
from tinygrad_xor.program import trace
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.transforms import custom_vjp, functional, jacobians
from tinygrad_xor.transforms.stacked import Stacked

ALL = [*TABLE.values(), *COMPOSED.values()]
X = np.linspace(0.5, 2.0, 12)


@contextmanager
def rows_at_once(few, most):
    before = jacobians._FEW, jacobians._MOST
    jacobians._FEW, jacobians._MOST = few, most
    try:
        yield
    finally:
        jacobians._FEW, jacobians._MOST = before


def blocks(function, primals, mode):
    found = jacobian(function, argnums=tuple(range(len(primals))), mode=mode, holomorphic=True)
    return found(*primals)


@pytest.mark.parametrize("entry", ALL, ids=repr)
@given(data=st.data())
def test_the_rows_of_every_entry_are_those_taken_one_by_one(entry, data):
    dtypes = [np.float64, np.float32, *([np.complex128] if gst.takes_complex(entry) else [])]
    dtype = data.draw(st.sampled_from(dtypes))
    call = data.draw(gst.calls(entry, dtype))
    primals = [x.data for x in call.leaves]
    mode = data.draw(st.sampled_from(["reverse", "forward"]))
    with rows_at_once(few=0, most=10**6), np.errstate(all="ignore"):
        together = blocks(call.at, primals, mode)
    with rows_at_once(few=0, most=1), np.errstate(all="ignore"):
        alone = blocks(call.at, primals, mode)
    for a, b in zip(together, alone, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        size = np.max(np.abs(b[np.isfinite(b)]), initial=1.0)
        limit = 50 * np.finfo(b.dtype).eps
        assert np.allclose(a, b, rtol=limit, atol=limit * size, equal_nan=True)


def counting(monkeypatch, module, name):
    """How often a function is called, as a list that grows."""
    calls = []
    original = getattr(module, name)

    def counted(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, counted)
    return calls


def rule_calls(monkeypatch, name):
    entry = TABLE[name]
    gradients = []

    def noted(rule):
        return lambda g, *args: gradients.append(g) or rule(g, *args)

    monkeypatch.setattr(entry, "rules", tuple(map(noted, entry.rules)))
    return gradients


def test_one_walk_carries_all_rows_and_each_rule_is_called_once(monkeypatch):
    gradients = rule_calls(monkeypatch, "sin")
    walks = counting(monkeypatch, functional, "cotangents")
    assert np.array_equal(jacobian(np.sin, mode="reverse")(X), np.diag(np.cos(X)))
    assert len(walks) == len(gradients) == 1
    assert gradients[0].rows.shape == (12, 12)
    assert gradients[0].shape == (12,)


@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_numbers_have_their_rows_in_one_walk_too(monkeypatch, kind):
    gradients = rule_calls(monkeypatch, "sin")
    numbers = [kind(k) for k in range(5)]
    found = jacobian(lambda *xs: [2 * np.sin(x) for x in xs], argnums=range(5), mode="reverse")(
        *numbers
    )
    assert np.array_equal(found, np.diag(2 * np.cos(np.array(numbers))))
    assert [type(g) for g in gradients] == [Stacked] * 5


def test_the_second_derivatives_come_in_one_walk_through_the_graph_of_the_gradient(monkeypatch):
    walks = counting(monkeypatch, functional, "cotangents")
    found = hessian(lambda x: np.sum(x**3) + x[0] * x[1])(X)
    expected = np.diag(6 * X)
    expected[0, 1] = expected[1, 0] = 1.0
    assert np.allclose(found, expected, rtol=1e-14)
    assert len(walks) == 2  # the gradient, and its


def test_rows_are_taken_in_pieces_so_that_memory_is_bounded(monkeypatch):
    gradients = rule_calls(monkeypatch, "sin")
    elements = 1 + 3 * X.size  # of x, its sine, its half; and one more
    monkeypatch.setattr(jacobians, "_MOST", 5 * elements)
    found = jacobian(lambda x: np.sin(x) / 2, mode="reverse")(X)
    assert np.array_equal(found, np.diag(np.cos(X) / 2))
    assert [len(g.rows) for g in gradients] == [5, 5, 2]


def test_the_graph_is_put_in_order_once_for_a_gradient_and_for_all_rows(monkeypatch):
    sorted_by = [
        counting(monkeypatch, core, "newest_first"),
        counting(monkeypatch, functional, "newest_first"),
    ]
    functional.grad(lambda x: np.sum(np.sin(x)))(X)
    assert [*map(len, sorted_by)] == [0, 1]
    jacobian(np.sin, mode="reverse")(X)
    assert [*map(len, sorted_by)] == [0, 2]
    with rows_at_once(few=0, most=1):
        jacobian(np.sin, mode="forward")(X)
    assert [*map(len, sorted_by)] == [0, 4]  # that of the pullback is another graph


@custom_vjp
def looked_at(x):
    return np.sum(x * x) + x


looked_at.defvjp(
    lambda x: (np.sum(x * x) + x, x),
    lambda x, g: (sum(g.tolist()) * 2 * x + (g if g.any() else 0.0),),
)


def test_a_rule_that_needs_plain_arrays_gets_the_rows_one_after_the_other():
    expected = 2 * X + np.eye(12)
    assert np.allclose(jacobian(looked_at, mode="reverse")(X), expected, rtol=1e-14)
    assert np.allclose(jacobian(lambda x: 3 * looked_at(x))(X), 3 * expected, rtol=1e-14)


def test_an_error_of_a_rule_is_that_of_one_row():
    @custom_vjp
    def broken(x):
        return x * 1.0

    broken.defvjp(lambda x: (x * 1.0, None), lambda _, g: (g["not an array"],))
    with pytest.raises(IndexError, match="valid indices"):
        jacobian(broken)(X)


def test_anomalies_are_found_in_every_row():
    with detect_anomaly(), np.errstate(all="ignore"):
        assert np.array_equal(jacobian(np.sin)(X), np.diag(np.cos(X)))
        with pytest.raises(FloatingPointError, match="the gradient of sqrt"):
            jacobian(np.sqrt)(X * (X > 1))


def test_rows_that_build_a_graph_or_a_program_are_taken_alone():
    w = Value(2.0)
    of_w = jacobian(lambda x: w * np.sin(x))(X)
    of_w.sum().backward()
    assert w.grad == pytest.approx(np.cos(X).sum(), rel=1e-14, abs=0)
    program = trace(jacobian(np.sin), X)
    assert np.array_equal(program(X + 1), np.diag(np.cos(X + 1)))


def test_rows_of_several_outputs_and_inputs_are_told_apart():
    def f(x, y):
        return x[:3] * y, [np.sum(x), y]

    (a_x, a_y), [(s_x, s_y), (y_x, y_y)] = jacobian(f, argnums=(0, 1), mode="reverse")(X, 2.0)
    assert np.array_equal(a_x, 2 * np.eye(3, 12))
    assert np.array_equal(a_y, X[:3])
    assert np.array_equal(s_x, np.ones(12))
    assert not y_x.any()
    assert (s_y, y_y) == (0.0, 1.0)


# -- what NumPy does to many arrays, it does to each -----------------------------------------------

A, B = np.arange(24.0).reshape(2, 3, 4) ** 2 % 7, np.arange(12.0).reshape(3, 4) % 5

CALLS = {
    "scalar": lambda x: 2.0 - x,
    "wider": lambda x: x * A,
    "matrix": lambda x: x @ B.T,
    "from the left": lambda x: B.T @ x,
    "stacks": lambda x: A.swapaxes(1, 2) @ x,
    "vector": lambda x: x @ B[0],
    "vector from the left": lambda x: B[:, 0] @ x,
    "row": lambda x: x[0] @ B.T,
    "row from the left": lambda x: B @ x[1],
    "sum": np.sum,
    "sum of an axis": lambda x: np.sum(x, axis=-2, keepdims=True),
    "reduce": lambda x: np.add.reduce(x, axis=(0, 1)),
    "masked": lambda x: np.sum(x, where=B > 1),
    "any": lambda x: np.any(x > 5, axis=0),
    "running": lambda x: np.cumsum(x, axis=0),
    "running over all": np.cumsum,
    "reshape": lambda x: x.reshape(-1, 2),
    "columns first": lambda x: np.reshape(x, (4, 3), order="F"),
    "transpose": lambda x: x.T,
    "order": lambda x: np.transpose(x[None], (2, 0, 1)),
    "swap": lambda x: x.swapaxes(0, -1),
    "move": lambda x: np.moveaxis(x, -1, 0),
    "expand": lambda x: np.expand_dims(x, (0, -1)),
    "squeeze": lambda x: np.squeeze(x[:1]),
    "broadcast": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "flip": lambda x: np.flip(x, 1),
    "flip all": np.flip,
    "where": lambda x: np.where(B > 1, x, 0.0),
    "concatenate": lambda x: np.concatenate([x, B, x[:1]]),
    "concatenate flat": lambda x: np.concatenate([x, B[0]], axis=None),
    "stack": lambda x: np.stack([x, B], axis=-1),
    "einsum": lambda x: np.einsum("ij,kj->ki", x, B),
    "einsum without an arrow": lambda x: np.einsum("ij,kj", x, B),
    "tensordot": lambda x: np.tensordot(x, A, ([1], [2])),
    "tensordot from the left": lambda x: np.tensordot(A, x, ([0 + 1, 2], [0, 1])),
    "slice": lambda x: x[1:, ::-2],
    "new axis": lambda x: x[..., None, 0],
    "integers": lambda x: x[:, [0, 3, 0]],
    "mask": lambda x: x[B > 1],
    "pairs": lambda x: x[[0, 1], [2, 3]],
    "roll": lambda x: np.roll(x, 1, axis=0),
    "split": lambda x: np.split(x, 2, axis=1)[1],
    "modf": lambda x: np.modf(x / 2)[0],
    "complex": lambda x: (x + 1j * B).conj().imag,
    "dtype": lambda x: x.astype(np.float32),
    "elements": lambda x: [*x][2],
}


@pytest.mark.parametrize("name", CALLS)
def test_numpy_does_to_many_arrays_what_it_does_to_each(name):
    rows = np.stack([B + k for k in range(5)])
    together = CALLS[name](Stacked(rows))
    alone = np.stack([CALLS[name](row) for row in rows])
    assert together.shape == alone.shape[1:]
    assert together.dtype == alone.dtype
    assert np.array_equal(together.rows, alone)


@pytest.mark.parametrize("take_out", [bool, float, int, np.asarray, np.array, list(range(3)).index])
def test_no_one_number_is_taken_out_of_many_arrays(take_out):
    with pytest.raises((TypeError, ValueError)):
        take_out(Stacked(np.ones((2,))))


def test_indices_that_would_put_their_axes_before_the_rows_are_refused():
    with pytest.raises(IndexError, match="stand apart"):
        Stacked(np.ones((2, 3, 3, 3)))[[0, 1], :, 0]

"""Dask's arrays: NumPy's numbers, in chunks, computed when they are asked for."""

import subprocess
import sys

import numpy as np
import pytest

from tinygrad_xor import Value, hessian, hvp, jacobian, value_and_grad
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam

dask = pytest.importorskip("dask", reason="pip install tinygrad-xor[dask]")
da = pytest.importorskip("dask.array", reason="pip install tinygrad-xor[dask]")

RNG = np.random.default_rng(0)
X, T, W, V = (RNG.normal(size=shape) for shape in ((60, 3), (60, 1), (3, 4), (4, 1)))
Y = 1.0 * (T > 0)


def least_squares(x, t, w):
    return np.sum((x @ w - t) ** 2) / len(x)


def logistic_regression(x, t, w, b):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def two_layers(x, t, w, v):
    return np.mean((np.tanh(x @ w) @ v - t) ** 2)


MODELS = [
    (least_squares, T, (W[:, :1],)),
    (logistic_regression, Y, (W[:, :1], 0.5)),
    (two_layers, T, (W, V)),
]


HOLD = {"NumPy's": Value, "Dask's": lambda p: Value(da.from_array(np.asarray(p)))}


def chunks(x, rows=7):
    return da.from_array(x, chunks=(rows, -1))


@pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)
@pytest.mark.parametrize(("model", "t", "parameters"), MODELS, ids=[m.__name__ for m, *_ in MODELS])
def test_models_on_chunked_data_give_numpys_loss_and_gradients_when_they_are_computed(
    model, t, parameters, hold
):
    plain = [Value(p) for p in parameters]
    expected = model(X, t, *plain)
    expected.backward()
    lazy = [hold(p) for p in parameters]
    loss = model(chunks(X), chunks(t), *lazy)
    loss.backward()
    assert all(isinstance(a, da.Array) for a in (loss.data, *(p.grad for p in lazy)))
    loss, *gradients = dask.compute(loss.data, *(p.grad for p in lazy))
    assert loss == pytest.approx(expected.data, rel=1e-10)
    for g, p in zip(gradients, plain, strict=True):
        np.testing.assert_allclose(g, p.grad, 1e-10, 1e-12)


def test_nothing_is_computed_before_it_is_asked_for():
    computed = []
    data = chunks(X).map_blocks(lambda block: computed.append(len(block)) or block, meta=X[:0])
    w = Value(W)
    loss = two_layers(data, chunks(T), w, V)
    loss.backward()
    gradient = w.grad
    assert computed == []
    with dask.config.set(scheduler="synchronous"):
        dask.compute(loss.data, gradient)
    assert sorted(computed) == [4, *[7] * 8]  # each block once, for both


def test_functions_of_plain_numpy_code_take_chunked_data():
    loss, g = value_and_grad(lambda w: two_layers(chunks(X), chunks(T), w, V))(W)
    expected_loss, expected = value_and_grad(lambda w: two_layers(X, T, w, V))(W)
    np.testing.assert_allclose(loss.compute(), expected_loss, 1e-10)
    np.testing.assert_allclose(g.compute(), expected, 1e-10)


def test_a_network_learns_from_chunked_data_as_from_plain():
    losses = []
    for x, y in ((X, Y), (chunks(X), chunks(Y))):
        model = Sequential([Dense(4, "tanh", input_dim=3), Dense(1, "sigmoid")], seed=0)
        optimizer, loss = Adam(model.parameters(), lr=0.1), BinaryCrossentropy()
        for _ in range(6):
            optimizer.zero_grad()
            out = loss(y, model(x))
            out.backward()
            optimizer.step()
        assert all(type(p.data) is np.ndarray for p in model.parameters())
        losses.append(out.item())
    assert losses[1] == pytest.approx(losses[0], rel=1e-10)


def test_fit_and_predict_gather_chunked_data():
    model = Sequential([Dense(1, "sigmoid", input_dim=3)], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="adam")
    model.fit(chunks(X), chunks(Y), epochs=1, verbose=0)
    assert np.array_equal(model.predict(chunks(X)), model.predict(X))


FUNCTIONS = {
    "maximum": lambda x: np.maximum(x, 0.1),
    "where": lambda x: np.where(x > 0, x, 0.1 * x),
    "clip": lambda x: np.clip(x, -1, 1),
    "sum over an axis": lambda x: np.sum(x, axis=1, keepdims=True),
    "max over an axis": lambda x: np.max(x, axis=0),
    "var": lambda x: np.var(x, axis=0),
    "logaddexp": lambda x: np.logaddexp(x, 0.0),
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True),
    "transpose": lambda x: np.transpose(x) @ x,
    "einsum": lambda x: np.einsum("ij,ik->jk", x, x),
    "concatenate": lambda x: np.concatenate([x, 2 * x], axis=1),
    "stack": lambda x: np.stack([x, x * x]),
    "a new axis": lambda x: x[:, None, :] * x[:, :, None],
    "slices": lambda x: x[1:40:2, 1],
    "one list of indices": lambda x: x[[0, 5, 5, 59]],
    "two lists of indices": lambda x: x[[0, 5, 5, 59], [0, 1, 1, 2]],
    "take": lambda x: np.take(x, [2, 0, 2], axis=1),
    "diagonal": lambda x: np.diag(x[:3]),
    "flip": lambda x: np.flip(x, axis=0) * x,
    "roll": lambda x: np.roll(x, 2, axis=1) * x,
    "reshape along an axis": lambda x: np.reshape(x, (60, 3, 1)) ** 2,
    "ravel": lambda x: np.ravel(x) ** 3,
    "square loss": lambda x: (x - 1.0) ** 2,
    "norm": np.linalg.norm,
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_of_chunked_values_give_numpys_gradients(f):
    plain, lazy = Value(X), Value(chunks(X))
    np.sum(np.sin(f(plain))).backward()
    np.sum(np.sin(f(lazy))).backward()
    assert isinstance(lazy.grad, da.Array)
    np.testing.assert_allclose(lazy.grad.compute(), plain.grad, 1e-10, 1e-12)


def test_second_derivatives_stay_in_chunks():
    def curvature(x, t):
        return hvp(lambda w: two_layers(x, t, w, V), (W,), (np.cos(W),))[1]

    lazy = curvature(chunks(X), chunks(T))
    assert isinstance(lazy, da.Array)
    np.testing.assert_allclose(lazy.compute(), curvature(X, T), 1e-10, 1e-12)


@pytest.mark.parametrize("hold", [np.asarray, da.from_array], ids=HOLD)
def test_all_second_derivatives_and_jacobians_too(hold):
    def of(x, t):
        function = lambda w: two_layers(x, t, w, V)
        return hessian(function)(hold(W)), jacobian(lambda w: x[:9] @ w)(hold(W))

    for lazy, plain in zip(of(chunks(X), chunks(T)), of(X, T), strict=True):
        assert isinstance(lazy, da.Array)
        np.testing.assert_allclose(lazy.compute(), np.asarray(plain), 1e-10, 1e-12)


def test_what_dask_cannot_is_said_in_a_sentence():
    x = Value(chunks(X))
    with pytest.raises(TypeError, match=r"reshape does not work with arrays of dask \(Array\)"):
        np.reshape(x, (45, 4))
    with pytest.raises(
        ValueError, match=r"fft cannot take shapes .* an axis that \nhas a single chunk"
    ):
        np.fft.fft(x, axis=0)
    with pytest.warns(FutureWarning, match=r"`numpy.linalg.eigvals` .* is not implemented by Dask"):
        np.linalg.eigvals(x[:3])  # Dask computes it at once, with NumPy


def test_numbers_of_a_lazy_value_are_computed_where_they_are_asked_for():
    y = np.mean(Value(chunks(X)))
    assert y.item() == pytest.approx(X.mean())
    assert np.allclose(Value(chunks(X)).tolist(), X)


LIMIT = 40 * 2**20  # bytes, for data of four times as many

WITHIN_A_LIMIT = """
import resource, sys
import numpy as np, dask, dask.array as da
from tinygrad_xor import Value
limit = int(sys.argv[1])
rows = 4 * limit // (8 * 128)

def block(block_info=None):
    (first, last), columns = block_info[None]["array-location"]
    return np.sin(np.arange(first * 128.0, last * 128.0)).reshape(-1, 128)

data = da.map_blocks(block, chunks=((2048,) * (rows // 2048), (128,)), dtype=float)
w, v = Value(np.full((128, 4), 0.1)), Value(np.ones((4, 1)))
warm = np.ones((2048, 128))
np.tanh(warm @ w.data), warm.T @ np.ones((2048, 4))  # what is loaded once, and BLAS's memory
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + limit, now + limit))
with dask.config.set(scheduler="synchronous"):
    loss = np.mean((np.tanh(data @ w) @ v - 1.0) ** 2)
    loss.backward()
    print(data.nbytes, *dask.compute(loss.data, np.sum(w.grad)))
    try:
        data.compute()
    except MemoryError:
        print("no place for all of it")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_memory_is_bounded_by_the_chunks_not_by_the_data():
    command = [sys.executable, "-c", WITHIN_A_LIMIT, str(LIMIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    numbers, at_once = done.stdout.splitlines()
    size, loss, slope = map(float, numbers.split())
    assert size == 4 * LIMIT
    assert np.isfinite([loss, slope]).all()
    assert at_once == "no place for all of it"  # so the limit is one

"""ONNX files: what onnxruntime computes from them is what is computed here."""

import re
from collections import Counter
from importlib.util import find_spec
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, nn
from tinygrad_xor.derivatives.activations import softplus
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.engine.table import find
from tinygrad_xor.exchange import forms, save_onnx, to_onnx
from tinygrad_xor.exchange.forms import FORMS
from tinygrad_xor.exchange.onnx import network_to_onnx
from tinygrad_xor.nn import Activation, Dense, Dropout, Flatten, Layer, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.program import TraceError, trace
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.trace import moved
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.strategies.inputs import sources

onnx = pytest.importorskip("onnx", reason="checks files by the library onnx: pip install onnx")
runtime = pytest.importorskip("onnxruntime", reason="runs files: pip install onnxruntime")

find(np.exp)
WRITTEN = tuple(name for name in ACTIVATIONS if name != "gelu" or find_spec("scipy"))
ENTRIES = {**{f"table {name}": e for name, e in TABLE.items()}, **COMPOSED}


def run(data, *inputs):
    """What onnxruntime gives, after the checker of ONNX has looked at the file."""
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    options = runtime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = runtime.InferenceSession(data, options)
    names = [x.name for x in session.get_inputs()]
    return session.run(None, dict(zip(names, map(np.asarray, inputs), strict=True)))


def assert_same(got, wanted, tolerance=1e-12):
    for a, b in zip(got, wanted, strict=True):
        assert (a.dtype, a.shape) == (np.asarray(b).dtype, np.shape(b))
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@st.composite
def dense_networks(draw, activations=WRITTEN, dtype=np.float64):
    """Networks of all layers that there are."""
    layers = [Flatten(input_shape=(2, 3))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        units, bias = draw(st.integers(1, 4)), draw(st.booleans())
        layers.append(Dense(units, draw(st.sampled_from(activations)), use_bias=bias))
        if draw(st.booleans()):
            layers.append(Dropout(0.5))
        if draw(st.booleans()):
            layers.append(Activation(draw(st.sampled_from(activations))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    for layer in layers:
        if isinstance(layer, Dense):
            layer.kernel_initializer = layer.bias_initializer = lambda _, shape: rng.normal(
                size=shape
            ).astype(dtype)
    model = Sequential(layers)
    model.build((2, 3))
    return model


@given(dense_networks(), st.integers(1, 9))
def test_a_network_predicts_the_same_in_onnxruntime_for_a_batch_of_any_size(model, batch):
    x = np.random.default_rng(batch).normal(size=(batch, 2, 3)) * 3
    assert_same(run(network_to_onnx(model, (2, 3)), x), [model.predict(x)])


@given(dense_networks(dtype=np.float32), st.integers(1, 5))
def test_a_network_of_float32_does_so_to_a_few_ulp(model, batch):
    x = np.random.default_rng(batch).normal(size=(batch, 2, 3)).astype(np.float32)
    (got,), wanted = run(network_to_onnx(model, (2, 3), np.float32), x), model.predict(x)
    assert got.dtype == wanted.dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_the_axis_of_the_batch_is_free_and_all_others_are_as_they_were(tmp_path):
    model = Sequential([Dense(3, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    session = runtime.InferenceSession(model.save(tmp_path / "xor.onnx"))
    (x,), (y,) = session.get_inputs(), session.get_outputs()
    assert (x.name, x.shape, x.type) == ("x", ["batch", 2], "tensor(double)")
    assert (y.name, y.shape) == ("output_0", ["batch", 1])


def test_a_tail_of_normal_numbers_keeps_its_digits_far_out():
    special = pytest.importorskip("scipy.special", reason="compares with it: pip install scipy")
    x = np.concatenate([np.linspace(-26, 26, 999), [0.0, 1e-300, 1e9, np.inf, -np.inf, np.nan]])
    for function in (special.erfc, special.ndtr):
        np.testing.assert_allclose(forms._SCIPYS[function.__name__](x), function(x), 5e-13, 0)
        (got,) = run(to_onnx(trace(function, x)), x)
        np.testing.assert_allclose(got, function(x), 5e-13, 0)


def test_what_is_looked_up_in_a_table_goes_in_as_whole_numbers(tmp_path):
    model = Sequential([nn.Embedding(5, 3, input_shape=(4,)), Flatten(), Dense(2)], seed=0)
    x = np.random.default_rng(0).integers(0, 5, (7, 4))
    for trainable in (True, False):
        model.layers[0].trainable = trainable
        data = model.save(tmp_path / "words.onnx").read_bytes()
        assert_same(run(data, x), [model.predict(x)])


class Windows(Layer):
    """Sums over pairs of neighbours, 0.5 beyond the ends, and what is above their mean."""

    def call(self, x):
        padded = np.pad(x, ((0, 0), (1, 1)), constant_values=0.5)
        sums = padded[:, 1:] + padded[:, :-1]
        both = np.concatenate([sums, x[:, ::-1], np.ones_like(x[:, :1])], axis=1)
        return np.where(both > np.mean(both, axis=1, keepdims=True), both, 0.0)


def test_a_layer_of_your_own_is_exported_by_what_it_computes():
    model = Sequential([Dense(4, input_dim=3), Windows(), Activation(np.arctan)], seed=0)
    model.build(3)
    data = network_to_onnx(model, (3,))
    for batch in (1, 2, 5):
        x = np.random.default_rng(batch).normal(size=(batch, 3))
        assert_same(run(data, x), [model.predict(x)])


def test_rows_may_be_examples_times_places():
    def convolved(x):
        windows = np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)
        rows = windows.reshape(x.shape[0] * 3, 2) @ np.array([[1.0, -1.0], [0.5, 2.0]])
        return np.max(rows.reshape(x.shape[0], 3, 2), axis=1)

    x = np.random.default_rng(0).normal(size=(5, 4))
    assert_same(run(network_to_onnx(convolved, (4,)), x), [convolved(x)])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x - x[:1], "from one example of a batch to another"),
        (lambda x: x[::-1], "from one example of a batch to another"),
        (lambda x: x / x.shape[0], "divide whose arguments depend on the number of examples"),
        (lambda x: np.concatenate([x, x]), "from one example of a batch to another"),
    ],
)
def test_a_function_that_mixes_examples_or_counts_them_is_refused(function, said):
    with pytest.raises(ValueError, match=said):
        network_to_onnx(function, (3,))


def test_examples_may_meet_in_a_mean_or_be_turned():
    x = np.random.default_rng(0).normal(size=(7, 3))
    for function in (lambda x: (x - x.mean(axis=0)) ** 2, lambda x: np.max(x.T, axis=1)):
        assert_same(run(network_to_onnx(function, (3,)), x), [function(x)])


def outcome(source, entry):
    """How one random call of an entry is exported; it fails if onnxruntime has other numbers."""
    call = gst.random_call(source, entry)
    here = [np.asarray(v.numpy())[()] for v in call.leaves]
    if not here:
        return "nothing to compute"

    def function(*leaves):
        out = call.at(*[Value(x) for x in leaves])
        return out.data if type(out) is Value else out

    with np.errstate(all="ignore"):
        try:
            program = trace(function, *here, constant_outputs=True)
        except TraceError:
            return "refused"
        try:
            data = to_onnx(program)
        except ValueError as error:
            named = re.match(r"ONNX has no counterpart of [\w.]+ .*: write it with", str(error))
            return "refused" if named else str(error)
        for numbers in (here, moved(here)):
            wanted = program(*numbers)
            wanted = wanted if isinstance(wanted, (list, tuple)) else [wanted]
            assert_same(run(data, *numbers), wanted)
    return "the same"


@pytest.mark.parametrize("name", ENTRIES)
@given(sources)
def test_an_entry_of_the_table_computes_the_same_in_onnxruntime_or_is_refused_by_name(name, source):
    assert outcome(source, ENTRIES[name]) in ("the same", "refused", "nothing to compute")


def test_two_of_three_of_numpys_functions_have_a_counterpart():
    numpys = {n: e for n, e in ENTRIES.items() if e.page != "special"}  # which is SciPy's
    kinds = {n: {outcome(Random(s), e) for s in range(2)} for n, e in numpys.items()}
    counts = Counter("refused" in found for found in kinds.values())
    assert counts[False] > 2 * counts[True]
    for name in ("sort", "inv", "fft", "erf"):
        assert "refused" in kinds.get(f"table {name}", {"refused"})


UFUNCS = [f for f in FORMS if isinstance(f, np.ufunc) and f.signature is None]
SPECIAL = [0.0, 1e-300, 1e-9, 0.3, 0.999, 1.0, 1.5, 20.0, 700.0, 1e8, 1e155, np.inf, np.nan]


@pytest.mark.parametrize("function", UFUNCS, ids=name_of)
def test_a_function_in_simpler_ones_keeps_its_digits_at_all_sizes(function):
    x = np.array([*SPECIAL, *(-n for n in SPECIAL[:-1])])
    x = x if function.nin == 1 else np.array(np.meshgrid(x, x)).reshape(2, -1)
    inputs = [x] if function.nin == 1 else list(x)
    with np.errstate(all="ignore"):
        try:
            wanted = function(*inputs)
        except TypeError:
            pytest.skip("not of real numbers")
        inside = np.isfinite(wanted) | np.isinf(wanted)
        got = FORMS[function](*inputs)
    if function.nin == 2:  # not between infinities, nor the angle of the origin
        inside &= np.isfinite(inputs[0]) & np.isfinite(inputs[1]) & np.any(inputs, axis=0)
    tolerance = {np.remainder: 1e-9, np.floor_divide: 1e-9}.get(function, 5e-13)
    np.testing.assert_allclose(got[inside], wanted[inside], rtol=tolerance, atol=0)


def a_step_of_training(w, x, t):
    loss = grad(lambda w: np.mean((softplus(x @ w) - t) ** 2))
    return w - 0.1 * loss(w)


def test_a_backward_pass_and_an_update_are_a_program_too(tmp_path):
    rng = np.random.default_rng(0)
    given = [rng.normal(size=shape) for shape in ((3, 2), (5, 3), (5, 2))]
    program = trace(a_step_of_training, *given)
    data = save_onnx(program, tmp_path / "step.onnx").read_bytes()
    assert_same(run(data, *given), [a_step_of_training(*given)])


@pytest.mark.parametrize(
    "function",
    [
        lambda x, n: x.astype(np.float32) * 2 + n,
        lambda x, n: (np.argmax(x, axis=1), np.argmin(x), x > n),
        lambda x, n: np.any(x > 0, axis=0) | ~np.all(x > 0, axis=0),
        lambda x, n: np.split(x, 3, axis=1)[1] @ np.ones((1, 2)) * n,
        lambda x, n: np.einsum("ij,kj->ik", x, x) ** n,
        lambda x, n: x[np.argsort(np.ones(2))][:, [2, 0]],
        lambda x, n: np.take(x, np.argmax(x, axis=0), axis=0) + x[np.argmax(x, axis=0)],
        lambda x, n: {"a": np.tensordot(x, x, 2), "b": (n, 2.5)},
    ],
)
def test_dtypes_shapes_and_forms_of_several_results_are_those_of_numpy(function):
    x, n = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]]), 2.0
    program = trace(function, x, n, constant_outputs=True)
    wanted = _leaves(program(x, n))
    assert_same(run(to_onnx(program), x, n), wanted)


def _leaves(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [y for x in tree for y in _leaves(x)] if isinstance(tree, (list, tuple)) else [tree]


def test_what_has_no_counterpart_is_refused_with_its_line_and_what_to_do():
    program = trace(np.linalg.inv, np.eye(2))
    with pytest.raises(
        ValueError, match=r"no counterpart of linalg\.inv \(at .*test_onnx\.py, lin"
    ):
        to_onnx(program)
    with pytest.raises(ValueError, match="for complex128 numbers"):
        to_onnx(trace(lambda x: np.abs(x * 1j), np.ones(2)))


def test_the_same_network_is_the_same_bytes(tmp_path):
    model = Sequential([Dense(3, "relu", input_dim=2)], seed=0)
    paths = [model.save(tmp_path / f"{name}.onnx") for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()

"""`compile`: what it traces, when it traces again, and what it says of itself."""

import sys

import numpy as np
import pytest

from tinygrad_xor import Value, compile, grad, value_and_grad
from tinygrad_xor.compiler import lowered, numpys
from tinygrad_xor.program import TraceError, trace
from tinygrad_xor.program.trace import same_bits

BACKENDS = ("numpy", "python", "native")


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_gradient_is_compiled_like_anything_else(backend):
    slope = compile(grad(rosenbrock), backend)
    x = np.array([0.3, -1.2, 2.0, 0.7])
    np.testing.assert_allclose(slope(x), grad(rosenbrock)(x), rtol=1e-14)
    np.testing.assert_allclose(slope(2 * x), grad(rosenbrock)(2 * x), rtol=1e-14)
    if backend == "numpy":
        assert same_bits(slope(x), grad(rosenbrock)(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_trees_go_in_and_come_out(backend):
    @compile
    def f(pair, *, scale):
        return {"sum": pair["a"] + pair["b"], "parts": [pair["a"] * scale, (pair["b"],)]}

    f.backend = backend
    got = f({"a": np.ones(2), "b": 2.0}, scale=3.0)
    assert got["sum"].tolist() == [3.0, 3.0]
    assert got["parts"][0].tolist() == [3.0, 3.0]
    assert got["parts"][1] == (2.0,)
    assert type(got["parts"][1][0]) is float


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("x", [2.0, np.float64(2), np.float32(2), 3, True, np.ones((0, 2))])
def test_numbers_stay_of_their_kind(x, backend):
    f = lambda x: (x + x, x > 1)
    for got, wanted in zip(compile(f, backend)(x), f(x), strict=True):
        assert same_bits(got, wanted)
        assert type(got) is type(wanted) or {type(got), type(wanted)} == {bool, np.bool}


def test_it_is_traced_once_for_each_kind_of_arguments():
    times = []

    @compile
    def f(x):
        times.append(np.shape(x))
        return x * 2.0

    f(np.ones(2))
    first = len(times)
    f(np.zeros(2))
    assert len(times) == first
    for other in (np.ones(3), np.ones(2, np.float32), 1.0, np.float64(1)):
        f(other)
        now = len(times)
        f(other)
        assert first < now == len(times)
        first = now


def test_static_arguments_decide_what_is_computed():
    @compile
    def f(x, kind):
        return np.sin(x) if kind == "sin" else np.cos(x)

    assert f(0.0, "sin") == 0.0
    assert f(0.0, "cos") == 1.0

    def powers(x, n):
        return [x**i for i in range(n)]

    assert compile(powers, static_argnames=["n"])(2.0, 3) == [1.0, 2.0, 4.0]
    assert compile(powers, static_argnames=["n"])(2.0, n=2) == [1.0, 2.0]
    with pytest.raises(TraceError, match="would become fixed"):
        compile(powers)(2.0, 3)
    with pytest.raises(ValueError, match=r"no parameters \['m'\]"):
        compile(powers, static_argnames=["m"])


def test_what_is_read_beside_the_arguments_is_fixed_at_the_first_call():
    w = np.array([1.0, 2.0])
    f = compile(lambda x: x @ w)
    assert f(np.ones(2)) == 3.0
    w[0] = 100.0
    assert f(np.ones(2)) == 3.0
    assert f(np.ones((1, 2))).tolist() == [102.0]  # of another shape: traced now


def test_a_branch_on_the_data_is_refused_with_its_line():
    with pytest.raises(TraceError, match=r"a branch on a traced array.*test_compile\.py"):
        compile(lambda x: x if x > 0 else -x)(1.0)


def test_values_are_handed_to_the_function_itself():
    f = compile(lambda x: np.sum(x * x))
    assert f(np.ones(2)) == 2.0
    x = Value([1.0, 2.0])
    f(x).backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert grad(f)(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_that_is_written_nowhere_runs_through_numpy_and_the_report_says_so(backend):
    f = compile(lambda a, b: np.linalg.solve(a, b) * 2.0, backend)
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    np.testing.assert_allclose(f(a, b), 2 * np.linalg.solve(a, b))
    if backend != "numpy":
        assert "linalg.solve" in f.report()


X = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75], [1.0, 1.5, -2.0]])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.diff(x, prepend=0.0),
        lambda x: np.diff(x, append=x[:, :1], axis=1),
        lambda x: np.diff(x, 2),
        lambda x: np.var(x, axis=1, correction=1),
        lambda x: np.std(x, where=x > 0),
        lambda x: np.var(x, mean=np.mean(x)),
        lambda x: np.trace(x, offset=1, dtype=np.float32),
        lambda x: np.square(x, dtype=np.float32),
        lambda x: np.logaddexp(x, 0.5, dtype=np.float64),
        lambda x: np.ptp(x, axis=0, keepdims=True),
        lambda x: np.clip(x, None, 1.0) + np.clip(x, min=0.5) + np.clip(x, 0, 1, dtype=np.float32),
        lambda x: np.linalg.norm(x, 2, axis=(0, 1)),
        lambda x: np.linalg.norm(x, 2, axis=1) + np.linalg.norm(x, "fro"),
    ],
)
def test_what_a_simpler_form_does_not_know_of_is_left_to_numpy(function):
    np.testing.assert_allclose(compile(function)(X), function(X), rtol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_decision_that_falls_otherwise_is_refused(backend):
    f = compile(value_and_grad(lambda x: np.arcsin(x) + np.abs(x) ** 1.5), backend)
    np.testing.assert_allclose(f(0.5)[1], 1 / np.sqrt(0.75) + 1.5 * np.sqrt(0.5))


def test_every_level_can_be_seen():
    f = compile(lambda x, y: np.exp(x) * y, "python")
    with pytest.raises(ValueError, match="nothing is compiled yet"):
        _ = f.program
    assert f.lower(1.0, 2.0).inputs[1].label == "y"
    assert "multiply(v2, v1)" in str(f.program)
    assert f.source.startswith("def f(x, y):")
    assert f.report() == f"python: 2 steps, {len(f.lower().steps)} operations on numbers"
    native = compile(lambda x, y: np.sqrt(x) * y, "native")
    native(1.0, 2.0)
    assert "call double @llvm.sqrt.f64(double %v0)" in native.source


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="backend='fortran': there are numpy, python, native"):
        compile(rosenbrock, "fortran")


def calls_to_compile(count, of_arrays):
    """How many functions Python calls to compile so many operations."""

    def chain(x):
        y = x
        for i in range(count // 4):
            y = np.sqrt(y * y + x) * (1.0 - 1e-6 * i)
        return y

    calls = 0

    def note(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    x = np.full(3, 2.0) if of_arrays else 2.0
    f = compile(chain, "native")
    sys.setprofile(note)
    try:
        f(x)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("of_arrays", [False, True])
def test_twice_the_operations_take_twice_the_work_to_compile(of_arrays, monkeypatch):
    monkeypatch.setattr(lowered, "SMALL", 100)
    calls_to_compile(400, of_arrays)  # which imports what it needs
    once, twice = (calls_to_compile(n, of_arrays) for n in (600, 1200))
    assert twice < 2.1 * once


def instructions_to_write(count):
    """How many instructions Python runs to write NumPy's source of so many steps."""
    program, done = trace(lambda x: [x := np.sin(x) for _ in range(count)][-1], 1.0), 0

    def note(frame, event, argument):
        nonlocal done
        frame.f_trace_opcodes = True
        done += event == "opcode"
        return note

    sys.settrace(note)
    try:
        numpys.source(program)
    finally:
        sys.settrace(None)
    return done


def test_twice_the_steps_take_twice_the_work_to_write_as_calls_of_numpy_s():
    instructions_to_write(10)
    assert instructions_to_write(400) < 2.1 * instructions_to_write(200)

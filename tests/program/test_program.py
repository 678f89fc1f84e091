"""A program: runs, prints, compares, prunes, is saved and loaded."""

import json

import numpy as np
import pytest

from tinygrad_xor import grad
from tinygrad_xor.program import Program, Variable, register, trace
from tinygrad_xor.program.trace import same_bits

X = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]])


def softmax_of_squares(x, c):
    z = x**2 + c["shift"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return {"p": e / e.sum(axis=1, keepdims=True), "shift": c["shift"] * 2}


@pytest.fixture
def program():
    return trace(softmax_of_squares, X, {"shift": 0.5})


def test_it_runs_on_other_numbers_and_keeps_the_form(program):
    other = X[::-1] * 1.5
    wanted = softmax_of_squares(other, {"shift": -1.0})
    got = program(other, {"shift": -1.0})
    assert got.keys() == wanted.keys()
    assert same_bits(got["p"], wanted["p"])
    assert type(got["shift"]) is float
    assert got["shift"] == -2.0


def test_it_prints_as_text(program):
    assert str(program).splitlines()[:4] == [
        "v0 = input()  # (2, 3) float64, x",
        "v1 = input()  # () float, c['shift']",
        "v2 = pow(v0, 2)  # (2, 3) float64",
        "v3 = add(v2, v1)  # (2, 3) float64",
    ]
    assert str(program).splitlines()[-1] == "return v8, v9"


def test_programs_of_the_same_steps_are_equal_and_hash_alike(program):
    again = trace(softmax_of_squares, 2 * X, {"shift": 0.25})
    assert program == again
    assert hash(program) == hash(again)
    assert program != trace(lambda x, c: x**2 + c["shift"], X, {"shift": 0.5})


@pytest.mark.parametrize(("a", "b"), [(0.0, -0.0), (1, 1.0), (1, True)])
def test_numbers_that_only_compare_equal_make_programs_differ(a, b):
    first, second = (trace(lambda x, c=c: x * c, X) for c in (a, b))
    assert first.steps != second.steps


def test_a_program_called_on_values_is_differentiable(program):
    wanted = grad(lambda x: np.sum(softmax_of_squares(x, {"shift": 0.5})["p"][:, 0]))(X)
    got = grad(lambda x: np.sum(program(x, {"shift": 0.5})["p"][:, 0]))(X)
    np.testing.assert_array_equal(got, wanted)


def test_a_program_can_be_traced_itself(program):
    assert trace(program, X, {"shift": 0.5}).steps == program.steps


def test_steps_that_no_output_needs_are_pruned(program):
    first = Program(program.inputs, program.steps, (Variable(3),), program.takes, program.takes)
    assert len(first.pruned().steps) == 2
    assert first.pruned().outputs == (Variable(3),)


def test_a_step_whose_shape_depends_on_numbers_is_not_pruned_and_refuses_another_shape():
    def share_above_zero(x):
        return x.sum() / len(np.flatnonzero(x > 0))

    program = trace(share_above_zero, np.where(X > 0, X, -1.0))
    with pytest.raises(ValueError, match=r"flatnonzero.* gave shape \(6,\) .* and \(3,\)"):
        program(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((X[:1], {"shift": 0.5}), r"input x .* shape \(2, 3\) and dtype float64, not \(1, 3\)"),
        ((X.astype(np.float32), {"shift": 0.5}), "not .* float32"),
        ((X, 0.5), "takes other arguments"),
        ((X,), "takes other arguments"),
    ],
)
def test_arguments_of_another_shape_dtype_or_form_are_refused(program, arguments, said):
    with pytest.raises(ValueError, match=said):
        program(*arguments)


def test_numbers_of_python_leave_float32_what_it_is():
    x = np.array([1.0, 2.0], dtype=np.float32)
    program = trace(lambda x, s: x * s, x, 2.0)
    assert program(x, 3.0).dtype == np.float32
    assert program(x, 3).dtype == np.float32
    assert trace(lambda x, s: x * s, x, np.float64(2.0))(x, 3.0).dtype == np.float64


# -- saved and loaded -----------------------------------------------------------------------------


def test_a_loaded_program_is_equal_and_gives_the_same_bits(program):
    loaded = Program.from_json(program.to_json())
    assert loaded == program
    assert same_bits(loaded(X, {"shift": 0.5})["p"], program(X, {"shift": 0.5})["p"])


def test_constants_slices_dtypes_and_special_numbers_are_saved():
    table = np.array([[np.nan, -0.0, np.inf]], dtype=np.float32)

    def f(x):
        y = np.where(np.isnan(table), x[..., ::-1], x).astype(np.complex128)
        return y * 1j + np.inf, np.linalg.norm(x, ord=np.inf), np.add.reduce(x, axis=(0, 1))

    program = trace(f, X)
    loaded = Program.from_json(program.to_json())
    assert loaded == program
    assert all(map(same_bits, loaded(X), f(X)))


@pytest.mark.parametrize("name", ["save", "os.system", "copyto", "add.at", "eval", "add.__call__"])
def test_a_file_cannot_call_what_is_not_in_the_table(program, name):
    content = json.loads(program.to_json())
    content["steps"][0]["function"] = name
    with pytest.raises(ValueError, match="no function called"):
        Program.from_json(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("steps"),
        lambda c: c["steps"][0].update(inputs={"tuple": [{"v": 7}]}),
        lambda c: c["steps"][0].update(inputs={"tuple": [{"v": -1}]}),
        lambda c: c["steps"][0].update(inputs={"tuple": [{"object": 1}]}),
        lambda c: c["steps"][0].update(dtype="object"),
        lambda c: c.update(outputs={"tuple": [{"v": 70}, 1]}),
        lambda c: c.update(inputs=3),
    ],
)
def test_what_is_no_program_is_refused(program, change):
    content = json.loads(program.to_json())
    change(content)
    with pytest.raises(ValueError, match=r"program|dtype"):
        Program.from_json(json.dumps(content))


def test_a_function_without_a_name_is_not_saved_and_a_name_is_given_once():
    ufunc = np.frompyfunc(lambda x: x, 1, 1)
    register("test.identity", ufunc)
    with pytest.raises(ValueError, match="already"):
        register("test.identity", np.sin)

"""Tracing: what is recorded, and what is refused with the line that did it."""

import copy
import inspect
import math
import random

import numpy as np
import pytest

from tinygrad_xor import Value, grad, hessian, hvp, jvp
from tinygrad_xor.program import TraceError, one_step, trace
from tinygrad_xor.program.recorder import Recorder
from tinygrad_xor.program.trace import same_bits

X = np.array([1.0, -2.0, 3.0])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize(
    "f",
    [
        grad(rosenbrock),
        lambda x: hvp(rosenbrock, (x,), (np.ones(3),)),
        lambda x: jvp(rosenbrock, (x,), (x * 2,)),
        hessian(rosenbrock),
        grad(lambda x: np.sum(grad(lambda y: np.sum(np.tanh(y) ** 3))(x) ** 2)),
    ],
    ids=["grad", "hvp", "jvp", "hessian", "grad of grad"],
)
def test_transforms_are_traced_like_anything_else(f):
    program = trace(f, X)
    there = np.array([0.3, 0.7, -1.1])
    got, wanted = program(there), f(there)
    pairs = zip(got, wanted, strict=True) if isinstance(got, tuple) else [(got, wanted)]
    assert all(same_bits(a, b) for a, b in pairs)


def test_a_mask_is_computed_anew_for_other_numbers():
    program = trace(grad(lambda x: np.sum(np.where(x > 0, x * x, 0.0))), X)
    assert program(-X).tolist() == [0.0, 4.0, 0.0]


def test_values_among_the_outputs_are_their_data():
    program = trace(lambda x: Value(x) * 2.0, X)
    assert program(X).tolist() == [2.0, -4.0, 6.0]


def test_weights_of_a_model_that_are_no_arguments_are_constants():
    w = Value([1.0, 2.0, 3.0])
    program = trace(lambda x: np.sum(w * x), X)
    assert program(np.ones(3)) == 6.0
    assert trace(lambda x: np.sum(Value(2.0) * x), 1.0)(3.0) == 6.0


def test_in_place_operators_on_arrays_of_ones_own_are_recorded():
    def f(x):
        total = np.zeros(3) + x
        total += x
        total **= 2
        return total

    assert trace(f, X)(np.ones(3)).tolist() == [4.0, 4.0, 4.0]


def test_products_of_complex_scalars_round_as_python_rounds_them():
    program = trace(lambda z, w: z * w, np.complex128(1 + 2j), np.complex128(2 - 1j))
    source = np.random.default_rng(0)
    for z, w in source.normal(size=(200, 2)) + 1j * source.normal(size=(200, 2)):
        assert same_bits(program(z, w), z * w)


def test_an_array_that_is_added_to_in_place_keeps_its_dtype():
    def f(x, y):
        total = x * 2
        total += y
        return total

    x = np.ones(3, dtype=np.float32)
    assert trace(f, x, X)(x, X).dtype == np.float32


@pytest.mark.parametrize("seen", ["by a step", "by another name", "by nobody"])
def test_a_number_becomes_pythons_in_the_step_that_made_it_only_if_nobody_else_sees(seen):
    with (recorder := Recorder()):
        total = np.sum(recorder.input(X, "x"))
        other = total * 2 if seen == "by a step" else total.copy() if "name" in seen else None
        number = total.item()
    assert type(number.computed) is float
    assert recorder.steps[0].weak == (other is None)
    assert [step.name for step in recorder.steps].count("item") == (other is not None)


def test_a_constant_is_kept_as_it_was():
    c = np.ones(3)
    program = trace(lambda x: x * c, X)
    c[:] = 0.0
    assert program(X).tolist() == X.tolist()


def test_a_check_of_the_numbers_is_no_dead_step():
    program = trace(lambda a, w: np.average(Value(a), weights=w).data, X, np.ones(3))
    assert program(X, np.array([1.0, 2.0, 1.0])) == 0.0
    with pytest.raises(ZeroDivisionError, match="the weights sum to zero"):
        program(X, np.array([1.0, -2.0, 1.0]))


def test_a_power_that_becomes_complex_is_noticed():
    program = trace(lambda x: x**0.5, 2.0)
    with pytest.raises(ValueError, match="complex128 here"):
        program(-2.0)


def test_copies_have_a_memory_of_their_own():
    def f(x):
        y, z = copy.copy(x), copy.deepcopy(x)
        y += 1.0
        z *= 2.0
        return x, y, z

    assert [y.tolist() for y in trace(f, X)(np.ones(3))] == [[1.0] * 3, [2.0] * 3, [2.0] * 3]


@pytest.mark.parametrize(
    ("f", "here", "there"),
    [
        (lambda n: n * n + 1, 3, 2**40),
        (lambda n: (n // 3, n % 3, -n, abs(n), n / 7), -5, -(10**17)),
        (lambda x: (x // 0.1, x % 0.1, x**3, abs(x) ** 0.3), 1.0, -7.3),
        (lambda x: np.sum(x) ** 1.7, np.array([1.0, 2.0]), np.array([0.3, 0.9])),
        (lambda z: z * z / (z + 1) * 1j, np.complex128(1 + 2j), np.complex128(0.3 - 1.7j)),
        (lambda z: z * z / (z + 1), 1 + 2j, 0.3 - 1.7j),
        (lambda x: x.mean() ** 2 * x, np.ones(2, np.float32), np.array([0.1, 0.7], np.float32)),
    ],
)
def test_numbers_are_computed_as_by_python_and_numpy_with_the_same_kind_of_result(f, here, there):
    got, wanted = trace(f, here)(there), f(there)
    pairs = zip(got, wanted, strict=True) if isinstance(got, tuple) else [(got, wanted)]
    for a, b in pairs:
        assert type(a) is type(b)
        assert np.array_equal(a, b)


def test_results_of_several_arrays_are_taken_apart():
    def f(a):
        values, vectors = np.linalg.eigh(a)
        q, r = np.linalg.qr(a)
        return np.split(values, 3)[1], vectors @ r, q

    a = np.diag(X) + 0.1
    program = trace(f, a)
    other = np.diag([4.0, 1.0, -2.0]) + 0.3
    assert all(map(same_bits, program(other), f(other)))


@one_step
def newton_root(x):
    y = 1.0
    while abs(y * y - x) > 1e-12:
        y = (y + x / y) / 2
    return y


def test_a_function_that_branches_can_be_one_step():
    program = trace(lambda x: newton_root(x) * 2, 2.0)
    assert [step.name for step in program.steps] == [f"{__name__}.newton_root", "multiply"]
    assert program(9.0) == pytest.approx(6.0)


# -- what would be silently wrong ------------------------------------------------------------------

KEPT = []
COUNT = [0]
PLAIN = np.arange(5.0)


def branches(x):
    return x if x.sum() > 0 else -x


def loops(x):
    while np.max(x) < 10:
        x = x * 2
    return x


def takes_a_float(x):
    return x * float(x[0])


def tries_to_take_a_float(x):
    try:
        return x * float(x[0] > -100)
    except TypeError:
        return x


def takes_a_root(x):
    return x * math.sqrt(x[0])


def counts_with_it(x):
    return np.zeros(int(x[0])) + x


def lists_it(x):
    return x * x.tolist()[0]


def makes_a_plain_array(x):
    return np.asarray(x) * 2


def makes_an_array_of_elements(x):
    return np.array([x[0], x[1]])


def indexes_a_plain_array(x):
    return PLAIN[x.argmax()] * x


def writes_an_element(x):
    y = x * 2
    y[0] = 1.0
    return y


def writes_into_a_plain_array(x):
    out = np.zeros(3)
    out[:] = x
    return out + x


def writes_by_out(x):
    out = np.zeros(3)
    np.multiply(x, 2, out=out)
    return out


def writes_by_place(x):
    y = x * 2
    np.place(y, y > 0, 0.0)
    return y


def adds_at(x):
    out = x * 0
    np.add.at(out, [0, 0], x[:2])
    return out


def writes_by_a_parameter(x):
    return np.nan_to_num(x * 2, copy=False)


def writes_by_another_parameter(x):
    return np.median(x, overwrite_input=True)


def gives_back_what_it_kept(x):
    KEPT.append(x)
    return x * 1.0, KEPT[-2] if len(KEPT) > 2 else x


def sorts_in_place(x):
    y = x * 2
    y.sort()
    return y


def writes_into_its_argument(x):
    x += 1.0
    return x


def writes_into_a_view_of_its_argument(x):
    y = x.reshape(3, 1)
    del x
    y += 1.0
    return y


def uses_a_view_after_a_write(x):
    y = x * 2
    view = y[:2]
    y += 1.0
    return view + y[:2]


def uses_another_name_after_a_write(x):
    y = x * 2
    z = y
    y += 1.0
    return z


def draws(x):
    return x * np.random.default_rng().normal(size=3)


def decides_by_a_draw(x):
    return x * 2 if random.random() < 2 else x


def keeps_a_count(x):
    COUNT[0] += 1
    return x * COUNT[0]


def does_more_each_time(x):
    COUNT[0] += 1
    for _ in range(COUNT[0]):
        x = x + 1.0
    return x


def keeps_an_array(x):
    KEPT.append(x)
    return KEPT[0] * x


def returns_text(x):
    return str(x.shape) + "!", object()


@pytest.mark.parametrize(
    ("f", "said", "code"),
    [
        (branches, "a branch on a traced array", "if x.sum() > 0"),
        (loops, "a branch on a traced array", "while np.max(x)"),
        (takes_a_float, r"float\(x\)", "float(x[0])"),
        (tries_to_take_a_float, r"float\(x\)", "float(x[0] > -100)"),
        (takes_a_root, r"float\(x\)", "math.sqrt"),
        (counts_with_it, r"int\(x\)", "int(x[0])"),
        (lists_it, "tolist", "x.tolist"),
        (makes_a_plain_array, "into a plain one", "np.asarray"),
        (makes_an_array_of_elements, "a traced array", "np.array("),
        (indexes_a_plain_array, "np.take_along_axis", "PLAIN[x.argmax()]"),
        (writes_an_element, "writes into an array", "y[0] = 1.0"),
        (writes_into_a_plain_array, "into a plain one", "out[:] = x"),
        (writes_by_out, "a plain array, which a program does not have", "out=out"),
        (writes_by_place, "writes into an array", "np.place"),
        (adds_at, "write into arrays", "np.add.at"),
        (writes_by_a_parameter, "writes into an array", "nan_to_num"),
        (writes_by_another_parameter, "overwrite_input= writes", "median"),
        (sorts_in_place, "sort", "y.sort()"),
        (writes_into_its_argument, "an argument would be written into", "x += 1.0"),
        (writes_into_a_view_of_its_argument, "an argument would be", "y += 1.0"),
        (uses_a_view_after_a_write, "was written into at", "return view"),
        (draws, "draws random numbers", "default_rng"),
        (decides_by_a_draw, "draws random numbers", "def decides_by_a_draw"),
        (keeps_a_count, "keeps a state", "x * COUNT[0]"),
        (does_more_each_time, "takes more steps", "x = x + 1.0"),
        (keeps_an_array, "after trace", "KEPT[0] * x"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_it_is_refused_with_the_line_of_the_user(f, said, code):
    lines, first = inspect.getsourcelines(f)
    line = first + next(i for i, text in enumerate(lines) if code in text)
    with pytest.raises(TraceError, match=said) as caught:
        trace(f, X)
    assert f"{__file__}, line {line}" in str(caught.value)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (uses_another_name_after_a_write, "was written into"),
        (gives_back_what_it_kept, "outside of the function kept a traced array"),
        (returns_text, "the function returned it"),
    ],
)
def test_other_things_are_refused_too(f, said):
    KEPT.clear()
    with pytest.raises(TraceError, match=said):
        trace(f, X)


def test_an_output_that_depends_on_no_input_is_refused_unless_it_is_meant():
    with pytest.raises(TraceError, match=r"output 1, .* depends on none of the inputs"):
        trace(lambda x: (x, PLAIN), X)
    assert trace(lambda x: (x, 3.0), X, constant_outputs=True)(X)[1] == 3.0


def test_a_state_that_only_the_plain_run_sees_is_refused():
    calls = []

    def f(x):
        calls.append(1)
        return x * 2 if len(calls) < 3 else x * 3

    with pytest.raises(TraceError, match="the function gives"):
        trace(f, X)


def test_a_model_that_changes_its_own_weights_is_refused():
    w = Value(X)

    def f(x):
        w.data = w.data - x
        return w.data

    with pytest.raises(TraceError, match="cannot be traced"):
        trace(f, X)


def test_another_second_point_can_be_chosen():
    def f(n):
        return n * 2 if n.dtype.kind == "i" else n

    assert trace(f, np.array([1, 2]), at=(np.array([3, 4]),))(np.array([5, 6])).tolist() == [10, 12]


def test_a_trace_inside_of_a_trace_is_refused():
    with pytest.raises(TraceError, match="one function at a time"):
        trace(lambda x: trace(lambda y: y * x, X)(x), X)


def test_a_transposed_matrix_that_is_no_argument_stays_one_in_memory():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 3)), rng.normal(size=(70, 20))
    program = trace(lambda y: x.T @ y, y)  # which compares every bit
    (constant, _) = program.steps[0].inputs
    assert constant.data.flags.f_contiguous
    assert not constant.data.flags.c_contiguous

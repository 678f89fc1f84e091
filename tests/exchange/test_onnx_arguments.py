"""Each argument that a NumPy function takes is honoured in an ONNX file, or refused by name."""

import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.exchange import forms, moves, operators, to_onnx
from tinygrad_xor.program import TraceError, trace
from tinygrad_xor.program.functions import FUNCTIONS, name_of

runtime = pytest.importorskip("onnxruntime", reason="runs files: pip install onnxruntime")

X = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
Y = X[::-1] + 1.5
SQUARE = np.arange(9.0).reshape(3, 3) - 2.3
MASK = np.array([[True, False, True], [True, True, False]])
WRITTEN = {
    *(np.where, np.einsum, *operators.ELEMENTWISE, *operators.LOGIC, *operators.REDUCTIONS),
    *(*operators.PLACES, *operators.RUNNING_SUMS, *operators.FILLED, *moves.MOVES, *forms.FORMS),
}
#: What each is called with; others with an array, or with two.
CALLS = {
    function: args
    for functions, args in [
        ([np.where], (X > 0, X, Y)),
        ([np.einsum], ("ij,kj->ik", X, Y)),
        ([np.matmul, np.linalg.matmul, np.dot], (X, Y.T)),
        ([np.inner, np.tensordot, np.outer, np.vdot, np.vecdot, np.append], (X, Y)),
        ([np.linalg.outer, np.meshgrid], (X[0], Y[0])),
        ([np.trace, np.diagonal, np.linalg.diagonal, np.diag], (SQUARE,)),
        ([np.concatenate, np.stack, np.vstack, np.hstack], ([X, Y, 2 * Y],)),
        ([np.dstack, np.column_stack, np.block], ([X, Y],)),
        ([np.broadcast_arrays], (X, Y[0])),
        ([np.broadcast_to], (X, (4, 2, 3))),
        ([np.reshape], (X, (3, 2))),
        ([np.take], (X, [[5, -1]])),
        ([np.swapaxes, np.moveaxis], (X, 0, 1)),
        ([np.rollaxis, np.delete, np.roll, np.pad], (X, 1)),
        ([np.tile, np.repeat, np.array_split, np.vsplit], (X, 2)),
        ([np.resize], (X, (3, 3))),
        ([np.split, np.hsplit], (SQUARE, 3)),
        ([np.dsplit], (np.ones((2, 2, 2)), 2)),
        ([np.squeeze], (X[None],)),
        ([np.expand_dims, FUNCTIONS["getitem"]], (X, 0)),
        ([FUNCTIONS["sliding_window_view"]], (X, 2, 1)),
        ([FUNCTIONS["item"]], (X[:1, :1],)),
        ([np.clip], (X, -1.0, 1.0)),
        ([FUNCTIONS[name] for name in ("pow", "operator.mod", "operator.floordiv")], (X, Y)),
        (operators.BITWISE, (X > 0, Y > 0)),
        ([np.invert], (X > 0,)),
        ([getattr(np, "matvec", None)], (X, Y[0])),  # new in NumPy 2.2
        ([getattr(np, "vecmat", None)], (X[0], SQUARE)),
    ]
    for function in functions
}
#: What each argument may be.
VALUES = {
    name: values
    for names, values in [
        ("axis axes", [None, 0, 1, -1, (0, 1), (), (-1,), ([1], [1]), 2]),
        ("axis1 axis2 source destination start shift", [0, 1, -1]),
        ("keepdims copy subok sparse optimize writeable", [True, False]),
        ("offset k n decimals obj", [0, 1, -1]),
        ("ddof correction initial nan posinf neginf", [0, 1, 0.5, -3]),
        ("min max a_min a_max mean constant_values", [None, 0.5, 1]),
        ("end_values stat_length", [1]),
        ("prepend append values", [7.0, 2, X[:1, :1], X]),
        ("dtype", [np.float32, np.int64, np.float64, bool]),
        ("casting", ["unsafe", "same_kind"]),
        ("order", "CFAK"),
        ("ord", [None, 1, 2, np.inf, "fro", 3]),
        ("where", [MASK, MASK[0]]),
        ("mode", ["raise", "wrap", "clip", "edge", "reflect", "symmetric", "linear_ramp", "mean"]),
        ("reflect_type", ["odd", "even"]),
        ("indexing", ["xy", "ij"]),
        ("shape", [(3, 2), (2, 3), 6]),
        ("indices", [[1, 0], 2]),
        ("indices_or_sections", [[1], 1]),
        ("device", [None, "cpu"]),
    ]
    for name in names.split()
}
#: What is written into, is no argument of a program, or stands among the arguments above.
NOT_TRIED = {"out", "like", "x", "kwargs", "xi", "args"}


def names_of(function):
    """The arguments that it takes by name."""
    if isinstance(function, np.ufunc):
        return [
            "dtype",
            "casting",
            "order",
            "subok",
            *(["axes", "axis"] if function.signature else []),
        ]
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return ["axis", "dtype", "keepdims", "initial", "where"]
    about = inspect.signature(function).parameters.values()
    return [p.name for p in about if p.kind is not p.POSITIONAL_ONLY and p.name not in NOT_TRIED]


def called(function):
    """What it is called with when nothing is drawn."""
    return CALLS.get(function) or (X, Y)[: getattr(function, "nin", 1)]


@st.composite
def calls(draw, function):
    """Arguments by position and by name, with one or two more than it needs."""
    args = called(function)
    names = names_of(function)
    if not isinstance(getattr(function, "__self__", function), np.ufunc):
        at = list(inspect.signature(function).parameters)
        names = [name for name in names if name not in at[: len(args)]]
    chosen = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
    return args, {name: draw(st.sampled_from(VALUES[name])) for name in chosen}


def leaves(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [y for x in tree for y in leaves(x)] if isinstance(tree, (list, tuple)) else [tree]


def is_array(x):
    return isinstance(x, np.ndarray)


def outcome(function, args, named):
    """Whether onnxruntime gives what NumPy does; what was refused, and by whom."""
    arrays = [x for x in leaves([args, named]) if is_array(x)]

    def computed(*arrays):
        rest = iter(arrays)

        def filled(x):
            if isinstance(x, dict):
                return {name: filled(y) for name, y in x.items()}
            if isinstance(x, (list, tuple)):
                return type(x)(map(filled, x))
            return next(rest) if is_array(x) else x

        everything = filled([args, named])
        return function(*everything[0], **everything[1])

    with np.errstate(all="ignore"):
        try:
            wanted = computed(*arrays)
        except (TypeError, ValueError, IndexError):  # NumPy's own
            return "NumPy's error"
        try:
            program = trace(computed, *arrays, constant_outputs=True)
        except TraceError:
            return "not traced"
        try:
            data = to_onnx(program)
        except ValueError as error:
            by_name = re.match(r"ONNX has no (counterpart of [\w.]+|operators for)", str(error))
            return "refused" if by_name else str(error)
        got = run(data, *arrays)
    for a, b in zip(got, map(np.asarray, leaves(wanted)), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        tolerance = 1e-5 if b.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    return "the same"


def run(data, *inputs):
    options = runtime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = runtime.InferenceSession(data, options)
    names = [x.name for x in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))


FUNCTIONS_WRITTEN = sorted(WRITTEN, key=name_of)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", FUNCTIONS_WRITTEN, ids=name_of)
@given(st.data())
def test_each_argument_is_honoured_or_refused_by_name(function, data):
    args, named = data.draw(calls(function))
    assert outcome(function, args, named) in ("the same", "refused", "not traced", "NumPy's error")


@pytest.mark.parametrize("function", FUNCTIONS_WRITTEN, ids=name_of)
def test_without_any_more_than_it_needs_it_is_written(function):
    assert outcome(function, called(function), {}) == "the same"


NUMBERS, PLACES = np.array([2, 0, -1]), np.array([[7, -5], [1, 0]])


@pytest.mark.parametrize(
    ("function", "args", "named"),
    [
        (np.reshape, (X, (3, 2)), {"order": "F"}),
        (np.reshape, (X, (3, 2), "F"), {}),
        (np.reshape, (X, -1), {"order": "F"}),
        (np.ravel, (X,), {"order": "F"}),
        (np.take, (X, NUMBERS), {}),
        (np.take, (X,), {"axis": 1, "indices": NUMBERS}),
        (np.take, (X, PLACES), {"mode": "wrap"}),
        (np.take, (X, PLACES, 1), {"mode": "wrap"}),
        (np.take, (X, PLACES, 1), {"mode": "clip"}),
        (np.take, (X, PLACES), {"mode": "clip"}),
        (np.append, (X, 2), {}),
        (np.append, (X, [[1, 2, 3]]), {"axis": 0}),
        (np.append, (), {"arr": X, "values": Y, "axis": 1}),
        (np.hstack, ([X[0], 1, 0.0],), {}),
        (np.block, ([X[0], 3, X[0]],), {}),
        (np.stack, (), {"arrays": [X, Y], "axis": -1}),
        (np.transpose, (), {"a": X, "axes": (1, 0)}),
        (np.moveaxis, (), {"a": X, "source": 0, "destination": 1}),
        (np.pad, (), {"array": X, "pad_width": 1, "mode": "edge"}),
        (np.zeros_like, (), {"a": X}),
        (np.argmax, (X,), {"keepdims": True}),
        (np.less, (X, Y), {"dtype": bool}),
        (np.logical_and.reduce, (X,), {"initial": -3}),
        (np.add, (X, Y), {"dtype": np.float32}),
    ],
    ids=lambda x: name_of(x) if callable(x) else "",
)
def test_what_was_once_written_otherwise_is_honoured(function, args, named):
    assert outcome(function, args, named) == "the same"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: np.ravel(x, "A"), "ravel with order='A', by how the numbers lie in memory"),
        (lambda x: np.reshape(x.T, (2, 3), order="A"), "reshape with order='A'"),
        (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), "pad with mode='reflect'"),
        (lambda x: np.roll(x, np.argmax(x)), "roll to places that are computed"),
        (lambda x: np.add(x, x, casting="unsafe"), "add with casting="),
        (lambda x: np.mean(x, dtype=bool), "mean of truth values"),
        (lambda x: np.cumsum(x, dtype=bool), "cumsum of truth values"),
        (lambda x: np.std(x, where=x > 0), "std"),
        (lambda x: np.diff(x, prepend=0.0), "diff"),
        (lambda x: np.linalg.norm(x, 2, axis=(0, 1)), "linalg.norm"),
    ],
)
def test_what_is_not_written_is_refused_with_its_name(function, said):
    with pytest.raises(ValueError, match=f"no counterpart of {re.escape(said)}"):
        to_onnx(trace(function, X))

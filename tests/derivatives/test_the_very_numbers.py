"""Every NumPy function of the table, in every mixture of dtypes: NumPy's number, dtype and shape.

A float of Python's, a number of NumPy's and an array without axes are three things in NumPy: what
meets the first keeps its dtype, what meets the others does not.
"""

import random

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import Composition
from tinygrad_xor.engine.table import BY_FUNCTION
from tinygrad_xor.testing.calls import domain_of, random_shapes_and_params
from tinygrad_xor.testing.draws import random_array

REAL = [np.float64] * 3 + [np.float32] * 2 + [np.float16]
COMPLEX = [np.complex64, np.complex128]
#: The lengths of axes in samples, and those that are taken for them too, where the function can.
LONGER = {2: [2, 2, 11], 3: [3, 3, 9]}
FUNCTIONS = {
    function: entry
    for function, entry in BY_FUNCTION.items()
    if isinstance(function, np.ufunc) or (function.__module__ or "").startswith("numpy")
}


def leaves(result):
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [x for part in parts for x in (leaves(part) if part is not result else [part])]


def is_weak(x):
    return isinstance(x, (float, complex)) and not isinstance(x, np.generic)


def same_bits(a, b):
    """Equal in shape, dtype and every bit, but for the payload of a NaN."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real) and same_bits(a.imag, b.imag)
    return bool(np.all(((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))))


def draw(source, entry):
    """Inputs and parameters, with a dtype for each input; None where a sample is not possible."""
    shapes, params = random_shapes_and_params(source, entry)
    longer = {n: source.choice(lengths) for n, lengths in LONGER.items()}
    inputs = []
    for i, shape in enumerate(shapes):
        dtype = source.choice(REAL if entry.real_only else REAL + COMPLEX)
        wide = tuple(longer.get(n, n) for n in shape)
        try:
            x = random_array(source, wide, domain_of(entry, i), dtype)
        except ValueError:  # this domain has one shape only
            x = random_array(source, shape, domain_of(entry, i), dtype)
        if x.ndim == 0 and x.dtype.kind in "fc":
            kind = source.randint(0, 2)
            x = x.item() if kind == 0 and x.dtype == np.float64 else x[()] if kind == 1 else x
        inputs.append(x)
    return inputs, params


def call(function, entry, inputs, params):
    if isinstance(entry, Composition):
        args, kwargs = entry.arrange(tuple(inputs), dict(params))
        return function(*args, **kwargs)
    return (
        function(list(inputs), **params)
        if function is np.concatenate
        else function(*inputs, **params)
    )


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__name__}")
@pytest.mark.filterwarnings("ignore")
def test_a_function_of_any_dtypes_gives_numpys_number_dtype_and_shape(function):
    entry = FUNCTIONS[function]
    source = random.Random(function.__name__)
    tried = 0
    for _ in range(30):
        inputs, params = draw(source, entry)
        floating = [i for i, x in enumerate(inputs) if np.asarray(x).dtype.kind in "fc"]
        chosen = {i for i in floating if source.random() < 0.6} or set(floating[:1])
        values = [Value(x) if i in chosen else x for i, x in enumerate(inputs)]
        held = [
            v.data if type(v) is Value and v.ndim else x
            for v, x in zip(values, inputs, strict=True)
        ]
        try:
            wanted = leaves(call(function, entry, held, params))
        except (TypeError, ValueError, IndexError, np.linalg.LinAlgError):
            continue  # not these dtypes, or not these lengths
        try:
            given = leaves(call(function, entry, values, params))
        except TypeError as error:
            if not any(why in str(error) for why in ("copyto", "of complex numbers")):
                raise
            continue
        tried += 1
        for x, y in zip(wanted, given, strict=True):
            ours = y._primal if type(y) is Value else y
            assert same_bits(x, ours), (inputs, params, x, ours)
            if np.asarray(x).dtype.kind in "fc":
                assert is_weak(x) is is_weak(ours), (inputs, params)
    assert tried > 3 or function is np.full_like

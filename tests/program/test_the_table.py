"""Every entry and composition, traced forward and backward, and run on numbers it has not seen."""

from collections import Counter
from random import Random

import numpy as np
import pytest
import scipy.special  # noqa: F401 (brings its entries)
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.engine.table import find
from tinygrad_xor.program import TraceError, trace
from tinygrad_xor.program.trace import same_bits
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.calls import domain_of
from tinygrad_xor.testing.draws import random_array
from tinygrad_xor.testing.strategies.inputs import sources

find(np.exp)
ENTRIES = {**{f"table {name}": e for name, e in TABLE.items()}, **COMPOSED}
#: Refused where an array that is traced stands beside a Value: NumPy asks the first array only.
REFUSED_BESIDE_VALUES = {"full_like", "linspace", "logspace"}
#: Refused where a line between two equal numbers is traced: NumPy takes another formula there.
REFUSED_AT_EQUAL_ENDS = {"linspace", "logspace", "pad"}
#: SciPy's zeta calls a ufunc inside that is no entry: on Values its program says so.
SCIPYS_INNER_FUNCTION = "table special.zeta"


def forward_and_backward(call, first_only=False):
    """The output, and the gradients of the leaves, from plain data.

    With `first_only`, the other inputs are arrays beside a Value, not Values.
    """

    def run(leaves, g):
        given = [x if first_only and i else Value(x) for i, x in enumerate(leaves)]
        out = call.at(*given)
        if type(out) is not Value:
            return out, []
        out.backward(g)
        return out.data, [v.grad for v in given if type(v) is Value]

    return run


def scalar(x):
    return np.asarray(x)[()]


def elsewhere(source, call):
    """Other numbers for a call, from the same domains."""
    leaves = [
        random_array(source, x.shape, domain_of(call.entry, i), x.dtype)
        for i, x in enumerate(call.inputs)
        if type(x) is Value
    ]
    return [scalar(x) for x in leaves], scalar(
        random_array(source, call.g.shape, dtype=call.g.dtype)
    )


def outcome(source, entry, dtype, first_only=False):
    """How one random call of an entry is traced; it fails if the program is wrong elsewhere."""
    call = gst.random_call(source, entry, dtype)
    run = forward_and_backward(call, first_only)
    here = [scalar(v.numpy()) for v in call.leaves], scalar(call.g)
    if not call.leaves:
        return "nothing to differentiate"
    try:
        program = trace(run, *here, constant_outputs=True)
    except TraceError:
        return "refused"
    there = elsewhere(source, call)
    try:
        wanted = run(*there)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return "raises"
    try:
        got = program(*there)
    except ValueError as error:
        if "traced" not in str(error):
            raise
        return "asks to be traced again"
    for x, y in zip([got[0], *got[1]], [wanted[0], *wanted[1]], strict=True):
        assert same_bits(x, y), f"{call}\n{program}"
    own = any(step.name.startswith("derivatives.") for step in program.steps)
    return "by its own function" if own else "bit for bit"


@pytest.mark.parametrize("name", ENTRIES)
@given(sources, st.sampled_from([np.float64, np.float32, np.complex128]), st.booleans())
def test_an_entry_is_traced_bit_for_bit_or_refused(name, source, dtype, first_only):
    entry = ENTRIES[name]
    if dtype is np.complex128 and not gst.takes_complex(entry):
        dtype = np.float64
    with np.errstate(all="ignore"):
        kind = outcome(source, entry, dtype, first_only)
    refused = REFUSED_AT_EQUAL_ENDS | (REFUSED_BESIDE_VALUES if first_only else set())
    assert kind != "refused" or name in refused


@pytest.mark.parametrize("name", ENTRIES)
@given(sources)
def test_the_program_of_an_entry_has_the_derivative_of_the_entry(name, source):
    call = gst.random_call(source, ENTRIES[name])
    here = [scalar(v.numpy()) for v in call.leaves]
    if not here or name in REFUSED_AT_EQUAL_ENDS or name == SCIPYS_INNER_FUNCTION:
        return

    def gradients(function):
        values = [Value(x) for x in here]
        function(*values).backward(call.g)
        return [v.grad for v in values]

    with np.errstate(all="ignore"):
        program = trace(lambda *leaves: call.at(*[Value(x) for x in leaves]), *here)
        for got, wanted in zip(gradients(program), gradients(call.at), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-9)


def test_how_many_are_replayed_how():
    worst_first = ("refused", "asks to be traced again", "by its own function", "bit for bit")
    kinds = {}
    with np.errstate(all="ignore"):
        for name, entry in ENTRIES.items():
            found = {outcome(Random(seed), entry, np.float64) for seed in range(6)}
            kinds[name] = next(kind for kind in worst_first if kind in found)
    counts = Counter(kinds.values())
    print(counts)
    assert set(counts) == {"by its own function", "bit for bit"}
    assert counts["bit for bit"] > counts["by its own function"]

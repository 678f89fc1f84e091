"""Powers by a counter are products that are carried from step to step."""

import numpy as np
import pytest

from tinygrad_xor.compiler import Scan, scan
from tinygrad_xor.compiler.counters import carried, power
from tinygrad_xor.program import trace

ROWS = np.arange(40.0)


def decaying(state, x):
    """Two powers of a counter, as in Adam, and another one of the same base."""
    t, total = state["t"] + 1, state["total"]
    return {"t": t, "total": total + x * 0.9**t / (1 - 0.5**t)}, 0.9 ** (state["t"] + 1)


@pytest.mark.parametrize("backend", ["python", "native"])
@pytest.mark.parametrize("start", [0, 3])
def test_a_scan_with_products_is_the_one_with_powers(backend, start):
    begin = {"t": start, "total": 0.0}
    wanted, powers = scan(decaying, begin, ROWS, backend="numpy")
    got, products = scan(decaying, begin, ROWS, backend=backend)
    assert got["t"] == start + 40
    np.testing.assert_allclose(got["total"], wanted["total"], rtol=1e-14)
    np.testing.assert_allclose(products, powers, rtol=1e-14)
    assert powers.tolist() == [0.9**t for t in range(start + 1, start + 41)]


@pytest.mark.parametrize("backend", ["python", "native"])
def test_a_scan_that_goes_on_is_the_one_that_did_not_stop(backend):
    run = Scan(decaying, backend)
    whole, outs = run({"t": 0, "total": 0.0}, ROWS)
    half, first = run({"t": 0, "total": 0.0}, ROWS[:17])
    rest, second = run(half, ROWS[17:])
    assert rest == whole
    assert np.array_equal(np.concatenate([first, second]), outs)


@pytest.mark.parametrize(
    "step",
    [
        lambda t, x: (t + 2, x * 0.9 ** (t + 2)),  # counts otherwise
        lambda t, x: (t + 1, x * 0.9**t),  # of the one before
        lambda t, x: (t, x * 0.9 ** (t + 1)),  # does not count
        lambda t, x: (t + 1, x ** (t + 1)),  # of no constant
        lambda t, x: (t + 1, x * 2 ** (t + 1)),  # of whole numbers
    ],
)
def test_other_powers_stay_what_they_are(step):
    program = trace(step, 1, 2.0)
    assert carried(program, 1) == (program, [])


def test_a_counter_below_zero_is_no_product():
    for backend in ("python", "native"):
        got, _ = scan(decaying, {"t": -3, "total": 0.0}, ROWS[:2], backend=backend)
        wanted, _ = scan(decaying, {"t": -3, "total": 0.0}, ROWS[:2], backend="numpy")
        np.testing.assert_allclose(got["total"], wanted["total"], rtol=1e-14)


def test_a_product_is_made_from_left_to_right():
    assert power(0.9, 3) == 0.9 * 0.9 * 0.9
    assert power(0.5, 2_000) == 0.0

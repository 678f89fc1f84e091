"""The whole idea in one file: its gradients are the engine's, and its network learns XOR."""

import contextlib
import io
import random
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_xor

EXAMPLE = Path(__file__).parents[2] / "examples" / "micro.py"
SOURCE = EXAMPLE.read_text("utf-8")
EPSILON = np.finfo(float).eps

numbers = st.floats(-3, 3).map(lambda x: round(x, 3))
operations = st.sampled_from(["add", "multiply", "relu", "sigmoid", "log"])
steps = st.tuples(operations, st.integers(0, 99), st.integers(0, 99))


@pytest.fixture(scope="module")
def example():
    """The names that the example leaves, and the lines that it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        names = runpy.run_path(str(EXAMPLE))
    return names, printed.getvalue().splitlines()


def computed(numbers_of, leaves, program):
    """Each leaf, and each result of a program over them, as a Value of each kind.

    A step takes any two of what was made so far. Where an operation would magnify rounding (a
    product of large numbers, a kink close by), the step adds in its place.
    """
    values = [tuple(of(leaf) for of in numbers_of) for leaf in leaves]
    for name, i, j in program:
        pairs = list(zip(values[i % len(values)], values[j % len(values)], strict=True))
        x, y = (value.data for value in pairs[0])
        if name == "multiply" and abs(x * y) < 8:
            values.append(tuple(x * y for x, y in pairs))
        elif (
            (name == "log" and x > 1 / 8)
            or (name == "sigmoid" and abs(x) < 3)
            or (name == "relu" and abs(x) > 1e-9)
        ):
            values.append(tuple(getattr(x, name)() for x, _ in pairs))
        else:
            values.append(tuple(x + y for x, y in pairs))
    return values


def how_rounding_grows(values):
    """For each Value of the example, how much larger a rounding error is in its gradient.

    It is the sum over all paths to it from the last Value, each the product of its slopes. A slope
    below 1 counts as 1, because it was computed from data that had rounding errors of their own.
    """
    sizes = dict.fromkeys(values, 0.0) | {values[-1]: 1.0}
    for value in reversed(values):
        for x, slope in value.inputs:
            sizes[x] += sizes[value] * max(1.0, abs(slope))
    return [sizes[value] for value in values]


@settings(max_examples=50)
@given(st.lists(numbers, min_size=1, max_size=4), st.lists(steps, min_size=1, max_size=20))
def test_the_gradients_of_a_random_program_are_those_of_the_engine(example, leaves, program):
    values = computed([example[0]["Value"], tinygrad_xor.Value], leaves, program)
    for last in values[-1]:
        last.backward()
    sizes = how_rounding_grows([ours for ours, _ in values])
    for (ours, theirs), size in zip(values, sizes, strict=True):
        assert ours.data == pytest.approx(theirs.data, rel=1e-13, abs=1e-13)
        assert abs(ours.grad - theirs.grad) <= 16 * EPSILON * size  # at most 7 in 240,000 programs


def test_gradients_add_up_where_paths_meet_and_over_calls_as_those_of_the_engine_do(example):
    for of in (example[0]["Value"], tinygrad_xor.Value):
        x = of(3.0)
        for _ in range(2):
            (x * x + x).backward()
        assert x.grad == 14.0


def test_relu_has_the_slope_zero_at_zero_as_that_of_the_engine_has(example):
    for of in (example[0]["Value"], tinygrad_xor.Value):
        x = of(0.0)
        x.relu().backward()
        assert x.grad == 0.0


def test_its_network_learns_xor(example):
    *_, last = (float(line.split()[-1]) for line in example[1] if line.startswith("step"))
    assert last < 0.05
    rows = [re.fullmatch(r"(\d) XOR (\d) = (\d), .* (0\.\d+)", line) for line in example[1][-4:]]
    assert [row.groups()[:3] for row in rows] == [
        tuple("000"),
        tuple("011"),
        tuple("101"),
        tuple("110"),
    ]
    assert all(abs(float(row[4]) - int(row[3])) < 0.05 for row in rows)


def test_the_engine_in_its_place_learns_the_same_numbers(example, capsys):
    after_the_class = SOURCE[SOURCE.index("# Try it") :]
    exec(after_the_class, {"Value": tinygrad_xor.Value, "random": random})
    assert capsys.readouterr().out.splitlines() == example[1]


def test_it_is_short_and_needs_no_library():
    lines = [line for line in SOURCE.splitlines() if line.strip() and line.strip()[0] != "#"]
    assert len(lines) < 80
    assert re.findall(r"^(?:import|from) (\w+)", SOURCE, re.MULTILINE) == ["math", "random"]

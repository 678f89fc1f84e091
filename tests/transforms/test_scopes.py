"""The steps of a program know which layer, entry or derivative rule they are part of."""

import numpy as np

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import scope
from tinygrad_xor.program import trace

X = np.array([1.0, -2.0])


def scopes(program):
    return [step.scopes for step in program.steps]


def test_a_layer_and_an_entry_of_several_calls_name_their_steps():
    def f(x):
        with scope("dense_1"):
            return (Value(x) * 2.0).relu()

    assert set(scopes(trace(f, X))) == {("dense_1",), ("dense_1", "relu")}


def test_a_second_call_of_a_layer_is_told_from_the_first():
    def f(x):
        v = Value(x)
        for _ in range(2):
            with scope("shared"):
                v = v * v
        return v

    assert scopes(trace(f, X)) == [("shared",), ("shared#2",)]


def test_what_a_rule_computes_belongs_to_the_derivative_of_its_entry_and_to_the_layer():
    def f(x):
        with scope("layer"):
            y = np.tanh(x)
        return np.sum(y)

    assert ("layer", "∂tanh") in scopes(trace(grad(f), X))


def test_a_mask_that_was_computed_before_is_no_part_of_the_entry_that_reads_it():
    def f(x):
        v = Value(x)
        return np.where(v > 0, v.sigmoid(), v)

    program = trace(f, X)
    (mask,) = [step for step in program.steps if step.name == "greater"]
    assert mask.scopes == ()


def test_a_label_of_a_value_becomes_the_label_of_its_step():
    def f(x):
        y = Value(x, label="x") * 2.0
        y.label = "twice"
        return y

    assert str(trace(f, X)).splitlines()[1] == "v1 = multiply(v0, 2.0)  # (2,) float64, twice"


def test_a_step_knows_the_line_that_made_it():
    program = trace(lambda x: Value(x) * 2.0, X)
    assert program.steps[0].source[0] == __file__

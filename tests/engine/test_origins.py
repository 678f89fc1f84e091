"""origins and scope: which line of code made a Value, and in which layer."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import detect_anomaly, newest_first, no_grad, origins, scope, unobserved
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential


def test_the_line_is_the_users_also_behind_a_layer_and_numpy():
    x = Value([[1.0, 2.0]])
    layer = Dense(3, "relu", input_dim=2)
    with origins() as made:
        y = np.tanh(x)
        z = layer(y)
        total = np.stack([z, z]).sum()
    assert made[y].file == made[total].file == __file__
    assert made[y].code == "y = np.tanh(x)"
    assert made[z].code == "z = layer(y)"
    assert made[z].line == made[y].line + 1
    assert set(made) == {v for v in newest_first(total) if v.primitive is not None}


def test_each_value_knows_its_layer_or_loss():
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    with origins() as made:
        prediction = model(np.ones((1, 2)))
        loss = BinaryCrossentropy()(np.ones((1, 1)), prediction)
        beside = prediction * 2.0
    assert made[prediction].scopes == ("dense_2",)
    assert made[loss].scopes == ("loss",)
    assert made[beside].scopes == ()
    assert {o.scopes for o in made.values()} == {("dense_1",), ("dense_2",), ("loss",), ()}


def test_scopes_may_be_nested_and_end():
    x = Value(1.0)
    with origins() as made, scope("outer"):
        with scope("inner"):
            a = x * 2.0
        b = x * 2.0
    assert (made[a].scopes, made[b].scopes) == (("outer", "inner"), ("outer",))


def test_nothing_is_remembered_after_the_block():
    x = Value(1.0)
    with origins() as made:
        pass
    with scope("nobody asks"):
        y = x * 2.0
    assert made == {}
    assert y.inputs == (x, 2.0)


def test_each_call_of_a_layer_has_a_name_of_its_own():
    layer = Dense(2, "tanh", input_dim=2)
    with origins() as made:
        first = layer(np.ones((1, 2)))
        second = layer(first)
    assert (made[first].scopes, made[second].scopes) == (("dense",), ("dense#2",))
    with origins() as made:  # and counting begins anew
        again = layer(np.ones((1, 2)))
    assert made[again].scopes == ("dense",)


def test_who_looks_at_a_graph_is_not_noticed():
    x = Value(0.0, "x")
    with np.errstate(all="ignore"), detect_anomaly(), no_grad(), origins() as made:
        with unobserved():
            y = 1.0 / x
        assert (made, y.inputs) == ({}, (1.0, x))
        with pytest.raises(FloatingPointError):
            1.0 / x


def test_a_block_that_is_entered_unobserved_is_no_call_of_the_layer():
    x = Value(3.0)
    with origins() as made:
        with unobserved(), scope("square"):
            x * x
        with scope("square"):
            y = x * x
    assert made[y].scopes == ("square",)

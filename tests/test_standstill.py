"""Training that does not move says why."""

import pytest

from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import SGD

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


def still(last, weights, y, **how):
    model = Sequential([Dense(1, last, input_dim=2)], seed=0)
    model.set_weights(weights)
    model.compile(loss="mse", optimizer=how.pop("optimizer", "sgd"))
    return model.fit(X, y, verbose=0, **how)


def test_a_last_relu_that_is_dead_for_all_examples_says_so():
    with pytest.warns(UserWarning, match="no gradient reaches any weight, .* a ReLU that gives 0"):
        still("relu", [[[-1.0], [-1.0]], [-1.0]], Y)


def test_a_relu_that_dies_later_says_so_at_the_end():
    with pytest.warns(UserWarning, match="no gradient reaches any weight, and the loss stays at"):
        still("relu", [[[9.0], [9.0]], [9.0]], Y, epochs=3, optimizer=SGD(learning_rate=10.0))


@pytest.mark.parametrize("bias", [1.0, 0.0])  # what starts at 0 moves with any step
def test_a_learning_rate_too_small_to_move_a_weight_says_so(bias):
    with pytest.warns(UserWarning, match="learning rate, 1e-20, is too small"):
        still(None, [[[1.0], [1.0]], [bias]], Y, optimizer=SGD(learning_rate=1e-20))


def test_targets_that_are_all_the_same_say_so():
    with pytest.warns(UserWarning, match=r"all 4 targets are the same, \[1\.0\]"):
        still(None, [[[1.0], [1.0]], [1.0]], [1, 1, 1, 1])


def test_a_network_that_has_learned_all_there_is_says_nothing():
    history = still("relu", [[[0.0], [1.0]], [0.0]], [0, 1, 0, 1], epochs=2)
    assert history.loss == [0, 0]


def test_weights_that_come_to_rest_in_a_valley_say_nothing():
    history = still(None, [[[0.01], [0.0]], [0.5]], Y, epochs=500, batch_size=4, shuffle=False)
    assert history.loss[-1] == pytest.approx(0.25, rel=1e-5)
    again = still(None, [[[1e-12], [0.0]], [0.5]], Y, batch_size=4)
    assert again.loss == pytest.approx([0.25], rel=1e-9, abs=0)


def test_a_last_batch_that_is_right_already_is_no_standstill_while_others_learn():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.set_weights([[[2.0], [0.0]], [0.0]])
    model.compile(loss="hinge", optimizer=SGD(learning_rate=0.01))
    history = model.fit([[0, 1], [1, 0]], [0, 1], batch_size=1, epochs=3, shuffle=False, verbose=0)
    assert not any(p.grad.any() for p in model.parameters())
    assert history.loss[0] > history.loss[1] > history.loss[2] > 0


def test_a_last_batch_that_does_not_count_is_no_standstill():
    how = {"batch_size": 1, "epochs": 3, "shuffle": False, "class_weight": {0: 0, 1: 1}}
    history = still(None, [[[0.5], [0.5]], [0.0]], Y, **how)  # the last target is 0
    assert history.loss[0] > history.loss[-1] > 0


def test_a_standstill_is_said_once_and_where_fit_was_called():
    with pytest.warns(UserWarning, match="no gradient") as caught:
        still("relu", [[[-1.0], [-1.0]], [-1.0]], Y, epochs=3)
    with pytest.warns(UserWarning, match="no gradient") as later:
        still("relu", [[[9.0], [9.0]], [9.0]], Y, epochs=3, optimizer=SGD(learning_rate=10.0))
    assert [warning.filename for warning in [*caught, *later]] == [__file__, __file__]

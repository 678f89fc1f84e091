"""The training loop: epochs, batches, history, and data that cannot be trained on."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.nn import (
    BinaryCrossentropy,
    Dense,
    MeanSquaredError,
    Sequential,
    SparseCategoricalCrossentropy,
)
from tinygrad_xor.optim import SGD, Adam
from tinygrad_xor.training import History, train


def fit(X, y, epochs=3, seed=0, lr=0.001, **options):
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=seed)
    optimizer = Adam(model.parameters(), lr)
    history = train(
        model,
        X,
        y,
        loss=BinaryCrossentropy(),
        optimizer=optimizer,
        epochs=epochs,
        seed=seed,
        **options,
    )
    return model, history


def test_the_courses_network_learns_xor():
    X, y = truth_table("xor")
    model, history = fit(X, y, epochs=2000, batch_size=1)
    assert ((model.predict(X) > 0.5) == (y > 0.5)).all()
    assert history.loss[-1] < 0.2 < history.loss[0]
    assert history.accuracy[-1] == 1.0


def test_the_same_seed_gives_the_same_digits():
    X, y = truth_table("xor")
    (one, first), (two, second) = fit(X, y, epochs=50), fit(X, y, epochs=50)
    assert first == second
    assert all(map(np.array_equal, one.get_weights(), two.get_weights()))


def test_another_seed_gives_other_digits():
    X, y = truth_table("xor")
    assert fit(X, y, seed=0)[1] != fit(X, y, seed=1)[1]


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 4), (2, 2), (3, 2), (4, 1), (32, 1)])
def test_every_epoch_sees_every_example_once(batch_size, steps):
    X, y = truth_table("xor")
    seen = []

    class Spy(Sequential):
        def __call__(self, x):
            seen.append(x)
            return super().__call__(x)

    model = Spy([Dense(1, "sigmoid", input_dim=2)], seed=0)
    train(
        model,
        X,
        y,
        loss=BinaryCrossentropy(),
        optimizer=SGD(model.parameters()),
        epochs=2,
        batch_size=batch_size,
    )
    assert len(seen) == 2 * steps
    for epoch in (seen[:steps], seen[steps:]):
        assert sorted(np.concatenate(epoch).tolist()) == X.tolist()


def test_the_history_of_an_interrupted_training_is_kept():
    X, y = truth_table("xor")
    history = History()

    def interrupt(history):
        if history.epochs == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(X, y, epochs=100, history=history, on_epoch=interrupt)
    assert history.epochs == 5


def test_the_loss_is_the_mean_over_the_examples_whatever_the_batches():
    X, y = truth_table("xor")
    tiny = 1e-300  # so small a step leaves the weights as they are
    with pytest.warns(UserWarning, match="the learning rate, 1e-300, is too small"):
        losses = [fit(X, y, epochs=1, lr=tiny, batch_size=n)[1].loss[0] for n in (1, 3, 4)]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-12, abs=0)


def test_integers_and_lists_are_taken():
    _, history = fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
    assert history.epochs == 3


def test_nan_in_the_data_is_refused_with_its_place():
    X, y = truth_table("xor")
    X[2, 1] = np.nan
    with pytest.raises(ValueError, match=r"inputs have nan in them, first at \(2, 1\)"):
        fit(X, y)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((4, 2)), np.zeros((3, 1)), "4 inputs and 3 targets"),
        (np.zeros((0, 2)), np.zeros((0, 1)), "0 inputs and 0 targets"),
        (np.zeros((4, 2)), np.zeros(4), r"targets of shape \(4,\)"),
        (np.zeros((4, 3)), np.zeros((4, 1)), r"inputs of shape \(\.\.\., 2\)"),
        (np.zeros((4, 2)), np.zeros((4, 2)), "do not match"),
    ],
)
def test_data_of_wrong_shapes_are_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        fit(X, y)


def test_text_is_not_trained_on():
    with pytest.raises(TypeError, match="real numbers"):
        fit([["a", "b"]], [[1]])


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_loss_that_is_not_finite_stops_the_training():
    X, y = truth_table("xor")
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    optimizer = SGD(model.parameters(), lr=1e6)
    with pytest.raises(ValueError, match=r"training diverged: the loss of epoch \d+ is (inf|nan)"):
        train(model, X, y, loss=MeanSquaredError(), optimizer=optimizer, epochs=100)


@pytest.mark.parametrize("task", TRUTH_TABLES)
def test_truth_tables_are_what_their_names_say(task):
    operations = {
        "xor": lambda a, b: a != b,
        "and": lambda a, b: a and b,
        "or": lambda a, b: a or b,
        "nand": lambda a, b: not (a and b),
        "nor": lambda a, b: not (a or b),
        "xnor": lambda a, b: a == b,
    }
    X, y = truth_table(task)
    assert [bool(operations[task](a, b)) for a, b in X] == y.ravel().astype(bool).tolist()


def loop(loss=None, optimizer=None, **how):
    """An epoch of ``train``, with what is given."""
    model = Sequential([Dense(2, "sigmoid", input_dim=2)], seed=0)
    optimizer = optimizer or SGD(model.parameters())
    X, y = how.pop("X", np.ones((4, 2))), how.pop("y", np.eye(2)[[0, 1, 1, 0]])
    how = {"epochs": 1, **how}
    return train(model, X, y, loss=loss or BinaryCrossentropy(), optimizer=optimizer, **how)


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"y": np.full((4, 2), 7.0)}, ValueError, "targets of 0, 1 or between, not 7.0"),
        ({"epochs": 1.5}, TypeError, "epochs is a whole number"),
        ({"batch_size": -1}, ValueError, "batch_size=-1 cannot be trained"),
        ({"seed": "one"}, TypeError, "a seed is a whole number"),
        ({"optimizer": "adam"}, TypeError, "Adam\\(model.parameters\\(\\)\\), not 'adam'"),
        ({"optimizer": SGD([Value(1.0)])}, ValueError, "moves other parameters than the model"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_first_step(how, error, message):
    with pytest.raises(error, match=message):
        loop(**how)


def test_class_numbers_are_checked_against_the_outputs_before_the_first_step():
    model = Sequential([Dense(2, "softmax", input_dim=2)], seed=0)
    for y, message in ((2, "class 2 needs 3 outputs"), (-1, "class numbers 0, 1, 2")):
        with pytest.raises(ValueError, match=message):
            train(
                model,
                np.ones((3, 2)),
                np.array([[0.0], [1.0], [y]]),
                loss=SparseCategoricalCrossentropy(),
                optimizer=SGD(model.parameters()),
                epochs=1,
            )

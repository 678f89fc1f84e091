"""What happens between the epochs."""

import numpy as np
import pytest

from tinygrad_xor.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.snapshots import Snapshots

X, Y = truth_table("and")


def network():
    model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def fit(*callbacks, epochs=6, **more):
    model = network()
    history = model.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(callbacks), **more)
    return model, history


class Scripted(Callback):
    """Writes given numbers into the logs, as if they had been measured."""

    def __init__(self, name, numbers):
        self.name, self.numbers = name, numbers

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.numbers[epoch]


def test_the_hooks_are_called_in_keras_order():
    class Diary(Callback):
        def __init__(self):
            self.lines = []

        def on_train_begin(self, logs=None):
            self.lines.append("begin")

        def on_epoch_begin(self, epoch, logs=None):
            self.lines.append(f"epoch {epoch}")

        def on_train_batch_begin(self, batch, logs=None):
            self.lines.append(f"batch {batch}")

        def on_train_batch_end(self, batch, logs=None):
            self.lines.append(f"loss {batch}" if logs["loss"] > 0 else "no loss")

        def on_epoch_end(self, epoch, logs=None):
            self.lines.append(sorted(logs))

        def on_train_end(self, logs=None):
            self.lines.append("end")

    diary = Diary()
    fit(diary, epochs=1, batch_size=3)
    assert diary.lines == [
        "begin",
        "epoch 0",
        "batch 0",
        "loss 0",
        "batch 1",
        "loss 1",
        ["accuracy", "loss"],
        "end",
    ]
    assert diary.params == {"epochs": 1, "steps": 2, "verbose": 0}


def test_the_last_loss_between_steps_is_that_of_the_epoch():
    seen = []
    _, history = fit(
        LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"])),
        batch_size=3,
    )
    assert seen[1::2] == history.history["loss"]


def test_a_hook_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no hook 'on_epoch'"):
        LambdaCallback(on_epoch=print)
    with pytest.raises(TypeError, match="subclass of Callback"):
        fit(print)


def test_early_stopping_waits_as_long_as_it_may():
    losses = [5.0, 4.0, 4.5, 4.2, 3.0, 3.5, 3.1, 3.2, 3.0, 2.0]
    stop = EarlyStopping("val", patience=3)
    _, history = fit(Scripted("val", losses), stop, epochs=10)
    assert history.epochs == 8
    assert (stop.best, stop.best_epoch, stop.stopped_epoch) == (3.0, 4, 7)


def test_early_stopping_can_go_back_to_the_best_weights():
    weights = []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(model.get_weights()))
    model = network()
    stop = EarlyStopping("val", patience=2, restore_best_weights=True)
    model.fit(X, Y, epochs=9, verbose=0, callbacks=[Scripted("val", [3, 1, 2, 2, 0]), keep, stop])
    assert len(weights) == 4
    assert all(map(np.array_equal, model.get_weights(), weights[1]))


@pytest.mark.parametrize(
    ("arguments", "epochs"),
    [
        ({"monitor": "val_accuracy"}, 3),  # more is better: 3 is worse than 4
        ({"monitor": "val", "mode": "max"}, 3),
        ({"monitor": "val", "min_delta": 1.5}, 2),
        ({"monitor": "val", "start_from_epoch": 3}, 5),
        ({"monitor": "val", "baseline": 0.5}, 2),
        ({"monitor": "val", "baseline": 0.5, "patience": 4}, 5),
        ({"monitor": "val", "mode": "min"}, 2),
    ],
)
def test_early_stopping_has_keras_settings(arguments, epochs):
    numbers = [3, 4, 3, 2, 2.5, 2.6] if "accuracy" in arguments["monitor"] else [3, 4, 3, 2, 2.5, 0]
    stop = EarlyStopping(**arguments)
    assert fit(Scripted(arguments["monitor"], numbers), stop)[1].epochs == epochs


@pytest.mark.parametrize(
    "name", ["val_auc", "val_f1_score", "recall_1", "sparse_categorical_accuracy"]
)
def test_more_is_better_for_what_names_say_so(name):
    assert fit(Scripted(name, [1, 2, 3, 2]), EarlyStopping(name), epochs=4)[1].epochs == 4
    assert fit(Scripted(name, [3, 2, 1, 0]), EarlyStopping(name), epochs=4)[1].epochs == 2


def test_a_baseline_counts_as_in_keras():
    stop = EarlyStopping("val", baseline=0.3, min_delta=0.25, patience=2)
    fit(Scripted("val", [0.5, 0.1, 0.4, 0.6]), stop, epochs=4)
    assert (stop.best, stop.best_epoch, stop.stopped_epoch) == (0.1, 1, 2)


def test_an_improvement_of_exactly_min_delta_is_none():
    stop = EarlyStopping("val", min_delta=0.1, patience=3)
    assert fit(Scripted("val", [0.4, 0.5, 0.5, 0.3, 0.4]), stop, epochs=5)[1].epochs == 4


def test_what_is_not_measured_cannot_be_watched():
    with pytest.raises(ValueError, match="watches 'val_loss', but training gives only loss, acc"):
        fit(EarlyStopping())
    with pytest.raises(ValueError, match="mode='most'"):
        EarlyStopping(mode="most")


def test_checkpoints_are_written_after_each_epoch_or_only_after_better_ones(tmp_path):
    every = ModelCheckpoint(tmp_path / "epoch-{epoch:02d}.npz")
    best = ModelCheckpoint(tmp_path / "best-{epoch}-{val:.1f}.npz", "val", save_best_only=True)
    model, _ = fit(Scripted("val", [3, 4, 2, 2]), every, best, epochs=4)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["best-1-3.0.npz", "best-3-2.0.npz", *(f"epoch-0{i}.npz" for i in range(1, 5))]
    last = Sequential.load(tmp_path / "epoch-04.npz")
    assert all(map(np.array_equal, last.get_weights(), model.get_weights()))
    with pytest.raises(ValueError, match=r"asks for 'val_los': there are epoch, loss"):
        fit(ModelCheckpoint(tmp_path / "{val_los}.npz"))


def test_checkpoints_may_hold_the_weights_alone(tmp_path):
    model, _ = fit(ModelCheckpoint(tmp_path / "w.npz", save_weights_only=True))
    other = network()
    other.load_weights(tmp_path / "w.npz")
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


def test_an_interrupted_training_leaves_the_last_checkpoint(tmp_path):
    def interrupt(epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt

    ended = []
    with pytest.raises(KeyboardInterrupt):
        fit(
            ModelCheckpoint(tmp_path / "last.npz"),
            LambdaCallback(on_epoch_begin=interrupt, on_train_end=ended.append),
        )
    assert len(ended) == 1
    model = Sequential.load(tmp_path / "last.npz")
    model.fit(X, Y, epochs=6, initial_epoch=2, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), fit()[0].get_weights()))


def test_a_schedule_sets_the_learning_rate_of_each_epoch():
    halve = LearningRateScheduler(lambda epoch, lr: lr / 2 if epoch else lr)
    _, history = fit(halve, epochs=3)
    assert history.history["learning_rate"] == [0.01, 0.005, 0.0025]
    _, history = fit(LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)), epochs=2)
    assert history.history["learning_rate"] == [0.1, 0.05]
    with pytest.raises(ValueError, match="greater than zero"):
        fit(LearningRateScheduler(lambda epoch: -1.0))


def test_callbacks_say_what_they_do_only_when_asked(tmp_path, capsys):
    fit(
        EarlyStopping("loss", mode="max", verbose=1),
        ModelCheckpoint(tmp_path / "n.npz", verbose=1),
        LearningRateScheduler(lambda epoch: 0.25, verbose=1),
    )
    said = capsys.readouterr().out
    assert "stopped after epoch 2: loss got no better" in said
    assert "n.npz" in said
    assert "learning rate 0.25" in said


def test_snapshots_learn_from_fit_which_network_they_are_of():
    snapshots = Snapshots(keep=100)
    model, history = fit(snapshots)
    assert [s.epoch for s in snapshots.kept] == list(range(7))
    assert [s.loss for s in snapshots.kept[1:]] == history.loss
    assert [s.accuracy for s in snapshots.kept[1:]] == history.accuracy
    assert all(map(np.array_equal, snapshots.kept[-1].weights, model.get_weights()))
    model.fit(X, Y, epochs=8, initial_epoch=6, verbose=0, callbacks=snapshots)
    assert [s.epoch for s in snapshots.kept] == list(range(9))
    with pytest.raises(ValueError, match="are of one network"):
        fit(snapshots)


def test_a_log_has_a_line_for_each_epoch_as_soon_as_it_is_over(tmp_path):
    path = tmp_path / "log.csv"
    lines = []
    reader = LambdaCallback(on_epoch_end=lambda epoch, logs: lines.append(path.read_text()))
    _, history = fit(CSVLogger(path), reader, epochs=2)
    rows = [line.split(",") for line in lines[-1].splitlines()]
    assert lines[0].count("\n") == 2
    assert rows[0] == ["epoch", "accuracy", "loss"]
    assert [[float(x) for x in row] for row in rows[1:]] == [
        [i, history.accuracy[i], history.loss[i]] for i in range(2)
    ]


def test_a_log_goes_on_with_its_own_columns(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch;loss;val_loss\n0;0.5;0.5\n")
    _, history = fit(CSVLogger(path, separator=";", append=True), epochs=1)
    assert path.read_text().splitlines()[2] == f"0;{history.loss[0]};NA"
    fit(CSVLogger(path), epochs=1)
    assert path.read_text().startswith("epoch,accuracy,loss")


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_loss_that_is_no_number_ends_training_without_an_error_if_asked(run_eagerly):
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    model.optimizer.learning_rate = 1e200
    with np.errstate(all="ignore"):
        history = model.fit(X, Y, epochs=50, verbose=0, callbacks=TerminateOnNaN())
        assert 1 <= history.epochs < 50
        assert not np.isfinite(history.loss[-1])
        assert np.isfinite(history.loss[:-1]).all()
        with pytest.raises(ValueError, match="training diverged"):
            model.fit(X, Y, epochs=50, verbose=0)


def test_the_learning_rate_falls_on_a_plateau_but_not_below_its_least(capsys):
    lower = ReduceLROnPlateau("loss", 0.5, patience=2, mode="max", min_lr=0.004, verbose=1)
    _, history = fit(lower, epochs=6)
    assert history.history["learning_rate"] == [0.01, 0.01, 0.01, 0.005, 0.005, 0.004]
    assert capsys.readouterr().out.splitlines() == [
        "epoch 3: learning rate 0.005",
        "epoch 5: learning rate 0.004",
    ]
    with pytest.raises(ValueError, match="factor must be greater than 0 and below 1, not 1"):
        ReduceLROnPlateau(factor=1)

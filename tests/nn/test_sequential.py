"""A network as a whole: its parameters, its table, its file."""

import numpy as np
import pytest

from tinygrad_xor.engine import Value
from tinygrad_xor.nn import Dense, Dropout, Flatten, Sequential, load_model


@pytest.fixture
def model():
    return Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)


def test_layers_can_be_added_one_by_one(model):
    other = Sequential(seed=0)
    other.add(Dense(5, "relu", input_dim=2))
    other.add(Dense(1, "sigmoid"))
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(model):
    layers = [Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")]
    other = Sequential(layers, seed=1)
    assert not np.array_equal(model.get_weights()[0], other.get_weights()[0])


def test_the_seed_of_a_layer_goes_before_that_of_the_network():
    kernels = [Sequential([Dense(3, input_dim=2, seed=7)], seed=s).get_weights()[0] for s in (0, 1)]
    assert np.array_equal(*kernels)
    assert np.array_equal(kernels[0], Dense(3, input_dim=2, seed=7).kernel.data)


def test_the_network_of_the_course_has_21_parameters(model):
    assert model.count_parameters() == 21
    assert [w.shape for w in model.get_weights()] == [(2, 5), (5,), (5, 1), (1,)]


def test_the_summary_shows_layers_output_shapes_and_parameters(model):
    lines = []
    model.summary(print_fn=lines.append)
    rows = [line.split() for line in lines]
    assert ["Dense", "relu", "(None,", "5)", "15"] in rows
    assert ["Dense", "sigmoid", "(None,", "1)", "6"] in rows
    assert rows[-1] == ["Total", "21"]


def test_the_summary_speaks_russian(model):
    lines = []
    model.summary(print_fn=lines.append, lang="ru")
    assert lines[0].split() == ["Слой", "Активация", "Форма", "выхода", "Параметры"]
    with pytest.raises(ValueError, match="no lang='de'"):
        model.summary(lang="de")


def test_a_network_without_layers_says_what_it_needs():
    with pytest.raises(ValueError, match="needs a layer"):
        Sequential()(np.ones((1, 2)))


def test_predictions_are_plain_arrays(model):
    assert type(model.predict([[0, 1], [1, 1]])) is np.ndarray


def test_predictions_of_layers_that_compute_with_no_parameter_are_plain_arrays(model):
    x = np.array([[0.0, 1.0]])
    before = model.predict(x)
    for layer in model.layers:
        layer.trainable = False
    for network, expected in (
        (model, before),
        (Sequential([Dropout(0.5)]), x),
        (Sequential([Flatten()]), x),
    ):
        assert type(network(x)) is Value
        assert type(network.predict(x)) is np.ndarray
        assert np.array_equal(network.predict(x), expected)


def test_one_example_is_no_batch(model):
    with pytest.raises(ValueError, match=r"shape \(2,\) need an axis .* a batch of one example"):
        model.predict([0, 1])
    with pytest.raises(TypeError, match="inputs are real numbers"):
        model.predict(None)


def test_weights_can_be_taken_out_and_put_back(model):
    weights = model.get_weights()
    x = np.array([[0.0, 1.0]])
    before = model.predict(x)
    model.set_weights([2 * w for w in weights])
    assert model.predict(x) != before
    model.set_weights(weights)
    assert model.predict(x) == before


def test_taken_out_weights_are_copies(model):
    model.get_weights()[0][:] = 100
    assert abs(model.get_weights()[0]).max() < 2


def test_weights_that_do_not_fit_are_refused_and_nothing_is_changed(model):
    weights = model.get_weights()
    with pytest.raises(ValueError, match="do not fit a Sequential"):
        model.set_weights([weights[0] + 1, weights[1], weights[2].T, weights[3]])
    assert np.array_equal(model.get_weights()[0], weights[0])


def test_a_saved_network_is_loaded_back_the_same(model, tmp_path):
    path = model.save(tmp_path / "folder" / "network.npz")
    loaded = Sequential.load(path)
    x = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert np.array_equal(loaded.predict(x), model.predict(x))
    lines, loaded_lines = [], []
    model.summary(print_fn=lines.append)
    loaded.summary(print_fn=loaded_lines.append)
    assert lines == loaded_lines


def test_the_file_holds_plain_arrays_and_no_pickle(model, tmp_path):
    with np.load(model.save(tmp_path / "network.npz"), allow_pickle=False) as file:
        assert set(file.files) == {"config", "0.kernel", "0.bias", "1.kernel", "1.bias"}


def test_another_file_is_not_taken_for_a_network(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    (tmp_path / "text.npz").write_text("no network")
    for name in ("other.npz", "text.npz"):
        with pytest.raises(ValueError, match="is not a network"):
            Sequential.load(tmp_path / name)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Sequential.load(tmp_path / "none.npz")


def test_a_write_that_fails_leaves_the_old_file_whole(model, tmp_path, monkeypatch):
    path = model.save(tmp_path / "network.npz")
    old = path.read_bytes()

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        model.save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["network.npz"]


def test_a_layer_gives_and_takes_its_own_weights(model):
    first, last = model.layers
    kernel, bias = first.get_weights()
    first.set_weights([kernel + 1, bias + 2])
    assert np.array_equal(model.get_weights()[0], kernel + 1)
    assert [w.shape for w in last.weights] == [(5, 1), (1,)]
    assert (first.count_params(), last.count_params(), model.count_params()) == (15, 6, 21)
    assert Dropout(0.5).get_weights() == []
    with pytest.raises(ValueError, match="do not fit a Dense of"):
        first.set_weights(last.get_weights())


def test_the_last_layer_can_be_taken_away_and_replaced(model):
    last = model.layers[-1]
    assert model.pop() is last
    assert model.output_shape == (5,)
    model.add(Dense(3, "softmax"))
    assert model.predict([[0, 1]]).shape == (1, 3)
    with pytest.raises(ValueError, match="no layer to take away"):
        Sequential().pop()


def test_layers_are_found_by_name_and_by_place(model):
    assert model.get_layer("dense_2") is model.get_layer(index=-1) is model.layers[1]
    with pytest.raises(ValueError, match="no layer 'dense_3': there are dense_1, dense_2"):
        model.get_layer("dense_3")
    with pytest.raises(ValueError, match="no layer 2: "):
        model.get_layer(index=2)


def test_a_whole_network_can_be_frozen(model):
    model.trainable = False
    assert not model.trainable
    assert model.trainable_parameters() == []
    model.layers[1].trainable = True
    assert model.trainable
    assert model.trainable_parameters() == model.layers[1].parameters()


def test_load_model_reads_what_save_wrote(model, tmp_path):
    other = load_model(model.save(tmp_path / "network.npz"))
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


def test_a_layer_keeps_the_name_that_it_was_given():
    model = Sequential([Dense(5, "relu", name="hidden"), Dense(1)])
    model.predict([[0, 1]])
    assert [layer.name for layer in model.layers] == ["hidden", "dense_2"]
    assert model.get_layer("hidden").units == 5
    with pytest.raises(ValueError, match="a layer called 'hidden' in this network already"):
        model.add(Dropout(0.5, name="hidden"))


def test_a_network_is_shown_as_its_layers():
    layers = [Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")]
    assert repr(Sequential(layers)) == "Sequential([Dense(5, 'relu'), Dense(1, 'sigmoid')])"
    assert repr(Sequential()) == "Sequential([])"

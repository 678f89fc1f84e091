"""Neurons, layers, and networks of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.nn import (
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    Neuron,
    ReLU,
    Sequential,
)
from tinygrad_xor.nn.losses import MeanSquaredError
from tinygrad_xor.testing.checks import check_network

smooth = st.sampled_from(["sigmoid", "tanh", "softplus", "linear"])


def test_a_neuron_is_the_activation_of_a_weighted_sum():
    neuron = Neuron(2, "tanh", seed=0)
    w1, w2 = (w.data for w in neuron.weights)
    neuron.bias.data = 0.25
    assert neuron([0.5, -1.0]).data == np.tanh(0.25 + w1 * 0.5 + w2 * -1.0)


def test_a_neuron_has_a_parameter_for_each_input_and_a_bias():
    assert len(Neuron(3).parameters()) == 4


def test_a_neuron_refuses_a_wrong_number_of_inputs():
    with pytest.raises(ValueError, match="a neuron of 2 inputs was given 3"):
        Neuron(2)([1.0, 2.0, 3.0])


def test_a_dense_layer_is_a_matrix_product_a_bias_and_an_activation():
    layer = Dense(3, "sigmoid", input_dim=2, seed=1)
    x = np.array([[0.5, -1.0], [2.0, 0.0]])
    kernel, bias = (p.data for p in layer.parameters())
    assert np.allclose(layer(x).data, 1 / (1 + np.exp(-(x @ kernel + bias))), rtol=1e-15)


def test_a_dense_layer_learns_its_input_size_from_its_first_input():
    layer = Dense(4)
    assert layer([[1.0, 2.0, 3.0]]).shape == (1, 4)
    assert layer.kernel.shape == (3, 4)


def test_a_dense_layer_refuses_inputs_of_another_size_with_both_sizes():
    with pytest.raises(ValueError, match=r"takes inputs of shape \(\.\.\., 2\), not \(4, 3\)"):
        Dense(5, input_dim=2)(np.ones((4, 3)))


def test_a_dense_layer_without_input_size_has_no_weights_to_ask_for():
    with pytest.raises(ValueError, match="does not know how many inputs"):
        Dense(5).parameters()


@pytest.mark.parametrize("units", [0, -1, 2.5, "5"])
def test_a_layer_needs_a_whole_number_of_neurons(units):
    with pytest.raises(ValueError, match="needs one neuron or more"):
        Dense(units)


def test_an_unknown_activation_is_answered_with_the_nearest_one():
    with pytest.raises(ValueError, match="did you mean 'sigmoid'"):
        Dense(5, activation="sigmod")


@given(st.integers(1, 4), st.integers(1, 3), smooth)
def test_the_neurons_of_a_layer_give_its_outputs(units, inputs, activation):
    layer = Dense(units, activation, input_dim=inputs, seed=0)
    x = np.linspace(-1.0, 1.0, inputs)
    outputs = [neuron(x.tolist()).data for neuron in layer.neurons]
    assert np.allclose(outputs, layer(x).data, rtol=1e-13)


def test_the_neurons_of_a_layer_share_its_weights():
    layer = Dense(2, "linear", input_dim=2, seed=0)
    second = layer.neurons[1]
    layer.kernel.data = np.array([[1.0, 2.0], [3.0, 4.0]])
    layer.bias.data = np.array([5.0, 6.0])
    out = second([10.0, 100.0])
    assert out.data == 2 * 10 + 4 * 100 + 6
    out.backward()
    assert layer.kernel.grad.tolist() == [[0.0, 10.0], [0.0, 100.0]]
    assert layer.bias.grad.tolist() == [0.0, 1.0]
    assert second.parameters() is not None
    assert {id(p) for p in second.parameters()} == {id(p) for p in layer.parameters()}


def test_a_network_of_single_neurons_gives_the_numbers_of_the_dense_one():
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=3)
    first, second = model.layers
    hidden = [Neuron(2, "relu") for _ in range(5)]
    output = Neuron(5, "sigmoid")
    for j, neuron in enumerate(hidden):
        for w, data in zip(neuron.weights, first.kernel.data[:, j], strict=True):
            w.data = data
        neuron.bias.data = first.bias.data[j]
    for w, data in zip(output.weights, second.kernel.data[:, 0], strict=True):
        w.data = data
    output.bias.data = second.bias.data[0]

    x = [0.3, -0.8]
    scalar = output([neuron(x) for neuron in hidden])
    dense = model(np.array([x]))
    assert scalar.item() == pytest.approx(dense.item(), rel=1e-14, abs=0)

    scalar.backward()
    dense.backward()
    for j, neuron in enumerate(hidden):
        assert np.allclose([w.grad for w in neuron.weights], first.kernel.grad[:, j], rtol=1e-13)
        assert neuron.bias.grad == pytest.approx(first.bias.grad[j], rel=1e-13, abs=0)
    assert np.allclose([w.grad for w in output.weights], second.kernel.grad[:, 0], rtol=1e-13)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh", "softplus"])
def test_gradients_that_backward_leaves_in_a_network_agree_with_numerical_ones(activation):
    model = Sequential([Dense(4, activation, input_dim=3), Dense(2, "tanh")])
    before = model.get_weights()
    result = check_network(model, MeanSquaredError(), np.eye(2), 3, examples=5, seed=0)
    assert result.failure is None
    assert result.examples >= 5
    assert all(map(np.array_equal, before, model.get_weights()))


# -- the layers of networks for images and words ---------------------------------------------------

OF_IMAGES = [
    lambda: BatchNormalization(momentum=0.8),
    lambda: Conv2D(2, (2, 3), padding="same", activation="tanh"),
    LayerNormalization,
    lambda: MaxPooling2D((2, 1)),
    lambda: LeakyReLU(0.1),
    ReLU,
]


def of_images():
    layers = [make() for make in OF_IMAGES]
    return Sequential([Input((4, 5, 2)), *layers, Flatten(), Dense(1)], seed=0)


def test_a_network_of_all_these_layers_is_saved_and_goes_on(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(6, 4, 5, 2)), np.arange(6.0)
    model = of_images()
    model.compile("adam", "mse")
    model.fit(x, y, epochs=3, batch_size=4, verbose=0)
    again = Sequential.load(model.save(tmp_path / "network.npz"))
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    for network in (model, again):
        network.fit(x, y, epochs=2, batch_size=4, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), again.get_weights()))
    np.testing.assert_array_equal(model.predict(x), again.predict(x))


def test_the_gradients_of_these_layers_are_right():
    x = np.random.default_rng(0).normal(size=(3, 4, 5, 2))
    model = of_images()

    for training in (False, True):
        rng = np.random.default_rng(1)
        factors = rng.normal(size=(3, 1))
        y = np.sum(model(x, training=training) * factors)
        for p in model.parameters():
            p.grad = None
        y.backward()
        for p in model.parameters():
            place = np.unravel_index(np.argmax(np.abs(p.grad)), p.shape)
            slopes = []
            for h in (1e-5, -1e-5):
                moved, start = p.numpy(), p.numpy()
                moved[place] += h
                p.data = moved
                slopes.append(np.sum(model(x, training=training).data * factors) / 2e-5)
                p.data = start
            assert p.grad[place] == pytest.approx(slopes[0] - slopes[1], rel=1e-6)


def test_a_batch_normalization_has_the_running_means_after_training_and_when_frozen():
    layer = BatchNormalization(momentum=0.5, epsilon=1e-9)
    x = np.array([[0.0], [4.0]])
    np.testing.assert_allclose(layer(x, training=True).data, [[-1], [1]])
    mean, variance = layer.get_weights()[2:]
    assert [mean.item(), variance.item()] == [1.0, 2.5]
    np.testing.assert_allclose(layer(x).data, (x - 1) / np.sqrt(2.5))
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), (x - 1) / np.sqrt(2.5))
    assert layer.get_weights()[2].item() == 1.0
    assert [p.label for p in layer.parameters()] == ["γ", "β"]
    assert layer.count_parameters() == 4


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_a_dense_layer_for_each_window(channels, stride):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 6, channels))
    layer = Conv2D(4, (2, 3), strides=stride, bias_initializer=lambda rng, shape: rng.random(shape))
    y = layer(x).data
    kernel, bias = layer.get_weights()
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i * stride : i * stride + 2, j * stride : j * stride + 3]
            wanted = np.einsum("bijc,ijcf->bf", window, kernel) + bias
            np.testing.assert_allclose(y[:, i, j], wanted, rtol=1e-12)


def test_an_embedding_refuses_what_is_not_in_its_table():
    layer = Embedding(3, 2, seed=0)
    assert layer(np.array([[0, 2, 2]])).shape == (1, 3, 2)
    for wrong in (3, -1, 0.5):
        with pytest.raises(ValueError, match="whole numbers from 0 to 2, not"):
            layer(np.array([[0, wrong]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 2), "one filter or more, not 0"),
        (lambda: Conv2D(1, (2, 2, 2)), "a window has 2 lengths of 1 or more"),
        (lambda: Conv1D(1, 2, strides=0), "strides has 1 lengths of 1 or more, not 0"),
        (lambda: Conv1D(1, 2, padding="causal"), "there are 'valid' and 'same'"),
        (lambda: Conv1D(1, 4)(np.ones((1, 3, 1))), r"needs examples of at least \(4,\)"),
        (lambda: Conv1D(1, 2)(np.ones((1, 3))), "takes examples with 1 axes and channels"),
        (lambda: BatchNormalization(momentum=1.0), "momentum must be at least 0 and below 1"),
        (lambda: LayerNormalization(epsilon=0), "epsilon must be greater than 0, not 0"),
        (lambda: LeakyReLU(-1.0), "negative_slope must be 0 or more"),
        (lambda: Embedding(0, 2), "one row and one column or more, not 0"),
    ],
)
def test_layers_that_cannot_be_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()

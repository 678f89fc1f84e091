"""The lines of scalar code are the network: the same loss, the same gradients."""

import numpy as np
import pytest

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Hinge, MeanSquaredError, Sequential
from tinygrad_xor.viz.explorer.listing import listing
from tinygrad_xor.viz.explorer.runs import flat

NETWORKS = {
    "xor": [Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")],
    "one neuron": [Dense(1, "sigmoid", input_dim=2)],
    "three layers": [Dense(3, "tanh", input_dim=2), Dense(2, "softplus"), Dense(1, "sigmoid")],
    "two outputs": [Dense(3, "tanh", input_dim=3), Dense(2, "sigmoid")],
    "no bias": [Dense(2, "leaky_relu", input_dim=2, use_bias=False), Dense(1, "sigmoid")],
    "linear": [Dense(2, "linear", input_dim=2), Dense(1, "sigmoid")],
    "many neurons": [Dense(11, "tanh", input_dim=2), Dense(1, "sigmoid")],
}


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_code_has_the_loss_and_the_gradients_of_the_network(layers):
    model = Sequential(layers, seed=3)
    x = np.linspace(0.5, 1.0, layers[0].kernel.shape[0])
    y = np.ones(layers[-1].units)
    expected = BinaryCrossentropy()(y[None], model(x[None]))
    expected.backward()
    code = listing(model, BinaryCrossentropy())
    loss, values, _ = code.run(flat(model.get_weights()), x, y)
    loss.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12, abs=0)
    gradients = [values[name].grad for name in code.parameters]
    np.testing.assert_allclose(gradients, flat([p.grad for p in model.parameters()]), rtol=1e-11)


@pytest.mark.parametrize("loss", [MeanSquaredError(), Hinge()])
def test_other_losses_and_a_linear_output_work(loss):
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1)], seed=1)
    code = listing(model, loss)
    ours, values, _ = code.run(flat(model.get_weights()), [0.0, 1.0], [1.0])
    assert ours.item() == pytest.approx(
        loss([[1.0]], model.predict([[0.0, 1.0]])), rel=1e-12, abs=0
    )
    assert values["p"].item() == pytest.approx(model.predict([[0.0, 1.0]]).item(), rel=1e-12, abs=0)


def test_every_value_knows_its_line():
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    code = listing(model, BinaryCrossentropy())
    _, values, made = code.run(flat(model.get_weights()), [0.0, 1.0], [1.0])
    assert code.lines[made[values["h2"]].line - 1] == "h2 = relu(z2)"
    assert {made[values[name]].line for name in ("z1", "z2", "h1", "h2", "s")} == {1, 2, 3, 4, 5}


def test_names_are_written_with_small_digits():
    three = Sequential(NETWORKS["three layers"], seed=0)
    labels = listing(three, BinaryCrossentropy()).labels
    assert labels["w12"] == "w₁₂"
    assert labels["w2_31"] == "w⁽²⁾₃₁"
    many = listing(Sequential(NETWORKS["many neurons"], seed=0), BinaryCrossentropy()).labels
    assert (many["w1_11"], many["w11"]) == ("w₁,₁₁", "w₁₁")


def test_softmax_is_refused_with_the_layer():
    model = Sequential([Dense(2, "softmax", input_dim=2)], seed=0)
    with pytest.raises(ValueError, match=r"Dense\(2, 'softmax'\) cannot be stepped through"):
        listing(model, BinaryCrossentropy())

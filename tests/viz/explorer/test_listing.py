"""The lines of scalar code are the network: the same loss, the same gradients."""

import re

import numpy as np
import pytest

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Hinge, MeanSquaredError, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.viz.explorer.listing import Listing
from tinygrad_xor.viz.explorer.runs import flat

IN_CODE = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁾", "01234567890123456789_", "⁽")
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
    code = Listing(model, BinaryCrossentropy())
    values = code.run(flat(model.get_weights()), x, y)
    loss = values["L"]
    loss.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12, abs=0)
    gradients = [values[name].grad for name in code.parameters]
    np.testing.assert_allclose(gradients, flat([p.grad for p in model.parameters()]), rtol=1e-11)


@pytest.mark.parametrize("loss", [MeanSquaredError(), Hinge()])
def test_other_losses_and_a_linear_output_work(loss):
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1)], seed=1)
    code = Listing(model, loss)
    values = code.run(flat(model.get_weights()), [0.0, 1.0], [1.0])
    assert values["L"].item() == pytest.approx(
        loss([[1.0]], model.predict([[0.0, 1.0]])), rel=1e-12, abs=0
    )
    assert values["p"].item() == pytest.approx(model.predict([[0.0, 1.0]]).item(), rel=1e-12, abs=0)


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_lines_are_what_was_computed(layers):
    model = Sequential(layers, seed=2)
    code = Listing(model, BinaryCrossentropy())
    values = code.run(
        flat(model.get_weights()), np.ones(len(code.inputs)), np.ones(len(code.targets))
    )
    assert list(values) == code.labels
    scope = ACTIVATIONS | {"stack": np.stack, "loss": BinaryCrossentropy()}
    names = {re.sub(",(?=[₀-₉])", "_", label).translate(IN_CODE): label for label in code.labels}
    scope |= {name: values[label] for name, label in names.items() if not values[label].primitive}
    exec("\n".join(code.lines), scope)
    for name, label in names.items():
        assert scope[name].data == values[label].data


def test_names_are_written_with_small_digits():
    three = Sequential(NETWORKS["three layers"], seed=0)
    code = Listing(three, BinaryCrossentropy())
    assert {"w₁₂", "w⁽²⁾₃₁"} < {*code.labels}
    assert "z2_1 = w2_11 * h1 + w2_21 * h2 + w2_31 * h3 + b2_1" in code.lines
    many = Listing(Sequential(NETWORKS["many neurons"], seed=0), BinaryCrossentropy())
    assert {"w₁,₁₁", "w₁₁"} < {*many.labels}
    assert "z11 = w1_11 * x1 + w2_11 * x2 + b11" in many.lines


def test_softmax_is_refused_with_the_layer():
    model = Sequential([Dense(2, "softmax", input_dim=2)], seed=0)
    with pytest.raises(ValueError, match=r"Dense\(2, 'softmax'\) cannot be stepped through"):
        Listing(model, BinaryCrossentropy())

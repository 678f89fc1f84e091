"""A network as its neurons and weights."""

import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Dropout, Sequential
from tinygrad_xor.viz.explorer.listing import Listing
from tinygrad_xor.viz.neurons import MOST, neurons

SVG = "{http://www.w3.org/2000/svg}"


def xor_network():
    return Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)


def lines(model):
    return {
        line.find(f"{SVG}title").text.partition(":")[0]: line
        for line in ET.fromstring(neurons(model)).iter(f"{SVG}line")
    }


def test_a_line_is_a_weight_with_its_sign_and_size():
    model = xor_network()
    kernel = np.zeros((2, 5))
    kernel[0, 1], kernel[1, 1] = 2.0, -1.0
    model.set_weights([kernel, np.zeros(5), np.zeros((5, 1)), np.zeros(1)])
    drawn = lines(model)
    assert len(drawn) == 15
    plus, minus, nothing = drawn["x₁ → h₂"], drawn["x₂ → h₂"], drawn["x₁ → h₁"]
    assert plus.get("stroke-dasharray") is None
    assert minus.get("stroke-dasharray")
    widths = [float(line.get("stroke-width")) for line in (plus, minus, nothing)]
    assert widths == pytest.approx([6.6, 3.6, 0.6])
    assert len({line.get("stroke") for line in (plus, minus, nothing)}) == 3


def test_it_shows_the_network_as_it_is_now():
    model = xor_network()
    before = model.draw().svg
    model.compile(loss="binary_crossentropy", optimizer="adam")
    model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=1, verbose=0)
    assert model.draw().svg != before


def test_of_a_wide_layer_the_first_neurons_are_drawn_and_the_rest_counted():
    picture = ET.fromstring(neurons(Sequential([Dense(40, "tanh", input_dim=1)], seed=0)))
    assert len(list(picture.iter(f"{SVG}polyline"))) == MOST
    assert f"+ {40 - MOST}" in [text.text for text in picture.iter(f"{SVG}text")]


def test_names_say_the_layer_where_there_are_several_hidden_ones():
    model = Sequential([Dense(2, input_dim=2), Dense(2), Dense(2, "softmax")], seed=0)
    assert "h⁽²⁾₁ → p₂" in lines(model)


def test_neurons_have_the_names_of_the_explorers_lines():
    layers = [Dense(3, "relu", input_dim=2), Dense(2, "tanh"), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=0)
    named = {name for line in lines(model) for name in line.split(" → ")}
    assert len(named) == 2 + 3 + 2 + 1
    assert named <= {*Listing(model, BinaryCrossentropy()).labels}


def test_a_notebook_shows_it_and_it_is_saved_as_svg(tmp_path):
    model = xor_network()
    assert model._repr_mimebundle_()["image/svg+xml"] == model.draw().svg
    assert model.draw().save(tmp_path / "network.svg").read_text("utf-8") == model.draw().svg
    with pytest.raises(ValueError, match=r"save it as \.svg, not as 'network\.png'"):
        model.draw().save("network.png")


def test_what_cannot_be_drawn_says_what_it_needs(monkeypatch, tmp_path):
    assert neurons(Sequential([Dense(2, input_dim=2), Dropout(0.5)])) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ValueError, match="its boxes need Graphviz"):
        Sequential([Dense(2)]).draw()

"""What notebooks show: Values and networks draw themselves, and never too much."""

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.nn import Dense, Dropout, Sequential
from tinygrad_xor.viz import draw, notebook


@pytest.fixture
def no_graphviz(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def shown(x):
    if not shutil.which("dot"):
        pytest.importorskip("pygraphviz", reason="there is no Graphviz here")
    return x._repr_mimebundle_()


def texts(svg):
    return {
        e.text.replace("\xa0", "") for e in ET.fromstring(svg).iter() if e.tag.endswith("}text")
    }


def test_a_value_shows_its_graph_and_its_text():
    y = Value(2.0, label="вход") * 3.0
    bundle = shown(y)
    assert bundle["text/plain"] == repr(y)
    assert {"вход", "2", "×", "6"} <= texts(bundle["image/svg+xml"])


def test_a_network_of_dense_layers_shows_its_neurons():
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")])
    assert texts(shown(model)["image/svg+xml"]) == set("x₁ x₂ h₁ h₂ h₃ h₄ h₅ p".split())


def test_neurons_need_no_graphviz(monkeypatch, no_graphviz):
    monkeypatch.delitem(sys.modules, "tinygrad_xor.viz.drawing", raising=False)
    monkeypatch.setitem(sys.modules, "graphviz", None)
    assert "image/svg+xml" in Sequential([Dense(1, input_dim=2)])._repr_mimebundle_()


def test_another_network_shows_its_layers():
    model = Sequential([Dense(5, "relu", input_dim=2), Dropout(0.5), Dense(1, "sigmoid")])
    drawn = texts(shown(model)["image/svg+xml"])
    assert {"dense_1", "relu → (5)", "15 parameters", "dense_2", "sigmoid → (1)"} <= drawn


def test_a_network_that_does_not_know_its_inputs_can_be_shown():
    assert "(?)" in texts(shown(Sequential([Dense(1)]))["image/svg+xml"])
    assert "image/svg+xml" in shown(Sequential())


def test_a_large_graph_is_shown_as_text():
    y = Value(1.0)
    for _ in range(10_000):
        y = (y * 2.0).tanh()
    assert set(shown(y)) == {"text/plain"}


def test_large_arrays_are_shown_as_text():
    bundle = shown(Value(np.zeros(1_000_001)) * 2.0)
    assert set(bundle) == {"text/plain"}
    assert len(bundle["text/plain"]) < 500


def test_a_picture_of_too_many_letters_is_not_shown(monkeypatch):
    monkeypatch.setattr(notebook, "MAX_LETTERS", 10)
    assert set(shown(Value(1.0))) == {"text/plain"}


def test_a_loss_whose_weights_have_moved_on_is_shown_as_text():
    w = Value(1.0)
    loss = w * w
    w.data = 2.0
    assert set(shown(loss)) == {"text/plain"}


def test_without_graphviz_the_text_is_shown(no_graphviz):
    assert set(Value(1.0)._repr_mimebundle_()) == {"text/plain"}


def test_without_graphviz_a_drawing_shows_its_dot_text_and_one_sentence(no_graphviz):
    drawing = draw(Value(1.0, label="x"))
    bundle = drawing._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert bundle["text/plain"].endswith(drawing.source)
    assert 'pip install "tinygrad-xor[viz]"' in bundle["text/plain"].splitlines()[0]


def test_importing_the_package_imports_nothing_that_draws():
    code = (
        "import sys, tinygrad_xor; heavy = ('graphviz', 'tinygrad_xor.viz', 'tinygrad_xor.nn'); "
        "sys.exit(any(m in sys.modules for m in heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

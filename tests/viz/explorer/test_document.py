"""The page as text: small, complete, in two languages, closed to the network."""

import json
import re
from importlib import resources

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import messages
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Hinge, MeanSquaredError, Sequential
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import History
from tinygrad_xor.viz.explorer import Explorer, Run, explore, explore_value
from tinygrad_xor.viz.explorer.document import as_json
from tinygrad_xor.viz.explorer.listing import Listing

PAGE = resources.files("tinygrad_xor.viz.explorer").joinpath("page")
WORDS = messages("explorer")


@pytest.fixture
def model():
    return Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)


def test_every_word_is_there_in_both_languages():
    for key, word in WORDS.items():
        assert set(word) == {"en", "ru"}, key
        forms = [[text] if isinstance(text, str) else text for text in word.values()]
        assert all(text.strip() for texts in forms for text in texts), key
        fills = [set(re.findall(r"\{(\w+)\}", " ".join(texts))) for texts in forms]
        assert fills[0] == fills[1], key
        assert key in {"name_relu", "name_tanh", "name_leaky_relu", "name_softplus"} or (
            re.search("[а-яё]", str(word["ru"])) and not re.search("[а-яё]", str(word["en"]))
        ), key


def test_every_word_that_the_page_uses_is_in_the_catalogue():
    texts = [p.read_text("utf-8") for p in PAGE.iterdir() if p.name.endswith((".js", ".html"))]
    used = set(
        re.findall(r'(?:word\("|data-word="|"data-word": "|data-label=")(\w+)"', "\n".join(texts))
    )
    assert len(used) > 40
    assert used <= set(WORDS)
    built = {key for key in WORDS if key.startswith(("name_", "story_", "view_", "lamp_", "live_"))}
    assert set(WORDS) - built == used - built


def test_the_page_loads_nothing(model):
    html = explore(model, *truth_table("xor")).html
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", html.replace("\n//", "\n")))
    assert addresses == {"http://www.w3.org"}  # the names of SVG and MathML
    assert not re.search(r"<link|<img|@import|url\(\s*['\"]?(?!#)|\bfetch\(|XMLHttp", html)
    assert "%%" not in html


def test_no_text_of_the_data_ends_the_script():
    text = as_json({"a": "</script><!--", "b": "\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"a": "</script><!--", "b": "\u2028"}


def test_numbers_that_json_lacks_are_texts():
    assert as_json([np.nan, np.inf, -np.inf]) == '["NaN","Infinity","-Infinity"]'


def test_the_title_is_escaped(model):
    html = explore(model, *truth_table("xor"), name="<b>&").html
    assert "<title>&lt;b&gt;&amp;</title>" in html


def test_the_page_is_written_whole(model, tmp_path):
    page = explore(model, *truth_table("xor"))
    path = page.save(tmp_path / "new" / "page.html")
    assert path.read_text("utf-8") == page.html
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_a_notebook_gets_a_frame_with_the_page_in_it(model):
    frame = explore(model, *truth_table("xor"))._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert frame.count("<") == 2  # the frame's own tags


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="there is no lang='de'"):
        Explorer({}, "de")


def test_an_unknown_activation_is_refused_with_the_known_ones():
    model = Sequential([Dense(1, np.sin, input_dim=2)], seed=0)
    with pytest.raises(ValueError, match="cannot compute the activation 'sin': it knows linear"):
        explore(model, *truth_table("xor"))


def test_a_network_that_is_too_large_to_step_through_still_has_its_training():
    model = Sequential([Dense(200, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    with pytest.warns(UserWarning, match="no steps .* nodes, more than the 400") as caught:
        page = explore(model, *truth_table("xor"))
    assert caught[0].filename == __file__
    assert page.data["passes"] is None
    assert len(page.data["runs"]) == 1


def test_a_history_gives_the_last_moment(model):
    run = Run(
        "r",
        model,
        *truth_table("xor"),
        History([{"loss": 0.7, "accuracy": 0.5}, {"loss": 0.6, "accuracy": 0.75}]),
    )
    payload = run.payload()
    assert (payload["epochs"], payload["loss"], payload["accuracy"]) == ([2], [0.6], [0.75])


def test_any_scalar_can_be_explored():
    x = Value(2.0, label="x")
    page = explore_value(np.exp(x) * x, lang="ru")
    assert '<html lang="ru"' in page.html
    assert page.data["runs"] == []


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [(np.zeros((4, 2)), np.zeros(3)), (np.zeros((0, 2)), np.zeros(0)), (np.eye(3), np.zeros(3))],
)
def test_examples_that_do_not_fit_the_network_are_an_error_with_both_shapes(model, inputs, targets):
    with pytest.raises(ValueError, match="do not fit a network of 2 inputs and 1 outputs") as error:
        explore(model, inputs, targets)
    assert str(inputs.shape) in str(error.value)


def test_targets_of_one_output_may_be_a_plain_list(model):
    X, y = truth_table("xor")
    assert explore(model, X, y.ravel()).data["runs"] == explore(model, X, y).data["runs"]


def test_what_cannot_be_explored_is_one_clear_sentence():
    with pytest.raises(ValueError, match="has no layers"):
        explore(Sequential([]), *truth_table("xor"))
    with pytest.raises(TypeError, match=r"takes a Value, not float: 3\.0"):
        explore_value(3.0)
    with pytest.raises(TypeError, match="real numbers"):
        explore_value(np.abs(Value(1 + 2j)))


def test_the_loss_is_the_one_that_the_network_was_compiled_with(model):
    assert isinstance(Run("a", model, *truth_table("xor")).loss, BinaryCrossentropy)
    model.compile(loss="mse", optimizer="sgd")
    assert isinstance(Run("a", model, *truth_table("xor")).loss, MeanSquaredError)
    assert isinstance(Run("a", model, *truth_table("xor"), loss="hinge").loss, Hinge)
    with pytest.raises(ValueError, match="unknown loss 'msx'"):
        explore(model, *truth_table("xor"), loss="msx")


def test_what_is_no_run_of_this_network_is_one_clear_sentence(model):
    other = Sequential([Dense(3, input_dim=2), Dense(1)], seed=0)
    for snapshots in (Snapshots(), Snapshots(other)):
        with pytest.raises(ValueError, match="the snapshots show no epoch of this network"):
            explore(model, *truth_table("xor"), snapshots)
    for history in ("history", {"loss": [1.0]}):
        with pytest.raises(TypeError, match="history= is the Snapshots that"):
            explore(model, *truth_table("xor"), history)
    with pytest.raises(TypeError, match="others= are runs to compare with"):
        explore(model, *truth_table("xor"), others=[Snapshots(model)])
    with pytest.raises(TypeError, match="the explorer shows a Sequential, not function"):
        explore(lambda x: x, *truth_table("xor"))


def test_the_size_of_a_network_is_looked_at_before_its_lines_are_run(monkeypatch):
    monkeypatch.setattr(Listing, "run", None)
    large = Sequential([Dense(100, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    with pytest.warns(UserWarning, match="the graph has 607 nodes, more than the 400"):
        assert explore(large, *truth_table("xor")).data["passes"] is None


def test_a_name_that_is_no_text_is_shown_as_one(model):
    assert explore(model, *truth_table("xor"), name=5).data["title"] == "5"

"""The network that is trained in the page, beside the engine."""

import re
import time

import numpy as np
import pytest

from tinygrad_xor import optim
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.viz.explorer import explore, live

X, Y = truth_table("xor")
#: With RMSprop's usual 0.01 steps stay so large near a minimum that the last bit of a number grows.
RATES = {**live.OPTIMIZERS, "rmsprop": 0.001}
TRAIN = """
const training = new Training({
  inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [0, 1, 1, 0],
  width: 5, activation: arguments[0], optimizer: arguments[1], rate: arguments[2],
  batch: arguments[3], seed: 3,
});
const start = [...training.weights];
const orders = Array.from({ length: 1000 }, () => training.step());
return [start, orders, [...training.weights]];
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    model = Sequential([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    return explore(model, X, Y).save(tmp_path_factory.mktemp("live") / "explorer.html")


@pytest.fixture
def page(browser, file):
    """Open the page at an address; run a piece of JavaScript in it."""

    def opened(address=""):
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get(file.as_uri() + address)
        return browser.execute_script

    yield opened
    assert browser.get_log("browser") == []


def put_in_a_row(model):
    return np.concatenate([array.ravel() for array in model.get_weights()])


@pytest.mark.parametrize("activation", live.ACTIVATIONS)
@pytest.mark.parametrize("optimizer", live.OPTIMIZERS)
@pytest.mark.parametrize("batch", [1, 4])
def test_the_first_thousand_steps_are_the_engines(page, activation, optimizer, batch):
    rate = RATES[optimizer]
    run = page()
    start, orders, end = run(TRAIN, activation, optimizer, rate, batch)
    model = Sequential([Dense(5, activation, input_dim=2), Dense(1, "sigmoid")], seed=0)
    parts = np.split(np.array(start), [10, 15, 20])
    model.set_weights([parts[0].reshape(2, 5), parts[1], parts[2].reshape(5, 1), parts[3]])
    loss, step = BinaryCrossentropy(), optim.OPTIMIZERS[optimizer](model.parameters(), lr=rate)
    for rows in orders:
        step.zero_grad()
        loss(Y[rows], model(X[rows])).backward()
        step.step()
    assert np.max(np.abs(put_in_a_row(model) - end)) < 1e-12
    assert np.max(np.abs(np.array(start) - end)) > 1e-3  # and they did move


def test_an_address_shows_what_was_seen_there(page):
    run = page(
        "#live?task=and&width=3&activation=tanh&optimizer=sgd&rate=0.3&batch=4&seed=5&steps=40"
    )
    status = run("return document.querySelector('#live-status').textContent")
    assert re.search("Epoch 40 · steps 40", status)
    assert [
        run(f"return document.querySelector('#live-{name}').value") for name in ("task", "width")
    ] == [
        "and",
        "3",
    ]
    cells = "document.querySelectorAll('.updates td[data-value]')"
    new = run(f"return [...{cells}].map(td => td.dataset.value)")
    model_weights = run(
        """const t = new Training({inputs: [[0,0],[0,1],[1,0],[1,1]], targets: [0,0,0,1], width: 3,
        activation: "tanh", optimizer: "sgd", rate: 0.3, batch: 4, seed: 5});
        while (t.count < 40) t.step();
        return [...t.weights].map(String)"""
    )
    assert new == model_weights


def test_what_an_address_says_wrongly_is_not_taken(page):
    run = page("#live?task=nothing&width=999&activation=<b>&optimizer=x&rate=-1&seed=-3&steps=nan")
    value = "return document.querySelector('#live-{}').value"
    assert [run(value.format(name)) for name in ("task", "width", "activation")] == [
        "xor",
        "16",
        "relu",
    ]


def test_one_step_is_taken_apart_with_the_numbers_of_its_update(page):
    run = page("#live?optimizer=sgd&rate=0.3&seed=1")
    run("document.querySelector('#live-step').click()")
    rows = run(
        """return [...document.querySelectorAll('.updates tr')].slice(1).map(
        row => [...row.querySelectorAll('td')].map(td => td.textContent))"""
    )
    assert len(rows) == 21
    moved = 0
    for old, gradient, update, new, _ in rows:
        w, g, to = (float(text.replace("−", "-")) for text in (old, gradient, new))
        assert update.startswith(f"{old} − 0.3 · ")
        assert to == pytest.approx(w - 0.3 * g, rel=0, abs=1e-3)
        moved += g != 0
    assert moved > 5


def test_it_trains_when_it_is_told_to_and_stops(page):
    run = page("#live?width=8&activation=tanh")
    steps = (
        "return Number(/steps (\\d+)/.exec(document.querySelector('#live-status').textContent)[1])"
    )
    run("document.querySelector('#live-play').click()")
    deadline = time.monotonic() + 60
    while run(steps) < 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    run("document.querySelector('#live-play').click()")
    stopped = run(steps)
    assert stopped >= 200
    time.sleep(0.2)
    assert run(steps) == stopped


def test_a_weight_that_is_dragged_is_the_weight(page):
    run = page("#live?seed=2")
    run(
        """const slider = document.querySelector('.updates input');
        slider.value = 5; slider.dispatchEvent(new Event('input'))"""
    )
    assert "5" in run("return document.querySelector('.updates td[data-value]').textContent")
    title = run("return document.querySelector('#live-picture .weight title').textContent")
    assert title.endswith(": 5")


def test_many_seeds_are_trained_beside_the_page(page):
    run = page("#live?width=2&activation=tanh&optimizer=adam&rate=0.1")
    run("document.querySelector('#live-many').click()")
    said = "return document.querySelector('#live-many-said').textContent"
    deadline = time.monotonic() + 120
    while not re.search(r"of (\d{2,}) learned", run(said)) and time.monotonic() < deadline:
        time.sleep(0.1)
    learned, done = map(int, re.match(r"(\d+) of (\d+) learned", run(said)).groups())
    counted = run(
        """let learned = 0;
        for (let seed = 0; seed < arguments[0]; seed += 1) {
          const t = new Training({inputs: [[0,0],[0,1],[1,0],[1,1]], targets: [0,1,1,0], width: 2,
            activation: "tanh", optimizer: "adam", rate: 0.1, batch: 4, seed});
          while (t.epoch < 2000) t.step();
          learned += t.isLearned();
        }
        return learned""",
        done,
    )
    assert 0 < learned == counted < done


def test_the_programs_name_no_function_of_the_browsers_but_exact_ones():
    used = set(re.findall(r"Math\.(\w+)", live.programs()))
    assert used <= {"abs", "sqrt", "pow"}  # pow: of Adam's factors alone

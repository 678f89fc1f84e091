"""The network that is trained in the page, beside the engine."""

import re
import time
from importlib import resources

import numpy as np
import pytest
from waiting import wait_until

from tinygrad_xor import Value, optim
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential, activations
from tinygrad_xor.viz.explorer import explore, live

PAGE = resources.files("tinygrad_xor.viz.explorer") / "page"
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
const orders = [];
for (let n = 0; n < 1000; n += 1) {
  training.step();
  orders.push(training.last.rows);
}
return [start, orders, [...training.weights]];
"""
STEPS = "return Number(/steps (\\d+)/.exec(document.querySelector('#live-status').textContent)[1])"


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


@pytest.mark.parametrize("name", activations.ELEMENTWISE)
def test_curves_and_their_slopes_are_the_engines(page, name):
    x = Value(np.arange(-120, 121) / 20)
    y = activations.get(name)(x)
    y.backward(np.ones(241))
    rows = page()(
        f"""return arguments[0].map((x) => {{
          const out = [0, 0]; PROGRAMS.curve_{name}([x], out); return out; }})""",
        x.data.tolist(),
    )
    np.testing.assert_allclose(rows, np.stack([y.data, x.grad], axis=1), rtol=1e-13, atol=1e-15)


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
    run("document.querySelector('#live-play').click()")
    wait_until(lambda: run(STEPS) >= 200, every=0.05)
    run("document.querySelector('#live-play').click()")
    stopped = run(STEPS)
    time.sleep(0.2)
    assert run(STEPS) == stopped


def test_a_weight_that_is_dragged_is_the_weight(page):
    run = page("#live?seed=2")
    run(
        """const slider = document.querySelector('.updates input');
        slider.value = 5; slider.dispatchEvent(new Event('input'))"""
    )
    assert "5" in run("return document.querySelector('.updates td[data-value]').textContent")
    title = run("return document.querySelector('#live-picture .weight title').textContent")
    assert title.endswith(": 5")


def test_a_frame_of_a_training_builds_nothing(page):
    run = page("#live?width=8&steps=2100")
    run("""
    window.built = [];
    const observer = new MutationObserver((changes) => window.built.push(
      ...changes.flatMap((change) => [...change.addedNodes]).map((node) => node.nodeName)));
    observer.observe(document.querySelector('#panel-live'), { childList: true, subtree: true });
    document.querySelector('#live-play').click();""")
    wait_until(lambda: run(STEPS) >= 2300, every=0.05)
    assert run("return window.built") == ["#text"]  # the word on the button


def test_a_point_and_a_weight_that_were_dragged_stand_in_the_address(page):
    run = page("#live?seed=2&width=3&activation=tanh")
    run("document.querySelector('#live-step').click()")
    run(
        """const slider = document.querySelector('.updates input');
        slider.value = 5; slider.dispatchEvent(new Event('input'));
        const mark = document.querySelector('#live-square .mark');
        mark.setPointerCapture = () => {}; mark.hasPointerCapture = () => true;
        const box = document.querySelector('#live-square canvas').getBoundingClientRect();
        mark.dispatchEvent(new PointerEvent('pointermove',
          { clientX: box.left + box.width / 2, clientY: box.top + box.height / 4 }))"""
    )
    seen = """return [document.querySelector('#live-status').textContent,
      document.querySelector('#live-square .mark').style.left,
      ...[...document.querySelectorAll('#live-square td, #live-apart [data-value]')].map(
        e => e.textContent)]"""
    before = run(seen)
    assert "5" in before
    again = page(run("return location.hash"))
    assert again(seen) == before
    assert "steps 1" in before[0]


@pytest.mark.parametrize("name", ["points", "weights"])
def test_points_and_weights_that_are_no_numbers_are_not_taken(page, name):
    run = page(f"#live?width=2&{name}=1+2+x&steps=3")
    assert "steps 3" in run("return document.querySelector('#live-status').textContent")


@pytest.mark.parametrize("width", [1, 2, 12])
@pytest.mark.parametrize("activation", live.ACTIVATIONS)
def test_the_live_network_is_stepped_through_as_a_recorded_one_is(page, width, activation):
    run = page()
    # `momentOf` is a name inside the page's program: its source is run beside the same data.
    source = (PAGE / "moment.js").read_text("utf-8")
    moment, weights = run(
        f"""const data = JSON.parse(document.getElementById("data").textContent);
        {source}
        const training = new Training({{
          inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [0, 1, 1, 0],
          width: arguments[0], activation: arguments[1], optimizer: "adam", rate: 0.01, batch: 4,
          seed: 3, bias: "uniform" }});
        for (let n = 0; n < 20; n += 1) training.step();
        return [momentOf(training), [...training.weights]]""",
        width,
        activation,
    )
    model = Sequential([Dense(width, activation, input_dim=2), Dense(1, "sigmoid")], seed=0)
    first, bias, last = np.split(np.array(weights), [2 * width, 3 * width])[:3]
    model.set_weights([first.reshape(2, width), bias, last[:-1].reshape(width, 1), last[-1:]])
    recorded = explore(model, X, Y).data["passes"]
    assert moment["code"] == recorded["code"]
    assert moment["examples"] == recorded["examples"]
    ours, theirs = moment["views"]["lines"], recorded["views"]["lines"]
    assert ours["nodes"] == theirs["nodes"]
    edges = [(e["tail"], e["head"]) for e in ours["edges"]]
    assert edges == [(e["tail"], e["head"]) for e in theirs["edges"]]
    for numbers, other in zip(ours["passes"], theirs["passes"], strict=True):
        np.testing.assert_allclose(numbers["values"], other["values"], rtol=1e-12, atol=1e-14)
        assert [row[0] for row in numbers["back"]] == [row[0] for row in other["back"]]
        np.testing.assert_allclose(numbers["back"], other["back"], rtol=1e-12, atol=1e-14)


def test_the_training_can_be_stopped_and_stepped_through(page):
    run = page("#live?width=3&activation=tanh&optimizer=sgd&rate=0.3&seed=1&steps=7")
    run("document.querySelector('#live-through').click()")
    text = "return document.querySelector('{}').textContent"
    assert not run("return document.querySelector('#panel-steps').hidden")
    chosen = "return document.querySelector('{0}').selectedOptions[0].textContent"
    assert run(chosen.format("#moment")) == "trained here, 7 steps"
    assert run(chosen.format("#rate")) == "0.3"
    run("document.querySelector('#last').click()")
    assert run(text.format("#explanation b")) == "Update: c moves against its gradient"
    gradient = run(
        "return [...document.querySelectorAll('.node .grad')].map(e => e.dataset.value)[12]"
    )
    wanted = run(
        """const t = new Training({inputs: [[0,0],[0,1],[1,0],[1,1]], targets: [0,1,1,0], width: 3,
        activation: "tanh", optimizer: "sgd", rate: 0.3, batch: 4, seed: 1});
        while (t.count < 7) t.step();
        return t.example([0, 1], 1).slope"""
    )
    assert float(gradient) == wanted
    run(
        "document.querySelector('#moment').value = 0;"
        "document.querySelector('#moment').dispatchEvent(new Event('change'))"
    )
    assert run("return document.querySelectorAll('#listing li').length") == 7


def test_many_seeds_are_trained_beside_the_page(page):
    run = page("#live?width=2&activation=tanh&optimizer=adam&rate=0.1")
    run("document.querySelector('#live-many').click()")
    said = "return document.querySelector('#live-many-said').textContent"
    wait_until(lambda: re.search(r"of (\d{2,}) learned", run(said)), every=0.1)
    setting, learned, done = re.match(r"(.*): (\d+) of (\d+) learned in 2000", run(said)).groups()
    assert setting == "XOR · 2 tanh · biases start at 0 · adam 0.1 · all four"
    learned, done = int(learned), int(done)
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

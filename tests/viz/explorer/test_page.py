"""The page in a real browser: every button, the sliders, the keys; numbers as the engine's."""

import contextlib
import re

import numpy as np
import pytest
from waiting import wait_until

from tinygrad_xor import Value
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import train
from tinygrad_xor.viz.explorer import Run, explore, explore_value
from tinygrad_xor.viz.explorer.live import programs

X, Y = truth_table("xor")


def recorded(activation, seed, epochs=200, inputs=X, **how):
    model = Sequential(
        [Dense(5, activation, input_dim=inputs.shape[1]), Dense(1, "sigmoid")], seed=seed
    )
    snapshots = Snapshots(model, keep=20)
    optimizer = Adam(model.parameters(), lr=how.pop("lr", 0.01))
    loss = BinaryCrossentropy()
    train(
        model, inputs, Y, loss=loss, optimizer=optimizer, epochs=epochs, seed=0, on_epoch=snapshots
    )
    return Run(f"{activation}, seed {seed}", model, inputs, Y, snapshots)


@pytest.fixture(scope="module")
def runs():
    return [recorded("relu", 0), recorded("relu", 7), recorded("tanh", 0)]


@pytest.fixture(scope="module")
def file(runs, tmp_path_factory):
    first, *others = runs
    page = explore(first.model, X, Y, first.history, others=others, name=first.name)
    return page.save(tmp_path_factory.mktemp("page") / "explorer.html")


class Page:
    """What a reader does with the page, and what they see."""

    def __init__(self, browser, path):
        self.browser = browser
        browser.get_log("browser")
        browser.get(path.as_uri())

    def __call__(self, script, *args):
        return self.browser.execute_script(script, *args)

    def click(self, css):
        self.browser.find_element("css selector", css).click()

    def text(self, css):
        return self("return document.querySelector(arguments[0]).textContent", css)

    def set(self, css, value):
        self(
            "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
            "for (const name of ['input', 'change']) e.dispatchEvent(new Event(name))",
            css,
            value,
        )

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def numbers(self, css):
        found = "return [...document.querySelectorAll(arguments[0])].map((e) => e.dataset.value)"
        return [float(x) if x else None for x in self(found, css)]

    def wait(self, until):
        wait_until(until, every=0.05)

    @property
    def step(self):
        return int(self.text("#count").split(" / ")[0])

    def errors(self):
        return [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture
def page(browser, file):
    page = Page(browser, file)
    yield page
    assert page.errors() == []


@pytest.fixture
def Keys():
    return pytest.importorskip("selenium.webdriver").Keys


# -- the backward pass --------------------------------------------------------------------------


def test_every_button_of_the_steps_works(page):
    end = int(page("return document.querySelector('#step').max"))
    page.click("#next")
    assert page.step == 1
    assert page.text("#explanation").startswith("Forward: z₁ is computed")
    page.click("#last")
    assert page.step == end
    page.click("#previous")
    assert page.step == end - 1
    page.click("#first")
    assert page.step == 0


def test_keys_step_and_the_space_bar_plays(page, Keys):
    page.set("#speed", "4")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert page.step == 1
    page.press(Keys.END)
    assert page.text("#count").split(" / ")[0] == page.text("#count").split(" / ")[1]
    page.press(Keys.HOME, Keys.SPACE)
    assert page("return document.querySelector('#play').ariaPressed") == "true"
    page.wait(lambda: page.step >= 2)
    page.press(Keys.SPACE)
    assert page("return document.querySelector('#play').ariaPressed") == "false"


@pytest.mark.parametrize("moment", [0, 1])
@pytest.mark.parametrize("view", ["lines", "operations"])
def test_gradients_on_the_page_are_the_engines(page, runs, moment, view):
    page.set("#view", view)
    page.set("#moment", moment)
    for example in range(4):
        page.set("#example", example)
        page.click("#last")
        shown = dict(
            page(
                "return [...document.querySelectorAll('.node')].map("
                "(n) => [n.ariaLabel, n.querySelector('.grad').dataset.value])"
            )
        )
        model = runs[0].model
        trained = model.get_weights()
        model.set_weights(runs[0].snapshots[-moment].weights)
        for p in model.parameters():
            p.grad = None
        x = Value(X[example : example + 1])
        BinaryCrossentropy()(Y[example : example + 1], model(x)).backward()
        hidden, bias, out, c = (p.grad for p in model.parameters())
        model.set_weights(trained)
        for j, digit in enumerate("₁₂₃₄₅"):
            for i, first in enumerate("₁₂"):
                name = f"w{first}{digit}"
                assert float(shown[name] or 0) == pytest.approx(hidden[i, j], rel=1e-5, abs=1e-12)
            assert float(shown[f"b{digit}"] or 0) == pytest.approx(bias[j], rel=1e-5, abs=1e-12)
            assert float(shown[f"v{digit}"] or 0) == pytest.approx(out[j, 0], rel=1e-5, abs=1e-12)
        assert float(shown["c"]) == pytest.approx(c[0], rel=1e-5)
        for name, gradient in zip(("x₁", "x₂"), x.grad.ravel(), strict=True):
            assert float(shown[name] or 0) == pytest.approx(gradient, rel=1e-5, abs=1e-9)


def test_a_step_shows_the_product_and_the_running_sum(page):
    steps = page("return JSON.parse(document.getElementById('data').textContent)")["passes"]
    view = steps["views"]["lines"]
    back = view["passes"][1]["back"]  # the second example is chosen when the page opens
    inner = sum(node["kind"] == "inner" for node in view["nodes"])
    for k in (0, 5, len(back) - 2):
        page.set("#step", inner + 2 + k)
        assert page.text("#explanation").startswith("Backward: from ")
        contribution = float(page.numbers("#explanation strong[data-value]")[0])
        assert contribution == pytest.approx(float(back[k][3]), rel=1e-6)
    assert "5 paths lead on from x₂" in page.text("#explanation")


def test_a_node_that_is_chosen_keeps_its_card_open(page, Keys):
    page.click("#last")
    nodes = page.browser.find_elements("css selector", ".node.inner")
    nodes[0].click()
    detail = page.text("#detail")
    assert detail.startswith("z₁")
    assert "z1 = w11 * x1 + w21 * x2 + b1" in detail
    assert "tinygrad_xor/derivatives/arithmetic.py" in detail
    assert page("return document.querySelectorAll('#detail math').length") >= 7
    page.click("#first")
    assert page.text("#detail").startswith("z₁")
    page("document.querySelectorAll('.node.inner')[1].focus()")
    page.press(Keys.ENTER)
    assert page.text("#detail").startswith("z₂")


def test_each_weight_moves_against_its_gradient_at_the_end(page, runs):
    page.set("#rate", "0.5")
    page.click("#last")
    end = page.step
    model = runs[0].model
    weights = runs[0].snapshots[0].weights
    trained = model.get_weights()
    model.set_weights(weights)
    for p in model.parameters():
        p.grad = None
    BinaryCrossentropy()(Y[1:2], model(X[1:2])).backward()
    moved = [w - 0.5 * p.grad for w, p in zip(weights, model.parameters(), strict=True)]
    for p in model.parameters():
        p.grad = None
    model.set_weights(trained)
    wanted = np.concatenate([w.ravel() for w in moved])
    for k in range(len(wanted)):
        page.set("#step", end - len(wanted) + 1 + k)
        assert page.text("#explanation").startswith("Update: ")
        shown = page.numbers("#explanation strong[data-value]")[0]
        assert shown == pytest.approx(wanted[k], rel=1e-5, abs=1e-7)
    values = "return [...document.querySelectorAll('.node.leaf .value')].map(n => n.dataset.value)"
    np.testing.assert_allclose(
        np.array(page(values)[: len(wanted)], float), wanted, rtol=1e-5, atol=1e-7
    )
    page.click("#previous")  # the last weight has not moved yet
    assert float(page(values)[len(wanted) - 1]) == pytest.approx(weights[-1].item(), rel=1e-6)


def test_nothing_is_shown_before_it_exists(page):
    assert page("return document.querySelector('#detail-card').hidden")
    page.click("#next")
    assert page.text("#detail").startswith("z₁")
    page.click("#first")
    page("document.querySelectorAll('.node.inner')[5].dispatchEvent(new Event('click'))")
    assert page.text("#detail").startswith("h₁")
    assert "Local derivatives" not in page.text("#detail")  # of a number that is not there yet


def test_another_level_of_detail_shows_the_same_step(page):
    for step in range(0, int(page("return document.querySelector('#step').max")), 3):
        page.set("#step", step)
        before = page.text("#explanation b")
        kind = "return document.querySelector('#explanation').dataset.kind"
        of_step = page(kind)
        page.set("#view", "operations")
        assert page(kind) == of_step
        page.set("#view", "lines")
        assert page(kind) == of_step
        assert page.text("#explanation b") == before or of_step == "backward"
    page.click("#last")
    page.set("#view", "operations")
    assert page.text("#explanation b") == "Update: c moves against its gradient"


@pytest.mark.parametrize("width", [800, 1000, 1280, 390])
def test_no_node_and_no_line_of_code_is_cut(page, width):
    with screen(page.browser, width, 900):
        page.click("#last")
        wide = page(
            "const g = document.querySelector('#graph'); return g.scrollWidth > g.clientWidth"
        )
        assert wide == (width == 390)  # a phone moves to the node instead
        cut = page(
            "const right = document.querySelector('#listing-card').getBoundingClientRect().right;"
            "return [...document.querySelectorAll('#listing code')].filter("
            "(e) => e.getBoundingClientRect().right > right).map((e) => e.textContent)"
        )
        assert cut == []


def test_the_first_tab_says_what_its_marks_mean_in_both_languages(page):
    legend = "return document.querySelector('#panel-steps [data-word=legend_steps]').innerText"
    assert re.search("Round nodes.*∂.*blue.*orange.*Violet", page(legend))
    page.click("#lang")
    assert re.search("Круглые узлы.*∂.*синее.*оранжевое.*Фиолетовое", page(legend))
    page.click("#lang")


def test_the_first_tab_begins_with_a_plain_picture_of_the_network(page):
    assert page.text("#explanation b") == "The network, and how it computes and learns"
    assert page("return document.querySelectorAll('#explanation .neuron').length") == 2 + 5 + 1
    assert page("return document.querySelectorAll('#explanation .weight').length") == 10 + 5
    weights = "[...document.querySelectorAll('#explanation .weight title')]"
    titles = f"return {weights}.map(e => e.textContent)"
    before = page(titles)
    assert before[0].startswith("x₁ → h₁: ")
    page.set("#moment", 1)
    assert page(titles) != before
    page.click("#next")
    assert page("return document.querySelectorAll('#explanation .neuron').length") == 0


def test_the_ring_of_the_focus_lies_on_the_nodes_edge_and_covers_no_label(page, Keys):
    page.click("#last")
    page("document.querySelector('.node').focus()")
    page.press(Keys.TAB)
    ring, width, covered = page(
        """const node = document.activeElement, rect = node.querySelector('rect');
        const box = (e) => e.getBoundingClientRect(), style = getComputedStyle(rect);
        const scale = box(rect).width / rect.width.baseVal.value;
        const half = scale * parseFloat(style.strokeWidth) / 2;
        return [getComputedStyle(node).outlineStyle, style.strokeWidth,
          [...node.querySelectorAll('text')].filter(e => e.textContent).filter(
            e => box(e).left < box(rect).left + half || box(e).right > box(rect).right - half
          ).map(e => e.textContent)]"""
    )
    assert page("return document.activeElement.classList.contains('node')")
    assert (ring, width, covered) == ("none", "4px", [])


# -- the training -------------------------------------------------------------------------------


def test_predictions_in_the_page_are_the_engines(page, runs):
    page.click("#tab-training")
    for k, run in enumerate(runs):
        page.set("#run", k)
        payload = page("return JSON.parse(document.getElementById('data').textContent)")["runs"][k]
        for at in (0, 3, len(payload["epochs"]) - 1):
            page.set("#epoch", at)
            shown = page.numbers("#films td.p")
            parameters = run.model.parameters()
            flat = np.array(payload["weights"][at], dtype=float)
            pieces = np.split(flat, np.cumsum([p.size for p in parameters])[:-1])
            copy = Sequential([Dense(5, run.activations[0], input_dim=2), Dense(1, "sigmoid")])
            copy.set_weights(q.reshape(p.shape) for p, q in zip(parameters, pieces, strict=True))
            np.testing.assert_allclose(shown, copy.predict(X).ravel(), rtol=0, atol=1e-9)
            dead = 0
            if run.activations[0] == "relu":
                dead = int(np.sum(np.all(copy.layers[0](X).data <= 0, axis=0)))
            marked = "return document.querySelectorAll('#films .neuron.dead').length"
            assert page(marked) == dead
        np.testing.assert_allclose(shown, run.model.predict(X).ravel(), rtol=0, atol=1e-5)


def test_surfaces_are_blue_where_the_engine_predicts_1_and_orange_where_0(page, runs):
    page.click("#tab-training")
    assert page("return document.querySelectorAll('#films canvas').length") == 6
    low, span = -0.4, 1.8
    page.click("#film-last")
    for k, run in enumerate(runs):
        page.set("#run", k)
        for x, p in zip(X, run.model.predict(X).ravel(), strict=True):
            red, _, blue, alpha = page(
                "const c = document.querySelector('#films .big canvas');"
                "return [...c.getContext('2d').getImageData(Math.round(arguments[0] * c.width),"
                "Math.round((1 - arguments[1]) * c.height), 1, 1).data]",
                *((x - low) / span).tolist(),
            )
            if abs(p - 0.5) > 0.05:  # closer, both are near white
                assert (blue > red) == (p > 0.5)
            assert alpha == 255


def test_a_prediction_that_is_the_threshold_is_no_right_answer(browser, tmp_path):
    model = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.set_weights([np.array([[0.0], [2.0]]), np.zeros(1)])
    page = Page(browser, explore(model, X, Y).save(tmp_path / "page.html"))
    page.click("#tab-training")
    marks = (
        "return [...document.querySelectorAll('.predictions td:last-child')].map(e => e.innerText)"
    )
    assert page(marks) == ["?", "✓", "?", "✗"]
    assert "1 of 4 right" in page.text(".status")


def test_the_film_begins_with_a_loss_before_training(page, runs):
    page.click("#tab-training")
    assert page.text("#epoch-count") == "Epoch 0"
    first = runs[0].payload()["loss"][0]
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    assert first == pytest.approx(BinaryCrossentropy()(Y, model.predict(X)), rel=1e-12)
    assert f"loss {first:.3g}" in page.text(".status")


def test_keys_step_after_a_click_on_a_tab(page, Keys):
    page.click("#tab-training")
    page.press(Keys.ARROW_RIGHT)
    assert page("return document.querySelector('#epoch').value") == "1"
    page.click("#tab-steps")
    page.press(Keys.ARROW_RIGHT)
    assert page.step == 1


def test_the_film_runs_and_its_buttons_work(page, Keys):
    page.click("#tab-training")
    page.click("#film-last")
    page.click("#film-first")
    assert page.text("#epoch-count") == "Epoch 0"
    page.click("#film-play")
    page.wait(lambda: page.text("#epoch-count") == "Epoch 200")
    page("document.activeElement.blur()")
    page.press(Keys.HOME, Keys.ARROW_RIGHT)
    assert page("return document.querySelector('#epoch').value") == "1"
    page.click("#film-last")
    assert page.text("#epoch-count") == "Epoch 200"


def test_two_runs_stand_side_by_side(page):
    page.click("#tab-training")
    page.set("#compare", 1)
    titles = "return [...document.querySelectorAll('.film h2')].map((e) => e.textContent)"
    assert page(titles)[:2] == ["relu, seed 0", "relu, seed 7"]
    curves = "return document.querySelectorAll('#loss polyline:not([points=\"\"])').length"
    assert page(curves) == 2
    page.set("#compare", "")
    assert page(curves) == 1


# -- the activations ----------------------------------------------------------------------------


def test_the_point_moves_by_keys_and_by_the_mouse_and_shows_the_engines_slope(page, Keys):
    page.click("#tab-activations")
    page.set("#activation", "tanh")
    page("document.querySelector('#point').focus()")
    page.press(Keys.HOME, Keys.PAGE_UP, Keys.ARROW_RIGHT)
    x = float(page("return document.querySelector('#point').ariaValueNow"))
    assert x == pytest.approx(-4.95)
    y, slope = page.numbers("#lights [data-value]")
    assert y == pytest.approx(np.tanh(x), rel=1e-6)
    assert slope == pytest.approx(1 - np.tanh(x) ** 2, rel=1e-5)
    lamps = "return [...document.querySelectorAll('.light')].map((e) => e.dataset.lamp)"
    assert page(lamps) == ["green", "red"]
    from selenium.webdriver import ActionChains

    point = page.browser.find_element("id", "point")
    ActionChains(page.browser, duration=0).move_to_element(point).click_and_hold().move_by_offset(
        0, 5
    ).release().perform()
    assert page("return document.querySelector('#point').ariaValueNow") == "0"
    assert page(lamps) == ["red", "green"]


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "tanh", "sigmoid"])
def test_a_slope_that_jumps_is_drawn_as_two_parts_and_others_as_one(page, name):
    page.click("#tab-activations")
    page.set("#activation", name)
    parts = page(
        "return [...document.querySelectorAll('.slope-curve')].map((e) => e.getAttribute('points'))"
    )
    parts = [[[float(x) for x in point.split(",")] for point in part.split()] for part in parts]
    assert len(parts) == (2 if "relu" in name else 1)
    if "relu" in name:
        (left, down), (right, up) = parts[0][-1], parts[1][0]
        assert left == right
        assert {y for _, y in parts[0]} == {down}
        assert {y for _, y in parts[1]} == {up}
        assert len(parts[0]) == len(parts[1])
    ends = "return document.querySelectorAll('.open-end, .closed-end').length"
    assert page(ends) == (2 if "relu" in name else 0)


def test_an_activation_shows_its_recorded_run_or_says_that_there_is_none(page):
    page.click("#tab-activations")
    page.set("#activation", "tanh")
    assert page.text("#activation-run h2") == "tanh, seed 0"
    page.set("#activation-epoch", 0)
    assert page.text("#activation-run .status").startswith("Epoch 0 ")
    page.set("#activation", "softplus")
    assert page.text("#activation-run").startswith("No recorded run")


# -- the whole page -----------------------------------------------------------------------------


def test_the_page_is_russian_at_a_click_and_english_again(page):
    page.click("#lang")
    for tab in ("activations", "live", "training", "steps"):
        page.click(f"#tab-{tab}")
        panel = page(f"return document.querySelector('#panel-{tab}').innerText")
        assert re.search("[а-я]", panel)
        rest = re.sub(r"tinygrad_xor\S*|[a-z]+, seed \d|leaf|(leaky )?relu|\w+ = .*", "", panel)
        assert not re.search(r"\b(the|of|step|epoch|example|forward)\b", rest, re.IGNORECASE)
    page.click("#lang")
    assert page.text("#tab-training") == "Training"


def test_the_theme_follows_the_system_until_it_is_switched(page):
    theme = "return document.documentElement.dataset.theme"

    def system(scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    system("dark")
    page.wait(lambda: page(theme) == "dark")
    system("light")
    page.wait(lambda: page(theme) == "light")
    page.click("#theme")
    assert page(theme) == "dark"
    page.click("#theme")
    assert page(theme) == "light"


def test_tabs_are_walked_with_the_arrow_keys(page, Keys):
    page("document.querySelector('#tab-steps').focus()")
    page.press(Keys.ARROW_RIGHT)
    assert page("return document.activeElement.id") == "tab-training"
    assert page("return document.querySelector('#panel-steps').hidden")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page("return document.activeElement.id") == "tab-steps"


@contextlib.contextmanager
def screen(browser, width, height):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_nothing_is_wider_than_a_phone(page):
    with screen(page.browser, 390, 844):
        for tab in ("steps", "training", "live", "activations"):
            page.click(f"#tab-{tab}")
            assert page("return document.documentElement.scrollWidth") == 390
            small = page(
                "return [...document.querySelectorAll('button, select')]"
                ".filter((e) => e.offsetParent)"
                ".filter((e) => e.offsetHeight < 44 || e.scrollWidth > e.offsetWidth)"
                ".map((e) => e.id)"
            )
            assert small == []
            assert page.browser.find_element("css selector", "h1 .subject").is_displayed()
        page.click("#tab-live")
        slider = "document.querySelector('.updates input').getBoundingClientRect()"
        assert page(f"return {slider}.right") <= 390
        page.click("#tab-training")
        page.click("#lang")
        cut = page(
            """const context = document.createElement('canvas').getContext('2d');
            return [...document.querySelectorAll('#run option')].map(e => e.textContent).filter(
              text => {
                const run = document.querySelector('#run'), style = getComputedStyle(run);
                context.font = `${style.fontSize} ${style.fontFamily}`;
                return context.measureText(text).width > run.clientWidth - 40;  // and its arrow
              })"""
        )
        assert cut == []
        wide = page(
            "return [...document.querySelectorAll('[role=tab]')].filter("
            "(e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)"
        )
        assert wide == []
        page.click("#lang")


@pytest.mark.parametrize("width", [390, 1280])
def test_long_labels_are_cut_and_never_wider_than_the_screen(browser, tmp_path, width):
    x = Value(-0.123, label="the temperature of the water in the kettle, in degrees")
    y = np.tanh(x * Value(2.0, label="a weight with a long name"))
    y.label = "what the neuron makes of the temperature of the water"
    page = Page(browser, explore_value(y).save(tmp_path / "page.html"))
    with screen(browser, width, 844):
        for step in range(int(page("return document.querySelector('#step').max")) + 1):
            page.set("#step", step)
            assert page("return document.documentElement.scrollWidth") <= width
            card = "const e = document.querySelector('#explanation');"
            assert page(f"{card} return e.scrollWidth <= e.clientWidth")
        overlap = page(
            "const box = (n, css) => n.querySelector(css).getBoundingClientRect();"
            "return [...document.querySelectorAll('.node')].some("
            "(n) => box(n, '.name').right > box(n, '.value').left)"
        )
        assert not overlap
    assert page.errors() == []


@pytest.mark.parametrize("width", [390, 1280])
def test_sixteen_neurons_are_large_enough_and_none_hides_another(browser, tmp_path, width):
    model = Sequential([Dense(16, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    page = Page(browser, explore(model, X, Y).save(tmp_path / "page.html"))
    with screen(browser, width, 844):
        page.click("#tab-training")
        x, y, size = np.array(
            page(
                "return [...document.querySelectorAll('#films .neuron > circle')].map((c) => {"
                "const b = c.getBoundingClientRect(); return [b.x, b.y, b.width]; })"
            )
        ).T
        assert len(x) == 19
        assert size.max() > 35
        apart = np.hypot(x[:, None] - x, y[:, None] - y) + 1000 * np.eye(19)
        assert apart.min() > size.max()
        box = "return document.querySelector('#films .network').getBoundingClientRect().top"
        assert y.min() >= page(box)


def test_every_hidden_neuron_of_every_layer_has_a_surface_and_a_name(browser, tmp_path):
    layers = [Dense(3, "tanh", input_dim=2), Dense(2, "sigmoid"), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=0)
    page = Page(browser, explore(model, X, Y).save(tmp_path / "page.html"))
    page.click("#tab-training")
    titles = page(
        "return [...document.querySelectorAll('#films figcaption')].map((e) => e.innerText)"
    )
    assert titles == ["h₁", "h₂", "h₃", "h⁽²⁾₁", "h⁽²⁾₂", "p"]
    hidden = np.asarray(layers[1](layers[0](Value(X))).data)
    for j in range(2):
        for x, value in zip(X, hidden[:, j], strict=True):
            red, _, blue, _ = page(
                "const c = document.querySelectorAll('#films .small canvas')[arguments[0]];"
                "return [...c.getContext('2d').getImageData(Math.round(arguments[1] * c.width),"
                "Math.round((1 - arguments[2]) * c.height), 1, 1).data]",
                3 + j,
                *((x + 0.4) / 1.8).tolist(),
            )
            if abs(value - 0.5) > 0.05:
                assert (blue > red) == (value > 0.5)
    assert page.errors() == []


def test_the_program_leaves_no_names_behind_but_the_engines(page):
    names = page(
        "const frame = document.createElement('iframe'); document.body.append(frame);"
        "const clean = new Set(Object.getOwnPropertyNames(frame.contentWindow)); frame.remove();"
        "return Object.getOwnPropertyNames(window).filter((n) => !clean.has(n))"
    )
    left = {name for name in names if not name.startswith(("cdc_", "ret_nodes"))}
    assert left <= {"0", "randomFrom", *re.findall(r"^function (\w+)", programs(), re.MULTILINE)}


def test_every_control_has_a_name(page):
    nameless = page(
        "return [...document.querySelectorAll('button, input, select, [role=slider]')].filter("
        "(e) => !e.ariaLabel && !e.textContent.trim() && !e.closest('label')).map((e) => e.id)"
    )
    assert nameless == []


def test_a_label_is_shown_as_text_and_never_run(browser, tmp_path):
    x = Value(2.0, label="<script>alert(1)</script>")
    y = x * x
    y.label = "</script><img src=x onerror=alert(2)>"
    page = Page(browser, explore_value(y).save(tmp_path / "page.html"))
    page.click("#last")
    labels = page("return [...document.querySelectorAll('.node')].map((n) => n.ariaLabel)")
    assert labels == [x.label, y.label]
    assert x.label in page.text("#explanation")
    assert page("return document.querySelectorAll('img').length") == 0
    assert page.errors() == []


def test_nan_and_infinities_are_shown_as_such(browser, tmp_path):
    with np.errstate(all="ignore"):
        x = Value(0.0, label="x")
        big = 1.0 / x
        big.label = "big"
        out = big - big
        out.label = "out"
        page = Page(browser, explore_value(out).save(tmp_path / "page.html"))
    page.click("#last")
    shown = page("return [...document.querySelectorAll('.node .value')].map((n) => n.textContent)")
    assert shown == ["0", "∞", "NaN"]
    assert page.text('.node[aria-label="x"] .grad') in ("NaN", "0", "−∞")
    assert page("return document.querySelectorAll('[role=tab]:not([hidden])').length") == 2
    assert page.errors() == []


def test_a_network_of_three_inputs_has_no_surface_and_says_so(browser, tmp_path):
    run = recorded("tanh", 0, epochs=3, inputs=np.hstack([X, X[:, :1]]))
    page = Page(browser, explore(run.model, run.X, Y, run.history).save(tmp_path / "page.html"))
    page.click("#tab-training")
    assert "this network has 3" in page.text("#films")
    page.click("#film-last")
    np.testing.assert_allclose(
        page.numbers("#films td.p"), run.model.predict(run.X).ravel(), atol=1e-5
    )
    assert page.errors() == []


def test_three_classes_by_softmax_have_no_steps_but_a_film(browser, tmp_path):
    model = Sequential([Dense(4, "softplus", input_dim=2), Dense(3, "softmax")], seed=0)
    with pytest.warns(UserWarning, match="softmax looks at all neurons at once"):
        page = explore(model, X, np.eye(4)[:, :3])
    page = Page(browser, page.save(tmp_path / "page.html"))
    assert page("return document.querySelector('#tab-steps').hidden")
    shown = page("return [...document.querySelectorAll('#films td.p')].map(e => e.dataset.value)")
    shown = [[float(p) for p in row.split()] for row in shown]
    np.testing.assert_allclose(shown, model.predict(X), atol=1e-6)
    assert page("return document.querySelectorAll('#films .big canvas').length") == 3
    assert page.errors() == []


def test_the_frame_of_a_notebook_holds_a_working_page(browser, runs, tmp_path):
    frame = explore(runs[0].model, X, Y)._repr_html_()
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><body>{frame}</body>", "utf-8")
    page = Page(browser, tmp_path / "notebook.html")
    browser.switch_to.frame(0)
    try:
        page.click("#last")
        assert page.step > 40
    finally:
        browser.switch_to.default_content()
    assert page.errors() == []

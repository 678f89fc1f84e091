"""Engines of JavaScript: node, and Chromium without a window."""

import base64
import shutil
import subprocess

import numpy as np
import pytest

FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync"""
#: Calls of a function ``run(numbers)`` of one Float64Array, whose bits go as base64 both ways.
_BYTES = """
const given = Uint8Array.from(atob("{given}"), c => c.charCodeAt(0));
const answer = new Uint8Array(run(new Float64Array(given.buffer)).buffer);
let text = "";
for (const byte of answer) text += String.fromCharCode(byte);
return btoa(text);
"""


def called(source, numbers):
    """A body of a function that calls ``run`` of a source."""
    given = base64.b64encode(np.asarray(numbers, "<f8").tobytes()).decode()
    return source + _BYTES.replace("{given}", given)


def answered(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


@pytest.fixture(scope="session")
def in_node():
    """A function that runs JavaScript's ``run`` on numbers, and gives the numbers it gives."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")

    def run(source, numbers):
        script = f"console.log((() => {{{called(source, numbers)}}})())"
        done = subprocess.run(
            [node, "-"], input=script, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return answered(done.stdout)

    return run


@pytest.fixture(scope="session")
def in_chromium(tmp_path_factory):
    """The same in a browser."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("there is no chromium with its chromedriver here")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(600)
    yield lambda source, numbers: answered(driver.execute_script(called(source, numbers)))
    driver.quit()


@pytest.fixture(params=["node", "chromium"])
def javascript(request):
    """Each of them."""
    return request.getfixturevalue(f"in_{request.param}")

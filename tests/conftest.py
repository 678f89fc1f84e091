"""Hypothesis profiles: quick for the README, thorough and few for the gate; all repeatable."""

import gc
import multiprocessing
import os
import shutil
import signal
import sys
import threading

import hypothesis
import pytest

from tinygrad_xor.engine import TABLE, modes
from tinygrad_xor.engine.table import BY_FUNCTION, CONSTANT

os.environ["LC_ALL"] = "C.UTF-8"  # the commands speak English, whatever the machine does
os.environ["TINYGRAD_XOR_CACHE"] = "off"  # nothing is left behind on the disk

hypothesis.settings.register_profile(
    "quick", max_examples=6, deadline=None, derandomize=True, print_blob=False
)
hypothesis.settings.register_profile(
    "few", max_examples=2, deadline=None, derandomize=True, print_blob=False
)
hypothesis.settings.register_profile(
    "thorough", max_examples=12, deadline=None, derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("quick")

if "MUTANT_UNDER_TEST" in os.environ:  # mutmut calls every function through a frame of its own
    import mutmut

    modes.LIBRARIES += (mutmut.__path__[0],)


@pytest.fixture
def own_entries():
    """Whatever a test adds to the table of derivatives is gone after it."""
    kept = [(registry, registry.copy()) for registry in (TABLE, BY_FUNCTION, CONSTANT)]
    yield
    for registry, before in kept:
        registry.clear()
        registry.update(before)


@pytest.fixture
def without_collector():
    """The cyclic garbage collector off: only reference counts free anything."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def suspended_in():
    """A function that gives a generator which has entered a block, and waits inside it."""

    def suspended(block):
        def wait():
            with block:
                yield

        generator = wait()
        next(generator)
        return generator

    return suspended


@pytest.fixture(scope="session")
def processes():
    """Starts processes fast: each is forked from one that has imported everything."""
    try:
        context = multiprocessing.get_context("forkserver")
    except ValueError:
        pytest.skip("this system cannot fork")
    context.set_forkserver_preload(
        [
            "pytest",
            "tinygrad_xor.cli.job",
            "tinygrad_xor.cli.atlas",
            "tinygrad_xor.compiler.machine",
            "tinygrad_xor.viz.plots",
        ]
    )
    started = []

    def start(function, *args):
        process = context.Process(target=function, args=args)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


_CHROMIUM = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync"""


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A function that opens a real browser, with more flags; it is closed at the end."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("there is no chromium with its chromedriver here")
    opened = []

    def open_one(*flags, logs=False):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        profile = tmp_path_factory.mktemp("profile")
        for flag in (*_CHROMIUM.split(), f"--user-data-dir={profile}", *flags):
            options.add_argument(flag)
        if logs:
            options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        opened.append(webdriver.Chrome(options=options, service=service))
        return opened[-1]

    yield open_one
    for driver in opened:
        driver.quit()


@pytest.fixture
def interruptible():
    """Ctrl-C is a KeyboardInterrupt, also where a shell runs the tests in the background.

    Python drops one that comes within a finalizer, or a callback of a weak reference or of the
    collector (as hypothesis has one): it is sent again, until it comes elsewhere. One that is lost
    in a call from machine code is ours, and stays lost.
    """
    others, again = sys.unraisablehook, []

    def dropped(what):
        if what.exc_type is KeyboardInterrupt and "ctypes" not in (what.err_msg or ""):
            again.append(threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)))
            again[-1].start()
        else:
            others(what)

    sys.unraisablehook = dropped
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for timer in again:
        timer.cancel()
        timer.join()
    signal.signal(signal.SIGINT, before)
    sys.unraisablehook = others

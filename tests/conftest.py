"""Hypothesis profiles: quick for the README, thorough and few for the gate; all repeatable."""

import os
import signal

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


@pytest.fixture
def interruptible():
    """Ctrl-C is a KeyboardInterrupt, also where a shell runs the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)

"""What the hostile trials share: how many there are, and their seeds.

Each test of this folder says what is promised, and how often it is tried, in a mark:

    @pytest.mark.promise("A file is whole, whenever its writer is killed.", trials=60)
    def test_...(trials):
        for rng in trials:  # a random.Random of its own for each
            ...

Its docstring says how. `page.py` writes the table of `examples/promises.md` from both.
"""

import math
import random

import hypothesis
import pytest

THOROUGH = 12  # examples of the profile in which every trial is made; others make a fifth


class Trials:
    """The random numbers of each trial, the same in every run; it counts those that were begun."""

    def __init__(self, name, count):
        self.name, self.count, self.begun = name, count, 0

    def __len__(self):
        return self.count

    def __iter__(self):
        for number in range(1, self.count + 1):
            self.begun = number
            print(f"trial {number}")  # shown if it fails
            yield random.Random(f"{self.name} {number}")


@pytest.fixture
def trials(request):
    count = request.node.get_closest_marker("promise").kwargs["trials"]
    if hypothesis.settings.default.max_examples < THOROUGH:
        count = math.ceil(count / 5)
    return Trials(request.node.name, count)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """A test that has passed has made all of its trials."""
    passed = yield
    if (trials := pyfuncitem.funcargs.get("trials")) is not None:
        assert trials.begun == len(trials), "fewer trials were made than the page says"
    return passed

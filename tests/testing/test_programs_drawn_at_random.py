"""A few of the random programs that `random_programs.py` counts in tens of thousands."""

from random import Random

import numpy as np
import pytest
import random_programs

from tinygrad_xor.testing import GradientError
from tinygrad_xor.testing import strategies as gst

#: Right ones that were refused once, by what they are: the number is the seed.
REFUSED_ONCE = {
    "steps from large numbers are rounded": 1000301,
    "a large number is what a unit saturates": 1000360,
    "numbers with fewer bits than others": 1000825,
    "a derivative that is nothing beside the function": 1000872,
    "rounding, times a large number": 1001025,
    "what is left of a product of rounding": 1001301,
    "a gradient that is nothing but rounding": 1001679,
    "a gradient of what is constant": 2000025,
    "a gradient that moves by multiples of rounding": 3001255,
    "jumps that are rare and large": 4000966,
    "a sine of large numbers, in which the coarsest steps see no slope": 4000416,
    "the variance of saturated units, and its gradient": 20262141,
    "a determinant of which nothing is left": 20262308,
    "a saturated sinc that looks like float32": 32001429,
    "a fast function that looks like float32": 32003044,
}


@pytest.mark.parametrize("kind", ["ordinary", "special"])
def test_right_gradients_of_random_programs_pass(kind):
    counted, refused = random_programs.count(kind, 0, 12)
    assert refused == []
    assert counted["checked"] > 10


@pytest.mark.parametrize("seed", REFUSED_ONCE.values(), ids=REFUSED_ONCE)
def test_programs_that_were_refused_once_pass(seed):
    verdict, why = random_programs.verdict("special", seed)
    assert verdict == "checked", why


@pytest.mark.parametrize("seed", [3000043, 5000102, 7000572, 31006273])
def test_gradients_at_ordinary_points_that_were_refused_once_pass(seed):
    verdict, why = random_programs.verdict("ordinary", seed)
    assert verdict == "checked", why


def test_what_is_refused_is_counted_and_said(monkeypatch):
    def refuse(f, *point):
        raise GradientError("the sign is wrong")

    monkeypatch.setattr(random_programs, "check_gradients", refuse)
    counted, said = random_programs.count("ordinary", 7, 1)
    assert counted == {"checked": 0, "refused": 1, "undecided": 0}
    assert said == ["program 7\nthe sign is wrong"]


@pytest.mark.parametrize("special", random_programs.SPECIAL, ids=lambda f: f.__name__)
def test_special_points_are_those_of_functions_of_the_same_arguments(special):
    program, inputs = gst.random_program(Random(3))
    f, point = special(program, inputs, Random(4))
    assert [np.shape(x) for x in point] == [np.shape(x) for x in inputs]
    assert np.shape(f(*point)) in {(), np.shape(program(*inputs))}

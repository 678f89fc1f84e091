"""The exercises of the lessons: their solutions are right, and mistakes get the right hint."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor.course import EXERCISES, check
from tinygrad_xor.language import messages

SOURCES = sorted((Path(__file__).parents[1] / "examples/lessons/source").glob("*.py"))
#: The code that a reader begins with, what is checked, and the solution.
EXERCISE = re.compile(
    r"# %%\n((?:(?!# %%).)*?)check\(\"([\d.]+)\", (.*?), lang=\"(\w\w)\"\)\n"
    r".*?<details>.*?\n#\n((?:#     [^\n]*\n)+)#\n# </details>",
    re.DOTALL,
)
FOUND = [
    (source, *m.groups())
    for source in SOURCES
    for m in EXERCISE.finditer(source.read_text("utf-8"))
]


def judged(code, value, exercise, lang):
    scope = {"np": np}
    exec(code, scope)
    return check(exercise, eval(value, scope), lang)


def test_every_exercise_stands_in_its_lesson_in_both_languages():
    assert sorted((number, lang) for _, _, number, _, lang, _ in FOUND) == sorted(
        (number, lang) for number in EXERCISES for lang in ("en", "ru")
    )
    for source, _, number, _, lang, _ in FOUND:
        assert source.name.startswith(number.partition(".")[0])
        assert source.name.endswith(f".{lang}.py")


@pytest.mark.parametrize("found", FOUND, ids=lambda found: f"{found[2]}, {found[4]}")
def test_the_hidden_solution_is_right_and_what_one_begins_with_is_not(found):
    _, start, number, value, lang, solution = found
    code = re.sub("^#     ", "", solution, flags=re.MULTILINE)
    answer = judged(code, value, number, lang)
    assert answer.verdict == "right"
    assert repr(answer) == {"en": "✓ Right.", "ru": "✓ Верно."}[lang]
    begun = judged(start, value, number, lang)
    assert begun.verdict in ("near", "look")
    assert repr(begun).startswith("≈" if begun.verdict == "near" else "✗")


@pytest.mark.parametrize(
    ("exercise", "answer", "verdict"),
    [
        ("1.1", (-6, -4, 5), "near"),
        ("1.2", 0.25, "near"),
        ("2.1", 24, "near"),
        ("2.1", 7, "look"),
        ("2.1", [], "look"),
        ("2.1", [33, 33], "look"),
        ("2.2", ([[1, -1], [-1, 1]], [0, 0], [10, 0], -5), "near"),
        ("3.1", 18, "near"),
        ("3.2", lambda w, slope, rate: w + rate * slope, "near"),
        ("3.2", lambda w, slope, rate: 0.0, "look"),
        ("4.1", 500, "near"),
        ("4.1", 380, "look"),
        ("4.1", 0, "look"),
        ("4.2", (0, 0, 0), "near"),
        ("4.2", (1, 1, 1), "look"),
        ("5.1", lambda model: setattr(model.layers[0], "trainable", False), "near"),
        ("5.1", lambda model: setattr(model.layers[-1], "trainable", False), "look"),
        ("5.2", 32, "near"),
        ("6.1", lambda p, classes: np.sum(p.argmax(1) == classes), "near"),
        ("6.2", 9600, "near"),
        ("7.1", lambda g, y, x: 3 * x * x, "near"),
        ("7.2", lambda g, y, x: y * y * g, "near"),
        ("7.2", lambda g, y, x: x, "look"),
        ("1.1", "three", "error"),
        ("3.2", 5.0, "error"),
    ],
)
def test_a_known_mistake_is_told_from_a_wrong_way(exercise, answer, verdict):
    for lang in ("en", "ru"):
        said = check(exercise, answer, lang)
        assert said.verdict == verdict
        if verdict in ("near", "look"):
            hint = messages("course")[f"{verdict}_{exercise.replace('.', '_')}"][lang]
            assert said.text.endswith(hint)


WHAT_READERS_WRITE = [
    lambda *given: math.exp(1000.0),
    lambda *given: 1 / 0,
    lambda *given: {}["weight"],
    lambda *given: undefined_name,  # noqa: F821
    lambda *given: None,
    None,
    "three",
    10**400,
    math.inf,
    math.nan,
    (math.nan, math.nan, math.nan),
    ([[1e300] * 2] * 2, [1e300] * 2, [1e300] * 2, -1e300),
    [],
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_whatever_a_reader_writes_gets_an_answer_and_is_not_right(exercise, lang):
    for answer in WHAT_READERS_WRITE:
        said = check(exercise, answer, lang)
        assert said.verdict in ("look", "near", "error")
        assert said.text.startswith(("✗", "≈"))


def test_an_error_in_a_readers_function_is_named():
    assert "ZeroDivisionError: " in check("3.2", lambda w, slope, rate: w / 0).text
    assert "OverflowError: " in check("7.1", lambda g, y, x: math.exp(1000), "ru").text


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match=r"unknown exercise '9\.9'"):
        check("9.9", 0)

"""Answers to the exercises of the lessons, judged: right, nearly, or what to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.atlas import wilson
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.language import say, speaking
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import Dense, Sequential

#: What a judge says: "right"; "near", where one known thing is missing; or "look".
Verdict = str
_TOLERANCE = 1e-6


def _compared(right: Any, *near: Any) -> Callable[[Any], Verdict]:
    """A judge of numbers, which knows what comes out where a step was forgotten."""

    def judge(answer: Any) -> Verdict:
        def is_that(x: Any) -> bool:
            return np.shape(answer) == np.shape(x) and np.allclose(answer, x, 0, _TOLERANCE)

        return "right" if is_that(right) else "near" if any(map(is_that, near)) else "look"

    return judge


def _all_four(task: str, is_one: Any) -> Verdict:
    """Whether the network says 1 where it should."""
    right = int(np.sum(is_one == (truth_table(task)[1].ravel() > 0.5)))
    return {4: "right", 3: "near"}.get(right, "look")


def _nand(answer: Any) -> Verdict:
    w1, w2, b = answer
    return _all_four("nand", truth_table("nand")[0] @ [w1, w2] + b > 0)


def _two_neurons(answer: Any) -> Verdict:
    first, b1, last, b2 = (np.asarray(x, dtype=float) for x in answer)
    hidden = np.maximum(0.0, truth_table("xor")[0] @ first.reshape(2, 2) + b1)
    return _all_four("xor", hidden @ last.reshape(2) + b2 > 0)


def _step(answer: Callable[[float, float, float], float]) -> Verdict:
    cases = [(3.0, 2.0, 0.1), (-1.0, 0.5, 0.01), (0.0, -4.0, 1.0)]
    w, slope, rate = np.array(cases).T
    judge = _compared(w - rate * slope, w + rate * slope, w - slope, -rate * slope)
    return judge([answer(*case) for case in cases])


def _how_many(answer: int) -> Verdict:
    if answer != int(answer) or answer < 1:
        return "look"
    if wilson(int(answer), int(answer))[0] < 0.99:
        return "look"
    return "right" if answer == 1 or wilson(int(answer) - 1, int(answer) - 1)[0] < 0.99 else "near"


def _dead(answer: Any) -> Verdict:
    w1, w2, b = answer
    if not np.all(np.isfinite([w1, w2, b])):
        return "look"
    alive = int(np.sum(truth_table("xor")[0] @ [w1, w2] + b > 0))
    if not (w1 or w2):
        return "near"
    return {0: "right", 1: "near"}.get(alive, "look")


def _freeze(answer: Callable[[Sequential], Any]) -> Verdict:
    model = Sequential([Dense(3, "relu", input_dim=2), Dense(3, "relu"), Dense(1, "sigmoid")])
    answer(model)
    learns = [layer.trainable for layer in model.layers]
    if learns == [False, False, True]:
        return "right"
    return "near" if learns[-1] and not all(learns) else "look"


def _accuracy(answer: Callable[[Any, Any], float]) -> Verdict:
    probabilities = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.4, 0.35, 0.25]])
    share = answer(probabilities, np.array([1, 0, 0, 0]))
    return _compared(0.75, 3, 75, 0.25)(share)


def _rule(power: int) -> Callable[[Any], Verdict]:
    """A judge of the rule ``rule(g, y, x)`` for ``y = x ** power``."""

    def judge(answer: Callable[[Any, Any, Any], Any]) -> Verdict:
        x, g = np.array([0.5, -1.5, 2.0]), np.array([2.0, 3.0, -1.0])
        slope = power * x ** (power - 1)
        return _compared(g * slope, slope, -g * slope, g * slope / power)(answer(g, x**power, x))

    return judge


#: By lesson and number; "near" is said of what is next to right, or of a step that was forgotten.
EXERCISES: dict[str, Callable[[Any], Verdict]] = {
    "1.1": _nand,
    "1.2": _compared(1.0, 0.25, 0.5),
    "2.1": _compared(33, 24, 32, 25),
    "2.2": _two_neurons,
    "3.1": _compared(-18, -6, 18, -9),
    "3.2": _step,
    "4.1": _how_many,
    "4.2": _dead,
    "5.1": _freeze,
    "5.2": _compared(33, 32, 1185, 1152),
    "6.1": _accuracy,
    "6.2": _compared(9610, 9472, 9600, 9482),
    "7.1": _rule(3),
    "7.2": _rule(-1),
}


class Answer:
    """What is said of an answer; notebooks show its text."""

    def __init__(self, verdict: Verdict, text: str) -> None:
        #: ``"right"``, ``"near"``, ``"look"``, or ``"error"``.
        self.verdict = verdict
        #: What is said to the reader.
        self.text = text

    def __repr__(self) -> str:
        return self.text


def check(exercise: str, answer: Any, lang: str = "en") -> Answer:
    """Judge the answer to an exercise of the lessons.

    Args:
        exercise: the lesson and the number of the exercise in it, such as ``"1.2"``.
        answer: what the exercise asks for: numbers, or a function, which may raise.
        lang: ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no such exercise or language.

    >>> check("1.2", 1.0)
    ✓ Right.
    >>> check("3.1", 18.0).verdict
    'near'
    """
    judge = look_up("exercise", exercise, EXERCISES)
    key = exercise.replace(".", "_")
    with speaking(lang):
        try:
            verdict = judge(answer)
        except Exception as error:  # a reader's function may raise anything
            return Answer("error", say("course.error", error=f"{type(error).__name__}: {error}"))
        if verdict == "right":
            return Answer(verdict, say("course.right"))
        if verdict == "near":
            return Answer(verdict, say("course.near", hint=say(f"course.near_{key}")))
        return Answer(verdict, say("course.look", hint=say(f"course.look_{key}")))

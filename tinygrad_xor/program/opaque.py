"""Functions that a program does not look into: it calls them, or asks them again, when it runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tinygrad_xor.program.array import Traced, holds_others, plain
from tinygrad_xor.program.constants import found
from tinygrad_xor.program.functions import getitem, register
from tinygrad_xor.program.recorder import RUNNING

Function = Callable[..., Any]


def one_step(
    function: Function | None = None,
    *,
    in_steps: Function | None = None,
    refuses: Callable[..., Any] | None = None,
    elementwise: bool = False,
) -> Function:
    """Let a function be one step of a program, whatever it does inside: branches, loops, writes.

    It must give the same for the same numbers, and must not write into its arguments. The program
    calls it when it runs. A function of a module can be saved by its name.

    Args:
        function: it.
        in_steps: the same, but for rounding, in calls of NumPy's that can be traced: for compilers.
            It takes the same arguments, and gives NotImplemented for those that it is not for.
        refuses: of a function that only raises an error for some numbers, or none: from the same
            arguments, an array of truth values, one of which is true where it raises.
        elementwise: whether shapes and dtypes of the arguments tell those of the result, so that a
            program may leave the step out where nothing needs it.

    >>> from tinygrad_xor.program import trace
    >>> @one_step
    ... def bisected(x):
    ...     return x / 2 if x > 1 else x
    >>> trace(bisected, 4.0)(0.5)
    0.5
    """
    if function is None:
        return functools.partial(
            one_step, in_steps=in_steps, refuses=refuses, elementwise=elementwise
        )

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if not RUNNING:  # the usual case, at once
            return function(*args, **kwargs)
        arrays = found(Traced, (args, kwargs))
        if not arrays or holds_others((args, kwargs)):  # such as Values, whose graph is built
            return function(*args, **kwargs)
        return arrays[0].recorder.call(called, args, kwargs)

    called.in_steps = in_steps  # type: ignore[attr-defined]
    if refuses is not None:
        called.refuses = lambda *args, **kwargs: (  # type: ignore[attr-defined]
            (refuses(*args, **kwargs), False, False)
        )
    if "<" not in function.__qualname__:
        register(_full_name(function), called, again=True, elementwise=elementwise)
    return called


def looked_up(x: Any, index: Any) -> Any:
    """``x[index]``, also of a plain array at traced places, which NumPy would make plain ones."""
    places = found(Traced, index) if RUNNING else []
    return places[0].recorder.call(getitem, (x, index), {}) if places else x[index]


def decision(question: Function | None = None, *, every: bool | None = None) -> Function:
    """Let a program rely on how a question with yes and no is answered, and ask it again at run.

    Where the answer is another then, it refuses the numbers: what follows would be wrong for them.

    Args:
        question: it.
        every: whether the question is if all elements of its one argument are true, and not if any
            is: for compilers, which know of no other questions.

    >>> from tinygrad_xor.program import trace
    >>> @decision
    ... def is_large(x):
    ...     return bool(x > 10)
    >>> program = trace(lambda x: x / 10 if is_large(x) else x, 20.0)
    >>> program(30.0)
    3.0
    >>> program(1.0)
    Traceback (most recent call last):
    ...
    ValueError: is_large is False for these numbers, and was True when the program was traced: ...
    """
    if question is None:
        return functools.partial(decision, every=every)

    def confirmed(*args: Any, answer: bool) -> bool:
        if question(*args) is not answer:
            raise ValueError(
                f"{question.__name__} is {not answer} for these numbers, and was {answer} when the "
                "program was traced: trace it again at them"
            )
        return answer

    @functools.wraps(question)
    def asked(*args: Any) -> bool:
        arrays = found(Traced, args) if RUNNING else []
        answer: bool = question(*plain(args))
        if arrays:
            arrays[0].recorder.call(confirmed, args, {"answer": answer})
        return answer

    if every is not None:
        confirmed.refuses = lambda asked, answer: (asked, answer, every)  # type: ignore[attr-defined]
    confirmed.__name__ = question.__name__
    if "<" not in question.__qualname__:
        register(_full_name(question), confirmed, again=True)
    return asked


def _full_name(function: Function) -> str:
    return f"{function.__module__}.{function.__qualname__}".removeprefix("tinygrad_xor.")

"""`trace`: a function runs once, and the program that it is comes out."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.program.array import Traced
from tinygrad_xor.program.constants import Variable, described, found, frozen
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.recorder import WITHIN, Recorder
from tinygrad_xor.program.refusal import RAISED, TraceError, users_line
from tinygrad_xor.program.step import Step
from tinygrad_xor.program.trees import flatten

Function = Callable[..., Any]


def trace(
    function: Function,
    *examples: Any,
    at: Sequence[Any] | None = None,
    constant_outputs: bool = False,
) -> Program:
    """The program of what `function` computes, recorded while it runs on `examples`.

    The function runs three times: on the examples; at a second point, where it must take the same
    steps with the same constants; and there on plain arrays, which the program must give bit for
    bit. Forward pass, ``backward()`` and an optimizer's update become steps like all else.

    Args:
        function: of numbers and arrays, in tuples, lists and dicts; it returns such, or Values.
        examples: arguments; their shapes and dtypes are those of the program.
        at: other arguments for the second point; by default the examples, each number moved by a
            hundredth towards the inside of [0, 1] or [-1, 1]. Integers and truth values stay.
        constant_outputs: whether an output may depend on none of the inputs.

    Raises:
        TraceError: with the line of the user: a branch on the data, ``float(x)``, a write into an
            array, a random draw, a state that changes between calls, an output without inputs.

    >>> program = trace(lambda x: np.where(x > 0, x, 0.0), np.array([1.0, -2.0]))
    >>> print(program)
    v0 = input()  # (2,) float64, x
    v1 = greater(v0, 0)  # (2,) bool
    v2 = where(v1, v0, 0.0)  # (2,) float64
    return v2
    >>> trace(lambda x: x if x > 0 else 0.0, 1.0)
    Traceback (most recent call last):
    ...
    tinygrad_xor.program.refusal.TraceError: cannot be traced: a branch on a traced array, ...
    """
    drawn = _randomness()
    whole = _recorded(function, examples)
    second = moved(examples) if at is None else tuple(at)
    with np.errstate(all="ignore"):
        _compare(whole, _recorded(function, second))
        program = whole.pruned()
        results = flatten(function(*_copied(second)))[0]
        _check_results(program.outputs, flatten(program(*second))[0], results)
    if drawn != _randomness():
        raise TraceError(
            "cannot be traced: the function draws random numbers, which would become fixed: draw "
            f"them outside and pass them as an argument ({_defined(function)})"
        )
    if not constant_outputs:
        _refuse_constant_outputs(program, function)
    return program


def _randomness() -> tuple[Any, ...]:
    """Where the random numbers of Python's and of NumPy's own generators are."""
    numpys: Any = np.random.get_state()  # noqa: NPY002
    _, key, *rest = numpys
    return random.getstate(), key.tobytes(), *rest


def _recorded(function: Function, examples: Sequence[Any]) -> Program:
    """All that `function` does with `examples`."""
    recorder = Recorder()
    leaves, takes = flatten(tuple(examples))
    labels = labels_of(function, examples)
    inputs = [recorder.input(_copy(x), label) for x, label in zip(leaves, labels, strict=True)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(recorder)
        for within in WITHIN:
            stack.enter_context(within(recorder))
        RAISED.clear()
        result = function(*takes(inputs))
        if RAISED:  # somebody caught it, and went on as no plain run would
            raise RAISED[0]
    leaves, gives = flatten(result)
    outputs = tuple([_output(_data_of(leaf)) for leaf in leaves])
    return Program(tuple(recorder.inputs), tuple(recorder.steps), outputs, takes, gives)


def labels_of(function: Function, examples: Sequence[Any]) -> list[str]:
    """A name for each number or array in the arguments: the parameter's, and where in it."""
    try:
        bound = inspect.signature(function).bind(*examples)
        names: list[str] = []
        for name, given in bound.arguments.items():
            kind = bound.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                names += [f"{name}[{i}]" for i in range(len(given))]
            else:
                names.append(name)
    except (TypeError, ValueError):
        names = [f"argument {i}" for i in range(len(examples))]
    return [path for name, x in zip(names, examples, strict=True) for path in paths(name, x)]


def paths(name: str, tree: Any) -> list[str]:
    """What each leaf of a tree is called, if the tree is called `name`."""
    if isinstance(tree, dict):
        return [path for key, x in tree.items() for path in paths(f"{name}[{key!r}]", x)]
    if isinstance(tree, (list, tuple)):
        return [path for i, x in enumerate(tree) for path in paths(f"{name}[{i}]", x)]
    return [name] * len(flatten(tree)[0])


def _data_of(leaf: Any) -> Any:
    """What a Value holds; anything else as it is."""
    if isinstance(leaf, (Traced, np.ndarray, np.generic)):
        return leaf
    return getattr(leaf, "data", leaf)


def _output(leaf: Any) -> Any:
    if type(leaf) is Traced:
        leaf.computed  # noqa: B018 (refuses what was written into)
        return leaf.variable
    try:
        return frozen(leaf)
    except TypeError as error:
        raise TraceError(f"cannot be traced: the function returned it: {error}") from None


def moved(examples: Sequence[Any]) -> tuple[Any, ...]:
    """The second point: near the first, another number for each, inside of the usual domains."""
    leaves, build = flatten(tuple(examples))
    start = 0.1

    def nearby(x: Any) -> Any:
        nonlocal start
        start += 0.1
        if described(x)[1].kind not in "fc":
            return x
        u = 0.5 + 0.5 * ((start + 0.6180339887 * np.arange(np.size(x))) % 1.0)
        new = x - 0.02 * u.reshape(np.shape(x)) * x + 0.01 * u.reshape(np.shape(x))
        new = np.asarray(new, described(x)[1])[()]
        return new.item() if type(x) in (float, complex) else new

    with np.errstate(all="ignore"):  # an infinity stays none, which is another number
        return tuple(build([nearby(x) for x in leaves]))


def _copied(examples: Sequence[Any]) -> Any:
    leaves, build = flatten(tuple(examples))
    return build(_copy(x) for x in leaves)


def _copy(x: Any) -> Any:
    """An array of one's own; without axes, a scalar."""
    return x.copy()[()] if type(x) is np.ndarray else x


def _compare(first: Program, second: Program) -> None:
    """Refuse a function that does not do the same twice."""
    for a, b in zip(first.steps, second.steps, strict=False):
        if a != b:
            raise TraceError(
                "cannot be traced: the function does not do the same when it is called again, at "
                f"a second point:\n  {a}  # {a.shape} {a.dtype}\n  {b}  # {b.shape} {b.dtype}\n"
                "It draws random numbers, keeps a state, or has a number that was taken from its "
                f"arguments: pass what changes as an argument ({_where(a)})"
            )
    if len(first.steps) != len(second.steps) or first.outputs != second.outputs:
        longer = max(first, second, key=lambda program: len(program.steps))
        rest = longer.steps[min(len(first.steps), len(second.steps)) :]
        raise TraceError(
            "cannot be traced: the function gives something else, or takes more steps, when it is "
            "called again: pass what changes as an argument"
            + (f" ({_where(rest[0])})" if rest else f": {first.outputs} and {second.outputs}")
        )


def _check_results(outputs: Sequence[Any], given: list[Any], wanted: list[Any]) -> None:
    """Refuse a program that does not give what the function gives on plain arrays."""
    wanted = [_data_of(x) for x in wanted]
    if len(given) != len(wanted) or found(Traced, wanted):
        raise TraceError(
            "cannot be traced: something outside of the function kept a traced array, such as the "
            "weights of a model that it changes: pass that as an argument and return it"
        )
    for output, x, y in zip(outputs, given, wanted, strict=True):
        if not same_bits(x, y):
            raise TraceError(
                f"cannot be traced: output {output!r} of the program is {x!r}, and the function "
                f"gives {y!r} at the same point. It keeps a state, or does something with its "
                "arrays that NumPy tells nobody of"
            )


def same_bits(x: Any, y: Any) -> bool:
    """Whether two results have the same shape, dtype and bits; all NaNs are one.

    >>> same_bits(0.0, -0.0), same_bits(np.nan, -np.nan)
    (False, True)
    """
    if described(x) != described(y):
        return False
    x, y = np.asarray(x), np.asarray(y)
    if x.tobytes() == y.tobytes():
        return True
    signs = [np.signbit(part(a)) | np.isnan(a) for part in (np.real, np.imag) for a in (x, y)]
    return np.array_equal(x, y, equal_nan=x.dtype.kind in "fc") and all(
        np.array_equal(a, b) for a, b in (signs[:2], signs[2:])
    )


def _refuse_constant_outputs(program: Program, function: Function) -> None:
    for i, output in enumerate(program.outputs):
        if type(output) is not Variable:
            raise TraceError(
                f"cannot be traced: output {i}, {output!r}, depends on none of the inputs. If that "
                f"is meant, say constant_outputs=True ({_defined(function)})"
            )


def _where(step: Step) -> str:
    if step.source is None:
        return "nobody knows where"
    file, line = step.source
    code = linecache.getline(file, line).strip()
    return f"at {file}, line {line}" + (f': "{code}"' if code else "")


def _defined(function: Function) -> str:
    code = getattr(function, "__code__", None)
    if code is None:
        file, line = users_line()
        return f"traced at {file}, line {line}"
    return f"the function at {code.co_filename}, line {code.co_firstlineno}"

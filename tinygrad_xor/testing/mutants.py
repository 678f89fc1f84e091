"""Mutants: the table with a fault in one rule. The checker must catch each that changes anything.

A mutant that changes nothing is told from one that survives in two ways. By proof: the fault hands
the rule what it was given, or other numbers that the rule does not read. Else by comparison of the
numbers that both rules give, on many more calls than the checker needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np

from tinygrad_xor.engine import Primitive, Value, Variadic
from tinygrad_xor.testing import faults
from tinygrad_xor.testing.calls import Call, random_call, takes_complex
from tinygrad_xor.testing.checker import check_gradients
from tinygrad_xor.testing.comparison import NothingComparedError
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.faults import Rule

#: What can become of a mutant. Both kinds of "same" change no number.
CAUGHT, PROVED, COMPARED, SURVIVED = VERDICTS = (
    "caught",
    "same by proof",
    "same by comparison",
    "survived",
)
#: How many calls both rules are compared on, for each that the checker is given.
TIMES = 10


@dataclass(frozen=True)
class Mutant:
    """A fault in one rule of an entry, and what became of it: one of `VERDICTS`."""

    entry: str
    rule: int
    fault: str
    verdict: str


def drawn_calls(entry: Primitive, examples: int, seed: int = 0) -> list[Call]:
    """Calls of the entry, as its tests draw them: with real numbers, and with complex ones too."""
    source = Random(seed)
    dtypes = [np.float64, np.complex128] if takes_complex(entry) else [np.float64]
    return [random_call(source, entry, dtype) for dtype in dtypes for _ in range(examples)]


def mutants(entry: Primitive, examples: int, times: int = TIMES) -> Iterator[Mutant]:
    """Plant every fault into every rule of `entry`, and see what the checker says.

    Args:
        entry: of the table, which is as it was afterwards.
        examples: calls that the checker is given, for real and for complex numbers.
        times: so many times as many calls are drawn to compare the rules of what it let pass.

    Raises:
        GradientError: if the checker rejects the right rules.
    """
    few = drawn_calls(entry, examples)
    for call in few:
        _check(call, 1)  # or every fault would seem to be caught
    many = cache(lambda: drawn_calls(entry, times * examples, seed=1))
    rules = entry.rules
    for i in range(1 if isinstance(rules, Variadic) else len(rules)):
        right = rules.of if isinstance(rules, Variadic) else rules[i]
        if right is None:
            continue
        for fault in faults.FAULTS:
            planted = _Planted(entry, i, right, fault)
            yield Mutant(entry.name, i, fault.__name__, planted.verdict(few, many))


class _Planted:
    """A fault beside the right rule, and the entry that has it for a while."""

    def __init__(self, entry: Primitive, i: int, right: Rule, fault: Callable[[Rule], Rule]):
        self.entry = entry
        self.i = i
        self.each = isinstance(entry.rules, Variadic)
        self.fault = fault
        self.right = right
        self.order = 2 if fault is faults.wrong_at_second_order else 1

    def verdict(self, few: list[Call], many: Callable[[], list[Call]]) -> str:
        """What becomes of it: `many` calls are drawn only where `few` show no difference."""
        if any(self._is_rejected(call) for call in few if self._tells(call)):
            return CAUGHT
        if all(self._is_proved(call) for call in few):
            return PROVED
        telling = [call for call in many() if self._tells(call)]
        if any(self._is_rejected(call) for call in telling):
            return CAUGHT
        return SURVIVED if telling else COMPARED

    def _tells(self, call: Call) -> bool:
        """Whether right and wrong differ on this call."""
        if self.order == 2:  # what has a constant derivative has nothing to lose at second order
            return not _is_linear(call)
        return not self._same(call)

    def _is_rejected(self, call: Call) -> bool:
        rules = self.entry.rules
        if self.each:
            wrong = self._wrong(self.right)
            self.entry.rules = Variadic(lambda *a, **p: lambda k: wrong(*a, **p, k=k))
        else:
            assert isinstance(rules, tuple)
            changed = list(rules)
            changed[self.i] = self._wrong(self.right)
            self.entry.rules = tuple(changed)
        try:
            _check(call, self.order)
        except (GradientError, ValueError, IndexError, TypeError, ArithmeticError):
            return True  # a gradient of a wrong shape is an error at once
        finally:
            self.entry.rules = rules
        return False

    def _wrong(self, right: Rule) -> Rule:
        """The rule with the fault; for one that serves many arguments, ``k=`` says which."""
        if not self.each:
            return self.fault(right)
        return lambda *args, k=0, **p: self.fault(lambda *a, **q: right(k, *a, **q))(*args, **p)

    def _arguments(self, call: Call) -> tuple[Any, ...]:
        raw = [x.data if type(x) is Value else x for x in call.inputs]
        return np.array(call.g), self.entry.function(*raw, **call.params), *raw

    def _same(self, call: Call) -> bool:
        """Whether both rules give the same numbers on this call, for weights as the check has them.

        It weighs a single output by 1.
        """
        g, out, *raw = self._arguments(call)
        g = g if np.size(g) > 1 else np.ones_like(g)
        given, first = g.copy(), (self.i,) if self.each else ()
        try:
            found = self._wrong(self.right)(g, out, *raw, **call.params)
            wanted = self.right(*first, given.copy(), out, *raw, **call.params)
        except (ValueError, IndexError, TypeError, ArithmeticError):
            return False
        if not np.array_equal(g, given):
            return False  # another rule reads what this one wrote
        if not np.iscomplexobj(raw[self.i]):
            found, wanted = np.real(found), np.real(wanted)
        found, wanted = (_unbroadcast(x, np.shape(raw[self.i])) for x in (found, wanted))
        return np.shape(found) == np.shape(wanted) and np.allclose(
            found, wanted, rtol=1e-14, atol=0, equal_nan=True
        )

    def _is_proved(self, call: Call) -> bool:
        """Whether the fault is seen to change nothing, whatever the numbers of this call are.

        The rule is replaced by one that notes what it is given: if that is what went in, and what
        it gives comes out, the fault does nothing. Arguments that are other ones count as the same
        if the rule can do without their numbers.
        """
        g, *rest = self._arguments(call)
        reads_shapes = self._fails_with([object() for _ in rest], call)
        reads_numbers = reads_shapes and self._fails_with([_Shell(x) for x in rest], call)
        if self.order == 2:
            return not reads_numbers
        came = object()
        noted: list[Any] = []

        def note(*args: Any, **params: Any) -> Any:
            noted.append((args[1:] if self.each else args, params))
            return came

        try:
            returned = self._wrong(note)(g, *rest, **call.params)
        except Exception:
            return False
        if len(noted) != 1:
            return False
        given, params = noted[0]
        unchanged = all(a is b for a, b in zip(given, (g, *rest), strict=True))
        same_shapes = [np.shape(a) for a in given] == [np.shape(a) for a in (g, *rest)]
        alike = given[0] is g and not reads_numbers and (same_shapes or not reads_shapes)
        same_params = params.keys() == call.params.keys() and all(
            params[name] is call.params[name] for name in params
        )
        return returned is came and same_params and (unchanged or alike)

    def _fails_with(self, output_and_inputs: list[Any], call: Call) -> bool:
        """Whether the right rule cannot do with these in the place of the output and the inputs."""
        first = (self.i,) if self.each else ()
        try:
            self.right(*first, np.array(call.g), *output_and_inputs, **call.params)
        except Exception:
            return True
        return False


class _Shell:
    """An array that has a shape and a dtype, and no numbers: whoever reads them fails."""

    def __init__(self, x: Any) -> None:
        self.shape, self.ndim, self.size = np.shape(x), np.ndim(x), np.size(x)
        self.dtype = np.asarray(x).dtype

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a shell has no numbers")


def _check(call: Call, order: int) -> None:
    primals = [leaf.data for leaf in call.leaves]
    with contextlib.suppress(NothingComparedError):  # other calls have numbers
        check_gradients(call.at, *primals, order=order, modes=("reverse",))


def _unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """A gradient summed over the axes in which the input was stretched, as the engine does."""
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    if np.ndim(g) < len(shape):
        return g  # an error as soon as the engine sees it
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and np.shape(g)[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def _is_linear(call: Call) -> bool:
    """Whether the gradient is the same beside the point: then its derivative is zero."""

    def gradient(scale: float) -> list[Any]:
        leaves = [Value(leaf.data * scale) for leaf in call.leaves]
        call.at(*leaves).backward(call.g)
        return [np.asarray(leaf.grad) for leaf in leaves]

    return all(np.allclose(a, b) for a, b in zip(gradient(1.0), gradient(1.0 + 1e-4), strict=True))

"""`compile`: a function is traced once, and runs as its program from then on."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_xor.compiler.backends import BACKENDS, Run, chosen, runner, source
from tinygrad_xor.compiler.lowered import Lowered
from tinygrad_xor.program.array import PYTHONS
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.trace import labels_of, paths, trace
from tinygrad_xor.program.trees import Form, flatten

Function = Callable[..., Any]


@dataclass(eq=False)
class Version:
    """A function for arguments of certain shapes and dtypes.

    Attributes:
        lowered: its program, and what that is on numbers.
        backend: what runs it.
        asked: what was asked for; None for the fastest.
    """

    lowered: Lowered
    backend: str
    asked: str | None

    @functools.cached_property
    def run(self) -> Run:
        """Leaves from leaves."""
        return runner(self.backend, self.lowered)

    def report(self) -> str:
        """How it runs, in a few lines, and what runs through NumPy."""
        lowered = self.lowered
        lines = [f"{self.backend}: {len(lowered.program.steps)} steps"]
        if self.backend == "native" and not lowered.is_small:
            lines[0] += f", in {len(lowered.nests.texts)} loops"
            of_numpys = [f"{name} ({why})" for name, why in sorted(lowered.by_numpy.items())]
            lines += [f"through NumPy: {', '.join(of_numpys)}"] if of_numpys else []
        elif self.backend != "numpy":
            assert lowered.numbers is not None
            lines[0] += f", {len(lowered.numbers.steps)} operations on numbers"
        elif self.asked != "numpy":
            lines.append(f"all through NumPy, because of {lowered.why}")
        return "\n".join(lines)


class Compiled:
    """A function that is traced once for each kind of arguments, and then runs compiled.

    Args:
        function: of numbers and arrays in trees.
        backend: see `compile`.
        static: the names of parameters that are no data.
        digits: see `compile`.
    """

    def __init__(
        self,
        function: Function,
        backend: str | None,
        static: Iterable[str],
        digits: str = "everywhere",
    ) -> None:
        if backend is not None and backend not in BACKENDS:
            raise ValueError(f"backend={backend!r}: there are {', '.join(BACKENDS)}")
        functools.update_wrapper(self, function)
        self.function = function
        self.backend = backend
        self.digits = digits
        self.static = frozenset(static)
        self._versions: dict[Any, Version] = {}
        self._last: Version | None = None
        self._lock = threading.RLock()
        self._names = [*inspect.signature(function).parameters] if self.static else []
        if missing := self.static - {*self._names}:
            raise ValueError(f"{function!r} has no parameters {sorted(missing)}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives for these arguments."""
        leaves, form = flatten((args, kwargs))
        if any(_answers_itself(x) for x in leaves):
            return self.function(*args, **kwargs)
        version, data = self._version(leaves, form, args, kwargs)
        return version.lowered.program.gives(version.run(data))

    def _version(
        self, leaves: list[Any], form: Form, args: Any, kwargs: Any
    ) -> tuple[Version, list[Any]]:
        if self.static:
            names = [*self._names[: len(args)], *kwargs]
            parts = [flatten(x)[0] for x in (*args, *kwargs.values())]
            fixed = [name in self.static for name, x in zip(names, parts, strict=False) for _ in x]
        else:
            fixed = [False] * len(leaves)
        key: list[Any] = []
        data: list[Any] = []
        for x, is_static in zip(leaves, fixed, strict=True):
            if is_static or type(x) is str or not _is_data(x):
                key.append((type(x), x))
            else:
                data.append(x)
                key.append((np.shape(x), getattr(x, "dtype", None), type(x) in PYTHONS and type(x)))
        whole = (tuple(key), form)
        with self._lock:
            version = self._versions.get(whole)
            if version is None:
                version = self._versions[whole] = self._made(leaves, key, form, data)
        self._last = version
        return version, data

    def _made(self, leaves: list[Any], key: list[Any], form: Form, data: list[Any]) -> Version:
        is_static = [len(k) == 2 for k in key]
        fixed = [x if s else None for x, s in zip(leaves, is_static, strict=True)]

        def of_data(*given: Any) -> Any:
            rest = iter(given)
            whole = [x if s else next(rest) for x, s in zip(fixed, is_static, strict=True)]
            args, kwargs = form(whole)
            return self.function(*args, **kwargs)

        with np.errstate(all="ignore"):  # as compiled functions do
            program = trace(of_data, *data, constant_outputs=True)
        args, kwargs = form(leaves)
        names = labels_of(self.function, args)
        names += [label for name, x in kwargs.items() for label in paths(name, x)]
        labels = (name for name, s in zip(names, is_static, strict=True) if not s)
        inputs = [replace(x, label=name) for x, name in zip(program.inputs, labels, strict=True)]
        lowered = Lowered(replace(program, inputs=tuple(inputs)), self.digits)
        return Version(lowered, chosen(self.backend, lowered), self.backend)

    @property
    def _newest(self) -> Version:
        if self._last is None:
            raise ValueError("nothing is compiled yet: call it, or lower(*arguments)")
        return self._last

    @property
    def program(self) -> Program:
        """The program of the last call, as it was traced."""
        return self._newest.lowered.program

    @property
    def source(self) -> str:
        """What was written for the last call: Python, LLVM's language, or JavaScript."""
        return source(self._newest.backend, self._newest.lowered)

    def lower(self, *args: Any, **kwargs: Any) -> Program:
        """The program on numbers, or on arrays where it stays on these.

        Of these arguments if there are any, else of the last call.
        """
        if args or kwargs:
            leaves, form = flatten((args, kwargs))
            self._version(leaves, form, args, kwargs)
        lowered = self._newest.lowered
        return lowered.numbers or lowered.program

    def report(self) -> str:
        """How the last call was run, and what of it runs through NumPy."""
        return self._newest.report()


def _is_data(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic, *PYTHONS))


def _answers_itself(x: Any) -> bool:
    """Whether it is no plain number or array: such as a Value, whose graph is built."""
    return not isinstance(x, (np.ndarray, np.generic)) and hasattr(type(x), "__array_ufunc__")


def compile(
    function: Function,
    backend: str | None = None,
    *,
    digits: str = "everywhere",
    static_argnames: Iterable[str] = (),
) -> Compiled:
    """`function`, which is traced at its first call and runs as its program from then on.

    It is traced again for arguments of other shapes or dtypes, or other static ones. What it reads
    beside its arguments, as weights of a model or a global, is fixed as it was then: a change is
    not seen. Values are handed to the function itself.

    Args:
        function: of numbers and arrays, in tuples, lists and dicts, which can be traced.
        backend: ``"numpy"`` calls NumPy step by step, bit for bit as uncompiled; ``"python"``
            computes with Python's numbers, ``"native"`` with machine code of llvmlite's, which give
            the same bits as each other; ``"javascript"`` only writes source. By default the fastest
            that can run it. What has too many numbers, or functions that are written nowhere, is
            NumPy's work in all of them; ``report()`` says so.
        digits: whose exp, expm1, log, log1p and tanh machine code, Python and JavaScript compute:
            ours, with the same digits ``"everywhere"``, or those of the C ``"library"``, or of the
            browser. Others, such as sin, are always the library's.
        static_argnames: parameters that are no data, and decide what is computed.

    Raises:
        TraceError: when it is called, if it cannot be traced, with the line.
        ImportError: when it is called, if llvmlite is needed and not there.

    >>> from tinygrad_xor import grad
    >>> @compile
    ... def slope(x):
    ...     return grad(lambda x: np.sum(x * x))(x)
    >>> slope(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> print(slope.lower())
    v0 = input()  # () float, x[0]
    v1 = input()  # () float, x[1]
    v2 = add(v0, v0)  # () float
    v3 = add(v1, v1)  # () float
    return v2, v3
    """
    return Compiled(function, backend, static_argnames, digits)

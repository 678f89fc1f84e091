"""Two ways to run code differently for a while: without a graph, and with every number watched.

Both hold for the thread (or task) that entered them, until it leaves the ``with`` block.
"""

from __future__ import annotations

import contextlib
import linecache
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any

import numpy as np

#: Not empty while some thread is in one of the modes: the one thing that normal code looks at.
ACTIVE: list[str] = []
#: The folders whose lines are never the user's: those of this package and of NumPy.
LIBRARIES = (__file__.rpartition("engine")[0], np.__file__.rpartition("__init__")[0])

_recording: ContextVar[bool] = ContextVar("recording", default=True)
#: The source lines of the Values made while anomalies are looked for, by their order.
_sources: ContextVar[dict[int, tuple[str, int]] | None] = ContextVar("sources", default=None)


#: The Value whose rule is running, while anomalies are looked for.
_rule_of: ContextVar[Any] = ContextVar("rule_of", default=None)


@contextlib.contextmanager
def active(variable: ContextVar[Any], value: Any) -> Iterator[None]:
    """While the block runs, `variable` has `value` in this thread, and normal code looks at it."""
    ACTIVE.append(variable.name)
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
        ACTIVE.remove(variable.name)


def no_grad() -> contextlib.AbstractContextManager[None]:
    """A ``with`` block in which operations on Values build no graph: results are leaves.

    It saves time and memory where no gradient is wanted. `grad` and its kin work inside it.

    >>> from tinygrad_xor import Value
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())
    """
    return active(_recording, False)


def recording() -> contextlib.AbstractContextManager[None]:
    """The opposite of `no_grad`, for a transform that needs the graph of its own function."""
    return contextlib.nullcontext() if _recording.get() else active(_recording, True)


def is_recording() -> bool:
    """Whether operations build a graph here."""
    return _recording.get()


def detect_anomaly() -> contextlib.AbstractContextManager[None]:
    """A ``with`` block in which the first NaN or infinity raises an error that says where.

    Results are watched as they are computed, gradients as ``backward()`` and `grad` compute them.
    The error names the operation, the label, the shapes, and the line of your code that made the
    Value. It costs time: a look at every number.

    Raises:
        FloatingPointError: at the first NaN or infinity.

    >>> from tinygrad_xor import Value
    >>> with detect_anomaly():
    ...     y = Value(1e300, label="x") * 1e300
    Traceback (most recent call last):
    ...
    FloatingPointError: multiply gave inf, from inputs 'x' (shape ()), () = 1e+300, at ...
    """
    return active(_sources, {})


def unwatched() -> contextlib.AbstractContextManager[None]:
    """A ``with`` block in which no anomalies are looked for, whoever asked for it outside."""
    return active(_sources, None) if watching() else contextlib.nullcontext()


def watching() -> bool:
    """Whether anomalies are looked for here."""
    return _sources.get() is not None


@contextlib.contextmanager
def differentiating(node: Any) -> Iterator[None]:
    """While the rule of `node` runs: what it computes belongs to the line that made `node`."""
    token = _rule_of.set(node)
    try:
        yield
    finally:
        _rule_of.reset(token)


def check_result(node: Any) -> None:
    """Remember which line of the user made `node`; raise if its data is not finite."""
    sources = _sources.get()
    if sources is None:
        return
    maker = _rule_of.get()
    known = sources.get(maker.order) if maker is not None else None
    sources[node.order] = known or users_line()
    if not np.all(np.isfinite(node.data)):
        raise FloatingPointError(
            f"{node.primitive.name} gave {_first_bad(node.data)}, from inputs "
            f"{_described(node.inputs)}, "
            + (f"in the derivative of {maker.primitive.name}, " if maker is not None else "")
            + f"at {_source_of(node)}"
        )


def check_gradient(gradient: Any, node: Any, x: Any) -> None:
    """Raise if the gradient that `node` hands back to its input `x` is not finite."""
    data = gradient.data if type(gradient) is type(node) else gradient
    if not np.all(np.isfinite(data)):
        raise FloatingPointError(
            f"the gradient of {node.primitive.name} for {_described([x])} is {_first_bad(data)}, "
            f"from inputs {_described(node.inputs)}; the operation is at {_source_of(node)}"
        )


def _first_bad(data: Any) -> str:
    flat = np.ravel(data)
    at = int(np.argmin(np.isfinite(flat)))
    where = "" if np.ndim(data) == 0 else f" at {[*map(int, np.unravel_index(at, np.shape(data)))]}"
    return f"{flat[at]}{where}"


def _described(inputs: Any) -> str:
    """Labels and shapes; without a label, the number where there is only one."""
    texts = []
    for x in inputs:
        label = getattr(x, "label", None)
        if label:
            texts.append(f"{label!r} (shape {np.shape(x)})")
        else:
            texts.append(f"{np.shape(x)}" if np.ndim(x) else f"() = {x:.6g}")
    return ", ".join(texts)


def _source_of(node: Any) -> str:
    known = (_sources.get() or {}).get(node.order)
    if known is None:
        return "a line outside of detect_anomaly(): enter it before the forward pass to see which"
    file, line = known
    return f'{file}, line {line}: "{linecache.getline(file, line).strip()}"'


def users_line() -> tuple[str, int]:
    """The file and the innermost running line that is neither of this package nor of NumPy."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        frame = frame.f_back
    return ("<unknown>", 0) if frame is None else (frame.f_code.co_filename, frame.f_lineno)

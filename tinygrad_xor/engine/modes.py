"""Two ways to run code differently for a while: without a graph, and with every number watched.

Both hold for the ``with`` block, in the thread or task that entered it. The engine's core knows
nothing of them: they watch its results and gradients.
"""

from __future__ import annotations

import contextlib
import linecache
import sys
from types import FrameType
from typing import Any

import numpy as np

from tinygrad_xor.engine.core import GRADIENT_WATCHERS, RESULT_WATCHERS, Primitive, PullBack, Value
from tinygrad_xor.engine.settings import Holding, Setting
from tinygrad_xor.engine.written import WATCHING_ALL

#: The folders whose lines are never the user's: those of this package and of NumPy.
LIBRARIES = (__file__.rpartition("engine")[0], np.__file__.rpartition("__init__")[0])


def no_grad() -> Holding:
    """A ``with`` block in which operations on Values build no graph: results are leaves.

    It saves time and memory where no gradient is wanted. `grad` and its kin work inside it.

    >>> from tinygrad_xor import Value
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())
    """
    return _recording.holding(False)


def recording() -> contextlib.AbstractContextManager[None]:
    """The opposite of `no_grad`, for a transform that needs the graph of its own function."""
    return contextlib.nullcontext() if is_recording() else _recording.holding(True)


def is_recording() -> bool:
    """Whether operations build a graph here."""
    return _recording.get()


def _forget(node: Value, primitive: Primitive, inputs: tuple[Any, ...]) -> None:
    """Make a leaf of `node`, with an array of its own, as leaves have: not a view of an input's."""
    if _recording.get():
        return
    node.inputs = ()
    node.params = node.primitive = None
    data = node._primal
    if type(data) is float:
        return
    base = getattr(data, "base", None)
    for x in inputs:
        if (
            type(x) is Value
            and (data is x._primal or base is not None)
            and isinstance(data, np.ndarray)
            and np.may_share_memory(data, x._primal)
        ):
            node._primal = data.copy(order="K")
            return


def detect_anomaly() -> Holding:
    """A ``with`` block in which the first NaN or infinity raises an error that says where.

    Results are watched as they are computed, gradients as ``backward()`` and `grad` compute them.
    The error names the operation, the label, the shapes, and the line of your code that made the
    Value. It costs time: a look at every number. So does what else it finds: that an element of a
    large array was written into after it was used.

    Raises:
        FloatingPointError: at the first NaN or infinity.

    >>> from tinygrad_xor import Value
    >>> with detect_anomaly():
    ...     y = Value(1e300, label="x") * 1e300
    Traceback (most recent call last):
    ...
    FloatingPointError: multiply gave inf, from inputs 'x' (shape ()), () = 1e+300, at ...
    """
    return _sources.holding({})


def unwatched() -> contextlib.AbstractContextManager[None]:
    """A ``with`` block in which no anomalies are looked for, whoever asked for it outside."""
    return contextlib.nullcontext() if _sources.get() is None else _sources.holding(None)


def _check_result(node: Value, primitive: Primitive, inputs: tuple[Any, ...]) -> None:
    """Remember which line of the user made `node`; raise if its data is not finite."""
    sources = _sources.get()
    if sources is None:
        return
    maker = _rule_of.get()
    known = sources.get(maker.order) if maker is not None else None
    sources[node.order] = known or users_line()
    if not np.all(np.isfinite(node.data)):
        raise FloatingPointError(
            f"{primitive.name} gave {_first_bad(node.data)}, from inputs {_described(inputs)}, "
            + (f"in the derivative of {maker.primitive.name}, " if maker is not None else "")
            + f"at {_source_of(node)}"
        )


def _checking_gradients(pull_back: PullBack) -> PullBack:
    """`pull_back`, but it raises where a gradient is not finite.

    What a rule computes belongs to the line that made the Value whose rule it is.
    """

    def checked(node: Value, x: Value, *rule: Any) -> Any:
        if _sources.get() is None:
            return pull_back(node, x, *rule)
        with _rule_of.holding(node):
            gradient = pull_back(node, x, *rule)
        data = gradient.data if type(gradient) is Value else gradient
        if not np.all(np.isfinite(data)):
            assert node.primitive is not None
            raise FloatingPointError(
                f"the gradient of {node.primitive.name} for {_described([x])} is "
                f"{_first_bad(data)}, from inputs {_described(node.inputs)}; the operation is at "
                f"{_source_of(node)}"
            )
        return gradient

    return checked


_recording = Setting("recording", True, (RESULT_WATCHERS, _forget))
#: The source lines of the Values made while anomalies are looked for, by their order.
_sources = Setting(
    "sources",
    None,
    (RESULT_WATCHERS, _check_result),
    (GRADIENT_WATCHERS, _checking_gradients),
    (WATCHING_ALL, _check_result),
)
#: The Value whose rule is running, while anomalies are looked for.
_rule_of = Setting("rule_of", None)


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


def _source_of(node: Value) -> str:
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

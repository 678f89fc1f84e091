"""How a trace is refused: with the line of the user that did what no program can."""

from __future__ import annotations

import sys
from typing import NoReturn

import numpy as np

_LIBRARIES = (__file__.rpartition("program")[0], np.__file__.rpartition("__init__")[0])


#: What was refused since the trace began, also where somebody caught the error.
RAISED: list[TraceError] = []


class TraceError(TypeError):
    """Something that no program can do, or would do wrong for other numbers."""


def refuse(why: str) -> NoReturn:
    """Raise, with the line of the user that did it.

    Raises:
        TraceError: always.
    """
    file, line = users_line()
    error = TraceError(f"cannot be traced: {why} (at {file}, line {line})")
    RAISED.append(error)
    raise error


def users_line() -> tuple[str, int]:
    """The innermost running line that is neither of this package nor of NumPy."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno

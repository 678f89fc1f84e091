"""Steps that machine code leaves to NumPy: it calls back, and finds the result in memory."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from tinygrad_xor.compiler.arrays import ArrayFunctions
from tinygrad_xor.compiler.llvm import CALL, FAILED, FREE, PARAMETERS
from tinygrad_xor.compiler.views import View
from tinygrad_xor.program.constants import thawed

_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * len(PARAMETERS))
#: So many arrays are kept to be seen again.
_KEPT = 4096


class Callbacks:
    """What functions of machine code call for their steps of NumPy's.

    Args:
        functions: whose steps these are.
    """

    def __init__(self, functions: list[Any]) -> None:
        self._nests: dict[int, Any] = {}
        for part in functions:
            if isinstance(part, ArrayFunctions):
                self._nests |= {i: (part.program.lines, nest) for i, nest in part.back.items()}
        self._seen: dict[Any, Any] = {}
        self._errors: dict[int, BaseException] = {}
        #: Results that are several arrays, which no memory holds.
        self._several: dict[tuple[int, int], Any] = {}
        self._function = _TYPE(self._called)

    def prepare(self, tape: Any) -> None:
        """Say in the memory of a run whom to call."""
        tape[:FREE] = 0
        address = ctypes.cast(self._function, ctypes.c_void_p).value
        tape[CALL : CALL + 8].view(np.uintp)[0] = address

    def finish(self, tape: Any) -> None:
        """Raise what a call of this run has raised, if one has."""
        address = tape.ctypes.data
        for key in [key for key in self._several if key[0] == address]:
            del self._several[key]
        error = self._errors.pop(address, None)
        if error is not None:
            raise error

    def _called(self, number: int, *memories: int) -> None:
        tape = memories[-1]
        try:
            self._run(number, dict(zip(PARAMETERS, memories, strict=True)))
        except BaseException as error:
            self._errors.setdefault(tape, error)
            ctypes.memset(tape + FAILED, 1, 1)

    def _run(self, number: int, memories: dict[str, int]) -> None:
        if memories["tape"] in self._errors:
            return  # the rest of the step is lost
        lines, nest = self._nests[number]
        step, operands, index, view = nest.call
        variables: dict[int, Any] = {}
        for i, place in operands.items():
            array = self._array(place, memories)
            variables[i] = array if place.shape else array.item() if lines[i].weak else array[()]
        for v in step.reads:
            if v.index not in variables:
                variables[v.index] = self._several[memories["tape"], v.index]
        if step.function is np.matmul and view is not None and view.shape:
            given = thawed(step.inputs, variables)  # type: ignore[arg-type]
            np.matmul(*given, out=self._array(view, memories))
            return
        result = step.run(variables)
        if view is None:
            self._several[memories["tape"], index] = result
        else:
            self._array(view, memories)[...] = result

    def _array(self, view: View, memories: dict[str, int]) -> Any:
        """The array that lies there now."""
        memory, _, at = view.memory.partition("[")
        address = memories[memory]
        if at:
            address = ctypes.c_size_t.from_address(address + int(at[:-1])).value
        address += view.offset
        key = address, view.shape, view.strides, view.dtype
        if key not in self._seen:
            if len(self._seen) > _KEPT:
                self._seen.clear()
            low, size = view.span
            span: Any = (ctypes.c_uint8 * size).from_address(address + low)
            self._seen[key] = np.ndarray(view.shape, view.dtype, span, -low, view.strides)
        return self._seen[key]

"""Programs and networks as ONNX files, which onnxruntime and many other tools run.

A network is a program, traced for batches of two and of three examples: where these differ, the
length is that of the batch, and free. So a layer of your own is exported as those of this package
are, if ONNX has counterparts of the functions that it calls. No library is needed: what is written
is a list of calls, and the format of the file is small.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.exchange.writer import Writer
from tinygrad_xor.files import write_atomically
from tinygrad_xor.program import Program, trace


def to_onnx(program: Program, name: str = "program") -> bytes:
    """A program as the bytes of an ONNX file, of operator set 18.

    Inputs and outputs keep their shapes and dtypes. Inputs are called as in the program, outputs
    ``output_0`` and so on.

    Args:
        program: of real numbers.
        name: of the graph.

    Raises:
        ValueError: if there is a step that ONNX has no operator for, with its line and what to do.

    >>> program = trace(lambda x: np.tanh(x) ** 2, np.ones((4, 2)))
    >>> to_onnx(program)[:2].hex()
    '0808'
    """
    return Writer(program, program).file(name)


def network_to_onnx(
    function: Callable[[Any], Any],
    input_shape: Sequence[int] | list[Sequence[int]],
    dtype: Any = np.float64,
    name: str = "network",
) -> bytes:
    """A function of a batch as the bytes of an ONNX file; the batch has any length.

    Args:
        function: of an array of shape ``(batch, *input_shape)``, such as a network; or of a list.
        input_shape: of one example, or a list of shapes for a list of inputs.
        dtype: of the examples; of whole numbers, for an `Embedding`, ``np.int64``. For a list of
            inputs a list.
        name: of the graph; its input is called ``x``, its outputs ``output_0`` and so on. The
            inputs of a list are ``x[0]`` and so on.

    Raises:
        ValueError: as of `to_onnx`, and if one example has an influence on another.
    """
    rng = np.random.default_rng(0)

    def traced(batch: int) -> Program:
        if not isinstance(input_shape, list):
            return trace(function, rng.uniform(0.1, 0.9, (batch, *input_shape)).astype(dtype))
        pairs = zip(input_shape, dtype, strict=True)
        return trace(function, [rng.uniform(0.1, 0.9, (batch, *s)).astype(d) for s, d in pairs])

    return Writer(traced(2), traced(3)).file(name)


def save_onnx(program: Program, path: str | os.PathLike[str]) -> Path:
    """Write a program as an ONNX file, whole or not at all: see `to_onnx`.

    Raises:
        ValueError: as of `to_onnx`.
    """
    return write_atomically(path, to_onnx(program))

"""A graph of ONNX operators in the making, and the file that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.exchange.protobuf import field

#: The set of operators that is written for: in later ones onnxruntime has fewer in float64.
OPSET = 18
#: The format of the file that belongs to that set.
IR_VERSION = 8
#: The numbers of ONNX's data types (``TensorProto.DataType``).
DATA_TYPES = {
    **{"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7},
    **{"bool": 9, "float16": 10, "float64": 11, "uint32": 12, "uint64": 13},
}
#: Files of protocol buffers end here.
_LARGEST = 2**31 - 1

#: The lengths of the axes; a name where any length will do.
Axes = tuple[int | str, ...]


class Graph:
    """Operators in a row, each called on the names of earlier results.

    >>> graph = Graph()
    >>> x = graph.input("x", np.dtype("float64"), ("batch", 2))
    >>> graph.output("y", graph("Add", x, graph.constant(np.ones(2))), np.dtype("float64"), (2,))
    >>> graph.file("plus one")[:2].hex()
    '0808'
    """

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._names: set[str] = set()

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Call an operator; the name of its result.

        Args:
            operator: its name in ONNX.
            inputs: names of inputs, constants and earlier results.
            attributes: whole numbers, text, or lists of whole numbers.
        """
        result = self.new_name(f"v{len(self._nodes)}")
        self._nodes.append(_node(operator, inputs, result, attributes))
        return result

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        """A result in another shape; -1 for one length that follows from the others."""
        whole = {"allowzero": 1} if 0 in shape else {}  # else a 0 stands for the length there was
        return self("Reshape", name, self.constant(shape, np.int64), **whole)

    def constant(self, data: Any, dtype: Any = None) -> str:
        """The name of an array that does not change; the same one is kept once."""
        array = np.asarray(data, dtype)
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).reshape(
            array.shape
        )
        key = array.dtype.name, array.shape, array.tobytes()
        if key not in self._constants:
            self._constants[key] = self.new_name(f"c{len(self._constants)}")
        return self._constants[key]

    def input(self, name: str, dtype: np.dtype[Any], axes: Axes) -> str:
        """One more input of the graph; the name that it has."""
        name = self.new_name(name)
        self._inputs.append(_described(name, dtype, axes))
        return name

    def output(self, name: str, result: str, dtype: np.dtype[Any], axes: Axes) -> None:
        """Let a result be an output of the graph."""
        name = self.new_name(name)
        self._nodes.append(_node("Identity", (result,), name, {}))
        self._outputs.append(_described(name, dtype, axes))

    def file(self, name: str) -> bytes:
        """The bytes of an ONNX file.

        Raises:
            ValueError: if they are more than a file of this format may have, 2 GiB.
        """
        constants = [
            field(1, *shape) + field(2, DATA_TYPES[dtype]) + field(8, called) + field(9, data)
            for (dtype, shape, data), called in self._constants.items()
        ]
        graph = (
            field(1, *self._nodes)
            + field(2, name)
            + field(5, *constants)
            + field(11, *self._inputs)
            + field(12, *self._outputs)
        )
        opset = field(1, "") + field(2, OPSET)
        file = field(1, IR_VERSION) + field(2, "tinygrad_xor") + field(7, graph) + field(8, opset)
        if len(file) > _LARGEST:
            raise ValueError(f"an ONNX file has at most {_LARGEST} bytes, and this has {len(file)}")
        return file

    def new_name(self, wanted: str) -> str:
        """`wanted`, with something behind it if another thing is called that already."""
        name, count = wanted, 1
        while name in self._names:
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name


def _node(operator: str, inputs: tuple[str, ...], result: str, attributes: Any) -> bytes:
    written = [_attribute(name, value) for name, value in attributes.items()]
    return (field(1, *inputs) + field(2, result) + field(3, result) + field(4, operator)) + field(
        5, *written
    )


def _attribute(name: str, value: int | str | list[int]) -> bytes:
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + field(8, *value) + field(20, 7)


def _described(name: str, dtype: np.dtype[Any], axes: Axes) -> bytes:
    lengths = [field(2 if isinstance(n, str) else 1, n) for n in axes]
    tensor = field(1, DATA_TYPES[dtype.name]) + field(2, field(1, *lengths))
    return field(1, name) + field(2, field(1, tensor))

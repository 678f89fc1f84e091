"""Arrays by name in ``.safetensors`` files: a header of JSON, and the numbers.

The format is that of https://github.com/huggingface/safetensors, read and written without the
library: the length of the header in 8 bytes, the header, and the arrays without a gap.
"""

from __future__ import annotations

import json
import math
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.exchange.reading import content, of_bfloat16, reading
from tinygrad_xor.files import write_atomically

#: NumPy's dtypes by the names of the format.
DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"},
    **{"C64": "<c8", "BF16": "<u2"},
}
_NAMES = {dtype: name for name, dtype in DTYPES.items() if name != "BF16"}


def save_safetensors(arrays: Mapping[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write arrays by name, whole or not at all.

    Args:
        arrays: of numbers or truth values.
        path: of the file.

    Raises:
        ValueError: if the format has no name for a dtype, or a name is its own, ``__metadata__``.
    """
    ready = {}
    for name, x in arrays.items():
        array = np.asarray(x)
        array = array.astype(array.dtype.newbyteorder("<"))
        if array.dtype.str not in _NAMES or name == "__metadata__":
            raise ValueError(f"safetensors files have no array {name!r} of dtype {array.dtype}")
        ready[name] = array
    order = sorted(ready, key=lambda name: (-ready[name].dtype.itemsize, name))
    header, end = {}, 0
    for name in order:
        begin, end = end, end + ready[name].nbytes
        about = {"dtype": _NAMES[ready[name].dtype.str], "shape": list(ready[name].shape)}
        header[name] = {**about, "data_offsets": [begin, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    numbers = b"".join(ready[name].tobytes() for name in order)
    return write_atomically(path, len(text).to_bytes(8, "little") + text + numbers)


def load_safetensors(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The arrays in a file, by name; bfloat16 numbers as float32.

    Raises:
        ValueError: if it is no such file, or damaged.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_safetensors(save_safetensors({"w": np.eye(2)}, Path(folder) / "w.safetensors"))
    {'w': array([[1., 0.],
           [0., 1.]])}
    """
    raw = content(path)
    with reading(path, "a safetensors file"):
        start = 8 + int.from_bytes(raw[:8], "little")
        if not 10 <= start <= len(raw):
            raise ValueError(f"its header would end at byte {start} of {len(raw)}")
        header = json.loads(raw[8:start], object_pairs_hook=_without_doubles)
        header.pop("__metadata__", None)
        found, end = {}, start
        for name in sorted(header, key=lambda name: header[name]["data_offsets"]):
            about = header[name]
            dtype = np.dtype(DTYPES[about["dtype"]])
            shape = [operator.index(n) for n in about["shape"]]
            begin, end_here = (start + operator.index(n) for n in about["data_offsets"])
            if begin != end or min(shape, default=0) < 0:
                raise ValueError(f"{name} does not begin where the array before it ends")
            if end_here - begin != math.prod(shape) * dtype.itemsize or end_here > len(raw):
                raise ValueError(f"{name} of shape {shape} has {end_here - begin} bytes")
            array = np.frombuffer(raw[begin:end_here], dtype).reshape(shape)
            found[name] = of_bfloat16(array) if about["dtype"] == "BF16" else array.copy()
            end = end_here
        if end != len(raw):
            raise ValueError(f"{len(raw) - end} bytes belong to no array")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands in its header twice")
    return dict(pairs)

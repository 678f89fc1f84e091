"""PyTorch's files of weights, ``torch.save(model.state_dict())``, without PyTorch and without code.

Such a file is a zip archive: a pickle that says what there is, and the numbers beside it. A pickle
can call anything, so this one may name what is in a table here, tags of tensors and dtypes, and
nothing else; and each tensor must lie inside of its numbers.
"""

from __future__ import annotations

import io
import math
import operator
import os
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.exchange.reading import archived, content, members, of_bfloat16, reading
from tinygrad_xor.files import write_atomically

#: NumPy's dtypes by the names of PyTorch's storages.
STORAGES = {
    **{"DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": "u2"},
    **{"LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1"},
    **{"ByteStorage": "u1", "BoolStorage": "?"},
    **{"ComplexFloatStorage": "c8", "ComplexDoubleStorage": "c16"},
}
_STORAGE_OF = {dtype: name for name, dtype in STORAGES.items() if name != "BFloat16Storage"}


def load_state_dict(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tensors of a state dict as NumPy's arrays, by name; bfloat16 numbers as float32.

    Raises:
        ValueError: if the file is damaged, older than PyTorch 1.6, or holds more than a dict of
            tensors: no code of the file is run.
    """
    raw = content(path)
    with reading(path, "a state dict that PyTorch saved"):
        if not raw.startswith(b"PK"):
            raise ValueError("it is no zip archive, or of PyTorch before 1.6: save it again there")
        files = members(raw)
        (main,) = (name for name in files if name.count("/") == 1 and name.endswith("/data.pkl"))
        found = _Unpickler(files, main.removesuffix("data.pkl"), len(raw)).load()
        if not isinstance(found, dict):
            raise ValueError(f"there is a {type(found).__name__} in it, not a dict of tensors")
        for name, x in found.items():
            if not isinstance(name, str) or not isinstance(x, np.ndarray):
                raise ValueError(f"{name!r} in it is a {type(x).__name__}, not a tensor")
    return dict(found)


class _Unpickler(pickle._Unpickler):
    """What a pickle of tensors says. The one of C would make room for what a file claims to have.

    Args:
        files: of the archive, by name.
        folder: of all of them.
        size: of the archive; a tensor has no more bytes.
    """

    def __init__(self, files: dict[str, bytes], folder: str, size: int) -> None:
        super().__init__(io.BytesIO(files[f"{folder}data.pkl"]))
        self.files, self.folder, self.size = files, folder, size
        self.is_big = files.get(f"{folder}byteorder", b"little") == b"big"

    def find_class(self, module: str, name: str) -> Any:
        """What a global of the pickle stands for."""
        if module == "torch" and name in STORAGES:
            return name
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): self.tensor,
            ("torch._utils", "_rebuild_parameter"): lambda data, *about: data,
        }
        if (module, name) not in known:
            raise ValueError(f"it asks for {module}.{name}, which is no part of a state dict")
        return known[module, name]

    def persistent_load(self, about: Any) -> tuple[Any, str]:
        """The numbers of a storage: ``("storage", kind, key, device, count)``."""
        _, kind, key, _, count = about
        dtype = np.dtype(STORAGES[kind]).newbyteorder(">" if self.is_big else "<")
        numbers = np.frombuffer(self.files[f"{self.folder}data/{key}"], dtype)
        if len(numbers) != count:
            raise ValueError(f"storage {key} has {len(numbers)} numbers, not {count}")
        return numbers, kind

    def tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *about: Any) -> Any:
        """A tensor: numbers of a storage from `offset` on, so far apart along each axis."""
        numbers, kind = storage
        places = [operator.index(n) for n in (offset, *shape, *strides)]
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        count = math.prod(shape)
        outside = min(places) < 0 or (count and last >= len(numbers))
        if outside or count * numbers.itemsize > self.size or len(shape) > 32:
            raise ValueError(f"a tensor of shape {shape} is not inside of its numbers")
        steps = [n * numbers.itemsize for n in strides]
        from_here = numbers[offset:] if count else numbers[:0]
        view = np.lib.stride_tricks.as_strided(from_here, shape, steps, writeable=False)
        native = view.astype(numbers.dtype.newbyteorder("="))
        return of_bfloat16(native) if kind == "BFloat16Storage" else native


def save_state_dict(arrays: Mapping[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write arrays as a state dict that ``torch.load(path, weights_only=True)`` reads.

    Args:
        arrays: by name.
        path: of the file.

    Raises:
        ValueError: if PyTorch has no tensors of a dtype.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_state_dict(save_state_dict({"0.bias": np.zeros(2)}, Path(folder) / "net.pt"))
    {'0.bias': array([0., 0.])}
    """
    program, files = [b"\x80\x02}("], {}
    for i, (name, x) in enumerate(arrays.items()):
        array = np.asarray(x)
        storage = _STORAGE_OF.get(array.dtype.str[1:].replace("b1", "?"))
        if storage is None:
            raise ValueError(f"PyTorch has no tensors of dtype {array.dtype}, as {name!r} is")
        numbers = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
        files[f"archive/data/{i}"] = numbers.tobytes()
        steps = tuple(math.prod(array.shape[axis + 1 :]) for axis in range(array.ndim))
        text = _pickled(name)
        kind = f"ctorch\n{storage}\n".encode()
        keyed = _tuple(_pickled("storage"), kind, _pickled(str(i)), _pickled("cpu"), array.size)
        hooks = b"ccollections\nOrderedDict\n)R"
        whole = _tuple(keyed + b"Q", 0, array.shape, steps, b"\x89", hooks)
        program.append(text + b"ctorch._utils\n_rebuild_tensor_v2\n" + whole + b"R")
    head = {"archive/data.pkl": b"".join([*program, b"u."]), "archive/byteorder": b"little"}
    return write_atomically(path, archived({**head, **files, "archive/version": b"3\n"}))


def _pickled(x: str | int) -> bytes:
    """A text or a whole number as pickles have it (Python's ``pickletools`` explains them)."""
    if isinstance(x, int):
        return b"\x8a\x08" + x.to_bytes(8, "little")
    return b"X" + len(x.encode()).to_bytes(4, "little") + x.encode()


def _tuple(*items: Any) -> bytes:
    """A tuple of what is pickled already, whole numbers, and tuples of these."""
    parts = (
        _tuple(*x) if isinstance(x, tuple) else _pickled(x) if isinstance(x, int) else x
        for x in items
    )
    return b"(" + b"".join(parts) + b"t"

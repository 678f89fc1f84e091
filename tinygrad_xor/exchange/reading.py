"""What all readers of files share: what damage looks like, and archives that are not packed."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_xor.files import path_of

#: What may go wrong with a file that is none of its kind, or was damaged: found by changing bytes.
DAMAGES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextlib.contextmanager
def reading(path: str | os.PathLike[str], wanted: str) -> Iterator[None]:
    """Say in one sentence when a file cannot be read as what is `wanted`.

    Raises:
        ValueError: for whatever goes wrong inside.
    """
    try:
        yield
    except DAMAGES as error:
        raise ValueError(f"{os.fspath(path)} is not {wanted}: {error}") from error


def content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file; none of a folder."""
    return b"" if path_of(path).is_dir() else path_of(path).read_bytes()


def members(raw: bytes) -> dict[str, bytes]:
    """The files in a zip archive in which nothing is packed, so that all is as large as it looks.

    Raises:
        ValueError: if something is packed, larger than the archive, or there twice.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        refuse_packed(archive, len(raw))
        found = {member.filename: archive.read(member) for member in archive.infolist()}
        if len(found) != len(archive.infolist()):
            raise ValueError("a file is in it twice")
    return found


def refuse_packed(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive that would unpack to more than its `size`.

    Raises:
        ValueError: with the name of what is packed in it.
    """
    for member in archive.infolist():
        if member.compress_type != zipfile.ZIP_STORED or member.file_size > size:
            raise ValueError(f"{member.filename} is packed, or larger than the file")


def archived(files: dict[str, bytes]) -> bytes:
    """A zip archive of files as they are, without a date: the same files are the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def of_bfloat16(bits: Any) -> Any:
    """Numbers of 16 bits that are the upper half of a float32, as such."""
    return (bits.astype(np.uint32) << 16).view(np.float32)

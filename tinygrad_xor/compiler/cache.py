"""Machine code on disk, so that it is made once.

A file's name is the hash of all that the code depends on; its first line is the hash of the rest.
What does not fit is as if it were not there. A file is written whole, so two processes may do so at
once. ``TINYGRAD_XOR_CACHE`` is another folder, or ``off``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from tinygrad_xor.files import write_atomically

_OFF = {"", "0", "off", "no", "none", "false"}
_MARK = b"tinygrad_xor machine code 1\n"


def folder() -> Path | None:
    """Where code is kept; None if nowhere."""
    chosen = os.environ.get("TINYGRAD_XOR_CACHE")
    if chosen is not None:
        return None if chosen.lower() in _OFF else Path(chosen)
    try:
        base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
        return Path(base or Path.home() / ".cache").resolve() / "tinygrad_xor"
    except (OSError, RuntimeError):  # nobody's home
        return None


def key(*parts: str) -> str:
    """The name of what depends on these texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read(name: str) -> bytes | None:
    """What is kept under a name; None if there is nothing, or something else."""
    where = folder()
    if where is None:
        return None
    try:
        content = (where / name).read_bytes()
    except OSError:
        return None
    mark, rest = content[: len(_MARK)], content[len(_MARK) :]
    wanted, code = rest[:32], rest[32:]
    if mark != _MARK or hashlib.sha256(name.encode() + code).digest() != wanted:
        return None
    return code


def write(name: str, code: bytes) -> None:
    """Keep code under a name; where that is impossible, as in a full folder, it is not kept."""
    where = folder()
    if where is None:
        return
    content = _MARK + hashlib.sha256(name.encode() + code).digest() + code
    with contextlib.suppress(OSError):
        write_atomically(where / name, content)

"""Files that are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

#: The names of temporary files say whose they are: the machine and the number of the process.
_MACHINE = f".tinygrad-xor-{platform.node()}-"
_TEMPORARY = re.compile(re.escape(_MACHINE) + r"(\d{1,9})-[0-9a-f]{16}\.tmp")


def path_of(path: str | os.PathLike[str]) -> Path:
    r"""`path` as a `Path`, if a file can have that name.

    Raises:
        ValueError: if none can: a null character or half a letter (a lone surrogate) is in it.

    >>> path_of("network.npz").name
    'network.npz'
    >>> path_of("network\0.npz")
    Traceback (most recent call last):
    ...
    ValueError: no file can be called 'network\x00.npz': there is a null character in it
    """
    name = str(Path(path))
    what = "a null character" if "\0" in name else None
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        what = f"{name[error.start]!a}, which is no letter,"
    if what:
        raise ValueError(f"no file can be called {name!a}: there is {what} in it")
    return Path(path)


def write_atomically(path: str | os.PathLike[str], data: bytes | str) -> Path:
    """Write `data` to `path`: into a temporary file beside it, then renamed over it.

    Whoever reads `path`, at any moment, finds the old file or the new one, never a part. A file
    that was there keeps its mode; a link stays, and what it leads to is written. Pipes and devices
    get the data directly. Missing folders are made; text is written as UTF-8.

    Raises:
        OSError: if `path` cannot be written, as a folder, a file without the right to write, or
            on a full disk. What was there before is there still.
        ValueError: if no file can have that name.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "new" / "note.txt", "привет").read_text("utf-8")
    'привет'
    """
    path = path_of(path)
    content = data.encode() if isinstance(data, str) else data
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        path.write_bytes(content)
        return path
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target.parent)
    temporary = target.with_name(f"{_MACHINE}{os.getpid()}-{secrets.token_hex(8)}.tmp")
    try:
        if mode is None:
            temporary.touch(exist_ok=False)
            temporary.write_bytes(content)
        else:
            target.open("r+b").close()  # a rename would not ask whether the file may be written
            temporary.touch(0o600, exist_ok=False)  # nobody reads it before it has its mode
            temporary.write_bytes(content)
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


@contextlib.contextmanager
def alone_in(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Wait until no other process or thread is in such a block for `folder`, and keep others out.

    The system ends it with the process, even with one that is killed. What is locked is an empty
    file there, ``.tinygrad-xor.lock``, which stays. On Windows, and on drives without locks, nobody
    waits.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, alone_in(folder):
    ...     print("nobody else")
    nobody else
    """
    with (path_of(folder) / ".tinygrad-xor.lock").open("ab") as lock:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mode(path: Path) -> int | None:
    """What `path` is, after links, and who may use it; ``None`` if there is nothing."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


@functools.cache  # once in a process: the leftovers are of processes before it
def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes of this machine that were killed as they wrote."""
    for path in folder.glob(".tinygrad-xor-*.tmp"):
        named = _TEMPORARY.fullmatch(path.name)
        if named and not _is_alive(int(named[1])):
            with contextlib.suppress(OSError):  # another's, or another was faster: no matter
                path.unlink()


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # the signal below would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True

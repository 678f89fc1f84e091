"""The records of a study, and the file that keeps them: a line of JSON for each.

The first line says of which study. Lines are only ever added, by one process at a time, so a kill
can tear the last one and no other: it is cut off when the study goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from tinygrad_xor.files import path_of

if sys.platform != "win32":
    import fcntl

#: What was found out, by name; in a whole record with the setting and the seed.
Record = dict[str, Any]

#: Files that studies of this process have open: to the system, a process is not in its own way.
_OPEN: set[str] = set()


class RecordFile:
    """Records by setting and seed; with a path, also in a file, as soon as they are added.

    Args:
        path: of the file, which is made if there is none; ``None`` for none.
        make_model, work, data: what the study is of, which its file remembers.
    """

    def __init__(self, path: Any, make_model: Any, work: Any, data: Any) -> None:
        self._path = None if path is None else path_of(path)
        self._head = {"study": f"{_name(make_model)}, {_name(work)}", "data": _fingerprint(data)}
        self._results: dict[str, Record] = {}
        self._file: Any = None

    def __enter__(self) -> Self:
        """Open the file, lock it, and read what is there.

        Raises:
            BlockingIOError: if another study writes into it.
            ValueError: if it is something else, with the line.
        """
        if self._path is None:
            return self
        self._path.parent.mkdir(parents=True, exist_ok=True)
        real = os.path.realpath(self._path)
        if real in _OPEN:
            raise _busy(self._path)
        self._file = self._path.open("a+b", buffering=0)
        try:
            _lock(self._file, self._path)
            self._read()
        except BaseException:
            self._file.close()
            raise
        _OPEN.add(real)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            _OPEN.discard(os.path.realpath(self._path))  # type: ignore[arg-type]
            self._file.close()

    def has(self, setting: Mapping[str, Any], seed: int) -> bool:
        """Whether there is a result of this setting and this seed."""
        return key_of(setting, seed) in self._results

    def record(self, setting: Mapping[str, Any], seed: int) -> Record:
        """The record of this setting and this seed."""
        return {**setting, "seed": seed, **self._results[key_of(setting, seed)]}

    def add(self, setting: Mapping[str, Any], seeds: list[int], found: list[Record]) -> None:
        """Keep what was found for seeds without a result, in the file too before this returns."""
        lines = b""
        for seed, result in zip(seeds, found, strict=True):
            if not self.has(setting, seed):
                lines += _line({"setting": setting, "seed": seed, "result": result})
                self._results[key_of(setting, seed)] = result
        self._write(lines)

    def _write(self, lines: bytes) -> None:
        while lines and self._file is not None:  # a write may be shorter than it should
            lines = lines[self._file.write(lines) :]

    def _read(self) -> None:
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if content and not content.startswith(_START[: len(content)]):
            raise ValueError(f"{self._path} is no file of a study: line 1 begins otherwise")
        self._file.truncate(len(whole))  # a line that a kill has torn
        if not whole:
            self._write(_line(self._head))
            return
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self._take(json.loads(line), number)
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{self._path} is no file of a study: line {number}: {error!r}"
                ) from error

    def _take(self, found: Any, number: int) -> None:
        if number > 1:
            self._results[key_of(found["setting"], found["seed"])] = dict(found["result"])
            return
        for name, mine in self._head.items():
            if found[name] != mine:
                raise ValueError(f"it is of another {name}, {found[name]}, and this one is {mine}")


def key_of(setting: Mapping[str, Any], seed: int) -> str:
    """What a record is found by: the same for equal settings, in whatever order.

    >>> key_of({"b": 1, "a": 2.0}, 3)
    '{"a": 2.0, "b": 1} 3'
    """
    return f"{json.dumps(setting, sort_keys=True)} {seed}"


def plain(x: Any) -> Any:
    """Numbers and arrays of NumPy's as Python's, in dicts and lists too: what JSON can hold.

    Raises:
        TypeError: if there is something else in it.

    >>> plain({"width": np.int64(3), "rates": np.array([0.1, 0.2])})
    {'width': 3, 'rates': [0.1, 0.2]}
    """
    if isinstance(x, (np.generic, np.ndarray)):
        return plain(x.tolist())
    if isinstance(x, Mapping):
        return {plain(name): plain(value) for name, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(value) for value in x]
    if x is None or type(x) in (bool, int, float, str):
        return x
    raise TypeError(f"a record holds numbers, texts and lists of them, not {x!r}")


#: How the file of every study begins.
_START = b'{"study": '


def _line(content: Any) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _name(function: Any) -> str:
    function = getattr(function, "func", function)  # of a partial one
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _fingerprint(data: Any) -> str:
    """A few letters that other data have others of."""
    digest = hashlib.blake2b(digest_size=8)

    def take(x: Any) -> None:
        if isinstance(x, (list, tuple)):
            digest.update(f"{len(x)} parts".encode())
            for part in x:
                take(part)
        elif isinstance(x, (np.ndarray, np.generic)):
            digest.update(f"{x.dtype} {x.shape}".encode() + x.tobytes())
        else:
            digest.update(repr(x).encode())

    take(data)
    return digest.hexdigest()


def _lock(file: Any, path: Any) -> None:
    """Keep other processes out; the system ends it with this one, and no child inherits it."""
    if sys.platform != "win32":
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(path) from error


def _busy(path: Any) -> BlockingIOError:
    return BlockingIOError(f"another study writes into {path}: wait for it, or name another file")

"""What was found out about a program before, in this process or another: kept on disk by its name.

The name is the hash of its steps, and of the sources of this package. A program has one if all its
functions are NumPy's or ours: one of the user's may be another tomorrow, under the same name.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tinygrad_xor.compiler import cache
from tinygrad_xor.program.constants import as_json
from tinygrad_xor.program.functions import is_ours
from tinygrad_xor.program.program import Program


@dataclass(frozen=True)
class Facts:
    """How a program is to be run.

    Attributes:
        operations: about how many operations on numbers it is.
        is_small: whether machine code has an instruction for each, and not loops.
    """

    operations: int
    is_small: bool

    def keep(self, name: str) -> None:
        """Write them down."""
        cache.write(name, json.dumps(asdict(self)).encode())

    @staticmethod
    def kept(name: str) -> Facts | None:
        """Those that were written down, if any were."""
        content = cache.read(name)
        return None if content is None else Facts(**json.loads(content))


def name_of(program: Program, digits: str) -> str | None:
    """What a program is called on disk, for whatever labels; None if it cannot be known again."""
    if cache.folder() is None or not all(is_ours(step.function) for step in program.steps):
        return None
    takes = [(x.shape, x.dtype.str, x.weak) for x in program.inputs]
    gives = as_json(program.outputs)
    steps = [
        (step.name, step.call, step.shape, str(step.dtype), step.weak) for step in program.steps
    ]
    return cache.key("facts", digits, json.dumps([takes, steps, gives]), _sources())


@functools.cache
def _sources() -> str:
    """What tells this package from another version of it: sizes and times of its files."""
    files = []
    for folder, _, names in os.walk(Path(__file__).parents[1]):
        for name in sorted(names):
            if name.endswith(".py"):
                about = Path(folder, name).stat()
                files.append((folder, name, about.st_size, about.st_mtime_ns))
    return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()

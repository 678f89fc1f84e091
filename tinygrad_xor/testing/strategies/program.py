"""Random programs over the table: compositions that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from tinygrad_xor.engine import COMPOSED, TABLE, Composition, sampling
from tinygrad_xor.program import Program, TraceError, one_step, trace
from tinygrad_xor.program.functions import known
from tinygrad_xor.testing.calls import (
    Entry,
    domain_of,
    evaluate,
    random_shapes_and_params,
)
from tinygrad_xor.testing.draws import Shape, random_array
from tinygrad_xor.testing.strategies.inputs import sources

#: Smooth maps into the domains that entries have. Entries with corners or jumps are left out.
_INTO: dict[sampling.Domain, Callable[[Any], Any]] = {
    sampling.real: lambda a: 2.0 * np.tanh(a / 2.0),
    sampling.small: np.tanh,
    sampling.positive: lambda a: np.exp(np.tanh(a)),
    sampling.nonzero: lambda a: np.exp(np.tanh(a)),
    sampling.between_0_and_1: lambda a: 0.5 + 0.4 * np.tanh(a),
    sampling.inside_1: lambda a: 0.8 * np.tanh(a),
    sampling.above_1: lambda a: 1.2 + np.exp(np.tanh(a)),
    sampling.invertible: lambda a: sampling.invertible.project(2.0 * np.tanh(a)),
}

#: What adds one more result to those that there are.
Line = Callable[[list[Any]], Any]


def _line(
    entry: Entry, reads: tuple[int, ...], shapes: tuple[Shape, ...], params: dict[str, Any]
) -> Line:
    """A call of `entry` on results of earlier lines, cut or repeated to the shapes it needs."""

    def call(*inputs: Any) -> Any:
        return evaluate(entry, inputs, params)

    call.__name__ = entry.name
    numpys = isinstance(entry, Composition) or known(entry.implements)
    called = call if numpys else one_step(call)  # the others have derivatives only as a whole

    def line(lines: list[Any]) -> Any:
        inputs = [
            _INTO[domain_of(entry, i)](np.resize(lines[read], shape))
            for i, (read, shape) in enumerate(zip(reads, shapes, strict=True))
        ]
        result = called(*inputs)
        return np.real(result) if np.iscomplexobj(getattr(result, "data", result)) else result

    return line


def smooth_entries() -> list[Entry]:
    """Entries that are differentiable wherever their domain lets them be called."""
    entries: list[Entry] = [*TABLE.values(), *COMPOSED.values()]
    return [
        entry
        for entry in entries
        if all(domain in _INTO for domain in entry.domains)
        and (isinstance(entry, Composition) or entry.distance_to_kink is None)
        and entry.name not in _LEFT_OUT
    ]


#: Differentiable, but with phases or orders that may change suddenly, not of real numbers, or not
#: by all of their arguments.
_LEFT_OUT = set(
    "eig linalg.eig eigvals svd linalg.svd qr linalg.qr angle unwrap linalg.cond linalg.norm "
    "linalg.matrix_norm svdvals linalg.svdvals scatter_add linalg.tensorinv linalg.tensorsolve "
    "real_if_close relu rfft nan_to_num nanmax nanmin sign round astype full_like "
    "special.zeta".split()
)


def programs(max_steps: int = 5) -> st.SearchStrategy[tuple[Program, tuple[Any, ...]]]:
    """Programs of one to `max_steps` smooth entries on one or two inputs, and such inputs."""

    def drawn(source: Random) -> tuple[Program, tuple[Any, ...]]:
        try:
            return random_program(source, max_steps)
        except TraceError:
            reject()

    return sources.map(drawn)


def random_program(
    source: Random, max_steps: int = 5, entries: Sequence[Entry] | None = None
) -> tuple[Program, tuple[Any, ...]]:
    """A program of one to `max_steps` smooth entries on one or two inputs, drawn by `source`.

    Args:
        source: of all that is drawn.
        max_steps: how many entries are called at most.
        entries: which; `smooth_entries` if not given.

    Raises:
        TraceError: where NumPy takes another formula at these very numbers than elsewhere.
    """
    entries = entries or smooth_entries()
    inputs = tuple(
        random_array(source, source.choice([(), (2,), (2, 2)])) for _ in range(source.randint(1, 2))
    )
    results: list[Any] = [*inputs]
    lines: list[Line] = []
    for _ in range(source.randint(1, max_steps)):
        entry = source.choice(entries)
        shapes, params = random_shapes_and_params(source, entry)
        if any(0 in shape for shape in shapes):
            continue  # nothing would be left to compute with
        # the newest line is read first, so that the program is deep
        newest = len(results) - 1
        reads = tuple(newest if k == 0 else source.randint(0, newest) for k in range(len(shapes)))
        line = _line(entry, reads, tuple(shapes), params)
        result = line(results)
        if np.size(result):
            lines.append(line)
            results.append(result)

    def run(*given: Any) -> Any:
        computed = list(given)
        for line in lines:
            computed.append(line(computed))
        return computed[-1]

    return trace(run, *inputs), inputs

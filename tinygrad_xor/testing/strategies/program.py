"""Random straight-line programs over the table: compositions that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import COMPOSED, TABLE, Composition, sampling
from tinygrad_xor.testing.strategies.entries import (
    Entry,
    domain_of,
    evaluate,
    random_shapes_and_params,
)
from tinygrad_xor.testing.strategies.inputs import Shape, arrays, sources

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


@dataclass(frozen=True)
class Step:
    """One line of a program: an entry, the lines that it reads, and how they are shaped for it."""

    entry: Entry
    reads: tuple[int, ...]
    shapes: tuple[Shape, ...]
    params: dict[str, Any]

    def __call__(self, lines: list[Any]) -> Any:
        """Run it on what earlier lines gave, cut or repeated to the shapes that it needs."""
        inputs = []
        for i, (line, shape) in enumerate(zip(self.reads, self.shapes, strict=True)):
            inputs.append(_INTO[domain_of(self.entry, i)](np.resize(lines[line], shape)))
        result = evaluate(self.entry, tuple(inputs), self.params)
        return np.real(result) if np.iscomplexobj(getattr(result, "data", result)) else result


@dataclass(frozen=True)
class Program:
    """A straight-line program: ``program(*inputs)`` runs it on arrays or on Values."""

    inputs: tuple[Any, ...]
    steps: tuple[Step, ...]

    def __call__(self, *inputs: Any) -> Any:
        """What the last line gives, for other inputs of the same shapes."""
        lines = list(inputs)
        for step in self.steps:
            lines.append(step(lines))
        return lines[-1]

    def __repr__(self) -> str:
        lines = [f"v{i} = {x!r}" for i, x in enumerate(self.inputs)]
        for i, step in enumerate(self.steps, start=len(lines)):
            reads = [f"v{k}{list(s)}" for k, s in zip(step.reads, step.shapes, strict=True)]
            params = [f"{name}={value!r}" for name, value in step.params.items()]
            lines.append(f"v{i} = {step.entry.name}({', '.join(reads + params)})")
        return "\n".join(lines)


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


#: Differentiable, but with phases or orders that may change suddenly, or not of real numbers.
_LEFT_OUT = set(
    "eig linalg.eig eigvals svd linalg.svd qr linalg.qr angle unwrap linalg.cond linalg.norm "
    "linalg.matrix_norm svdvals linalg.svdvals scatter_add linalg.tensorinv linalg.tensorsolve "
    "real_if_close relu rfft nan_to_num nanmax nanmin sign round astype full_like".split()
)


@st.composite
def programs(draw: st.DrawFn, max_steps: int = 5) -> Program:
    """Programs of one to `max_steps` lines over the smooth entries, on one or two inputs."""
    entries = smooth_entries()
    inputs = tuple(
        draw(arrays(draw(st.sampled_from([(), (2,), (2, 2)])), sampling.real))
        for _ in range(draw(st.integers(1, 2)))
    )
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, max_steps))):
        entry = draw(st.sampled_from(entries))
        lines = len(inputs) + len(steps)
        shapes, params = random_shapes_and_params(draw(sources), entry)
        if any(0 in shape for shape in shapes):
            continue  # nothing would be left to compute with
        # the newest line is read first, so that the program is deep
        reads = tuple(
            lines - 1 if k == 0 else draw(st.integers(0, lines - 1)) for k in range(len(shapes))
        )
        step = Step(entry, reads, tuple(shapes), params)
        if np.size(Program(inputs, (*steps, step))(*inputs)):
            steps.append(step)
    return Program(inputs, tuple(steps))

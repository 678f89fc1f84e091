"""The smallest failure, which hypothesis finds: it is asked only where something fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.testing.comparison import NothingComparedError, Report
from tinygrad_xor.testing.diagnosis import GradientError


def failure_of(
    check: Callable[[Any], Any], strategy: st.SearchStrategy[Any], examples: int, seed: int
) -> str | None:
    """What `check` says of the smallest example that it refuses; ``None`` if it refuses none."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.given(strategy)
    def run(example: Any) -> None:
        try:
            check(example)
        except NothingComparedError:  # an empty array: another example is drawn
            hypothesis.reject()

    try:
        with np.errstate(all="ignore"):
            run()
    except hypothesis.errors.Unsatisfiable:
        return str(NothingComparedError(Report()))
    except GradientError as mismatch:
        return str(mismatch)
    return None

"""What was asked of a check, for all who take part in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.testing.comparison import Report


@dataclass
class Settings:
    """What was asked for, and where it is written down."""

    modes: Sequence[str]
    directions: int | None
    rtol: float | None
    atol: float | None
    noise: float
    eps: float
    rng: np.random.Generator
    report: Report

    def signs(self, count: int) -> Any:
        """So many random signs."""
        return 2.0 * self.rng.integers(0, 2, count) - 1.0

    @property
    def by_hand(self) -> bool:
        """Whether the bounds are given, not found."""
        return self.rtol is not None or self.atol is not None

"""One derivative by the rule and by differences, and the report of many."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: A gradient fails when it is this many times the error bound away from the numerical one.
FACTOR = 10.0


@dataclass
class Comparison:
    """One derivative, by the rule and by differences.

    Attributes:
        order: of the derivative: 1, 2, …
        mode: how it was computed: reverse or forward.
        what: which derivative, in words.
        analytic: by the rule.
        numerical: by differences.
        bound: how far the numerical one may be off.
    """

    order: int
    mode: str
    what: str
    analytic: complex
    numerical: complex
    bound: float
    #: How much of the bound is the rounding of the analytic derivative.
    rounded: float = 0.0

    @property
    def units(self) -> float:
        """How far apart they are, in units of the error bound."""
        difference = abs(self.analytic - self.numerical)
        return 0.0 if difference == 0 else float(difference / self.bound) if self.bound else np.inf

    @property
    def fails(self) -> bool:
        """Whether they are too far apart; NaN is."""
        return not self.units <= FACTOR


@dataclass
class Report:
    """What a check found.

    Attributes:
        comparisons: every one.
        calls: how often the function was called for them.
    """

    comparisons: list[Comparison] = field(default_factory=list)
    calls: int = 0

    @property
    def worst(self) -> float:
        """The largest difference, in units of the error bound; below `FACTOR`, all is well."""
        return max((c.units for c in self.comparisons), default=0.0)

"""What a check of one function found, at all points together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tinygrad_xor.testing.comparison import Comparison, Report

MODES = ("reverse", "forward")


@dataclass
class Result:
    """How one function did: what was compared, the worst error, and the smallest failure.

    Attributes:
        name: of the entry or function.
        page: of derivatives that it is on; empty if it is on none.
        order: the highest order of derivative that was asked for.
        dtypes: of the inputs that were drawn.
        examples: how many points passed.
        comparisons: all derivatives that were compared.
        calls: of the function, for the numerical side.
        seconds: that it took.
        failure: what is wrong, at the smallest point that was found; ``None`` if nothing is.
    """

    name: str
    page: str = ""
    order: int = 1
    dtypes: set[str] = field(default_factory=set)
    examples: int = 0
    comparisons: list[Comparison] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """Whether no example failed."""
        return self.failure is None

    @property
    def worst(self) -> float:
        """The largest difference, in units of the error bound; ten fails."""
        return max((c.units for c in self.comparisons), default=0.0)

    @property
    def modes(self) -> list[str]:
        """The modes in which derivatives were compared."""
        return [mode for mode in MODES if any(c.mode == mode for c in self.comparisons)]

    def add(self, report: Report, dtypes: Iterable[Any]) -> None:
        """Take in what was found at one point, with inputs of these dtypes."""
        self.examples += 1
        self.comparisons += report.comparisons
        self.calls += report.calls
        self.dtypes |= {str(dtype) for dtype in dtypes}

    def as_json(self) -> dict[str, Any]:
        """The numbers of the result, without the comparisons."""
        return {
            "name": self.name,
            "page": self.page,
            "orders": list(range(1, self.order + 1)),
            "modes": self.modes,
            "dtypes": sorted(self.dtypes),
            "examples": self.examples,
            "comparisons": len(self.comparisons),
            "calls": self.calls,
            "worst": self.worst,
            "seconds": round(self.seconds, 4),
            "passed": self.passed,
            "failure": self.failure,
        }

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
        rounded: how much of the bound is the rounding of the analytic derivative.
        argument: the name of the array that the derivative is by.
    """

    order: int
    mode: str
    what: str
    analytic: complex
    numerical: complex
    bound: float
    rounded: float = 0.0
    argument: str = ""

    @property
    def units(self) -> float:
        """How far apart they are, in units of the error bound."""
        difference = abs(self.analytic - self.numerical)
        return 0.0 if difference == 0 else float(difference / self.bound) if self.bound else np.inf

    @property
    def fails(self) -> bool:
        """Whether they are too far apart; NaN is."""
        return not self.units <= FACTOR

    @property
    def sight(self) -> float:
        """The smallest relative error that would have been seen: 1e-9 sees a factor 1 + 1e-9.

        Of a derivative that is zero, every error that is above the bound is seen; this is 0 then.
        """
        size = abs(self.numerical)
        return FACTOR * self.bound / size if size else 0.0


class NothingComparedError(ValueError):
    """No derivative was compared, because the arguments hold no numbers; `report` says what ran."""

    def __init__(self, report: Report) -> None:
        super().__init__(
            "nothing was compared: the arguments have no element to differentiate by, so no fault "
            "could have been found. Pass numbers, or arrays that are not empty"
        )
        self.report = report


@dataclass(repr=False)
class Report:
    """What a check found; it counts as true if nothing is wrong.

    Attributes:
        comparisons: every one.
        calls: how often the function was called for them.
        seconds: that it took.
        notes: what was not checked, and why.
        failure: what is wrong; ``None`` if nothing is.
    """

    comparisons: list[Comparison] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    failure: str | None = None

    @property
    def worst(self) -> float:
        """The largest difference, in units of the error bound; below `FACTOR`, all is well."""
        return max((c.units for c in self.comparisons), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return self.failure is None

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        verdict = "right" if self.passed else "WRONG"
        return (
            f"<Report: {verdict}, {len(self.comparisons)} derivatives compared, "
            f"the worst {self.worst:.2g} error bounds apart ({FACTOR:g} fails)>"
        )

    def __str__(self) -> str:
        """A table: a line for each argument, and how small a fault would have been seen there."""
        groups: dict[tuple[str, str], list[Comparison]] = {}
        for c in self.comparisons:
            groups.setdefault((f"{c.order} {c.mode}", c.argument), []).append(c)
        rows = [["order, mode", "by", "compared", "worst", "would see"]]
        for (how, argument), group in groups.items():
            sight = max(c.sight for c in group)
            worst = max(c.units for c in group)
            seen = f"a factor 1 + {sight:.0e}" if sight < 0.5 else "a wrong sign at most"
            if sight > 2:
                seen = "nothing"
            if not sight:
                seen = f"more than {FACTOR * max(c.bound for c in group):.0e} beside 0"
            rows.append([how, argument, str(len(group)), f"{worst:.2g}", seen])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows
        ]
        ends = [f"{self.calls} calls, {self.seconds:.2g} s", *self.notes]
        return "\n".join([*lines, *ends, *([self.failure] if self.failure else [])])

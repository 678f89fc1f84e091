"""How far a measured share may be from the true one."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share: it holds the true one in `confidence` of all cases.

    Unlike ``p ± z sqrt(p (1 - p) / n)`` it stays inside 0 and 1, and is not empty when every trial
    succeeded (Wilson, 1927, Journal of the American Statistical Association 22, pages 209-212;
    recommended by Brown, Cai and DasGupta, 2001, Statistical Science 16, pages 101-133).

    Args:
        successes: how many trials succeeded.
        trials: how many there were.
        confidence: between 0 and 1.

    Returns:
        The lowest and the highest share.

    Raises:
        ValueError: if there are no trials, or not from 0 to `trials` of them succeeded.

    >>> low, high = wilson(1000, 1000)
    >>> f"{low:.4f} to {high:.4f}"
    '0.9962 to 1.0000'
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials: there is no share of these")
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence is between 0 and 1, not {confidence!r}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / trials
    middle = p + z * z / (2 * trials)
    spread = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # at 0 and at 1 the interval ends there, but for rounding
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return low, high

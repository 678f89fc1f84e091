"""Wilson's interval: its known ends, another program's numbers, how often it holds the truth."""

import math

import pytest

from tinygrad_xor.atlas import wilson


def test_when_all_succeed_the_lowest_share_is_n_over_n_plus_z_squared():
    z = 1.959963984540054
    low, high = wilson(1000, 1000)
    assert low == pytest.approx(1000 / (1000 + z * z), rel=1e-14, abs=0)
    assert high == 1.0


def test_failures_are_the_mirror_image_of_successes():
    low, high = wilson(30, 100)
    assert wilson(70, 100) == pytest.approx((1 - high, 1 - low), rel=1e-14, abs=0)
    assert wilson(0, 50) == (0.0, pytest.approx(1 - wilson(50, 50)[0]))


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (555, 1000), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_it_agrees_with_scipy(successes, trials, confidence):
    stats = pytest.importorskip("scipy.stats", reason="the extra special is not installed")
    interval = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert wilson(successes, trials, confidence) == pytest.approx(interval, rel=1e-12, abs=1e-15)


def test_it_holds_the_true_share_in_about_95_of_100_cases():
    n = 200
    covered = []
    for p in [0.02 * k for k in range(1, 50)]:
        chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        inside = [wilson(k, n)[0] <= p <= wilson(k, n)[1] for k in range(n + 1)]
        covered.append(sum(c for c, ok in zip(chances, inside, strict=True) if ok))
    assert 0.945 < sum(covered) / len(covered) < 0.955
    assert min(covered) > 0.9


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(successes, trials):
    with pytest.raises(ValueError, match="there is no share of these"):
        wilson(successes, trials)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_that_is_no_probability_is_refused(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)

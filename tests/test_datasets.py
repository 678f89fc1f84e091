"""Data to learn from: balanced, seeded, of the promised shapes and size."""

import sys

import numpy as np
import pytest

from tinygrad_xor.datasets import TRUTH_TABLES, circles, digits, spirals, truth_table, two_moons

PLANE = pytest.mark.parametrize("make", [two_moons, circles, spirals])


@pytest.mark.parametrize("task", TRUTH_TABLES)
def test_a_truth_table_gives_each_pair_of_inputs_its_target(task):
    X, y = truth_table(task)
    rule = {
        "xor": lambda a, b: a != b,
        "and": lambda a, b: a and b,
        "or": lambda a, b: a or b,
        "nand": lambda a, b: not (a and b),
        "nor": lambda a, b: not (a or b),
        "xnor": lambda a, b: a == b,
    }[task]
    assert [bool(rule(a, b)) for a, b in X] == y.ravel().astype(bool).tolist()


@PLANE
class TestPointsInThePlane:
    @pytest.mark.parametrize("n", [2, 3, 200, 201])
    def test_the_classes_have_as_many_points_or_differ_by_one(self, make, n):
        X, y = make(n)
        assert (X.shape, y.shape) == ((n, 2), (n, 1))
        assert (X.dtype, y.dtype) == (np.float64, np.float64)
        assert np.bincount(y.ravel().astype(int)).tolist() == [n // 2, n - n // 2]

    def test_a_seed_gives_the_same_points_again_and_another_seed_gives_others(self, make):
        (X, y), (again, y_again), (other, _) = make(50, seed=3), make(50, seed=3), make(50, seed=4)
        assert np.array_equal(X, again)
        assert np.array_equal(y, y_again)
        assert not np.array_equal(X, other)

    def test_the_order_is_random_so_that_the_last_points_have_both_classes(self, make):
        _, y = make(200)
        assert 20 < y[-80:].sum() < 60

    def test_the_seed_does_not_choose_the_points_only_their_noise(self, make):
        (X, _), (other, _) = make(40, noise=0, seed=0), make(40, noise=0, seed=1)
        assert np.allclose(np.sort(X, axis=0), np.sort(other, axis=0))

    def test_noise_is_a_standard_deviation(self, make):
        (X, _), (quiet, _) = make(20_000, noise=0.1, seed=5), make(20_000, noise=1e-12, seed=5)
        assert np.std(X - quiet) == pytest.approx(0.1, rel=0.02)

    def test_impossible_wishes_are_refused_in_words(self, make):
        with pytest.raises(ValueError, match="n_samples=1: 2 classes need 2 points or more"):
            make(1)
        with pytest.raises(ValueError, match=r"noise=-0\.1: a standard deviation is not below 0"):
            make(noise=-0.1)
        with pytest.raises(ValueError, match="noise=nan"):
            make(noise=float("nan"))


@pytest.mark.parametrize(
    ("make", "name", "options"),
    [(two_moons, "make_moons", {}), (circles, "make_circles", {"factor": 0.3})],
)
@pytest.mark.parametrize("n", [30, 31])
def test_without_noise_the_points_are_those_of_scikit_learn(make, name, options, n):
    theirs = pytest.importorskip("sklearn.datasets", reason="it needs the extra digits")
    X, y = make(n, noise=0, **options)
    their_X, their_y = getattr(theirs, name)(n, shuffle=False, **options)
    for label in (0, 1):
        ours = X[y.ravel() == label]
        wanted = their_X[their_y == label]
        distances = np.linalg.norm(ours[:, None] - wanted, axis=-1)
        assert len(ours) == len(wanted)
        assert np.all(distances.min(axis=0) < 1e-12)


def test_the_radius_of_a_spiral_grows_with_its_angle_from_near_the_middle_to_1():
    X, y = spirals(300, noise=0, turns=2, arms=3)
    radius = np.linalg.norm(X, axis=1)
    assert (radius.min(), radius.max()) == (pytest.approx(0.06), pytest.approx(1))
    turned = np.arctan2(X[:, 1], X[:, 0]) / (2 * np.pi)
    steps = turned - 2 * radius - y.ravel() / 3  # whole turns are left
    assert np.allclose(steps, np.round(steps))


def test_the_radii_of_the_circles_are_1_and_the_factor():
    X, y = circles(noise=0, factor=0.25)
    assert np.allclose(np.linalg.norm(X, axis=1), np.where(y.ravel() == 1, 0.25, 1))


def test_impossible_circles_and_spirals_are_refused_in_words():
    with pytest.raises(ValueError, match="factor=1: the small circle's radius is between 0 and 1"):
        circles(factor=1)
    with pytest.raises(ValueError, match="arms=1 and"):
        spirals(arms=1)
    with pytest.raises(ValueError, match="turns=0"):
        spirals(turns=0)


class TestDigits:
    @pytest.fixture
    def data(self):
        pytest.importorskip("sklearn.datasets", reason="it needs the extra digits")
        return digits()

    def test_the_pictures_are_8_by_8_with_ink_from_0_to_1_and_the_digits_are_integers(self, data):
        (x, y), (x_test, y_test) = data
        assert (x.shape, x_test.shape) == ((1438, 8, 8), (359, 8, 8))
        assert (y.shape, y_test.shape) == ((1438,), (359,))
        assert (x.min(), x.max(), x.dtype) == (0, 1, np.float64)
        assert set(y.tolist()) == set(y_test.tolist()) == set(range(10))
        assert y.dtype.kind == "i"

    def test_every_picture_is_in_one_part_and_with_its_own_digit(self, data):
        from sklearn.datasets import load_digits

        (x, y), (x_test, y_test) = data
        theirs = load_digits()
        rows = [*zip(x, y, strict=True), *zip(x_test, y_test, strict=True)]
        ours = sorted((picture.tobytes(), int(digit)) for picture, digit in rows)
        wanted = zip(theirs.images / 16, theirs.target, strict=True)
        assert ours == sorted((picture.tobytes(), int(digit)) for picture, digit in wanted)

    def test_the_same_share_of_each_digit_is_kept_for_the_test(self, data):
        (_, y), (_, y_test) = data
        share = np.bincount(y_test) / (np.bincount(y) + np.bincount(y_test))
        assert np.all(np.abs(share - 0.2) < 0.005)
        assert len(digits(test_share=0.5)[1][1]) == pytest.approx(1797 / 2, abs=5)

    def test_the_order_of_both_parts_is_random(self, data):
        for _, y in data:
            for some in (y[:200], y[-200:]):
                assert np.bincount(some, minlength=10).min() >= 8

    def test_a_seed_gives_the_same_parts_again_and_another_seed_gives_others(self, data):
        (x, _), (x_test, _) = data
        assert np.array_equal(x, digits()[0][0])
        assert not np.array_equal(x_test, digits(seed=1)[1][0])

    def test_an_impossible_share_is_refused_in_words(self):
        with pytest.raises(ValueError, match="test_share=1 is not between 0 and 1"):
            digits(test_share=1)

    def test_it_says_what_to_install_without_scikit_learn(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
        with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[digits\]"'):
            digits()

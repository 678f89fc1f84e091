"""The pytest plugin, as a project that uses it sees it."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester):
    """A project with one test file."""

    def run(code, *options):
        pytester.makepyfile(code)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    return run


RIGHT = """
    import numpy as np

    def test_right(assert_gradients):
        assert_gradients(lambda x: np.sin(x) * x, np.array([0.5, 1.0]))
"""


def test_a_right_gradient_passes_and_the_summary_says_how_near_it_was(project):
    result = project(RIGHT)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*= gradients =*", "*derivatives compared with differences*", "*::test_right"]
    )


def test_a_wrong_gradient_fails_with_the_table_of_elements(project):
    result = project(
        """
        import numpy as np

        def test_wrong(assert_gradients):
            assert_gradients(lambda x: np.sum(x**2), np.ones(2), gradient=lambda x: 3 * x)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*the gradient function gives 3*",
            "*2 of 2 derivatives are wrong: the worst by x?[01]? is 3 instead of 2*",
        ]
    )
    said = result.stdout.str()
    assert "checker.py" not in said, "frames of the checker are hidden"
    assert "plugin.py" not in said
    assert "E       tinygrad_xor.testing.diagnosis.GradientError: first derivative" in said


def test_the_summary_is_there_when_workers_run_the_tests(project):
    pytest.importorskip("xdist")
    result = project(RIGHT, "-n", "2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*= gradients =*", "*::test_right"])


@pytest.mark.parametrize(("option", "orders"), [((), 2), (("--gradcheck-order", "1"), 1)])
def test_the_order_is_an_option(project, option, orders):
    result = project(
        f"""
        import numpy as np

        def test_order(assert_gradients):
            report = assert_gradients(np.tanh, np.array([0.5, 1.0]))
            assert max(c.order for c in report.comparisons) == {orders}
        """,
        *option,
    )
    result.assert_outcomes(passed=1)


def test_strategies_are_drawn_as_often_as_the_option_says(project):
    result = project(
        """
        import numpy as np
        from tinygrad_xor.testing import strategies as gst

        def test_drawn(assert_gradients):
            report = assert_gradients(np.tanh, gst.arrays((2,)), order=1, modes=("reverse",))
            assert len(report.comparisons) == 2 * 7
        """,
        "--gradcheck-examples",
        "7",
    )
    result.assert_outcomes(passed=1)


def test_without_gradient_tests_there_is_no_summary(project):
    result = project("def test_nothing(): pass")
    assert "gradients" not in result.stdout.str()

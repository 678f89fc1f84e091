"""The pytest plugin: the fixture ``assert_gradients``, two options, a summary of the worst errors.

pytest finds it by itself where tinygrad_xor is installed::

    def test_my_layer_has_right_gradients(assert_gradients):
        assert_gradients(my_layer, np.ones(3), {"W": np.eye(3)})
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

#: The worst error, the number of comparisons, and the test, of each check.
_RESULTS: pytest.StashKey[list[tuple[float, int, str]]] = pytest.StashKey()
SHOWN = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--gradcheck-order`` and ``--gradcheck-examples``."""
    group = parser.getgroup("gradients", "gradient tests")
    group.addoption(
        "--gradcheck-order",
        type=int,
        default=2,
        metavar="N",
        help="check derivatives up to this order, unless a test names its own (default: 2)",
    )
    group.addoption(
        "--gradcheck-examples",
        type=int,
        default=20,
        metavar="N",
        help="points to draw where a test gives hypothesis strategies (default: 20)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep what the tests find."""
    config.stash[_RESULTS] = []


@pytest.fixture
def assert_gradients(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """``assert_gradients(f, *primals, ...)``: fails, with a table, if a gradient of `f` is wrong.

    It takes what `tinygrad_xor.testing.check_gradients` takes. A primal may be a hypothesis
    strategy: then points are drawn, and the smallest that fails is shown.
    """
    from hypothesis import Phase, given, settings
    from hypothesis import strategies as st

    from tinygrad_xor.testing import Report, check_gradients
    from tinygrad_xor.testing.comparison import NothingComparedError

    config = request.config

    def check(f: Callable[..., Any], *primals: Any, **how: Any) -> Report:
        __tracebackhide__ = True
        how.setdefault("order", config.getoption("--gradcheck-order"))
        total = Report()

        def at(*point: Any) -> None:
            __tracebackhide__ = True
            try:
                report = check_gradients(f, *point, **how)
            except NothingComparedError as nothing:  # an empty array, among others that are not
                report = nothing.report
            total.comparisons += report.comparisons
            total.calls += report.calls

        strategies = [p if isinstance(p, st.SearchStrategy) else st.just(p) for p in primals]
        if any(isinstance(p, st.SearchStrategy) for p in primals):
            examples = config.getoption("--gradcheck-examples")
            phases = (Phase.explicit, Phase.generate, Phase.shrink)
            run = given(st.tuples(*strategies))(lambda point: at(*point))
            settings(
                max_examples=examples, deadline=None, database=None, derandomize=True, phases=phases
            )(run)()
        else:
            at(*primals)
        if not total.comparisons:
            raise NothingComparedError(total)
        found = (total.worst, len(total.comparisons), request.node.nodeid)
        config.stash[_RESULTS].append(found)
        return total

    return check


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands what it found to the session that sums up."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["gradients"] = session.config.stash[_RESULTS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a worker found."""
    found = getattr(node, "workeroutput", {}).get("gradients", [])
    node.config.stash[_RESULTS] += map(tuple, found)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many derivatives were compared, and where the differences were largest."""
    results = config.stash[_RESULTS]
    worst_first = sorted(results, reverse=True)
    if not results:
        return
    terminalreporter.section("gradients")
    count = sum(count for _, count, _ in results)
    terminalreporter.line(
        f"{count} derivatives compared with differences; the worst, in units of the error bound "
        "(10 fails):"
    )
    for worst, _, where in worst_first[:SHOWN]:
        terminalreporter.line(f"{worst:>10.2g}  {where}")

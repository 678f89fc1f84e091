"""A real browser, for the tests of the page."""

import pytest


@pytest.fixture(scope="session")
def browser(chromium):
    """One of the size of a small laptop's, which keeps what pages say to its console."""
    return chromium("--window-size=1280,800", logs=True)

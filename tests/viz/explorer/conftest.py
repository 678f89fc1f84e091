"""A real browser, for the tests of the page."""

import pytest


@pytest.fixture(scope="module")
def browser(chromium):
    """One of the size of a small laptop's, which keeps what pages say to its console."""
    driver = chromium("--window-size=1280,800", logs=True)
    yield driver
    driver.quit()

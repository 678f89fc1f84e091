"""The page for users says what the tests do."""

from page import PAGE, written


def test_the_page_has_each_promise_and_its_number_of_trials():
    text = PAGE.read_text("utf-8")
    assert written(text) == text, "run python tests/hostile/page.py"

"""pytest imports each file of tests by its name alone."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_two_files_of_tests_have_one_name():
    names = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert names["test_metadata.py"] == 1
    assert [name for name, times in names.items() if times > 1] == []

"""The page of kinks: it says what the engine answers now."""

import json
import runpy
from pathlib import Path

import pytest

from tinygrad_xor.cli.main import main
from tinygrad_xor.testing.kinks import GROUPS, Kink, kinks, written

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_page_is_what_the_script_writes_for_the_engine_as_it_is():
    page = runpy.run_path(str(EXAMPLES / "make_kinks.py"))["page"]()
    assert page == (EXAMPLES / "kinks.md").read_text(encoding="utf-8"), "run make_kinks.py"


def test_every_point_has_the_answers_of_others_and_a_name_of_its_own():
    measured = json.loads((EXAMPLES / "kinks.json").read_text(encoding="utf-8"))["answers"]
    items = [kink.item for _, kink in kinks()]
    assert set(items) == set(measured)
    assert len(set(items)) == len(items)
    assert all(rule and points for rule, points in GROUPS.items())


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ("1a", "0"),
        ("4a", "[0.5, 0.5]"),
        ("5a", "[0, 0.5, 0.5]"),
        ("10a", "0"),
        ("18a", "[0, 0, 0]"),
        ("21a", "[6, 0, 0]"),
    ],
)
def test_least_norm_and_equal_shares(item, answer):
    assert {kink.item: written(kink.answer()) for _, kink in kinks()}[item] == answer


def test_what_raises_says_with_what():
    assert Kink("", "", lambda x: 1 // 0, (1.0,)).answer() == "ZeroDivisionError!"


@pytest.mark.parametrize(("lang", "word"), [("en", "least norm"), ("ru", "субградиент")])
def test_the_command_prints_them_under_their_rules(lang, word, capsys):
    assert main(["--lang", lang, "check", "--kinks"]) == 0
    out = capsys.readouterr().out
    assert word in out
    assert len(out.splitlines()) == len(list(kinks())) + 2 * len(GROUPS) - 1

"""The page of derivatives is what the table gives now, and what Markdown shows as it is."""

import functools
import re
import sys
from pathlib import Path

import pytest
from textbook import derivatives_page
from textbook.page import PAGES, WORDS

from tinygrad_xor.engine import TABLE

pytest.importorskip("scipy.special")

EXAMPLES = Path(__file__).parents[3] / "examples"
PACKAGE = Path(__file__).parents[3] / "tinygrad_xor"
FILES = {"en": "derivatives.md", "ru": "derivatives.ru.md"}


page_in = functools.cache(derivatives_page)


@pytest.fixture(params=FILES)
def page(request):
    return page_in(request.param)


@pytest.mark.parametrize("language", FILES)
def test_the_committed_page_is_what_the_table_gives_now(language):
    committed = (EXAMPLES / FILES[language]).read_text(encoding="utf-8")
    assert page_in(language) == committed, "run python examples/make_derivatives.py"


def test_every_entry_has_its_line_in_the_order_of_the_table(page):
    listed = re.findall(r"^\| `(\S+)`", page, re.MULTILINE)
    for name in PAGES:
        entries = [entry.name for entry in TABLE.values() if entry.page == name]
        assert [x for x in listed if x in entries] == entries
    assert len(listed) == len(set(listed))


def test_every_page_of_the_package_is_a_page_here():
    of_the_package = {
        entry.page
        for entry in TABLE.values()
        if (PACKAGE / "derivatives" / f"{entry.page}.py").is_file()
    }
    assert of_the_package == set(PAGES)


def test_markdown_takes_no_sign_of_a_formula_for_its_own(page):
    formulas = re.findall(r"\$([^$]+)\$", page)
    assert len(formulas) > 300
    for formula in formulas:
        assert not re.search(r"[|<>*`]", formula)
        assert not re.search(r"\\[^a-zA-Z]", formula)
        assert formula.count("{") == formula.count("}")
        assert formula.count(r"\left") == formula.count(r"\right") + formula.count("leftarrow")


def test_every_line_of_a_table_has_four_cells(page):
    for line in page.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_the_russian_page_has_the_same_formulas():
    english, russian = (
        re.findall(r"\$([^$]+)\$", page_in(language).partition("\n## ")[2])
        for language in ("en", "ru")
    )
    for message in WORDS["formulas"].values():
        words = message["en"], message["ru"]
        assert any(words[0] in formula for formula in english)
        english = [formula.replace(*words) for formula in english]
    assert english == russian


def test_no_domain_is_left_in_english_on_the_russian_page():
    pages = {language: page_in(language) for language in ("en", "ru")}
    assert len(WORDS["domains"]) >= 5
    for message in WORDS["domains"].values():
        assert message["en"] in pages["en"]
        assert message["en"] not in pages["ru"]
        assert message["ru"] in pages["ru"]


def test_every_message_is_there_in_both_languages_and_is_used(page):
    for group in WORDS.values():
        for name, message in group.items():
            assert list(message) == ["en", "ru"], name
            assert not re.search("[а-яё]", message["en"], re.IGNORECASE), name
            assert re.search("[а-яё]", message["ru"], re.IGNORECASE), name
    for name, message in WORDS["page"].items():
        assert any(text in page for text in message.values()), name


def test_a_language_that_has_no_page_is_refused():
    with pytest.raises(ValueError, match="there is no lang='fr'"):
        derivatives_page("fr")


def test_without_scipy_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinygrad_xor.derivatives.special", None)
    with pytest.raises(ImportError, match="pip install 'tinygrad-xor\\[special\\]'"):
        derivatives_page("en")

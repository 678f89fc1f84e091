"""The glossary is sorted, complete in both languages, and agrees with what the pages say."""

import re
from pathlib import Path

from tinygrad_xor.language import messages

FILE = Path(__file__).parents[2] / "examples" / "glossary.md"
TEXT = FILE.read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| term", "| ---"))
]
TERMS = {row[0]: row[1] for row in ROWS}


def test_every_line_has_a_term_and_a_sentence_in_both_languages_and_a_place():
    assert len(ROWS) >= 60
    for row in ROWS:
        assert len(row) == 5
        term, russian, sentence, russian_sentence, where = row
        assert term
        assert re.search("[а-я]", russian) or russian == term
        assert not re.search("[а-я]", sentence)
        assert re.search("[а-я]", russian_sentence)
        assert sentence.endswith(".")
        assert russian_sentence.endswith(".")
        assert re.match(r"[1-7](, [1-7])*( · |$)", where)


def test_the_terms_are_in_alphabetical_order():
    assert list(TERMS) == sorted(TERMS, key=str.casefold)


def test_no_term_is_there_twice():
    for column in (0, 1, 2, 3):
        cells = [row[column].casefold() for row in ROWS]
        assert len(cells) == len(set(cells))


def test_every_link_leads_to_a_file():
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > 60
    for link in links:
        assert (FILE.parent / link).is_file(), link


def test_a_term_is_called_as_the_pictures_and_the_explorer_call_it():
    compared = 0
    for page in ("explorer", "graph", "plots"):
        for words in messages(page).values():
            russian = TERMS.get(words["en"].casefold()) if isinstance(words["en"], str) else None
            if russian:
                assert words["ru"].casefold() in russian.casefold()
                compared += 1
    assert compared >= 8

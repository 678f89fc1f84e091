"""The table of derivatives as one Markdown page, in English and in Russian."""

from __future__ import annotations

import importlib
import re
import tomllib
from functools import cache
from pathlib import Path

from textbook.entries import (
    Formula,
    arguments,
    call_of,
    formula_of,
    function_of,
    sources_of,
    words_of,
)
from tinygrad_xor.engine import TABLE, Primitive
from tinygrad_xor.engine.sampling import real
from tinygrad_xor.language import checked

#: What the page says: groups of messages, with a text for each language.
WORDS: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text("utf-8")
)
#: The pages of the table in the order of a textbook.
PAGES = (
    *("arithmetic", "exponential", "trigonometry", "activations", "losses", "selection"),
    *("rounding", "reductions", "statistics", "norms", "products", "linear_algebra"),
    *("decompositions", "shape", "indexing", "joining", "moving", "signals", "fourier"),
    *("complex_numbers", "special"),
)


def derivatives_page(language: str = "en") -> str:
    """The whole table as Markdown with formulas in LaTeX between dollar signs.

    Args:
        language: ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no page in this language.
        ImportError: without SciPy, whose functions the table has too.
    """
    words = _words(language)
    entries: dict[str, list[Primitive]] = {page: [] for page in PAGES}
    try:
        importlib.import_module("tinygrad_xor.derivatives.special")
    except ImportError as error:
        raise ImportError(
            "the table has functions of SciPy in it: pip install 'tinygrad-xor[special]'"
        ) from error
    for entry in TABLE.values():
        if entry.page in entries:
            entries[entry.page].append(entry)
    lines = [f"# {words['title']}", "", words["intro"]]
    for page, listed in entries.items():
        lines += [f"## {words[f'chapter_{page}']}", "", f"`tinygrad_xor.derivatives.{page}`", ""]
        lines += [words["header"], "| --- | --- | --- | --- |"]
        lines += [_row(entry, language) for entry in listed]
        sources = dict.fromkeys(text for entry in listed for text in _code(entry))
        if sources:
            lines += ["", words["rules"], "", "```python", "\n\n\n".join(sources), "```"]
        lines.append("")
    written = "\n".join(lines)
    return _translated("formulas", written, language)


def _words(language: str) -> dict[str, str]:
    """The words of the page: some have LaTeX in them, so nothing is filled in."""
    checked(language)
    return {name: message[language] for name, message in WORDS["page"].items()}


def _translated(group: str, text: str, language: str) -> str:
    """The text, with the English words of this group replaced."""
    for message in WORDS[group].values():
        text = text.replace(message["en"], message[language])
    return text


@cache
def _formulas(entry: Primitive) -> list[Formula | None]:
    return [formula_of(entry, i) for i in arguments(entry)]


def _code(entry: Primitive) -> list[str]:
    """The rules that are shown as code: no formula says them, and no docstring of a lambda."""
    lacking = [i for i, f in zip(arguments(entry), _formulas(entry), strict=True) if f is None]
    texts = sources_of(entry, lacking)
    if words_of(entry, helpers=True):
        texts = [text for text in texts if text.startswith("def ")]
    return texts


def _row(entry: Primitive, language: str) -> str:
    words = _words(language)
    formulas = _formulas(entry)
    cells = [f"${f.left} = {f.right}$" for f in formulas if f]
    conditions = dict.fromkeys(c for f in formulas if f for c in f.conditions)
    if conditions:
        cells.append(", ".join(f"{words['where']} ${c}$" for c in conditions))
    if _code(entry):
        cells.append(words["below"])
    note = words_of(entry)
    if None in formulas or (conditions and not note):
        note = words_of(entry, helpers=True)
    if note:
        cells.append(f"<sub>{_cell(note)}</sub>")
    symbol = "" if entry.symbol == entry.name else f" {_cell(entry.symbol)}"
    drawn = "<br>".join(_domains(entry, language))
    name = f"`{entry.name}`{symbol}"
    return f"| {name} | ${function_of(entry)}$ | {'<br>'.join(cells)} | {drawn} |"


def _domains(entry: Primitive, language: str) -> list[str]:
    names = [n.lower() for n in call_of(entry).names]
    texts = []
    for name, domain in zip(names, entry.domains, strict=False):
        if domain is real:
            continue
        text = re.sub(r"\bx\b", name, domain.text).removesuffix(" + 0.0")
        if text == domain.text and len(entry.domains) > 1 and "x" not in domain.text:
            text = f"{name}: {text}"
        texts.append(_cell(_translated("domains", text, language)))
    return list(dict.fromkeys(texts))


def _cell(text: str) -> str:
    """Text that means nothing to Markdown, nor ends a cell of a table."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([|*_\[\]])", r"\\\1", text)

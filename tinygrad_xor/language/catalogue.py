"""The catalogue: messages by their keys, with values filled in and the right plural form."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from tinygrad_xor.language.choice import LANGUAGES, checked, spoken

__all__ = ["LANGUAGES", "messages", "plural", "say", "translated"]

#: A text for each language, or one for each plural form.
Message = Mapping[str, "str | list[str]"]


@functools.cache
def messages(page: str) -> Mapping[str, Message]:
    """All messages of a page of the catalogue, in all languages.

    >>> messages("graph")["leaf"]
    {'en': 'leaf', 'ru': 'лист'}
    """
    file = resources.files(__package__).joinpath("messages", f"{page}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def say(key: str, lang: str | None = None, /, **values: Any) -> str:
    """The message of a key, with its values filled in.

    Args:
        key: the page and the name of the message, ``"graph.leaf"``.
        lang: ``"en"`` or ``"ru"``; by default the language that is spoken.
        values: what stands in the braces of the message. ``n`` chooses the plural form.

    Raises:
        KeyError: if there is no such message, or a value is missing.
        ValueError: if there is no such language.

    >>> say("graph.leaf"), say("graph.leaf", "ru")
    ('leaf', 'лист')
    >>> [say("graph.parameters", "ru", n=n) for n in (1, 3, 5, 11, 21)]
    ['1 параметр', '3 параметра', '5 параметров', '11 параметров', '21 параметр']
    """
    page, _, name = key.partition(".")
    lang = spoken() if lang is None else checked(lang)
    return _form(messages(page)[name][lang], lang, values.get("n", 0)).format(**values)


def translated(page: str, text: str, *, n: int = 1) -> str:
    """An English text of another part of the package, in the language that is spoken.

    For texts that are not made here: the names of pages of derivatives, argparse's own words. One
    that the catalogue does not know stays as it is.

    >>> from tinygrad_xor.language import speaking
    >>> with speaking("ru"):
    ...     translated("pages", "linear algebra")
    'линейная алгебра'
    """
    message = _by_english(page).get(text)
    return text if message is None else _form(message[spoken()], spoken(), n)


@functools.cache
def _by_english(page: str) -> dict[str, Message]:
    return {_form(message["en"], "en", 1): message for message in messages(page).values()}


def _form(text: str | list[str], lang: str, n: int) -> str:
    return text if isinstance(text, str) else text[plural(lang, n)]


def plural(lang: str, n: int) -> int:
    """Which plural form goes with the number `n` (CLDR's rules for whole numbers).

    >>> [plural("en", n) for n in (0, 1, 2)], [plural("ru", n) for n in (1, 2, 5, 12, 22, 111)]
    ([1, 0, 1], [0, 1, 2, 2, 1, 2])
    """
    if lang == "en":
        return 0 if n == 1 else 1
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2

"""Which language is spoken: what the environment asks for, and what a block of code sets."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

#: Those that the catalogue has.
LANGUAGES = ("en", "ru")
_SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")


def checked(lang: str) -> str:
    """`lang` itself.

    Raises:
        ValueError: if there is no such language.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"there is no lang={lang!r}: there are {', '.join(LANGUAGES)}")
    return lang


def spoken() -> str:
    """The language of messages for which none is named: English, except inside `speaking`."""
    return _SPOKEN.get()


@contextlib.contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Inside this block messages are in `lang`.

    Raises:
        ValueError: if there is no such language.

    >>> with speaking("ru"):
    ...     spoken()
    'ru'
    >>> spoken()
    'en'
    """
    token = _SPOKEN.set(checked(lang))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def preferred(environ: Mapping[str, str] = os.environ) -> str:
    """The language that the environment asks for; English for all that the catalogue lacks.

    The first of ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` that is not empty counts (POSIX.1-2017,
    section 8.2).

    >>> preferred({"LANG": "ru_RU.UTF-8"}), preferred({"LC_ALL": "C", "LANG": "ru_RU.UTF-8"})
    ('ru', 'en')
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), "")
    language = re.split("[_.@]", locale)[0]
    return language if language in LANGUAGES else "en"

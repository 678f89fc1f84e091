"""What the package says to people, in English and in Russian: one catalogue of messages.

A page of ``messages/`` holds the messages of one part, both languages of each below one key::

    [tries]
    en = ["{n} try", "{n} tries"]
    ru = ["{n} попытки", "{n} попыток", "{n} попыток"]

`say` fills one in. Exceptions are not in it: they are for programs and searches, and stay English.
"""

from tinygrad_xor.language.catalogue import LANGUAGES, messages, plural, say, translated
from tinygrad_xor.language.choice import checked, preferred, speaking, spoken

__all__ = [
    "LANGUAGES",
    "checked",
    "messages",
    "plural",
    "preferred",
    "say",
    "speaking",
    "spoken",
    "translated",
]

"""How sure the words of a mail are that a machine wrote it for a person.

Answers no more than that: what follows from it, `classify` decides. The surprising fact:
people write the same words every day ("I am out of the office on Friday, can you come on
Thursday?"), so a phrase counts only where a machine puts it: at the start of a subject, or
near the start of a short text that asks nothing and says until when or whom to turn to.
"""

import re
from collections.abc import Mapping

from gateway.ingest import phrases

MAX_NOTICE = 1_500  # letters; who writes more than that writes it by hand
MAX_OPENING = 400  # letters in which the absence is told
MAX_SUBJECT = 300


def _any_of(table: Mapping[str, tuple[str, ...]]) -> str:
    return "|".join(phrase for language in table.values() for phrase in language)


_SUBJECT = re.compile(
    rf"^\W{{0,4}}(?:{_any_of(phrases.SUBJECTS)})\s{{0,4}}(?:[:：\-–—(].*)?$", re.IGNORECASE
)
_HINT = re.compile(rf"^\W{{0,4}}(?:{_any_of(phrases.HINTS)})(?!\w)", re.IGNORECASE)
_ABSENT = {name: re.compile("|".join(lines)) for name, lines in phrases.ABSENT.items()}
_BESIDES = re.compile(_any_of(phrases.BESIDES))
_AUTOMATIC = re.compile(_any_of(phrases.AUTOMATIC))
_ASKS = re.compile(r"[?？](?=\s|$)")


def is_automatic_subject(subject: str) -> bool:
    """A mark that programs write, at the start; behind "Re:" a person is answering it.

    >>> is_automatic_subject("Automatic reply: Printer"), is_automatic_subject("Abwesenheitsnotiz")
    (True, True)
    >>> is_automatic_subject("Re: Automatic reply: Printer")
    False
    >>> is_automatic_subject("Automatic reply does not work any more")
    False
    """
    return bool(_SUBJECT.match(subject[:MAX_SUBJECT]))


def hints_at_absence(subject: str) -> bool:
    """A word that notices begin with, and people's mails too."""
    return bool(_HINT.match(subject[:MAX_SUBJECT]))


def says_automatic(text: str) -> str:
    """The words by which a short text says that a machine wrote it; "" when there are none."""
    if len(text) > MAX_NOTICE:
        return ""
    text = text.lower()
    if not any(clue in text for clue in phrases.AUTOMATIC_CLUES):
        return ""
    found = _AUTOMATIC.search(text)
    return found[0] if found else ""


def tells_absence(text: str) -> str:
    """The words by which a short text tells that its author is away; "" when there are none.

    >>> tells_absence("I am out of the office until 6 May. For urgent matters call 123.")
    'i am out of'
    >>> tells_absence("I am out of the office until 6 May, can you ring me then?")
    ''
    """
    if len(text) > MAX_NOTICE or _ASKS.search(text):
        return ""
    text = text.lower()
    opening = text[:MAX_OPENING]
    for language, pattern in _ABSENT.items():
        if any(clue in opening for clue in phrases.CLUES[language]):
            found = pattern.search(opening)
            if found and _BESIDES.search(text[: found.start()] + text[found.end() :]):
                return found[0]
    return ""

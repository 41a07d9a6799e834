"""How sure the words of a mail are that a machine wrote it for a person.

Answers no more than that: what follows from it, `classify` decides. The surprising fact:
people write the same words every day ("I am out of the office on Friday, can you come on
Thursday?"), so a phrase counts only where a machine puts it: at the start of a subject, or
near the start of a short text that asks nothing and says until when or whom to turn to.
"""

import re
from collections.abc import Mapping

from gateway.ingest import phrases, phrases_office

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
_CLOSED = re.compile(_any_of(phrases_office.CLOSED))
_LEFT = re.compile(_any_of(phrases_office.LEFT))
_RECEIVED = re.compile(_any_of(phrases_office.RECEIVED))
_ANSWERED = re.compile(
    rf"^\W{{0,4}}(?:{_any_of(phrases_office.ANSWERED)})\s{{0,4}}[:：]", re.IGNORECASE
)
_WHOM = re.compile(r"[\w.+-]@\w")  # whom to ask instead, in every language
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


def speaks_for_an_office(text: str) -> str:
    """The words by which a short text says that an office is closed, that its author has left,
    or that a mail has come in and will be answered; "" when there are none.

    >>> speaks_for_an_office("Our office is closed and will reopen on Monday, 6 January.")
    'our office is closed'
    >>> speaks_for_an_office("Your office is closed on Monday, so when do I get my laptop?")
    ''
    """
    if len(text) > MAX_NOTICE or _ASKS.search(text):
        return ""
    text = text.lower()
    if not any(clue in text for clue in phrases_office.CLUES):
        return ""
    received = _RECEIVED.search(text)
    if received:
        return received[0]
    opening = text[:MAX_OPENING]
    for found in (_CLOSED.search(opening), _LEFT.search(opening)):
        if found and _says_more(text, found):
            return found[0]
    return ""


def _says_more(text: str, found: re.Match[str]) -> bool:
    """Until when, or whom to ask: what no notice leaves out."""
    rest = text[: found.start()] + text[found.end() :]
    return bool(_BESIDES.search(rest) or _WHOM.search(rest))


def answers_an_invitation(subject: str) -> bool:
    """A subject as calendars write it: "Accepted: Weekly meeting".

    >>> answers_an_invitation("Zugesagt: Besprechung"), answers_an_invitation("Accepted offer")
    (True, False)
    """
    return bool(_ANSWERED.match(subject[:MAX_SUBJECT]))


def tells_absence(text: str) -> str:
    """The words by which a short text tells that its author is away; "" when there are none.

    >>> tells_absence("I am out of the office until 6 May. For urgent matters call 123.")
    'i am out of the office'
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
            if found and _says_more(text, found):
                return found[0]
    return ""

"""Our own mails known again in a text that quotes them: by our marker, and by the head that mails
to agents have, which no requester is to see.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from string import ascii_letters

from gateway.threading import folding
from gateway.threading.folding import looks_quoted
from gateway.threading.quote_marks import REPLY_MARKER

_NO_LETTERS = bytes(set(range(128)) - set(ascii_letters.encode()))
_MARKER_LETTERS = "".join(filter(str.isalpha, REPLY_MARKER)).lower().encode()
# Lines of the head of our mails to agents: with its columns each is ours, else some together are.
_FACT = re.compile(
    r"(?:(Ticket: {4}#\d|Author: {4}|Proof: {5}|Copied: {4}|Written: {3}|Priority: {2}P\d"
    r"|Status: {4}|Queue: {5}|Assignee: {2})"
    r"|(?:Ticket|Requester|Author|Proof|Copied|Passed on|Their note|Written|Priority|Status|Queue"
    r"|Sent to|Assignee)[:\t])"
)
_FACTS_TOGETHER = 3
# What the packaged templates say above a note, and above what a reply to it does.
_NOTE_LETTERS = (b"forcolleaguesonly", b"yourreplystaysamongcolleagues")


def blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Quoted lines in a row, and others; an empty line goes with those above it, for not every
    client marks it."""
    lines = text.split("\n")
    quoted = [looks_quoted(line) for line in lines]
    for number, line in enumerate(lines):
        if number and not line.strip():
            quoted[number] = quoted[number - 1]
    for is_quoted, block in groupby(zip(quoted, lines, strict=True), itemgetter(0)):
        yield is_quoted, [line for _, line in block]


def has_marker(text: str) -> bool:
    """However it is laid out."""
    return _MARKER_LETTERS in _letters(text)


def is_note_in(block: Iterable[str]) -> bool:
    """Whether the head of a note to colleagues is quoted here. Whatever is quoted of it, here or
    further below, is nobody else's, be it of a ticket that we were not asked about."""
    letters = _letters(" ".join(map(folding.unquoted, block)))
    return any(each in letters for each in _NOTE_LETTERS)


def is_in(block: Iterable[str]) -> bool:
    """Whether our marker is quoted here, or the head of a mail to agents."""
    plain = [folding.unquoted(line) for line in block]
    facts = list(filter(None, map(_FACT.match, plain)))
    many = len(facts) >= _FACTS_TOGETHER or any(fact[1] for fact in facts)
    return many or has_marker(" ".join(plain))


def _letters(text: str) -> bytes:
    """Those of ASCII in lower case, and nothing else: every text of an agent goes through it."""
    return text.encode("ascii", "ignore").translate(None, _NO_LETTERS).lower()

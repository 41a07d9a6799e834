"""What stands in the spool for a mail that stays in its IMAP folder.

A mail that is too large, or that its server cannot hand out, still opens a ticket: its
head is kept, and in place of its text a sentence says where it lies. The same mail gives
the same stand-in, so that a second look at the folder opens no second ticket.
"""

import re
from enum import StrEnum

FIELD = "X-Ticket-Gateway-Left-Behind"
"""Marks a stand-in. Whoever writes it into a mail of theirs tells themselves a falsehood."""

MAX_HEAD_BYTES = 65_536

_MIME = re.compile(rb"(mime-version|content-[a-z-]+|" + FIELD.lower().encode() + rb")\s*:", re.I)
_FIELD_LINES = re.compile(rb"[^\r\n]+(?:\r?\n[ \t][^\r\n]*)*")


class Why(StrEnum):
    """Why a mail was left in its folder."""

    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"


_SAID = {
    Why.TOO_LARGE: "This mail of {size} is larger than the {limit} that are taken here.",
    Why.UNREADABLE: "This mail could not be fetched: its server does not hand it out.",
}
_WHERE = "Only its head is kept. The mail itself, with all its files, is in the folder {place}."


def stand_in(head: bytes, why: Why, *, size_bytes: int, max_bytes: int, place: str) -> bytes:
    """A mail with the fields of `head` that says why there is no more of it.

    >>> print(stand_in(b"Subject: Plans\\r\\nContent-Type: multipart/mixed;\\r\\n boundary=x\\r\\n",
    ...     Why.TOO_LARGE, size_bytes=41943040, max_bytes=26214400, place="INBOX").decode())
    ... # doctest: +NORMALIZE_WHITESPACE
    X-Ticket-Gateway-Left-Behind: too-large
    Subject: Plans
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    <BLANKLINE>
    This mail of 40.0 MB is larger than the 25.0 MB that are taken here.
    Only its head is kept. The mail itself, with all its files, is in the folder INBOX.
    <BLANKLINE>
    """
    fields = _FIELD_LINES.findall(head[:MAX_HEAD_BYTES])
    kept = [field for field in fields if b":" in field and not _MIME.match(field)]
    ours = [b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=utf-8"]
    text = (
        _SAID[why].format(size=_mb(size_bytes), limit=_mb(max_bytes)),
        _WHERE.format(place=place),
    )
    lines = [f"{FIELD}: {why}".encode(), *kept, *ours, b"", *(line.encode() for line in text), b""]
    return b"\r\n".join(lines)


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.1f} MB"

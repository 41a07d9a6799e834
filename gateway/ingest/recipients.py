"""Whose mail is it, where no envelope says so: mail from an IMAP folder, or on standard input.

The fields in which mail servers write the envelope's recipient come first, then those that
people write. Surprising: of a server's fields only the topmost address of ours counts, for
each server writes above what it got, and what stands below may be the sender's invention.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from email.parser import BytesHeaderParser
from email.policy import compat32

from gateway.ingest.path import is_address

MAX_HEADER_BYTES = 2**18  # as much of a mail as is searched

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,255}")

#   fields                                       whether all of ours count, or the topmost
_CLASSES: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("delivered-to",),                          False),
    (("x-original-to",),                         False),
    (("envelope-to", "x-envelope-to"),           False),
    (("resent-to", "resent-cc"),                 True),   # RFC 5322 section 3.6.6
    (("to", "cc"),                               True),
)  # fmt: skip


def recipients(
    content: bytes, mailbox_of: Callable[[str], str | None], otherwise: Sequence[str]
) -> tuple[str, ...]:
    """Our addresses that the mail is for, as they are written; `otherwise` when it names none.

    The first fields with an address of ours say which; a signed address stays whole.

    >>> ours = {"support@x.example": "support", "support+1-aa@x.example": "support"}
    >>> recipients(b"To: bob@y.example, <support+1-aa@x.example>\\r\\n\\r\\n", ours.get, ["hr"])
    ('support+1-aa@x.example',)
    >>> recipients(b"To: undisclosed-recipients:;\\n\\n", ours.get, ["hr@x.example"])
    ('hr@x.example',)
    """
    fields = _fields(content)
    for names, all_count in _CLASSES:
        ours = [each for each in _addresses(fields, names) if mailbox_of(each) is not None]
        if ours:
            return tuple(dict.fromkeys(ours)) if all_count else (ours[0],)
    return tuple(otherwise)


def _fields(content: bytes) -> list[tuple[str, str]]:
    header = BytesHeaderParser(policy=compat32).parsebytes(content[:MAX_HEADER_BYTES])
    return [
        (name.lower(), str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        for name, text in header.raw_items()
    ]


def _addresses(fields: Sequence[tuple[str, str]], names: Sequence[str]) -> Iterator[str]:
    """Every address in these fields, in the order of the mail."""
    for name, text in fields:
        if name in names:
            yield from filter(is_address, _ADDRESS.findall(text))

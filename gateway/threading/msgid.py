"""Message identifiers: read the ones a message refers to.

Identifiers are compared without their angle brackets and in lower case.
RFC 5322 section 3.6.4 makes them opaque, but relays that change their case and
user agents that fold a References field in the middle of one both exist, so
case and inner whitespace are dropped before comparing. (`tag` makes ours.)
"""

import re

from gateway.message import identifier_of

MAX_REFERENCES = 100  # identifiers kept from one message; RFC 5322 sets no limit

_MSG_ID = re.compile(r"<([^<>]{1,998})>")
_HEAD_BYTES = 65_536  # of a mail, in which its Message-ID is looked for
_HEAD_END = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"^message-id:\s*<([^<>]{1,998})>", re.IGNORECASE | re.MULTILINE)


def references(header: str) -> tuple[str, ...]:
    """Return the identifiers in a References or In-Reply-To field, oldest first.

    Never raises: text that is not an identifier is skipped, because a broken
    field must not cost the requester their follow-up. RFC 5322 section 3.6.4.

    >>> references("<a@x.example>\\r\\n <b@y.example>")
    ('a@x.example', 'b@y.example')
    >>> references("Your mail of Tuesday <long-local-\\r\\n part@x.example>")
    ('long-local-part@x.example',)
    >>> references("<>")
    ()
    """
    found = (identifier_of(match) for match in _MSG_ID.findall(header))
    return tuple(each for each in dict.fromkeys(found) if each)[-MAX_REFERENCES:]


def own_identifier(raw: bytes) -> str:
    """The Message-ID of a mail from its bytes, without parsing it; "" where none is found.

    Looked for in the head of the mail only: it is an index for people who search, and what
    the parser reads later is what counts.

    >>> own_identifier(b"Subject: x\\r\\nMessage-ID:\\r\\n <A@x.example>\\r\\n\\r\\nhello")
    'a@x.example'
    """
    end = _HEAD_END.search(raw, 0, _HEAD_BYTES)
    match = _FIELD.search(raw, 0, end.start() if end else _HEAD_BYTES)
    return identifier_of(match[1].decode("utf-8", "replace")) if match else ""


def as_written(header: str) -> str:
    """The first identifier in a field as its program wrote it, for our In-Reply-To.

    >>> as_written(" <ABC@x.Example>"), as_written("none")
    ('ABC@x.Example', '')
    """
    match = _MSG_ID.search(header)
    return "".join(match[1].split()) if match else ""

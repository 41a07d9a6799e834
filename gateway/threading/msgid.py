"""Message identifiers: read the ones a message refers to.

Identifiers are compared without their angle brackets and in lower case.
RFC 5322 section 3.6.4 makes them opaque, but relays that change their case and
user agents that fold a References field in the middle of one both exist, so
case and inner whitespace are dropped before comparing. (`tag` makes ours.)
"""

import re

MAX_REFERENCES = 100  # identifiers kept from one message; RFC 5322 sets no limit
MAX_LENGTH = 500  # octets of one identifier; RFC 5322 section 2.1.1 has no line above 998

_MSG_ID = re.compile(r"<([^<>]{1,998})>")


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
    found = (identifier(match) for match in _MSG_ID.findall(header))
    return tuple(each for each in dict.fromkeys(found) if each)[-MAX_REFERENCES:]


def identifier(text: str) -> str:
    """The comparable form of one identifier, with or without its angle brackets.

    >>> identifier(" <ABC@x.Example> "), identifier("naked@x.example"), identifier("")
    ('abc@x.example', 'naked@x.example', '')
    """
    return "".join(text.split()).strip("<>").lower()[:MAX_LENGTH]

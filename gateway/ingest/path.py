"""Reverse-path and forward-path: which text of a stranger we take for an address.

RFC 5321 section 4.1.2. The envelope's sender is stored, logged and written to, so
what could forge a line anywhere (control characters, lone surrogates, angle
brackets) is refused at the door. Surprising: a name without a domain is refused
too, although MTAs pass one on for local mail, because nobody could answer it.
"""

import re

from gateway.errors import BAD_SENDER, PermanentError

MAX_PATH_OCTETS = 254  # RFC 5321 section 4.5.3.1.3: 256 with the angle brackets

# Local parts of dot-atoms at a domain name (RFC 5321 section 4.1.2), as nearly all are.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9-]{1,63}"
_PLAIN_PATH = re.compile(
    rf"<({_ATOM}(?:\.{_ATOM}){{0,20}}@{_LABEL}(?:\.{_LABEL}){{0,20}})>(?:\Z| (.*))", re.DOTALL
)
_NEVER = set("<>\ufffd")  # the last is what decoders write for bytes they cannot read


def plain_path(text: str) -> tuple[str, str] | None:
    """The address and what follows it, of a path in angle brackets as nearly all are; None for
    one that takes a parser.

    >>> plain_path("<ann@example.org> SIZE=10"), plain_path("<>")
    (('ann@example.org', 'SIZE=10'), None)
    """
    found = _PLAIN_PATH.match(text)
    return (found[1], found[2] or "") if found else None


def is_address(text: str) -> bool:
    """Whether this is local-part@domain and nothing that could be taken for more.

    Wider than the grammar of RFC 5321 where a wider address harms nobody.

    >>> [is_address(text) for text in ("ann@example.org", '"a b"@example.org', "jörg@exämple.org")]
    [True, True, True]
    >>> [is_address(text) for text in ("root", "@x.example", "a b@x.example", "a\\rb@x.example")]
    [False, False, False, False]
    """
    local, _, domain = text.rpartition("@")
    if not (local and domain and text.isprintable()) or _NEVER & set(text):
        return False
    quoted = len(local) > 2 and local.startswith('"') and local.endswith('"')
    if " " in domain or (" " in local and not quoted):
        return False
    return len(text.encode()) <= MAX_PATH_OCTETS


def reverse_path(text: str) -> str:
    """The sender of an envelope, "" for the null reverse-path; with or without brackets.

    Raises PermanentError (553) for what is no address. RFC 5321 section 4.5.5.

    >>> reverse_path("<ann@example.org>"), reverse_path("<>"), reverse_path("")
    ('ann@example.org', '', '')
    """
    bare = text.strip()
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1]
    if bare and not is_address(bare):
        raise PermanentError(f"not an address: {bare[:MAX_PATH_OCTETS]!a}", BAD_SENDER)
    return bare

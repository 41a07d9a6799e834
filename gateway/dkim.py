"""Signatures of domains, DKIM (RFC 6376) and ARC (RFC 8617), verified; the one door to dkimpy.

Decides whether a signature holds and what a sealed chain recorded, never what follows from it.
The surprising fact: a valid signature need not cover what a person reads. With l= anybody may
add to the body, and without From among its fields anybody may be the author; neither counts.
What strangers write decides how long dkimpy takes, so what is handed to it is bounded here.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dkim
import dkim.canonicalization

from gateway.lookup import Lookup, Unanswered

MIN_RSA_BITS = 1024  # RFC 8301 section 3.2
MAX_KEY_OCTETS = 600  # of a public key; RSA of 4096 bits has 550
MAX_SIGNATURES = 5  # tried of one mail
MAX_SIGNATURE_OCTETS = 4_000  # of a field; dkimpy's patterns take the square of it
MAX_SETS = 10  # of a chain; RFC 8617 section 4.2.1 allows 50, each costs two signatures
ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")  # RFC 8301 section 3.1: never rsa-sha1

_SIGNING = (b"arc-seal", b"arc-message-signature")
_SPACE = re.compile(rb"\s+")
_RUN_OF_SPACE = re.compile(rb"\t[\t ]*| [\t ]+")
_NOBODY = logging.getLogger(f"{__name__}.silent")  # dkimpy would log what strangers wrote
_NOBODY.addHandler(logging.NullHandler())
_NOBODY.propagate = False


def _without_trailing_space(content: bytes) -> bytes:
    """RFC 6376 section 3.4.4, in one pass.

    >>> _without_trailing_space(b"a \\t\\r\\n b \\r\\nc ")
    b'a\\r\\n b\\r\\nc '
    """
    *lines, last = content.split(b"\r\n")
    return b"\r\n".join([*(line.rstrip(b"\t ") for line in lines), last])


def _with_single_spaces(content: bytes) -> bytes:
    """As above, for the spaces inside of lines: those that are single already stay.

    >>> _with_single_spaces(b"a b\\tc \\t d  ")
    b'a b c d '
    """
    return _RUN_OF_SPACE.sub(b" ", content)


# dkimpy's own take the square of each run of spaces, hours for a mail of nothing else, and
# ten times as long for any other
dkim.canonicalization.strip_trailing_whitespace = _without_trailing_space
dkim.canonicalization.compress_whitespace = _with_single_spaces


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature. `result` is pass, fail, policy, permerror or temperror, as in RFC
    8601 section 2.7.1; `reason` says why it is not pass."""

    domain: str
    result: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one server of a chain recorded when the mail came to it, and who sealed that."""

    sealer: str
    results: str


@dataclass(frozen=True, slots=True)
class Chain:
    """`result` is none, pass, fail or temperror; the newest set comes first."""

    result: str
    sets: tuple[Sealed, ...] = ()
    reason: str = ""


def signatures(
    raw: bytes, is_wanted: Callable[[str], bool], lookup: Lookup
) -> tuple[Signature, ...]:
    """The signatures of wanted domains, from the top; no other is tried, and no more than
    MAX_SIGNATURES. Never raises."""
    try:
        mail = dkim.DKIM(raw, logger=_NOBODY, minkey=MIN_RSA_BITS)
    except Exception:  # whatever a stranger's header does to the library
        return ()
    fields = [value for name, value in mail.headers if name.lower() == b"dkim-signature"]
    wanted = [
        at
        for at, value in enumerate(fields)
        if len(value) <= MAX_SIGNATURE_OCTETS and is_wanted(_text(_tags(value).get(b"d")))
    ]
    return tuple(_verified(mail, at, fields[at], lookup) for at in wanted[:MAX_SIGNATURES])


def _verified(mail: Any, at: int, value: bytes, lookup: Lookup) -> Signature:
    tags = _tags(value)
    domain = _text(tags.get(b"d"))
    objection = _objection(tags)
    if objection:
        return Signature(domain, "policy", objection)
    keys = _Keys(lookup)
    try:
        valid = mail.verify(idx=at, dnsfunc=keys)
    except Unanswered as unanswered:
        return Signature(domain, "temperror", str(unanswered))
    except Exception as error:  # dkimpy raises what it likes for what strangers write
        return Signature(domain, "permerror", _why(error))
    if valid:
        return Signature(domain, "pass")
    return Signature(domain, "permerror" if keys.refused else "fail", keys.refused)


def _objection(tags: dict[bytes, bytes]) -> str:
    """Why a signature does not count, be it valid."""
    signed = [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]
    if b"from" not in signed:
        return "From is not signed"
    if b"l" in tags:
        return "it covers a part of the body (l=)"
    if tags.get(b"a", b"").lower() not in ALGORITHMS:
        return "its algorithm is not safe"
    return ""


def chain(raw: bytes, is_trusted: Callable[[str], bool], lookup: Lookup) -> Chain:
    """The ARC chain of the mail, verified from the newest set to the first. Never raises.

    Nothing is verified, and no key is asked for, where the newest seal is of nobody trusted.
    """
    try:
        mail = dkim.ARC(raw, logger=_NOBODY, minkey=MIN_RSA_BITS)
    except Exception:  # as above
        return Chain("none")
    fields = [(name.lower(), value) for name, value in mail.headers]
    counts = {name: sum(name == each for each, _ in fields) for name in dkim.ARC.ARC_HEADERS}
    newest = counts[b"arc-seal"]
    if not newest:
        return Chain("none")
    if newest > MAX_SETS or len(set(counts.values())) > 1:
        return Chain("fail", reason="it is not whole, or too long")
    if any(name in _SIGNING and len(value) > MAX_SIGNATURE_OCTETS for name, value in fields):
        return Chain("fail", reason="one of its signatures is too long")
    sealer = _text(_newest(fields, b"arc-seal", newest).get(b"d"))
    if not is_trusted(sealer):
        return Chain("fail", reason=f"it is sealed by {sealer}, whom we do not trust")
    objection = _objection(_newest(fields, b"arc-message-signature", newest))
    if objection:
        return Chain("fail", reason=objection)
    return _chain_verified(mail, newest, _Keys(lookup))


def _newest(fields: list[tuple[bytes, bytes]], name: bytes, newest: int) -> dict[bytes, bytes]:
    """The tags of one field of the newest set; none where it is not complete."""
    every = (_tags(value) for each, value in fields if each == name)
    return next((tags for tags in every if tags.get(b"i") == b"%d" % newest), {})


def _chain_verified(mail: Any, newest: int, keys: "_Keys") -> Chain:
    try:
        # by itself first: a stranger may put ten sets under a seal that does not hold
        first = mail.verify_instance(mail.sorted_arc_headers()[1], newest, dnsfunc=keys)
        if not (first["ams-valid"] and first["as-valid"]):
            return Chain("fail", reason="the newest set does not hold")
        verdict, found, reason = mail.verify(dnsfunc=keys)
    except Unanswered as unanswered:
        return Chain("temperror", reason=str(unanswered))
    except Exception as error:  # as above
        return Chain("fail", reason=_why(error))
    if verdict != dkim.CV_Pass:
        return Chain("fail", reason=str(reason)[:200])
    return Chain("pass", tuple(_sets(found)))


def _sets(found: list[dict[str, Any]]) -> Iterator[Sealed]:
    for each in found:  # dkimpy gives the newest first
        yield Sealed(_text(each["as-domain"]), each["aar-value"].decode("utf-8", "replace"))


class _Keys:
    """Public keys by their name, as dkimpy asks for them; those that do not count are none."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.refused = ""

    def __call__(self, name: bytes, timeout: int = 0) -> bytes | None:
        texts = self._lookup(name.decode("ascii", "replace"), "TXT")
        records = [text.encode("latin-1", "replace") for text in texts if "p=" in text]
        self.refused = _refusal(records)
        return None if self.refused else records[0]


def _refusal(records: list[bytes]) -> str:
    """Why there is no key to use; RFC 6376 section 3.6."""
    if len(records) != 1:
        return "several keys under one name" if records else "there is no key"
    tags = _tags(records[0])
    if b"y" in tags.get(b"t", b"").lower().split(b":"):
        return "the key is for testing (t=y)"  # section 3.6.1: as if not signed
    try:
        octets = base64.b64decode(_SPACE.sub(b"", tags.get(b"p", b"")), validate=True)
    except binascii.Error:
        return "the key is not readable"
    if not octets:
        return "the key is revoked"
    return "the key is too large" if len(octets) > MAX_KEY_OCTETS else ""


def _tags(value: bytes) -> dict[bytes, bytes]:
    """The tag=value list of RFC 6376 section 3.2, the first of each name."""
    found: dict[bytes, bytes] = {}
    for item in value.split(b";"):
        name, equals, content = item.partition(b"=")
        if equals:
            found.setdefault(name.strip(), content.strip())
    return found


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").lower()


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]

"""S/MIME (RFC 8551): what lies in a p7m, without a word on who signed it.

Opens signed-data and compressed-data, names what is encrypted. Never verifies a signature
and holds no key. The surprising fact: real senders write BER of indefinite length in pieces
of a kilobyte, and the libraries that read it take time in the square of the size
(docs/adr/0015), so the one path that leads to the content is walked here.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum

MAX_NESTED_STRINGS = 20  # constructed strings inside of each other
# On top of the size that came. A mail read takes up to thirty times its size in memory, and
# all of a reading is to stay below ten times what came plus 20 MB.
MAX_INFLATED_MORE = 512 * 1024

_PKCS7 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # 1.2.840.113549.1.7, RFC 5652
_SMIME = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"  # 1.2.840.113549.1.9.16.1
_SEQUENCE, _IDENTIFIER, _STRING, _STRING_OF_PIECES, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_ENTITY = re.compile(rb"^(?:content-type|mime-version|content-transfer-encoding)[ \t]*:", re.I)
_FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]+[ \t]*:|[ \t]")
_MAX_ENTITY_LINES = 50


class Seal(StrEnum):
    """How the content is wrapped: RFC 8551 section 3.2.2."""

    SIGNED = "signed"
    COMPRESSED = "compressed"
    ENCRYPTED = "encrypted"


_SEALS = {
    _PKCS7 + b"\x02": Seal.SIGNED,
    _PKCS7 + b"\x03": Seal.ENCRYPTED,  # enveloped-data
    _PKCS7 + b"\x06": Seal.ENCRYPTED,
    _SMIME + b"\x17": Seal.ENCRYPTED,  # authEnveloped-data, RFC 5083
    _SMIME + b"\x09": Seal.COMPRESSED,  # RFC 3274
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a p7m is, and its content where it can be had. `cut` says what is missing of it."""

    seal: Seal
    content: bytes = b""
    cut: str = ""


class _Malformed(ValueError):
    """Not the BER that leads to a content."""


def opened(data: bytes, *, inflated_before: int = 0) -> Opened | None:
    """The p7m opened; None where it is none. Never raises; linear in the size.

    `inflated_before` is what other parts of the same mail have taken of the limit.
    """
    try:
        at = _inside(data, 0, _SEQUENCE)
        kind, at = _identifier(data, at)
        seal = _SEALS.get(kind)
        if seal is None or seal is Seal.ENCRYPTED:
            return Opened(seal) if seal else None
        at = _inside(data, at, _EXPLICIT)
        at = _inside(data, at, _SEQUENCE)
        at = _behind(data, _behind(data, at))  # version; algorithms
        _, at, stop = _head(data, at)
        _, at = _identifier(data, at)
        if data[at : at + 2] == b"\0\0" if stop is None else at >= stop:
            return Opened(seal)  # certificates only: RFC 8551 section 3.8
        content, whole = _string(data, _inside(data, at, _EXPLICIT))
    except _Malformed:
        return None
    cut = "" if whole else "cut: S/MIME content ends early"
    if seal is Seal.COMPRESSED:
        limit = MAX_INFLATED_MORE + len(data) - inflated_before
        content, more = _inflated(content, limit)
        cut = more or cut
    return Opened(seal, content, cut)


def is_entity(content: bytes) -> bool:
    """Whether this is a mail's content, and not a file that somebody signed (invoice.xml.p7m).

    >>> is_entity(b"Content-Type: text/plain\\r\\n\\r\\nHi"), is_entity(b"%PDF-1.7\\n")
    (True, False)
    """
    for line in content[:16_384].lstrip(b"\r\n").split(b"\n")[:_MAX_ENTITY_LINES]:
        if _ENTITY.match(line):
            return True
        if not _FIELD.match(line):
            return False
    return False


def _inflated(content: bytes, limit: int) -> tuple[bytes, str]:
    """RFC 3274 section 2: zlib, and no other way. A kilobyte may hold a gigabyte."""
    if limit <= 0:
        return b"", "cut: compressed S/MIME content beyond the limit"
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(content, limit)
    except zlib.error:
        return b"", "cut: compressed S/MIME content is damaged"
    if unpacker.eof:
        return found, ""
    reason = f"of more than {limit} bytes" if len(found) >= limit else "ends early"
    return found, f"cut: compressed S/MIME content {reason}"


def _head(data: bytes, at: int) -> tuple[int, int, int | None]:
    """Tag, where the value begins, where it ends; None for an indefinite length (X.690 8.1)."""
    if at + 2 > len(data):
        raise _Malformed
    tag, length = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:  # a tag of several octets: none on our way
        raise _Malformed
    at += 2
    if length < 0x80:
        return tag, at, at + length
    if length == 0x80:
        if not tag & 0x20:
            raise _Malformed
        return tag, at, None
    count = length & 0x7F
    if count > 8 or at + count > len(data):
        raise _Malformed
    start = at + count
    return tag, start, start + int.from_bytes(data[at:start], "big")


def _inside(data: bytes, at: int, wanted: int) -> int:
    tag, start, _ = _head(data, at)
    if tag != wanted:
        raise _Malformed
    return start


def _identifier(data: bytes, at: int) -> tuple[bytes, int]:
    tag, start, stop = _head(data, at)
    if tag != _IDENTIFIER or stop is None or stop - start > 40:
        raise _Malformed
    return data[start:stop], stop


def _behind(data: bytes, at: int) -> int:
    """Where the next element begins; without recursion, however deep this one is."""
    open_ones = 0
    while True:
        if open_ones and data[at : at + 2] == b"\0\0":
            open_ones -= 1
            at += 2
        else:
            _, start, stop = _head(data, at)
            open_ones += stop is None
            at = start if stop is None else stop
        if not open_ones:
            return at


def _string(data: bytes, at: int) -> tuple[bytes, bool]:
    """The bytes of an OCTET STRING, whole or in pieces, and whether all of them are there."""
    pieces: list[bytes] = []
    ends: list[int | None] = []
    while True:
        if ends and ends[-1] is None and data[at : at + 2] == b"\0\0":
            ends.pop()
            at += 2
        elif ends and ends[-1] is not None and at >= ends[-1]:
            ends.pop()
        else:
            try:
                tag, start, stop = _head(data, at)
            except _Malformed:
                return b"".join(pieces), False
            if tag == _STRING and stop is not None:
                pieces.append(data[start:stop])
                at = stop
                if stop > len(data):
                    return b"".join(pieces), False
            elif tag == _STRING_OF_PIECES and len(ends) < MAX_NESTED_STRINGS:
                ends.append(stop)
                at = start
            else:
                return b"".join(pieces), False
        if not ends:
            return b"".join(pieces), True

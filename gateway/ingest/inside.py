"""What stands inside a file, as far as one can look into it: mails in mails, winmail.dat.

Decides nothing about what is found; never raises. The surprising fact: what is quite plain to
whoever opens an attached mail may be base64 in the file, over several mails inside each other.
"""

import codecs
import re
from collections.abc import Iterator

from gateway.ingest import tnef
from gateway.ingest.charset import decode
from gateway.ingest.parse_limits import within_limits
from gateway.ingest.tree import content, encoding_of, header_fields, typed
from gateway.ingest.tree_builder import tree_of

MAX_DEPTH = 6  # mails inside each other that are opened

_TNEF = b"\x78\x9f\x3e\x22"  # [MS-OXTNEF] section 2.1.3.1
_COMPOUND = b"\xd0\xcf\x11\xe0"  # [MS-CFB] section 2.2
_BEGINNING = 4096  # bytes
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a]")  # in UTF-16 of plain text neither
_HEADER = re.compile(rb"\s{0,20}(?:>?From [^\r\n]{0,200}\r?\n)?[!-9;-~]{1,77}:")
_OF_MAILS = frozenset(
    ("content-type", "content-transfer-encoding", "mime-version", "from", "subject", "received")
)
_OPAQUE = re.compile(  # what they begin with: PNG, JPEG, GIF, PDF, zip and docx, gzip, 7z, sound
    rb"\x89PNG|\xff\xd8\xff|GIF8|%PDF-|PK\x03\x04|\x1f\x8b|7z\xbc\xaf|ID3|OggS|RIFF|.{4}ftyp",
    re.DOTALL,
)


def is_opaque(data: bytes) -> bool:
    """Whether it begins as pictures, sound, films, PDF, archives and programs do, whatever its
    name says. Outlook's .msg is none of these: its text stands in it as it is.

    >>> is_opaque(b"%PDF-1.7"), is_opaque(b"Received: by x")
    (True, False)
    """
    if data.startswith((_TNEF, _COMPOUND)):
        return False
    return bool(_OPAQUE.match(data) or _NO_TEXT.search(data[:_BEGINNING]))


def texts(data: bytes, depth: int = MAX_DEPTH) -> Iterator[bytes]:
    """The file itself, and the decoded parts and header fields of all mails in it, in UTF-8.

    >>> mail = b"From: a@b.example\\nContent-Transfer-Encoding: base64\\n\\nSGVsbG8="
    >>> b"Hello" in list(texts(mail))
    True
    """
    yield _in_utf8(data)
    if depth:
        for part in _parts(data):
            yield from texts(part, depth - 1)


def _parts(data: bytes) -> list[bytes]:
    try:
        if data.startswith(_TNEF):
            found = tnef.unpacked(data)
            said = f"{found.text}\n{found.html}".encode("utf-8", "replace")
            return [said, *(content for _, content in found.files)]
        return list(_parts_of_mail(data)) if _HEADER.match(data) else []
    except Exception:  # a file that no parser survives is looked at as it is
        return []


def _parts_of_mail(data: bytes) -> Iterator[bytes]:
    tree, _ = tree_of(within_limits(data.lstrip())[0])
    if _OF_MAILS.isdisjoint(name.lower() for name, _ in tree.raw_items()):
        return
    for node in tree.walk():
        fields = "\n".join(f"{name}: {value}" for name, value in header_fields(node))
        yield fields.encode("utf-8", "replace")
        if not node.is_multipart() or encoding_of(node) == "base64":
            kind, given = typed(node)
            part = content(node, kind)
            if kind.startswith("text/"):
                part = decode(part, given.get("charset"))[0].encode("utf-8", "replace")
            yield part


def _in_utf8(data: bytes) -> bytes:
    """Of text without a charset, what is not UTF-8 is likely to be one byte a letter."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.replace(b"\0", b"")
    try:
        data.decode()
    except ValueError:
        return data.decode("latin-1").encode()
    return data

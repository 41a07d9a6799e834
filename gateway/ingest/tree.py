"""A node of the MIME tree that the parser built: its type, its fields, its bytes.

Asks the tree only; decides nothing about what is shown. The surprising fact: the standard
library's own answers raise or change type where a header is broken, so fields are taken
raw and read by `fields`.
"""

import re
from collections.abc import Mapping
from email.generator import BytesGenerator
from email.message import Message as Node
from io import BytesIO

from gateway.base64_lines import decoded
from gateway.ingest.charset import clean, decode, flat
from gateway.ingest.fields import parameters, text_of, unfolded

__all__ = [
    "REPORTS", "RETURNED", "Fields", "Node", "content", "encoding_of", "groups", "header_fields",
    "inner", "raw_field", "returned_header", "text_fields", "typed",
]  # fmt: skip

Fields = tuple[tuple[str, str], ...]

REPORTS = frozenset(
    ("message/delivery-status", "message/global-delivery-status", "message/feedback-report",
     "message/disposition-notification", "message/global-disposition-notification")
)  # fmt: skip
RETURNED = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers",
     "message/global-headers")  # the two of message/global: RFC 6533 section 6
)  # fmt: skip
# The few that are written without what follows or with it glued on are still plain to see.
_TYPE = re.compile(r"text/(?:plain|html)|[a-z0-9][\w.+!#$&^-]{0,80}/[a-z0-9*][\w.+!#$&^-]{0,80}")
_TYPE_ALONE = {"html": "text/html", "multipart": "multipart/mixed"}


def typed(node: Node) -> tuple[str, Mapping[str, str]]:
    """RFC 2045 section 5.2: what says nothing readable is text/plain."""
    value = raw_field(node, "content-type")
    if value is None:
        return node.get_default_type(), {}
    kind, given = parameters(value)
    named = _TYPE.match(kind)
    kind = named[0] if named else _TYPE_ALONE.get(kind, "text/plain")
    return kind, given


def inner(node: Node) -> list[Node]:
    """The nodes right below this one. Never asks a leaf: its text would be decoded for that."""
    payload = node.get_payload() if node.is_multipart() else ()
    return [each for each in payload if isinstance(each, Node)]


def raw_field(node: Node, name: str) -> str | None:
    """First value of the field as on the wire, 8-bit bytes as surrogates."""
    return next((value for key, value in node.raw_items() if key.lower() == name), None)


def content(node: Node, kind: str) -> bytes:
    """The decoded bytes of a part; of an attached message, the message."""
    if node.is_multipart():
        blocks = inner(node)
        if kind in REPORTS:
            return b"\n".join(_flat(block) for block in blocks)
        return (_encoded_mail(node, blocks[0]) or _flat(blocks[0])) if blocks else b""
    data = _base64(node) or node.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def encoding_of(node: Node) -> str:
    return (raw_field(node, "content-transfer-encoding") or "").strip().lower()


def _encoded_mail(node: Node, mail: Node) -> bytes | None:
    """An attached mail in base64, which RFC 2046 section 5.2.1 forbids: the parser took the
    encoded letters for the mail."""
    if encoding_of(node) != "base64" or mail.keys():
        return None
    try:
        return decoded(str(mail.get_payload()))
    except ValueError:
        return None


def _base64(node: Node) -> bytes | None:
    """The quick way for what most attachments are: no copy of the payload line by line."""
    if encoding_of(node) != "base64":
        return None
    payload = vars(node).get("_payload")  # get_payload() would look for a charset first
    try:
        return decoded(payload) if isinstance(payload, str) else None
    except ValueError:  # padding or letters outside ASCII: the patient way takes what there is
        return None


def _flat(node: Node) -> bytes:
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(node)
    except Exception:  # the generator refuses what the parser let in: as far as it came
        return out.getvalue() or b"".join(map(_flat, inner(node)))
    return out.getvalue()


def groups(node: Node, data: bytes) -> tuple[Fields, ...]:
    """The groups of fields of a report, RFC 3464 section 2.1, with or without MIME's help.

    The parser takes a report of RFC 6533 for an attached mail: its groups are read as text.
    """
    found = tuple(raw_fields(block) for block in inner(node) if block.keys())
    if found and not typed(node)[0].startswith("message/global-"):
        return found
    blocks = data.replace(b"\r\n", b"\n").split(b"\n\n")
    return tuple(fields for fields in map(text_fields, blocks) if fields)


def header_fields(node: Node, hint: str | None = None) -> Fields:
    """All fields of a header block, names in lower case, values readable."""
    return tuple((name.lower(), text_of(value, hint)) for name, value in node.raw_items())


def raw_fields(node: Node) -> Fields:
    """Fields of a report, their values as they are: RFC 3464 section 2.1.2 encodes no words."""
    return tuple((name.lower(), unfolded(value)) for name, value in node.raw_items())


def text_fields(block: bytes) -> Fields:
    """Header fields that came as text."""
    text = clean(flat(decode(block, None)[0])).replace("\n ", " ").replace("\n\t", " ")
    pairs = (line.partition(":") for line in text.split("\n"))
    return tuple((name.strip().lower(), text_of(value)) for name, colon, value in pairs if colon)


def returned_header(node: Node, data: bytes) -> Fields:
    """The header of the mail that a report gives back, whole or its header alone."""
    fields = next((header_fields(mail) for mail in inner(node)), ())
    return fields or text_fields(data.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0])

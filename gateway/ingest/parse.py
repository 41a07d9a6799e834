"""Bytes into a Message, whatever the bytes; the one door to mail-parser.

Decides what a mail says. Never raises: a mail that mail-parser cannot read is read with
its header repaired, then by the standard library, and is marked degraded. The surprising
fact: mail-parser pours attached mails into the outer one and drops 8-bit header bytes, so
its addresses, date and defects are taken, and the tree it built is walked again (`mime`).
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from typing import Any

import mailparser

from gateway.html import to_text
from gateway.ingest import fields
from gateway.ingest.charset import clean, decode
from gateway.ingest.mime import Body, Fields, Node, header_fields, raw_field, read_body
from gateway.ingest.parse_limits import header_repaired, within_limits
from gateway.message import NOBODY, Address, Message, identifier_of
from gateway.threading.msgid import references

# It logs content types and file names of strangers: what matters of it is in the defects.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

MAX_TEXT = 2_000_000  # letters of text kept in the Message
MAX_DEFECTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A Message, and what of the tree only the neighbours `bounce` and `reading` ask for."""

    message: Message
    reports: tuple[tuple[str, tuple[Fields, ...]], ...] = ()  # content type, groups of fields
    returned: Fields = ()  # header of the mail that a report gives back
    digest: str = ""  # over the decoded bytes of all parts


@dataclass(frozen=True, slots=True)
class _Opened:
    """The tree, and mail-parser's view of the header where it has one."""

    tree: Node
    header: Any  # mailparser.MailParser ships no types
    defects: tuple[str, ...] = ()
    degraded: bool = False


def parse(raw: bytes) -> Message:
    """The mail as a person would read it; never raises."""
    return parse_parts(raw).message


def parse_parts(raw: bytes) -> Parsed:
    """`parse`, with the report parts and the digest; never raises."""
    try:
        return _read(_open(raw))
    except Exception as error:  # a bug, here or in a library, must not cost the mail
        text = clean(decode(raw[:MAX_TEXT], None)[0])
        defect = f"unreadable: {type(error).__name__}"
        return Parsed(message=Message(text=text, defects=(defect,), degraded=True))


def attachment_bytes(raw: bytes, part: int) -> bytes:
    """The decoded bytes of the attachment with this `part`; empty when there is none."""
    try:
        return read_body(_open(raw).tree, wanted=part).kept
    except Exception:
        return b""


def _open(raw: bytes) -> _Opened:
    mail, defects = within_limits(raw)
    for repaired in (False, True):
        candidate = header_repaired(mail) if repaired else mail
        try:
            header = mailparser.parse_from_bytes(candidate)
        except Exception as error:
            defects += (f"mail-parser: {type(error).__name__}",)
        else:
            return _Opened(header.message, header, defects)
    return _Opened(message_from_bytes(mail), None, defects, degraded=True)


def _read(opened: _Opened) -> Parsed:
    tree = opened.tree
    hint = _charset_hint(tree)
    body = read_body(tree, hint=hint)
    text = _text(body)
    headers = header_fields(tree, hint)
    values = {name: value for name, value in reversed(headers)}  # the first of each name
    author, more = _author(opened, hint)
    message = Message(
        message_id=_identifier(values.get("message-id", "")),
        in_reply_to=_identifiers(values.get("in-reply-to", "")),
        references=references(" ".join(v for name, v in headers if name == "references")),
        author=author,
        reply_to=_addresses(opened, "reply-to", hint),
        to=_addresses(opened, "to", hint),
        cc=_addresses(opened, "cc", hint),
        subject=values.get("subject", ""),
        date=_date(opened),
        text=text[:MAX_TEXT],
        html="\n".join(s.html for s in body.sections if s.html is not None) or None,
        attachments=tuple(body.attachments),
        headers=headers,
        defects=_defects(opened, body, text, more),
        degraded=opened.degraded,
    )
    reports = tuple(body.reports)
    return Parsed(message=message, reports=reports, returned=body.returned, digest=body.digest)


def _text(body: Body) -> str:
    """All sections in order; the HTML speaks where there is no plain text."""
    pieces = []
    for section in body.sections:
        plain = section.plain or ""
        pieces.append(plain if plain.strip() or not section.html else to_text(section.html))
    return "\n".join(piece for piece in pieces if piece)


def _author(opened: _Opened, hint: str | None) -> tuple[Address, tuple[str, ...]]:
    """From, else Sender, else nobody; RFC 5322 section 3.6.2 wants one, and people send none."""
    found = _addresses(opened, "from", hint)
    if len(found) == 1:
        return found[0], ()
    if found:
        return found[0], ("from: more than one author",)
    sender = _addresses(opened, "sender", hint)
    return (sender[0] if sender else NOBODY), ("from: no address",)


def _addresses(opened: _Opened, name: str, hint: str | None) -> tuple[Address, ...]:
    """mail-parser's reading where the field keeps to the grammar, else the lenient one."""
    raw = [value for key, value in opened.tree.raw_items() if key.lower() == name]
    if not raw:
        return ()
    if len(raw) == 1 and raw[0].isascii() and opened.header is not None:
        doubtful = any(defect["header"] == name for defect in opened.header.address_header_defects)
        pairs = [] if doubtful else getattr(opened.header, name.replace("-", "_") + "_")
        if pairs:
            return tuple(
                Address(fields.text_of(address), fields.text_of(shown)) for shown, address in pairs
            )
    return tuple(each for value in raw for each in fields.addresses(value, hint))


def _date(opened: _Opened) -> datetime | None:
    if opened.header is not None and opened.header.date is not None:
        found: datetime = opened.header.date
        return found
    value = raw_field(opened.tree, "date")
    return fields.date(value) if value else None


def _identifier(value: str) -> str | None:
    found = references(value)
    return (found[0] if found else identifier_of(value)) or None


def _identifiers(value: str) -> tuple[str, ...]:
    """In-Reply-To, also where the angle brackets are missing."""
    found = references(value)
    if found or "@" not in value:
        return found
    return tuple(identifier_of(word) for word in value.split() if "@" in word)[:1]


def _charset_hint(tree: Node) -> str | None:
    """The first part's charset: raw 8-bit in a header is most likely in the same."""
    node: object = tree
    for _ in range(10):
        if not isinstance(node, type(tree)):
            return None
        payload = node.get_payload()
        if not isinstance(payload, list) or not payload:
            return fields.parameters(raw_field(node, "content-type") or "")[1].get("charset")
        node = payload[0]
    return None


def _defects(
    opened: _Opened, body: Body, text: str, more: tuple[str, ...]
) -> tuple[str, ...]:
    found = [*opened.defects, *more, *body.defects]
    if opened.header is not None:
        for group in opened.header.defects:
            found += [each for each in group.values() for each in each]
    if len(text) > MAX_TEXT:
        found.append(f"cut: text of {len(text)} letters")
    return tuple(dict.fromkeys(fields.text_of(str(each))[:200] for each in found))[:MAX_DEFECTS]

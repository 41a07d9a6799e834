"""Bytes into a Message, whatever the bytes.

Decides what a mail says. Never raises: where a field or a tree cannot be read, the mail is read
without it and marked degraded. The surprising fact: mail-parser pours attached mails into the
outer one, drops 8-bit header bytes and holds each body twice, so it reads addresses and the
date (`grammar`), and `mime` walks the tree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from hashlib import sha256

from gateway.html import to_text
from gateway.ingest import fields, grammar
from gateway.ingest.charset import clean, decode
from gateway.ingest.invitation import read_invitation
from gateway.ingest.invitation_text import with_invitation
from gateway.ingest.mime import Body, read_body
from gateway.ingest.parse_limits import header_and_rest, within_limits
from gateway.ingest.tree import Fields, Node, header_fields, inner, raw_field
from gateway.ingest.tree_builder import tree_of
from gateway.message import NOBODY, Address, Invitation, Message, identifier_of
from gateway.threading.msgid import references

MAX_TEXT = 2_000_000  # letters of text kept in the Message
MAX_DEFECTS = 50
MAX_KEPT_BYTES = 10 * 2**20
"""Of a mail's attachments, besides the mail itself: no more than that is long, however much it
inflates to. What is beyond is found again in the mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A Message, and what of the tree only the neighbours `bounce` and `reading` ask for.
    `file_bytes` are those of its attachments, by `part`, as far as `MAX_KEPT_BYTES` reach."""

    message: Message
    reports: tuple[tuple[str, tuple[Fields, ...]], ...] = ()  # content type, groups of fields
    returned: Fields = ()  # header of the mail that a report gives back
    digest: str = ""  # over the decoded bytes of all parts
    file_bytes: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """The tree, and its fields that keep to the grammar."""

    tree: Node
    plain: grammar.Read = field(default_factory=grammar.Read)
    defects: tuple[str, ...] = ()
    degraded: bool = False


def parse(raw: bytes) -> Message:
    """The mail as a person would read it; never raises."""
    return parse_parts(raw).message


def parse_parts(raw: bytes) -> Parsed:
    """`parse`, with the report parts and the digest; never raises."""
    try:
        return _read(_open(raw), room=min(len(raw), MAX_KEPT_BYTES))
    except Exception as error:  # a bug, here or in a library, must not cost the mail
        return _header_alone(raw, f"unreadable: {type(error).__name__}")


def attachment_bytes(raw: bytes, part: int) -> bytes:
    """The decoded bytes of the attachment with this `part`; empty when there is none."""
    return attachments_bytes(raw, [part]).get(part, b"")


def attachments_bytes(raw: bytes, parts: Sequence[int]) -> dict[int, bytes]:
    """`attachment_bytes` of several, in one walk through the mail; a part that is not there is
    left out."""
    if not parts:
        return {}
    try:
        return read_body(_tree(raw)[0], wanted=parts).kept
    except Exception:
        return {}


def _tree(raw: bytes) -> tuple[Node, tuple[str, ...]]:
    """The tree, and what was cut."""
    mail, defects = within_limits(raw)
    tree, cut = tree_of(mail)
    return tree, defects + cut


def _open(raw: bytes) -> _Opened:
    tree, defects = _tree(raw)
    defects += tuple(
        f"{type(each).__name__}: {each.__doc__}" for part in tree.walk() for each in part.defects
    )
    plain = grammar.read(tuple(tree.raw_items()))
    return _Opened(
        tree=tree, plain=plain, defects=(*defects, *plain.defects), degraded=plain.degraded
    )


def _header_alone(raw: bytes, defect: str) -> Parsed:
    """The last resort, for a body that no parser survives: its header, and the rest as text."""
    try:
        header, rest = header_and_rest(raw)
        parsed = _read(_Opened(tree=message_from_bytes(header), defects=(defect,), degraded=True))
    except Exception:
        header, rest, parsed = b"", raw, Parsed(message=Message(defects=(defect,), degraded=True))
    text = clean(decode(rest[:MAX_TEXT], None)[0])
    digest = sha256(rest.replace(b"\r\n", b"\n")).hexdigest()
    return replace(parsed, message=replace(parsed.message, text=text), digest=digest)


def _read(opened: _Opened, *, room: int = 0) -> Parsed:
    tree = opened.tree
    hint = _charset_hint(tree)
    body = read_body(tree, hint=hint, room=room)
    invitation, cut = _invitation(body) if body.calendar else (None, ())
    text = with_invitation(_text(body), invitation)
    headers = header_fields(tree, hint)
    values = dict(reversed(headers))  # the first of each name
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
        html="\n".join(s.html for s in body.sections if s.html is not None)[:MAX_TEXT] or None,
        attachments=tuple(body.attachments),
        headers=headers,
        defects=_defects(opened, body, text, (*more, *cut)),
        degraded=opened.degraded,
        protection=body.protection,
        invitation=invitation,
    )
    reports = tuple(body.reports)
    return Parsed(
        message=message,
        reports=reports,
        returned=body.returned,
        digest=body.digest,
        file_bytes=body.kept,
    )


def _text(body: Body) -> str:
    """All sections in order; the HTML speaks where there is no plain text."""
    pieces = []
    for section in body.sections:
        plain = section.plain or ""
        html = (section.html or "")[:MAX_TEXT]
        pieces.append(plain if plain.strip() or not html else clean(to_text(html)))
    return "\n".join(piece for piece in pieces if piece).strip("\n")


def _invitation(body: Body) -> tuple[Invitation | None, tuple[str, ...]]:
    """What the first calendar part says, and what was cut of it."""
    if body.calendar is None:
        return None, ()
    part, data = body.calendar
    given = part.parameters
    found, cut = read_invitation(data, given.get("charset"), given.get("method", ""))
    return found, (cut,) if cut else ()


def _author(opened: _Opened, hint: str | None) -> tuple[Address, tuple[str, ...]]:
    """RFC 5322 section 3.6.2 wants From; Sender is somebody else, so it is no substitute."""
    found = _addresses(opened, "from", hint)
    if not found:
        return NOBODY, ("from: no address",)
    return found[0], () if len(found) == 1 else ("from: more than one author",)


def _addresses(opened: _Opened, name: str, hint: str | None) -> tuple[Address, ...]:
    """The strict reading where the field keeps to the grammar, else the lenient one."""
    raw = [value for key, value in opened.tree.raw_items() if key.lower() == name]
    strict = opened.plain.addresses.get(name) if len(raw) == 1 else None
    if strict and raw[0].isascii():
        return strict
    return tuple(each for value in raw for each in fields.addresses(value, hint))


def _date(opened: _Opened) -> datetime | None:
    value = raw_field(opened.tree, "date")
    return opened.plain.date or (fields.date(value) if value else None)


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
    node = tree
    for _ in range(10):
        below = inner(node)
        if not below:
            return fields.parameters(raw_field(node, "content-type") or "")[1].get("charset")
        node = below[0]
    return None


def _defects(opened: _Opened, body: Body, text: str, more: tuple[str, ...]) -> tuple[str, ...]:
    found = [*opened.defects, *more, *body.defects]
    if len(text) > MAX_TEXT:
        found.append(f"cut: text of {len(text)} letters")
    return tuple(dict.fromkeys(fields.text_of(str(each))[:200] for each in found))[:MAX_DEFECTS]

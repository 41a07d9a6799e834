"""A rendered letter becomes finished mails: one body for all, a header for each reader.

Identity, threading and what keeps machines quiet are decided here. Pure: the same
letter to the same reader for the same cause has the same Message-ID, so a mail made
twice is one mail to whoever reads it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from gateway.config import Mailbox
from gateway.message import Address, Mail
from gateway.outbound import wire
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.threading import tag
from gateway.threading.tag import KeyRing, Purpose

MAX_REFERENCES = 10  # the first, for those who thread by it, and the newest
MAX_SUBJECT_CHARS = 200  # of the subject before the tag, which must not be cut off

_AUTO_SUBMITTED = {
    # RFC 3834 section 5: a reply to a mail is auto-replied, other automatic mail
    # auto-generated. A person's words carry none: they may well be answered by a machine.
    Notice.CONFIRMATION: "auto-replied",
    Notice.REFUSED: "auto-replied",
    Notice.ANSWER: "",
    Notice.QUESTION: "",
    Notice.RESOLVED: "",
}
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?!.*=\?)[!-;=?-~]{1,990}")  # printable ASCII, and nothing to decode
_NESTED = ("message/", "multipart/")
_SPECIALS = frozenset(' <>"(),:;\\[]')
_PURPOSE = {PlainReply.IS_NOTED: Purpose.NOTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment of the mail to be written."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """To whom, and the Message-IDs (as written) that they have seen, oldest first."""

    address: Address
    person: int
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What all readers of a letter share: its MIME fields, and what follows the header."""

    fields: bytes
    content: bytes


def body(text: str, html: str, files: Sequence[File]) -> Body:
    """Plain text, HTML and attachments as RFC 2046 bytes, 7-bit clean."""
    texts = (wire.text_part("plain", text), wire.text_part("html", html))
    head, content = wire.multipart("alternative", texts)
    if files:
        parts = [
            wire.file_part(wire.inert(file.filename), _media_type(file.content_type), file.content)
            for file in files
        ]
        head, content = wire.multipart("mixed", (head + content, *parts))
    return Body(b"MIME-Version: 1.0\r\n" + head, content)


def _media_type(content_type: str) -> str:
    """RFC 2045 section 5.1; anything else is octets, and so is a mail within the mail:
    message/rfc822 may not be base64 (RFC 2046 section 5.2.1), which we need."""
    if not _MEDIA_TYPE.fullmatch(content_type) or content_type.startswith(_NESTED):
        return "application/octet-stream"
    return content_type


def mail(
    letter: Letter, subject: str, shared: Body, reader: Reader, ring: KeyRing, cause: str
) -> Mail:
    """One reader's mail. `cause` names what it follows from, such as "d12"."""
    mailbox, ticket = letter.mailbox, letter.ticket
    unique = f"{cause} {letter.notice} {reader.person}"
    return_path, reply_to = mailbox.address, ""
    subject = wire.inert(subject)[:MAX_SUBJECT_CHARS]
    if ticket is None:
        message_id = f"{tag.unique(unique)}@{mailbox.address.rpartition('@')[2]}"
    else:
        subject = tag.with_tag(subject, ticket.number, ticket.tag)
        purpose = _PURPOSE.get(letter.plain_reply, Purpose.REPLY)
        # whoever has seen the Message-ID must not be able to build the address from it
        public = Purpose.THREAD if mailbox.separator else purpose
        thread = _token(letter, ring, ticket.number, public, reader)
        message_id = tag.issue_message_id(mailbox.address, ticket.number, thread, unique)
        bounce = _token(letter, ring, ticket.number, Purpose.BOUNCE, reader)
        return_path = _signed(mailbox, ticket.number, bounce)
        if letter.plain_reply is not PlainReply.NOTHING:
            token = _token(letter, ring, ticket.number, purpose, reader)
            reply_to = _signed(mailbox, ticket.number, token)
    utf8 = not reader.address.address.isascii()
    fields = {
        "Reply-To": reply_to,
        "Subject": subject,
        "Date": format_datetime(letter.at),
        "Message-ID": f"<{message_id}>",
        **_thread(reader.seen),
        **_keep_machines_quiet(letter, ring),
    }
    return Mail(
        headers=b"".join(
            (
                wire.address_field("From", Address(mailbox.address, _from_name(letter)), utf8=utf8),
                wire.address_field("To", reader.address, utf8=utf8),
                *(wire.field(name, value, utf8=utf8) for name, value in fields.items() if value),
                shared.fields,
            )
        ),
        body=shared.content,
        mail_from=return_path,
        rcpt_to=reader.address.address,
        message_id=message_id,
        notice=letter.notice.value,
        person_id=reader.person if ticket else None,
    )


def can_be_written_to(address: Address) -> bool:
    """Whether a header and an envelope can carry the address. RFC 5322 section 3.4.1."""
    local, at, domain = address.address.rpartition("@")
    dotted = (*local.split("."), *domain.split("."))
    plain = address.address.isprintable() and not set(address.address) & _SPECIALS
    return bool(at) and plain and all(dotted) and local.count("@") == 0


def _token(letter: Letter, ring: KeyRing, number: int, purpose: Purpose, reader: Reader) -> str:
    return tag.sign(ring, letter.mailbox.address, number, purpose, reader.person, letter.at)


def _signed(mailbox: Mailbox, number: int, token: str) -> str:
    return tag.signed_address(mailbox.address, mailbox.separator, number, token)


def _from_name(letter: Letter) -> str:
    """Who speaks, and for whom; an agent's own address is nobody's business."""
    told_by = letter.author.name if letter.author else ""
    speaks = letter.notice not in (Notice.CONFIRMATION, Notice.ALERT, Notice.REFUSED)
    name = letter.mailbox.display_name
    return f"{told_by} ({name})" if told_by and speaks else name


def _thread(seen: tuple[str, ...]) -> dict[str, str]:
    """RFC 5322 section 3.6.4, with what this reader has seen and nobody else's identifiers."""
    seen = tuple(each for each in seen if _IDENTIFIER.fullmatch(each))
    if not seen:
        return {}
    kept = seen if len(seen) <= MAX_REFERENCES else (seen[0], *seen[1 - MAX_REFERENCES :])
    references = " ".join(f"<{each}>" for each in kept)
    return {"In-Reply-To": f"<{seen[-1]}>", "References": references}


def _keep_machines_quiet(letter: Letter, ring: KeyRing) -> dict[str, str]:
    automatic = _AUTO_SUBMITTED.get(letter.notice, "auto-generated")
    return {
        "Auto-Submitted": automatic,
        "X-Auto-Response-Suppress": "All" if automatic else "",
        "X-Ticket-Gateway": ring.desk,
    }

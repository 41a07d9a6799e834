"""A rendered letter becomes finished mails: one body for all, a header for each reader.

Identity, threading and what keeps machines quiet are decided here. Pure: the same
letter to the same reader for the same cause has the same Message-ID, so a mail made
twice is one mail to whoever reads it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import headerregistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gateway.config import Mailbox
from gateway.message import Address, Mail
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.threading import tag
from gateway.threading.tag import KeyRing, Purpose

# email.policy.SMTP encodes identifiers of 78 characters and more as if they were words
# (=?utf-8?q?...), which breaks the thread at their reader. RFC 5322 section 2.1.1: 998.
_POLICY = SMTP.clone(max_line_length=998)

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
    made = EmailMessage(policy=_POLICY)
    made.set_content(text, cte="quoted-printable")
    made.add_alternative(html, subtype="html", cte="quoted-printable")
    for file in files:
        maintype, subtype = _media_type(file.content_type)
        made.add_attachment(
            file.content, maintype=maintype, subtype=subtype, filename=_inert(file.filename)
        )
    head, _, content = made.as_bytes().partition(b"\r\n\r\n")
    return Body(head + b"\r\n\r\n", content)


def _media_type(content_type: str) -> tuple[str, str]:
    """RFC 2045 section 5.1; anything else is octets, and so is a mail within the mail:
    message/rfc822 may not be base64 (RFC 2046 section 5.2.1), which we need."""
    if not _MEDIA_TYPE.fullmatch(content_type) or content_type.startswith(_NESTED):
        return "application", "octet-stream"
    maintype, _, subtype = content_type.partition("/")
    return maintype, subtype


def _inert(text: str) -> str:
    """The text without what would be decoded once more: the library takes `=?utf-8?q?=0D=0A?=`
    in a value for an encoded word (RFC 2047), and writes the line break that is in it."""
    return " ".join(text.replace("=?", "= ?").split())


def mail(
    letter: Letter, subject: str, shared: Body, reader: Reader, ring: KeyRing, cause: str
) -> Mail:
    """One reader's mail. `cause` names what it follows from, such as "d12"."""
    mailbox, ticket = letter.mailbox, letter.ticket
    unique = f"{cause} {letter.notice} {reader.person}"
    return_path = mailbox.address
    made = EmailMessage(policy=_POLICY.clone(utf8=not reader.address.address.isascii()))
    made["From"] = _header_address(Address(mailbox.address, _from_name(letter)))
    made["To"] = _header_address(reader.address)
    subject = _inert(subject)[:MAX_SUBJECT_CHARS]
    if ticket is None:
        message_id = f"{tag.unique(unique)}@{mailbox.address.rpartition('@')[2]}"
    else:
        subject = tag.with_tag(subject, ticket.number, ticket.tag)
        purpose = _PURPOSE.get(letter.plain_reply, Purpose.REPLY)
        token = _token(letter, ring, ticket.number, purpose, reader)
        # whoever has seen the Message-ID must not be able to build the address from it
        public = Purpose.THREAD if mailbox.separator else purpose
        thread = _token(letter, ring, ticket.number, public, reader)
        message_id = tag.issue_message_id(mailbox.address, ticket.number, thread, unique)
        bounce = _token(letter, ring, ticket.number, Purpose.BOUNCE, reader)
        return_path = _signed(mailbox, ticket.number, bounce)
        if letter.plain_reply is not PlainReply.NOTHING:
            made["Reply-To"] = _signed(mailbox, ticket.number, token)
    made["Subject"] = subject
    made["Date"] = format_datetime(letter.at)
    made["Message-ID"] = f"<{message_id}>"
    _thread(made, reader.seen)
    _keep_machines_quiet(made, letter, ring)
    return Mail(
        headers=made.as_bytes().removesuffix(b"\r\n") + shared.fields,
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


def _header_address(address: Address) -> headerregistry.Address:
    local, _, domain = address.address.rpartition("@")
    return headerregistry.Address(_inert(address.name), local, domain)


def _thread(made: EmailMessage, seen: tuple[str, ...]) -> None:
    """RFC 5322 section 3.6.4, with what this reader has seen and nobody else's identifiers."""
    seen = tuple(each for each in seen if _IDENTIFIER.fullmatch(each))
    if not seen:
        return
    kept = seen if len(seen) <= MAX_REFERENCES else (seen[0], *seen[1 - MAX_REFERENCES :])
    made["In-Reply-To"] = f"<{seen[-1]}>"
    made["References"] = " ".join(f"<{each}>" for each in kept)


def _keep_machines_quiet(made: EmailMessage, letter: Letter, ring: KeyRing) -> None:
    automatic = _AUTO_SUBMITTED.get(letter.notice, "auto-generated")
    if automatic:
        made["Auto-Submitted"] = automatic
        made["X-Auto-Response-Suppress"] = "All"
    made["X-Ticket-Gateway"] = ring.desk

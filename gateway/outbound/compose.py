"""A rendered letter becomes finished mails: a header for each reader, a body for all, or files
for all below texts of each one's own.

Identity, threading and what keeps machines quiet are decided here. Pure: the same
letter to the same reader for the same cause has the same Message-ID, so a mail made
twice is one mail to whoever reads it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from gateway.base64_lines import in_lines
from gateway.message import Address, Excerpt, Mail
from gateway.outbound import blanks, excerpts, mailto, wire
from gateway.outbound.blanks import Form
from gateway.outbound.excerpts import Original
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
    Notice.DONE: "auto-replied",
    Notice.REPORT: "auto-replied",
    Notice.STATUS: "auto-replied",
    Notice.UNPROVEN: "auto-replied",
    Notice.NOT_ACCEPTED: "auto-replied",
    Notice.ANSWER: "",
    Notice.QUESTION: "",
    Notice.RESOLVED: "",
}
_IN_OUR_OWN_NAME = frozenset(
    {
        Notice.CONFIRMATION,
        Notice.ALERT,
        Notice.REFUSED,
        Notice.DONE,
        Notice.REPORT,
        Notice.STATUS,
        Notice.MERGED,
        Notice.UNPROVEN,
        Notice.WATCHING,
        Notice.NOT_ACCEPTED,
        Notice.HELD,
    }
)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?!.*=\?)[!-;=?-~]{1,990}")  # printable ASCII, and nothing to decode
_NESTED = ("message/", "multipart/")
_SPECIALS = frozenset(' <>"(),:;\\[]')
_END_OF_TEXTS = b"--=_alternative--"
_PURPOSE = {
    PlainReply.FOLLOWS_UP: Purpose.FOLLOW,
    PlainReply.IS_NOTED: Purpose.NOTE,
    PlainReply.CONFIRMS: Purpose.ACTION,
}


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
    """What all readers of a letter share: its MIME fields, and what follows the header. Where
    its texts have blanks, they stand in `own`, and `content` begins behind them. What stands in
    a mail that came in is left out of it, and in `excerpts`."""

    fields: bytes
    content: bytes
    own: Form | None = None
    excerpts: tuple[Excerpt, ...] = ()


def body(
    text: str, html: str, files: Sequence[File], stem: str = "", original: Original | None = None
) -> Body:
    """Plain text, HTML and attachments as RFC 2046 bytes, 7-bit clean. `stem` is how marks in
    the texts begin, where there are any; `original` is the mail that the files came with."""
    texts = (wire.text_part("plain", text, stem), wire.text_part("html", html, stem))
    head, content = wire.multipart("alternative", texts)
    has_blanks = wire.MARK in content
    found = [original.stretch(file.content) if original else None for file in files]
    if files:
        parts = (
            wire.file_fields(wire.inert(file.filename), _media_type(file.content_type))
            + (wire.MARK if stretch else in_lines(file.content))
            for file, stretch in zip(files, found, strict=True)
        )
        head, content = wire.multipart("mixed", (head + content, *parts))
    fields = b"MIME-Version: 1.0\r\n" + head
    end = content.index(_END_OF_TEXTS) if has_blanks else 0
    kept, cut = excerpts.without_marks(content[end:], [each for each in found if each])
    return Body(fields, kept, blanks.form(content[:end]) if has_blanks else None, cut)


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
    own = shared.own
    ways = _ways_back(letter, reader, ring, cause, own.purposes if own else frozenset())
    utf8 = not reader.address.address.isascii()
    fields = {
        "Reply-To": ways.reply_to,
        "Subject": _subject(letter, subject),
        "Date": _date(letter.at, letter.at.utcoffset()),
        "Message-ID": f"<{ways.message_id}>",
        **_thread(reader.seen),
        **_unsubscribe(letter, reader, ways.reply_to),
        **_keep_machines_quiet(letter, ring),
    }
    author = Address(letter.mailbox.address, _from_name(letter))
    return Mail(
        headers=b"".join(
            (
                wire.address_field("From", author, utf8=utf8),
                wire.address_field("To", reader.address, utf8=utf8),
                *(wire.field(name, value, utf8=utf8) for name, value in fields.items() if value),
                shared.fields,
                own.filled(reader.person, ways.tokens) if own else b"",
            )
        ),
        body=shared.content,
        mail_from=ways.return_path,
        rcpt_to=reader.address.address,
        message_id=ways.message_id,
        notice=letter.notice.value,
        person_id=reader.person or None,
        excerpts=shared.excerpts,
    )


def purpose_of(plain_reply: PlainReply) -> Purpose:
    """What the address is for that a plain reply goes to."""
    return _PURPOSE.get(plain_reply, Purpose.REPLY)


def answered_number(letter: Letter) -> int | None:
    """What a reply is about: the ticket, or the held delivery that an answer lets in."""
    if letter.plain_reply is PlainReply.CONFIRMS:
        return letter.held
    return letter.ticket.number if letter.ticket else None


def can_be_written_to(address: Address) -> bool:
    """Whether a header and an envelope can carry the address. RFC 5322 section 3.4.1."""
    local, at, domain = address.address.rpartition("@")
    dotted = (*local.split("."), *domain.split("."))
    plain = address.address.isprintable() and not set(address.address) & _SPECIALS
    return bool(at) and plain and all(dotted) and local.count("@") == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _WaysBack:
    """Where a mail's answer and its bounce go, what an answer refers to, and the tokens of
    other addresses that the mail names."""

    message_id: str
    return_path: str
    reply_to: str
    tokens: Mapping[Purpose, str]


def _ways_back(
    letter: Letter, reader: Reader, ring: KeyRing, cause: str, named: Collection[Purpose]
) -> _WaysBack:
    """To the mailbox; where there is something that an answer is about, to it, and signed for
    this reader."""
    mailbox, ticket = letter.mailbox, letter.ticket
    unique = f"{cause} {letter.notice} {reader.person}"
    about = ticket.number if ticket else None
    answered = answered_number(letter)

    def token(purpose: Purpose, number: int) -> str:
        return tag.sign(ring, mailbox.address, number, purpose, reader.person, letter.at)

    def signed(number: int, token: str) -> str:
        return tag.signed_address(mailbox.address, mailbox.separator, number, token)

    purpose = purpose_of(letter.plain_reply)
    tokens = {each: token(each, answered or 0) for each in {purpose, *named}}
    reply_to = ""
    if answered is not None and letter.plain_reply is not PlainReply.NOTHING:
        reply_to = signed(answered, tokens[purpose])
    if answered is not None and not mailbox.separator:
        message_id = tag.issue_message_id(mailbox.address, answered, tokens[purpose], unique)
    elif about is not None:
        # whoever has seen the Message-ID must not be able to build the address from it
        public = token(Purpose.THREAD, about)
        message_id = tag.issue_message_id(mailbox.address, about, public, unique)
    else:
        message_id = f"{tag.unique(unique)}@{mailbox.address.rpartition('@')[2]}"
    return_path = mailbox.address
    if about is not None:
        return_path = signed(about, token(Purpose.BOUNCE, about))
    return _WaysBack(
        message_id=message_id, return_path=return_path, reply_to=reply_to, tokens=tokens
    )


@lru_cache(maxsize=64)
def _date(at: datetime, offset: timedelta | None) -> str:
    """RFC 5322 section 3.3. The mails of one batch bear the same; moments are equal that are
    told with another offset, which is looked at as well."""
    return format_datetime(at)


def _subject(letter: Letter, subject: str) -> str:
    subject = wire.inert(subject)[:MAX_SUBJECT_CHARS]
    ticket = letter.ticket
    return tag.with_tag(subject, ticket.number, ticket.tag) if ticket else subject


def _from_name(letter: Letter) -> str:
    """Who speaks, and for whom; an agent's own address is nobody's business."""
    told_by = letter.author.name if letter.author else ""
    speaks = letter.notice not in _IN_OUR_OWN_NAME
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


def _unsubscribe(letter: Letter, reader: Reader, reply_to: str) -> dict[str, str]:
    """RFC 2369 section 3.2, for those who only follow: a mail to their own address, which proves
    them. One click is for addresses of the web alone."""
    watchers = letter.ticket.watchers if letter.ticket else ()
    follows = any(each.key == reader.address.key for each in watchers)
    if not follows or not reply_to or letter.notice.for_agents or not letter.mailbox.separator:
        return {}
    if letter.plain_reply is PlainReply.IS_NOTED:  # an agent stops by a command
        return {}
    return {"List-Unsubscribe": f"<{mailto.link(reply_to, 'unfollow', 'unfollow')}>"}


def _keep_machines_quiet(letter: Letter, ring: KeyRing) -> dict[str, str]:
    automatic = _AUTO_SUBMITTED.get(letter.notice, "auto-generated")
    return {
        "Auto-Submitted": automatic,
        "X-Auto-Response-Suppress": "All" if automatic else "",
        "X-Ticket-Gateway": ring.desk,
    }

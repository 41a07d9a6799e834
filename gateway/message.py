"""The values a mail is made of. No behaviour but what the values themselves need.

Everything here is clean: no NUL, no lone surrogate, no line break in a header
value. `ingest.parse` sees to that at the door, so that no later room has to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A mailbox of RFC 5322 section 3.4: addr-spec and display name.

    Two addresses are the same person's when `key` is equal: the local part is
    case-sensitive by RFC 5321 section 2.4 and by nobody's practice.

    >>> Address("Ann@Example.org", "Ann").key
    'ann@example.org'
    >>> str(Address("ann@example.org", "Ann")), str(Address("ann@example.org"))
    ('Ann <ann@example.org>', 'ann@example.org')
    """

    address: str
    name: str = ""

    @property
    def key(self) -> str:
        """
        >>> Address("\u212aim@example.com").key == Address("kim@example.com").key  # a Kelvin sign
        False
        """
        lower = self.address.lower()
        if self.address.isascii() or not lower.isascii():
            return lower
        return "".join(each if each > "\x7f" else each.lower() for each in self.address)

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """The name where there is one, else the address: how a person is called in a text."""
        return self.name or self.address

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


NOBODY = Address("nobody@invalid", "(no sender)")
"""Author of a mail that names none. RFC 6761 section 6.4: `invalid` never resolves."""

MAX_ADDRESS_CHARS = 254  # RFC 5321 section 4.5.3.1.3; a longer one names nobody

MAX_IDENTIFIER_CHARS = 500  # of one Message-ID; RFC 5322 section 2.1.1 has no line above 998


def identifier_of(text: str) -> str:
    """The comparable form of one Message-ID, with or without its angle brackets.

    >>> identifier_of(" <ABC@x.Example> "), identifier_of("naked@x.example"), identifier_of("")
    ('abc@x.example', 'naked@x.example', '')
    """
    return "".join(text.split()).strip("<>").lower()[:MAX_IDENTIFIER_CHARS]


class Source(StrEnum):
    """By which way a mail came in."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    PIPE = "pipe"
    IMPORT = "import"  # history: it opens tickets, and nobody hears of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What only the transport knew (RFC 5321 section 2.3.1); lost unless kept at acceptance.

    `mail_from` is "" for the null reverse-path.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    received_at: datetime
    source: Source
    peer: str = ""
    helo: str = ""
    tls: bool = False
    auth_user: str = ""
    imap_folder: str = ""
    imap_uidvalidity: int | None = None
    imap_uid: int | None = None


class Kind(StrEnum):
    """What a mail is. Whether it is answered is another question: `decide`."""

    ORDINARY = "ordinary"
    AUTO_REPLY = "auto-reply"  # a vacation notice, an acknowledgement: RFC 3834 auto-replied
    AUTO_GENERATED = "auto-generated"  # a machine that reports on its own account
    LIST = "list"  # a post on a mailing list, or bulk mail
    BOUNCE = "bounce"
    READ_RECEIPT = "read-receipt"  # RFC 8098
    CALENDAR = "calendar"  # an answer to an invitation, RFC 5546
    REPORT = "report"  # an abuse report, RFC 5965
    LOOP = "loop"  # our own mail coming back


class Protection(StrEnum):
    """How a mail was wrapped on its way. Never a verdict: no signature is verified here."""

    PGP_SIGNED = "pgp-signed"
    SMIME_SIGNED = "smime-signed"
    PGP_ENCRYPTED = "pgp-encrypted"
    SMIME_ENCRYPTED = "smime-encrypted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part of a mail that is not its text. The bytes stay in the raw mail, at `part`."""

    filename: str
    content_type: str
    size_bytes: int
    inline: bool = False  # the HTML shows it in its place
    content_id: str = ""
    part: int = 0  # index of the part in document order, as `parse.attachment_bytes` counts
    technical: bool = False  # a signature, or a wrapper whose content is shown: nobody opens it


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a text/calendar part says of its first event, RFC 5545 and RFC 5546.

    `start` and `end` are aware where the zone is known, naive where only the sender knows it;
    `zone` is its name. An event of whole days has `all_day`, and `end` is then its last day.
    """

    method: str = ""  # request | cancel | reply | counter | publish | ...; "" where none is said
    summary: str = ""
    start: datetime | None = None
    end: datetime | None = None
    all_day: bool = False
    zone: str = ""
    recurrence: str = ""  # "every week on Tuesday"
    location: str = ""
    organizer: Address | None = None
    attendees: tuple[Address, ...] = ()  # the first few
    attendee_count: int = 0
    answer: str = ""  # of a reply: accepted | declined | tentative | ...
    description: str = ""
    events: int = 1  # in the part; only the first is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail as a person would read it; RFC 5322 header fields under their own names.

    `text` is the whole text, from the HTML when there is no plain part; `html` is
    the HTML part as it came, not cleaned. `headers` are all fields in order, names
    in lower case, values decoded. A `degraded` message could not be read properly:
    its fields are the best guess, and the raw mail is kept as always. Where there is
    nothing readable, `text` says so (encrypted) or tells the invitation.
    """

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    author: Address = NOBODY
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
    degraded: bool = False
    protection: Protection | None = None
    invitation: Invitation | None = None

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The attachments that a person may want to open."""
        return tuple(each for each in self.attachments if not each.technical)

    def header(self, name: str) -> str:
        """First value of the field, "" when absent.

        >>> Message(headers=(("precedence", "bulk"),)).header("Precedence")
        'bulk'
        """
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    def all_headers(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a delivery report says of one recipient, RFC 3464 section 2.3."""

    recipient: str
    status: str  # RFC 3463, "5.1.1"; "" where none is given
    action: str  # failed | delayed | delivered | relayed | expanded
    diagnostic: str = ""
    original_message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """The mail of somebody else that a person passes on in theirs: in its text, or as a file.

    All of `mail` is that text's word and proves nobody; its author may have a name alone, its date
    no zone. `above` is what the person says themselves, `part` that of the attached mail.
    """

    mail: Message
    above: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mail, read: what it says, what it is, what is new in it.

    `new_text` is the text without quotes of what it answers and without signature;
    it is all of the text where trimming would leave nothing. `fingerprint` is equal
    for two copies of one mail that came by two paths, and for nothing else. `file_bytes`
    has what attachments hold, by `part`; what it lacks is still in the raw mail.
    """

    message: Message
    kind: Kind
    evidence: tuple[str, ...] = ()
    new_text: str = ""
    bounce: Bounce | None = None
    fingerprint: str = field(default="")
    forwarded: Forwarded | None = None
    file_bytes: Mapping[int, bytes] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Octets of a mail that came in, by its spool row: `size_bytes` of them from `start` on."""

    spool_id: int
    start: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a finished mail has from one that came in, and need not hold a second time: it stands
    before the octet `position` of the body, in which it is left out."""

    position: int
    source: Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A finished mail for one recipient: `headers` and `body` follow each other on the wire.
    Behind the header, `headers` has what of the body is this recipient's alone; what of the body
    stands in a mail that came in is in `excerpts` instead."""

    headers: bytes
    body: bytes
    mail_from: str
    rcpt_to: str
    message_id: str
    notice: str
    person_id: int | None = None
    excerpts: tuple[Excerpt, ...] = ()

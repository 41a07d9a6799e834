"""gateway.toml as frozen settings. Each field's description is its page in the manual.

The shape stands here and nothing else: `config_file` reads the file and makes faults of
what is wrong with it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from gateway.faults import Loc, choices_are, key_at, shown
from gateway.formats import duration_seconds, endpoint, mail_address, one_line

MAX_MAILBOX_LOCAL_PART = 20
"""Octets of a mailbox's local part: 64 (RFC 5321 section 4.5.3.1.1) less a signed address's."""

MailAddress = Annotated[str, AfterValidator(mail_address)]
Endpoint = Annotated[str, AfterValidator(endpoint)]
Line = Annotated[str, AfterValidator(one_line)]


class Settings(BaseModel):
    """Every table of the file: closed to unknown keys, frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Desk(Settings):
    """The desk as a whole."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$",
        examples=["support.example.com"],
        description="Name of this desk: lower-case letters, digits, dots and dashes. It is part "
        "of every signed address: never change it, or the addresses in circulation stop working. "
        "Two desks never share one.",
    )
    admin: MailAddress = Field(
        examples=["admin@example.com"],
        description="Who is told by mail when the desk itself needs care, such as a template "
        "that does not load.",
    )


class Database(Settings):
    """Where mail and tickets are kept."""

    url: str = Field(
        "sqlite:///data/desk.db",
        description="sqlite:///PATH (relative to the desk's folder) or "
        "postgresql://USER@HOST:PORT/NAME. One desk is one database.",
    )
    password_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/database-password"],
        description="File that holds the database password, so that it stands in no "
        "configuration. The environment variable TICKET_GATEWAY_DATABASE_PASSWORD does the same.",
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if not re.match(r"sqlite:///[^:?]|postgresql(\+psycopg)?://.", value):
            raise ValueError(
                'is no database we know; write "sqlite:///data/desk.db" or '
                '"postgresql://gateway@localhost/desk"'
            )
        if re.match(r"postgresql[^:]*://[^/@:]*:[^@]*@", value) or "password=" in value:
            raise ValueError("holds a password; put it into a file and name it in password_file")
        return value


class Smtp(Settings):
    """The SMTP listener."""

    listen: Endpoint = Field("127.0.0.1:8025", description="Address and port to listen on.")
    hostname: Line = Field(
        "", description="Name in the greeting; the machine's own name when empty."
    )
    max_message_bytes: int = Field(
        25 * 2**20,
        ge=1024,
        description="Largest message accepted, in bytes; larger ones get 552 5.3.4.",
    )
    max_connections: int = Field(
        200, ge=1, description="Connections served at a time; further ones get 421 4.3.2."
    )
    max_recipients: int = Field(
        100, ge=1, description="Recipients of one message; further ones get 452 4.5.3."
    )
    timeout_seconds: int = Field(
        300, ge=1, description="A session that says nothing for so long is closed."
    )


class Outgoing(Settings):
    """How mail leaves."""

    to: str = Field(
        "maildir:outgoing",
        description="maildir:PATH (relative to the desk's folder; for trying out), "
        "smtp://HOST:PORT, or smtps://HOST:PORT for TLS from the first byte.",
    )
    starttls: Literal["require", "if-offered", "never"] = Field(
        "if-offered",
        description="Whether an smtp:// smarthost must offer STARTTLS. With a user name it is "
        "always required, so that no password is sent in clear.",
    )
    username: Line = Field("", description="User name at the smarthost; no login when empty.")
    password_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/outgoing-password"],
        description="File that holds the password. The environment variable "
        "TICKET_GATEWAY_OUTGOING_PASSWORD does the same.",
    )
    timeout_seconds: int = Field(
        60, ge=1, description="Longest wait for one answer of the smarthost."
    )
    give_up_after: int = Field(
        5 * 24 * 3600,
        description="A mail that meets temporary errors for so long has failed, and the agents "
        "are told; a duration such as 5d, or seconds. RFC 5321 section 4.5.4.1 asks for 4 "
        "to 5 days.",
    )

    @field_validator("to")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.startswith("maildir:") and len(value) > len("maildir:"):
            return value
        scheme, _, where = value.partition("://")
        if scheme in ("smtp", "smtps"):
            with suppress(ValueError):
                return f"{scheme}://{endpoint(where)}"
        raise ValueError('is no way out we know; write "maildir:outgoing" or "smtp://localhost:25"')

    _seconds = field_validator("give_up_after", mode="before")(duration_seconds)


class Queue(Settings):
    """Where a team finds its tickets."""

    name: Line = Field(
        min_length=1, max_length=80, examples=["IT"], description="Name of the queue."
    )
    team: Line = Field(
        min_length=1,
        max_length=80,
        examples=["it"],
        description="Team whose members are the agents of this queue: a word of the column "
        "`teams` in directory.csv.",
    )


class Mailbox(Settings):
    """One support address."""

    address: MailAddress = Field(
        examples=["support@example.com"], description="The address that people write to."
    )
    display_name: Line = Field("Support", description="Name in the From: of our mails.")
    queue: str = Field(
        examples=["IT"], description="Queue of its tickets, unless a rule says another."
    )
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
        examples=["pt-BR"],
        description="Language of the mails it sends: templates named NAME.LANGUAGE.txt.j2 are "
        "preferred to NAME.txt.j2.",
    )
    time_zone: str = Field("UTC", description="Time zone of the times it tells.")
    signature: str = Field("", description="Text under the mails it sends to requesters.")
    separator: str = Field(
        "+",
        pattern=r"^[+=-]?$",
        examples=["+"],
        description="What parts the mailbox from the signature in a signed address "
        "(support+1042-...@). Empty where the mail server has none: then Message-IDs alone "
        "carry the signature.",
    )

    @field_validator("address")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value.partition("@")[0]) > MAX_MAILBOX_LOCAL_PART:
            raise ValueError(
                f"has more than {MAX_MAILBOX_LOCAL_PART} octets before the @, which leaves no "
                "room for signed addresses; use a shorter alias"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError('is no time zone we know; write for example "Europe/Berlin"')
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Limits(Settings):
    """How much is answered automatically, so that no loop becomes a storm."""

    confirmations_per_hour: int = Field(
        500,
        ge=0,
        description="Confirmations to one address within an hour. Further mails still open "
        "tickets; the ticket's history says that the confirmation was withheld.",
    )
    mails_per_ticket_per_hour: int = Field(
        60,
        ge=1,
        description="Mails about one ticket to one person within an hour. What is said further "
        "is in the ticket, and its history says whom no mail told of it: two machines that "
        "answer each other fall silent.",
    )


def inconsistencies(
    queues: Sequence[str], mailboxes: Sequence[tuple[str, str]]
) -> Iterator[tuple[Loc, str, str]]:
    """What does not fit together, as place, problem and remedy.

    Takes names and (address, queue) pairs rather than settings, so that a file with other
    faults in it can be asked too. Something empty is a fault already and is left alone.
    """
    for index, name in enumerate(queues):
        if name and name in queues[:index]:
            yield ("queue", index, "name"), f"{shown(name)} is there twice", "keep one"
    addresses = [address.lower() for address, _ in mailboxes]
    for index, (address, queue) in enumerate(mailboxes):
        if address and address.lower() in addresses[:index]:
            yield ("mailbox", index, "address"), f"{shown(address)} is there twice", "keep one"
        if queue and queue not in queues:
            remedy = choices_are("queues", queues, queue)
            yield ("mailbox", index, "queue"), f"unknown queue {shown(queue)}", remedy


class Gateway(Settings):
    """The whole file."""

    desk: Desk
    database: Database = Database()
    smtp: Smtp = Smtp()
    outgoing: Outgoing = Outgoing()
    limits: Limits = Limits()
    queue: tuple[Queue, ...] = Field(min_length=1, strict=False)
    mailbox: tuple[Mailbox, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> "Gateway":
        queues = [queue.name for queue in self.queue]
        mailboxes = [(mailbox.address, mailbox.queue) for mailbox in self.mailbox]
        for loc, problem, remedy in inconsistencies(queues, mailboxes):
            raise ValueError(f"{key_at(loc)}: {problem}; {remedy}")
        return self

    def mailbox_of(self, address: str) -> Mailbox | None:
        """The mailbox that an envelope recipient belongs to, signed addresses included.

        RFC 5321 section 4.1.1.3; the local part is compared without case.
        """
        local, _, domain = address.lower().rpartition("@")
        ours = []
        for mailbox in self.mailbox:
            our_local, _, our_domain = mailbox.address.rpartition("@")
            signed = mailbox.separator and local.startswith(our_local + mailbox.separator)
            if domain == our_domain and (local == our_local or signed):
                ours.append(mailbox)
        # of support@ and support+vip@, the longer one is meant by support+vip+1042-...@
        return max(ours, key=lambda mailbox: len(mailbox.address), default=None)

    def mailbox_named(self, address: str) -> Mailbox:
        """The mailbox with this very address. Raises KeyError when the file no longer has it."""
        for mailbox in self.mailbox:
            if mailbox.address == address:
                return mailbox
        raise KeyError(f"mailbox {address} is no longer in gateway.toml")

    def mailbox_for(self, address: str) -> Mailbox:
        """The mailbox that speaks for a ticket of this one: itself, or the first of the file
        where it is no longer in it, so that the ticket's people still hear from somebody."""
        return next((each for each in self.mailbox if each.address == address), self.mailbox[0])

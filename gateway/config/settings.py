"""gateway.toml as frozen settings. Each field's description is its page in the manual.

The shape stands here and in `mailboxes`, and nothing else: `config_file` reads the file and
makes faults of what is wrong with it.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from gateway.config import imap, listen
from gateway.config.faults import key_at
from gateway.config.formats import duration_seconds, endpoint
from gateway.config.imap import Imap
from gateway.config.limits import Limits
from gateway.config.listen import Further, Smtp, Way
from gateway.config.mailboxes import (
    MAX_MAILBOX_LOCAL_PART,
    Line,
    MailAddress,
    Mailbox,
    Queue,
    Settings,
    inconsistencies,
)
from gateway.config.retention import Retention
from gateway.config.trust import Trust

__all__ = [
    "MAX_MAILBOX_LOCAL_PART", "Database", "Desk", "Further", "Gateway", "Limits", "Mailbox",
    "Outgoing", "Queue", "Retention", "Settings", "Smtp", "Way", "inconsistencies",
]  # fmt: skip

ONE_TICKET = "one ticket, all told"


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
    one_mail_to_two_mailboxes: Literal["a ticket in each, linked", "one ticket, all told"] = Field(
        "a ticket in each, linked",
        description="What becomes of one mail that goes to several mailboxes of this desk: a "
        "ticket in each, which name each other, or one in the first of them, which the teams of "
        "the others are told of.",
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


class Gateway(Settings):
    """The whole file."""

    desk: Desk
    database: Database = Database()
    smtp: Smtp = Smtp()
    listener: tuple[Further, ...] = Field((), strict=False)
    outgoing: Outgoing = Outgoing()
    limits: Limits = Limits()
    retention: Retention = Retention()
    trust: Trust = Trust()
    queue: tuple[Queue, ...] = Field(min_length=1, strict=False)
    mailbox: tuple[Mailbox, ...] = Field(min_length=1, strict=False)
    imap: tuple[Imap, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> "Gateway":
        queues = [queue.name for queue in self.queue]
        mailboxes = [(mailbox.addresses, mailbox.queue) for mailbox in self.mailbox]
        addresses = [address for each in self.mailbox for address in each.addresses]
        folders = imap.contradictions(addresses, [each.model_dump() for each in self.imap])
        ways = listen.contradictions(
            self.smtp.model_dump(), [each.model_dump() for each in self.listener]
        )
        for loc, problem, remedy in (*inconsistencies(queues, mailboxes), *folders, *ways):
            raise ValueError(f"{key_at(loc)}: {problem}; {remedy}")
        return self

    def mailbox_of(self, address: str) -> Mailbox | None:
        """The mailbox that an envelope recipient belongs to: by its address or an alias, with
        whatever stands behind the separator, signed addresses among it.

        RFC 5321 section 4.1.1.3; the local part is compared without case.
        """
        local, _, domain = address.lower().rpartition("@")
        ours = []
        for mailbox in self.mailbox:
            for our in mailbox.addresses:
                our_local, _, our_domain = our.rpartition("@")
                signed = mailbox.separator and local.startswith(our_local + mailbox.separator)
                if domain == our_domain and (local == our_local or signed):
                    ours.append((len(our), mailbox))
        # of support@ and support+vip@, the longer one is meant by support+vip+1042-...@
        return max(ours, key=lambda found: found[0], default=(0, None))[1]

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address of the desk: what comes From one of them is our own mail."""
        return frozenset(address for mailbox in self.mailbox for address in mailbox.addresses)

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

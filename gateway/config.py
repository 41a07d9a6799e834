"""gateway.toml as frozen settings. Each field's description is its page in the manual.

The shape stands here and nothing else does: `config_file` reads the file and turns
what is wrong with it into faults with file, line, key, value and remedy.
"""

import re
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

MAX_MAILBOX_LOCAL_PART = 20
"""Octets of a mailbox's local part: 64 (RFC 5321 section 4.5.3.1.1) less a signed address's."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*/=?^_`{|}~+-]+@[A-Za-z0-9.-]+")
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_ENDPOINT = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]]+):(?P<port>\d{1,5})")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError('not a mail address; write for example "support@example.com"')
    return value.lower()


def _endpoint(value: str) -> str:
    if not _ENDPOINT.fullmatch(value):
        raise ValueError(f'has no port; write for example "{value.strip(":") or "0.0.0.0"}:25"')  # noqa: S104 - an example in a message, bound nowhere
    return value


def duration_seconds(value: object) -> int:
    """Seconds of a duration as an admin writes it.

    >>> duration_seconds("4h"), duration_seconds("1d12h"), duration_seconds("90s"), duration_seconds(15)
    (14400, 129600, 90, 15)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _DURATION.fullmatch(str(value).replace(" ", ""))
    if not match or not any(match.groups()):
        raise ValueError('not a duration; write for example "15m", "4h" or "1d12h"')
    days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


MailAddress = Annotated[str, AfterValidator(_address)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]


class Settings(BaseModel):
    """Every table of the file: closed to unknown keys, frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Desk(Settings):
    """The desk as a whole."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$",
        description="Name of this desk. It is part of every signed address: never change it, "
        "or the addresses in circulation stop working. Two desks never share one.",
    )
    admin: MailAddress = Field(
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
        description="File that holds the database password, so that it stands in no "
        "configuration. The environment variable TICKET_GATEWAY_DATABASE_PASSWORD does the same.",
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", value):
            raise ValueError(
                'no database we know; write "sqlite:///data/desk.db" or '
                '"postgresql://gateway@localhost/desk"'
            )
        if re.match(r"postgresql[^:]*://[^/@]*:[^/@]*@", value):
            raise ValueError("holds a password; put it into a file and name it in password_file")
        return value


class Smtp(Settings):
    """The SMTP listener."""

    listen: Endpoint = Field(
        "127.0.0.1:8025", description="Address and port to listen on."
    )
    hostname: str = Field(
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
    username: str = Field("", description="User name at the smarthost; no login when empty.")
    password_file: Path | None = Field(
        None,
        strict=False,
        description="File that holds the password. The environment variable "
        "TICKET_GATEWAY_OUTGOING_PASSWORD does the same.",
    )
    timeout_seconds: int = Field(
        60, ge=1, description="Longest wait for one answer of the smarthost."
    )
    give_up_after: int = Field(
        5 * 24 * 3600,
        description="A mail that meets temporary errors for so long has failed, and the agents "
        'are told; a duration such as "5d". RFC 5321 section 4.5.4.1 asks for 4 to 5 days.',
    )

    @field_validator("to")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.startswith("maildir:") and len(value) > len("maildir:"):
            return value
        scheme, separator, endpoint = value.partition("://")
        if separator and scheme in ("smtp", "smtps") and _ENDPOINT.fullmatch(endpoint):
            return value
        raise ValueError('no way out we know; write "maildir:outgoing" or "smtp://localhost:25"')

    _seconds = field_validator("give_up_after", mode="before")(duration_seconds)


class Queue(Settings):
    """Where a team finds its tickets."""

    name: str = Field(min_length=1, max_length=80, description="Name of the queue.")
    team: str = Field(
        min_length=1,
        max_length=80,
        description="Team whose members are the agents of this queue: a word of the column "
        "`teams` in directory.csv.",
    )
    members_only: bool = Field(
        False, description="True hides the queue's tickets from agents of other teams."
    )


class Mailbox(Settings):
    """One support address."""

    address: MailAddress = Field(description="The address that people write to.")
    display_name: str = Field("Support", description="Name in the From: of our mails.")
    queue: str = Field(description="Queue of its tickets, unless a rule says another.")
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
        description="Language of the mails it sends: templates named NAME.LANGUAGE.txt.j2 are "
        "preferred to NAME.txt.j2.",
    )
    time_zone: str = Field("UTC", description="Time zone of the times it tells.")
    signature: str = Field("", description="Text under every mail it sends.")
    separator: str = Field(
        "+",
        pattern=r"^[+=-]?$",
        description="What parts the mailbox from the signature in a signed address "
        "(support+1042-...@). Empty where the mail server has none: then Message-IDs alone "
        "carry the signature.",
    )

    @field_validator("address")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value.partition("@")[0]) > MAX_MAILBOX_LOCAL_PART:
            raise ValueError(
                f"the part before the @ is longer than {MAX_MAILBOX_LOCAL_PART} octets, which "
                "leaves no room for signed addresses; use a shorter alias"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError('no such time zone; write for example "Europe/Berlin"')
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Limits(Settings):
    """How much is answered automatically, so that no loop becomes a storm."""

    confirmations_per_hour: int = Field(
        10,
        ge=0,
        description="Confirmations to one address within an hour. Further mails still open "
        "tickets; the ticket's history says that the confirmation was withheld.",
    )


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
        names = [queue.name for queue in self.queue]
        for mailbox in self.mailbox:
            if mailbox.queue not in names:
                raise ValueError(
                    f'mailbox {mailbox.address}: unknown queue "{mailbox.queue}"; '
                    f"queues are {', '.join(names)}"
                )
        for what, values in (("queue", names), ("mailbox", [m.address for m in self.mailbox])):
            for value in {v for v in values if values.count(v) > 1}:
                raise ValueError(f'{what} "{value}" is there twice; keep one')
        return self

    def mailbox_of(self, address: str) -> Mailbox | None:
        """The mailbox that an envelope recipient belongs to, signed addresses included.

        RFC 5321 section 4.1.1.3; the local part is compared without case.
        """
        local, _, domain = address.lower().rpartition("@")
        for mailbox in self.mailbox:
            ours, _, our_domain = mailbox.address.rpartition("@")
            if domain != our_domain:
                continue
            if local == ours or (mailbox.separator and local.startswith(ours + mailbox.separator)):
                return mailbox
        return None

    def mailbox_named(self, address: str) -> Mailbox:
        """The mailbox with this very address. Raises KeyError when the file no longer has it."""
        for mailbox in self.mailbox:
            if mailbox.address == address:
                return mailbox
        raise KeyError(address)

    def queue_named(self, name: str) -> Queue:
        """The queue of this name. Raises KeyError when the file no longer has it."""
        for queue in self.queue:
            if queue.name == name:
                return queue
        raise KeyError(name)

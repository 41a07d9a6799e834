"""Facts about a ticket, past tense, kept for ever.

An event holds ids and words of closed sets, never an address or a text, so that a
person can be erased and the history stays whole. An `Address` in a fact stands for
the person; the store writes the person's id in its place.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import get_args

from gateway.message import Address
from gateway.tickets.actions import Entry
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status


class Actor(StrEnum):
    """In which role somebody or something acted."""

    REQUESTER = "requester"
    WATCHER = "watcher"
    AGENT = "agent"
    MACHINE = "machine"  # an auto-reply or a mail server's report
    RULE = "rule"
    CLOCK = "clock"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class By:
    """Who did it: a person in a role, or a rule or clock by its name."""

    actor: Actor
    person: Address | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TicketOpened:
    mailbox: str
    queue: str


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """`message` is the id of the row; None until it is recorded."""

    entry: Entry
    message: int | None = None


@dataclass(frozen=True, slots=True)
class QueueSet:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CategorySet:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PrioritySet:
    old: Priority
    new: Priority


@dataclass(frozen=True, slots=True)
class Assigned:
    old: Address | None
    new: Address


@dataclass(frozen=True, slots=True)
class Unassigned:
    old: Address


@dataclass(frozen=True, slots=True)
class RequesterSet:
    old: Address
    new: Address


@dataclass(frozen=True, slots=True)
class WatcherAdded:
    person: Address


@dataclass(frozen=True, slots=True)
class WatcherRemoved:
    person: Address


@dataclass(frozen=True, slots=True)
class TagAdded:
    tag: str


@dataclass(frozen=True, slots=True)
class TagRemoved:
    tag: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    old: Status
    new: Status


@dataclass(frozen=True, slots=True)
class Escalated:
    target: str


@dataclass(frozen=True, slots=True)
class MailBounced:
    """A mail of ours came back. `status` is RFC 3463's class.subject.detail, or empty."""

    to: Address
    status: str


@dataclass(frozen=True, slots=True)
class MailFailed:
    """The smarthost refused a mail of ours for good, or for too long. `outbox` is its row."""

    to: Address
    outbox: int


@dataclass(frozen=True, slots=True)
class MailWithheld:
    """A mail that would have been sent was not; promise 4 asks for the reason."""

    cause: str


@dataclass(frozen=True, slots=True)
class TicketLinked:
    """`other` is a ticket's number; `how` a word of the store's links."""

    other: int
    how: str


@dataclass(frozen=True, slots=True)
class TicketUnlinked:
    """The two were linked by mistake."""

    other: int
    how: str


@dataclass(frozen=True, slots=True)
class TicketMerged:
    """`into` is the number of the ticket in which all goes on."""

    into: int


@dataclass(frozen=True, slots=True)
class TicketUnmerged:
    """It goes on by itself again; `out_of` is the number of the ticket it was merged into."""

    out_of: int


@dataclass(frozen=True, slots=True)
class TicketShared:
    """The mail that opened it was for this mailbox as well, whose team was told."""

    mailbox: str


Fact = (
    TicketOpened
    | MessageAdded
    | QueueSet
    | CategorySet
    | PrioritySet
    | Assigned
    | Unassigned
    | RequesterSet
    | WatcherAdded
    | WatcherRemoved
    | TagAdded
    | TagRemoved
    | StatusChanged
    | Escalated
    | MailBounced
    | MailFailed
    | MailWithheld
    | TicketLinked
    | TicketUnlinked
    | TicketMerged
    | TicketUnmerged
    | TicketShared
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its when, who and why. `why` is a word of a closed set and an id at most:
    `rule vpn`, `command #take`, `reply`, `target response`."""

    at: datetime
    by: By
    why: str
    fact: Fact

    @property
    def name(self) -> str:
        """The fact's name as tables, logs and people see it.

        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
        >>> Event(at, By(Actor.GATEWAY), "mail", TicketOpened("support@x.example", "IT")).name
        'ticket-opened'
        """
        return _with_hyphens(type(self.fact).__name__)


@cache
def _with_hyphens(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


FACTS: dict[str, type[Fact]] = {_with_hyphens(kind.__name__): kind for kind in get_args(Fact)}
"""By the name that events have."""

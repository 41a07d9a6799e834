"""What can be done to a ticket, as values. Rules, commands and clocks all say it in these."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.message import Address
from gateway.tickets.priority import Priority


@dataclass(frozen=True, slots=True)
class SetQueue:
    queue: str


@dataclass(frozen=True, slots=True)
class SetCategory:
    category: str


@dataclass(frozen=True, slots=True)
class SetPriority:
    priority: Priority


@dataclass(frozen=True, slots=True)
class Assign:
    agent: Address


@dataclass(frozen=True, slots=True)
class AddTag:
    tag: str


class Entry(StrEnum):
    """What a message is within a ticket, and with it who may see it (`internal`)."""

    REQUEST = "request"  # the mail that opened it
    FOLLOW_UP = "follow-up"  # the requester or a watcher wrote again
    ANSWER = "answer"  # an agent wrote to the requester
    NOTE = "note"  # text only agents see
    COMMAND = "command"  # a mail that only moved the ticket
    AUTOMATIC = "automatic"  # a machine's answer, kept beside the conversation

    @property
    def internal(self) -> bool:
        return self in (Entry.NOTE, Entry.COMMAND, Entry.AUTOMATIC)


@dataclass(frozen=True, slots=True)
class AddMessage:
    """The message at hand becomes part of the ticket."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Take:
    """The agent makes the ticket their own."""

    agent: Address


@dataclass(frozen=True, slots=True)
class WaitForRequester:
    """The requester is asked something; the clock is theirs."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The work is done; the summary is in the message at hand."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """A target has passed: the queue's lead is told."""

    target: str


@dataclass(frozen=True, slots=True)
class FileBounce:
    """A mail of this ticket could not be delivered. `to` is whom it was for."""

    to: Address
    status: str


Action = (
    SetQueue
    | SetCategory
    | SetPriority
    | Assign
    | AddTag
    | AddMessage
    | Take
    | WaitForRequester
    | Resolve
    | Escalate
    | FileBounce
)

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
class Unassign:
    """The ticket is nobody's again."""


@dataclass(frozen=True, slots=True)
class SetRequester:
    """The ticket is for somebody else. Whoever it was for is no participant any more, unless
    they are made a watcher: they may have nothing to do with what is written from now on."""

    person: Address


@dataclass(frozen=True, slots=True)
class AddWatcher:
    person: Address


@dataclass(frozen=True, slots=True)
class RemoveWatcher:
    person: Address


@dataclass(frozen=True, slots=True)
class AddTag:
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    tag: str


class Entry(StrEnum):
    """What a message is within a ticket, and with it who may see it (`internal`)."""

    REQUEST = "request"  # the mail that opened it
    FOLLOW_UP = "follow-up"  # the requester or a watcher wrote again
    THANKS = "thanks"  # one of them said thanks when all was done; nobody is told
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
class WaitForVendor:
    """Somebody outside has to do something; what and who is in the message at hand."""


@dataclass(frozen=True, slots=True)
class WaitForApproval:
    """Somebody has to say yes; to what and who is in the message at hand."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The work is done; the summary is in the message at hand."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """There is work on it again."""


@dataclass(frozen=True, slots=True)
class Close:
    """What is resolved is over."""


@dataclass(frozen=True, slots=True)
class MergeInto:
    """All goes on in another ticket, named by its number; this one is closed."""

    other: int


@dataclass(frozen=True, slots=True)
class Unmerge:
    """It was a ticket of its own after all."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another ticket has to do with this one."""

    other: int


@dataclass(frozen=True, slots=True)
class Escalate:
    """A target has passed: the queue's lead is told."""

    target: str


@dataclass(frozen=True, slots=True)
class FileBounce:
    """A mail of this ticket could not be delivered. `to` is whom it was for."""

    to: Address
    status: str


Change = (
    SetQueue
    | SetCategory
    | SetPriority
    | Assign
    | Unassign
    | SetRequester
    | AddWatcher
    | RemoveWatcher
    | AddTag
    | RemoveTag
)
"""A field of the ticket is set; doing it again changes nothing."""

Happening = AddMessage | Escalate | FileBounce | Link
"""It is told in the ticket's history each time."""

Move = (
    Take
    | WaitForRequester
    | WaitForVendor
    | WaitForApproval
    | Resolve
    | Reopen
    | Close
    | MergeInto
    | Unmerge
)
"""The ticket's status is moved along the transition table, or the move is refused."""

Action = Change | Happening | Move

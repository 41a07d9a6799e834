"""The ticket as a value, and how it says no.

Nothing in it is changed in place: `model.apply` gives another one.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.message import Address
from gateway.tickets.events import Fact
from gateway.tickets.priority import DEFAULT_PRIORITY, Priority
from gateway.tickets.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The case. `tag` is what stands in subjects as [#1042-k3v9xw].

    `answered_at` is when an agent first wrote to the requester. `watchers` are in the order of
    their addresses; so are those who have `left`, watchers and requesters that were, whom no copy
    brings back. `over_at` is when it was last resolved or closed; None where it goes on.
    `merged_into` is the number of the ticket that all goes on in. `version` counts recorded
    changes and is how two workers notice each other.
    """

    number: int
    tag: str
    mailbox: str
    queue: str
    subject: str
    requester: Address
    created_at: datetime
    updated_at: datetime
    status: Status = Status.NEW
    priority: Priority = DEFAULT_PRIORITY
    category: str = ""
    assignee: Address | None = None
    watchers: tuple[Address, ...] = ()
    left: tuple[Address, ...] = ()
    tags: tuple[str, ...] = ()
    answered_at: datetime | None = None
    over_at: datetime | None = None
    merged_into: int | None = None
    version: int = 0


Applied = tuple[Ticket, list[Fact]]
"""A ticket after an action, and what is to be told of it."""


class NotAllowed(Exception):
    """The ticket, as it is, does not take this. The text is for whoever asked for it."""


class MoveNotAllowed(NotAllowed):
    """The transition table has no such move."""

    def __init__(self, old: Status, new: Status) -> None:
        super().__init__(f"a ticket that is {old} cannot become {new}")
        self.old, self.new = old, new

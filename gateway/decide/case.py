"""What lies before the judge: one delivery, what is known around it, and who is who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.decide.facts import Facts
from gateway.desk.folder import Desk
from gateway.message import Address, Reading
from gateway.outbound import notify
from gateway.outbound.notify import Telling
from gateway.threading.match import Clues
from gateway.threading.tag import KeyRing
from gateway.tickets.events import Event
from gateway.tickets.model import Ticket


class Role(StrEnum):
    """What somebody is to a ticket."""

    REQUESTER = "requester"
    WATCHER = "watcher"
    AGENT = "agent"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One delivery with all that its decision may depend on. `mailbox` is its address.

    `imported_at` is when a mail of the desk's history was received, long ago; None for one
    that comes in now.
    """

    reading: Reading
    null_sender: bool
    mailbox: str
    recipients: tuple[str, ...]
    clues: Clues
    facts: Facts
    desk: Desk
    ring: KeyRing
    now: datetime
    imported_at: datetime | None = None

    @property
    def author(self) -> Address:
        return self.facts.author

    def role_in(self, ticket: Ticket) -> Role:
        """The author's. A requester who is an agent as well is the requester first."""
        if self.is_author(ticket.requester):
            return Role.REQUESTER
        if self.is_agent_of(ticket) or (ticket.assignee and self.is_author(ticket.assignee)):
            return Role.AGENT
        return Role.WATCHER if any(map(self.is_author, ticket.watchers)) else Role.STRANGER

    def is_author(self, person: Address) -> bool:
        """Whether this is the author, be it under another address that the directory has of
        them by now."""
        return self.desk.directory.known_as(person).key == self.author.key

    def is_agent_of(self, ticket: Ticket) -> bool:
        return self.desk.directory.is_agent_of(self.author, team_of(self.desk, ticket))

    def tell(self, events: Sequence[Event], ticket: Ticket) -> tuple[Telling, ...]:
        return tell(self.desk, events, ticket)


def team_of(desk: Desk, ticket: Ticket) -> str:
    """The team whose members are the ticket's agents; of its mailbox's queue where the
    ticket's own is no longer in the file, so that no ticket is nobody's."""
    gateway = desk.gateway
    known = {queue.name: queue.team for queue in gateway.queue}
    return known.get(ticket.queue) or known[gateway.mailbox_for(ticket.mailbox).queue]


def tell(desk: Desk, events: Sequence[Event], ticket: Ticket) -> tuple[Telling, ...]:
    """Who is told of the events of this ticket."""
    return notify.tellings(events, ticket, desk.directory, team_of(desk, ticket))

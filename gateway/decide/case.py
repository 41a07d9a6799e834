"""What lies before the judge: one delivery, what is known around it, and who is who."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway import directory
from gateway.config.settings import Queue
from gateway.decide.admission import Grant, Policy, Role
from gateway.decide.facts import Facts
from gateway.desk.folder import Desk
from gateway.ingest.trust import Proof, Verdict
from gateway.message import Address, Reading
from gateway.outbound import notify
from gateway.outbound.notify import Telling
from gateway.threading.match import Clues
from gateway.threading.tag import KeyRing
from gateway.tickets.events import Event
from gateway.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One delivery with all that its decision may depend on. `mailbox` is its address.

    `imported_at` is when a mail of the desk's history was received, long ago; None for one
    that comes in now. `grant` says who has let a held mail in,
    `verdict` what the mail system says of the author.
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
    grant: Grant = Grant.NOBODY
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def author(self) -> Address:
        return self.facts.author

    def role_in(self, ticket: Ticket) -> Role:
        """The author's. A requester who is an agent as well is the requester first."""
        if self.is_author(ticket.requester):
            return Role.REQUESTER
        if self.is_agent_of(ticket) or (ticket.assignee and self.is_author(ticket.assignee)):
            return Role.AGENT
        if any(map(self.is_author, ticket.watchers)):
            return Role.WATCHER
        is_open = not queue_of(self.desk, ticket).members_only
        return Role.COLLEAGUE if is_open and self.is_agent else Role.STRANGER

    @property
    def is_agent(self) -> bool:
        """Whether the author is an agent of any queue."""
        person = self.desk.directory.find(self.author)
        return person is not None and (person.role is directory.Role.AGENT or bool(person.leads))

    @property
    def policy(self) -> Policy:
        """What this mailbox takes for proof."""
        return self.policy_of(self.mailbox)

    def policy_of(self, address: str) -> Policy:
        """What the mailbox of this address takes; the first's, where it is gone."""
        mailbox = self.desk.gateway.mailbox_for(address)
        agents = Proof(mailbox.agent_proof)
        return Policy(agents=agents, participants=Proof(mailbox.participant_proof or agents))

    def policies_for(self, ticket: Ticket) -> tuple[Policy, ...]:
        """What a mail to this ticket is held against: a merge may have led into a mailbox that
        asks for more."""
        return (self.policy, self.policy_of(ticket.mailbox))

    def is_author(self, person: Address) -> bool:
        """Whether this is the author, be it under another address that the directory has of
        them by now."""
        return self.desk.directory.known_as(person).key == self.author.key

    def is_agent_of(self, ticket: Ticket) -> bool:
        return self.desk.directory.is_agent_of(self.author, team_of(self.desk, ticket))

    def tell(self, events: Sequence[Event], ticket: Ticket) -> tuple[Telling, ...]:
        return tell(self.desk, events, ticket, self.facts.lately.away)

    def team(self, ticket: Ticket) -> str:
        return team_of(self.desk, ticket)


def queue_of(desk: Desk, ticket: Ticket) -> Queue:
    """The ticket's queue; its mailbox's where that is no longer in the file, so that no ticket
    is nobody's."""
    gateway = desk.gateway
    known = {queue.name: queue for queue in gateway.queue}
    return known.get(ticket.queue) or known[gateway.mailbox_for(ticket.mailbox).queue]


def team_of(desk: Desk, ticket: Ticket) -> str:
    """The team whose members are the ticket's agents."""
    return queue_of(desk, ticket).team


def tell(
    desk: Desk, events: Sequence[Event], ticket: Ticket, away: Container[str] = ()
) -> tuple[Telling, ...]:
    """Who is told of the events of this ticket; `away` are agents who are."""
    return notify.tellings(events, ticket, desk.directory, team_of(desk, ticket), away)

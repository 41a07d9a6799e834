"""Who is told what: one table from what happened to readers and templates.

One mail in causes at most one mail to each person: the first row that reaches them
wins. Whoever did it is not told of it. The surprising fact: an agent who follows gets the
requester's mail, but their plain reply to it is a note.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from gateway.directory import Directory, Role
from gateway.message import Address
from gateway.outbound.letter import Notice, PlainReply
from gateway.tickets.actions import Entry
from gateway.tickets.events import (
    Actor,
    Assigned,
    Escalated,
    Event,
    MailBounced,
    MailFailed,
    MessageAdded,
    QueueSet,
    StatusChanged,
    TicketOpened,
    TicketShared,
    Unassigned,
    WatcherAdded,
)
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status


@dataclass(frozen=True, slots=True)
class Telling:
    """One mail to be written: why, to whom, and what a plain reply to it will do."""

    notice: Notice
    to: Address
    plain_reply: PlainReply


class Readers(Enum):
    REQUESTER = auto()  # and watchers: all who see the public conversation
    AGENTS = auto()  # of the ticket's queue, and the assignee from wherever
    RESPONSIBLE = auto()  # the assignee; all agents while there is none, or they are away
    FORMER = auto()  # whoever had it until now
    LEADS = auto()
    ADDED = auto()  # whoever follows the ticket from now on


def _opened(event: Event) -> bool:
    return isinstance(event.fact, TicketOpened)


def _shared(event: Event) -> bool:
    return isinstance(event.fact, TicketShared)


def _added(entry: Entry) -> Callable[[Event], bool]:
    return lambda event: isinstance(event.fact, MessageAdded) and event.fact.entry is entry


def _became(status: Status) -> Callable[[Event], bool]:
    return lambda event: isinstance(event.fact, StatusChanged) and event.fact.new is status


def _taken(event: Event) -> bool:
    return _by_agent(event) and isinstance(event.fact, Assigned) and not _given(event)


def _given(event: Event) -> bool:
    """An agent has made it another's."""
    fact, person = event.fact, event.by.person
    return (
        _by_agent(event)
        and isinstance(fact, Assigned)
        and person is not None
        and person.key != fact.new.key
    )


def _passed_on(event: Event) -> bool:
    """By whomever: a rule or an agent, or the gateway itself."""
    return isinstance(event.fact, Assigned | Unassigned)


def _handed_over(event: Event) -> bool:
    return _by_agent(event) and isinstance(event.fact, QueueSet)


def _by_agent(event: Event) -> bool:
    return event.by.actor is Actor.AGENT


def _watched(event: Event) -> bool:
    return isinstance(event.fact, WatcherAdded)


def _escalated(event: Event) -> bool:
    return isinstance(event.fact, Escalated)


def _undelivered(event: Event) -> bool:
    return isinstance(event.fact, MailBounced | MailFailed)


_FOLLOWS, _ANSWERS, _NOTES = PlainReply.FOLLOWS_UP, PlainReply.ANSWERS, PlainReply.IS_NOTED
_NOTHING = PlainReply.NOTHING

#  what happened                      who is told           with              a plain reply
TABLE: tuple[tuple[Callable[[Event], bool], Readers, Notice, PlainReply], ...] = (
    (_opened,                          Readers.REQUESTER,    Notice.CONFIRMATION, _FOLLOWS),
    (_became(Status.RESOLVED),         Readers.REQUESTER,    Notice.RESOLVED,     _FOLLOWS),
    (_became(Status.WAITING_REQUESTER), Readers.REQUESTER,   Notice.QUESTION,     _FOLLOWS),
    (_added(Entry.ANSWER),             Readers.REQUESTER,    Notice.ANSWER,       _FOLLOWS),
    (_taken,                           Readers.REQUESTER,    Notice.TAKEN,        _FOLLOWS),
    (_watched,                         Readers.ADDED,        Notice.WATCHING,     _FOLLOWS),
    (_opened,                          Readers.AGENTS,       Notice.NEW_TICKET,   _ANSWERS),
    (_handed_over,                     Readers.AGENTS,       Notice.NEW_TICKET,   _ANSWERS),
    (_given,                           Readers.RESPONSIBLE,  Notice.NEW_TICKET,   _ANSWERS),
    (_shared,                          Readers.AGENTS,       Notice.NEW_TICKET,   _NOTHING),
    (_added(Entry.FOLLOW_UP),          Readers.RESPONSIBLE,  Notice.FOLLOW_UP,    _ANSWERS),
    (_added(Entry.NOTE),               Readers.AGENTS,       Notice.NOTE,         _NOTES),
    (_passed_on,                       Readers.FORMER,       Notice.HANDED_OVER,  _NOTES),
    (_escalated,                       Readers.LEADS,        Notice.ESCALATION,   _ANSWERS),
    (_undelivered,                     Readers.RESPONSIBLE,  Notice.UNDELIVERED,  _NOTES),
)  # fmt: skip


def tellings(
    events: Sequence[Event],
    ticket: Ticket,
    directory: Directory,
    team: str,
    away: Container[str] = (),
) -> tuple[Telling, ...]:
    """The mails that these events of the ticket cause, in the order of the table.

    `team` is that of the ticket's queue, whose agents are meant; `away` has the `Address.key` of
    agents who are away.
    """
    told: dict[str, Telling] = {}
    for happened, readers, notice, plain_reply in TABLE:
        for event in filter(happened, events):
            for person in _readers(readers, event, ticket, directory, team, away):
                if _is_news_to(person, event, notice, directory):
                    does = _as_colleague(plain_reply, person, ticket, directory, team)
                    told.setdefault(person.key, Telling(notice, person, does))
    return tuple(told.values())


def _as_colleague(
    plain_reply: PlainReply, person: Address, ticket: Ticket, directory: Directory, team: str
) -> PlainReply:
    """What a plain reply does; to a copy, an agent of the ticket writes as such."""
    if plain_reply is not PlainReply.FOLLOWS_UP or person.key == ticket.requester.key:
        return plain_reply
    is_assignee = ticket.assignee is not None and person.key == ticket.assignee.key
    is_agent = is_assignee or directory.is_agent_of(person, team)
    return PlainReply.IS_NOTED if is_agent else plain_reply


def _is_news_to(person: Address, event: Event, notice: Notice, directory: Directory) -> bool:
    if notice is Notice.CONFIRMATION:
        return event.by.person is None or person.key == event.by.person.key
    if isinstance(event.fact, MailBounced | MailFailed):
        # A mail to an agent came back: telling agents would come back as well, and again.
        to = directory.find(event.fact.to)
        return to is None or to.role is not Role.AGENT
    return event.by.person is None or person.key != event.by.person.key


def responsible(
    ticket: Ticket, directory: Directory, team: str, away: Container[str] = ()
) -> Iterator[Address]:
    """The assignee, or all agents while there is none. One who is away reads it when they are
    back, and the others now."""
    if ticket.assignee:
        yield ticket.assignee
    if ticket.assignee is None or ticket.assignee.key in away:
        yield from (agent.address for agent in directory.agents_of(team))


def _readers(
    readers: Readers,
    event: Event,
    ticket: Ticket,
    directory: Directory,
    team: str,
    away: Container[str],
) -> Iterator[Address]:
    agents = [agent.address for agent in directory.agents_of(team)]
    match readers:
        case Readers.REQUESTER:
            yield ticket.requester
            yield from ticket.watchers
        case Readers.AGENTS:
            yield from agents
            yield from [ticket.assignee] if ticket.assignee else []
        case Readers.RESPONSIBLE:
            yield from responsible(ticket, directory, team, away)
        case Readers.FORMER:
            if isinstance(event.fact, Assigned | Unassigned) and event.fact.old:
                yield event.fact.old
        case Readers.ADDED:
            added = event.fact.person.key if isinstance(event.fact, WatcherAdded) else ""
            yield from (each for each in ticket.watchers if each.key == added)
        case Readers.LEADS:
            yield from (lead.address for lead in directory.leads_of(team))

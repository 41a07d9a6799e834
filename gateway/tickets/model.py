"""A ticket, and the one function that changes it.

`apply` takes a ticket and steps and returns another ticket with the events that
say what happened; nothing is changed in place and nothing is looked up. A step
that changes nothing (the queue it is in already) makes no event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.message import Address
from gateway.tickets.actions import (
    Action,
    AddMessage,
    AddTag,
    Assign,
    Entry,
    Escalate,
    FileBounce,
    Resolve,
    SetCategory,
    SetPriority,
    SetQueue,
    Take,
    WaitForRequester,
)
from gateway.tickets.events import (
    Assigned,
    By,
    CategorySet,
    Escalated,
    Event,
    Fact,
    MailBounced,
    MessageAdded,
    PrioritySet,
    QueueSet,
    StatusChanged,
    TagAdded,
    TicketOpened,
)
from gateway.tickets.priority import DEFAULT_PRIORITY, Priority
from gateway.tickets.status import Status, demand


class MoveNotAllowed(Exception):
    """The transition table has no such move."""

    def __init__(self, old: Status, new: Status) -> None:
        super().__init__(f"a ticket that is {old} cannot become {new}")
        self.old, self.new = old, new


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The case. `tag` is what stands in subjects as [#1042-k3v9xw].

    `answered_at` is when an agent first wrote to the requester. `version` counts
    recorded changes and is how two workers notice each other.
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
    tags: tuple[str, ...] = ()
    answered_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One action, by whom and why: what an event will say."""

    action: Action
    by: By
    why: str


def opened(ticket: Ticket, by: By, why: str) -> Event:
    """The first event of a new ticket."""
    return Event(ticket.created_at, by, why, TicketOpened(ticket.mailbox, ticket.queue))


def apply(ticket: Ticket, steps: Sequence[Step], now: datetime) -> tuple[Ticket, tuple[Event, ...]]:
    """The ticket after all steps, in their order, and the events that tell it.

    Raises MoveNotAllowed, and then nothing has happened. `now` is aware.
    """
    events: list[Event] = []
    for step in steps:
        ticket, facts = _applied(ticket, step.action, now)
        events += [Event(now, step.by, step.why, fact) for fact in facts]
    return (replace(ticket, updated_at=now) if events else ticket), tuple(events)


_Applied = tuple[Ticket, list[Fact]]


def move(ticket: Ticket, new: Status) -> _Applied:
    """The ticket in its new status. Waiting again is a move: there was another question."""
    if demand(ticket.status, new) is None:
        if ticket.status is new:
            return ticket, []
        raise MoveNotAllowed(ticket.status, new)
    return replace(ticket, status=new), [StatusChanged(ticket.status, new)]


def _applied(ticket: Ticket, action: Action, now: datetime) -> _Applied:
    match action:
        case SetQueue(queue):
            return _replaced(ticket, QueueSet(ticket.queue, queue), queue=queue)
        case SetCategory(category):
            return _replaced(ticket, CategorySet(ticket.category, category), category=category)
        case SetPriority(priority):
            return _replaced(ticket, PrioritySet(ticket.priority, priority), priority=priority)
        case Assign(agent):
            return _assign(ticket, agent)
        case AddTag(tag):
            tags = ticket.tags if tag in ticket.tags else (*ticket.tags, tag)
            return _replaced(ticket, TagAdded(tag), tags=tags)
        case AddMessage(entry):
            return _add_message(ticket, entry, now)
        case Take(agent):
            return _take(ticket, agent)
        case WaitForRequester():
            return move(ticket, Status.WAITING_REQUESTER)
        case Resolve():
            return _resolve(ticket)
        case Escalate(target):
            return ticket, [Escalated(target)]
        case FileBounce(to, status):
            return ticket, [MailBounced(to, status)]


def _replaced(ticket: Ticket, fact: Fact, **changes: object) -> _Applied:
    """The ticket with its field set; no fact where it had that value already."""
    changed = replace(ticket, **changes)  # type: ignore[arg-type]  # the callers name real fields
    return (ticket, []) if changed == ticket else (changed, [fact])


def _assign(ticket: Ticket, agent: Address) -> _Applied:
    if ticket.assignee and ticket.assignee.key == agent.key:
        return ticket, []
    return replace(ticket, assignee=agent), [Assigned(ticket.assignee, agent)]


_REOPENS = (Status.WAITING_REQUESTER, Status.RESOLVED, Status.CLOSED)


def _add_message(ticket: Ticket, entry: Entry, now: datetime) -> _Applied:
    """A message moves the status by what it is: who waited for it waits no longer."""
    facts: list[Fact] = [MessageAdded(entry)]
    if entry is Entry.ANSWER:
        if ticket.answered_at is None:
            ticket = replace(ticket, answered_at=now)
        moves = ticket.status in (Status.NEW, Status.TRIAGE)
    else:
        moves = entry is Entry.FOLLOW_UP and ticket.status in _REOPENS
    if moves:
        ticket, moved = move(ticket, Status.OPEN)
        facts += moved
    return ticket, facts


def _take(ticket: Ticket, agent: Address) -> _Applied:
    ticket, assigned = _assign(ticket, agent)
    ticket, moved = move(ticket, Status.OPEN)
    return ticket, assigned + moved


def _resolve(ticket: Ticket) -> _Applied:
    if ticket.status is Status.RESOLVED:
        raise MoveNotAllowed(ticket.status, Status.RESOLVED)
    return move(ticket, Status.RESOLVED)

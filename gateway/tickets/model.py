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
    Change,
    Close,
    Entry,
    Escalate,
    FileBounce,
    Happening,
    Link,
    MergeInto,
    Move,
    Reopen,
    Resolve,
    Take,
    Unmerge,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.changes import assigned, changed
from gateway.tickets.events import (
    By,
    Escalated,
    Event,
    Fact,
    MailBounced,
    MessageAdded,
    StatusChanged,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketUnmerged,
)
from gateway.tickets.status import Demand, Status, demand
from gateway.tickets.ticket import Applied, MoveNotAllowed, NotAllowed, Ticket

__all__ = ["MoveNotAllowed", "NotAllowed", "Step", "Ticket", "apply", "move", "opened"]


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

    Raises NotAllowed, and then nothing has happened. `now` is aware.
    """
    events: list[Event] = []
    for step in steps:
        ticket, facts = _applied(ticket, step.action, now)
        events += [Event(now, step.by, step.why, fact) for fact in facts]
    if any(isinstance(each.fact, StatusChanged) for each in events):
        ticket = replace(ticket, over_at=now if ticket.status.is_over else None)
    return (replace(ticket, updated_at=now) if events else ticket), tuple(events)


def move(ticket: Ticket, new: Status, brought: Demand = Demand.NOTHING) -> Applied:
    """The ticket in its new status. Waiting again is a move: there was another question.

    Raises MoveNotAllowed where there is no such move, and where it would merge a ticket that is
    not `brought` another; questions and summaries are in the message, which we do not see.
    """
    wanted = demand(ticket.status, new)
    if wanted is None and ticket.status is new:
        return ticket, []
    if wanted is None or (wanted is Demand.ANOTHER_TICKET and brought is not wanted):
        raise MoveNotAllowed(ticket.status, new)
    return replace(ticket, status=new), [StatusChanged(ticket.status, new)]


def _applied(ticket: Ticket, action: Action, now: datetime) -> Applied:
    if ticket.merged_into is not None and not _is_taken_though_merged(ticket, action):
        into = ticket.merged_into
        raise NotAllowed(f"ticket #{ticket.number} was merged into #{into} and changes no more")
    if isinstance(action, Change):
        return changed(ticket, action)
    return _told_or_moved(ticket, action, now)


def _told_or_moved(ticket: Ticket, action: Happening | Move, now: datetime) -> Applied:
    match action:
        case AddMessage(entry):
            return _add_message(ticket, entry, now)
        case Escalate(target):
            return ticket, [Escalated(target)]
        case FileBounce(to, status):
            return ticket, [MailBounced(to, status)]
        case Link(other):
            return ticket, [TicketLinked(other, "command")]
        case Take(agent):
            return _take(ticket, agent)
        case WaitForRequester():
            return move(ticket, Status.WAITING_REQUESTER)
        case WaitForVendor():
            return move(ticket, Status.WAITING_VENDOR)
        case WaitForApproval():
            return move(ticket, Status.WAITING_APPROVAL)
        case Resolve():
            return _resolve(ticket)
        case Reopen():
            return move(ticket, Status.OPEN)
        case Close():
            return move(ticket, Status.CLOSED)
        case MergeInto(other):
            return _merge(ticket, other)
        case Unmerge():
            return _unmerge(ticket)


def _is_taken_though_merged(ticket: Ticket, action: Action) -> bool:
    """Mail that still comes for a merged ticket is kept; the ticket stays as it is."""
    if isinstance(action, MergeInto):
        return action.other == ticket.merged_into
    return isinstance(action, AddMessage | Escalate | FileBounce | Unmerge)


_REOPENS = (Status.WAITING_REQUESTER, Status.RESOLVED, Status.CLOSED)


def _add_message(ticket: Ticket, entry: Entry, now: datetime) -> Applied:
    """A message moves the status by what it is: who waited for it waits no longer."""
    facts: list[Fact] = [MessageAdded(entry)]
    if entry is Entry.ANSWER:
        if ticket.answered_at is None:
            ticket = replace(ticket, answered_at=now)
        moves = ticket.status in (Status.NEW, Status.TRIAGE)
    else:
        moves = entry is Entry.FOLLOW_UP and ticket.status in _REOPENS
    if moves and ticket.merged_into is None:
        ticket, moved = move(ticket, Status.OPEN)
        facts += moved
    return ticket, facts


def _take(ticket: Ticket, agent: Address) -> Applied:
    ticket, facts = assigned(ticket, agent)
    ticket, moved = move(ticket, Status.OPEN)
    return ticket, facts + moved


def _resolve(ticket: Ticket) -> Applied:
    if ticket.status is Status.RESOLVED:
        raise MoveNotAllowed(ticket.status, Status.RESOLVED)
    return move(ticket, Status.RESOLVED)


def _merge(ticket: Ticket, other: int) -> Applied:
    if other == ticket.number:
        raise NotAllowed("a ticket cannot be merged into itself")
    if other == ticket.merged_into:
        return ticket, []
    closed, moved = move(ticket, Status.CLOSED, Demand.ANOTHER_TICKET)
    return replace(closed, merged_into=other), [TicketMerged(other), *moved]


def _unmerge(ticket: Ticket) -> Applied:
    """Open again, whatever it was before: somebody has to look at it."""
    if ticket.merged_into is None:
        return ticket, []
    opened, moved = move(ticket, Status.OPEN)
    return replace(opened, merged_into=None), [TicketUnmerged(ticket.merged_into), *moved]

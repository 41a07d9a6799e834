"""What sets a field of a ticket: queue, priority, people, tags.

Each gives another ticket and the facts that tell it; what changes nothing is no fact. People
are compared by `Address.key`, tags without case.
"""

from dataclasses import replace

from gateway.message import Address
from gateway.tickets.actions import (
    AddTag,
    AddWatcher,
    Assign,
    Change,
    RemoveTag,
    RemoveWatcher,
    SetCategory,
    SetPriority,
    SetQueue,
    SetRequester,
    Unassign,
)
from gateway.tickets.events import (
    Assigned,
    CategorySet,
    Fact,
    PrioritySet,
    QueueSet,
    RequesterSet,
    TagAdded,
    TagRemoved,
    Unassigned,
    WatcherAdded,
    WatcherRemoved,
)
from gateway.tickets.ticket import Applied, NotAllowed, Ticket

MAX_WATCHERS = 25  # of a ticket; more people than that are a mailing list's


def changed(ticket: Ticket, action: Change) -> Applied:
    """The ticket with its field set. Raises NotAllowed for one watcher too many."""
    match action:
        case SetQueue(queue):
            return _replaced(ticket, QueueSet(ticket.queue, queue), queue=queue)
        case SetCategory(category):
            return _replaced(ticket, CategorySet(ticket.category, category), category=category)
        case SetPriority(priority):
            return _replaced(ticket, PrioritySet(ticket.priority, priority), priority=priority)
        case AddTag(tag):
            return _add_tag(ticket, tag)
        case RemoveTag(tag):
            return _remove_tag(ticket, tag)
        case Assign(agent):
            return assigned(ticket, agent)
        case Unassign():
            old = ticket.assignee
            return (replace(ticket, assignee=None), [Unassigned(old)]) if old else (ticket, [])
        case SetRequester(person):
            return _set_requester(ticket, person)
        case AddWatcher(person):
            return _add_watcher(ticket, person)
        case RemoveWatcher(person):
            return _remove_watcher(ticket, person)


def _replaced(ticket: Ticket, fact: Fact, **changes: object) -> Applied:
    """The ticket with its field set; no fact where it had that value already."""
    changed = replace(ticket, **changes)  # type: ignore[arg-type]  # the callers name real fields
    return (ticket, []) if changed == ticket else (changed, [fact])


def _add_tag(ticket: Ticket, tag: str) -> Applied:
    """Telephones begin a line with a capital letter, so case makes no second tag."""
    if tag.casefold() in map(str.casefold, ticket.tags):
        return ticket, []
    return replace(ticket, tags=(*ticket.tags, tag)), [TagAdded(tag)]


def _remove_tag(ticket: Ticket, tag: str) -> Applied:
    gone = [each for each in ticket.tags if each.casefold() == tag.casefold()]
    left = tuple(each for each in ticket.tags if each not in gone)
    return replace(ticket, tags=left), [TagRemoved(each) for each in gone]


def assigned(ticket: Ticket, agent: Address) -> Applied:
    """The ticket with this assignee, under whatever spelling of the address."""
    if ticket.assignee and ticket.assignee.key == agent.key:
        return ticket, []
    return replace(ticket, assignee=agent), [Assigned(ticket.assignee, agent)]


def _set_requester(ticket: Ticket, person: Address) -> Applied:
    """Who is the requester needs no copy as a watcher; whose ticket it was comes back by no copy,
    and by no ticket of theirs that was merged into it."""
    if ticket.requester.key == person.key:
        return ticket, []
    old = ticket.requester
    ticket, removed = _remove_watcher(ticket, person)
    others = (each for each in ticket.left if each.key not in (old.key, person.key))
    changed = replace(ticket, requester=person, left=_sorted(*others, old))
    return changed, [*removed, RequesterSet(old, person)]


def _add_watcher(ticket: Ticket, person: Address) -> Applied:
    if person.key in {each.key for each in (ticket.requester, *ticket.watchers)}:
        return ticket, []
    if len(ticket.watchers) >= MAX_WATCHERS:
        raise NotAllowed(f"a ticket has {MAX_WATCHERS} watchers at most")
    watchers = _sorted(*ticket.watchers, person)
    left = tuple(each for each in ticket.left if each.key != person.key)
    return replace(ticket, watchers=watchers, left=left), [WatcherAdded(person)]


def _remove_watcher(ticket: Ticket, person: Address) -> Applied:
    gone = [each for each in ticket.watchers if each.key == person.key]
    stay = tuple(each for each in ticket.watchers if each not in gone)
    changed = replace(ticket, watchers=stay, left=_sorted(*ticket.left, *gone))
    return changed, [WatcherRemoved(each) for each in gone]


def _sorted(*people: Address) -> tuple[Address, ...]:
    return tuple(sorted(people, key=lambda each: each.key))

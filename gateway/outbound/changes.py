"""What was done to a ticket, one line for each change: for the agent who asked for it.

Pure, from events alone. The surprising fact: a mail is no change; who gets it is told by
itself, and what was withheld is nobody's doing.
"""

from collections.abc import Iterator, Sequence

from gateway.message import Address
from gateway.outbound.phrasing import who
from gateway.tickets import events
from gateway.tickets.actions import Entry
from gateway.tickets.events import Event, Fact


def lines(done: Sequence[Event]) -> tuple[str, ...]:
    """The changes in their order, each once; a field that was set twice is told twice.

    >>> from datetime import UTC, datetime
    >>> from gateway.tickets.events import Actor, By, PrioritySet, TagAdded
    >>> from gateway.tickets.priority import Priority
    >>> at, by = datetime(2026, 1, 5, tzinfo=UTC), By(Actor.AGENT)
    >>> facts = PrioritySet(Priority.P3, Priority.P1), TagAdded("vpn")
    >>> lines([Event(at, by, "command #priority", fact) for fact in facts])
    ('Priority P3 → P1', 'Tag vpn is added')
    """
    told = (line for event in done for line in _told(event.fact))
    return tuple(dict.fromkeys(told))


def are_to_be_confirmed(done: Sequence[Event], entry: Entry) -> bool:
    """Whether the agent hears what their commands did: always, but where their words went to the
    requester and nothing else is changed than who has the ticket and where it stands."""
    commanded = [event for event in done if event.why.startswith("command #")]
    if not lines(commanded):
        return False
    return entry is not Entry.ANSWER or not all(map(_is_plain, commanded))


def _is_plain(event: Event) -> bool:
    fact = event.fact
    is_taken = isinstance(fact, events.Assigned) and fact.new == event.by.person
    return is_taken or isinstance(fact, events.StatusChanged)


def _told(fact: Fact) -> Iterator[str]:
    yield from _of_a_field(fact)
    yield from _of_people(fact)
    yield from _of_other_tickets(fact)


def _of_a_field(fact: Fact) -> Iterator[str]:
    match fact:
        case events.QueueSet(old, new):
            yield f"Queue {old} → {new}"
        case events.CategorySet(old, new):
            yield f"Category {old or 'none'} → {new or 'none'}"
        case events.PrioritySet(old, new):
            yield f"Priority {old} → {new}"
        case events.StatusChanged(old, new):
            yield f"Status {old} → {new}" if old is not new else f"Status {new}, once more"
        case events.TagAdded(tag):
            yield f"Tag {tag} is added"
        case events.TagRemoved(tag):
            yield f"Tag {tag} is taken off"


def _of_people(fact: Fact) -> Iterator[str]:
    match fact:
        case events.Assigned(old, new):
            yield f"Assignee {_or_nobody(old)} → {who(new)}"
        case events.Unassigned(old):
            yield f"Assignee {who(old)} → nobody"
        case events.RequesterSet(old, new):
            yield f"Requester {who(old)} → {who(new)}"
        case events.WatcherAdded(person):
            yield f"{who(person)} watches it now"
        case events.WatcherRemoved(person):
            yield f"{who(person)} watches it no more"


def _of_other_tickets(fact: Fact) -> Iterator[str]:
    match fact:
        case events.TicketLinked(other, _):
            yield f"Linked with #{other}"
        case events.TicketUnlinked(other, _):
            yield f"Linked with #{other} no more"
        case events.TicketMerged(into):
            yield f"Merged into #{into}, where all goes on"
        case events.TicketUnmerged(out_of):
            yield f"Taken out of #{out_of} again"


def _or_nobody(person: Address | None) -> str:
    return who(person) if person else "nobody"

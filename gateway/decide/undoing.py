"""`#undo`: what an agent's last commands did to a ticket, taken back by the opposite of each.

Computed from the ticket's own events, within a day, and only where nobody has changed the same
since. The surprising fact: a ticket does not become new again, for somebody has seen it; and
what has been written to people stays written.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.decide.case import Case
from gateway.decide.decision import StartTimer, Trace
from gateway.decide.done import Done
from gateway.decide.merging import LINKED, MERGED, clock, may_see, of_other
from gateway.outbound import changes
from gateway.outbound.report import Section
from gateway.rules.commands import Command
from gateway.tickets import events as facts
from gateway.tickets.actions import (
    Action,
    AddTag,
    AddWatcher,
    Assign,
    Close,
    Entry,
    RemoveTag,
    RemoveWatcher,
    Reopen,
    Resolve,
    SetCategory,
    SetPriority,
    SetQueue,
    SetRequester,
    Unassign,
    Unmerge,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.events import Actor, By, Event, Fact
from gateway.tickets.model import NotAllowed, Step, Ticket, apply
from gateway.tickets.status import TRANSITIONS, Demand, Status

WITHIN = timedelta(days=1)
_WHY = "command #undo"
_MOVES: dict[Status, Action] = {
    Status.OPEN: Reopen(),
    Status.WAITING_REQUESTER: WaitForRequester(),
    Status.WAITING_APPROVAL: WaitForApproval(),
    Status.WAITING_VENDOR: WaitForVendor(),
    Status.RESOLVED: Resolve(),
    Status.CLOSED: Close(),
}


def undo(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """The ticket as it was before the agent's last commands. Raises NotAllowed."""
    history = case.facts.found.histories.get(ticket.number)
    last, later = _last_of(case, history.events if history else ())
    _require_untouched(last, later, ticket)
    by = By(Actor.AGENT, case.author)
    steps = [Step(each, by, _WHY) for each in _inverse(last, done.ticket)]
    after, events = apply(done.ticket, steps, case.now)
    done = replace(done, ticket=after, events=(*done.events, *events), is_quiet=True)
    for event in last:
        done = _without_link(case, trace, event, done)
    return replace(done, report=(*done.report, _told(last, done)))


def _last_of(case: Case, events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """What the author's last mail with commands did, and what has happened since."""
    mine = [
        each.at
        for each in events
        if each.by.actor is Actor.AGENT
        and each.by.person is not None
        and case.is_author(each.by.person)
        and each.why.startswith("command #")
    ]
    if not mine:
        raise NotAllowed("you have changed nothing in this ticket by a command")
    at = mine[-1]
    last = [e for e in events if e.at == at and e.by.actor is Actor.AGENT]
    if any(each.why == _WHY for each in last):
        raise NotAllowed("your last change was an #undo; say what the ticket is to be instead")
    if case.now - at > WITHIN:
        raise NotAllowed("your last change is more than a day old; say what is to be instead")
    return last, [each for each in events if each.at > at]


def _require_untouched(last: Sequence[Event], later: Sequence[Event], ticket: Ticket) -> None:
    """Raises NotAllowed where somebody has changed the same since, or has gone on in a ticket
    that two were made one in."""
    changed = {field for event in last for field in _fields(event.fact)}
    since = {field for event in later for field in _fields(event.fact)}
    both = sorted(changed & since)
    if both:
        raise NotAllowed(f"changed again since: {', '.join(both)}; nothing is taken back")
    is_merge = any(
        isinstance(event.fact, facts.TicketMerged) or _is_merged(event) for event in last
    )
    if is_merge and any(_goes_on(event) for event in later):
        raise NotAllowed(
            f"there are new messages in #{ticket.number} since the merge; nothing is taken back"
        )


def _goes_on(event: Event) -> bool:
    return isinstance(event.fact, facts.MessageAdded) and event.fact.entry is not Entry.COMMAND


def _is_merged(event: Event) -> bool:
    return isinstance(event.fact, facts.TicketLinked) and event.fact.how == MERGED


def _fields(fact: Fact) -> Iterator[str]:
    """What of a ticket the fact has changed, in words."""
    match fact:
        case facts.QueueSet():
            yield "queue"
        case facts.CategorySet():
            yield "category"
        case facts.PrioritySet():
            yield "priority"
        case facts.Assigned() | facts.Unassigned():
            yield "assignee"
        case facts.RequesterSet():
            yield "requester"
        case facts.StatusChanged():
            yield "status"
        case facts.WatcherAdded(person) | facts.WatcherRemoved(person):
            yield f"watcher {person.address}"
        case facts.TagAdded(tag) | facts.TagRemoved(tag):
            yield f"tag {tag}"


def _inverse(last: Sequence[Event], ticket: Ticket) -> Iterator[Action]:
    """The opposite of each, the last first; the status at the end, for what else it depends on."""
    for event in reversed(last):
        yield from _opposite(event.fact)
    moved = [e.fact for e in last if isinstance(e.fact, facts.StatusChanged)]
    is_merge = any(isinstance(event.fact, facts.TicketMerged) for event in last)
    if moved:
        now = Status.OPEN if is_merge else ticket.status
        yield from _way(now, moved[0].old)


def _opposite(fact: Fact) -> Iterator[Action]:
    match fact:
        case facts.QueueSet(old, _):
            yield SetQueue(old)
        case facts.CategorySet(old, _):
            yield SetCategory(old)
        case facts.PrioritySet(old, _):
            yield SetPriority(old)
        case facts.Assigned(None, _):
            yield Unassign()
        case facts.Assigned(old, _) | facts.Unassigned(old) if old:
            yield Assign(old)
        case facts.RequesterSet(old, _):
            yield SetRequester(old)
        case facts.WatcherAdded(person):
            yield RemoveWatcher(person)
        case facts.WatcherRemoved(person):
            yield AddWatcher(person)
        case facts.TagAdded(tag):
            yield RemoveTag(tag)
        case facts.TagRemoved(tag):
            yield AddTag(tag)
        case facts.TicketMerged():
            yield Unmerge()


def _way(now: Status, back: Status) -> Iterator[Action]:
    """The shortest way along the table. A ticket that was new is open: there is no way back."""
    goal = back if back in _MOVES else Status.OPEN
    ways: deque[tuple[Status, ...]] = deque([(now,)])
    while ways:
        way = ways.popleft()
        if way[-1] is goal:
            yield from (_MOVES[each] for each in way[1:])
            return
        for status, demand in TRANSITIONS[way[-1]].items():
            if status in _MOVES and status not in way and demand is not Demand.ANOTHER_TICKET:
                ways.append((*way, status))


def _without_link(case: Case, trace: Trace, event: Event, done: Done) -> Done:
    """The other ticket is told as well; one that was merged into this goes on by itself again."""
    by, fact = By(Actor.AGENT, case.author), event.fact
    if isinstance(fact, facts.TicketMerged):
        return _back_from(case, trace, event, fact.into, done)
    if not isinstance(fact, facts.TicketLinked) or fact.how not in (LINKED, MERGED):
        return done
    other = case.facts.found.named.get(fact.other)
    _require_still_theirs(case, other, is_merge=fact.how == MERGED)
    unlinked = facts.TicketUnlinked(fact.other, fact.how)
    done = replace(
        done,
        events=(*done.events, Event(case.now, by, _WHY, unlinked)),
        unlinks=(*done.unlinks, (fact.other, fact.how)),
    )
    if other is None:
        return done
    back = facts.TicketUnlinked(done.ticket.number, fact.how)
    after = other
    told: tuple[Event, ...] = (Event(case.now, by, _WHY, back),)
    if other.merged_into == done.ticket.number:
        after, more = apply(other, [Step(Unmerge(), by, _WHY)], case.now)
        told = (*told, *more)
    back_to = of_other(case, trace, other, after, told, _clock_of(case, other))
    return replace(done, others=(*done.others, back_to))


def _require_still_theirs(case: Case, other: Ticket | None, *, is_merge: bool) -> None:
    """Raises NotAllowed where the agent could not do by now what is to be taken back: the other
    ticket may have gone to a queue that is none of their business."""
    if other is None:
        return
    if not (case.is_agent_of(other) if is_merge else may_see(case, other)):
        raise NotAllowed(f"#{other.number} is another team's by now; nothing is taken back")


def _clock_of(case: Case, merged: Ticket) -> tuple[StartTimer, ...]:
    """Nobody has answered it, and it is to be answered again."""
    is_asked = merged.merged_into is not None and merged.answered_at is None
    return (clock(case, merged, merged.version + 1),) if is_asked else ()


def _back_from(case: Case, trace: Trace, event: Event, into: int, done: Done) -> Done:
    """Out of the ticket that this one was merged into, with the people who came along."""
    by, number = By(Actor.AGENT, case.author), done.ticket.number
    found = case.facts.found
    target, history = found.named.get(into), found.histories.get(into)
    _require_still_theirs(case, target, is_merge=True)
    if target is None or history is None:
        return done
    if any(each.at > event.at and _goes_on(each) for each in history.events):
        raise NotAllowed(f"there are new messages in #{into} since the merge; nothing is undone")
    came = [e.fact.person for e in history.events if e.at == event.at
            and isinstance(e.fact, facts.WatcherAdded)]  # fmt: skip
    after, told = apply(target, [Step(RemoveWatcher(p), by, _WHY) for p in came], case.now)
    unlinked = Event(case.now, by, _WHY, facts.TicketUnlinked(number, MERGED))
    other = of_other(case, trace, target, after, (*told, unlinked))
    return replace(
        done,
        others=(*done.others, other),
        unlinks=(*done.unlinks, (into, MERGED)),
        timers=_clock_of(case, replace(done.ticket, merged_into=into)),
    )


def _told(last: Sequence[Event], done: Done) -> Section:
    said = []
    if any(isinstance(e.fact, facts.MessageAdded) and not e.fact.entry.internal for e in last):
        said.append("What you wrote to the requester with it has gone out, and stays written.")
    moved = [e.fact.old for e in last if isinstance(e.fact, facts.StatusChanged)]
    if moved and moved[0] in (Status.NEW, Status.TRIAGE):
        said.append(f"The ticket was {moved[0]}; it is {done.ticket.status} now.")
    split = [e.fact.other for e in last if isinstance(e.fact, facts.TicketLinked)
             and e.fact.how not in (LINKED, MERGED)]  # fmt: skip
    if split:
        said.append(f"#{split[0]} stays a ticket of its own; #merge it if it is to be none.")
    lines = changes.lines([each for each in done.events if each.why == _WHY])
    return Section(title="Taken back", said=(*said, *(f"{line}." for line in lines)))

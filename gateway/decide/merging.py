"""Tickets that are one, were one, or have to do with each other: `#merge`, `#split`, `#link`.

Both tickets change with the same mail, or neither does. The surprising fact: whoever comes along
with a merge sees what is written from then on, and nothing of what was; our mails quote the
message at hand alone.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from gateway.decide import commanded, withhold
from gateway.decide.case import Case, queue_of
from gateway.decide.decision import Decision, StartTimer, Trace
from gateway.decide.done import Done
from gateway.decide.timer import RESPONSE
from gateway.deliveries import Outcome
from gateway.message import Address
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.outbound.report import Section
from gateway.rules.commands import Command
from gateway.threading import tag
from gateway.tickets import model
from gateway.tickets.actions import AddMessage, AddWatcher, Entry, Link, MergeInto
from gateway.tickets.events import Actor, By, Event, TicketLinked
from gateway.tickets.model import NotAllowed, Step, Ticket, apply

LINKED, MERGED, SPLIT = "command", "merged", "split"
"""How two tickets are linked, by which command."""


def may_see(case: Case, ticket: Ticket) -> bool:
    """Whether the author, an agent, may look into it."""
    return case.is_agent_of(ticket) or not queue_of(case.desk, ticket).members_only


def the_other(case: Case, number: int) -> Ticket:
    """The ticket that a command names. Raises NotAllowed in the same words for one that there is
    not, and for one that is nobody's business but its team's."""
    found = case.facts.found.named.get(number)
    if found is None or not may_see(case, found):
        raise NotAllowed(f"there is no ticket #{number} that you may look into")
    return found


def link(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """`#link`: both tickets name the other."""
    other = the_other(case, _number(command))
    if other.number == ticket.number:
        raise NotAllowed("a ticket cannot be linked with itself")
    by, why = By(Actor.AGENT, case.author), f"command #{command.verb}"
    after, events = apply(done.ticket, [Step(Link(other.number), by, why)], case.now)
    linked, told = apply(other, [Step(Link(ticket.number), by, why)], case.now)
    return replace(
        done,
        ticket=after,
        events=(*done.events, *events),
        others=(*done.others, of_other(case, trace, other, linked, told)),
        links=(*done.links, (other.number, LINKED)),
    )


def merge(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """`#merge`: all goes on in the other ticket, which this one's people hear from."""
    into = _target(case, ticket, _number(command))
    by, why = By(Actor.AGENT, case.author), f"command #{command.verb}"
    after, events = apply(done.ticket, [Step(MergeInto(into.number), by, why)], case.now)
    people = (ticket.requester, *ticket.watchers)
    joined, welcomed, left = _with_watchers(into, people, by, why, case)
    told = (Event(case.now, by, why, TicketLinked(ticket.number, MERGED)), *welcomed)
    joined = replace(joined, updated_at=case.now)
    return replace(
        done,
        ticket=after,
        events=(*done.events, *events),
        others=(*done.others, of_other(case, trace, into, joined, told)),
        links=(*done.links, (into.number, MERGED)),
        tellings=(*done.tellings, *_told_of_merge(case, ticket)),
        report=(*done.report, *_left_out(into, left)),
    )


def _target(case: Case, ticket: Ticket, number: int) -> Ticket:
    """Where it can go on. Raises NotAllowed, and says where it did."""
    if number == ticket.number:
        raise NotAllowed("a ticket cannot be merged into itself")
    into = the_other(case, number)
    for each in (ticket, into):
        if not case.is_agent_of(each):
            raise NotAllowed(f"only the agents of its queue can merge ticket #{each.number}")
    if into.merged_into is not None:
        on = into.merged_into
        where = "which is this one" if on == ticket.number else f'write "#merge {on}"'
        raise NotAllowed(f"ticket #{number} was merged into #{on} itself; {where}")
    return into


def _with_watchers(
    ticket: Ticket, people: Iterable[Address], by: By, why: str, case: Case
) -> tuple[Ticket, tuple[Event, ...], list[Address]]:
    """As many as a ticket can have; the others are given back."""
    events: list[Event] = []
    left: list[Address] = []
    for person in people:
        try:
            ticket, more = apply(ticket, [Step(AddWatcher(person), by, why)], case.now)
            events += more
        except NotAllowed:
            left.append(person)
    return ticket, tuple(events), left


def _told_of_merge(case: Case, ticket: Ticket) -> Iterable[Telling]:
    """Requester and watchers, by a mail about their own ticket: the other's subject may say what
    they were not told. Its assignee, because it is theirs no more."""
    people = {each.key: each for each in (ticket.requester, *ticket.watchers)}
    people.pop(case.author.key, None)
    yield from (Telling(Notice.MERGED, each, PlainReply.FOLLOWS_UP) for each in people.values())
    assignee = ticket.assignee
    if assignee and assignee.key not in {case.author.key, *people}:
        yield Telling(Notice.DONE, assignee, PlainReply.IS_NOTED)


def _left_out(into: Ticket, left: Iterable[Address]) -> Iterable[Section]:
    names = ", ".join(each.address for each in left)
    if names:
        said = f"#{into.number} has as many watchers as a ticket can have. Not among them: {names}"
        yield Section(title=f"Merged into #{into.number}", said=(said,))


def split(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """`#split`: the text below, or the last message, is another ticket of the same requester."""
    text = done.text or _last_message(case, ticket)
    text = commanded.presentable(case, ticket, text)
    if not text:
        raise NotAllowed(
            "there is no message but the request; write below #split what the new ticket is about"
        )
    by, why = By(Actor.AGENT, case.author), f"command #{command.verb}"
    number = case.facts.new_number
    new = Ticket(
        number=number,
        tag=tag.subject_tag(case.ring, number),
        mailbox=ticket.mailbox,
        queue=ticket.queue,
        subject=tag.without_tags(command.argument.text) or ticket.subject,
        requester=ticket.requester,
        created_at=case.now,
        updated_at=case.now,
    )
    after, events = apply(new, [Step(AddMessage(Entry.REQUEST), by, "mail")], case.now)
    linked = Event(case.now, by, why, TicketLinked(ticket.number, SPLIT))
    events = (model.opened(after, by, why), *events, linked)
    ours = Event(case.now, by, why, TicketLinked(number, SPLIT))
    return replace(
        done,
        text="",
        events=(*done.events, ours),
        others=(*done.others, _opened(case, trace, after, events, text)),
        links=(*done.links, (number, SPLIT)),
    )


def _opened(
    case: Case, trace: Trace, after: Ticket, events: tuple[Event, ...], text: str
) -> Decision:
    """The new ticket, as any mail would open it."""
    confirmation = Telling(Notice.CONFIRMATION, after.requester, PlainReply.FOLLOWS_UP)
    others = (each for each in case.tell(events, after) if each.to.key != after.requester.key)
    decision = Decision(
        outcome=Outcome.OPENED,
        reason=trace.why,
        after=after,
        events=events,
        entry=Entry.REQUEST,
        text=text,
        tellings=(confirmation, *others),
        timers=(clock(case, after, 1),),
        trace=trace,
    )
    return withhold.from_machines_and_storms(decision, case)


def clock(case: Case, ticket: Ticket, generation: int) -> StartTimer:
    """Until when the ticket is to be answered, from now on."""
    target = case.desk.targets[ticket.priority]
    due_at = case.now + timedelta(seconds=target.respond_within_seconds)
    return StartTimer(RESPONSE, generation, due_at)


def _last_message(case: Case, ticket: Ticket) -> str:
    """What requester or watchers wrote last, but for the request itself."""
    history = case.facts.found.histories.get(ticket.number)
    said = (each for each in reversed(history.messages if history else ()))
    return next((each.text for each in said if each.entry is Entry.FOLLOW_UP), "")


def of_other(
    case: Case,
    trace: Trace,
    before: Ticket,
    after: Ticket,
    events: tuple[Event, ...],
    timers: tuple[StartTimer, ...] = (),
) -> Decision:
    """What the mail does to a ticket that it is no part of; nobody is told of it."""
    return Decision(
        outcome=Outcome.JOINED,
        reason=trace.why,
        before=before,
        after=replace(after, updated_at=case.now),
        events=events,
        timers=timers,
        trace=trace,
    )


def _number(command: Command) -> int:
    number = command.argument.detail
    assert isinstance(number, int)  # noqa: S101 - so the command was read
    return number

"""What is to happen to one mail: place it, say what it may do, and who is told."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from gateway.decide import (
    absence,
    agent,
    author,
    forward,
    hold,
    machines,
    placing,
    queries,
    sharing,
    thanks,
    unknown,
    watchers,
    withhold,
)
from gateway.decide.admission import Admission, Grant, Role
from gateway.decide.case import Case
from gateway.decide.decision import CancelTimer, Decision, StartTimer, Trace
from gateway.decide.done import Done, did
from gateway.decide.placing import Link
from gateway.decide.timer import RESPONSE
from gateway.deliveries import Cause, Outcome
from gateway.ingest import imap_stand_in
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind
from gateway.rules.ruleset import RuleFacts, evaluate
from gateway.threading import tag
from gateway.threading.match import Evidence, Known, Match, match
from gateway.tickets import model
from gateway.tickets.actions import AddMessage, Entry
from gateway.tickets.events import Actor, By, Event, TicketLinked
from gateway.tickets.model import Step, Ticket, apply

_ARTICLE = {
    Role.REQUESTER: "the",
    Role.WATCHER: "a",
    Role.AGENT: "an",
    Role.COLLEAGUE: "a",
    Role.STRANGER: "a",
}


class Way(StrEnum):
    OPEN = "open"
    JOIN = "join"
    FILE = "file"  # kept beside the conversation; nobody is told, nothing is reopened
    IGNORE = "ignore"


#                         no ticket of ours   a ticket of ours
WAYS: dict[Kind, tuple[Way, Way]] = {
    Kind.ORDINARY:       (Way.OPEN,           Way.JOIN),
    Kind.LIST:           (Way.OPEN,           Way.JOIN),
    Kind.AUTO_GENERATED: (Way.OPEN,           Way.JOIN),
    Kind.CALENDAR:       (Way.OPEN,           Way.FILE),
    Kind.REPORT:         (Way.OPEN,           Way.FILE),
    Kind.AUTO_REPLY:     (Way.IGNORE,         Way.FILE),
    Kind.READ_RECEIPT:   (Way.IGNORE,         Way.FILE),
    Kind.BOUNCE:         (Way.IGNORE,         Way.FILE),
    Kind.LOOP:           (Way.IGNORE,         Way.IGNORE),
}  # fmt: skip
"""What a mail is, and whether it belongs to one of our tickets, says where it goes.
Whether it is answered is another question: `withhold`."""


def decide(case: Case) -> Decision:
    """What is to happen to this mail."""
    return absence.noticed(_decided(case), case)


def _decided(case: Case) -> Decision:
    facts = case.facts
    if facts.duplicate_of is not None:
        why = f"duplicate of delivery {facts.duplicate_of}"
        return Decision(
            outcome=Outcome.IGNORED,
            cause=Cause.DUPLICATE,
            reason=why,
            trace=Trace(why=why),
            duplicate_of=facts.duplicate_of,
        )
    tags = {number: ticket.tag for number, ticket in facts.tickets.items()}
    known = Known(tags=tags, identifiers=facts.identifiers, overtaken=facts.overtaken)
    found = match(case.clues, known)
    answer = hold.answered(case)
    if answer is not None:
        ruled = hold.rule(case, answer)
        return _besides(case, answer, ruled, found) if hold.says_more(case, answer) else ruled
    kind = case.reading.kind
    way = WAYS[kind][found is not None]
    if kind is Kind.AUTO_REPLY and machines.by_words_alone(case):
        # whoever only writes like a machine must not be left in silence
        way = Way.OPEN if found is None else Way.JOIN
    proof = author.proof(case, found)
    if found is None:
        why = f"{kind} mail that belongs to no ticket"
        return _of_none(case, Trace(proof=proof, trust=case.verdict.evidence, why=why), way)
    merged = placing.merged(facts.tickets, found.number)
    ticket, role = merged[-1], placing.role_in(case, merged)
    why = f"{kind} mail of {_ARTICLE[role]} {role}: #{found.number} by {found.evidence}"
    why += "".join(f", merged into #{each.number}" for each in merged[1:])
    trace = Trace(proof=proof, trust=case.verdict.evidence, match=found, role=role, why=why)
    if way is Way.IGNORE:
        return machines.ignored(case, trace)
    own = queries.own_tickets(case, trace, ticket) if way is Way.JOIN else None
    if own is not None:
        return own
    if way is Way.FILE:
        return machines.file(case, trace, ticket, role)
    return _place(case, trace, ticket, role)


def _besides(case: Case, answer: hold.Answer, ruled: Decision, found: Match | None) -> Decision:
    """What the author of a held mail says besides a yes or no: part of its ticket, in the same
    commit; a ticket of its own where there is none, or none of theirs any more."""
    why = "what is said besides an answer"
    trace = Trace(proof=Proof.TOKEN, trust=case.verdict.evidence, why=why)
    number = hold.ticket_of(answer) or (found.number if found else 0)
    if hold.is_apart(ruled) or number not in case.facts.tickets:
        said = _open(replace(case, grant=Grant.AUTHOR), trace)
    else:
        merged = placing.merged(case.facts.tickets, number)
        ticket, role = merged[-1], placing.role_in(case, merged)
        is_agents = role in (Role.AGENT, Role.COLLEAGUE)  # a note: nothing says it is an answer
        case = replace(case, grant=Grant.PERSON if is_agents else Grant.AUTHOR)
        by = Match(number=number, evidence=Evidence.SIGNED_ADDRESS, signed=answer.signed)
        trace = replace(trace, match=by, role=role, why=f"{why} of {_ARTICLE[role]} {role}")
        said = replace(_place(case, trace, ticket, role), new_subject="")
    return replace(said, rulings=ruled.rulings, reason=f"{ruled.reason}; {said.reason}")


def _of_none(case: Case, trace: Trace, way: Way) -> Decision:
    """A mail that belongs to no ticket: a question, where it asks one, else a request."""
    if way is not Way.OPEN:
        return machines.ignored(case, trace)
    if forward.read(case):  # what stands above it is about that one
        return _open(case, trace)
    asked = queries.own_tickets(case, trace) or queries.without_ticket(case, trace)
    return asked or _open(case, trace)


def _place(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Decision:
    """A person's mail that points at a ticket: into it, or not, as the table of admissions has
    it, and what its author meant."""
    placed = placing.place(case, trace, ticket, role)
    trace = replace(trace, admission=placed.admission, why=trace.why + placed.why)
    if placed.admission is Admission.HOLD:
        return hold.for_its_author(case, trace, _asked_about(case, trace), placed.cause)
    if placed.admission.joins and _is_to_be_asked(case, trace, ticket, role):
        return hold.for_its_author(case, trace, _asked_about(case, trace), Cause.NEEDS_YES)
    if not placed.admission.joins:
        return _linked(_open(case, trace), ticket.number, placed.link, case)
    return _join(case, trace, ticket, role)


def _asked_about(case: Case, trace: Trace) -> Ticket:
    assert trace.match is not None  # noqa: S101 - it points at a ticket
    return placing.of_theirs(case, placing.merged(case.facts.tickets, trace.match.number))


def _is_to_be_asked(case: Case, trace: Trace, ticket: Ticket, role: Role) -> bool:
    is_agents = role in (Role.AGENT, Role.COLLEAGUE)
    writes = is_agents or author.writes_as_agent(case, trace, ticket)
    return writes and agent.needs_yes(case, trace)


def _linked(opened: Decision, other: int, link: Link, case: Case) -> Decision:
    """The new ticket says which one its mail pointed at; that one is left alone."""
    if opened.outcome is not Outcome.OPENED:
        return opened
    fact = TicketLinked(other, link.value)
    event = Event(case.now, By(Actor.GATEWAY), placing.WHY[link], fact)
    return replace(opened, quoted=other, link=link.value, events=(*opened.events, event))


def _open(case: Case, trace: Trace) -> Decision:
    """A new ticket; that of whose mail it is, where an agent passes one on."""
    passed = forward.read(case)
    if passed is None:
        return _opened(case, trace)
    if not forward.is_proven(case, trace):
        return forward.asked_about(case, trace)
    opened = _opened(forward.as_by_its_author(case, passed), trace)
    return forward.told(opened, case, passed)


def _opened(case: Case, trace: Trace) -> Decision:
    """A new ticket: queue, priority and the rest by the rules' word. None where the mail has
    one already, in another mailbox, and the desk wants no second."""
    turned_away = unknown.turned_away(case, trace)
    if turned_away is not None:
        return turned_away
    made = sharing.already_made(case)
    if made is not None:
        return withhold.from_machines_and_storms(sharing.share(case, trace, made), case)
    verdict = evaluate(case.desk.rules, _rule_facts(case))
    by = By(Actor.REQUESTER, case.author)
    steps = [Step(AddMessage(Entry.REQUEST), by, "mail")]
    ruled, left = absence.without_absent(verdict.actions, case)
    steps += [Step(action, By(Actor.RULE, name=rule), "rule") for action, rule in ruled]
    new = _new_ticket(case)
    after, events = apply(new, steps, case.now)
    after, more = apply(after, watchers.of_opening(case, trace, after), case.now)
    events = (model.opened(after, by, "mail"), *events, *more)
    target = case.desk.targets[after.priority]
    due_at = case.now + timedelta(seconds=target.respond_within_seconds)
    decision = Decision(
        outcome=Outcome.OPENED,
        reason=trace.why + left,
        after=after,
        events=events,
        entry=Entry.REQUEST,
        text=case.reading.message.text,
        tellings=case.tell(events, after),
        problems=_left_behind(case),
        mentions=case.facts.mentioned,
        timers=(StartTimer(RESPONSE, 1, due_at),),
        trace=replace(trace, rules=verdict.trace, why=trace.why + left),
    )
    sent = withhold.from_machines_and_storms(sharing.linked(decision, case), case)
    return watchers.quietly(sent, case, trace)


def _left_behind(case: Case) -> tuple[str, ...]:
    """Why there is no more than the head of this mail; its author is told with the number."""
    why = case.reading.message.header(imap_stand_in.FIELD)
    return (why,) if why else ()


def _new_ticket(case: Case) -> Ticket:
    mailbox, number = case.desk.gateway.mailbox_named(case.mailbox), case.facts.new_number
    return Ticket(
        number=number,
        tag=tag.subject_tag(case.ring, number),
        mailbox=mailbox.address,
        queue=mailbox.queue,
        subject=tag.without_tags(case.reading.message.subject),
        requester=case.author,
        created_at=case.imported_at or case.now,
        updated_at=case.now,
    )


def _rule_facts(case: Case) -> RuleFacts:
    message = case.reading.message
    recipients = tuple(Address(recipient) for recipient in case.recipients)
    return RuleFacts(
        subject=message.subject,
        body=case.reading.new_text,
        author=case.author,
        recipients=(*recipients, *message.to, *message.cc),
    )


def _join(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Decision:
    """A participant's mail becomes part of the ticket; an agent's may also command."""
    if role in (Role.AGENT, Role.COLLEAGUE) or author.writes_as_agent(case, trace, ticket):
        done = agent.obey(case, ticket, trace)
    else:
        done = watchers.asked(case, trace, ticket, role) or _said(case, trace, ticket, role)
    after = done.ticket
    answered = after.answered_at is not None and ticket.answered_at is None
    decision = Decision(
        outcome=Outcome.JOINED,
        reason=trace.why,
        before=ticket,
        after=after,
        events=done.events,
        entry=done.entry,
        text=done.text,
        tellings=agent.tell(case, done),
        new_subject=placing.new_subject(case, ticket) if done.entry is Entry.FOLLOW_UP else "",
        problems=done.problems,
        absence=done.absence,
        report=done.report,
        others=done.others,
        links=done.links,
        unlinks=done.unlinks,
        timers=(CancelTimer(RESPONSE),) if answered or after.status.is_over else done.timers,
        trace=trace,
    )
    return withhold.from_machines_and_storms(sharing.linked(decision, case), case)


def _said(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Done:
    """What a requester or watcher writes, with those whom they bring in."""
    entry = thanks.entry_of(case, ticket)
    steps = [
        *placing.welcomed(case, ticket, role),
        Step(AddMessage(entry), By(Actor(role.value), case.author), "mail"),
        *watchers.of_reply(case, trace, ticket, role),
    ]
    return did(ticket, steps, case.reading.new_text, case.now)

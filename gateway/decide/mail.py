"""What is to happen to one mail: place it, say what it may do, and who is told."""

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from gateway.decide import agent, sharing, withhold
from gateway.decide.case import Case, Role
from gateway.decide.decision import CancelTimer, Decision, StartTimer, Trace
from gateway.decide.timer import RESPONSE
from gateway.ingest import imap_stand_in, trust
from gateway.ingest.trust import Proof
from gateway.message import Address, Cause, Kind, Outcome
from gateway.rules.ruleset import RuleFacts, evaluate
from gateway.threading import tag
from gateway.threading.match import Evidence, Known, Match, made_for, match
from gateway.threading.tag import Purpose
from gateway.tickets import model
from gateway.tickets.actions import AddMessage, Entry, FileBounce
from gateway.tickets.events import Actor, By, Event, TicketLinked
from gateway.tickets.model import Step, Ticket, apply

_ARTICLE = {
    Role.REQUESTER: "the",
    Role.WATCHER: "a",
    Role.AGENT: "an",
    Role.STRANGER: "a",
}
_NAME = re.compile(r"([A-Za-z][\w-]*): ")  # of a field, at the head of a piece of evidence


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
    found = match(case.clues, Known(tags=tags, identifiers=facts.identifiers))
    kind = case.reading.kind
    way = WAYS[kind][found is not None]
    if kind is Kind.AUTO_REPLY and _by_words_alone(case):
        # whoever only writes like a machine must not be left in silence
        way = Way.OPEN if found is None else Way.JOIN
    proof = _proof(case, found)
    if found is None:
        trace = Trace(proof=proof, why=f"{kind} mail that belongs to no ticket")
        return _open(case, trace) if way is Way.OPEN else _ignored(case, _what(case), trace)
    ticket = facts.tickets[found.number]
    role = case.role_in(ticket)
    why = f"{kind} mail of {_ARTICLE[role]} {role}: #{found.number} by {found.evidence}"
    trace = Trace(proof=proof, match=found, role=role, why=why)
    if way is Way.IGNORE:
        return _ignored(case, _what(case), trace)
    if way is Way.FILE:
        return _file(case, trace, ticket, role)
    if role is Role.STRANGER:
        # Promise 5: a ticket's number is not a password, and neither is its tag.
        return _linked(_open(case, trace), ticket.number, case)
    return _join(case, trace, ticket, role)


def _by_words_alone(case: Case) -> bool:
    """Whether nothing that machines set says that it is one: a person chose these words."""
    fields = {match[1] for match in map(_NAME.match, case.reading.evidence) if match}
    return not case.null_sender and fields <= {"Subject", "Text"}


def _linked(opened: Decision, other: int, case: Case) -> Decision:
    """The new ticket says which one its mail pointed at; that one is left alone."""
    if opened.outcome is not Outcome.OPENED:
        return opened
    fact = TicketLinked(other, "quoted")
    event = Event(case.now, By(Actor.GATEWAY), "author is no participant", fact)
    return replace(opened, quoted=other, events=(*opened.events, event))


def _proof(case: Case, found: Match | None) -> Proof:
    """How well the author is proven. A signed address proves its person; a Message-ID only
    where there are no signed addresses, for everybody ever in copy has seen it."""
    desk, signed = case.desk, found.signed if found else None
    by_address = found is not None and found.evidence is Evidence.SIGNED_ADDRESS
    proves = by_address or not desk.gateway.mailbox_named(case.mailbox).separator
    if not proves or (signed and signed.purpose not in (Purpose.REPLY, Purpose.NOTE)):
        signed = None
    person = made_for(found, case.facts.people)
    person = desk.directory.known_as(person) if person else None
    return trust.prove(case.reading.message, case.author, signed, person)


def _what(case: Case) -> str:
    """The kind, and the fields that gave it away: not what stands in them, for a reason is
    logged and a subject never is. `explain` has all of the evidence."""
    matches = map(_NAME.match, case.reading.evidence)
    fields = dict.fromkeys(match[1] if match else "its words" for match in matches)
    return f"{case.reading.kind} ({', '.join(fields)})" if fields else str(case.reading.kind)


def _ignored(case: Case, reason: str, trace: Trace) -> Decision:
    cause = Cause.of(case.reading.kind)
    return Decision(outcome=Outcome.IGNORED, cause=cause, reason=reason, trace=trace)


def _open(case: Case, trace: Trace) -> Decision:
    """A new ticket: queue, priority and the rest by the rules' word. None where the mail has
    one already, in another mailbox, and the desk wants no second."""
    made = sharing.already_made(case)
    if made is not None:
        return withhold.from_machines_and_storms(sharing.share(case, trace, made), case)
    verdict = evaluate(case.desk.rules, _rule_facts(case))
    by = By(Actor.REQUESTER, case.author)
    steps = [Step(AddMessage(Entry.REQUEST), by, "mail")]
    steps += [Step(action, By(Actor.RULE, name=rule), "rule") for action, rule in verdict.actions]
    new = _new_ticket(case)
    after, events = apply(new, steps, case.now)
    events = (model.opened(after, by, "mail"), *events)
    target = case.desk.targets[after.priority]
    due_at = case.now + timedelta(seconds=target.respond_within_seconds)
    decision = Decision(
        outcome=Outcome.OPENED,
        reason=trace.why,
        after=after,
        events=events,
        entry=Entry.REQUEST,
        text=case.reading.message.text,
        tellings=case.tell(events, after),
        problems=_left_behind(case),
        timers=(StartTimer(RESPONSE, 1, due_at),),
        trace=replace(trace, rules=verdict.trace),
    )
    return withhold.from_machines_and_storms(sharing.linked(decision, case), case)


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
    if role is Role.AGENT or (
        trace.proof is not Proof.CLAIMED
        and case.is_agent_of(ticket)
        and agent.commands_in(case.reading.new_text)
    ):
        done = agent.obey(case, ticket, trace)
    else:
        step = Step(AddMessage(Entry.FOLLOW_UP), By(Actor(role.value), case.author), "mail")
        done = agent.did(ticket, [step], case.reading.new_text, case.now)
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
        problems=done.problems,
        timers=(CancelTimer(RESPONSE),) if answered or after.status.is_over else (),
        trace=trace,
    )
    return withhold.from_machines_and_storms(sharing.linked(decision, case), case)


def _file(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Decision:
    """A machine's mail about a ticket is kept with it, inside. A bounce is believed only where
    it names a mail that we signed; another machine only where it is a participant's."""
    by = By(Actor.MACHINE)
    steps = [Step(AddMessage(Entry.AUTOMATIC), by, str(case.reading.kind))]
    if case.reading.kind is Kind.BOUNCE:
        to = made_for(trace.match, case.facts.people)
        if to is None or not _names_our_mail(trace.match):
            return _ignored(case, "bounce that names no mail of ours", trace)
        steps += _bounced(case, to, by)
    elif role is Role.STRANGER:
        return _ignored(case, f"{case.reading.kind} of a stranger", trace)
    after, events = apply(ticket, steps, case.now)
    decision = Decision(
        outcome=Outcome.JOINED,
        reason=trace.why,
        before=ticket,
        after=after,
        events=events,
        entry=Entry.AUTOMATIC,
        text=_diagnostic(case) or case.reading.new_text,
        tellings=case.tell(events, after),
        trace=trace,
    )
    return withhold.from_machines_and_storms(decision, case)


def _diagnostic(case: Case) -> str:
    """What the other mail server said, where a bounce says it."""
    bounce = case.reading.bounce
    if bounce is None or not bounce.diagnostic:
        return ""
    return f"{bounce.recipient}: {bounce.diagnostic}"


def _names_our_mail(found: Match | None) -> bool:
    """A bounce goes to the return path, or names the Message-ID; an address for replies is in
    the hands of people, who could make one up."""
    signed = found.signed if found else None
    by_id = found is not None and found.evidence is Evidence.ISSUED_MESSAGE_ID
    return signed is not None and (by_id or signed.purpose is Purpose.BOUNCE)


def _bounced(case: Case, to: Address, by: By) -> list[Step]:
    """A delay is only filed: the mail server goes on trying. RFC 3464 section 2.3.3."""
    bounce = case.reading.bounce
    if bounce is not None and bounce.action != "failed":
        return []
    return [Step(FileBounce(to, bounce.status if bounce else ""), by, "bounce")]

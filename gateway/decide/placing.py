"""Where a person's mail goes that points at a ticket: into it, or into one of its own.

The table of admissions says who may; here is what even whoever may did not mean. The surprising
fact: whoever only claims to be a participant is not asked for a yes where their mail is to open
a ticket of its own, for that is what anybody's mail does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.decide import author, thanks
from gateway.decide.admission import PROOFS, Admission, Grant, Role, admit
from gateway.decide.case import Case
from gateway.decide.decision import Decision, Trace
from gateway.deliveries import Cause
from gateway.threading import subject
from gateway.threading.match import Evidence, Match
from gateway.tickets.actions import AddWatcher, Entry
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.events import Actor, By
from gateway.tickets.model import Step, Ticket

MAX_MERGES = 10  # one after the other that are followed
MAX_REMEMBERED = 10  # of the mails that one refers to, the nearest

_PARTICIPANTS = (Role.REQUESTER, Role.WATCHER)


class Link(StrEnum):
    """Why a mail that points at a ticket has one of its own, linked to it."""

    QUOTED = "quoted"
    FORWARDED = "forwarded"
    FOLLOWS = "follows"
    NEW_SUBJECT = "new-subject"


WHY: Mapping[Link, str] = {
    Link.QUOTED: "author is no participant",
    Link.FORWARDED: "the subject says that it is forwarded",
    Link.FOLLOWS: "over for too long to be reopened",
    Link.NEW_SUBJECT: "the subject is another one",
}
"""As the event of the link has it, and `explain`."""


@dataclass(frozen=True, slots=True)
class Place:
    """`link` is for one that opens a ticket, `cause` for one that is held, and `why` what the
    table of admissions does not say."""

    admission: Admission
    link: Link = Link.QUOTED
    cause: Cause = Cause.UNPROVEN

    @property
    def why(self) -> str:
        is_own_reason = self.admission is Admission.OPEN and self.link is not Link.QUOTED
        return f", but {WHY[self.link]}" if is_own_reason else ""


def merged(tickets: Mapping[int, Ticket], number: int) -> tuple[Ticket, ...]:
    """The ticket and those that it leads to, one after the other; the last is where all goes on.
    Tickets that were merged in a circle end before it closes."""
    found = [tickets[number]]
    while len(found) <= MAX_MERGES:
        into = tickets.get(found[-1].merged_into or 0)
        if into is None or into in found:
            break
        found.append(into)
    return tuple(found)


def role_in(case: Case, tickets: tuple[Ticket, ...]) -> Role:
    """The author's in the last of them. Whoever takes part in one that was merged into it may
    write in, like a watcher; its agents are what they are where it goes on."""
    role = case.role_in(tickets[-1])
    if role in (Role.COLLEAGUE, Role.STRANGER):
        before = {case.role_in(each) for each in tickets[:-1]}
        role = Role.WATCHER if before.intersection(_PARTICIPANTS) else role
    return role


def of_theirs(case: Case, tickets: tuple[Ticket, ...]) -> Ticket:
    """The one of them that the author may be asked about: where all goes on, if it is their own.
    Whoever takes part in it by a merge at most, if at all, may not have been told its subject
    yet, and is asked about the first that they take part in."""
    if case.role_in(tickets[-1]) not in (Role.WATCHER, Role.STRANGER):
        return tickets[-1]
    theirs = (each for each in tickets if case.role_in(each) is not Role.STRANGER)
    return next(theirs, tickets[0])


def welcomed(case: Case, ticket: Ticket, role: Role) -> tuple[Step, ...]:
    """Whoever wrote in by way of a ticket that was merged hears what is answered from now on,
    unless they wanted to hear no more, or too many do."""
    if role is not Role.WATCHER or case.role_in(ticket) is role:
        return ()
    if any(map(case.is_author, ticket.left)) or len(ticket.watchers) >= MAX_WATCHERS:
        return ()
    return (Step(AddWatcher(case.author), By(Actor.GATEWAY), "merged"),)


def place(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Place:
    """What becomes of the mail. Promise 5: a ticket's number is not a password, and neither is
    its tag."""
    assert trace.match is not None  # noqa: S101 - it points at a ticket
    policies = case.policies_for(ticket)
    proof = max((each.counts(role, trace.proof) for each in policies), key=PROOFS.index)
    grant = case.grant
    if grant is Grant.NOBODY and all(each.believes_claims_of(role) for each in policies):
        grant = Grant.NOBODY if case.verdict.forged else Grant.PERSON
    admitted = admit(author.evidence(case, trace.match), role, proof, grant)
    if admitted is Admission.OPEN:
        return Place(admitted)
    if case.grant is Grant.APART:
        return Place(Admission.OPEN, Link.NEW_SUBJECT)
    if _is_forward(case, trace.match):
        return Place(Admission.OPEN, Link.FORWARDED)
    if role not in _PARTICIPANTS or author.writes_as_agent(case, trace, ticket):
        return Place(admitted)
    if _is_over_for_long(case, ticket):
        return Place(Admission.OPEN, Link.FOLLOWS)
    if admitted.joins and case.grant is Grant.NOBODY and new_subject(case, ticket):
        return _by_policy(case, admitted)
    return Place(admitted)


def new_subject(case: Case, ticket: Ticket) -> str:
    """The mail's, where it is not that of the ticket and was never one of its mails'."""
    ours = case.reading.message.subject
    known = [ticket.subject]
    for number, each in case.facts.tickets.items():
        if number == ticket.number or _leads_to(case, number, ticket):
            known += [each.subject, *case.facts.subjects.get(number, ())]
    return "" if any(subject.is_same_topic(ours, each) for each in known) else ours


def referred(case: Case, decision: Decision) -> tuple[str, ...]:
    """Message-IDs that this mail refers to and that did not come before it: where they come in
    the end, they belong to its ticket. So does what has the same number of a partner's. None
    where it got a ticket of its own, for then all that belongs elsewhere."""
    if decision.entry is None or decision.quoted is not None or _says_forward(case):
        return ()
    known = case.facts.identifiers
    nearest = [each for each in case.clues.referred if each != case.clues.own]
    found = tuple(each for each in nearest[:MAX_REMEMBERED] if each not in known)
    return found + case.clues.partner


def _by_policy(case: Case, admitted: Admission) -> Place:
    policy = case.desk.gateway.mailbox_named(case.mailbox).new_subject
    if policy == "open":
        return Place(Admission.OPEN, Link.NEW_SUBJECT)
    if policy == "ask":
        return Place(Admission.HOLD, cause=Cause.NEW_SUBJECT)
    return Place(admitted)


def _is_forward(case: Case, found: Match) -> bool:
    """To a signed address it is meant for its ticket, whatever the subject says."""
    return found.evidence is not Evidence.SIGNED_ADDRESS and _says_forward(case)


def _says_forward(case: Case) -> bool:
    language = case.desk.gateway.mailbox_named(case.mailbox).language
    return subject.is_forward(case.reading.message.subject, language)


def _is_over_for_long(case: Case, ticket: Ticket) -> bool:
    """Thanks reopen nothing, and may come late."""
    if not ticket.status.is_over or ticket.over_at is None:
        return False
    within = timedelta(seconds=case.desk.gateway.mailbox_named(case.mailbox).reopen_within)
    if (case.imported_at or case.now) - ticket.over_at <= within:
        return False
    return thanks.entry_of(case, ticket) is not Entry.THANKS


def _leads_to(case: Case, number: int, ticket: Ticket) -> bool:
    return merged(case.facts.tickets, number)[-1].number == ticket.number

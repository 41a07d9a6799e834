"""Mail that waits for a yes: its author's, asked at the address on file, or an agent's.

Whoever only pretended to be somebody gets nothing: the question goes to the address that we
have, and its answer comes to one that was made for that person, that mail and a few weeks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.decide import author, placing, withhold, yes_no
from gateway.decide.admission import Grant, Role
from gateway.decide.case import Case, team_of
from gateway.decide.decision import Decision, Ruling, Trace
from gateway.deliveries import ALL_HELD, Cause, Held, Outcome
from gateway.desk.folder import Desk
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.threading.tag import Signed
from gateway.tickets.model import Ticket

SAY_YES_OR_NO = "begin your reply with yes or no"


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail to the address of a question of ours, and the held mail that it is about; None
    where it answers the list of them all."""

    signed: Signed
    held: Held | None


def for_its_author(case: Case, trace: Trace, ticket: Ticket | None, cause: Cause) -> Decision:
    """The mail waits, and the person in whose name it came is asked whether it is theirs."""
    why = {
        Cause.UNPROVEN: "nothing proves who wrote it",
        Cause.NEW_SUBJECT: "the subject is another one",
        Cause.NEEDS_YES: "what it commands asks for a yes",
    }[cause]
    decision = Decision(
        outcome=Outcome.HELD,
        cause=cause,
        reason=f"{trace.why}, but {why}",
        about=ticket,
        text=case.reading.new_text,
        new_subject=case.reading.message.subject if cause is Cause.NEW_SUBJECT else "",
        tellings=(Telling(Notice.UNPROVEN, case.author, PlainReply.CONFIRMS),),
        trace=trace,
    )
    return withhold.from_machines_and_storms(decision, case)


def answered(case: Case) -> Answer | None:
    """The question of ours that this mail answers, where it is a person's answer to one."""
    if case.reading.kind is not Kind.ORDINARY or case.null_sender:
        return None
    for signed in case.clues.answers:
        if signed.number == ALL_HELD:
            return Answer(signed, None)
        if signed.number in case.facts.held:
            return Answer(signed, case.facts.held[signed.number])
    return None


def rule(case: Case, answer: Answer) -> Decision:
    """What the answer does with held mail. Without effect where the answer is not that of whom
    we asked, or comes too late."""
    if answer.held is None:
        return _rule_on_many(case, answer)
    held, says_yes = answer.held, yes_no.said(case.reading.new_text)
    number = held.delivery
    if not held.waits:
        return _nothing(f"an answer about delivery {number}, which waits no more")
    grant = _grant(case, answer.signed, held)
    if grant is Grant.NOBODY:
        return _nothing(f"an answer about delivery {number} from whom it was not asked of")
    if grant is Grant.AUTHOR and _is_apart(case, held, says_yes):
        why = f"delivery {number} gets a ticket of its own, by its author"
        return _ruled(why, (Ruling(number, Grant.APART),))
    if says_yes is None:
        return _unclear(case, held, grant)
    did = "let in" if says_yes else "dropped"
    by = "author" if grant is Grant.AUTHOR else "agent"
    ruling = Ruling(number, grant if says_yes else Grant.NOBODY)
    return _ruled(f"delivery {number} is {did}, by its {by}", (ruling,))


def says_more(case: Case, answer: Answer) -> bool:
    """Whether the held mail's author says more than a yes or no, or comes with it when the mail
    waits no more. Who is asked again says it again."""
    held = answer.held
    text = case.reading.new_text
    if held is None or not (yes_no.says_more(text) or case.reading.message.files):
        return False
    if held.waits and yes_no.said(text) is None and not yes_no.wants_new(text):
        return False
    # between its yes and its ticket nothing is known of the mail, but that we asked about it
    held = held if held.author else replace(held, author=case.author.key)
    return _grant(case, answer.signed, held) is Grant.AUTHOR


def ticket_of(answer: Answer) -> int | None:
    """The number of the ticket that the held mail belongs to, or points at."""
    return answer.held.ticket if answer.held else None


def is_apart(ruled: Decision) -> bool:
    """Whether the held mail gets a ticket of its own, which is not there yet."""
    return any(each.grant is Grant.APART for each in ruled.rulings)


def _is_apart(case: Case, held: Held, says_yes: bool | None) -> bool:
    """Whether the author wants a ticket of its own for it: where we asked which ticket it is
    about, a no is that, and drops nothing."""
    return (_asks_which(held) and says_yes is False) or yes_no.wants_new(case.reading.new_text)


def _asks_which(held: Held) -> bool:
    return held.cause == Cause.NEW_SUBJECT.value


def _rule_on_many(case: Case, answer: Answer) -> Decision:
    """A reply to the list of held mails, with a line for each that is decided about."""
    rulings = tuple(
        Ruling(number, Grant.PERSON if says_yes else Grant.NOBODY)
        for number, says_yes in yes_no.named(case.reading.new_text).items()
        if (held := case.facts.held.get(number))
        and held.waits
        and _grant(case, answer.signed, held) is not Grant.NOBODY
    )
    if not rulings:
        return _nothing("a reply to the list of held mails that names none which is theirs")
    words = ("let in", Grant.PERSON), ("dropped", Grant.NOBODY)
    lists = ((did, [str(e.delivery) for e in rulings if e.grant is grant]) for did, grant in words)
    told = "; ".join(f"{did} by an agent: {', '.join(found)}" for did, found in lists if found)
    return _ruled(f"deliveries {told}", rulings)


def _ruled(why: str, rulings: tuple[Ruling, ...]) -> Decision:
    trace = Trace(proof=Proof.TOKEN, why=why)
    return Decision(outcome=Outcome.ANSWERED, reason=why, rulings=rulings, trace=trace)


def _grant(case: Case, signed: Signed, held: Held) -> Grant:
    """By what right this answer lets the mail in: its author's own, or that of an agent whom
    the mailbox's policy would believe as well."""
    person = case.facts.people.get(signed.person)
    known = case.desk.directory.known_as(person) if person else None
    proof = author.proven(case, signed, known)
    if not _is_own(case, signed, known) or proof is Proof.CLAIMED:
        return Grant.NOBODY
    if case.author.key == held.author and signed.number == held.delivery:
        return Grant.AUTHOR
    ticket = goes_on_in(case.facts.tickets, held.ticket)
    policies = case.policies_for(ticket) if ticket else (case.policy,)
    believed = all(each.counts(Role.AGENT, proof) is not Proof.CLAIMED for each in policies)
    return Grant.PERSON if believed and _is_theirs(case, held, ticket) else Grant.NOBODY


def _is_own(case: Case, signed: Signed, made_for: Address | None) -> bool:
    """Whether the address was made for the very author and still counts: however well somebody
    is proven, it is not theirs to answer what another was asked."""
    return not signed.expired and made_for is not None and made_for.key == case.author.key


def _is_theirs(case: Case, held: Held, ticket: Ticket | None) -> bool:
    """Whether the author may decide about it: the admin, and agents of the ticket or mailbox."""
    gateway = case.desk.gateway
    if held.mailbox != case.mailbox:
        return False
    if case.author.key == case.desk.directory.known_as(Address(gateway.desk.admin)).key:
        return True
    return case.desk.directory.is_agent_of(case.author, team_for(case.desk, held.mailbox, ticket))


def goes_on_in(tickets: Mapping[int, Ticket], number: int | None) -> Ticket | None:
    """Where a held mail that points at this ticket would be read: a merge since then leads on."""
    return placing.merged(tickets, number)[-1] if number and number in tickets else None


def team_for(desk: Desk, mailbox: str, ticket: Ticket | None) -> str:
    """The team that decides about a mail held in this mailbox: that of the ticket it goes on in,
    for nobody else may know what is said there; the mailbox's where it points at none."""
    if ticket is not None:
        return team_of(desk, ticket)
    queue = desk.gateway.mailbox_for(mailbox).queue
    return next(each.team for each in desk.gateway.queue if each.name == queue)


def _nothing(why: str) -> Decision:
    cause = Cause.NO_QUESTION
    return Decision(outcome=Outcome.IGNORED, cause=cause, reason=why, trace=Trace(why=why))


def _unclear(case: Case, held: Held, grant: Grant) -> Decision:
    """Its author is asked again; an agent has it in the list of tomorrow."""
    why = f"an answer about delivery {held.delivery} that says neither yes nor no"
    about = case.facts.tickets.get(held.ticket or 0)
    if grant is not Grant.AUTHOR or about is None:
        return _nothing(why)
    decision = Decision(
        outcome=Outcome.ANSWERED,
        reason=why,
        about=about,
        asks_about=held.delivery,
        problems=(SAY_YES_OR_NO,),
        new_subject=case.reading.message.subject if _asks_which(held) else "",
        tellings=(Telling(Notice.UNPROVEN, case.author, PlainReply.CONFIRMS),),
        trace=Trace(proof=Proof.TOKEN, why=why),
    )
    return withhold.from_machines_and_storms(decision, case)

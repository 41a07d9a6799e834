"""A mail that an agent passes on opens a ticket for whoever wrote it, as if they had written to us.

What stands in a forward anybody can make up: only an agent's act makes it count, and an agent
whom nothing vouches for is asked first. The surprising fact: whoever else forwards a mail opens
a ticket of their own, for it is they who want something.
"""

from dataclasses import dataclass, replace

from gateway.decide import commanded, hold, withhold
from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.decision import Decision, PassedOn, Trace
from gateway.deliveries import Cause, Outcome
from gateway.directory import Directory
from gateway.ingest.trust import Proof
from gateway.message import Address, Forwarded
from gateway.outbound.compose import can_be_written_to
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.rules import commands
from gateway.rules.commands import Parsed, Verb
from gateway.tickets.actions import AddMessage, Entry, SetRequester
from gateway.tickets.events import Actor, By, Event
from gateway.tickets.model import NotAllowed, Step, Ticket, apply

WHY = "forward"
LET_IN = (
    "what a colleague has let in is no command; write it in a reply to the mail about the ticket"
)

_OBEYED = frozenset(
    {
        Verb.REQUESTER,
        Verb.TAKE,
        Verb.ASSIGN,
        Verb.QUEUE,
        Verb.CATEGORY,
        Verb.PRIORITY,
        Verb.TAG,
        Verb.WATCH,
        Verb.NOTE,
    }
)
"""What an agent may say above what they pass on; the others need a ticket that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What the agent passes on, for whom, and what they say to it."""

    forwarded: Forwarded
    requester: Address
    parsed: Parsed
    problems: tuple[str, ...] = ()


def read(case: Case) -> Passed | None:
    """What this mail passes on; None where it is a mail as any other."""
    found = case.reading.forwarded
    if found is None or case.imported_at is not None or not case.is_agent:
        return None
    parsed = commands.parse(found.above, commanded.names_of(case))
    is_let_in = case.grant is Grant.PERSON and not case.verdict.verified
    named = _named(parsed) if not parsed.problems and not is_let_in else None
    requester = named or _known(found.mail.author, case.desk.directory)
    if requester is None or requester.key not in case.facts.ids or case.is_author(requester):
        return None
    if named is None and not _is_somebody(case, requester):
        return None
    problems = _problems(parsed) or ((LET_IN,) if is_let_in and parsed.commands else ())
    return Passed(forwarded=found, requester=requester, parsed=parsed, problems=problems)


def people_in(forwarded: Forwarded | None, directory: Directory) -> tuple[Address, ...]:
    """Who may be met in it, whose ids have to be known before it is decided."""
    if forwarded is None:
        return ()
    author = _known(forwarded.mail.author, directory)
    return (author,) if author else ()


def is_proven(case: Case, trace: Trace) -> bool:
    """Whether it is the agent who passes it on: vouched for, or by their own yes to our question,
    or let in by another agent."""
    return trace.proof is Proof.VERIFIED or case.grant is not Grant.NOBODY


def asked_about(case: Case, trace: Trace) -> Decision:
    """The mail waits for its author's yes."""
    trace = replace(trace, why=f"{trace.why}, which an agent passes on")
    return hold.for_its_author(case, trace, None, Cause.NEEDS_YES)


def as_by_its_author(case: Case, passed: Passed) -> Case:
    """The case as it would be had the mail come to us at once. An agent has let it in."""
    mail = passed.forwarded.mail
    message = replace(
        case.reading.message,
        author=passed.requester,
        reply_to=(),
        to=mail.to,
        cc=mail.cc,
        subject=mail.subject,
        date=mail.date,
        text=mail.text,
        in_reply_to=(),
        references=(),
    )
    return replace(
        case,
        reading=replace(case.reading, message=message, new_text=mail.text, forwarded=None),
        facts=replace(case.facts, author=passed.requester, refused_lately=False),
        grant=case.grant if case.grant is Grant.AUTHOR else Grant.PERSON,
    )


def told(opened: Decision, case: Case, passed: Passed) -> Decision:
    """The ticket, with who passed it on and what they want done with it. `case` is the agent's."""
    if opened.outcome is not Outcome.OPENED or opened.after is None:
        return opened
    by = By(Actor.AGENT, case.author)
    events = tuple(_by(each, by, passed) for each in opened.events)
    problems, note = passed.problems, _note(passed)
    after, more = opened.after, tuple[Event, ...]()
    try:
        after, more = apply(opened.after, _steps(case, opened.after, passed, by), case.now)
    except NotAllowed as error:
        problems, note = (str(error),), passed.forwarded.above
        if note:
            after, more = apply(after, [Step(AddMessage(Entry.NOTE), by, WHY)], case.now)
    told = [each for each in opened.tellings if _is_to_be_sent(each, case, passed)]
    known = {each.to.key for each in told}
    new = [each for each in case.tell(more, after) if each.to.key not in known]
    if problems:
        told = [each for each in told if each.to.key != case.author.key]
        new.append(Telling(Notice.REFUSED, case.author, PlainReply.ANSWERS))
    mail = passed.forwarded.mail
    zone = case.desk.gateway.mailbox_named(case.mailbox).zone
    aware = mail.date.replace(tzinfo=zone) if mail.date and not mail.date.tzinfo else mail.date
    return replace(
        opened,
        reason=f"{opened.reason}; passed on by an agent",
        after=after,
        events=(*events, *more),
        tellings=(*told, *_news(new)),
        problems=problems,
        passed_on=PassedOn(
            author=passed.requester,
            by=case.author,
            mail=mail,
            part=passed.forwarded.part,
            written_at=aware,
            note=note,
        ),
    )


def _named(parsed: Parsed) -> Address | None:
    found = (action for command in parsed.commands for action in command.actions)
    return next((each.person for each in found if isinstance(each, SetRequester)), None)


def _known(author: Address, directory: Directory) -> Address | None:
    """As the directory has them: by address, or by a name that one person alone has."""
    if author.address:
        return directory.known_as(author)
    name = " ".join(author.name.split()).casefold()
    found = [each.address for each in directory.people if each.address.name.casefold() == name]
    return found[0] if len(found) == 1 and name else None


def _is_somebody(case: Case, person: Address) -> bool:
    """Whether a ticket may be for them: nobody answers a machine, and we do not answer us."""
    own = case.desk.gateway.mailbox_of(person.address)
    return can_be_written_to(person) and not own and not withhold.is_machine(person)


def _problems(parsed: Parsed) -> tuple[str, ...]:
    return parsed.problems or tuple(
        f"#{each.verb} is about a ticket that is there; write it in a reply to the mail about it"
        for each in parsed.commands
        if each.verb not in _OBEYED
    )


def _note(passed: Passed) -> str:
    return passed.forwarded.above if passed.problems else passed.parsed.said


def _steps(case: Case, ticket: Ticket, passed: Passed, by: By) -> list[Step]:
    """What the agent says to colleagues, and what they command. Raises NotAllowed."""
    noted = [Step(AddMessage(Entry.NOTE), by, WHY)] if _note(passed) else []
    if passed.problems:
        return noted
    elsewhere = frozenset({Verb.REQUESTER})
    wanted = commanded.steps(case, ticket, passed.parsed, False, elsewhere)
    return [*noted, *wanted]


def _by(event: Event, by: By, passed: Passed) -> Event:
    """What the requester would have done, the agent did."""
    person = event.by.person
    if person is None or person.key != passed.requester.key:
        return event
    return replace(event, by=by, why=WHY)


def _is_to_be_sent(telling: Telling, case: Case, passed: Passed) -> bool:
    confirms = case.desk.gateway.mailbox_named(case.mailbox).confirm_forwarded
    return confirms or telling.notice is not Notice.CONFIRMATION


def _news(tellings: list[Telling]) -> tuple[Telling, ...]:
    """Whoever is told of the new ticket at all reads the note with it."""
    return tuple(each for each in tellings if each.notice is not Notice.TAKEN)

"""An agent's mail: answer, note or commands; never what they did not prove they may.

A mail with a wrong command does nothing at all and reaches no requester: its text is
kept as a note and its author is told the right form.
"""

from collections.abc import Mapping

from gateway.decide import absence, author, commanded, merging, queries, undoing
from gateway.decide.admission import Admission, Grant
from gateway.decide.case import Case
from gateway.decide.decision import Trace
from gateway.decide.done import Done, Handler, did
from gateway.ingest.trust import Proof
from gateway.message import Kind
from gateway.outbound import changes
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.rules import commands
from gateway.rules.commands import Effect, Needs, Parsed, Verb
from gateway.threading import internal
from gateway.tickets.actions import AddMessage, Assign, Entry
from gateway.tickets.events import Actor, By
from gateway.tickets.model import NotAllowed, Step, Ticket, apply

__all__ = ["HANDLED_ELSEWHERE", "Done", "did", "needs_yes", "obey", "tell"]

NOT_OWN = (
    "commands count in a reply to a mail that we sent to you about this ticket: "
    "its reply address is made for you alone"
)
NOTHING_NEW = "the mail says nothing of its own, only what it quotes"
UNCLEAR = (
    "it came to no reply address of yours, so nothing says whether the requester was to get it: "
    "it is kept as a note, and a reply to this mail is sent"
)
NOT_SURE = "#{verb} needs a mail that your mail server vouches for, or a yes of yours"


HANDLED_ELSEWHERE: Mapping[Verb, Handler] = {
    Verb.LINK: merging.link,
    Verb.MERGE: merging.merge,
    Verb.SPLIT: merging.split,
    Verb.UNDO: undoing.undo,
    Verb.WHY: queries.answer,
    Verb.FULL: queries.answer,
    Verb.HELP: queries.answer,
    Verb.LIST: queries.answer,
    Verb.SHOW: queries.answer,
    Verb.SEARCH: queries.answer,
    Verb.STATUS: queries.answer,
    Verb.AWAY: absence.away,
    Verb.BACK: absence.back,
}
"""Each with what obeys it: given what the mail's other commands did, it gives that back with what
it did itself."""


def obey(case: Case, ticket: Ticket, trace: Trace) -> Done:
    """What the agent's mail does. Admitted as a note it is nothing else (promise 5), and so is
    what a machine of theirs sent: no requester gets an agent's absence for an answer."""
    text = case.reading.new_text
    if case.reading.kind in (Kind.AUTO_GENERATED, Kind.AUTO_REPLY):
        return _noted(case, ticket, text, str(case.reading.kind))
    text = internal.own_words(text)
    if not text and not case.reading.message.files:
        return _noted(case, ticket, case.reading.new_text, "refused", (NOTHING_NEW,))
    if trace.admission is Admission.NOTE:
        wrong = (NOT_OWN,) if commands.is_command(text) else ()
        return _noted(case, ticket, text, "refused" if wrong else "note", wrong)
    parsed = commands.parse(text, commanded.names_of(case))
    problems = parsed.problems or _not_possible(case, trace, parsed)
    problems = problems or _for_whom(case, trace, parsed)
    if problems:
        return _noted(case, ticket, text, "refused", problems)
    try:
        return _obeyed(case, ticket, trace, parsed)
    except NotAllowed as error:
        return _noted(case, ticket, text, "refused", (str(error),))


def needs_yes(case: Case, trace: Trace) -> bool:
    """Whether the agent has to be asked before this mail is obeyed: what it commands can hardly
    be taken back, and no server that we trust vouches for its From:. A wrong one is refused at
    once, and needs no yes."""
    if trace.admission is Admission.NOTE or _is_sure(case, trace):
        return False
    parsed = commands.parse(internal.own_words(case.reading.new_text), commanded.names_of(case))
    return not parsed.problems and bool(_asking(parsed))


def _is_sure(case: Case, trace: Trace) -> bool:
    return trace.proof is Proof.VERIFIED or case.grant is Grant.AUTHOR


def _asking(parsed: Parsed) -> list[Verb]:
    return [each.verb for each in parsed.commands if each.row.needs is Needs.SURE]


def _not_possible(case: Case, trace: Trace, parsed: Parsed) -> tuple[str, ...]:
    """Right commands that this mail does not prove enough for."""
    unsure = [] if _is_sure(case, trace) else _asking(parsed)
    return tuple(NOT_SURE.format(verb=verb) for verb in unsure)


def _for_whom(case: Case, trace: Trace, parsed: Parsed) -> tuple[str, ...]:
    """A yes says who wrote a text, not for whom: its author decides, and is not left to believe
    that the requester has it."""
    is_told = author.is_own(case, trace.match) or author.was_told_of_an_answer(case, trace.match)
    is_plain = parsed.effect is Effect.PLAIN and bool(parsed.rest or not parsed.commands)
    return (UNCLEAR,) if is_plain and case.grant is Grant.AUTHOR and not is_told else ()


def tell(case: Case, done: Done) -> tuple[Telling, ...]:
    """Who is told; of a mail that was refused, its author alone. Of commands that were obeyed
    their author is, where no other mail shows what they did."""
    if done.problems:
        return (Telling(Notice.REFUSED, case.author, PlainReply.ANSWERS),)
    report = (Telling(Notice.REPORT, case.author, PlainReply.IS_NOTED),) if done.report else ()
    if done.is_quiet:
        return report
    tellings = case.tell(done.events, done.ticket)
    tellings += tuple(each for each in done.tellings if each.to not in {e.to for e in tellings})
    if report:
        return tellings + report
    if changes.are_to_be_confirmed(done.events, done.entry):
        tellings += (Telling(Notice.DONE, case.author, PlainReply.IS_NOTED),)
    return tellings


def _noted(case: Case, ticket: Ticket, text: str, why: str, problems: tuple[str, ...] = ()) -> Done:
    step = Step(AddMessage(Entry.NOTE), By(Actor.AGENT, case.author), why)
    after, events = apply(ticket, [step], case.now)
    return Done(ticket=after, events=events, entry=Entry.NOTE, text=text, problems=problems)


def _obeyed(case: Case, ticket: Ticket, trace: Trace, parsed: Parsed) -> Done:
    by = By(Actor.AGENT, case.author)
    entry = _entry(case, parsed, trace)
    # The message first: an answer moves a new ticket to open, and a wait or a resolution
    # then has the last word.
    steps = [Step(AddMessage(entry), by, "mail")]
    is_given_away = parsed.has(Verb.TAKE, Verb.ASSIGN, Verb.QUEUE)
    if entry is Entry.ANSWER and ticket.assignee is None and not is_given_away:
        steps.append(Step(Assign(case.author), by, "answered"))
    has_summary = entry is Entry.ANSWER and bool(parsed.said)
    elsewhere = frozenset(HANDLED_ELSEWHERE)
    steps += commanded.steps(case, ticket, parsed, has_summary, elsewhere)
    said = parsed.said
    if entry is Entry.ANSWER:
        said = commanded.presentable(case, ticket, said)
    done = did(ticket, steps, said, case.now)
    for command in parsed.commands:
        handler = HANDLED_ELSEWHERE.get(command.verb)
        done = handler(case, ticket, trace, command, done) if handler else done
    return done


def _entry(case: Case, parsed: Parsed, trace: Trace) -> Entry:
    """What the mail is: what its commands make it, else what the agent was told that a plain
    reply is. A yes says who wrote it, not what they were told: in doubt nothing leaves."""
    if parsed.effect is Effect.NOTE:
        return Entry.NOTE
    if parsed.effect is Effect.ANSWER:
        return Entry.ANSWER
    if parsed.effect is Effect.SILENT or (parsed.commands and not parsed.rest):
        return Entry.COMMAND
    if parsed.effect is Effect.ASIDE:
        return Entry.NOTE
    return Entry.ANSWER if author.was_told_of_an_answer(case, trace.match) else Entry.NOTE

"""An agent's mail: answer, note or commands; never what they did not prove they may.

A mail with a wrong command does nothing at all and reaches no requester: its text is
kept as a note and its author is told the right form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.decide.case import Case
from gateway.decide.decision import Trace
from gateway.ingest.trust import Proof
from gateway.message import Kind
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.rules import commands
from gateway.rules.commands import Parsed, Verb
from gateway.threading import internal
from gateway.threading.tag import Purpose
from gateway.tickets.actions import (
    Action,
    AddMessage,
    Assign,
    Entry,
    Resolve,
    Take,
    WaitForRequester,
)
from gateway.tickets.events import Actor, By, Event
from gateway.tickets.model import MoveNotAllowed, Step, Ticket, apply

commands_in = commands.is_command

NOTHING_NEW = "the mail says nothing of its own, only what it quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a participant's mail did. `text` is what it says to whom `entry` is for."""

    ticket: Ticket
    events: tuple[Event, ...]
    entry: Entry
    text: str
    unproven: bool = False
    problems: tuple[str, ...] = ()


def did(ticket: Ticket, steps: Sequence[Step], text: str, now: datetime) -> Done:
    """The steps, done. One of them adds the message. Raises MoveNotAllowed."""
    after, events = apply(ticket, steps, now)
    entry = next(s.action.entry for s in steps if isinstance(s.action, AddMessage))
    return Done(ticket=after, events=events, entry=entry, text=text)


def obey(case: Case, ticket: Ticket, trace: Trace) -> Done:
    """What the agent's mail does. Unproven it is a note and nothing else (promise 5), and so
    is what a machine of theirs sent: no requester gets an agent's absence for an answer."""
    text = case.reading.new_text
    if trace.proof is Proof.CLAIMED:
        return _noted(case, ticket, text, "unproven", unproven=True)
    if case.reading.kind is Kind.AUTO_GENERATED:
        return _noted(case, ticket, text, str(case.reading.kind))
    text = internal.own_words(text)
    if not text and not case.reading.message.files:
        return _noted(case, ticket, case.reading.new_text, "refused", (NOTHING_NEW,))
    parsed = commands.parse(text)
    if parsed.problems:
        return _noted(case, ticket, text, "refused", parsed.problems)
    try:
        return _obeyed(case, ticket, trace, parsed)
    except MoveNotAllowed as error:
        return _noted(case, ticket, text, "refused", (str(error),))


def tell(case: Case, done: Done) -> tuple[Telling, ...]:
    """Who is told. An agent whose mail was refused or not believed is told so themselves, at
    their address on file: whoever only pretended to be them gets nothing."""
    told = case.tell(done.events, done.ticket)
    if done.unproven:
        to_colleagues = (Telling(Notice.UNPROVEN, each.to, each.plain_reply) for each in told)
        return (Telling(Notice.UNPROVEN, case.author, PlainReply.ANSWERS), *to_colleagues)
    if done.problems:
        return (Telling(Notice.REFUSED, case.author, PlainReply.ANSWERS),)
    return told


def _noted(
    case: Case,
    ticket: Ticket,
    text: str,
    why: str,
    problems: tuple[str, ...] = (),
    *,
    unproven: bool = False,
) -> Done:
    step = Step(AddMessage(Entry.NOTE), By(Actor.AGENT, case.author), why)
    after, events = apply(ticket, [step], case.now)
    return Done(
        ticket=after,
        events=events,
        entry=Entry.NOTE,
        text=text,
        unproven=unproven,
        problems=problems,
    )


def _obeyed(case: Case, ticket: Ticket, trace: Trace, parsed: Parsed) -> Done:
    by = By(Actor.AGENT, case.author)
    steps = [_step(command.verb, case, by) for command in parsed.commands]
    entry = _entry(parsed, trace)
    if entry is Entry.ANSWER and ticket.assignee is None and not parsed.has(Verb.TAKE):
        steps.insert(0, Step(Assign(case.author), by, "answered"))
    # The message first: an answer moves a new ticket to open, and a wait or a resolution
    # then has the last word.
    steps.insert(0, Step(AddMessage(entry), by, "mail"))
    said = _said(parsed)
    if entry is Entry.ANSWER:
        said = internal.without_quotes_of(said, case.facts.notes.get(ticket.number, ()))
    return did(ticket, [step for step in steps if step], said, case.now)


def _step(verb: Verb, case: Case, by: By) -> Step | None:
    actions: dict[Verb, Action] = {
        Verb.TAKE: Take(case.author),
        Verb.WAIT: WaitForRequester(),
        Verb.RESOLVE: Resolve(),
    }
    return Step(actions[verb], by, f"command #{verb}") if verb in actions else None


def _entry(parsed: Parsed, trace: Trace) -> Entry:
    """What the mail is: what its commands make it, else what the address it came to says that
    a plain reply is."""
    if parsed.has(Verb.NOTE):
        return Entry.NOTE
    if parsed.has(Verb.WAIT) or parsed.has(Verb.RESOLVE):
        return Entry.ANSWER
    if parsed.commands and not parsed.rest:
        return Entry.COMMAND
    signed = trace.match.signed if trace.match else None
    return Entry.NOTE if signed and signed.purpose is Purpose.NOTE else Entry.ANSWER


def _said(parsed: Parsed) -> str:
    verbs = (Verb.NOTE, Verb.WAIT, Verb.RESOLVE)
    return next((parsed.said(verb) for verb in verbs if parsed.has(verb)), parsed.rest)

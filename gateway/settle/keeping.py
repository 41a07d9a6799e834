"""The messages that a mail becomes: one row for most, two where an agent passes a mail on.

Part of `record`, within its transaction. The surprising fact: of a mail that was passed on, the
identifiers are kept as those of a mail that came, but never one that another ticket knows, for
whoever wrote them could have written any.
"""

from collections.abc import Mapping
from dataclasses import replace

from gateway.decide import placing
from gateway.decide.case import Case
from gateway.decide.decision import Decision, PassedOn
from gateway.message import Address, identifier_of
from gateway.store import Tx, conversation, identifiers, overtaken, people, spool
from gateway.store.conversation import Said
from gateway.threading import tag
from gateway.threading.msgid import as_written
from gateway.tickets.actions import Entry
from gateway.tickets.events import Event, MessageAdded

MAX_REMEMBERED = 20  # of the Message-IDs that a mail which was passed on refers to


def met(case: Case, decision: Decision) -> dict[str, Address]:
    """Whom the decision makes part of its ticket for the first time ever, but the author."""
    after, new = decision.after, case.facts.newcomers
    if after is None or not new:
        return {}
    return {each.key: each for each in (after.requester, *after.watchers) if each.key in new}


def meet(tx: Tx, case: Case, decision: Decision) -> dict[str, int]:
    """Everybody's id, after those who are new were put down."""
    ids = dict(case.facts.ids)
    if case.author.key not in ids:
        people.add(tx, case.facts.new_person, case.author)
        ids[case.author.key] = case.facts.new_person
    for key, person in met(case, decision).items():
        people.add(tx, ids[key], person)
    return ids


def said(
    tx: Tx,
    of: spool.Delivery,
    case: Case,
    decision: Decision,
    ticket_id: int,
    ids: Mapping[str, int],
) -> tuple[int | None, tuple[Event, ...]]:
    """Put down what the mail says; the row of the message that the decision's events are about,
    and the events, of which that of a note has its own."""
    if decision.entry is None:
        return None, decision.events
    passed = decision.passed_on
    if passed is not None:
        return _passed_on(tx, of, case, decision, passed, ticket_id, ids)
    message, author_id = case.reading.message, ids[case.author.key]
    row = _said(of, case, decision)
    written = as_written(message.header("message-id")) or message.message_id
    awaited = identifier_of(written or "") in case.facts.overtaken
    referred = placing.referred(case, decision)
    overtaken.came(tx, ticket_id, written, author_id, awaited=awaited, referred=referred)
    return conversation.add(tx, ticket_id, author_id, row, message.subject), decision.events


def _said(of: spool.Delivery, case: Case, decision: Decision) -> Said:
    message, entry = case.reading.message, decision.entry
    assert entry is not None  # noqa: S101 - the caller has looked
    return Said(
        at=of.envelope.received_at,
        author=case.author,
        entry=entry,
        internal=entry.internal,
        text=decision.text,
        full_text=message.text,
        proof=decision.trace.proof.value,
        message_id=message.message_id,
        spool_id=of.spool_id,
        attachments=message.files,
    )


def _passed_on(
    tx: Tx,
    of: spool.Delivery,
    case: Case,
    decision: Decision,
    passed: PassedOn,
    ticket_id: int,
    ids: Mapping[str, int],
) -> tuple[int | None, tuple[Event, ...]]:
    """The request, with nothing in it of what the agent says to it; and that, as a note."""
    mail, plain = passed.mail, _said(of, case, decision)
    at = min(passed.written_at or of.envelope.received_at, of.envelope.received_at)
    request = replace(
        plain,
        at=at,
        author=passed.author,
        full_text=decision.text,
        proof="claimed",
        message_id=mail.message_id,
    )
    author_id, agent_id = ids[passed.author.key], ids[passed.by.key]
    own = as_written(case.reading.message.header("message-id"))
    _remember(tx, case, ticket_id, {own: agent_id})
    referred = (*mail.references, *mail.in_reply_to)
    known = [as_written(mail.header("message-id")), *referred[-MAX_REMEMBERED:]]
    _remember(tx, case, ticket_id, dict.fromkeys(known, author_id))
    row = conversation.add(tx, ticket_id, author_id, request, mail.subject)
    if not passed.note:
        return row, decision.events
    note = replace(plain, entry=Entry.NOTE, internal=True, text=passed.note, full_text=passed.note)
    note = replace(note, message_id=None, attachments=())
    note_row = conversation.add(tx, ticket_id, agent_id, note, mail.subject)
    return row, tuple(_of_note(each, note_row) for each in decision.events)


def _remember(tx: Tx, case: Case, ticket_id: int, written: Mapping[str, int]) -> None:
    """Those that nobody made but their author, and that lead nowhere yet."""
    mailbox = case.mailbox
    kept = {
        each: person
        for each, person in written.items()
        if each and not tag.read_message_id(case.ring, mailbox, identifier_of(each), case.now)
    }
    values = {identifier_of(each) for each in kept}
    there = identifiers.numbers(tx, values) if values else {}
    new = {e: p for e, p in kept.items() if (mailbox, identifier_of(e)) not in there}
    identifiers.remember(tx, ticket_id, new, issued=False)


def _of_note(event: Event, row: int) -> Event:
    fact = event.fact
    if isinstance(fact, MessageAdded) and fact.entry is Entry.NOTE:
        return replace(event, fact=MessageAdded(fact.entry, row))
    return event

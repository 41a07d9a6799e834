"""A decision becomes rows, in one short transaction: all of it, or nothing.

Nothing is parsed, rendered or looked up here that could take time; the write lock is
held for inserts and updates alone. What was decided from a state that is no longer so
raises Conflict; work that is no longer ours raises LostClaim. Both undo everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from gateway.decide.case import Case
from gateway.decide.decision import CancelTimer, Decision, StartTimer
from gateway.errors import Fault
from gateway.message import Mail, Reading
from gateway.reading import as_json
from gateway.store import Tx, conversation, decisions, outbox, people, spool, tickets, timers
from gateway.store.conversation import Said
from gateway.store.decisions import Kept
from gateway.store.outbox import Row
from gateway.store.timers import Timer
from gateway.threading.msgid import as_written

ONE_ALERT_PER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A mail to the admin about faults, sent once a day at most for the same faults."""

    faults: tuple[Fault, ...]
    mail: Mail

    @property
    def key(self) -> str:
        """The same for the same faults, and short: PostgreSQL indexes 2.7 kB of it at most."""
        told = "\n".join(sorted({str(fault) for fault in self.faults}))
        return sha256(told.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What goes with every decision: who records, when, and what is to be sent."""

    worker: str
    now: datetime
    mails: tuple[Mail, ...] = ()
    alert: Alert | None = None


def delivery(tx: Tx, done: Recording, of: spool.Delivery, case: Case, decision: Decision) -> None:
    """The end of a delivery: its ticket's changes and its own outcome."""
    ticket_id = None
    if decision.after is not None:
        ticket_id = _ticket_of_mail(tx, done, of, case, decision)
    _queue(tx, done, ticket_id, of.id)
    kept = Kept(
        decided_at=case.now,
        ruleset=case.desk.rules.version,
        reading=_without_text(case.reading),
        facts=case.facts.as_json(),
        account=decision.as_json(),
    )
    decisions.keep(tx, of.id, kept)
    spool.finish(
        tx,
        of.claimed,
        done.worker,
        done.now,
        decision.outcome,
        reason=decision.reason,
        proof=decision.trace.proof.value,
        ticket_id=ticket_id,
        duplicate_of=decision.duplicate_of,
        fingerprint=None if decision.duplicate_of else case.reading.fingerprint,
    )


def timer(
    tx: Tx, done: Recording, fired: Timer, decision: Decision, ids: Mapping[str, int]
) -> None:
    """A timer has fired, with or without consequence."""
    ticket_id = _follow(tx, done, decision, ids)
    _queue(tx, done, ticket_id, None)
    timers.finish(tx, fired.claimed, done.worker, done.now)


def failure(
    tx: Tx,
    done: Recording,
    failed: Row,
    reply: str,
    decision: Decision | None,
    ids: Mapping[str, int],
) -> None:
    """A mail of ours was refused for good; its ticket says so, where it has one."""
    ticket_id = _follow(tx, done, decision, ids) if decision else None
    _queue(tx, done, ticket_id, None)
    outbox.fail(tx, failed.claimed, done.worker, done.now, reply)


def _ticket_of_mail(
    tx: Tx, done: Recording, of: spool.Delivery, case: Case, decision: Decision
) -> int:
    after, facts = decision.after, case.facts
    assert after is not None  # noqa: S101 - the caller has looked
    ids = dict(facts.ids)
    if case.author.key not in ids:
        people.add(tx, facts.new_person, case.author)
        ids[case.author.key] = facts.new_person
    if decision.before is None:
        ticket_id = tickets.insert(tx, after, ids)
    else:
        ticket_id = tickets.update(tx, decision.before, after, ids)
    message_id = _message(tx, of, case, decision, ticket_id, ids[case.author.key])
    tickets.append(tx, ticket_id, decision.events, ids, message_id)
    for change in decision.timers:
        if isinstance(change, StartTimer):
            timers.start(tx, ticket_id, change.name, change.generation, change.due_at)
        elif isinstance(change, CancelTimer):
            timers.cancel(tx, ticket_id, change.name, done.now)
    if decision.quoted is not None:
        tickets.add_link(tx, ticket_id, decision.quoted, "quoted")
    return ticket_id


def _message(
    tx: Tx,
    of: spool.Delivery,
    case: Case,
    decision: Decision,
    ticket_id: int,
    author_id: int,
) -> int | None:
    if decision.entry is None:
        return None
    message = case.reading.message
    said = Said(
        at=of.envelope.received_at,
        author=case.author,
        entry=decision.entry,
        internal=decision.entry.internal,
        text=decision.text,
        full_text=message.text,
        proof=decision.trace.proof.value,
        message_id=message.message_id,
        spool_id=of.spool_id,
        attachments=message.attachments,
    )
    written = as_written(message.header("message-id")) or message.message_id
    if written:
        tickets.remember_identifiers(tx, ticket_id, {written: author_id}, issued=False)
    return conversation.add(tx, ticket_id, author_id, said, message.subject)


def _follow(tx: Tx, done: Recording, decision: Decision, ids: Mapping[str, int]) -> int | None:
    """The ticket's changes where no mail came in."""
    if decision.before is None or decision.after is None:
        return None
    ticket_id = tickets.update(tx, decision.before, decision.after, ids)
    tickets.append(tx, ticket_id, decision.events, ids)
    return ticket_id


def _queue(tx: Tx, done: Recording, ticket_id: int | None, delivery_id: int | None) -> None:
    """Outgoing mail, and the identifiers by which an answer to it finds its ticket."""
    outbox.add(tx, done.mails, done.now, ticket_id=ticket_id, delivery_id=delivery_id)
    if ticket_id is not None and done.mails:
        issued = {mail.message_id: mail.person_id for mail in done.mails}
        tickets.remember_identifiers(tx, ticket_id, issued, issued=True)
    alert = done.alert
    if alert and not decisions.told_lately(tx, alert.key, done.now - ONE_ALERT_PER):
        decisions.tell(tx, alert.key, done.now)
        outbox.add(tx, (alert.mail,), done.now, ticket_id=None)


_TEXTS = frozenset({"text", "reply_text", "html", "subject"})


def _without_text(reading: Reading) -> dict[str, object]:
    """What was read, less what the message's own row has."""
    return {name: value for name, value in as_json(reading).items() if name not in _TEXTS}

"""A decision becomes rows, in one short transaction: all of it, or nothing.

Nothing is parsed, rendered or looked up here that could take time; the write lock is
held for inserts and updates alone. What was decided from a state that is no longer so
raises Conflict; work that is no longer ours raises LostClaim. Both undo everything.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from gateway.decide import sharing
from gateway.decide.case import Case
from gateway.decide.decision import CancelTimer, Decision, StartTimer
from gateway.decide.sharing import SAME_MAIL
from gateway.deliveries import MAX_CAUSE_CHARS, WORKER_DIED, Outcome
from gateway.errors import Fault, TemporaryError
from gateway.message import Mail, Reading
from gateway.reading import as_json
from gateway.settle import keeping, rulings
from gateway.store import (
    Conflict,
    Tx,
    away,
    decisions,
    history,
    identifiers,
    outbox,
    siblings,
    spool,
    suppression,
    tickets,
    timers,
)
from gateway.store.decisions import Kept
from gateway.store.outbox import Row
from gateway.store.timers import Timer
from gateway.tickets.events import Actor, By, Event, MailWithheld, TicketLinked

ONE_ALERT_PER = timedelta(days=1)
FILE_WITH_NOTE = "file-with-note"


class WorkerDied(Exception):
    """Whoever worked on the delivery did not live to say what was wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A mail to the admin, sent once a day at most for the same faults, be they in the desk's
    files or in what it met."""

    faults: tuple[Fault | str, ...]
    mail: Mail

    @property
    def key(self) -> str:
        """The same for the same faults, and short: PostgreSQL indexes 2.7 kB of it at most."""
        told = "\n".join(sorted({str(fault) for fault in self.faults}))
        return sha256(told.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What goes with every decision: who records, when, and what is to be sent; `others` are the
    mails about other tickets, in the order of the decision's. `held_back` counts the files that
    requesters did not get."""

    worker: str
    now: datetime
    mails: tuple[Mail, ...] = ()
    others: tuple[tuple[Mail, ...], ...] = ()
    held_back: int = 0
    alert: Alert | None = None


def with_held_back(decision: Decision, done: Recording) -> Decision:
    """The decision, whose history says that a file did not go to the requester."""
    if not done.held_back or decision.after is None:
        return decision
    fact = MailWithheld(FILE_WITH_NOTE)
    withheld = Event(done.now, By(Actor.GATEWAY), "file", fact)
    return replace(decision, events=(*decision.events, withheld))


def delivery(tx: Tx, done: Recording, of: spool.Delivery, case: Case, decision: Decision) -> None:
    """The end of a delivery: its ticket's changes and its own outcome.

    Raises TemporaryError where it has to wait for the same mail's delivery to another mailbox.
    """
    _know_siblings(tx, of, case)
    ticket_id = about_id = None
    if decision.after is not None:
        ticket_id = about_id = _ticket_of_mail(tx, done, of, case, decision)
        _others(tx, done, of, case, decision, ticket_id)
    elif decision.about is not None:
        about_id = tickets.id_of(tx, decision.about.number)
    _queue(tx, done, about_id, of.id)
    rulings.record(tx, decision, done.now)
    _reach(tx, done, case, decision)
    if done.mails:
        rulings.refuse(tx, case, decision, done.now)
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
        cause=decision.cause.value if decision.cause else None,
        reason=decision.reason,
        proof=decision.trace.proof.value,
        ticket_id=ticket_id,
        duplicate_of=decision.duplicate_of,
        fingerprint=None if decision.duplicate_of else case.reading.fingerprint,
    )


def _reach(tx: Tx, done: Recording, case: Case, decision: Decision) -> None:
    """Who can be written to from now on, and whether the author is away."""
    for known in decision.suppressions:
        suppression.put(tx, known)
    if decision.reached:
        suppression.lift(tx, decision.reached)
    absence, agent = decision.absence, case.facts.ids.get(case.author.key)
    if absence is None or agent is None:
        return
    if absence.away:
        away.put(tx, agent, done.now, absence.until)
    else:
        away.end(tx, agent)


def quarantine(tx: Tx, done: Recording, of: spool.Delivery, error: Exception, reason: str) -> None:
    """We give up on a delivery. It is kept with its stack trace, for a person."""
    _queue(tx, done, None, of.id)
    spool.finish(
        tx,
        of.claimed,
        done.worker,
        done.now,
        Outcome.QUARANTINED,
        cause=cause_of(error),
        reason=reason,
        trouble="".join(traceback.format_exception(error)),
    )


def alarm(tx: Tx, done: Recording) -> None:
    """The admin is told of what no delivery, timer or mail of ours is the cause of."""
    _queue(tx, done, None, None)


def told_of(error: Exception) -> str:
    """An error in words that every database, mail and log takes, whatever stands in it.

    >>> told_of(ValueError("a\\udcffb"))
    'ValueError: a?b'
    """
    return f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()


def cause_of(error: Exception) -> str:
    """The word by which all that failed alike is found again.

    >>> cause_of(ValueError("x")), cause_of(WorkerDied())
    ('ValueError', 'worker-died')
    """
    return WORKER_DIED if isinstance(error, WorkerDied) else type(error).__name__[:MAX_CAUSE_CHARS]


def _know_siblings(tx: Tx, of: spool.Delivery, case: Case) -> None:
    """Make sure that the decision knew what came of the same mail in other mailboxes, and that
    nothing comes of it there until we are done. One ticket for all is the first mailbox's to
    open: a later one waits, or which of them has the ticket would be a matter of luck."""
    if not case.facts.siblings:
        return
    siblings.hold(tx, of.spool_id)
    now = siblings.of(tx, of.spool_id, of.id)
    first = next((each for each in now if each.waiting and each.delivery < of.id), None)
    if first and sharing.is_for_one_ticket(case):
        raise TemporaryError(f"waits for the same mail's delivery {first.delivery}")
    if now != case.facts.siblings:
        raise Conflict("the same mail has ended in another mailbox meanwhile")


def timer(
    tx: Tx, done: Recording, fired: Timer, decision: Decision, ids: Mapping[str, int]
) -> None:
    """A timer has fired, with or without consequence."""
    ticket_id = _follow(tx, decision, ids)
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
    ticket_id = _follow(tx, decision, ids) if decision else None
    _queue(tx, done, ticket_id, None)
    for known in decision.suppressions if decision else ():
        suppression.put(tx, known)
    outbox.fail(tx, failed.claimed, done.worker, done.now, reply)


def _ticket_of_mail(
    tx: Tx, done: Recording, of: spool.Delivery, case: Case, decision: Decision
) -> int:
    after = decision.after
    assert after is not None  # noqa: S101 - the caller has looked
    ids = keeping.meet(tx, case, decision)
    if decision.before is None:
        ticket_id = tickets.insert(tx, after, ids)
    else:
        ticket_id = tickets.update(tx, decision.before, after, ids)
    message_id, events = keeping.said(tx, of, case, decision, ticket_id, ids)
    tickets.append(tx, ticket_id, events, ids, message_id)
    for change in decision.timers:
        if isinstance(change, StartTimer):
            timers.start(tx, ticket_id, change.name, change.generation, change.due_at)
        elif isinstance(change, CancelTimer):
            timers.cancel(tx, ticket_id, change.name, done.now)
    if decision.quoted is not None:
        tickets.add_link(tx, ticket_id, decision.quoted, decision.link)
    for number in decision.siblings:
        _link_sibling(tx, done, ticket_id, after.number, number)
    return ticket_id


def _others(
    tx: Tx, done: Recording, of: spool.Delivery, case: Case, decision: Decision, ticket_id: int
) -> None:
    """What the mail does to other tickets, and which of them have to do with this one."""
    ids: dict[int, int] = {}
    for other, mails in zip(decision.others, done.others, strict=True):
        if other.after is not None:
            other_id = ids[other.after.number] = _ticket_of_mail(tx, done, of, case, other)
            _queue(tx, replace(done, mails=mails, alert=None), other_id, of.id)
    for number, how in decision.links:
        history.link_both(tx, ticket_id, ids[number], how)
    for number, how in decision.unlinks:
        if number in ids:
            history.unlink_both(tx, ticket_id, ids[number], how)


def _link_sibling(tx: Tx, done: Recording, ticket_id: int, number: int, other: int) -> None:
    """Both tickets know each other; our own history has it among the decision's events."""
    other_id = tickets.add_links(tx, ticket_id, other, SAME_MAIL)
    fact = TicketLinked(number, SAME_MAIL)
    tickets.append(tx, other_id, [Event(done.now, By(Actor.GATEWAY), "same mail", fact)], {})


def _follow(tx: Tx, decision: Decision, ids: Mapping[str, int]) -> int | None:
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
        identifiers.remember(tx, ticket_id, issued, issued=True)
    alert = done.alert
    if alert and not decisions.told_lately(tx, alert.key, done.now - ONE_ALERT_PER):
        decisions.tell(tx, alert.key, done.now)
        outbox.add(tx, (alert.mail,), done.now, ticket_id=None)


_TEXTS = frozenset({"text", "reply_text", "html", "subject"})


def _without_text(reading: Reading) -> dict[str, object]:
    """What was read, less what the message's own row has."""
    return {name: value for name, value in as_json(reading).items() if name not in _TEXTS}

"""Deliveries to their outcome: read, load, decide, write, record; many in one commit.

Each is decided as if those before it were recorded already. What cannot be, because it is
about the same ticket or the same mail as one before it, is left for the next commit, and all
that depends on it as well. Everything slow happens before the transaction that records.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway import maillog
from gateway.decide import mail, unknown
from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.deliveries import Cause
from gateway.message import Reading, Source
from gateway.settle import handed, keeping, load, overtaking, record
from gateway.settle.asking import asked_as_read
from gateway.settle.correspond import At
from gateway.settle.known import Asked, Known
from gateway.settle.office import Numbers, Office
from gateway.settle.record import Alert, Recording
from gateway.store import gathering, snapshot, spool, tickets, transaction
from gateway.threading.msgid import as_written


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A delivery with its decision and its mails, to be recorded."""

    asked: Asked
    case: Case
    decision: Decision
    recording: Recording


def together(
    office: Office, numbers: Numbers, waiting: Sequence[Asked], now: datetime
) -> tuple[list[Settled], list[Asked]]:
    """Decided and written, in order; and those that must wait until these are recorded. Raises
    `overtaking.Overtook`."""
    with snapshot(office.database) as tx:
        known = load.known(tx, waiting, office.desk, now)
        overtaking.require_parents(tx, waiting, known, now)
    meanwhile = overtaking.Meanwhile()
    done: list[Settled] = []
    left: list[Asked] = []
    for each in overtaking.parents_first(waiting):
        if meanwhile.concerns(each, known):
            left.append(each)
            continue
        settled = _settled(office, numbers, each, known, now)
        _remember(settled, known, meanwhile)
        done.append(settled)
    return done, left


def _known(office: Office, waiting: Sequence[Asked], now: datetime) -> Known:
    with snapshot(office.database) as tx:
        return load.known(tx, waiting, office.desk, now)


def _settled(office: Office, numbers: Numbers, each: Asked, known: Known, now: datetime) -> Settled:
    number, person = numbers.take("ticket"), numbers.take("person")
    used_number = used_person = False
    new = handed.ids_for_strangers(office.database, numbers, each, known)
    used = frozenset[str]()
    try:
        case = _case(office, each, known, now, number, person, new)
        decision = mail.decide(case)
        recording = write(office, case, decision, each.delivery)
        decision = record.with_held_back(decision, recording)
        used_number = any(e.before is None and e.after for e in (decision, *decision.others))
        used_person = decision.after is not None and case.author.key not in known.ids
        used = frozenset(keeping.met(case, decision))
    finally:
        for key in new.keys() - used:
            numbers.give_back("person", new[key])
        if not used_number:
            numbers.give_back("ticket", number)
        if not used_person:
            numbers.give_back("person", person)
    return Settled(asked=each, case=case, decision=decision, recording=recording)


def _remember(settled: Settled, known: Known, meanwhile: overtaking.Meanwhile) -> None:
    """What the next one is to know, though it is not recorded yet."""
    after, author = settled.decision.after, settled.case.author
    if settled.decision.cause is Cause.UNKNOWN_SENDER and settled.recording.mails:
        known.refused |= {unknown.refusal_key(author)}
    meanwhile.tickets |= {e.after.number for e in settled.decision.others if e.after}
    if after is not None:
        meanwhile.tickets.add(after.number)
        known.ids.setdefault(author.key, settled.case.facts.new_person)
        met = keeping.met(settled.case, settled.decision)
        known.ids.update((key, settled.case.facts.ids[key]) for key in met)
    requester = known.ids.get(after.requester.key) if after else None
    for written in settled.recording.mails:
        if written.person_id:
            known.lately.wrote(written.person_id, written.notice, requester)
    for bounced in settled.decision.suppressions:
        known.lately.suppressed[bounced.key] = bounced
    known.lately.suppressed.pop(settled.decision.reached, None)


def put_down(office: Office, done: Sequence[Settled]) -> float:
    """Record all of these in one transaction, or none; how many seconds their rows took, the wait
    for the lock and the commit itself not counted. Raises Conflict, LostClaim or
    TemporaryError."""
    if not done:
        return 0.0
    with transaction(office.database) as tx:
        began = time.monotonic()
        with gathering(tx, len(done)):
            tickets.look_up(tx, {number for each in done if (number := each.decision.quoted)})
            # locks are taken in the order of tickets, so that nobody waits in a circle
            for each in sorted(done, key=_by_ticket):
                record.delivery(tx, each.recording, each.asked.delivery, each.case, each.decision)
        rows_seconds = time.monotonic() - began
    for each in done:
        after = each.decision.after
        maillog.ended(
            delivery=each.asked.delivery.id,
            outcome=each.decision.outcome.value,
            ticket=after.number if after else None,
            reason=each.decision.reason,
            mails=len(each.recording.mails),
        )
    return rows_seconds


def _by_ticket(settled: Settled) -> tuple[int, int]:
    after = settled.decision.after
    return after.number if after else 0, settled.asked.delivery.id


def prepare(
    office: Office,
    delivery: spool.Delivery,
    reading: Reading,
    now: datetime,
    new_number: int,
    new_person: int,
) -> Case:
    """Everything that the decision may depend on, as of now; for `explain`."""
    each = asked_as_read(office, delivery, reading, now)
    known = _known(office, [each], now)
    met = dict.fromkeys(handed.strangers(each, known), new_person)
    return _case(office, each, known, now, new_number, new_person, met)


def _case(
    office: Office,
    each: Asked,
    known: Known,
    now: datetime,
    new_number: int,
    new_person: int,
    newcomers: Mapping[str, int],
) -> Case:
    delivery, mailbox = each.delivery, office.desk.gateway.mailbox_named(each.delivery.mailbox)
    imported = delivery.envelope.source is Source.IMPORT
    return Case(
        reading=each.reading,
        null_sender=not delivery.envelope.mail_from,
        imported_at=delivery.envelope.received_at if imported else None,
        # whoever imports the desk's history has looked at it
        grant=Grant.PERSON if imported else Grant(delivery.granted),
        mailbox=mailbox.address,
        recipients=delivery.rcpt_to,
        clues=each.clues,
        verdict=each.verdict,
        facts=known.facts(
            each,
            office.desk,
            new_number=new_number,
            new_person=new_person,
            new_people=newcomers,
        ),
        desk=office.desk,
        ring=office.ring,
        now=now,
    )


def write(office: Office, case: Case, decision: Decision, delivery: spool.Delivery) -> Recording:
    """The mails that the decision causes, and an alert for the admin where one is due."""
    message, facts = case.reading.message, case.facts
    at = handed.passed_on(decision, delivery, case) or At(
        author=case.author,
        delivery=delivery.id,
        message_id=as_written(message.header("message-id")),
        attachments=message.files,
        raw=delivery.content,
        spool_id=delivery.spool_id,
        file_bytes=case.reading.file_bytes,
        mailbox=case.mailbox,
        notes=facts.notes.get(decision.ticket.number, ()) if decision.ticket else (),
        shared=facts.shared.get(decision.ticket.number, ()) if decision.ticket else (),
        grant=case.grant,
        copied=(*message.to, *message.cc),
        request=handed.request(office.database, decision),
    )
    ids = {case.author.key: facts.new_person, **facts.ids}
    seen = facts.exchanged.get(decision.ticket.number, {}) if decision.ticket else {}
    cause = f"delivery {delivery.id}"
    written = office.writer.write(decision, at, ids, seen, cause, case.now)
    others = [office.writer.write(e, at, ids, {}, cause, case.now) for e in decision.others]
    alert = None
    if written.faults:
        for fault in written.faults:
            maillog.template_broken(fault=str(fault))
        alert = Alert(
            faults=written.faults, mail=office.writer.alert(written.faults, cause, case.now)
        )
    return Recording(
        worker=office.worker,
        now=case.now,
        mails=written.mails,
        held_back=written.held_back,
        others=tuple(each.mails for each in others),
        alert=alert,
    )

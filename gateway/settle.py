"""Deliveries to their outcome: read, load, decide, write, record; many in one commit.

Each is decided as if those before it were recorded already. What cannot be, because it is
about the same ticket or the same mail as one before it, is left for the next commit, and all
that depends on it as well. Everything slow happens before the transaction that records.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway import load, maillog, record
from gateway.correspond import At
from gateway.decide import mail
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.load import Asked, Known
from gateway.message import Reading, Source, identifier_of
from gateway.office import Numbers, Office
from gateway.outbound.letter import Notice
from gateway.reading import read
from gateway.record import Alert, Recording
from gateway.store import gathering, snapshot, spool, transaction
from gateway.threading import match
from gateway.threading.msgid import as_written


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A delivery with its decision and its mails, to be recorded."""

    asked: Asked
    case: Case
    decision: Decision
    recording: Recording


@dataclass(slots=True)
class Meanwhile:
    """What those before in the same commit are about: thus mails have to do with each other."""

    tickets: set[int] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    fingerprints: set[tuple[str, str]] = field(default_factory=set)
    spooled: set[int] = field(default_factory=set)

    def concerns(self, asked: Asked, known: Known) -> bool:
        """Whether this delivery has to do with one before it. It is one before the next, too."""
        delivery, reading = asked.delivery, asked.reading
        others = known.siblings.get(delivery.id, ())
        tickets = set(asked.clues.numbers) | set(known.identifiers_of(asked).values())
        tickets |= {each.ticket for each in others if each.ticket}
        print_ = (delivery.mailbox, reading.fingerprint)
        concerned = (
            not self.tickets.isdisjoint(tickets)
            or not self.identifiers.isdisjoint(asked.clues.referred)
            or print_ in self.fingerprints
            or delivery.spool_id in self.spooled
        )
        self.tickets |= tickets
        self.identifiers.add(identifier_of(_message_id(reading)))
        self.fingerprints.add(print_)
        self.spooled.add(delivery.spool_id)
        return concerned


def asked(office: Office, delivery: spool.Delivery, now: datetime) -> Asked:
    """The delivery, read. Raises KeyError when its mailbox has left the file."""
    return _asked(office, delivery, read_delivery(office, delivery), now)


def _asked(office: Office, delivery: spool.Delivery, reading: Reading, now: datetime) -> Asked:
    mailbox = office.desk.gateway.mailbox_named(delivery.mailbox)
    clues = match.clues(
        reading, delivery.rcpt_to, office.ring, mailbox.address, mailbox.separator, now
    )
    return Asked(delivery=delivery, reading=reading, clues=clues)


def read_delivery(office: Office, delivery: spool.Delivery) -> Reading:
    """The mail, read as one for this desk."""
    return read(
        delivery.content,
        delivery.envelope,
        own_addresses=office.desk.gateway.own_addresses,
        own_desk=office.ring.desk,
        behind_lists=frozenset(office.desk.gateway.mailbox_for(delivery.mailbox).behind_lists),
    )


def together(
    office: Office, numbers: Numbers, waiting: Sequence[Asked], now: datetime
) -> tuple[list[Settled], list[Asked]]:
    """Decided and written, in order; and those that must wait until these are recorded."""
    known = _known(office, waiting, now)
    meanwhile = Meanwhile()
    done: list[Settled] = []
    left: list[Asked] = []
    for each in waiting:
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
    try:
        case = _case(office, each, known, now, number, person)
        decision = mail.decide(case)
        recording = write(office, case, decision, each.delivery)
        used_number = decision.before is None and decision.after is not None
        used_person = decision.after is not None and case.author.key not in known.ids
    finally:
        if not used_number:
            numbers.give_back("ticket", number)
        if not used_person:
            numbers.give_back("person", person)
    return Settled(asked=each, case=case, decision=decision, recording=recording)


def _remember(settled: Settled, known: Known, meanwhile: Meanwhile) -> None:
    """What the next one is to know, though it is not recorded yet."""
    after, author = settled.decision.after, settled.case.author
    if after is None:
        return
    meanwhile.tickets.add(after.number)
    person = known.ids.setdefault(author.key, settled.case.facts.new_person)
    for written in settled.recording.mails:
        if written.notice == Notice.CONFIRMATION.value and written.person_id == person:
            known.confirmations[person] = known.confirmations.get(person, 0) + 1


def put_down(office: Office, done: Sequence[Settled]) -> float:
    """Record all of these in one transaction, or none; for how many seconds it kept others
    from writing, its own wait for them not counted. Raises Conflict, LostClaim or
    TemporaryError."""
    if not done:
        return 0.0
    with transaction(office.database) as tx:
        began = time.monotonic()
        with gathering(tx, len(done)):
            # locks are taken in the order of tickets, so that nobody waits in a circle
            for each in sorted(done, key=_by_ticket):
                record.delivery(tx, each.recording, each.asked.delivery, each.case, each.decision)
    held_seconds = time.monotonic() - began
    for each in done:
        after = each.decision.after
        maillog.ended(
            delivery=each.asked.delivery.id,
            outcome=each.decision.outcome.value,
            ticket=after.number if after else None,
            reason=each.decision.reason,
            mails=len(each.recording.mails),
        )
    return held_seconds


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
    each = _asked(office, delivery, reading, now)
    return _case(office, each, _known(office, [each], now), now, new_number, new_person)


def _case(
    office: Office, each: Asked, known: Known, now: datetime, new_number: int, new_person: int
) -> Case:
    delivery, mailbox = each.delivery, office.desk.gateway.mailbox_named(each.delivery.mailbox)
    return Case(
        reading=each.reading,
        null_sender=not delivery.envelope.mail_from,
        imported_at=(
            delivery.envelope.received_at if delivery.envelope.source is Source.IMPORT else None
        ),
        mailbox=mailbox.address,
        recipients=delivery.rcpt_to,
        clues=each.clues,
        facts=known.facts(each, office.desk, new_number=new_number, new_person=new_person),
        desk=office.desk,
        ring=office.ring,
        now=now,
    )


def write(office: Office, case: Case, decision: Decision, delivery: spool.Delivery) -> Recording:
    """The mails that the decision causes, and an alert for the admin where one is due."""
    message, facts = case.reading.message, case.facts
    at = At(
        author=case.author,
        message_id=as_written(message.header("message-id")),
        attachments=message.files,
        raw=delivery.content,
        notes=facts.notes.get(decision.after.number, ()) if decision.after else (),
    )
    ids = {case.author.key: facts.new_person, **facts.ids}
    seen = facts.exchanged.get(decision.after.number, {}) if decision.after else {}
    cause = f"delivery {delivery.id}"
    written = office.writer.write(decision, at, ids, seen, cause, case.now)
    alert = None
    if written.faults:
        for fault in written.faults:
            maillog.template_broken(fault=str(fault))
        alert = Alert(
            faults=written.faults, mail=office.writer.alert(written.faults, cause, case.now)
        )
    return Recording(worker=office.worker, now=case.now, mails=written.mails, alert=alert)


def _message_id(reading: Reading) -> str:
    """The identifier under which the mail will be found, as `record` keeps it."""
    message = reading.message
    return as_written(message.header("message-id")) or message.message_id or ""

"""The way of one mail that waits: claim, read, load, decide, write, record.

Everything slow happens before the transaction that records. What another worker
changed meanwhile is loaded and decided anew; what fails is tried again later, and after
MAX_ATTEMPTS set aside for a person, so that no mail stops those behind it.
"""

import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway import load, maillog, record
from gateway.correspond import At
from gateway.decide import mail
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.errors import TemporaryError
from gateway.message import Outcome, Reading
from gateway.office import Numbers, Office
from gateway.reading import read
from gateway.record import Alert, Recording
from gateway.store import Conflict, claims, snapshot, spool, tables, transaction
from gateway.threading import match
from gateway.threading.msgid import as_written

MAX_CONFLICTS = 5  # times a decision is made anew before the mail waits its turn again
RETRY = timedelta(seconds=10)  # doubled with every attempt


class Pipeline:
    """Works off waiting deliveries, one at a time."""

    def __init__(self, office: Office) -> None:
        self._office, self._numbers = office, Numbers()

    def step(self) -> bool:
        """Handle one waiting delivery; False when none is due. Raises TemporaryError."""
        now = datetime.now(UTC)
        with snapshot(self._office.database) as tx:
            due_at = claims.next_due(tx, tables.delivery)
        if due_at is None or due_at > now:
            return False
        with transaction(self._office.database) as tx:
            claimed = spool.claim(tx, self._office.worker, now, 1)
            self._numbers.top_up(tx, len(claimed))
        for delivery in claimed:
            with suppress(claims.LostClaim):  # somebody else has it; what we did is undone
                self._handle(delivery)
        return bool(claimed)

    def _handle(self, delivery: spool.Delivery) -> None:
        """To its end, or to its next attempt. Raises LostClaim, and nothing over the mail's
        own fault."""
        try:
            self._work(delivery)
        except claims.LostClaim:
            raise
        except TemporaryError as error:
            self._postpone(delivery, error, forgive=True)
        except Exception as error:
            if delivery.attempt >= spool.MAX_ATTEMPTS:
                self._quarantine(delivery, error)
            else:
                self._postpone(delivery, error, forgive=False)

    def _work(self, delivery: spool.Delivery) -> None:
        office = self._office
        if delivery.attempt > spool.MAX_ATTEMPTS:
            raise RuntimeError("its worker died with it again and again")
        reading = read_delivery(office, delivery)
        for attempt in range(MAX_CONFLICTS):
            try:
                self._decide_and_record(delivery, reading)
                return
            except Conflict:
                if attempt == MAX_CONFLICTS - 1:
                    raise

    def _decide_and_record(self, delivery: spool.Delivery, reading: Reading) -> None:
        office, now = self._office, datetime.now(UTC)
        number, person = self._numbers.take("ticket"), self._numbers.take("person")
        used_number = used_person = False
        try:
            case = prepare(office, delivery, reading, now, number, person)
            decision = mail.decide(case)
            recording = write(office, case, decision, delivery)
            with transaction(office.database) as tx:
                record.delivery(tx, recording, delivery, case, decision)
            used_number = decision.before is None and decision.after is not None
            used_person = decision.after is not None and case.author.key not in case.facts.ids
        finally:
            if not used_number:
                self._numbers.give_back("ticket", number)
            if not used_person:
                self._numbers.give_back("person", person)
        maillog.ended(
            delivery=delivery.id,
            outcome=decision.outcome.value,
            ticket=decision.after.number if decision.after else None,
            reason=decision.reason,
            mails=len(recording.mails),
        )

    def _postpone(self, delivery: spool.Delivery, error: Exception, *, forgive: bool) -> None:
        now = datetime.now(UTC)
        delay = RETRY * 2 ** (delivery.attempt - 1)
        cause = f"{type(error).__name__}: {error}"
        with transaction(self._office.database) as tx:
            spool.defer(
                tx, delivery.claimed, self._office.worker, now + delay, cause, forgive=forgive
            )
        maillog.postponed(
            delivery=delivery.id,
            attempt=delivery.attempt,
            cause=cause,
            retry_in_seconds=int(delay.total_seconds()),
        )

    def _quarantine(self, delivery: spool.Delivery, error: Exception) -> None:
        cause = f"after {delivery.attempt} attempts: {type(error).__name__}: {error}"
        with transaction(self._office.database) as tx:
            spool.finish(
                tx,
                delivery.claimed,
                self._office.worker,
                datetime.now(UTC),
                Outcome.QUARANTINED,
                reason=cause,
                trouble="".join(traceback.format_exception(error)),
            )
        maillog.quarantined(delivery=delivery.id, attempts=delivery.attempt, cause=cause)


def read_delivery(office: Office, delivery: spool.Delivery) -> Reading:
    """The mail, read as one for this desk."""
    return read(
        delivery.content,
        delivery.envelope,
        own_addresses=frozenset(each.address for each in office.desk.gateway.mailbox),
        own_desk=office.ring.desk,
    )


def prepare(
    office: Office,
    delivery: spool.Delivery,
    reading: Reading,
    now: datetime,
    new_number: int,
    new_person: int,
) -> Case:
    """Everything that the decision may depend on, as of now. `explain` calls this as well."""
    mailbox = office.desk.gateway.mailbox_named(delivery.mailbox)
    clues = match.clues(
        reading, delivery.rcpt_to, office.ring, mailbox.address, mailbox.separator, now
    )
    with snapshot(office.database) as tx:
        facts = load.facts(
            tx,
            delivery,
            reading,
            clues,
            office.desk,
            now,
            new_number=new_number,
            new_person=new_person,
        )
    return Case(
        reading=reading,
        null_sender=not delivery.envelope.mail_from,
        mailbox=mailbox.address,
        recipients=delivery.rcpt_to,
        clues=clues,
        facts=facts,
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
        attachments=message.attachments,
        raw=delivery.content,
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

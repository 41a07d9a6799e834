"""What time alone causes: targets that pass, also while nobody was there to see it.

A timer is a row, written with what starts it; it fires once, in the transaction that
records what follows. How late it is does not matter: due is due.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway import maillog
from gateway.decide import timer
from gateway.settle import load, record
from gateway.settle.correspond import At
from gateway.settle.office import Office
from gateway.settle.record import Alert, Recording
from gateway.store import (
    claims,
    conversation,
    identifiers,
    people,
    snapshot,
    tables,
    tickets,
    timers,
    transaction,
)
from gateway.workers.upkeep import Upkeep

RETRY = timedelta(seconds=5)  # doubled with every attempt, up to
MAX_DOUBLINGS = 10


class Clock:
    """Fires timers that are due."""

    def __init__(self, office: Office) -> None:
        self._office, self._upkeep = office, Upkeep(office)

    def step(self) -> bool:
        """Fire one due timer, or else do what upkeep is due; False when nothing is. Raises
        TemporaryError."""
        now = datetime.now(UTC)
        with snapshot(self._office.database) as tx:
            due_at = claims.next_due(tx, tables.timer)
        if due_at is None or due_at > now:
            return self._upkeep.step()
        with transaction(self._office.database) as tx:
            claimed = timers.claim(tx, self._office.worker, now, 1)
        for due in claimed:
            with suppress(claims.LostClaim):  # cancelled meanwhile, or somebody else has it
                self._fire(due)
        return bool(claimed)

    def _fire(self, due: timers.Timer) -> None:
        try:
            self._decide_and_record(due)
        except claims.LostClaim:
            raise
        except Exception as error:
            # whatever it is: the timers behind this one have targets to keep as well
            delay = RETRY * 2 ** min(due.attempt - 1, MAX_DOUBLINGS)
            with transaction(self._office.database) as tx:
                due_at = datetime.now(UTC) + delay
                timers.defer(tx, due.claimed, self._office.worker, due_at)
            maillog.timer_postponed(
                ticket=due.number,
                target=due.name,
                cause=f"{type(error).__name__}: {error}",
                retry_in_seconds=int(delay.total_seconds()),
            )

    def _decide_and_record(self, due: timers.Timer) -> None:
        office, now = self._office, datetime.now(UTC)
        with snapshot(office.database) as tx:
            ticket = tickets.by_number(tx, [due.number])[due.number]
            ids = people.ids_of(tx, load.readers(office.desk, [ticket]))
            seen = identifiers.exchanged(tx, [due.number]).get(due.number, {})
            said = conversation.messages(tx, due.number)
        decision = timer.decide(due.name, ticket, office.desk, now)
        request = next(iter(said), None)
        decision = replace(decision, text=request.text if request else "")
        at = At(author=ticket.requester)
        cause = f"timer {due.id}"
        written = office.writer.write(decision, at, ids, seen, cause, now)
        alert = None
        if written.faults:
            alert = Alert(
                faults=written.faults, mail=office.writer.alert(written.faults, cause, now)
            )
        done = Recording(worker=office.worker, now=now, mails=written.mails, alert=alert)
        with transaction(office.database) as tx:
            record.timer(tx, done, due, decision, ids)
        if decision.after:
            maillog.escalated(ticket=due.number, target=due.name, mails=len(written.mails))

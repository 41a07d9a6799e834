"""The way of mail that waits: claimed in batches, settled together, one by one where that fails.

One mail is atomic, a commit may hold several. What was tried before is worked alone, and a
commit that fails is done again mail by mail, so that none shares another's fate; after
MAX_ATTEMPTS a mail is set aside for a person. The surprising fact: a batch is many mails, for what
is asked for all of them is asked once; its rows are cut into smaller commits, for whoever is about
to get a 250 waits for the write lock.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway import maillog
from gateway.errors import TemporaryError
from gateway.settle import record
from gateway.settle.asking import asked
from gateway.settle.batch import Settled, put_down, together
from gateway.settle.known import Asked
from gateway.settle.office import Numbers, Office
from gateway.settle.overtaking import Overtook
from gateway.settle.record import Alert, Recording, WorkerDied
from gateway.store import Conflict, claims, engine, snapshot, spool, tables, transaction
from gateway.workers import alarm

MAX_BATCH = 256  # deliveries claimed, asked about and decided at a time
MAX_COMMIT = 64  # deliveries recorded at a time
MIN_COMMIT = 8  # deliveries: below it, what each commit costs by itself is more than its rows
SMALL_COMMIT = 4  # deliveries, while mail trickles in: whoever sends it waits for no more
MAX_BATCH_BYTES = 8 * 2**20  # of mail claimed at a time, or one mail
LOCK_SECONDS = 0.01  # for which the rows of a commit may keep others from writing
GAP_SECONDS = 0.001  # between two commits, for those who wait to write
GATHER_SECONDS = 0.03  # after a batch that was not full, until the next: a batch costs, too
MAX_CONFLICTS = 5  # times a decision is made anew before the mail waits its turn again
RETRY = timedelta(seconds=10)  # doubled with every attempt

_log = logging.getLogger(__name__)


class Pipeline:
    """Works off waiting deliveries. `alive` is called whenever another piece of work begins;
    `mail_comes` says whether somebody may be about to get a 250."""

    def __init__(
        self,
        office: Office,
        alive: Callable[[], None] = lambda: None,
        mail_comes: Callable[[], bool] = lambda: False,
    ) -> None:
        self._office, self._numbers, self._alive = office, Numbers(), alive
        self._mail_comes = mail_comes
        self._commit_size = MAX_COMMIT
        self._failed: Exception | None = None
        self._rested_at = 0.0

    def step(self) -> bool:
        """Handle what is due, up to a batch of it; False when nothing is.

        Raises what could not be put down to one mail: TemporaryError, or anything else, which
        is a bug. What is still claimed then is made due by the next step that can. After a
        TemporaryError it is given back: before all others, the attempt not counted. After a
        bug it is released: the attempt counts, so that it is worked alone from now on, and
        what was tried more than once comes later each time.
        """
        now = datetime.now(UTC)
        if self._failed:
            with transaction(self._office.database) as tx:
                if isinstance(self._failed, TemporaryError):
                    spool.give_back(tx, self._office.worker, claims.AT_ONCE)
                else:  # what meets a bug each time must not stand before all others each time
                    spool.release(tx, self._office.worker, now)
            self._failed = None
        try:
            return self._step(now)
        except Exception as error:
            self._failed = error
            raise

    def _step(self, now: datetime) -> bool:
        office = self._office
        # mail that comes alone does not wait: nothing was done just before it
        time.sleep(max(0.0, self._rested_at - time.monotonic()))
        with snapshot(office.database) as tx:
            due = spool.due(tx, now, MAX_BATCH, MAX_BATCH_BYTES)
        if not due:
            return False
        with transaction(office.database) as tx:
            claimed = claims.claim(tx, tables.delivery, office.worker, now, len(due), due)
            self._numbers.top_up(tx, len(claimed))
        with snapshot(office.database) as tx:
            deliveries = spool.load_all(tx, [row_id for row_id, _ in claimed])
        for each in self._all_together(deliveries) if len(deliveries) > 1 else deliveries:
            with suppress(claims.LostClaim):  # somebody else has it; what we did is undone
                self._alone(each)
        if len(due) < MAX_BATCH:
            self._rested_at = time.monotonic() + GATHER_SECONDS
        return True

    def _all_together(self, deliveries: Sequence[spool.Delivery]) -> list[spool.Delivery]:
        """Settle them in as few commits as may be; those that have to be worked alone."""
        failed: list[spool.Delivery] = []
        waiting: list[Asked] = []
        for delivery in deliveries:
            self._alive()
            try:
                waiting.append(asked(self._office, delivery, datetime.now(UTC)))
            except Exception:  # whatever it is: alone it gets its name, its delay, its end
                failed.append(delivery)
        while waiting:
            self._alive()
            try:
                done, waiting = together(self._office, self._numbers, waiting, datetime.now(UTC))
            except Overtook as early:
                failed += [e.delivery for e in waiting if e.delivery.id in early.awaited]
                waiting = [e for e in waiting if e.delivery.id not in early.awaited]
                continue
            except Exception:
                return [*failed, *(each.delivery for each in waiting)]
            failed += self._put_down(done)
        return failed

    def _put_down(self, done: Sequence[Settled]) -> list[spool.Delivery]:
        """Record them in commits that others do not notice; those that could not be."""
        failed: list[spool.Delivery] = []
        while done:
            size = min(self._commit_size, SMALL_COMMIT if self._mail_comes() else MAX_COMMIT)
            some, done = done[:size], done[size:]
            self._alive()
            try:
                rows_seconds = put_down(self._office, some)
            except Exception:
                failed += [each.asked.delivery for each in some]
            else:
                self._fit(len(some), rows_seconds)
            if engine.has_one_writer(self._office.database):
                time.sleep(GAP_SECONDS if done else 0)
        return failed

    def _fit(self, count: int, seconds: float) -> None:
        """How many to put into the next commit, by how long the rows of this one took. What the
        disk takes to sync them counts for nothing: more commits would only take it more often."""
        if not engine.has_one_writer(self._office.database):
            return
        fitting = int(count * LOCK_SECONDS / max(seconds, 0.0001))
        self._commit_size = max(MIN_COMMIT, min(MAX_COMMIT, (self._commit_size + fitting + 1) // 2))

    def _alone(self, delivery: spool.Delivery) -> None:
        """To its end, or to its next attempt. Raises LostClaim, and nothing over the mail's
        own fault."""
        self._alive()
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
            raise WorkerDied("its worker died with it again and again")
        one = asked(office, delivery, datetime.now(UTC))
        if not self._numbers.has_any():
            with transaction(office.database) as tx:
                self._numbers.top_up(tx, 1)
        for attempt in range(MAX_CONFLICTS):
            try:
                done, _ = together(office, self._numbers, [one], datetime.now(UTC))
                put_down(office, done)
                return
            except Conflict:
                if attempt == MAX_CONFLICTS - 1:
                    raise

    def _postpone(self, delivery: spool.Delivery, error: Exception, *, forgive: bool) -> None:
        now = datetime.now(UTC)
        delay = RETRY * 2 ** (delivery.attempt - 1)
        cause = record.told_of(error)
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
        office, now = self._office, datetime.now(UTC)
        cause = f"after {delivery.attempt} attempts: {record.told_of(error)}"
        for alert in (self._alert(delivery, error, now), None):
            done = Recording(worker=office.worker, now=now, alert=alert)
            # a Conflict: somebody else tells the admin of the same at this very moment
            with suppress(Conflict), transaction(office.database) as tx:
                record.quarantine(tx, done, delivery, error, cause)
                break
        maillog.quarantined(delivery=delivery.id, attempts=delivery.attempt, cause=cause)

    def _alert(self, delivery: spool.Delivery, error: Exception, now: datetime) -> Alert | None:
        """What the admin is told; None where that fails, for a mail must come to its end."""
        try:
            return alarm.quarantined(self._office, delivery, error, now)
        except Exception as bug:
            _log.error("a bug in telling of delivery %d", delivery.id, exc_info=bug)
            return None

"""What the desk does for itself: proves once an hour that no mail is lost, tells of what is
held, deletes old bytes.

Done by the clock while no timer is due, one small transaction a step. What was missed while
nobody was there is not made up for: the first step after a start looks at everything.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway import maillog
from gateway.errors import TemporaryError
from gateway.settle import record
from gateway.settle.office import Office
from gateway.settle.record import Recording
from gateway.store import Conflict, Tx, account, decisions, retention, snapshot, transaction
from gateway.store.retention import Found
from gateway.workers import alarm, digest

PROVE_EVERY = timedelta(hours=1)
PROVEN_SINCE = timedelta(hours=24)
DELETE_EVERY = timedelta(hours=1)
LIST_EVERY = timedelta(hours=1)
REMEMBER_TOLD = timedelta(days=30)

_Find = Callable[[Tx, datetime, int], Found]
_Delete = Callable[[Tx, Sequence[int], datetime], int]


class Upkeep:
    """Accounts and retention of one desk."""

    def __init__(self, office: Office) -> None:
        self._office = office
        keep = office.desk.gateway.retention
        self._proof_due = self._deletion_due = self._list_due = datetime.now(UTC)
        self._chores = [
            _Deletion("mail", keep.ignored_mail, retention.old_mails, retention.delete_mails),
            _Deletion("sent", keep.sent_mail, retention.old_bodies, retention.delete_bodies),
        ]
        self._left: list[_Deletion] = []

    def step(self) -> bool:
        """One piece of upkeep that is due; False when none is. Raises TemporaryError."""
        now = datetime.now(UTC)
        if now >= self._proof_due:
            self._proof_due = now + PROVE_EVERY
            self.prove(now)
            return True
        if now >= self._list_due:
            self._list(now)
            return True
        if now >= self._deletion_due:
            self._deletion_due = now + DELETE_EVERY
            with transaction(self._office.database) as tx:
                decisions.forget_told(tx, now - REMEMBER_TOLD)
            self._left = list(self._chores)
        if not self._left:
            return False
        if not self._left[0].step(self._office, now):
            del self._left[0]
        return True

    def _list(self, now: datetime) -> None:
        """Who may let in what is held hears of it, as soon as the database can say."""
        self._list_due = now + LIST_EVERY
        try:
            digest.send(self._office, now)
        except TemporaryError:
            self._list_due = now
            raise

    def prove(self, now: datetime) -> account.Account:
        """The account of the last day; a mismatch is an alarm."""
        office = self._office
        with snapshot(office.database) as tx:
            told = account.account(
                tx,
                now - PROVEN_SINCE,
                lambda recipient: office.desk.gateway.mailbox_of(recipient) is not None,
            )
        if not told.balances:
            for mismatch in told.mismatches:
                maillog.unbalanced(mismatch=str(mismatch))
            alert = alarm.unbalanced(office, told, now)
            done = Recording(worker=office.worker, now=now, alert=alert)
            # a Conflict: another host tells the admin of the same at this very moment
            with suppress(Conflict), transaction(office.database) as tx:
                record.alarm(tx, done)
        return told


class _Deletion:
    """Goes through all rows once, a few at a time."""

    def __init__(self, what: str, keep_seconds: int, find: _Find, delete: _Delete) -> None:
        self._what, self._keep = what, timedelta(seconds=keep_seconds)
        self._find, self._delete = find, delete
        self._after = 0

    def step(self, office: Office, now: datetime) -> bool:
        """Delete a few; False when all rows were seen, and the next time begins anew."""
        before = now - self._keep
        with snapshot(office.database) as tx:
            found = self._find(tx, before, self._after)
        if found.ids:
            with transaction(office.database) as tx:
                count = self._delete(tx, found.ids, before)
            maillog.expired(what=self._what, count=count)
        self._after = found.go_on_after or 0
        return found.go_on_after is not None

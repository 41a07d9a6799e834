"""One IMAP folder as a source of mail: what is taken, in which order, and what comes after.

First committed, together with the cursor, then filed away (promise 1); a crash between
the two is made good at the next connection, which files what is in the spool and still in
the folder. Oldest first, in batches whose memory does not grow with the folder.

Surprising: a refused login is not tried again soon. Servers lock accounts that fail often.
"""

import logging
import threading as workers
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

import tenacity

from gateway import maillog
from gateway.config.imap import Imap
from gateway.errors import TemporaryError
from gateway.ingest.imap import Folder, Session
from gateway.ingest.imap_fetch import Arrived, Batch, Fetcher, Surroundings
from gateway.ingest.imap_filing import file_away, file_rest
from gateway.ingest.imap_stand_in import Why
from gateway.ingest.imap_trouble import TOKEN, Refused
from gateway.store import Conflict, imap, snapshot
from gateway.store.imap import Cursor

BATCH_MAILS = 64
MAX_UID = 2**32 - 1  # RFC 3501 section 2.3.1.1
REFUSED_SECONDS = 15 * 60.0
MAX_PAUSE_SECONDS = 5 * 60.0
LONG_LOST_SECONDS = 30 * 60.0  # after which the admin is told of a server that is not there
PROGRESS_SECONDS = 10.0

_log = logging.getLogger("gateway")
_AGAIN = (TemporaryError, Conflict)


class ImapSource:
    """Reads one folder for as long as the daemon runs. `step` in one worker, `stop` from any."""

    def __init__(self, settings: Imap, around: Surroundings) -> None:
        self._settings, self._around = settings, around
        self._fetcher = Fetcher(settings, around)
        self.place = f"{settings.account}/{settings.folder}"
        self._stopping = workers.Event()
        self._session: Session | None = None
        self._lost_since: float | None = None

    def step(self) -> bool:
        """Take all that is there, wait for more, and come back. False when told to stop."""
        try:
            self._tries()(self._round)
            self._lost_since = None
        except Refused as error:
            self._close()
            pause = REFUSED_SECONDS
            maillog.imap_refused(place=self.place, cause=error.problem, retry_in_seconds=int(pause))
            self._around.alarm(error.key, error.problem, error.remedy)
            self._stopping.wait(pause)
        except _AGAIN:  # told to stop meanwhile
            pass
        finally:
            if self._stopping.is_set():
                self._close()
        return not self._stopping.is_set()

    def take_history(
        self,
        as_old: Callable[[Sequence[Arrived]], list[Arrived]],
        progress: Callable[[int], None],
    ) -> int:
        """All that is not yet in the spool, each as `as_old` makes it, and left in its folder;
        how many. The cursor goes along: `step` takes what comes later. Raises what it meets."""
        around = self._around
        self._around = replace(
            around, keep=lambda mails, within: around.keep(as_old(mails), within)
        )
        self._settings = self._settings.model_copy(update={"when_done": "leave"})
        try:
            return self._take(session := self._connected(), session.open(), progress)
        finally:
            self._close()
            self._around = around

    def stop(self) -> None:
        """Whatever it waits for, it stops waiting; the batch under way is not taken."""
        self._stopping.set()
        session = self._session
        if session is not None:
            session.hang_up()

    def _tries(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AGAIN),
            wait=tenacity.wait_random_exponential(multiplier=1, max=MAX_PAUSE_SECONDS),
            sleep=tenacity.sleep_using_event(self._stopping),
            stop=tenacity.stop_when_event_set(self._stopping),
            before_sleep=self._say_lost,
            reraise=True,
        )

    def _say_lost(self, state: tenacity.RetryCallState) -> None:
        """Before the next try."""
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        maillog.imap_lost(place=self.place, cause=str(error), retry_in_seconds=round(pause, 1))
        self._lost_since = self._lost_since or monotonic()
        if monotonic() - self._lost_since > LONG_LOST_SECONDS:
            problem = f"no mail could be taken from {self.place} for half an hour"
            self._around.alarm("host", problem, "it waits there; the log says why")

    def _round(self) -> None:
        """Take all that is there, then wait. Raises Lost, Refused, or what the database says;
        the next round connects anew then."""
        self._around.look_after()
        try:
            session = self._session or self._connected()
            # until there is nothing: a mail that comes while another is fetched may be news to
            # nobody, for imapclient drops the EXISTS that rides on an answer
            while not self._stopping.is_set() and self._take(session, session.open()):
                pass
            self._fetcher.all_well()
            if session.has("IDLE"):
                session.wait(self._settings.idle_seconds, lambda: not self._stopping.is_set())
            else:
                self._stopping.wait(self._settings.poll_seconds)
        except BaseException:
            self._close()
            raise

    def _connected(self) -> Session:
        try:
            session = Session(self._settings, self._around.secret(False))
        except Refused as error:
            if error.key != TOKEN:
                raise
            session = Session(self._settings, self._around.secret(True))
        self._session = session
        folder = session.open()
        maillog.imap_connected(
            place=self.place,
            mails=folder.mails,
            idle="yes" if session.has("IDLE") else "no",
            move="yes" if session.has("MOVE") else "no",
        )
        file_rest(session, self._settings, self._around, folder, self._seen())
        return session

    def _seen(self) -> Cursor | None:
        with snapshot(self._around.database) as tx:
            return imap.cursor(tx, self._settings.account, self._settings.folder)

    def _take(
        self, session: Session, folder: Folder, progress: Callable[[int], None] = lambda _: None
    ) -> int:
        """How much there was that was not yet in the spool; it is now."""
        seen = self._seen()
        at = self._start(seen, folder)
        taken, told_at = 0, monotonic()
        for uids in session.uids(folder, at.last_uid + 1, MAX_UID):
            for start in range(0, len(uids), BATCH_MAILS):
                for batch in self._fetcher.batches(session, uids[start : start + BATCH_MAILS], at):
                    seen = self._keep(batch, seen, at)
                    done = [uid for uid in batch.uids if uid not in batch.left_behind]
                    left = sorted(batch.left_behind)
                    file_away(session, self._settings, self._around, done, left)
                    taken += len(batch.arrived)
                    progress(len(batch.arrived))
                if self._stopping.is_set():
                    return 0
                if monotonic() - told_at > PROGRESS_SECONDS:
                    told_at = monotonic()
                    left_over = max(0, folder.mails - taken)
                    maillog.imap_progress(place=self.place, taken=taken, left=left_over)
        return taken

    def _start(self, seen: Cursor | None, folder: Folder) -> Cursor:
        """From where on mails are new."""
        last_uid = seen.last_uid if seen else 0
        if seen is not None and seen.uidvalidity != folder.uidvalidity:
            # RFC 3501 section 2.3.1.1: no UID means what it meant. All is taken once more, and
            # what is the same mail ends as a duplicate.
            maillog.imap_renumbered(place=self.place, mails=folder.mails)
            last_uid = 0
        return Cursor(
            account=self._settings.account,
            folder=self._settings.folder,
            uidvalidity=folder.uidvalidity,
            last_uid=last_uid,
        )

    def _keep(self, batch: Batch, seen: Cursor | None, at: Cursor) -> Cursor:
        """All of the batch and the cursor, in one commit; the cursor. Where one of the mails is
        what the database refuses for good, each alone, and a stand-in for that one."""
        reached = replace(at, last_uid=batch.uids[-1])
        try:
            self._around.keep(
                batch.arrived, lambda tx: imap.move(tx, seen, reached, self._around.now())
            )
        except _AGAIN:
            raise
        except Exception as error:
            if len(batch.arrived) == 1 and batch.left_behind:
                raise
            _log.error("mail %s of %s cannot be kept", batch.uids, self.place, exc_info=error)
            for envelope, content in batch.arrived:
                alone = Batch([(envelope, content)], batch.left_behind & {envelope.imap_uid or 0})
                if len(batch.arrived) == 1:
                    alone = self._stand_in(alone)
                    batch.left_behind |= alone.left_behind
                seen = self._keep(alone, seen, at)
                batch.left_behind |= alone.left_behind
        return reached

    def _stand_in(self, batch: Batch) -> Batch:
        [(envelope, content)] = batch.arrived
        uid = envelope.imap_uid or 0
        head = self._fetcher.left_behind(b"", Why.UNREADABLE, uid, len(content))
        return Batch([(envelope, head)], {uid})

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

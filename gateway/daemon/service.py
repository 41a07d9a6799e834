"""The daemon: builds the parts, runs named workers, drains when told to stop.

Crash-only: what was claimed and not finished when the process died is due again at
the next start. A worker whose step fails as a whole says so and goes on after a pause.
"""

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway import maillog
from gateway.daemon import systemd, watch
from gateway.daemon.watch import Watch
from gateway.desk import listening
from gateway.desk.folder import Desk
from gateway.errors import GatewayError
from gateway.ingest.smtp import Listener
from gateway.intake import GroupCommit, Intake
from gateway.outbound.sender import sender_for
from gateway.settle.office import Office, open_office
from gateway.store import (
    claims,
    decisions,
    describe,
    ledger,
    people,
    spool,
    tables,
    transaction,
)
from gateway.store import snapshot as read_only
from gateway.worker import Worker
from gateway.workers import fetch
from gateway.workers.clock import Clock
from gateway.workers.dispatch import Dispatch
from gateway.workers.pipeline import Pipeline

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
LOCK = "daemon.lock"  # in the desk's data folder; written when the daemon starts
DRAIN_SECONDS = 4.0  # for what is under way when we are told to stop


class Daemon:
    """Everything of one desk, running."""

    def __init__(self, office: Office) -> None:
        desk = office.desk
        self._office = office
        dispatch = Dispatch(office, sender_for(desk.gateway.outgoing, desk.folder,
                                               desk.outgoing_password))  # fmt: skip
        self._dispatch = dispatch
        self.sender = Worker("sender", dispatch)
        self.backroom: Watch | None = None
        self.others: list[Worker] = []
        if watch.is_worth_it():
            self.backroom = Watch(office, rings=self.sender.bell.set)
            on_accepted: Callable[[int], None] = self.backroom.wake
        else:
            pipeline = Worker("pipeline", Pipeline(office), rings=self.sender.bell.set)
            self.others = [pipeline, Worker("clock", Clock(office), rings=self.sender.bell.set)]
            on_accepted = lambda _: pipeline.bell.set()  # noqa: E731 - one of two
        intake = Intake(office.database, desk.gateway, on_accepted=on_accepted)
        group = GroupCommit(intake)
        self.intake = Worker("intake", group)
        group.on_submitted = self.intake.bell.set
        self._listener = Listener(
            desk.gateway.smtp,
            is_ours=intake.is_ours,
            submit=group.submit,
            now=lambda: datetime.now(UTC),
            further=desk.gateway.listener,
            certificate=listening.tls_context(desk.folder, desk.gateway),
            users=listening.users(desk.folder, desk.gateway),
            folder=desk.folder,
            handed=systemd.handed_over(os.environ),
        )
        self._sources = fetch.sources(office, intake)
        self.fetchers = [Worker(f"imap {each.place}", each) for each in self._sources]

    def start(self) -> list[str]:
        """Run; the places that mail is taken at. Raises GatewayError when one is not free."""
        places = self._listener.start()
        if self.backroom:
            self.backroom.start()
        for worker in (self.intake, *self.fetchers, *self.others, self.sender):
            worker.start()
        gateway = self._office.desk.gateway
        maillog.started(
            listening=",".join(places),
            database=describe(self._office.database),
            outgoing=gateway.outgoing.to,
        )
        return places

    def stop(self) -> None:
        """Take no more mail, finish what is under way, and leave the rest in the spool."""
        self._listener.stop(DRAIN_SECONDS / 2)
        back = (self.backroom,) if self.backroom else ()
        running = (self.intake, *self.fetchers, *self.others, *back, self.sender)
        for worker in running:
            worker.stop()
        for source in self._sources:
            source.stop()
        for worker in running:
            worker.join(DRAIN_SECONDS / 2)
        self._dispatch.close()
        with read_only(self._office.database) as tx:
            unfinished = ledger.waiting(tx)
        self._office.database.dispose()
        maillog.stopped(unfinished=unfinished)


def move_in(office: Office, now: datetime) -> None:
    """Have the directory's people known and the rules kept, and make due again what this
    worker's former life had claimed. Only with the desk's lock held."""
    desk = office.desk
    with transaction(office.database) as tx:
        people.enroll(tx, (person.address for person in desk.directory.people))
        decisions.remember_ruleset(tx, desk.rules.version, dict(desk.rules.sources), now)
        for worker in (office.worker, watch.worker_of(office)):
            spool.release(tx, worker, now)
            for table in (tables.timer, tables.outbox):
                claims.release(tx, table, worker, now)


@contextmanager
def only_one(desk: Desk) -> Iterator[None]:
    """Hold the desk's lock on this host. Raises GatewayError when another daemon has it."""
    path: Path = desk.data_folder / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise GatewayError(
                f"{path}: another daemon (process {lock.read().strip() or 'unknown'}) runs this "
                "desk; stop it first"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def older_than(desk: Desk) -> str | None:
    """The process of a daemon that runs this desk with files older than those there are now."""
    path = desk.data_folder / LOCK
    try:
        with path.open(encoding="ascii") as lock:
            started, process = os.fstat(lock.fileno()).st_mtime, lock.read().strip()
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        files = (*desk.folder.glob("*.*"), *(desk.folder / "rules").glob("*.yaml"))
        return process if any(file.stat().st_mtime > started for file in files) else None
    except OSError:
        return None
    return None  # nobody holds it


def run(desk: Desk, ready: Callable[[list[str]], None]) -> None:
    """Run in the foreground until SIGTERM, SIGINT or SIGHUP; `ready` is told the places that
    mail is taken at, that of `[smtp]` first.

    A second signal does not wait for the drain.
    """
    # Blocked before any worker starts, and waited for: a handler that sets an Event while
    # the main thread is about to wait for that Event waits for itself, for ever.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    now = datetime.now(UTC)
    with only_one(desk):
        office = open_office(desk)
        move_in(office, now)
        daemon = Daemon(office)
        ready(daemon.start())
        systemd.tell("READY=1", os.environ)
        signal.sigwait(STOP_SIGNALS)
        systemd.tell("STOPPING=1", os.environ)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda again, frame: os._exit(128 + again))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        daemon.stop()

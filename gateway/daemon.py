"""The daemon: builds the parts, runs named workers, drains when told to stop.

Crash-only: what was claimed and not finished when the process died is due again at
the next start. A worker whose step fails as a whole says so and goes on after a pause.
"""

import fcntl
import logging
import os
import signal
import socket
import threading as workers
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from gateway import maillog
from gateway.clock import Clock
from gateway.correspond import Writer
from gateway.desk import keyring_file
from gateway.desk.folder import Desk
from gateway.dispatch import Dispatch
from gateway.errors import GatewayError, TemporaryError
from gateway.ingest.smtp import Listener
from gateway.intake import Intake
from gateway.office import Office
from gateway.outbound.render import Renderer
from gateway.outbound.sender import sender_for
from gateway.pipeline import Pipeline
from gateway.store import (
    claims,
    connect,
    decisions,
    describe,
    migrate,
    people,
    spool,
    tables,
    transaction,
)
from gateway.store import snapshot as read_only

POLL_SECONDS = 1.0  # the safety net beneath the bells
MAX_PAUSE_SECONDS = 30.0  # between two tries of a worker whose step fails as a whole
STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
LOCK = "daemon.lock"  # in the desk's data folder; written when the daemon starts
DRAIN_SECONDS = 4.0  # for what is under way when we are told to stop

_log = logging.getLogger("gateway")


class Steps(Protocol):
    """What a worker does: one piece of work, False when there was none."""

    def step(self) -> bool: ...


@dataclass(slots=True)
class Worker:
    """A named loop in its own OS thread. `bell` wakes it; `rings` wakes those behind it."""

    name: str
    steps: Steps
    rings: Callable[[], None] = lambda: None
    bell: workers.Event = field(default_factory=workers.Event)
    stopping: workers.Event = field(default_factory=workers.Event)
    thread: workers.Thread | None = None

    def start(self) -> None:
        self.thread = workers.Thread(target=self._run, name=self.name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """No new piece of work; the one under way is finished."""
        self.stopping.set()
        self.bell.set()

    def join(self, within_seconds: float) -> None:
        if self.thread:
            self.thread.join(within_seconds)

    def _run(self) -> None:
        pause = POLL_SECONDS
        while not self.stopping.is_set():
            self.bell.clear()
            try:
                worked = self.steps.step()
                pause = POLL_SECONDS
            except Exception as error:
                maillog.worker_failed(worker=self.name, cause=str(error), retry_in_seconds=pause)
                if not isinstance(error, TemporaryError):
                    _log.error("a bug in worker %s", self.name, exc_info=error)
                self.stopping.wait(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
                continue
            if worked:
                self.rings()
            else:
                self.bell.wait(POLL_SECONDS)


class Daemon:
    """Everything of one desk, running."""

    def __init__(self, office: Office) -> None:
        desk = office.desk
        self._office = office
        dispatch = Dispatch(office, sender_for(desk.gateway.outgoing, desk.folder,
                                               desk.outgoing_password))  # fmt: skip
        self._dispatch = dispatch
        self.sender = Worker("sender", dispatch)
        self.pipeline = Worker("pipeline", Pipeline(office), rings=self.sender.bell.set)
        self.clock = Worker("clock", Clock(office), rings=self.sender.bell.set)
        intake = Intake(office.database, desk.gateway, on_accepted=self.pipeline.bell.set)
        self._listener = Listener(
            desk.gateway.smtp,
            is_ours=intake.is_ours,
            accept=intake.accept,
            now=lambda: datetime.now(UTC),
        )

    def start(self) -> tuple[str, int]:
        """Run; the address that mail is taken at. Raises GatewayError when it is not free."""
        host, port = self._listener.start()
        for worker in (self.pipeline, self.clock, self.sender):
            worker.start()
        gateway = self._office.desk.gateway
        maillog.started(
            listening=f"{host}:{port}",
            database=describe(self._office.database),
            outgoing=gateway.outgoing.to,
        )
        return host, port

    def stop(self) -> None:
        """Take no more mail, finish what is under way, and leave the rest in the spool."""
        self._listener.stop(DRAIN_SECONDS / 2)
        running = (self.pipeline, self.clock, self.sender)
        for worker in running:
            worker.stop()
        for worker in running:
            worker.join(DRAIN_SECONDS / 2)
        self._dispatch.close()
        with read_only(self._office.database) as tx:
            unfinished = spool.account(tx)["waiting"]
        self._office.database.dispose()
        maillog.stopped(unfinished=unfinished)


def open_office(desk: Desk) -> Office:
    """The desk's shared parts; nothing is written.

    Raises StoreError for a database that is absent or un-migrated, ConfigError for keys.
    """
    ring = keyring_file.load(desk.key_file, desk.gateway.desk.name)
    database = connect(desk.database_url, desk.database_password)
    migrate.require_current(database)
    worker = f"{socket.gethostname()}:{desk.folder}"
    writer = Writer(desk=desk, ring=ring, renderer=Renderer(desk.templates_folder))
    return Office(desk=desk, ring=ring, database=database, writer=writer, worker=worker)


def move_in(office: Office, now: datetime) -> None:
    """Have the directory's people known and the rules kept, and make due again what this
    worker's former life had claimed. Only with the desk's lock held."""
    desk = office.desk
    with transaction(office.database) as tx:
        people.enroll(tx, (person.address for person in desk.directory.people))
        decisions.remember_ruleset(tx, desk.rules.version, dict(desk.rules.sources), now)
        for table in (tables.delivery, tables.timer, tables.outbox):
            claims.release(tx, table, office.worker, now)


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


def run(desk: Desk, ready: Callable[[str, int], None]) -> None:
    """Run in the foreground until SIGTERM, SIGINT or SIGHUP; `ready` is told the address.

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
        ready(*daemon.start())
        signal.sigwait(STOP_SIGNALS)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda again, frame: os._exit(128 + again))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        daemon.stop()

"""One SQLite file for spool and desk, or two? What each costs, and what each survives.

Sessions commit mails as fast as they can while one worker claims and records them; nothing
is parsed or rendered, so the write lock is fought for harder than in the daemon. Three
layouts take turns, and each is told as a ratio to "one" of the same round:

    one       everything in desk.db, as the gateway has it
    attached  spool.db beside desk.db; a record is one transaction over both files
    apart     spool.db has bytes and envelopes only; deliveries stand in desk.db

Then processes that write to two attached files are killed, and the files compared.

    python bench/one_file_or_two.py [--rounds 5] [--mails 400] [--kills 60] [--dir /var/tmp]
"""

import argparse
import itertools
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from disk import ON_DISK, require_disk
from sqlalchemy import event
from torn_files import torn_by_kill

from gateway.errors import TemporaryError
from gateway.store.engine import Database, Tx, connect, snapshot, transaction

SESSIONS = 4
SMALL, LARGE = b"x" * 6_000, b"x" * 200_000  # every eighth mail is a large one

SPOOL = """
CREATE TABLE {on}spool (id INTEGER PRIMARY KEY AUTOINCREMENT, envelope TEXT NOT NULL);
CREATE TABLE {on}raw (spool_id INTEGER PRIMARY KEY, content BLOB NOT NULL);
"""
DELIVERY = """
CREATE TABLE {on}delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, spool_id INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, outcome TEXT);
CREATE INDEX {on}delivery_waiting ON delivery (id) WHERE state = 'waiting';
"""
DESK = """
CREATE TABLE ticket (id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL);
CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER, text TEXT);
CREATE TABLE event (ticket_id INTEGER, seq INTEGER, name TEXT, PRIMARY KEY (ticket_id, seq));
CREATE TABLE decision (delivery_id INTEGER PRIMARY KEY, account TEXT NOT NULL);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER, content BLOB);
"""


class Layout:
    """How mail is kept and worked off; `one` unless a subclass says otherwise."""

    def __init__(self, folder: Path) -> None:
        self.desk = connect(f"sqlite:///{folder / 'desk.db'}", create=True)
        _create(self.desk, SPOOL.format(on="") + DELIVERY.format(on="") + DESK)

    def accept(self, content: bytes) -> None:
        with transaction(self.desk) as tx:
            _insert_delivery(tx, _insert_spool(tx, content))

    def work(self) -> int:
        """Claim one mail and record it, in two transactions; how many there were."""
        with snapshot(self.desk) as tx:
            if not tx.exec_driver_sql("SELECT 1 FROM delivery WHERE state = 'waiting'").first():
                return 0
        with transaction(self.desk) as tx:
            claimed = tx.exec_driver_sql(
                "UPDATE delivery SET attempts = attempts + 1 WHERE id ="
                " (SELECT min(id) FROM delivery WHERE state = 'waiting') RETURNING id"
            ).fetchall()
        for (delivery_id,) in claimed:
            with transaction(self.desk) as tx:
                _record(tx, delivery_id)
        return len(claimed)

    def close(self) -> None:
        self.desk.dispose()


class Attached(Layout):
    def __init__(self, folder: Path) -> None:
        self.spool = connect(f"sqlite:///{folder / 'spool.db'}", create=True)
        _create(self.spool, SPOOL.format(on="") + DELIVERY.format(on=""))
        self.desk = connect(f"sqlite:///{folder / 'desk.db'}", create=True)

        def attach(dbapi: sqlite3.Connection, record: object) -> None:
            dbapi.execute("ATTACH ? AS s", (str(folder / "spool.db"),))
            dbapi.execute("PRAGMA s.synchronous=FULL")

        event.listen(self.desk, "connect", attach)
        _create(self.desk, DESK)

    def accept(self, content: bytes) -> None:
        with transaction(self.spool) as tx:
            _insert_delivery(tx, _insert_spool(tx, content))

    def close(self) -> None:
        self.spool.dispose()
        super().close()


class Apart(Layout):
    def __init__(self, folder: Path) -> None:
        self.spool = connect(f"sqlite:///{folder / 'spool.db'}", create=True)
        _create(self.spool, SPOOL.format(on=""))
        self.desk = connect(f"sqlite:///{folder / 'desk.db'}", create=True)
        _create(self.desk, DELIVERY.format(on="") + DESK)
        self._seen = 0

    def accept(self, content: bytes) -> None:
        with transaction(self.spool) as tx:
            _insert_spool(tx, content)

    def work(self) -> int:
        """The claim is what tells the desk of the mail; ids commit in order on SQLite."""
        with snapshot(self.spool) as tx:
            query = "SELECT id FROM spool WHERE id > ? ORDER BY id LIMIT 1"
            found = tx.exec_driver_sql(query, (self._seen,)).scalar()
        if found is None:
            return 0
        with transaction(self.desk) as tx:
            delivery_id = _insert_delivery(tx, int(found), attempts=1)
        with transaction(self.desk) as tx:
            _record(tx, delivery_id)
        self._seen = int(found)
        return 1

    def close(self) -> None:
        self.spool.dispose()
        super().close()


def _create(database: Database, script: str) -> None:
    with transaction(database) as tx:
        for statement in script.split(";"):
            if statement.strip():
                tx.exec_driver_sql(statement)


def _insert_spool(tx: Tx, content: bytes) -> int:
    made = tx.exec_driver_sql("INSERT INTO spool (envelope) VALUES ('{}') RETURNING id")
    spool_id = int(made.scalar_one())
    tx.exec_driver_sql("INSERT INTO raw VALUES (?, ?)", (spool_id, content))
    return spool_id


def _insert_delivery(tx: Tx, spool_id: int, attempts: int = 0) -> int:
    values = (spool_id, "waiting", attempts)
    made = tx.exec_driver_sql(
        "INSERT INTO delivery (spool_id, state, attempts) VALUES (?, ?, ?) RETURNING id", values
    )
    return int(made.scalar_one())


def _record(tx: Tx, delivery_id: int) -> None:
    """About as many rows and bytes as a mail that opens a ticket and causes three mails."""
    made = tx.exec_driver_sql("INSERT INTO ticket (subject) VALUES ('Printer') RETURNING id")
    ticket = int(made.scalar_one())
    tx.exec_driver_sql("INSERT INTO message (ticket_id, text) VALUES (?, ?)", (ticket, "y" * 900))
    for seq in range(4):
        tx.exec_driver_sql("INSERT INTO event VALUES (?, ?, 'queue-set')", (ticket, seq))
    tx.exec_driver_sql("INSERT INTO decision VALUES (?, ?)", (delivery_id, "z" * 2500))
    for _ in range(3):
        insert = "INSERT INTO outbox (ticket_id, content) VALUES (?, ?)"
        tx.exec_driver_sql(insert, (ticket, b"w" * 4000))
    ended = "UPDATE delivery SET state = 'done', outcome = 'opened' WHERE id = ?"
    tx.exec_driver_sql(ended, (delivery_id,))


LAYOUTS: dict[str, Callable[[Path], Layout]] = {
    "one": Layout, "attached": Attached, "apart": Apart,
}  # fmt: skip
MEASURES = ("whole time", "accept p50", "accept p99")


def measure(new: Callable[[Path], Layout], folder: Path, mails: int) -> tuple[float, ...]:
    """Seconds until all mails are recorded; of an accept the median and the 99th percent.

    Last, how many accepts met "database is locked": 451 for their senders, who come again.
    """
    layout = new(folder)
    numbers, waits, locked = itertools.count(), list[float](), list[int]()

    def send() -> None:
        while (number := next(numbers)) < mails:
            begun = time.perf_counter()
            while True:
                try:
                    layout.accept(LARGE if number % 8 == 0 else SMALL)
                    break
                except TemporaryError:
                    locked.append(number)
            waits.append(time.perf_counter() - begun)

    sessions = [threading.Thread(target=send) for _ in range(SESSIONS)]
    begun = time.perf_counter()
    for each in sessions:
        each.start()
    recorded = 0
    while recorded < mails:
        found = layout.work()
        recorded += found
        if not found:
            time.sleep(0.0005)
    taken = time.perf_counter() - begun
    for each in sessions:
        each.join()
    layout.close()
    percents = statistics.quantiles(waits, n=100)
    return taken, percents[49], percents[98], len(locked)


def tell(found: dict[str, list[tuple[float, ...]]], mails: int) -> None:
    """A line for each layout, and what "one" is in this machine's own units."""
    for name in LAYOUTS:
        told = []
        for index, what in enumerate(MEASURES):
            pairs = zip(found[name], found["one"], strict=True)
            ratios = sorted(ours[index] / ones[index] for ours, ones in pairs)
            middle = statistics.median(ratios)
            told.append(f"{what} x{middle:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})")
        locked = sum(int(each[-1]) for each in found[name])
        print(f"{name:9} {'   '.join(told)}   locked {locked}")
    ones = [statistics.median(each[index] for each in found["one"]) for index in range(3)]
    print(f"one, here: {mails / ones[0]:.0f} mails/s, accept p50 {ones[1] * 1000:.1f} "
          f"ms, p99 {ones[2] * 1000:.1f} ms")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mails", type=int, default=400)
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--dir", type=Path, default=ON_DISK)
    asked = options.parse_args()
    kind = require_disk(asked.dir.resolve())
    folder = Path(tempfile.mkdtemp(prefix="one-or-two-", dir=asked.dir))
    try:
        print(f"{asked.rounds} rounds of {asked.mails} mails, {SESSIONS} sessions, one worker; "
              f"{kind}, SQLite {sqlite3.sqlite_version}")  # fmt: skip
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in LAYOUTS}
        for number in range(asked.rounds):
            for name, new in LAYOUTS.items():
                place = folder / f"{number}-{name}"
                place.mkdir()
                found[name].append(measure(new, place, asked.mails))
                shutil.rmtree(place)
        tell(found, asked.mails)
        torn = torn_by_kill(folder, asked.kills)
        print(f"two attached files told two stories after {torn} of {asked.kills} kill -9")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""Where large raw mails live: in a row, or in a file named by its content with a row that says so.

A mail is taken in both ways in turns, by the store's own `spool.accept`, with the 250 due
when it returns; the file is written, fsynced, renamed, and its folder fsynced before the
row commits, or the row would promise bytes that a power loss takes away. Told are ratios
of file to row at each size, the wait of a small mail beside large ones, and the bytes that
go to the disk.

    python bench/raw_mail.py [--rounds 5] [--dir /var/tmp] [--postgres]

--postgres starts a throwaway cluster with fsync, full_page_writes and synchronous_commit on.
"""

import argparse
import hashlib
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from disk import ON_DISK, require_disk
from sqlalchemy import text

from gateway.errors import TemporaryError
from gateway.message import Envelope, Source
from gateway.store import Database, connect, migrate, snapshot, spool, transaction

MAILBOX = {"support@example.com": ["support@example.com"]}
#        bytes of a mail  mails of that size in one round
SIZES = {
    6_000:       40,
    60_000:      25,
    300_000:     12,
    1_000_000:    8,
    5_000_000:    4,
    25_000_000:   2,
}  # fmt: skip
BESIDE = 25_000_000  # size of the mails beside which a small one waits

Take = Callable[[bytes], int]


class Ways:
    """A mail into the database as a row, or into a file and the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder
        folder.mkdir()

    def row(self, content: bytes) -> int:
        now = datetime.now(UTC)
        envelope = Envelope(
            mail_from="ann@example.org",
            rcpt_to=("support@example.com",),
            received_at=now,
            source=Source.SMTP,
        )
        mail = spool.Accepted(envelope=envelope, content=content, mailboxes=MAILBOX, message_id="")
        with transaction(self._database) as tx:
            return spool.accept(tx, [mail])[0]

    def file(self, content: bytes) -> int:
        digest = hashlib.sha256(content).hexdigest()
        place = self._folder / digest[:2]
        if not place.exists():
            place.mkdir()
            _sync(self._folder)
        being_written = place / f"{digest}.{threading.get_ident()}"
        with being_written.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        being_written.rename(place / digest)
        _sync(place)
        return self.row(digest.encode())

    def read_row(self, spool_id: int) -> bytes:
        with snapshot(self._database) as tx:
            query = text("SELECT content FROM raw WHERE spool_id = :id")
            return bytes(tx.execute(query, {"id": spool_id}).scalar_one())

    def read_file(self, spool_id: int) -> bytes:
        digest = self.read_row(spool_id).decode()
        return (self._folder / digest[:2] / digest).read_bytes()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def a_mail(size: int, number: int) -> bytes:
    """Text as base64 has it, no two alike; as little compressible as a photo."""
    return os.urandom(size // 2).hex().encode()[:size] + b"%8d" % number


def by_size(ways: Ways, rounds: int) -> None:
    """Print for each size how long a file takes where a row takes 1."""
    for size, count in SIZES.items():
        taking, reading, ones = [], [], []
        for number in range(rounds):
            mails = [a_mail(size, number * count + index) for index in range(count)]
            pair = [
                _timed(ways.row, ways.read_row, mails),
                _timed(ways.file, ways.read_file, mails),
            ]
            taking.append(pair[1][0] / pair[0][0])
            reading.append(pair[1][1] / pair[0][1])
            ones.append(pair[0][0] * 1000)
        print(f"  {size:>10,} bytes   take {_range(taking)}   read {_range(reading)}   "
              f"(row, here: {statistics.median(ones):.1f} ms)")  # fmt: skip


def _timed(take: Take, read: Callable[[int], bytes], mails: list[bytes]) -> tuple[float, float]:
    """Median seconds to take a mail and to read it back."""
    taken, fetched = [], []
    for mail in mails:
        begun = time.perf_counter()
        spool_id = take(mail)
        taken.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        assert len(read(spool_id)) == len(mail)
        fetched.append(time.perf_counter() - begun)
    return statistics.median(taken), statistics.median(fetched)


def small_beside_large(ways: Ways, rounds: int) -> None:
    """Print the longest wait of a small mail while large ones are taken as files, by rows."""
    worst: dict[str, list[float]] = {"row": [], "file": []}
    for number in range(rounds):
        for name, take in (("row", ways.row), ("file", ways.file)):
            large = [a_mail(BESIDE, 1000 * number + index) for index in range(2)]
            done, waits, failed = threading.Event(), list[float](), list[int]()

            def bystander(done: threading.Event, waits: list[float], failed: list[int]) -> None:
                while not done.is_set():
                    begun = time.perf_counter()
                    try:
                        ways.row(b"small")
                    except TemporaryError:
                        failed.append(1)
                    waits.append(time.perf_counter() - begun)
                    time.sleep(0.001)

            beside = threading.Thread(target=bystander, args=(done, waits, failed))
            beside.start()
            for mail in large:
                take(mail)
            done.set()
            beside.join()
            worst[name].append(max(waits))
    ratios = [ours / ones for ours, ones in zip(worst["file"], worst["row"], strict=True)]
    middle = statistics.median(worst["row"]) * 1000
    print(f"  a small mail beside two of {BESIDE:,}: longest wait {_range(ratios)}   "
          f"(rows, here: {middle:.0f} ms)")  # fmt: skip


def written_to_disk(ways: Ways) -> None:
    """Print bytes written per byte of mail, as the kernel counts them for this process."""
    for name, take in (("row", ways.row), ("file", ways.file)):
        before, mails = _written(), [a_mail(1_000_000, -index) for index in range(20)]
        for mail in mails:
            take(mail)
        print(f"  as {name}: {(_written() - before) / sum(map(len, mails)):.2f} bytes written "
              "per byte of mail")  # fmt: skip


def _written() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _range(ratios: list[float]) -> str:
    return f"x{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


@contextmanager
def throwaway_cluster(folder: Path) -> Iterator[str]:
    """The URL of a durable PostgreSQL of our own; it does not run as root, so root steps down."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: -int(each.parent.name)
    )
    if not found:
        sys.exit("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    cluster = folder / "cluster"
    cluster.mkdir()
    if user:
        shutil.chown(cluster, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = cluster / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run([found[0] / program, *arguments], user=user, check=True, cwd=cluster,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip

    run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
    durable = "-c fsync=on -c full_page_writes=on -c synchronous_commit=on"
    run("pg_ctl", "-D", str(data), "-l", str(cluster / "log"), "-w",
        "-o", f"-h 127.0.0.1 -k {cluster} -p {port} {durable}", "start")  # fmt: skip
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def measure(url: str, folder: Path, rounds: int) -> None:
    migrate.upgrade(url, None, datetime.now(UTC))
    database = connect(url)
    ways = Ways(database, folder)
    by_size(ways, rounds)
    small_beside_large(ways, rounds)
    if database.dialect.name == "sqlite":
        written_to_disk(ways)
    database.dispose()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--dir", type=Path, default=ON_DISK)
    options.add_argument("--postgres", action="store_true", help="the same on PostgreSQL")
    asked = options.parse_args()
    kind = require_disk(asked.dir.resolve())
    folder = Path(tempfile.mkdtemp(prefix="raw-mail-", dir=asked.dir))
    folder.chmod(0o755)  # user postgres passes through
    try:
        print(f"file : row, median of {asked.rounds} pairs (range); {kind}")
        print(f"SQLite {sqlite3.sqlite_version}, one file")
        measure(f"sqlite:///{folder / 'desk.db'}", folder / "files", asked.rounds)
        if asked.postgres:
            with throwaway_cluster(folder) as url:
                print("PostgreSQL, fsync, full_page_writes and synchronous_commit on")
                measure(url, folder / "files-of-postgres", asked.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""How many mails a second get a 250 that is true, beside what the library alone could do.

    python bench/accepting.py [--rounds 5] [--dir /var/tmp] [--postgres]

Our listener with its database, against aiosmtpd on uvloop with a handler that throws every
mail away, on the same machine in turns: 5 kB mails at 1, 16 and 64 connections, then the mix.
Every 250 of ours is counted in the database afterwards. At one connection it is the wait that
counts: the discarding server's, plus one commit as the store makes it. Then the same at 64
connections with 3 ms added to every fsync, and the wait of a good client beside bad ones.
"""

import argparse
import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from bad_clients import BAD_CLIENTS, bad_clients
from disk import ON_DISK, require_disk
from mails import SUPPORT
from raw_mail import throwaway_cluster
from smtp_client import Told, mails_to_send, plain_mail, send_all
from sqlalchemy import func, select

from gateway.config.settings import Desk, Gateway, Mailbox, Queue, Smtp
from gateway.ingest.smtp import Listener
from gateway.intake import GroupCommit, Intake
from gateway.message import Envelope, Source
from gateway.store import connect, migrate, snapshot, tables
from gateway.worker import Worker

SMALL = 5_000
#        connections  bytes (None: the mix)  mails  bar: share of the discarding server
LOADS = (
    (16, SMALL, 2000, None),
    (64, SMALL, 3000, 0.85),
    (64, None,  1000, 1.0),
)  # fmt: skip
SLOW_FSYNC = Path(__file__).with_name("slow_fsync.c")


def discard(port: int) -> None:
    """The floor: aiosmtpd as it comes, and nothing behind it."""
    from aiosmtpd.smtp import SMTP

    class Discard:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
            return "250 OK"

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(Discard(), enable_SMTPUTF8=True, hostname="floor", loop=loop),
            "127.0.0.1",
            port,
        )
        await server.serve_forever()

    uvloop.run(serve())


def settings(port: int) -> Gateway:
    return Gateway(
        desk=Desk(name="bench.example", admin="admin@example.com"),
        smtp=Smtp(listen=f"127.0.0.1:{port}", max_connections=500, max_connections_per_peer=500),
        queue=(Queue(name="IT", team="it"),),
        mailbox=(Mailbox(address=SUPPORT, queue="IT"),),
    )


def accept(port: int, url: str) -> None:
    """Ours: the listener and the commit behind it, without anybody who works on the mail."""
    gateway = settings(port)
    group = GroupCommit(Intake(connect(url), gateway))
    worker = Worker("intake", group)
    group.on_submitted = worker.bell.set
    worker.start()
    listener = Listener(
        gateway.smtp, is_ours=lambda address: address == SUPPORT, submit=group.submit,
        now=lambda: datetime.now(UTC),
    )  # fmt: skip
    listener.start()
    worker.stopping.wait()


@contextmanager
def serving(*how: str, **environment: str) -> Iterator[int]:
    """A server of this file in a process of its own; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", how[0], str(port), *how[1:]]
    server = subprocess.Popen(command, env={**os.environ, **environment},
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()


def load(port: int, connections: int, size: int | None, count: int) -> Told:
    told = uvloop.run(send_all(port, mails_to_send(count, size), connections, 20))
    if set(told.replies) != {250}:
        sys.exit(f"not every mail was taken: {dict(told.replies)}")
    return told


def throughput(floor: int, ours: int, rounds: int) -> int:
    """Print a line for each load; how many mails got a 250 from us."""
    sent = 0
    for connections, size, count, bar in LOADS:
        ratios, here = [], []
        for _ in range(rounds):
            theirs = load(floor, connections, size, count)
            told = load(ours, connections, size, count)
            ratios.append(told.per_second / theirs.per_second)
            here.append(told)
            sent += count
        middle = sorted(here, key=lambda each: each.per_second)[len(here) // 2]
        what = f"{size:,} bytes" if size else "the mix"
        print(f"  {connections:3} connections, {what:11}  {_range(ratios, bar)}   (here "
              f"{middle.per_second:,.0f}/s, p50 {middle.wait_ms(0.5):.1f} ms, "
              f"p99 {middle.wait_ms(0.99):.1f} ms)")  # fmt: skip
    return sent


def alone(floor: int, ours: int, url: str, rounds: int) -> int:
    """Print the wait of a client that is alone; how many mails it sent us."""
    count, ratios, here = 500, [], []
    database = connect(url)
    intake = Intake(database, settings(ours))
    for _ in range(rounds):
        theirs = load(floor, 1, SMALL, count).wait_ms(0.5)
        commits = []
        for number in range(count // 5):
            mail = plain_mail(SMALL, number)
            envelope = Envelope(mail_from="a@customers.test", rcpt_to=(SUPPORT,),
                                received_at=datetime.now(UTC), source=Source.PIPE)  # fmt: skip
            begun = time.perf_counter()
            intake.accept(envelope, mail)
            commits.append(1000 * (time.perf_counter() - begun))
        commit = statistics.median(commits)
        told = load(ours, 1, SMALL, count).wait_ms(0.5)
        ratios.append(told / (theirs + commit))
        here.append((told, theirs, commit))
    told, theirs, commit = sorted(here)[len(here) // 2]
    print(f"    1 connection,  wait : discard + one commit  {_range(ratios, -1.2)}   "
          f"(here {told:.2f} : {theirs:.2f} + {commit:.2f} ms)")  # fmt: skip
    database.dispose()
    return rounds * (count + count // 5)


def beside_bad_clients(ours: int, rounds: int) -> int:
    """Print the p99 of a good client beside bad ones, as a multiple of its p99 in peace."""
    count, ratios, here = 1000, [], []
    for _ in range(rounds):
        before = load(ours, 4, SMALL, count).waits
        with bad_clients(ours):
            attacked = load(ours, 4, SMALL, 2 * count).wait_ms(0.99)
        quiet = Told(waits=before + load(ours, 4, SMALL, count).waits).wait_ms(0.99)
        ratios.append(attacked / quiet)
        here.append((attacked, quiet))
    attacked, quiet = sorted(here)[len(here) // 2]
    what = f"p99 of a good client beside {BAD_CLIENTS} bad ones : alone"
    print(f"    {what}  {_range(ratios, -3.0)}   (here {attacked:.1f} : {quiet:.1f} ms)")
    return rounds * 4 * count


def slow_disk(floor: int, url: str, folder: Path, rounds: int) -> int:
    """Print the share at 64 connections when every fsync takes 3 ms more."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        print("    a slow disk: not measured, there is no C compiler")
        return 0
    library = folder / "slow_fsync.so"
    flags = ["-O2", "-shared", "-fPIC", "-o", str(library), str(SLOW_FSYNC), "-ldl"]
    subprocess.run([compiler, *flags], check=True)
    ratios = []
    with serving("ours", url, LD_PRELOAD=str(library), FSYNC_DELAY_US="3000") as slow:
        for _ in range(rounds):
            theirs = load(floor, 64, SMALL, 2000).per_second
            ratios.append(load(slow, 64, SMALL, 2000).per_second / theirs)
    print(f"   64 connections, every fsync 3 ms slower  {_range(ratios, 0.6)}")
    return rounds * 2000


def _range(ratios: list[float], bar: float | None) -> str:
    """Median and range, and whether it keeps to the bar: at least, or at most where negative."""
    middle = statistics.median(ratios)
    told = f"x{middle:.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    if bar is None:
        return told
    good = middle >= bar if bar > 0 else middle <= -bar
    return f"{told} {'holds' if good else 'MISSES'} {'>=' if bar > 0 else '<='} {abs(bar):.2f}"


def measure(url: str, folder: Path, rounds: int) -> None:
    migrate.upgrade(url, None, datetime.now(UTC))
    with serving("discard") as floor:
        with serving("ours", url) as ours:
            sent = throughput(floor, ours, rounds)
            sent += alone(floor, ours, url, rounds)
            sent += beside_bad_clients(ours, rounds)
        if url.startswith("sqlite"):
            sent += slow_disk(floor, url, folder, rounds)
    database = connect(url)
    with snapshot(database) as tx:
        kept = tx.execute(select(func.count()).select_from(tables.delivery)).scalar_one()
    database.dispose()
    print(f"  {sent:,} mails were taken, {kept:,} are in the database")
    if kept != sent:
        sys.exit("they differ: a 250 was not true, or a mail is there that got none")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--dir", type=Path, default=ON_DISK)
    options.add_argument("--postgres", action="store_true", help="on PostgreSQL, not SQLite")
    options.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.serve:
        servers = {"discard": discard, "ours": accept}
        servers[asked.serve[0]](int(asked.serve[1]), *asked.serve[2:])
        return
    kind = require_disk(asked.dir.resolve())
    folder = Path(tempfile.mkdtemp(prefix="accepting-", dir=asked.dir))
    folder.chmod(0o755)  # user postgres passes through
    try:
        print(f"ours : discarding server, median of {asked.rounds} pairs (range); {kind}")
        if asked.postgres:
            with throwaway_cluster(folder) as url:
                measure(url, folder, asked.rounds)
        else:
            measure(f"sqlite:///{folder / 'desk.db'}", folder, asked.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""What a mail costs from SMTP to its ticket, and whom the work on a backlog keeps waiting.

    python bench/end_to_end.py [--rounds 5] [--mails 600] [--backlog 10000] [--dir /var/tmp]
                               [--only sqlite|postgresql] [--tickets 100000] [--parts acbd]

The daemon as installed, in processes of its own, with one agent, and a smarthost that never
says a word, so that mails are written and committed and none is sent. Told are CPU of the
daemon, and of PostgreSQL's server, per mail of the mix as a ratio to `reading.yardstick` on
the same mails in the same round; the wait for a 250 with nothing to do and while a backlog is
worked off; how soon after its 250 a lone mail is a ticket; and what a mail costs beside many
tickets. The client's own CPU is in none of it, but it has the same cores.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import many_tickets
import psycopg
from disk import ON_DISK, require_disk
from mails import SUPPORT, generate
from raw_mail import throwaway_cluster
from reading import seconds, yardstick
from smtp_client import Told, send_all
from sqlalchemy import func, select

from gateway.cli.init import write_desk
from gateway.desk import keyring_file
from gateway.desk.folder import load_desk
from gateway.intake import Arrival, Intake
from gateway.message import Envelope, Source
from gateway.store import Database, connect, migrate, snapshot, tables

COMMAND = Path(sys.executable).with_name("ticket-gateway")
TICK = os.sysconf("SC_CLK_TCK")
BAR, SLOWER, SOON_MS, GROWTH = 2.0, 3.0, 50, 1.15
WAL_FILES = 60  # 16 MB each
PAUSE_SECONDS = 0.05  # between mails of somebody who writes now and then


class Desk:
    """A desk in a folder of its own, and its daemon while it runs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._silent = socket.create_server(("127.0.0.1", 0))
        write_desk(folder, address=SUPPORT, listen=f"127.0.0.1:{self.port}", database=url,
                   outgoing=f"smtp://127.0.0.1:{self._silent.getsockname()[1]}")  # fmt: skip
        people = folder / "directory.csv"
        lines = people.read_text().splitlines(keepends=True)
        people.write_text("".join(line for line in lines if not line.startswith("lee")))
        loaded = load_desk(folder, {})
        keyring_file.make(loaded.key_file)
        migrate.upgrade(loaded.database_url, None, datetime.now(UTC))
        self.gateway = loaded.gateway
        self.database: Database = connect(loaded.database_url)

    @contextmanager
    def running(self) -> Iterator[int]:
        """The daemon's process, ready and with its other process up."""
        log = (self.folder / "log").open("ab")
        daemon = subprocess.Popen(
            [COMMAND, "--desk", str(self.folder), "run"], stdout=log, stderr=log
        )
        try:
            while b"listening on" not in (self.folder / "log").read_bytes():
                if daemon.poll() is not None:
                    sys.exit((self.folder / "log").read_text())
                time.sleep(0.05)
            time.sleep(2)
            yield daemon.pid
        finally:
            daemon.terminate()
            daemon.wait()
            (self.folder / "log").unlink()

    def accept(self, raws: Sequence[bytes]) -> None:
        """Mails in the spool, as if they had come while nobody worked."""
        intake = Intake(self.database, self.gateway)
        for at in range(0, len(raws), 200):
            intake.accept_batch([
                Arrival(Envelope(mail_from="ann@customers.test", rcpt_to=(SUPPORT,),
                                 received_at=datetime.now(UTC), source=Source.SMTP), raw)
                for raw in raws[at : at + 200]
            ])  # fmt: skip

    def waiting(self) -> int:
        query = select(func.count()).where(tables.delivery.c.state == "waiting")
        with snapshot(self.database) as tx:
            return int(tx.execute(query).scalar_one())

    def settle(self) -> None:
        """Until nothing waits. Asked seldom, and for one row, for on PostgreSQL it is the server
        that looks, whose CPU is measured."""
        one = select(tables.delivery.c.id).where(tables.delivery.c.state == "waiting").limit(1)
        left = True
        while left:
            time.sleep(0.2)
            with snapshot(self.database) as tx:
                left = tx.execute(one).first() is not None

    def close(self) -> None:
        self.database.dispose()
        self._silent.close()


def cpu_seconds(*roots: int) -> float:
    """Spent by these processes, their children, and what of those has ended."""
    spent, wanted = 0, set(roots)
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats.append((int(path.parent.name), path.read_text().rpartition(")")[2].split()))
        except OSError:
            continue
    grown = True
    while grown:
        more = {pid for pid, stat in stats if int(stat[1]) in wanted} - wanted
        wanted |= more
        grown = bool(more)
    for pid, stat in stats:
        if pid in wanted:
            spent += sum(map(int, stat[11:15]))
    return spent / TICK


def postmaster(folder: Path) -> tuple[int, ...]:
    """The server's first process, where the desk has one of its own."""
    files = list(folder.glob("cluster/data/postmaster.pid"))
    return tuple(int(file.read_text().split()[0]) for file in files)


def cost(desk: Desk, servers: tuple[int, ...], rounds: int, count: int) -> None:
    """CPU per mail over that of the yardstick, each round with mails of its own."""
    ratios, ours, theirs = [], [], []
    with desk.running() as daemon:
        for seed in range(100, 101 + rounds):
            raws = [made.raw for made in generate(count, seed=seed)]
            before = sum(seconds(yardstick, raw) for raw in raws)
            begun = cpu_seconds(daemon, *servers)
            told = asyncio.run(send_all(desk.port, raws, 16, 20))
            desk.settle()
            spent = cpu_seconds(daemon, *servers) - begun
            assert told.replies[250] == count, told.replies
            after = sum(seconds(yardstick, raw) for raw in raws)
            measure = (before + after) / 2  # the machine's speed changes by the second
            if seed > 100:  # the first warms up templates, caches and files
                ours.append(1000 * spent / count)
                theirs.append(1000 * measure / count)
                ratios.append(spent / measure)
    tell("CPU per mail : yardstick", ratios, BAR, "")
    print(f"    {statistics.median(ours):.2f} ms beside {statistics.median(theirs):.2f} ms")


def waits(desk: Desk, backlog: int) -> None:
    """The wait for a 250 of somebody who writes now and then, without and with a backlog."""
    few = [made.raw for made in generate(400, seed=7, kind="new")]
    with desk.running():
        asyncio.run(send_all(desk.port, few[:20], 1, 20))
        idle = _now_and_then(desk, few[20:200])
        desk.settle()
    desk.accept([made.raw for made in generate(backlog, seed=8)])
    with desk.running():
        before, begun = desk.waiting(), time.monotonic()
        busy = _now_and_then(desk, few[200:])
        rate = (before + 200 - desk.waiting()) / (time.monotonic() - begun)
        left = desk.waiting()
        print(f"  wait for a 250, p50 / p99: {idle.wait_ms(0.5):.1f} / {idle.wait_ms(0.99):.1f} ms "
              f"idle, {busy.wait_ms(0.5):.1f} / {busy.wait_ms(0.99):.1f} ms while {before} mails "
              f"are worked off at {rate:.0f} a second ({left} left at the end)")  # fmt: skip
        tell("p99 with a backlog : idle", [busy.wait_ms(0.99) / idle.wait_ms(0.99)], SLOWER, "")
        desk.settle()


def _now_and_then(desk: Desk, raws: Sequence[bytes]) -> Told:
    told = Told()
    for raw in raws:
        one = asyncio.run(send_all(desk.port, [raw], 1, 1))
        told.waits += one.waits
        time.sleep(PAUSE_SECONDS)
    return told


def soon(desk: Desk) -> None:
    """From the 250 of a mail that comes alone to its ticket, seen from another process."""
    found = []
    query = select(func.count()).select_from(tables.ticket)
    with desk.running():
        for made in generate(31, seed=9, kind="new"):
            with snapshot(desk.database) as tx:
                before = tx.execute(query).scalar_one()
            asyncio.run(send_all(desk.port, [made.raw], 1, 1))
            begun = time.perf_counter()
            while True:
                with snapshot(desk.database) as tx:
                    if tx.execute(query).scalar_one() > before:
                        break
                time.sleep(0.001)
            found.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.1)
    tell("a lone mail is a ticket after", found[1:], SOON_MS, " ms")


def growth(small: Desk, large: Desk, servers: tuple[int, ...], tickets: int, rounds: int) -> None:
    """What the pipeline spends on a mail beside few tickets and beside many, in turns."""
    ratios = many_tickets.compare(
        (small.folder, small.accept),
        (large.folder, large.accept),
        tickets,
        rounds,
        lambda: time.process_time() + (cpu_seconds(*servers) if servers else 0.0),
    )
    tell(f"cost beside {tickets} tickets : beside {many_tickets.FEW}", ratios, GROWTH, "")


def database_urls(kind: str, folder: Path, stack: ExitStack) -> Callable[[str], str]:
    """For a name, the URL of an empty database of that name."""
    if kind == "sqlite":
        return lambda name: f"sqlite:///{folder / name}.db"
    url = stack.enter_context(throwaway_cluster(folder))
    _settle_wal(url)

    def made(name: str) -> str:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{url.rpartition('/')[0]}/{name}"

    return made


def _settle_wal(url: str) -> None:
    """A new server makes a file of its log every 16 MB, and all commits wait 50 ms for it; one that
    has run for a while uses its old ones again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET min_wal_size = '1GB'")
        connection.execute("SELECT pg_reload_conf()")
        for _ in range(WAL_FILES):
            connection.execute("SELECT txid_current(), pg_switch_wal()")
        connection.execute("CHECKPOINT")


def tell(what: str, figures: Sequence[float], bar: float, unit: str) -> None:
    median = statistics.median(figures)
    spread = f" ({min(figures):.2f}-{max(figures):.2f}; {len(figures)})"
    verdict = "kept" if median <= bar else "MISSED"
    print(f"  {what}: {median:.2f}{unit}{spread}, bar {bar:g}{unit}: {verdict}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mails", type=int, default=600)
    options.add_argument("--backlog", type=int, default=10_000)
    options.add_argument("--tickets", type=int, default=100_000)
    options.add_argument("--dir", type=Path, default=ON_DISK)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    options.add_argument("--parts", default="acbd", help="letters of what is measured")
    asked = options.parse_args()
    require_disk(asked.dir)
    for kind in (asked.only,) if asked.only else ("sqlite", "postgresql"):
        folder = Path(tempfile.mkdtemp(dir=asked.dir))
        folder.chmod(0o755)
        print(kind)
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            url = database_urls(kind, folder, stack)

            def desk(name: str) -> Desk:
                made = Desk(folder / name, url(name))  # noqa: B023 - used before the next
                stack.callback(made.close)
                return made

            servers = postmaster(folder)
            if "a" in asked.parts:
                cost(desk("cost"), servers, asked.rounds, asked.mails)
            if "c" in asked.parts:
                soon(desk("soon"))
            if "b" in asked.parts:
                waits(desk("waits"), asked.backlog)
            if "d" in asked.parts:
                growth(desk("few"), desk("many"), servers, asked.tickets, asked.rounds)


if __name__ == "__main__":
    main()

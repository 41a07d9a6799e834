"""Many mails by SMTP and IMAP at once, while the daemon's processes are killed at random.

The clients do what mail servers do: what got no 250 is sent again. At the end every mail is
counted where an admin would look: tickets, outbox, what arrived, the account of the spool.
"""

import contextlib
import os
import random
import signal
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from support.desk import DeskUnderTest
from support.dovecot import Account
from support.mail import SUPPORT, a_mail, send_mail
from support.sink import Sink
from support.waiting import eventually

CLIENTS = 16
SENDERS = 200  # so that nobody's confirmations are withheld as a storm's
PATIENCE = 600.0


class Campaign:
    """`smtp` mails are handed to the clients, `imap` mails are put into the account."""

    def __init__(self, desk: DeskUnderTest, sink: Sink, account: Account | None) -> None:
        self.desk, self.sink, self.account = desk, sink, account
        self.todo: list[str] = []
        self.acknowledged: list[str] = []
        self.sent: list[str] = []  # by IMAP
        self._lock = threading.Lock()
        self._failures: list[str] = []

    def raw(self, name: str) -> bytes:
        number = int(name) % SENDERS
        return a_mail(
            from_=f"Person {number} <person{number}@client.example>",
            subject=f"mail {name}.",
            message_id=f"<{name}@client.example>",
        )

    @contextlib.contextmanager
    def under_way(self, names: list[str], by_imap: list[str]) -> Iterator[None]:
        """All are sent while the block runs, and have been when it ends."""
        self.todo = list(reversed(names))
        clients = [threading.Thread(target=self._client, daemon=True) for _ in range(CLIENTS)]
        clients.append(threading.Thread(target=self._feed, args=(by_imap,), daemon=True))
        for each in clients:
            each.start()
        yield
        for each in clients:
            each.join(PATIENCE)
            assert not each.is_alive(), "a client still waits for its 250"
        assert not self._failures, self._failures

    def _client(self) -> None:
        while True:
            with self._lock:
                if not self.todo:
                    return
                name = self.todo.pop()
            deadline = time.monotonic() + PATIENCE
            while not self._deliver(name):
                if time.monotonic() > deadline:
                    self._failures.append(f"mail {name} was never taken")
                    return
                time.sleep(0.05)
            self.acknowledged.append(name)

    def _deliver(self, name: str) -> bool:
        number = int(name) % SENDERS
        try:
            send_mail(
                self.desk.port, self.raw(name), mail_from=f"person{number}@client.example",
                rcpt_to=SUPPORT, seconds=20,
            )  # fmt: skip
        except (smtplib.SMTPException, OSError):
            return False
        return True

    def _feed(self, by_imap: list[str]) -> None:
        assert self.account or not by_imap
        for at in range(0, len(by_imap), 10):
            some = by_imap[at : at + 10]
            if self.account:
                self.account.put(*map(self.raw, some))
            self.sent += some
            time.sleep(0.2)

    def kill_something(self, chance: random.Random) -> str:
        """One of: the whole daemon, the process that listens, one that works. What it was."""
        at_work = children(self.desk.pid)
        what = chance.choice(["all", "all", "daemon", *(["worker"] * 2 if at_work else [])])
        if what == "worker":
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(at_work), signal.SIGKILL)
            return what
        if what == "daemon":
            self.desk.kill_parent()
            for pid in at_work:  # they notice by themselves that they are alone
                eventually(lambda: not alive(pid), 20, f"{pid} ends")  # noqa: B023 - at once
        else:
            self.desk.kill()
        self.desk.run()
        self.desk.wait_ready(60)
        return what

    def settle(self, seconds: float = PATIENCE) -> None:
        """Until nothing waits, in or out."""

        def nothing_waits() -> bool:
            waiting = self.desk.cli("spool", "list", "--state", "waiting", "--json")
            return not waiting and not self.desk.cli(
                "outbox", "list", "--state", "waiting", "--json"
            )

        eventually(nothing_waits, seconds, "spool and outbox worked off")

    def assert_each_is_one_ticket_and_one_confirmation(self, names: list[str]) -> None:
        tickets = self.desk.tickets()
        assert Counter(each["subject"] for each in tickets) == Counter(
            f"mail {name}." for name in names
        )
        queued = self.desk.cli("outbox", "list", "--limit", "1000000", "--json")
        confirmed = sorted(each["ticket"] for each in queued if each["notice"] == "confirmation")
        assert confirmed == sorted(each["number"] for each in tickets)
        assert {each["state"] for each in queued} == {"sent"}
        arrived = {
            line
            for mail in self.sink.mails
            for line in mail.content.split(b"\r\n\r\n")[0].split(b"\r\n")
            if line.startswith(b"Message-ID: ")
        }
        assert len(arrived) == len(queued), "each mail arrived; twice only with its own Message-ID"
        assert self.desk.try_cli("spool", "account").returncode == 0, "the account balances"


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for each in found for child in each.read_text().split()]
    return []


def alive(pid: int) -> bool:
    """Whether it runs; one that is dead and only not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"

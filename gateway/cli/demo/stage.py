"""The desk that `demo` plays on: a real daemon in a process of its own, on a free port.

Mail goes to it over SMTP; what came of it is read from the store, and what people got from
the Maildir. Never waits for an amount of time: it looks until a deadline.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar

from gateway.cli.db import make_ready
from gateway.cli.demo.day import PEOPLE, SUPPORT
from gateway.cli.demo.mail import Written
from gateway.cli.init import write_desk
from gateway.desk.folder import load_desk
from gateway.errors import GatewayError, MailError
from gateway.message import Address
from gateway.outbound.sender import Outgoing, SmtpSender
from gateway.store import account, connect, conversation, ledger, outbox, snapshot, tickets
from gateway.store.conversation import Happened, Said
from gateway.tickets.model import Ticket

DEADLINE_SECONDS = 20.0  # for one effect; a loaded machine needs a few
LOOK_AGAIN_SECONDS = 0.02
STOP_SECONDS = 10.0  # the daemon promises 5
LOG_LINES = 8  # shown when something went wrong

T = TypeVar("T")


class DemoError(GatewayError):
    """The desk did not do what it should have done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """All that came of a mail. `ticket` is the one it opened, joined or is a duplicate in."""

    outcome: str
    ticket: int | None
    mails: tuple[tuple[str, str], ...]  # notice and address


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A ticket with all that is said in it and happened to it."""

    ticket: Ticket
    messages: tuple[Said, ...]
    events: tuple[Happened, ...]


class Stage:
    """The desk while it runs."""

    def __init__(self, folder: Path, port: int, daemon: subprocess.Popen[bytes]) -> None:
        self._outgoing = folder / "outgoing" / "new"  # where `init` has it
        self._database = connect(load_desk(folder, os.environ).database_url)
        self._daemon = daemon
        self._sender = SmtpSender("127.0.0.1", port, starttls="never", timeout_seconds=10.0)

    def play(self, mail: Written) -> Effect:
        """Send it, and wait until it has ended and what it caused has left."""
        with snapshot(self._database) as tx:
            before = max((entry.id for entry in ledger.entries(tx, limit=1)), default=0)
        envelope = Outgoing(mail_from=mail.mail_from, rcpt_to=mail.rcpt_to, content=mail.content)
        try:
            self._sender.send(envelope)
        except MailError as error:
            raise DemoError(f"the listener did not take the mail: {error}") from error
        return self._until(lambda: self._effect_after(before), "the mail's effect")

    def _effect_after(self, delivery_id: int) -> Effect | None:
        with snapshot(self._database) as tx:
            entry = next(iter(ledger.entries(tx, limit=1)), None)
            if entry is None or entry.id == delivery_id or entry.state == "waiting":
                return None
            mails = outbox.rows(tx, delivery_id=entry.id)
            if any(mail.state == "waiting" for mail in mails):
                return None
            told = tuple((mail.notice, mail.rcpt_to) for mail in mails if mail.state == "sent")
            return Effect(outcome=entry.state, ticket=entry.ticket, mails=told)

    def newest_mail(self, reader: str, number: int) -> EmailMessage:
        """The newest mail about the ticket in the Maildir that is for this person."""
        for file in sorted(
            self._outgoing.iterdir(), key=lambda each: each.stat().st_mtime_ns, reverse=True
        ):
            mail = message_from_bytes(file.read_bytes(), policy=default)
            if mail["Delivered-To"] == PEOPLE[reader] and f"[#{number}-" in str(mail["Subject"]):
                return mail
        raise DemoError(f"the Maildir has no mail about #{number} for {reader}")

    def show(self) -> list[Shown]:
        """Every ticket, the oldest first."""
        with snapshot(self._database) as tx:
            found = tickets.by_number(tx, conversation.numbers(tx))
            return [
                Shown(
                    ticket=found[number],
                    messages=tuple(conversation.messages(tx, number)),
                    events=tuple(conversation.events(tx, number)),
                )
                for number in sorted(found)
            ]

    def account(self) -> dict[str, int]:
        """Deliveries by how they ended, and the mails that left."""
        with snapshot(self._database) as tx:
            return {**account.outcomes(tx), "sent": len(outbox.rows(tx, state="sent"))}

    def close(self) -> None:
        self._sender.close()
        self._database.dispose()

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        return until(look, what, self._daemon)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A new desk in the folder, its daemon running for as long as the block lasts."""
    port = _free_port()
    write_desk(folder, address=SUPPORT, listen=f"127.0.0.1:{port}")
    make_ready(folder)
    log = folder / "data" / "daemon.log"
    try:
        with _daemon(folder, log) as process:
            until(lambda: "listening on" in log.read_text("utf-8") or None, "a listener", process)
            with closing(Stage(folder, port, process)) as ours:
                yield ours
    except DemoError as error:
        said = log.read_text("utf-8").splitlines()[-LOG_LINES:]
        raise DemoError("\n  ".join([str(error), "the daemon's last words:", *said])) from None


@contextmanager
def _daemon(folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`run` as systemd has it: stopped by SIGTERM, which it must answer with 0."""
    # -P: a folder called gateway where we are called from is not this one
    command = [sys.executable, "-P", "-m", "gateway", "--desk", str(folder), "run"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C is ours to answer
        )
    try:
        yield process
    except BaseException:
        with suppress(DemoError):
            _stop(process)
        raise
    _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with undisturbed():
        process.terminate()
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise DemoError(f"the daemon did not stop within {STOP_SECONDS:.0f} s") from None
    if code != 0:
        raise DemoError(f"expected that the daemon stops with exit code 0, found {code}")


@contextmanager
def undisturbed() -> Iterator[None]:
    """No second Ctrl-C stops us from cleaning up after the first."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def until(look: Callable[[], T | None], what: str, daemon: subprocess.Popen[bytes]) -> T:
    """What `look` finds, as soon as it is there. Raises DemoError after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (found := look()) is None:
        if daemon.poll() is not None:
            raise DemoError(f"expected {what}, but the daemon ended with {daemon.returncode}")
        if time.monotonic() > deadline:
            raise DemoError(f"expected {what} within {DEADLINE_SECONDS:.0f} s")
        time.sleep(LOOK_AGAIN_SECONDS)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def name_of(address: str | Address) -> str:
    """What the day calls this person.

    >>> name_of("ann@example.com"), name_of("nobody@else.example")
    ('Ann', 'nobody@else.example')
    """
    key = address.key if isinstance(address, Address) else address.lower()
    return next((name for name, theirs in PEOPLE.items() if theirs == key), key)

"""A store that is slow, locked or full: 451 in bounded time; never a 250, never a stall."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from gateway import intake
from gateway.ingest.smtp import Listener
from gateway.intake import GroupCommit, Intake
from gateway.store import Database, connect, migrate, snapshot, tables
from gateway.worker import Worker
from support.listening import Dialog, dialog
from support.mail import SUPPORT
from support.settings import a_gateway
from support.stored import count
from support.waiting import eventually

BUSY = "451 4.3.2 Too busy for more mail, try again later"
SHORT_SECONDS = 1.0

Hang = Callable[[], AbstractContextManager[None]]


@contextmanager
def intake_on(url: str, **settings: int) -> Iterator[tuple[int, Database]]:
    """A listener with the real intake behind it: its port, and the database."""
    migrate.upgrade(url, None, datetime.now(UTC))
    database = connect(url)
    gateway = a_gateway(smtp=settings)
    door = Intake(database, gateway)
    group = GroupCommit(door)
    worker = Worker("intake", group)
    group.on_submitted = worker.bell.set
    listener = Listener(
        gateway.smtp.model_copy(update={"listen": "127.0.0.1:0"}),
        is_ours=door.is_ours,
        submit=group.submit,
        now=lambda: datetime.now(UTC),
    )
    worker.start()
    try:
        yield int(listener.start()[0].rpartition(":")[2]), database
    finally:
        listener.stop(within_seconds=1)
        worker.stop()
        worker.join(10)
        database.dispose()


@pytest.fixture
def hang(database_url: str, tmp_path: Path) -> Hang:
    """Another process's lock on what an accepted mail is written to."""

    @contextmanager
    def sqlite() -> Iterator[None]:
        other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    @contextmanager
    def postgresql() -> Iterator[None]:
        with psycopg.connect(database_url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE spool, delivery IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()

    return sqlite if database_url.startswith("sqlite") else postgresql


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in earnest takes one here."""
    monkeypatch.setattr(intake, "STALL_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(intake, "COUNT_AGAIN_SECONDS", 0.0)


def hand_in(client: Dialog) -> str:
    """The rest of a conversation that was taken as far as RCPT; the answer to the mail."""
    assert client.ask("DATA").startswith("354")
    return client.ask("Subject: x\r\n\r\nHello\r\n.")


def kept(database: Database) -> int:
    with snapshot(database) as tx:
        return count(tx, tables.spool)


def test_a_locked_store_answers_451_to_all_and_is_well_again_by_itself(
    database_url: str, hang: Hang
) -> None:
    with intake_on(database_url) as (port, database), ExitStack() as open_lines:
        first, *others = [open_lines.enter_context(dialog(port, up_to="RCPT")) for _ in range(5)]
        answers: list[str] = []
        with hang():
            begun = time.monotonic()
            waiting = threading.Thread(target=lambda: answers.append(hand_in(first)))
            waiting.start()
            time.sleep(SHORT_SECONDS + 0.3)  # longer than a commit may take
            for other in others[:-1]:
                asked = time.monotonic()
                assert hand_in(other) == BUSY
                assert time.monotonic() - asked < 1, "it was to be told at once"
            assert others[-1].ask("NOOP").startswith("250")
            waiting.join(20)
            assert answers[0].startswith("451 4.3.")
            assert time.monotonic() - begun < 10
        eventually(lambda: hand_in(_anew(others[-1])).startswith("250"), 20)
        assert kept(database) == 1


def _anew(client: Dialog) -> Dialog:
    for command in ("RSET", "MAIL FROM:<a@x.example>", f"RCPT TO:<{SUPPORT}>"):
        assert client.ask(command).startswith("250")
    return client


def test_a_mail_that_nobody_waits_for_any_more_is_not_kept(
    database_url: str, hang: Hang, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two mails in front of a lock: one is being committed, one waits its turn and gives up."""
    monkeypatch.setattr("gateway.ingest.smtp_hooks.ANSWER_SECONDS", 0.5)
    with intake_on(database_url) as (port, database):
        with dialog(port, up_to="RCPT") as first, dialog(port, up_to="RCPT") as second, hang():
            assert first.ask("DATA") == second.ask("DATA")
            first.say("Subject: first\r\n.")
            assert first.hear().startswith("451")
            assert second.ask("Subject: second\r\n.").startswith("451")
        with dialog(port, up_to="RCPT") as third:
            eventually(lambda: hand_in(_anew(third)).startswith("250"), 20)
        # the first may be there: its commit was under way; then it is a duplicate one day
        assert kept(database) in (1, 2)


def test_a_full_spool_takes_no_more_until_it_is_worked_off(database_url: str) -> None:
    with (
        intake_on(database_url, max_waiting=2) as (port, database),
        dialog(port, up_to="RCPT") as client,
    ):
        assert [hand_in(_anew(client))[:3] for _ in range(2)] == ["250", "250"]
        eventually(lambda: hand_in(_anew(client)) == BUSY)
        before = kept(database)
        assert hand_in(_anew(client)) == BUSY
        assert kept(database) == before
        with database.begin() as tx:
            tx.execute(tables.delivery.update().values(state="done", outcome="ignored"))
        eventually(lambda: hand_in(_anew(client)).startswith("250"))

"""The installed daemon on an IMAP folder: each mail is one ticket with one confirmation,
wherever it is killed, and whatever becomes of the server."""

import time
from pathlib import Path

import pytest

from support.crash_points import POINTS
from support.desk import DeskUnderTest
from support.dovecot import PASSWORD, Account, Dovecot
from support.imap import settings
from support.mail import a_mail
from support.sink import Sink
from support.waiting import eventually

pytestmark = pytest.mark.server

IMAP_POINTS = [point for point in POINTS if "imap" in point]


@pytest.fixture
def fetching(
    desk: DeskUnderTest, sink: Sink, database_url: str, dovecot: Dovecot
) -> tuple[DeskUnderTest, Account]:
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=database_url)
    desk.confirm_all()
    account = dovecot.account()
    secret = desk.folder / "secrets" / "imap"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    toml = desk.folder / "gateway.toml"
    toml.write_text(toml.read_text() + settings(account))
    return desk, account


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [
        a_mail(subject=f"mail {number}.", message_id=f"<{number}@client.example>")
        for number in range(first, first + count)
    ]


def assert_each_is_one_ticket(desk: DeskUnderTest, sink: Sink, count: int) -> None:
    def nothing_waits() -> bool:
        waiting = desk.cli("spool", "list", "--state", "waiting", "--json")
        return not waiting and not desk.cli("outbox", "list", "--state", "waiting", "--json")

    eventually(lambda: len(desk.tickets()) == count, 60)
    eventually(nothing_waits, 60)
    assert sorted(ticket["subject"] for ticket in desk.tickets()) == sorted(
        f"mail {number}." for number in range(count)
    )
    queued = desk.cli("outbox", "list", "--limit", "100000", "--json")
    assert len([row for row in queued if row["notice"] == "confirmation"]) == count


def test_daemon_takes_mail_from_a_folder_and_answers_it(
    fetching: tuple[DeskUnderTest, Account], sink: Sink
) -> None:
    desk, account = fetching
    account.put(*numbered(3))
    with desk.running():
        eventually(lambda: account.subjects() == [], 20)
        account.put(*numbered(1, 3))
        eventually(lambda: len(account.subjects("Processed")) == 4, 20)
        assert_each_is_one_ticket(desk, sink, 4)
        began = time.monotonic()
    assert time.monotonic() - began < 5, "it stops at once though it waits for the server"


@pytest.mark.parametrize("nth", [2])
@pytest.mark.parametrize("point", IMAP_POINTS)
def test_killed_daemon_costs_and_repeats_no_mail(
    fetching: tuple[DeskUnderTest, Account], sink: Sink, point: str, nth: int
) -> None:
    desk, account = fetching
    account.put(*numbered(70))  # two batches
    desk.run(crash_at=(point, nth))
    desk.wait_ended(30)
    with desk.running():
        eventually(lambda: account.subjects() == [], 30)
        assert_each_is_one_ticket(desk, sink, 70)
    assert len(account.subjects("Processed")) == 70
    spooled = desk.cli("spool", "list", "--limit", "1000", "--json")
    assert len(spooled) == 70, "not even a duplicate was committed"


def test_history_is_imported_by_one_command_while_the_daemon_runs(
    fetching: tuple[DeskUnderTest, Account], sink: Sink, tmp_path: Path
) -> None:
    desk, _ = fetching
    old = tmp_path / "old"
    old.mkdir()
    for number, raw in enumerate(numbered(3)):
        (old / f"{number}.eml").write_bytes(raw)
    with desk.running():
        assert "imported 3 mails" in desk.text("import", str(old))
        eventually(lambda: len(desk.tickets()) == 3, 20)
        assert desk.cli("outbox", "list", "--json") == []
    wrong = desk.try_cli("import", "--imap", "nobody")
    assert wrong.returncode == 64
    assert b"is not one account of gateway.toml; there: " in wrong.stderr


def test_piped_mail_without_an_envelope_goes_where_its_header_says(
    fetching: tuple[DeskUnderTest, Account],
) -> None:
    desk, _ = fetching
    mail = a_mail(to="Help <support+x@example.com>")
    assert "accepted as" in desk.text("inject", stdin=b"Delivered-To: bob@y.example\n" + mail)
    refused = desk.try_cli("inject", stdin=a_mail(to="bob@y.example"))
    assert refused.returncode == 67
    assert b"say --to" in refused.stderr

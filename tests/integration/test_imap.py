"""Mail out of a real IMAP server: each once, oldest first, and filed only when it is safe."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import TemporaryError
from gateway.ingest import imap_source
from gateway.store import imap, snapshot
from gateway.worker import Worker
from support.dovecot import Account, Dovecot
from support.imap import Fetching
from support.in_process import HR, InProcess, anns
from support.waiting import eventually

pytestmark = pytest.mark.server


def mails(count: int, first: int = 0) -> list[bytes]:
    return [anns(subject=f"S{number}") for number in range(first, first + count)]


def taken(fetching: Fetching, count: int) -> Callable[[], bool]:
    return lambda: len(fetching.spooled()) >= count


def test_mail_is_taken_oldest_first_and_filed_away(desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.put(*mails(150))
    fetching = Fetching(desk, account)
    with fetching.running():
        eventually(lambda: account.subjects() == [])
    assert fetching.uids() == list(range(1, 151))
    assert account.subjects("Processed") == [f"S{number}" for number in range(150)]
    assert account.uids("Processed", "SEEN") == []


def test_mail_opens_a_ticket_like_any_other(sqlite_desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.put(anns(subject="Laptop", to=HR))
    fetching = Fetching(sqlite_desk, account)
    with fetching.running():
        eventually(taken(fetching, 1))
    sqlite_desk.work()
    [ticket] = sqlite_desk.tickets()
    assert (ticket.subject, ticket.mailbox) == ("Laptop", HR)


def test_mail_that_names_no_mailbox_goes_to_the_one_configured(
    sqlite_desk: InProcess, dovecot: Dovecot
) -> None:
    account = dovecot.account()
    account.put(anns(subject="Secret copy", to="undisclosed@elsewhere.example"))
    fetching = Fetching(sqlite_desk, account, mailbox=HR)
    with fetching.running():
        eventually(taken(fetching, 1))
    sqlite_desk.work()
    assert sqlite_desk.tickets()[0].mailbox == HR


def test_new_mail_is_taken_at_once_by_idle(sqlite_desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.make("INBOX")
    fetching = Fetching(sqlite_desk, account, poll_seconds=3600)
    with fetching.running():
        for number in range(3):
            account.put(*mails(1, number))
            eventually(taken(fetching, number + 1), 8)


def test_server_without_extensions_is_read_by_polling(
    desk: InProcess, plain_dovecot: Dovecot
) -> None:
    account = plain_dovecot.account()
    account.put(*mails(3))
    fetching = Fetching(desk, account, poll_seconds=1)
    with fetching.running():
        eventually(taken(fetching, 3))
        account.put(*mails(1, 3))
        eventually(taken(fetching, 4))
        eventually(lambda: len(account.subjects("Processed")) == 4)
    assert fetching.uids() == [1, 2, 3, 4]


def test_without_uidplus_nobody_elses_deletions_are_expunged(
    sqlite_desk: InProcess, plain_dovecot: Dovecot
) -> None:
    account = plain_dovecot.account()
    account.put(*mails(2))
    with account.talking("INBOX") as other:
        other.uid("STORE", "1", "+FLAGS", "\\Deleted")
    fetching = Fetching(sqlite_desk, account)
    with fetching.running():
        eventually(lambda: len(account.subjects("Processed")) == 2)
        eventually(lambda: account.uids("INBOX", "DELETED") == [1, 2])
    fetching.anew()
    with fetching.running():  # what is flagged is not copied a second time
        account.put(*mails(1, 2))
        eventually(lambda: len(account.subjects("Processed")) == 3)
    assert fetching.uids() == [1, 2, 3]


@pytest.mark.parametrize(
    ("when_done", "inbox", "unseen"),
    [("mark-read", ["S0", "S1"], []), ("leave", ["S0", "S1"], ["S0", "S1"]), ("delete", [], [])],
)
def test_mail_is_filed_as_configured(
    sqlite_desk: InProcess, dovecot: Dovecot, when_done: str, inbox: list[str], unseen: list[str]
) -> None:
    account = dovecot.account()
    account.put(*mails(2))
    fetching = Fetching(sqlite_desk, account, when_done=when_done)
    with fetching.running():
        eventually(taken(fetching, 2))
        eventually(lambda: account.subjects("INBOX", "UNSEEN") == unseen)
    assert account.subjects() == inbox
    assert account.folders() == ["INBOX"]


def test_nothing_is_taken_twice_after_a_new_start(desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.put(*mails(3))
    fetching = Fetching(desk, account, when_done="leave")
    with fetching.running():
        eventually(taken(fetching, 3))
    account.put(*mails(2, 3))
    with fetching.running():
        eventually(taken(fetching, 5))
    assert fetching.uids() == [1, 2, 3, 4, 5]


def test_renumbered_folder_opens_nothing_twice(desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.put(*mails(4))
    fetching = Fetching(desk, account, when_done="leave")
    with fetching.running():
        eventually(taken(fetching, 4))
    account.renumber()
    account.put(*mails(1, 4))
    with fetching.running():
        eventually(taken(fetching, 9))
    desk.work()
    assert sorted(ticket.subject for ticket in desk.tickets()) == [f"S{n}" for n in range(5)]
    outcomes = [each.state for each in desk.deliveries()]
    assert (outcomes.count("opened"), outcomes.count("ignored")) == (5, 4)
    with snapshot(desk.office.database) as tx:
        cursor = imap.cursor(tx, f"{account.name}@localhost", "INBOX")
    assert cursor is not None
    assert (cursor.uidvalidity, cursor.last_uid) == fetching.spooled()[-1]


def test_what_was_committed_and_not_filed_is_filed_by_the_next_connection(
    sqlite_desk: InProcess, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = dovecot.account()
    account.put(*mails(3))
    fetching = Fetching(sqlite_desk, account)
    with monkeypatch.context() as patched:
        patched.setattr(imap_source, "file_away", _power_cut)
        with fetching.running():
            eventually(taken(fetching, 3))
    assert len(account.subjects()) == 3
    with fetching.running():
        eventually(lambda: account.subjects() == [])
    assert fetching.uids() == [1, 2, 3]
    assert account.subjects("Processed") == ["S0", "S1", "S2"]


def _power_cut(*_: Any) -> None:
    raise RuntimeError("the lights went out")


def test_nothing_is_filed_that_the_database_did_not_take(
    sqlite_desk: InProcess,
    dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = dovecot.account()
    account.put(*mails(2))
    fetching = Fetching(sqlite_desk, account)
    move, refusals = imap.move, [TemporaryError("database is locked")] * 2

    def sometimes(*args: Any) -> None:
        if refusals:
            assert account.subjects() == ["S0", "S1"]
            raise refusals.pop()
        move(*args)

    monkeypatch.setattr(imap_source.imap, "move", sometimes)
    with caplog.at_level(logging.WARNING), fetching.running():
        eventually(lambda: account.subjects() == [], 20)
    assert fetching.uids() == [1, 2]
    assert caplog.text.count("imap-lost") == 2


def test_two_daemons_on_one_folder_take_each_mail_once(desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    account.put(*mails(300))
    fetching = Fetching(desk, account, when_done="leave")
    others = fetching.anew(), fetching.anew()
    workers = [Worker("imap", source) for source in others]
    for worker in workers:
        worker.start()
    eventually(taken(fetching, 300), 60)
    for worker, source in zip(workers, others, strict=True):
        worker.stop()
        source.stop()
        worker.join(10)
    assert sorted(fetching.uids()) == list(range(1, 301))


def test_killed_server_costs_and_repeats_no_mail(desk: InProcess, own_dovecot: Dovecot) -> None:
    account = own_dovecot.account()
    account.put(*mails(400))
    fetching = Fetching(desk, account)
    with fetching.running():
        for at_least in (10, 150):
            eventually(taken(fetching, at_least), 30)
            own_dovecot.kill()
            own_dovecot.start()
        eventually(lambda: account.subjects() == [], 60)
    assert fetching.uids() == list(range(1, 401))
    assert len(account.subjects("Processed")) == 400


def test_server_that_hangs_up_during_idle_is_connected_to_again(
    sqlite_desk: InProcess, own_dovecot: Dovecot
) -> None:
    account: Account = own_dovecot.account()
    account.put(*mails(1))
    fetching = Fetching(sqlite_desk, account)
    with fetching.running():
        eventually(lambda: account.subjects() == [])
        own_dovecot.stop()
        own_dovecot.start()
        account.put(*mails(1, 1))
        eventually(taken(fetching, 2), 20)


def test_backlog_is_worked_off_in_constant_memory(sqlite_desk: InProcess, dovecot: Dovecot) -> None:
    account = dovecot.account()
    text = "All printers on this floor are on fire, and here is why.\n" * 40
    raw = anns(subject="S0", text=text)
    account.put(*(raw.replace(b"S0", b"S%d" % number) for number in range(10_000)))
    fetching = Fetching(sqlite_desk, account, when_done="leave")
    with fetching.running():
        eventually(taken(fetching, 2_000), 60)
        before = _memory_bytes()
        eventually(taken(fetching, 10_000), 120)
        assert _memory_bytes() - before < 12 * 2**20  # the mails alone have 25 MB
    assert fetching.uids() == list(range(1, 10_001))


def _memory_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

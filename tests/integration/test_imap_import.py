"""History becomes tickets and nobody hears of it; what is too large stays in its folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import import_mail
from gateway.intake import Intake
from gateway.store import snapshot
from gateway.store.account import account
from support.dovecot import Dovecot
from support.imap import Fetching
from support.in_process import ANN, HR, SUPPORT, InProcess, anns
from support.waiting import eventually


def imported(desk: InProcess, *paths: Path) -> int:
    office = desk.office
    intake = Intake(office.database, office.desk.gateway)
    return import_mail._from_files(office, intake, list(paths), SUPPORT)


def old_mails(folder: Path) -> Path:
    """A conversation and a mail of another mailbox, of years ago."""
    folder.mkdir()
    raws = (
        anns(subject="Scanner", date="Mon, 02 Feb 2015 09:00:00 +0000"),
        anns(
            subject="Re: Scanner",
            message_id="<second@x.example>",
            in_reply_to="<Scanner@x.example>",
            text="Still broken.\n",
            date="Tue, 03 Feb 2015 09:00:00 +0000",
        ),
        anns(subject="Pay", to=HR, date="Wed, 04 Feb 2015 09:00:00 +0000"),
    )
    for number, raw in enumerate(raws):
        (folder / f"{number}.eml").write_bytes(raw)
    return folder


def test_history_becomes_tickets_and_nobody_is_told_or_reminded(
    desk: InProcess, tmp_path: Path
) -> None:
    assert imported(desk, old_mails(tmp_path / "old")) == 3
    desk.work()
    assert [(t.subject, t.mailbox) for t in desk.tickets()] == [("Scanner", SUPPORT), ("Pay", HR)]
    assert desk.tickets()[0].created_at == datetime(2015, 2, 2, 9, tzinfo=UTC)
    assert [each.state for each in desk.deliveries()].count("joined") == 1
    assert desk.mails() == []
    with snapshot(desk.office.database) as tx:
        assert account(tx, None, lambda address: True).balances
    desk.let_time_pass()
    assert desk.mails() == []


def test_import_may_be_said_again(desk: InProcess, tmp_path: Path) -> None:
    old = old_mails(tmp_path / "old")
    for _ in range(2):
        imported(desk, old)
        desk.work()
    assert len(desk.tickets()) == 2
    assert [each.state for each in desk.deliveries()].count("ignored") == 3


def test_answer_to_an_imported_ticket_is_live_again(desk: InProcess, tmp_path: Path) -> None:
    imported(desk, old_mails(tmp_path / "old"))
    desk.work()
    desk.accept(
        anns(
            subject="Re: Scanner",
            message_id="<third@x.example>",
            in_reply_to="<Scanner@x.example>",
        )
    )
    desk.work()
    assert len(desk.tickets()) == 2
    assert {mail.notice for mail in desk.mails()} == {"unproven"}


@pytest.mark.server
def test_history_of_a_folder_stays_there_and_the_daemon_goes_on_after_it(
    desk: InProcess, dovecot: Dovecot
) -> None:
    account = dovecot.account()
    account.put(*(anns(subject=f"Old {number}") for number in range(70)))
    fetching = Fetching(desk, account, when_done="mark-read")
    office = desk.office
    intake = Intake(office.database, office.desk.gateway)
    assert import_mail._from_imap(office, intake, account.name) == 70
    assert len(account.subjects("INBOX", "UNSEEN")) == 70
    account.put(anns(subject="New"))
    with fetching.running():
        eventually(lambda: len(fetching.spooled()) == 71)
    desk.work()
    assert len(desk.tickets()) == 71
    assert [mail.notice for mail in desk.mails(ANN)] == ["confirmation"]


@pytest.mark.server
def test_too_large_mail_stays_in_its_folder_and_three_people_know(
    desk: InProcess, dovecot: Dovecot
) -> None:
    desk.change("gateway.toml", "#max_message_bytes = 26214400", "max_message_bytes = 20000")
    account = dovecot.account()
    large = anns(subject="Plans", text="x" * 70 + "\n", attachments={"plans.pdf": b"1" * 90_000})
    account.put(anns(subject="Before"), large, anns(subject="After"))
    fetching = Fetching(desk, account)
    with fetching.running():
        eventually(lambda: account.subjects() == ["Plans"])
    with fetching.running():  # a second start neither takes nor files it
        account.put(anns(subject="Later"))
        eventually(lambda: len(account.subjects("Processed")) == 3)
    assert account.subjects("INBOX", "FLAGGED") == ["Plans"]
    desk.work()
    assert [t.subject for t in desk.tickets()] == ["Before", "Plans", "After", "Later"]
    [_, told, *_] = [mail for mail in desk.mails(ANN) if mail.notice == "confirmation"]
    assert "Only the head of your mail has reached us" in _text(told.content)
    [alarm] = desk.mails(notices=["alert"])
    assert "larger than smtp.max_message_bytes" in _text(alarm.content)
    ticket = desk.tickets()[1]
    assert "is in the folder" in desk.said(ticket.number)[0].text
    account.renumber()
    with fetching.running():
        eventually(lambda: len(fetching.spooled()) == 5)
    desk.work()
    assert len(desk.tickets()) == 4


def _text(content: bytes) -> str:
    return " ".join(content.replace(b"=\n", b"").replace(b"=\r\n", b"").decode().split())

"""Old mail out of files: each mail once, as it was, and one in memory at a time."""

import mailbox
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from gateway.ingest.history import files, mails, received_at
from support.mail import a_mail

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST = 2**20


def contents(path: Path, most: int = MOST) -> list[bytes]:
    return [old.content for file in files([path]) for old in mails(file, most)]


def test_eml_file_is_one_mail_with_every_byte(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(a_mail())
    assert contents(file) == [a_mail()]


def test_mbox_as_other_programs_write_it_gives_each_mail(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "old.mbox")
    for text in ("One\n", "From here on\n\nFrom there\n", "Three\n"):
        box.add(message_from_bytes(a_mail(text=text)))
    box.close()
    found = contents(tmp_path / "old.mbox")
    assert len(found) == 3
    assert b"\nFrom here on\n\nFrom there" in found[1]
    assert all(raw.startswith(b"From: ") for raw in found)


def test_line_within_a_text_begins_no_mail(tmp_path: Path) -> None:
    file = tmp_path / "x.mbox"
    file.write_bytes(b"From a@x Thu Jan  1 00:00:00 2015\nSubject: A\n\nHello\nFrom me to you\n")
    assert contents(file) == [b"Subject: A\n\nHello\nFrom me to you\n"]


def test_maildir_is_read_oldest_first_without_its_indexes(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "dovecot.index").write_bytes(b"\0")
    (tmp_path / "tmp" / "1.half").write_bytes(b"half")
    (tmp_path / "new" / "1700000002.x").write_bytes(b"Subject: B\n\n")
    (tmp_path / "cur" / "1700000001.x:2,S").write_bytes(b"Subject: A\n\n")
    assert contents(tmp_path) == [b"Subject: A\n\n", b"Subject: B\n\n"]


def test_too_large_mail_is_cut_and_said_so_and_the_next_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.mbox"
    head = b"From a@x Thu Jan  1 00:00:00 2015\n"
    file.write_bytes(
        head + b"Subject: A\n\n" + b"x" * 70 * 2**10 + b"\n\n" + head + b"Subject: B\n\n"
    )
    first, second = mails(file, 1024)
    assert (first.too_large, second.too_large) == (True, False)
    assert len(first.content) <= 1024
    assert second.content == b"Subject: B\n"
    assert first.read_bytes + second.read_bytes == file.stat().st_size


@pytest.mark.parametrize("date", ["yesterday", "", "Mon, 02 Feb 2099 09:00:00 +0000"])
def test_date_that_is_none_is_now(date: str) -> None:
    assert received_at(a_mail(date=date), NOW) == NOW

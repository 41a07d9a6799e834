"""The folder that a desk sends to while it is tried out."""

import mailbox
import os
from pathlib import Path

import pytest

from gateway.errors import GatewayError, PermanentError, TemporaryError
from gateway.outbound.maildir import Maildir
from gateway.outbound.sender import MaildirSender, Outgoing

CONTENT = b"Subject: Hello\r\n\r\nline one\r\nline two\r\n"


def test_mail_is_found_by_a_mail_reader(tmp_path: Path) -> None:
    Maildir(tmp_path / "outgoing").deliver("support@example.com", "ann@x.example", CONTENT)
    [mail] = mailbox.Maildir(tmp_path / "outgoing", create=False)
    assert mail.get_subdir() == "new"
    assert mail["Return-Path"] == "<support@example.com>"
    assert mail["Delivered-To"] == "ann@x.example"
    assert mail["Subject"] == "Hello"
    assert mail.get_payload() == "line one\nline two\n"


def test_null_sender_is_written_as_such(tmp_path: Path) -> None:
    Maildir(tmp_path).deliver("", "ann@x.example", CONTENT)
    [file] = (tmp_path / "new").iterdir()
    assert file.read_bytes().startswith(b"Return-Path: <>\n")


def test_mails_of_one_moment_do_not_overwrite_each_other(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    names = {maildir.deliver("", f"ann{number}@x.example", CONTENT) for number in range(50)}
    assert {file.name for file in (tmp_path / "new").iterdir()} == names
    assert len(names) == 50
    assert list((tmp_path / "tmp").iterdir()) == []


def test_address_cannot_write_a_field_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="bad address"):
        Maildir(tmp_path).deliver("", "ann@x.example\nBcc: eve@x.example", CONTENT)
    assert list((tmp_path / "new").iterdir()) == []


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    Maildir(tmp_path / "outgoing").deliver("", "ann@x.example", CONTENT)
    [file] = (tmp_path / "outgoing/new").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "outgoing/new").stat().st_mode & 0o077 == 0


def test_mail_that_is_half_written_is_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    maildir = Maildir(tmp_path)
    monkeypatch.setattr(os, "fsync", full)  # a full disk cannot be provoked
    with pytest.raises(TemporaryError, match="No space left on device"):
        maildir.deliver("", "ann@x.example", CONTENT)
    assert list((tmp_path / "new").iterdir()) == []


def test_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GatewayError, match=r"file/outgoing: .*outgoing\.to"):
        Maildir(tmp_path / "file/outgoing")


def test_sender_answers_like_a_server(tmp_path: Path) -> None:
    sender = MaildirSender(tmp_path)
    answer = sender.send(Outgoing(mail_from="", rcpt_to="ann@x.example", content=CONTENT))
    assert answer.startswith("250 2.0.0 kept as ")
    sender.close()

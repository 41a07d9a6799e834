"""One mail on standard input: what is kept of it, and whom it is from."""

import io
from datetime import UTC, datetime

import pytest

from gateway.errors import PermanentError
from gateway.ingest import pipe
from gateway.message import Envelope, Source

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
SUPPORT = "support@example.com"
FROM_LINE = b"From ann@example.org Mon Feb  2 12:00:00 2026"


def taken(raw: bytes, sender: str | None = None) -> tuple[Envelope, bytes]:
    return pipe.envelope(raw, sender=sender, recipients=[SUPPORT], now=NOON)


def sender_of(raw: bytes, given: str | None = None) -> str:
    return taken(raw, given)[0].mail_from


@pytest.mark.parametrize(
    "raw",
    [b"", b"Subject: x\n\nHello\n", b"Subject: x\r\n\r\nHello\r\n", b"\x00\xff\rnot a mail"],
    ids=["empty", "LF", "CRLF", "not a mail"],
)
def test_mail_is_kept_byte_for_byte(raw: bytes) -> None:
    assert pipe.read_mail(io.BytesIO(raw), max_bytes=1000) == raw
    assert taken(raw)[1] == raw


def test_mail_of_exactly_the_limit_is_taken() -> None:
    assert len(pipe.read_mail(io.BytesIO(b"x" * 1000), max_bytes=1000)) == 1000


def test_mail_over_the_limit_is_refused_before_it_is_read_to_the_end() -> None:
    endless = io.BytesIO(b"x" * 100_000)
    with pytest.raises(PermanentError, match="max_message_bytes") as refused:
        pipe.read_mail(endless, max_bytes=1000)
    assert refused.value.reply.code == 552
    assert endless.tell() == 1001


def test_envelope_names_the_pipe_and_each_recipient_once() -> None:
    recipients = [SUPPORT, "hr@example.com", SUPPORT]
    envelope, _ = pipe.envelope(b"", sender="ann@example.org", recipients=recipients, now=NOON)
    assert envelope == Envelope(
        mail_from="ann@example.org",
        rcpt_to=(SUPPORT, "hr@example.com"),
        received_at=NOON,
        source=Source.PIPE,
    )


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_leading_from_line_is_taken_off_and_names_the_sender(end: bytes) -> None:
    rest = b"Subject: x" + end + end + b"From here on it is text" + end
    envelope, content = taken(FROM_LINE + end + rest)
    assert envelope.mail_from == "ann@example.org"
    assert content == rest


def test_sender_that_is_given_beats_the_from_line() -> None:
    envelope, content = taken(FROM_LINE + b"\nSubject: x\n", sender="bob@example.org")
    assert envelope.mail_from == "bob@example.org"
    assert content == b"Subject: x\n"


@pytest.mark.parametrize("given", ["", "<>"])
def test_null_sender_may_be_given(given: str) -> None:
    assert sender_of(b"From: ann@example.org\n\n", given) == ""


def test_from_line_of_the_mailer_daemon_is_the_null_sender() -> None:
    assert sender_of(b"From MAILER-DAEMON Mon Feb  2 12:00:00 2026\nFrom: ann@x.example\n\n") == ""


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (b"Return-Path: <ann@x.example>\nFrom: bob@x.example\n\n", "ann@x.example"),
        (b"Return-Path: <>\nFrom: bob@x.example\n\n", ""),
        (b"Return-Path: ,,\nFrom: bob@x.example\n\n", "bob@x.example"),
        (b"From: Bob <bob@x.example>\n\n", "bob@x.example"),
        (b"From: =?utf-8?B?AAAAA?= <bob@x.example>\n\n", "bob@x.example"),
        (b"From ann Mon Feb  2 12:00:00 2026\nFrom: bob@x.example\n\n", "bob@x.example"),
        ("From: Jörg <jörg@exämple.org>\n\n".encode(), "jörg@exämple.org"),
        (b"From: first@x.example\nFrom: second@x.example\n\n", "first@x.example"),
        (b"From: undisclosed\n\n", ""),
        (b"From: \xff\xfe@\xff\n\n", ""),
        (b"Subject: x\n\nFrom: bob@x.example\n", ""),
        (b"", ""),
    ],
)
def test_sender_that_nobody_gave_is_looked_up_in_the_header(raw: bytes, sender: str) -> None:
    assert sender_of(raw) == sender


@pytest.mark.parametrize("given", ["root", "a b@x.example", "ann@x.example\nBcc: eve@x.example"])
def test_given_sender_that_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(PermanentError) as refused:
        taken(b"", given)
    assert refused.value.reply.code == 553

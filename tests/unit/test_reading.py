"""Bytes into a Reading: whatever the bytes, in time, and the same for two copies of one mail."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.message import NOBODY, Envelope, Kind, Reading, Source
from gateway.reading import as_json, read

OURS = frozenset({"support@d.example"})
DESK = "it.example.com"

MAIL = (
    b"Message-ID: <One@x.example>\nFrom: Ann <ann@x.example>\nTo: support@d.example\n"
    b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Wien\nDate: Tue, 1 Oct 2024 10:05:00 +0200\n"
    b'Content-Type: multipart/mixed; boundary="b"\n\n'
    b"--b\nContent-Type: text/plain; charset=utf-8\n\nHello\n\nAnn\n"
    b"--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
    b"AAEC/w==\n--b--\n"
)


def reading(raw: bytes, *, mail_from: str = "ann@x.example", day: int = 1) -> Reading:
    envelope = Envelope(
        mail_from=mail_from,
        rcpt_to=("support@d.example",),
        received_at=datetime(2026, 1, day, tzinfo=UTC),
        source=Source.SMTP,
    )
    return read(raw, envelope, own_addresses=OURS, own_desk=DESK)


def fingerprint(raw: bytes) -> str:
    return reading(raw).fingerprint


def test_reading_holds_what_the_rooms_above_ask_for() -> None:
    found = reading(MAIL)
    assert (found.kind, found.evidence, found.bounce) == (Kind.ORDINARY, (), None)
    assert found.message.subject == "Grüße aus Wien"
    assert found.new_text == "Hello\n\nAnn"
    assert len(found.fingerprint) == 32


@pytest.mark.parametrize(
    "copy",
    [
        MAIL.replace(b"\n", b"\r\n"),
        b"Received: from mx by mx2\nDelivered-To: x@d.example\nDKIM-Signature: v=1\n" + MAIL,
        b"Return-Path: <ann@x.example>\nAuthentication-Results: mx; dkim=pass\n" + MAIL,
        MAIL.replace(b" aus Wien", b"\n aus Wien"),
        MAIL.replace(b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", b"=?utf-8?B?R3LDvMOfZQ==?="),
        MAIL.replace(b"AAEC/w==", b"AAEC\n/w=="),
        MAIL + b"\n\n",
        b"From ann@x.example Tue Oct  1 10:05:00 2024\n" + MAIL,
    ],
    ids=["CRLF", "trace", "results", "folded", "recoded", "rewrapped", "blank lines", "mbox"],
)
def test_copies_of_one_mail_by_two_paths_have_one_fingerprint(copy: bytes) -> None:
    assert copy != MAIL
    assert fingerprint(copy) == fingerprint(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Hello", b"Hello again"),
        MAIL.replace(b"AAEC/w==", b"AAEC/g=="),
        MAIL.replace(b"aus Wien", b"aus Graz"),
        MAIL.replace(b"ann@x.example>\nTo", b"bo@x.example>\nTo"),
        MAIL.replace(b"<One@", b"<Two@"),
        MAIL.replace(b"10:05:00", b"10:05:01"),
    ],
    ids=["text", "attachment", "subject", "author", "message-id", "date"],
)
def test_another_mail_has_another_fingerprint(other: bytes) -> None:
    assert other != MAIL
    assert fingerprint(other) != fingerprint(MAIL)


def test_line_ends_of_attached_mails_and_scripts_do_not_matter() -> None:
    raw = (
        b"Message-ID: <a@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: message/rfc822\n\nSubject: x\n\nHi\n--b\n"
        b"Content-Type: application/x-sh; name=a.sh\n\necho\n--b--\n"
    )
    assert fingerprint(raw) == fingerprint(raw.replace(b"\n", b"\r\n"))


def test_null_sender_of_the_envelope_counts() -> None:
    assert reading(MAIL, mail_from="").kind is Kind.AUTO_GENERATED


def test_bounce_is_read_only_from_a_mail_system() -> None:
    body = b"Subject: Undelivered\n\n<bo@x.example>: user unknown 5.1.1\n"
    bounced = reading(b"From: MAILER-DAEMON@mx.example\n" + body)
    assert bounced.kind is Kind.BOUNCE
    assert bounced.bounce is not None
    assert bounced.bounce.recipient == "bo@x.example"
    assert reading(b"From: ann@x.example\n" + body).bounce is None


def test_json_has_the_stable_names_and_the_spelling_of_the_mail() -> None:
    found = as_json(reading(MAIL.replace(b"To:", b"References: <Zero@D.example>\nTo:")))
    assert list(found) == [
        "message_id", "in_reply_to", "references", "from", "to", "cc", "subject", "date", "text",
        "reply_text", "html", "attachments", "auto", "bounce", "kind", "evidence", "defects",
        "protection", "invitation",
    ]  # fmt: skip
    assert (found["message_id"], found["references"]) == ("One@x.example", ["Zero@D.example"])
    assert found["from"] == {"name": "Ann", "address": "ann@x.example"}
    assert found["date"] == "2024-10-01T08:05:00+00:00"
    assert (found["auto"], found["kind"]) == (None, "ordinary")
    assert found["attachments"] == [
        {"filename": "a.pdf", "content_type": "application/pdf", "size": 4, "inline": False,
         "content_id": None, "technical": False}
    ]  # fmt: skip


def test_everything_that_comes_out_is_clean() -> None:
    raw = (
        b"From: A\x00nn\x1b[2J <ann@x.example>\nSubject: a\x00b=?utf-8?B?4oCuAA0KQmNjOg==?=\n"
        b"X-Odd: \xed\xa0\x80\x9b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        b"one\x00\x1b[31mtwo\xed\xa0\x80\n--b\n"
        b'Content-Type: a/b; name="\xe2\x80\xaea\x01b"\n\nx\n--b--'
    )
    line = json.dumps(as_json(reading(raw)), ensure_ascii=False)
    line.encode("utf-8")
    assert not any(mark in line for mark in ("\\u0000", "\\u001b", "\u202e", "\x9b"))
    for _, value in reading(raw).message.headers:
        assert "\n" not in value
        assert "\r" not in value


def test_bug_in_a_judgement_does_not_cost_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.reading.classify", lambda *_, **__: 1 / 0)
    found = reading(MAIL)
    assert (found.kind, found.message.subject) == (Kind.ORDINARY, "Grüße aus Wien")
    assert "unjudged: ZeroDivisionError" in found.message.defects


@given(st.binary(max_size=2_000))
def test_any_bytes_give_a_reading(raw: bytes) -> None:
    json.dumps(as_json(reading(raw))).encode("utf-8")


@given(st.integers(0, len(MAIL) - 1), st.binary(max_size=40))
def test_any_damage_to_a_mail_gives_a_reading(at: int, junk: bytes) -> None:
    json.dumps(as_json(reading(MAIL[:at] + junk + MAIL[at + len(junk) :]))).encode("utf-8")


def test_a_scripts_mail_without_id_and_date_is_another_one_the_next_day() -> None:
    bare = b"From: disk@x.example\nSubject: disk full\n\n99 %\n"
    assert reading(bare).fingerprint == reading(bare).fingerprint
    assert reading(bare).fingerprint != reading(bare, day=2).fingerprint
    assert reading(MAIL).fingerprint == reading(MAIL, day=2).fingerprint


def test_an_author_whose_address_is_too_long_to_be_one_is_nobody() -> None:
    long = b"a" * 250 + b"@x.example"
    found = reading(MAIL.replace(b"ann@x.example", long)).message
    assert found.author == NOBODY
    assert "from: longer than an address may be" in found.defects
    assert reading(MAIL.replace(b"ann@x.example", long[6:])).message.author.key == long[6:].decode()

"""Mails that somebody passes on: whose they are is read in many programs' and languages' words."""

import time
import tomllib
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from gateway.ingest.forwarded import passed_on
from gateway.ingest.parse import attachment_bytes, parse
from gateway.message import Forwarded

GOLDEN = Path(__file__).parent.parent / "golden" / "forwards.toml"
ZOO: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(GOLDEN.read_text(encoding="utf-8"))
FORWARDS, OTHERS = ZOO["forward"], ZOO["no"]
OURS = frozenset({"support@desk.example"})


def read(raw: bytes) -> Forwarded | None:
    return passed_on(parse(raw), raw, OURS, "desk.example")


def written(case: dict[str, Any]) -> bytes:
    kind, body = ("html", case["html"]) if "html" in case else ("plain", case["text"])
    header = (
        f"From: Bob <bob@desk.example>\nTo: support@desk.example\nSubject: {case['subject']}\n"
        f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return f"{header}{body}".encode()


@pytest.mark.parametrize("name", FORWARDS)
def test_whose_mail_was_forwarded_is_read_with_all_that_is_shown_of_it(name: str) -> None:
    case = FORWARDS[name]
    found = read(written(case))
    assert found is not None
    assert found.mail.author.address == case["author"]
    assert case.get("called", "") in found.mail.author.name
    assert (
        f"{found.mail.date:%Y-%m-%d %H:%M}" == case["date"]
        if case["date"]
        else found.mail.date is None
    )
    assert found.mail.subject == case["about"]
    assert [each.address for each in found.mail.cc] == case.get("cc", [])
    assert found.mail.text.strip() == case["passed_on"]
    assert found.above == case["above"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_reply_and_a_forward_of_our_own_mail_are_no_forward(name: str) -> None:
    assert read(written(OTHERS[name])) is None


def test_the_zoo_is_not_too_small() -> None:
    assert len(FORWARDS) >= 40
    assert len(OTHERS) >= 20


def original(**changes: str) -> EmailMessage:
    mail = EmailMessage()
    fields = {
        "From": "Ann Meyer <ann@customer.example>",
        "To": "bob@desk.example",
        "Cc": "carl@customer.example",
        "Subject": "Printer",
        "Date": "Tue, 01 Oct 2024 10:05:00 +0200",
        "Message-ID": "<First@customer.example>",
        "References": "<before@customer.example>",
    }
    for name, value in {**fields, **changes}.items():
        mail[name] = value
    mail.set_content("It burns.")
    mail.add_attachment(b"photo", maintype="image", subtype="jpeg", filename="fire.jpg")
    return mail


def attached(inner: EmailMessage, subject: str = "Fwd: Printer", text: str = "For you.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bob@desk.example", "support@desk.example", subject
    mail.set_content(text)
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_an_attached_mail_is_read_with_its_identifiers_and_its_files() -> None:
    raw = attached(original())
    found = read(raw)
    assert found is not None
    assert (found.mail.author.address, found.mail.subject) == ("ann@customer.example", "Printer")
    assert (found.mail.message_id, found.mail.references) == (
        "first@customer.example",
        ("before@customer.example",),
    )
    assert (found.mail.text.strip(), found.above) == ("It burns.", "For you.")
    assert [each.filename for each in found.mail.files] == ["fire.jpg"]
    assert found.part is not None
    inner = attachment_bytes(raw, found.part)
    assert attachment_bytes(inner, found.mail.files[0].part) == b"photo"


def test_an_attached_mail_counts_under_its_own_subject_and_under_none() -> None:
    for subject in ("Printer", "", "WG: Printer", "Fw: something else"):
        assert read(attached(original(), subject)) is not None


def test_a_mail_that_is_attached_to_a_matter_of_its_own_is_a_file() -> None:
    assert read(attached(original(), "Is this phishing?")) is None
    assert read(attached(original(), "Re: Printer")) is None


def test_our_own_mail_is_never_passed_on() -> None:
    assert read(attached(original(From="IT <support@desk.example>"))) is None
    assert read(attached(original(**{"X-Ticket-Gateway": "desk.example"}))) is None


def test_two_attached_mails_are_files() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "bob@desk.example", "Fwd: both"
    mail.set_content("Both.")
    mail.add_attachment(original())
    mail.add_attachment(original(Subject="Other"))
    assert read(mail.as_bytes()) is None


@pytest.mark.parametrize(
    "line",
    ["From: " + "[" * 500_000, "From: a@x.example\nTo: " + "<" * 500_000 + "\nSubject: x",
     "---------- Forwarded message ---------\n" + "From: a\n" * 100_000, "> " * 500_000,
     "Fwd: " * 100_000, "From:\n" + " " * 500_000 + "x", "-" * 500_000 + "end"],
    ids=lambda each: each[:12],
)  # fmt: skip
def test_no_text_takes_long(line: str) -> None:
    raw = f"From: bob@desk.example\nSubject: Fwd: {line[:60_000]}\n\n{line}".encode()
    message = replace(parse(raw), subject=f"Fwd: {line[:60_000]}", text=line)
    began = time.process_time()
    passed_on(message, raw, OURS, "desk.example")
    assert time.process_time() - began < 1

"""Finished mails: identity, threading, what keeps machines quiet, and that nobody who wrote
to us can put a header field into what we send."""

import email.policy
from collections.abc import Sequence
from datetime import timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.message import Address, Mail
from gateway.outbound import compose, samples
from gateway.outbound.compose import MAX_REFERENCES, MAX_SUBJECT_CHARS, File, Reader
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.threading import tag
from gateway.threading.tag import Purpose, Signed
from support.cases import ANN, a_ring
from support.letters import a_letter

RING = a_ring()
SUPPORT = samples.MAILBOX.address
NUMBER, TAG = samples.TICKET.number, samples.TICKET.tag
TAGGED = f"[#{NUMBER}-{TAG}]"
FIELDS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
    "auto-submitted", "x-auto-response-suppress", "x-ticket-gateway", "mime-version",
    "content-type", "content-transfer-encoding",
}  # fmt: skip


def a_mail(
    notice: Notice = Notice.CONFIRMATION,
    *,
    subject: str = "Printer",
    to: Address = ANN,
    person: int = 7,
    seen: Sequence[str] = (),
    files: Sequence[File] = (),
    cause: str = "d1",
    letter: Letter | None = None,
    **changes: Any,
) -> Mail:
    """A mail to Ann, whose person id is 7."""
    letter = letter or a_letter(notice, **changes)
    shared = compose.body("Hello", "<p>Hello</p>", files)
    reader = Reader(address=to, person=person, seen=tuple(seen))
    return compose.mail(letter, subject, shared, reader, RING, cause)


def parsed(mail: Mail) -> EmailMessage:
    made = message_from_bytes(mail.headers + mail.body, policy=email.policy.default)
    assert not made.defects
    return cast(EmailMessage, made)


def field(mail: Mail, name: str) -> str:
    values = parsed(mail).get_all(name, [])
    assert len(values) <= 1, f"{name} is there {len(values)} times"
    return str(values[0]) if values else ""


def signed(address: str) -> Signed | None:
    return tag.read_address(RING, SUPPORT, "+", address, samples.AT)


def names_on_the_wire(mail: Mail) -> list[str]:
    lines = mail.headers.split(b"\r\n")
    return [each.partition(b":")[0].decode().lower() for each in lines if each[:1] not in b" \t"]


def test_it_comes_from_the_mailbox_and_goes_to_its_reader() -> None:
    mail = a_mail()
    assert field(mail, "From") == f"IT Support <{SUPPORT}>"
    assert field(mail, "To") == "Ann <ann@example.com>"
    assert mail.rcpt_to == "ann@example.com"
    assert field(mail, "Subject") == f"Printer {TAGGED}"
    assert field(mail, "X-Ticket-Gateway") == "desk.example"
    assert parsed(mail)["Date"].datetime == samples.AT


def test_an_agent_speaks_by_name_and_never_by_address() -> None:
    mail = a_mail(Notice.ANSWER)
    assert field(mail, "From") == f'"Ben Weber (IT Support)" <{SUPPORT}>'
    assert samples.PRIVATE_DOMAIN.encode() not in mail.headers


def test_every_notice_is_a_whole_mail() -> None:
    for notice in Notice:
        mail = a_mail(notice)
        assert set(names_on_the_wire(mail)) <= FIELDS | {""}
        assert field(mail, "Message-ID") == f"<{mail.message_id}>"
        assert mail.notice == notice.value


@pytest.mark.parametrize(
    ("plain_reply", "purpose"),
    [
        (PlainReply.FOLLOWS_UP, Purpose.FOLLOW),
        (PlainReply.ANSWERS, Purpose.REPLY),
        (PlainReply.IS_NOTED, Purpose.NOTE),
    ],
)
def test_reply_to_is_signed_for_the_reader_and_for_what_a_reply_does(
    plain_reply: PlainReply, purpose: Purpose
) -> None:
    mail = a_mail(plain_reply=plain_reply)
    assert signed(field(mail, "Reply-To")) == Signed(NUMBER, purpose, 7)


def test_a_mail_that_nobody_is_to_answer_has_no_reply_to() -> None:
    assert field(a_mail(plain_reply=PlainReply.NOTHING), "Reply-To") == ""


def test_the_return_path_is_signed_for_bounces_and_never_null() -> None:
    of_no_ticket = {notice for notice in Notice if a_letter(notice).ticket is None}
    for notice in set(Notice) - of_no_ticket:
        assert signed(a_mail(notice).mail_from) == Signed(NUMBER, Purpose.BOUNCE, 7)
    assert {a_mail(notice).mail_from for notice in of_no_ticket} == {SUPPORT}


def test_the_message_id_names_ticket_and_person_and_is_no_address_of_theirs() -> None:
    """Everybody ever in copy has seen it: its token must not serve as a reply address."""
    mail = a_mail(plain_reply=PlainReply.IS_NOTED)
    told = tag.read_message_id(RING, SUPPORT, mail.message_id, samples.AT)
    assert told == Signed(NUMBER, Purpose.THREAD, 7)


def test_the_same_cause_has_the_same_message_id() -> None:
    assert a_mail().message_id == a_mail().message_id


def test_the_date_is_told_with_the_offset_of_its_own_clock() -> None:
    here = samples.AT
    for at in (here, here.astimezone(timezone(timedelta(hours=2)))):
        assert field(a_mail(at=at), "Date") == format_datetime(at)


@pytest.mark.parametrize("other", [{"cause": "d2"}, {"person": 8}, {"notice": Notice.TAKEN}])
def test_another_cause_reader_or_notice_has_another_message_id(other: dict[str, Any]) -> None:
    assert a_mail(**other).message_id != a_mail().message_id


def test_without_a_separator_the_message_id_carries_it_alone() -> None:
    mailbox = samples.MAILBOX.model_copy(update={"separator": ""})
    mail = a_mail(mailbox=mailbox)
    assert (mail.mail_from, field(mail, "Reply-To")) == (SUPPORT, SUPPORT)
    assert tag.read_message_id(RING, SUPPORT, mail.message_id, samples.AT)


AUTOMATIC = dict.fromkeys(Notice, "auto-generated") | {
    Notice.CONFIRMATION: "auto-replied",
    Notice.REFUSED: "auto-replied",
    Notice.DONE: "auto-replied",
    Notice.REPORT: "auto-replied",
    Notice.STATUS: "auto-replied",
    Notice.UNPROVEN: "auto-replied",
    Notice.NOT_ACCEPTED: "auto-replied",
    Notice.ANSWER: "",  # a person's words
    Notice.QUESTION: "",
    Notice.RESOLVED: "",
}


@pytest.mark.parametrize("notice", Notice, ids=str)
def test_what_is_automatic_says_so(notice: Notice) -> None:
    mail = a_mail(notice)
    assert field(mail, "Auto-Submitted") == AUTOMATIC[notice]
    assert bool(field(mail, "X-Auto-Response-Suppress")) == bool(AUTOMATIC[notice])


def test_a_reader_who_has_seen_nothing_starts_a_thread() -> None:
    assert (field(a_mail(), "In-Reply-To"), field(a_mail(), "References")) == ("", "")


def test_it_answers_the_last_mail_that_its_reader_has_seen() -> None:
    mail = a_mail(seen=["A@x.example", "B@x.example"])
    assert field(mail, "In-Reply-To") == "<B@x.example>"
    assert field(mail, "References") == "<A@x.example> <B@x.example>"


def test_references_keep_the_first_and_the_newest() -> None:
    seen = [f"{number}@x.example" for number in range(50)]
    kept = field(a_mail(seen=seen), "References").split()
    assert kept == [f"<{each}>" for each in (seen[0], *seen[1 - MAX_REFERENCES :])]
    assert len(kept) == MAX_REFERENCES


def test_a_subject_is_cut_before_its_tag() -> None:
    subject = field(a_mail(subject="x" * 5000), "Subject")
    assert subject == f"{'x' * MAX_SUBJECT_CHARS} {TAGGED}"


@pytest.mark.parametrize("length", [60, 77, 78, 200, 500, 900])
def test_a_long_message_id_stays_in_one_piece_on_the_wire(length: int) -> None:
    identifier = "a" * (length - 10) + "@x.example"
    mail = a_mail(seen=[f"first.{identifier}", identifier])
    assert mail.headers.count(f"<{identifier}>".encode()) == 2
    assert max(map(len, mail.headers.split(b"\r\n"))) <= 998, "RFC 5322 section 2.1.1"


NAMES = [
    "Jörg Müller",
    "张伟",
    "Ann, née Doe",
    'Ann "the boss" Doe',
    "a@b.example",
    "Ω" * 200,
    "🦊",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_survives(name: str) -> None:
    mail = a_mail(Notice.ANSWER, to=Address("ann@example.com", name), author=Address("b@x", name))
    assert parsed(mail)["To"].addresses[0].display_name == name
    assert parsed(mail)["From"].addresses[0].display_name == f"{name} (IT Support)"
    assert mail.headers.isascii()


@pytest.mark.parametrize(
    "subject", ["Größe", "打印机着火了", "🔥" * 60, 'a,b;c <d> (e) \\ "f"', "="]
)
def test_a_subject_survives(subject: str) -> None:
    mail = a_mail(subject=subject)
    assert field(mail, "Subject") == f"{subject} {TAGGED}"
    assert mail.headers.isascii()


def test_an_address_that_is_not_ascii_is_written_in_utf8() -> None:
    """RFC 6532: there is no other way to write to it."""
    mail = a_mail(to=Address("jörg@müller.example", "Jörg"))
    assert "jörg@müller.example".encode() in mail.headers


EVIL = [
    "=?utf-8?q?=0D=0ABcc:_evil@x.example?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAeC5leGFtcGxl?=",
    "=?us-ascii?q?a=0ABcc:_evil@x.example=0A=0Abody?=",
    "x =?utf-8?q?=0D?= =?utf-8?q?=0ABcc:_evil@x.example?=",
    "x\u2028Bcc: evil@x.example",
    "x\x0bBcc: evil@x.example\x85Bcc: y",
]
evil = st.sampled_from(EVIL)
clean = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.sampled_from('=?_ <>,;:@()"\\'),
    max_size=90,
)  # what `message` promises: no NUL, no lone surrogate, no line break
hostile = clean | st.builds("".join, st.lists(clean | evil, max_size=3))
thorough = settings(max_examples=150, deadline=None)


def only_our_fields(mail: Mail) -> None:
    header, _, _ = mail.headers.partition(b"\r\n\r\n")
    assert mail.headers.endswith(b"\r\n\r\n")
    assert mail.headers.count(b"\r\n\r\n") == 1, "the header ends once"
    assert b"\n" not in header.replace(b"\r\n", b"")
    assert b"\r" not in header.replace(b"\r\n", b"")
    names = names_on_the_wire(mail)
    assert set(names) - {""} <= FIELDS
    assert len(names) - names.count("") == len(set(names) - {""}), "each field once"


@thorough
@given(hostile)
@example(EVIL[0])
def test_no_subject_can_add_a_field(subject: str) -> None:
    only_our_fields(a_mail(subject=subject))


@thorough
@given(hostile)
@example(EVIL[0])
def test_no_name_can_add_a_field(name: str) -> None:
    named = Address("ann@example.com", name)
    only_our_fields(a_mail(Notice.ANSWER, to=named, author=named))


@thorough
@given(
    clean.map(lambda text: "".join(text.split())).filter(bool)
    | evil.map(lambda e: e.replace(" ", ""))
)
@example(EVIL[0])
@example("ü@x.example")
def test_no_message_id_can_add_a_field(identifier: str) -> None:
    only_our_fields(a_mail(seen=[identifier.replace("<", "").replace(">", "") or "x"]))

"""What a mail is, with the evidence for it; and that no person is taken for a machine."""

import tomllib
from pathlib import Path

import pytest

from gateway.ingest.classify import classify
from gateway.ingest.parse import parse
from gateway.message import Kind

WORDING = tomllib.loads(
    (Path(__file__).parent.parent / "golden" / "wording.toml").read_text(encoding="utf-8")
)


def all_of(side: str) -> list[tuple[str, list[str]]]:
    """Language and texts of the machines or the people, those written to measure as well."""
    return [*WORDING[side].items(), *WORDING[f"{side}-unseen"].items()]


DESK = "it.example.com"
OURS = frozenset({"support@d.example"})


def verdict(
    header: str, text: str = "Hello", *, null_sender: bool = False
) -> tuple[Kind, tuple[str, ...]]:
    author = "" if header.lower().startswith("from:") else "From: Ann <ann@x.example>\n"
    raw = f"{author}To: support@d.example\n{header}\n\n{text}\n".encode()
    return classify(parse(raw), null_sender=null_sender, own_addresses=OURS, own_desk=DESK)


def kind(header: str, text: str = "Hello", *, null_sender: bool = False) -> Kind:
    return verdict(header, text, null_sender=null_sender)[0]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Auto-Submitted: auto-replied", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-replied; owner-email=a@x", Kind.AUTO_REPLY),
        ("auto-submitted: AUTO-REPLIED (vacation)", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated", Kind.AUTO_GENERATED),
        ("Auto-Submitted: auto-notified", Kind.AUTO_GENERATED),
        ("X-Autoreply: yes", Kind.AUTO_REPLY),
        ("X-Autorespond: vacation", Kind.AUTO_REPLY),
        ("X-Auto-Reply: 1", Kind.AUTO_REPLY),
        ("Precedence: auto_reply", Kind.AUTO_REPLY),
        ("X-Apple-Action: VACATION", Kind.AUTO_REPLY),
        ("Subject: Automatic reply: Printer", Kind.AUTO_REPLY),
        ("Subject: Abwesenheitsnotiz", Kind.AUTO_REPLY),
        ("Subject: Réponse automatique : Imprimante", Kind.AUTO_REPLY),
        ("Subject: Automatisch antwoord: Printer", Kind.AUTO_REPLY),
        ("Subject: Автоматический ответ: Принтер", Kind.AUTO_REPLY),
        ("Subject: 自动回复: 打印机", Kind.AUTO_REPLY),
        ("Subject: 自動応答: プリンター", Kind.AUTO_REPLY),
        ("List-Id: <staff.x.example>", Kind.LIST),
        ("List-Unsubscribe: <mailto:u@x.example>", Kind.LIST),
        ("Mailing-List: contact help@x.example; run by ezmlm", Kind.LIST),
        ("Precedence: bulk", Kind.LIST),
        ("Precedence: junk", Kind.LIST),
        ("X-Cron-Env: <SHELL=/bin/sh>", Kind.AUTO_GENERATED),
        ("Content-Type: multipart/report; report-type=delivery-status", Kind.BOUNCE),
        ("Content-Type: multipart/report; report-type=disposition-notification",
         Kind.READ_RECEIPT),
        ("Content-Type: multipart/report; report-type=feedback-report", Kind.REPORT),
        ('Content-Type: text/calendar; method="REPLY"', Kind.CALENDAR),
    ],
)  # fmt: skip
def test_machine_is_known_by_what_it_writes(header: str, expected: Kind) -> None:
    found, evidence = verdict(header)
    assert found is expected
    assert evidence
    assert all(each.isprintable() and len(each) < 200 for each in evidence)


def test_evidence_is_the_field_itself() -> None:
    assert verdict("Auto-Submitted: auto-replied")[1] == ("Auto-Submitted: auto-replied",)


@pytest.mark.parametrize(
    "header",
    [
        "Subject: Printer",
        "Auto-Submitted: no",
        "X-Autoreply: no",
        "Precedence: normal",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Loop: somebody@else.example",
        "Disposition-Notification-To: ann@x.example",
        "Return-Receipt-To: ann@x.example",
        "Subject: Re: Automatic reply: Printer",
        "Subject: AW: Abwesenheitsnotiz: Drucker",
        "Subject: Automatic reply does not work",
        "Subject: Out of office assistant is broken",
        "Subject: Undelivered Mail Returned to Sender - what is it?",
        "Subject: Delivery Status Notification (Failure)",
        "From: Post Master <postmaster.jones@x.example>\nSubject: Printer",
        "Content-Type: text/calendar; method=REQUEST",
        "X-Mailer: Microsoft Outlook 16.0\nX-MS-Exchange-Inbox-Rules-Loop: ann@x.example",
        "X-Ticket-Gateway: another desk",
    ],
)
def test_person_is_not_taken_for_a_machine(header: str) -> None:
    assert kind(header) is Kind.ORDINARY


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("X-Auto-Response-Suppress: All", "X-Auto-Response-Suppress: All (no evidence: "),
        ("X-Loop: a@x.example", "X-Loop: a@x.example (no evidence: "),
        ("X-Ticket-Gateway: another desk", "X-Ticket-Gateway: another desk (no evidence: "),
        ("Subject: Undeliverable: what is this?", "Subject: Undeliverable: what is this?"),
        ("Subject: Vacation days in the portal", "Subject: Vacation days in the portal"),
    ],
)
def test_what_looks_like_a_machines_and_is_not_is_named_as_well(header: str, named: str) -> None:
    found, [evidence] = verdict(header)
    assert found is Kind.ORDINARY
    assert evidence.startswith(named)


def test_plain_mail_needs_no_evidence() -> None:
    assert verdict("Subject: Printer\nAuto-Submitted: no") == (Kind.ORDINARY, ())


@pytest.mark.parametrize(
    ("language", "text"),
    [(lang, text) for lang, all_ in all_of("machines") for text in all_],
)
def test_vacation_notice_without_fields_is_known_by_its_words(language: str, text: str) -> None:
    answer = "Subject: Re: Printer\nIn-Reply-To: <one@d.example>"
    assert kind(answer, text) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("language", "text"),
    [(lang, text) for lang, all_ in all_of("people") for text in all_],
)
def test_person_with_such_words_is_answered(language: str, text: str) -> None:
    answer = "Subject: Re: Printer\nIn-Reply-To: <one@d.example>"
    assert kind(answer, text) is Kind.ORDINARY


@pytest.mark.parametrize("language", WORDING["machines"])
def test_words_alone_mean_nothing_in_a_mail_that_answers_none(language: str) -> None:
    for text in WORDING["machines"][language]:
        assert kind("Subject: Printer", text) is Kind.ORDINARY


def test_person_who_quotes_our_automatic_mail_is_answered() -> None:
    quoted = "This is an automated message, please do not reply to this email."
    answer = "Subject: Re: Printer\nIn-Reply-To: <one@d.example>"
    top = f"Still broken.\n\nOn 1 Oct 2024 at 10:05, Support <s@d.example> wrote:\n> {quoted}"
    between = f"> Hello\nHi.\n> {quoted}\nIs that so\n> Yours\nAnn"
    assert kind(answer, top) is kind(answer, between) is Kind.ORDINARY


def test_null_sender_is_never_a_person() -> None:
    assert kind("Subject: x", null_sender=True) is Kind.AUTO_GENERATED
    assert kind("Subject: x\nReturn-Path: <>") is Kind.AUTO_GENERATED


def test_mail_system_that_tells_of_a_failure_sends_a_bounce() -> None:
    header = "From: MAILER-DAEMON@mx.example\nSubject: failure notice"
    assert kind(header, "<bo@x.example>:\nno such user") is Kind.BOUNCE


def test_refusal_in_a_language_nobody_reads_is_a_bounce_where_no_person_sends_from() -> None:
    header = "From: MAILER-DAEMON@mx.example\nSubject: Kézbesítési hiba"
    text = "<bo@x.example>: 550 5.1.1 ismeretlen"
    assert kind(header, text, null_sender=True) is Kind.BOUNCE
    assert kind("Subject: Kézbesítési hiba", text) is Kind.ORDINARY


def test_notice_with_a_null_sender_that_answers_a_report_of_ours_is_no_bounce() -> None:
    header = "Subject: Re: Undelivered mail\nAuto-Submitted: auto-replied"
    assert kind(header, "I am away.", null_sender=True) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X-Mailer: vacation 1.2.7", Kind.AUTO_REPLY),
        ("X-Mailer: TMDA/1.1.12 (Macallan)", Kind.AUTO_REPLY),
        ("X-ServiceNow-Generated: true", Kind.AUTO_GENERATED),
        ("X-Mailer: PHP/8.2", Kind.ORDINARY),
        ("X-Mailer: Microsoft Outlook 16.0", Kind.ORDINARY),
    ],
)
def test_program_that_sent_it_counts_only_where_it_is_a_responder(
    header: str, expected: Kind
) -> None:
    assert kind(header) is expected


def test_challenge_to_prove_that_we_are_human_is_automatic() -> None:
    text = "To deliver your message, please click below and confirm that you are not a robot."
    answer = "Subject: Re: Printer\nIn-Reply-To: <one@d.example>"
    assert kind(answer, text) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "method", "expected"),
    [
        ("Accepted: Weekly", "REPLY", Kind.CALENDAR),
        ("Neue Zeit", "COUNTER", Kind.CALENDAR),
        ("Zugesagt: Besprechung", "", Kind.CALENDAR),
        ("Weekly", "REQUEST", Kind.ORDINARY),
        ("Accepted: Weekly", "REQUEST", Kind.ORDINARY),
        ("Weekly", "", Kind.ORDINARY),
    ],
)
def test_answer_to_an_invitation_is_known_without_a_parameter(
    subject: str, method: str, expected: Kind
) -> None:
    event = "BEGIN:VEVENT\nUID:1\nDTSTART:20250203T100000Z\nSUMMARY:Weekly\nEND:VEVENT"
    said = f"METHOD:{method}\n" if method else ""
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{said}{event}\nEND:VCALENDAR"
    assert kind(f"Subject: {subject}\nContent-Type: text/calendar; charset=utf-8", text) is expected


def test_subject_of_a_person_accepts_no_invitation() -> None:
    assert kind("Subject: Accepted: your offer of 3 May") is Kind.ORDINARY


def test_rejection_in_the_form_of_a_receipt_is_a_bounce() -> None:
    header = (
        "From: Mail Delivery Subsystem <postmaster@x.example>\nSubject: Automatically rejected mail"
        "\nContent-Type: multipart/report; report-type=disposition-notification"
    )
    assert kind(header, "Your message was rejected: Quota exceeded") is Kind.BOUNCE


def test_our_own_mark_anywhere_in_the_header_is_a_loop() -> None:
    found, evidence = verdict(f"X-Ticket-Gateway: {DESK}\nAuto-Submitted: auto-replied")
    assert (found, evidence) == (Kind.LOOP, (f"X-Ticket-Gateway: {DESK}",))
    assert kind(f"X-Ticket-Gateway: other\nX-Ticket-Gateway: {DESK}") is Kind.LOOP


def test_mail_from_our_own_address_is_a_loop() -> None:
    assert kind("From: Support <SUPPORT@d.example>\nSubject: x") is Kind.LOOP


def test_our_mark_inside_of_the_body_is_none() -> None:
    assert kind("Subject: x", f"X-Ticket-Gateway: {DESK}") is Kind.ORDINARY

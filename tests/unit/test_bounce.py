"""Whom a mail did not reach, how bad it is, and which mail it was."""

import pytest

from gateway.ingest.bounce import read_bounce, read_forwarded
from gateway.ingest.parse import parse_parts
from gateway.message import Bounce

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: support@d.example\n"


def bounce(text: str, *, header: str = "") -> Bounce:
    raw = f"{DAEMON}Subject: Undelivered\n{header}\n{text}".encode()
    found = read_bounce(parse_parts(raw))
    assert found is not None
    return found


def report(fields: str, *, returned: str = "", kind: str = "message/rfc822") -> Bounce:
    parts = [
        "Content-Type: text/plain\n\nIt did not work.\n",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n",
        f"Content-Type: {kind}\n\n{returned or 'Subject: x'}\n\n",
    ]
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return bounce(
        body, header='Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
    )


FAILED = "Final-Recipient: rfc822; bo@x.example\nAction: failed\nStatus: 5.1.1\n"


def test_report_names_recipient_status_and_diagnostic() -> None:
    found = report(FAILED + "Diagnostic-Code: smtp; 550 5.1.1 No such user\n")
    assert (found.recipient, found.status, found.action) == ("bo@x.example", "5.1.1", "failed")
    assert "No such user" in found.diagnostic


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_report_names_the_mail_that_came_back(kind: str) -> None:
    found = report(FAILED, returned="Message-ID: <T-42@d.example>\nSubject: x", kind=kind)
    assert found.original_message_id == "t-42@d.example"


def test_message_id_of_the_report_is_not_that_of_the_mail() -> None:
    found = bounce("<bo@x.example>:\nno\n", header="Message-ID: <report@mx.example>\n")
    assert found.original_message_id is None


@pytest.mark.parametrize(
    ("recipient", "address"),
    [
        ("rfc822; bo@x.example", "bo@x.example"),
        ("RFC822;<bo@x.example>", "bo@x.example"),
        ("bo@x.example", "bo@x.example"),
        ("rfc822; @relay.example:bo@x.example", "bo@x.example"),
        ('rfc822; "b o"@x.example', '"b o"@x.example'),
    ],
)
def test_recipient_is_found_in_every_spelling(recipient: str, address: str) -> None:
    assert (
        report(f"Final-Recipient: {recipient}\nAction: failed\nStatus: 5.0.0").recipient == address
    )


def test_failed_recipient_goes_before_one_that_was_reached() -> None:
    reached = "Final-Recipient: rfc822; ann@x.example\nAction: delivered\nStatus: 2.0.0\n\n"
    assert report(reached + FAILED).recipient == "bo@x.example"


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
def test_action_is_that_of_the_report(action: str) -> None:
    fields = f"Final-Recipient: rfc822; bo@x.example\nAction: {action} (really)\nStatus: 4.4.1"
    assert report(fields).action == action


def test_unknown_action_means_failed() -> None:
    fields = "Final-Recipient: rfc822; bo@x.example\nAction: expired\nStatus: 4.4.7"
    assert report(fields).action == "failed"


PLAIN = {
    "qmail": (
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver"
        " your message to the following addresses.\nThis is a permanent error; I've given up."
        "\n\n<bo@x.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1"
        " unknown\n\n--- Below this line is a copy of the message.\n\nReturn-Path:"
        " <support@d.example>\nMessage-ID: <t-42@d.example>\nTo: bo@x.example\n\nHi\n"
    ),
    "Exim": (
        "This message was created automatically by mail delivery software.\n\nA message that you"
        " sent could not be delivered to one or more of its\nrecipients. This is a permanent error."
        " The following address(es) failed:\n\n  bo@x.example\n    SMTP error from remote mail"
        " server after RCPT TO:<bo@x.example>:\n    host mx.x.example [192.0.2.1]: 550 5.1.1"
        " unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        "Return-path: <support@d.example>\nMessage-ID: <t-42@d.example>\n\nHi\n"
    ),
    "Postfix": (
        "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your"
        " message could not\nbe delivered to one or more recipients.\n\nFor further assistance,"
        " please send mail to postmaster@mx.example.\n\n<bo@x.example>: host mx.x.example"
        "[192.0.2.1] said: 550 5.1.1 unknown (in reply to RCPT TO command)\n\n"
        "Return-Path: <support@d.example>\nMessage-Id: <t-42@d.example>\n\nHi\n"
    ),
    "Exchange": (
        "Your message\n\n  To:      list@x.example\n  Subject: Printer\n  Sent:    Tue, 1 Oct 2024"
        "\n\ndid not reach the following recipient(s):\n\nbo@x.example on Tue, 1 Oct 2024\n    The"
        " recipient name is not recognized 5.1.1\n\n------ Original message ------\nMessage-ID:"
        " <t-42@d.example>\n"
    ),
    "sendmail": (
        "The original message was received at Tue, 1 Oct 2024\n\n   ----- The following addresses"
        " had permanent fatal errors -----\n<bo@x.example>\n\n   ----- Transcript of session"
        " follows -----\n550 5.1.1 <bo@x.example>... User unknown\n\n   ----- Original message"
        " follows -----\nReturn-Path: <support@d.example>\nMessage-ID: <t-42@d.example>\n"
    ),
}


@pytest.mark.parametrize("system", PLAIN)
def test_report_without_fields_is_read_by_its_words(system: str) -> None:
    found = bounce(PLAIN[system])
    assert (found.recipient, found.status, found.action) == ("bo@x.example", "5.1.1", "failed")
    assert found.original_message_id == "t-42@d.example"


def test_warning_is_a_delay() -> None:
    found = bounce("Delivery to <bo@x.example> has been delayed. You do not need to resend.\n")
    assert (found.action, found.status) == ("delayed", "4.0.0")


def test_giving_up_after_a_delay_is_a_failure() -> None:
    text = "<bo@x.example>: delayed for 5 days, retry timeout exceeded. Giving up.\n"
    assert bounce(text).action == "failed"


def test_field_names_the_recipient_before_all_words() -> None:
    found = bounce("Sorry, ann@x.example.\n", header="X-Failed-Recipients: bo@x.example\n")
    assert found.recipient == "bo@x.example"


def test_report_inside_of_a_scanners_mail_is_read() -> None:
    inner = (
        'Subject: Failure\nContent-Type: multipart/report; boundary="i"\n\n'
        f"--i\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{FAILED}\n--i--\n"
    )
    body = f"--o\n\nA disclaimer.\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    found = bounce(body, header='Content-Type: multipart/mixed; boundary="o"\n')
    assert (found.recipient, found.status) == ("bo@x.example", "5.1.1")


@pytest.mark.parametrize("text", ["", "Hello", "It failed.", "@", "<>:"])
def test_words_without_a_recipient_name_none(text: str) -> None:
    assert read_bounce(parse_parts(f"{DAEMON}\n{text}".encode())) is None


def test_a_report_that_a_person_forwards_is_read_with_the_mail_it_is_about() -> None:
    told = (
        "Why does this come back?\n\n> <<< 550 5.1.1 <bo@x.example>... User unknown\n"
        "> Reporting-MTA: dns; mx.example\n>\n> Final-Recipient: RFC822; bo@x.example\n"
        "> Action: failed\n> Status: 5.1.1\n> Diagnostic-Code: smtp; 550 No such user\n>\n"
        "> Message-Id: <lost@d.example>\n> Subject: Offer\n"
    )
    found = read_forwarded(told)
    assert found is not None
    assert (found.recipient, found.status, found.action) == ("bo@x.example", "5.1.1", "failed")
    assert found.original_message_id == "lost@d.example"


@pytest.mark.parametrize(
    "text",
    [
        "What does Final-Recipient: mean?",
        "Final-Recipient: rfc822; bo@x.example\nand nothing else",
        "Final-Recipient: nobody\nAction: failed\n",
    ],
)
def test_a_text_about_reports_is_none(text: str) -> None:
    assert read_forwarded(text) is None

"""What the SMTP listener takes, keeps and refuses, over real sockets."""

import smtplib

import pytest

from gateway.errors import PermanentError, Reply, TemporaryError
from gateway.message import Envelope, Source
from support.listening import DEADLINE, NOON, Listen, dialog
from support.mail import ANN, SUPPORT, a_mail, send_mail
from support.waiting import eventually

# Who may be written to


def test_unknown_recipient_is_refused_at_rcpt(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="MAIL") as client:
        assert client.ask("RCPT TO:<nobody@example.com>") == "550 5.1.1 No such support address"
        assert client.ask("DATA").startswith("503")
    assert here.spool.kept == []


def test_refused_recipient_is_logged_on_one_line(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    here = listen()
    with dialog(here.port, up_to="MAIL") as client:
        client.ask(b"RCPT TO:<nobody\raccepted@example.com>\r\n")
    [record] = caplog.records
    assert record.getMessage() == (
        'refused mail_from=<ann@customer.example> rcpt="nobody\\raccepted@example.com" '
        'reply="550 5.1.1 No such support address" cause="no mailbox of ours"'
    )


def test_unknown_recipient_does_not_cost_the_others_their_mail(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="MAIL") as client:
        assert client.ask("RCPT TO:<nobody@example.com>").startswith("550")
        assert client.ask(f"RCPT TO:<{SUPPORT}>").startswith("250")
        assert client.ask("DATA").startswith("354")
        assert client.ask("Subject: x\r\n\r\nHello\r\n.") == "250 2.0.0 accepted as 1"
    assert here.spool.kept[0][0].rcpt_to == (SUPPORT,)


def test_one_mail_to_two_of_our_addresses_is_one_envelope(listen: Listen) -> None:
    here = listen()
    send_mail(here.port, rcpt_to=[SUPPORT, "hr@example.com", SUPPORT])
    assert here.spool.kept[0][0].rcpt_to == (SUPPORT, "hr@example.com")


# What is kept


def test_message_is_acknowledged_after_commit(listen: Listen) -> None:
    here = listen()
    here.spool.slow = True
    with dialog(here.port, up_to="DATA") as client:
        client.say("Subject: x\r\n\r\nHello\r\n.")
        assert here.spool.entered.wait(DEADLINE)
        assert client.hears_nothing()
        here.spool.go_on.set()
        assert client.hear() == "250 2.0.0 accepted as 1"


def test_mail_is_kept_byte_for_byte(listen: Listen) -> None:
    here = listen()
    raw = b"Subject: \xff\xfe\r\n\r\n..dots\r\n.\tdot\r\n\x00NUL \xe4\r\nno end of line\r\n"
    send_mail(here.port, raw)
    assert here.spool.kept[0][1] == raw


def test_envelope_holds_what_only_the_transport_knew(listen: Listen) -> None:
    here = listen()
    send_mail(here.port)
    assert here.spool.kept[0][0] == Envelope(
        mail_from=ANN,
        rcpt_to=(SUPPORT,),
        received_at=NOON,
        source=Source.SMTP,
        peer="127.0.0.1",
        helo="client.example",
    )


def test_null_sender_is_kept_as_the_empty_string(listen: Listen) -> None:
    here = listen()
    send_mail(here.port, mail_from="")
    assert here.spool.kept[0][0].mail_from == ""


def test_empty_mail_is_taken(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="DATA") as client:
        assert client.ask(".").startswith("250")
    assert here.spool.kept[0][1] == b""


def test_address_outside_ascii_is_taken(listen: Listen) -> None:
    here = listen()
    send_mail(here.port, a_mail(), mail_from="jörg@exämple.org")
    assert here.spool.kept[0][0].mail_from == "jörg@exämple.org"


def test_long_line_is_kept_up_to_65536_octets(listen: Listen) -> None:
    here = listen()
    raw = b"Subject: x\r\n\r\n" + b"a" * 65534 + b"\r\n"
    send_mail(here.port, raw)
    assert here.spool.kept[0][1] == raw
    with pytest.raises(smtplib.SMTPDataError, match="500"):
        send_mail(here.port, b"Subject: x\r\n\r\n" + b"a" * 65540 + b"\r\n")


def test_several_mails_go_over_one_connection(listen: Listen) -> None:
    here = listen()
    with smtplib.SMTP("127.0.0.1", here.port, timeout=DEADLINE) as smtp:
        for number in range(3):
            smtp.sendmail(ANN, [SUPPORT], a_mail(subject=f"number {number}"))
    assert len(here.spool.kept) == 3


@pytest.mark.parametrize(
    "path",
    [
        b"root",
        b"@example.org",
        b"ann@",
        b"ann\rb@example.org",
        b"ann\x00@example.org",
        b"ann\x1b[2J@example.org",
        b"\xff\xfe@example.org",
        b"ann@example.org>SIZE=1<",
        b"a" * 250 + b"@example.org",
        b"<",
        b'"',
        b"(" * 100,
    ],
)
def test_hostile_sender_is_refused_for_good(listen: Listen, path: bytes) -> None:
    here = listen()
    with dialog(here.port, up_to="EHLO") as client:
        assert client.ask(b"MAIL FROM:<" + path + b">\r\n")[:3] in ("501", "553")
        assert client.ask(f"MAIL FROM:<{ANN}>").startswith("250")


# When something is wrong with us


def test_database_down_is_temporary(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    here = listen()
    here.spool.error = TemporaryError("database is locked")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send_mail(here.port)
    assert refused.value.smtp_code == 451
    assert b"locked" not in refused.value.smtp_error
    assert "database is locked" in caplog.text


def test_refusal_of_the_spool_is_told_in_its_own_words(listen: Listen) -> None:
    here = listen()
    here.spool.error = PermanentError("quota", Reply(554, "5.7.1", "Not wanted here"))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send_mail(here.port)
    assert (refused.value.smtp_code, refused.value.smtp_error) == (554, b"5.7.1 Not wanted here")


def test_bug_is_temporary_and_leaks_nothing(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    here = listen()
    here.spool.error = RuntimeError("password=hunter2")
    with dialog(here.port, up_to="DATA") as client:
        answer = client.ask("Subject: x\r\n\r\nHello\r\n.")
        assert answer == "451 4.3.0 Local error in processing, try again later"
        # and the session goes on with a clean slate
        here.spool.error = None
        assert client.ask(f"MAIL FROM:<{ANN}>").startswith("250")
    assert "hunter2" in caplog.text
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_bug_in_the_recipient_check_is_temporary_too(listen: Listen) -> None:
    here = listen()
    here.spool.bug = KeyError("hunter2")
    with dialog(here.port, up_to="MAIL") as client:
        answer = client.ask(f"RCPT TO:<{SUPPORT}>")
    assert answer == "451 4.3.0 Local error in processing, try again later"


# One client is no other's trouble


def test_slow_commit_does_not_stall_other_sessions(listen: Listen) -> None:
    here = listen()
    here.spool.slow = True
    with dialog(here.port, up_to="DATA") as slow:
        slow.say("Subject: slow\r\n\r\nHello\r\n.")
        assert here.spool.entered.wait(DEADLINE)
        for number in range(3):
            assert send_mail(here.port, subject=f"number {number}").startswith("250")
        assert slow.hears_nothing()
        here.spool.go_on.set()
        assert slow.hear() == "250 2.0.0 accepted as 4"


def test_client_that_hangs_up_does_not_lose_the_commit(listen: Listen) -> None:
    here = listen()
    here.spool.slow = True
    with dialog(here.port, up_to="DATA") as client:
        client.say("Subject: x\r\n\r\nHello\r\n.")
        assert here.spool.entered.wait(DEADLINE)
    # the client is gone, and the listener has noticed: it serves the next one meanwhile
    send_mail(here.port)
    here.spool.go_on.set()
    eventually(lambda: len(here.spool.kept) == 2)


def test_failed_commit_of_a_client_that_hung_up_is_logged(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    here = listen()
    here.spool.slow = True
    with dialog(here.port, up_to="DATA") as client:
        client.say("Subject: x\r\n\r\nHello\r\n.")
        assert here.spool.entered.wait(DEADLINE)
    here.spool.error = TemporaryError("disk full")
    here.spool.go_on.set()
    eventually(lambda: "disk full" in caplog.text)


def test_half_a_mail_is_no_mail(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="DATA") as client:
        client.say("Subject: x\r\n\r\nHello")
    here.listener.stop(within_seconds=5)
    assert here.spool.kept == []

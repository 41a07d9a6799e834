"""How much the SMTP listener takes, what it does not fall for, how it starts and stops."""

import contextlib
import logging
import re
import smtplib
import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.settings import Smtp
from gateway.errors import GatewayError
from gateway.ingest.smtp import Listener
from support.listening import DEADLINE, NOON, Dialog, Listen, accepts, dialog
from support.mail import ANN, SUPPORT, a_mail, send_mail
from support.waiting import eventually

# How much


def test_mail_over_the_limit_is_refused_at_mail(listen: Listen) -> None:
    here = listen(max_message_bytes=1000)
    with dialog(here.port, up_to="EHLO") as client:
        answer = client.ask(f"MAIL FROM:<{ANN}> SIZE=1001")
        assert answer == "552 5.3.4 Message too large"
        assert client.ask(f"MAIL FROM:<{ANN}> SIZE=1000").startswith("250")


def test_mail_over_the_limit_is_refused_at_data(listen: Listen) -> None:
    here = listen(max_message_bytes=1000)
    with dialog(here.port, up_to="DATA") as client:
        line = "a" * 98 + "\r\n"
        assert client.ask(line * 10 + "b\r\n.") == "552 5.3.4 Message too large"
        # and the session goes on with a clean slate
        for command in (f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            assert client.ask(command)[0] in "23"
        assert client.ask(line * 10 + ".").startswith("250")
    assert [len(content) for _, content in here.spool.kept] == [1000]


def test_too_many_recipients_may_come_in_another_transaction(listen: Listen) -> None:
    here = listen(max_recipients=1)
    with dialog(here.port, up_to="RCPT") as client:
        assert client.ask("RCPT TO:<hr@example.com>").startswith("452 4.5.3")
        assert client.ask("DATA").startswith("354")


def test_connection_over_the_limit_is_told_to_come_back(listen: Listen) -> None:
    here = listen(max_connections=2)
    with dialog(here.port, up_to="EHLO"), dialog(here.port, up_to="EHLO") as second:
        with dialog(here.port) as third:
            assert third.hear() == "421 4.3.2 Too many connections, try again later"
            assert third.hear() == ""
        assert second.ask("QUIT").startswith("221")
        eventually(lambda: accepts(here.port))


def test_one_peer_never_has_all_the_connections(listen: Listen) -> None:
    here = listen(max_connections=9, max_connections_per_peer=2)
    with dialog(here.port, up_to="EHLO") as first, dialog(here.port, up_to="EHLO"):
        with dialog(here.port) as third:
            assert third.hear() == "421 4.3.2 Too many connections, try again later"
        assert first.ask("QUIT").startswith("221")
        eventually(lambda: accepts(here.port))


def test_mails_that_come_at_once_do_not_fill_the_memory(listen: Listen) -> None:
    here = listen(max_memory_bytes=2**20)
    megabyte = ("a" * 98 + "\r\n") * 10_000
    with dialog(here.port, up_to="DATA") as slow, dialog(here.port, up_to="DATA") as other:
        slow.say(megabyte)
        eventually(lambda: here.listener.held_bytes > 2**19)
        assert other.ask(megabyte + ".") == "452 4.3.1 Too much mail at once, try again later"
        assert slow.ask(".").startswith("250")
        assert here.listener.held_bytes == 0
        for command in (f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            assert other.ask(command)[0] in "23"
        assert other.ask(megabyte + ".").startswith("250")


def test_a_mail_larger_than_the_memory_is_taken_when_it_is_alone(listen: Listen) -> None:
    here = listen(max_memory_bytes=1000)
    with dialog(here.port, up_to="DATA") as client:
        assert client.ask(("a" * 98 + "\r\n") * 3000 + ".").startswith("250")


def test_a_session_ends_in_time_whatever_it_does(listen: Listen) -> None:
    here = listen(max_session_seconds=0.3)
    with dialog(here.port, up_to="DATA") as client:
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while client.hears_nothing(0.02):
                client.say("another line")
        assert time.monotonic() < begun + DEADLINE
    assert here.spool.kept == []
    assert accepts(here.port)


def test_a_session_of_errors_is_closed(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    here = listen(max_errors=5)
    with dialog(here.port, up_to="MAIL") as client:
        for guess in range(5):
            assert client.ask(f"RCPT TO:<guess{guess}@example.com>").startswith("550")
        assert client.hear() == "421 4.7.0 Too many errors, closing the connection"
        assert client.hear() == ""
    assert "Too many errors" in caplog.text


def test_a_line_without_end_is_refused(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="DATA") as client:
        assert client.ask("a" * 70_000 + "\r\n.").startswith("500 5.5.2")
        assert client.ask("NOOP").startswith("250")
    assert here.spool.kept == []


@pytest.mark.parametrize("size", ["1001", "99999999999999999999"])
def test_a_refusal_for_size_has_its_line_in_the_log(
    listen: Listen, caplog: pytest.LogCaptureFixture, size: str
) -> None:
    here = listen(max_message_bytes=1000)
    with dialog(here.port, up_to="EHLO") as client:
        assert client.ask(f"MAIL FROM:<{ANN}> SIZE={size}").startswith("552")
    assert "refused" in caplog.text


def test_silent_client_is_told_why_it_is_closed(listen: Listen) -> None:
    here = listen(timeout_seconds=0.2)
    with dialog(here.port, up_to="EHLO") as client:
        assert client.hear().startswith("421 4.4.2")
        assert client.hear() == ""


def test_slow_client_that_goes_on_sending_is_not_cut_off(listen: Listen) -> None:
    here = listen(timeout_seconds=0.5)
    with dialog(here.port, up_to="DATA") as client:
        begun = time.monotonic()
        while time.monotonic() < begun + 1.5:
            client.say("another line")
            assert client.hears_nothing(0.05)
        assert client.ask(".").startswith("250")


# What crooks try


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"]
)
def test_mail_cannot_be_smuggled_past_a_bare_line_end(listen: Listen, end: bytes) -> None:
    """CVE-2023-51764 and its kin: only CRLF.CRLF ends the mail. RFC 5321 section 4.1.1.4."""
    here = listen()
    smuggled = b"MAIL FROM:<boss@example.com>\r\nRCPT TO:<hr@example.com>\r\nDATA\r\nPay!"
    with dialog(here.port, up_to="DATA") as client:
        client.say(b"Subject: x\r\n\r\nHello" + end + smuggled + b"\r\n.\r\n")
        assert client.hear() == "250 2.0.0 accepted as 1"
        assert client.ask("NOOP").startswith("250")  # and nothing else was answered
    [(envelope, content)] = here.spool.kept
    assert envelope.mail_from == ANN
    assert smuggled in content


def test_commands_after_starttls_gain_nothing(listen: Listen) -> None:
    """CVE-2024-34083 needs TLS. We offer none, so STARTTLS changes nothing at all."""
    here = listen()
    with dialog(here.port) as client:
        client.hear()
        client.say("EHLO client.example")
        offered = client.hear_lines()
        assert {"250-SIZE 26214400", "250-8BITMIME", "250-SMTPUTF8"} <= set(offered)
        assert not [each for each in offered if "STARTTLS" in each or "AUTH" in each]
        client.say(b"STARTTLS\r\nMAIL FROM:<" + ANN.encode() + b">\r\n")
        assert client.hear().startswith("454")
        assert client.hear().startswith("250")
        assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").startswith("502")


def test_garbage_ends_the_session_without_a_word_in_the_log(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    here = listen()
    with dialog(here.port) as client:
        client.hear()
        client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01\x02\r\n" + b"A\rB\r\n" * 10)
        answers = iter(client.hear, "")
        assert all(answer.startswith("5") for answer in answers)
    assert caplog.records == []


_LINE = st.binary(max_size=60) | st.sampled_from(
    [
        b"EHLO x", b"HELO x", b"MAIL FROM:<a@x.example>", b"MAIL FROM:<>", b"RCPT TO:<>",
        b"RCPT TO:<support@example.com>", b"RCPT TO:<b@x.example>", b"DATA", b".", b"..", b"RSET",
        b"NOOP", b"VRFY \xff", b"HELP MAIL", b"AUTH PLAIN", b"STARTTLS", b"BDAT 3", b"", b"\x00",
    ]
)  # fmt: skip
_OPENING = st.just([b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<support@example.com>", b"DATA"])
DIALOGS = st.lists(_OPENING | st.just([b"."]) | st.lists(_LINE, max_size=4), max_size=8)


def test_whatever_the_dialog_each_250_to_a_mail_has_its_row(listen: Listen) -> None:
    here = listen(max_message_bytes=2000, max_recipients=3)

    @settings(max_examples=60, deadline=None, database=None)
    @given(DIALOGS, st.sampled_from([b"\r\n", b"\n"]))
    def any_dialog(parts: list[list[bytes]], end: bytes) -> None:
        before = len(here.spool.kept)
        lines = [line for part in parts for line in part]
        with dialog(here.port) as client:
            client.say(end.join([*lines, b"", b""]) + b"\r\n.\r\nQUIT\r\nQUIT\r\n")
            answers = client.reader.read().splitlines()  # until the server closes
        assert all(re.match(rb"[2-5]\d\d[ -]", answer) for answer in answers)
        acknowledged = [answer for answer in answers if b"accepted as" in answer]
        assert len(acknowledged) == len(here.spool.kept) - before

    any_dialog()
    assert send_mail(here.port).startswith("250")


def test_library_does_not_log_what_it_hears(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    here = listen()
    send_mail(here.port, text="the secret")
    assert "secret" not in caplog.text
    assert "mail.log" not in {record.name for record in caplog.records}


# Starting and stopping


def test_stop_lets_a_commit_under_way_have_its_250(listen: Listen) -> None:
    here = listen()
    here.spool.slow = True
    with dialog(here.port, up_to="DATA") as busy, dialog(here.port, up_to="RCPT") as idle:
        busy.say("Subject: x\r\n\r\nHello\r\n.")
        assert here.spool.entered.wait(DEADLINE)
        stopper = threading.Thread(target=here.listener.stop, args=(5.0,))
        stopper.start()
        assert idle.hear() == "421 4.3.2 Service shutting down, try again later"
        assert idle.hear() == ""
        with pytest.raises(ConnectionRefusedError):
            Dialog(here.port)
        here.spool.go_on.set()
        assert busy.hear() == "250 2.0.0 accepted as 1"
        assert busy.hear().startswith("421 4.3.2")
        stopper.join(DEADLINE)
    assert not here.listener.is_running


def test_stop_lets_a_mail_that_is_still_coming_in_finish(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="DATA") as busy:
        busy.say("Subject: x")
        stopper = threading.Thread(target=here.listener.stop, args=(5.0,))
        stopper.start()
        eventually(lambda: not accepts(here.port))
        assert busy.ask("\r\nHello\r\n.") == "250 2.0.0 accepted as 1"
        stopper.join(DEADLINE)


def test_stop_does_not_wait_for_a_client_that_stalls(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="DATA") as stalled:
        stalled.say("Subject: x")
        here.listener.stop(within_seconds=0.2)
        assert not here.listener.is_running
        assert stalled.hear() == ""
    assert here.spool.kept == []


def test_stop_may_be_called_twice_and_before_start(listen: Listen) -> None:
    here = listen()
    here.listener.stop(within_seconds=5)
    here.listener.stop(within_seconds=5)
    never_started = Listener(
        Smtp(), is_ours=here.spool.is_ours, submit=here.spool.submit, now=lambda: NOON
    )
    never_started.stop(within_seconds=5)


def test_address_that_is_taken_is_named_with_the_remedy(listen: Listen) -> None:
    here = listen()
    with pytest.raises(GatewayError) as error:
        listen(listen=f"127.0.0.1:{here.port}")
    assert str(error.value) == (
        f'smtp.listen: "127.0.0.1:{here.port}": Address already in use; '
        "stop the program that listens there, or choose another port"
    )


def test_address_of_another_machine_is_named_with_the_remedy(listen: Listen) -> None:
    with pytest.raises(GatewayError, match=r'smtp.listen: "192.0.2.1:2525": .*of this machine'):
        listen(listen="192.0.2.1:2525")


def test_port_is_free_again_at_once(listen: Listen) -> None:
    here = listen()
    send_mail(here.port)
    here.listener.stop(within_seconds=5)
    again = listen(listen=f"127.0.0.1:{here.port}")
    assert again.port == here.port
    send_mail(again.port)


def test_ipv6_is_served(listen: Listen) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    both = listen(listen="[::]:0")
    send_mail(both.port)  # over IPv4
    with smtplib.SMTP("::1", both.port, timeout=DEADLINE) as smtp:
        smtp.sendmail(ANN, [SUPPORT], a_mail())
    assert [envelope.peer for envelope, _ in both.spool.kept] == ["127.0.0.1", "::1"]

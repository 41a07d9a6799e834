"""A real Postfix in front of the installed daemon, handing its mail on by LMTP."""

import pytest

from support.desk import DeskUnderTest
from support.mail import SUPPORT, a_mail, send_mail
from support.postfix import NewPostfix, Postfix
from support.sink import Sink
from support.waiting import eventually, free_port

CUSTOMER = "ann@customer.example"

TO_HR = """
[[queue]]
name = "HR"
team = "it"

[[mailbox]]
address = "hr@example.com"
queue = "HR"
"""


def with_lmtp(desk: DeskUnderTest, listen: str, *more: str) -> None:
    """A desk with an LMTP listener, and HR's mailbox beside that of support."""
    desk.init()
    file = desk.folder / "gateway.toml"
    way = ["", "[[listener]]", f'listen = "{listen}"', *more, TO_HR]
    file.write_text(file.read_text() + "\n".join(way))


@pytest.fixture
def relay(desk: DeskUnderTest, postfix: NewPostfix, sink: Sink) -> Postfix:
    """A Postfix that hands the desk's mail on to it, and a customer's to the sink."""
    port = free_port()
    with_lmtp(desk, f"127.0.0.1:{port}")
    elsewhere = {"customer.example": f"smtp:[127.0.0.1]:{sink.port}"}
    return postfix(f"lmtp:inet:127.0.0.1:{port}", elsewhere=elsewhere)


def numbered(number: int) -> bytes:
    return a_mail(subject=f"Printer {number}", message_id=f"<{number}@customer.example>")


def subjects(desk: DeskUnderTest) -> list[str]:
    return sorted(ticket["subject"] for ticket in desk.tickets())


def test_postfix_hands_a_mail_on_and_it_is_one_ticket(desk: DeskUnderTest, relay: Postfix) -> None:
    with desk.running():
        send_mail(relay.port)
        eventually(lambda: subjects(desk) == ["Printer on fire"])
        eventually(lambda: not relay.queued())
        assert len(desk.cli("spool", "list", "--json")) == 1
        assert "source=lmtp" in desk.output()


def test_postfix_holds_mail_while_we_are_down_and_hands_on_all_of_it(
    desk: DeskUnderTest, relay: Postfix
) -> None:
    for number in range(20):
        send_mail(relay.port, numbered(number))
    eventually(lambda: "Connection refused" in relay.log())
    assert len(relay.queued()) == 20
    with desk.running():
        relay.flush()
        eventually(lambda: not relay.queued(), 60)
        eventually(lambda: len(desk.tickets()) == 20, 30)
    assert subjects(desk) == sorted(f"Printer {number}" for number in range(20))


def test_postfix_hands_all_of_it_on_over_a_daemon_that_is_killed(
    desk: DeskUnderTest, relay: Postfix
) -> None:
    desk.run()
    desk.wait_ready()
    for number in range(40):
        send_mail(relay.port, numbered(number))
        if number == 20:
            desk.kill()
    with desk.running():
        relay.flush()
        eventually(lambda: not relay.queued(), 60)
        eventually(lambda: len(desk.tickets()) == 40, 30)
    assert subjects(desk) == sorted(f"Printer {number}" for number in range(40))


def test_postfix_bounces_a_recipient_that_is_not_ours(
    desk: DeskUnderTest, relay: Postfix, sink: Sink
) -> None:
    with desk.running():
        send_mail(relay.port, rcpt_to=[SUPPORT, "nobody@example.com"])
        sink.wait_for_mails(1)
        eventually(lambda: len(desk.tickets()) == 1)
    [bounce] = [mail for mail in sink.mails if mail.mail_from == ""]
    assert bounce.rcpt_to == (CUSTOMER,)
    assert b"nobody@example.com" in bounce.content
    assert b"550 5.1.1 No such support address" in bounce.content


def test_one_mail_to_two_mailboxes_is_one_in_the_spool(desk: DeskUnderTest, relay: Postfix) -> None:
    with desk.running():
        send_mail(relay.port, rcpt_to=[SUPPORT, "hr@example.com"])
        eventually(lambda: len(desk.cli("spool", "list", "--json")) == 2)
        eventually(lambda: not relay.queued())
        assert desk.output().count(" accepted ") == 1


def test_postfix_reaches_a_unix_socket(desk: DeskUnderTest, postfix: NewPostfix) -> None:
    server = postfix("lmtp:unix:nowhere")
    socket = server.folder / "lmtp"
    server.configure(f"lmtp:unix:{socket}")
    with_lmtp(desk, f"unix:{socket}", 'socket_mode = "0666"')
    with desk.running():
        assert f"listening on unix:{socket}" in desk.output()
        send_mail(server.port)
        eventually(lambda: subjects(desk) == ["Printer on fire"])
    assert not socket.exists()

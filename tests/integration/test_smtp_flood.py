"""A flood of commands that bring no mail: it waits its turn, it ends, and nobody else notices."""

import socket
import threading
import time

import pytest

from gateway.ingest import smtp_floor, smtp_patience
from gateway.ingest.smtp_patience import FREE_REPLIES, MAX_GOOD_REPLIES
from support.listening import Listen, dialog
from support.mail import ANN, SUPPORT, send_mail

FLOODS = [
    "HELP", "NOOP", "RSET", "VRFY ann", "EHLO x", "HELO x", f"MAIL FROM:<{ANN}>\r\nRSET",
    f"MAIL FROM:<{ANN}>\r\nRCPT TO:<{SUPPORT}>\r\nRSET",
]  # fmt: skip
AN_HOUR = 3600.0


@pytest.mark.parametrize("commands", FLOODS)
def test_each_reply_of_a_flood_waits_its_turn(listen: Listen, commands: str) -> None:
    here = listen()
    with dialog(here.port, up_to="EHLO") as client:
        begun = time.monotonic()
        count = 100
        client.say("\r\n".join([commands] * count))
        for _ in range(count * len(commands.split("\r\n"))):
            assert client.hear()[0] == "2"
        turns = count - FREE_REPLIES  # at the least
        assert time.monotonic() - begun > turns * smtp_floor.FLOOD_TURN_SECONDS


@pytest.mark.parametrize("command", FLOODS[:6])
def test_a_flood_ends(listen: Listen, command: str) -> None:
    here = listen(max_recipients=1)
    with dialog(here.port, up_to="EHLO") as client:
        said = threading.Thread(target=client.say, args=("\r\n".join([command] * 600),))
        said.start()
        answers = iter(client.hear, "")
        good = 0
        while (answer := next(answers)).startswith("2"):
            good += 1
        assert answer == "421 4.7.0 Too many errors, closing the connection"
        assert good <= MAX_GOOD_REPLIES + 1
        said.join()


def test_floods_share_one_turn_and_mail_goes_before_them(listen: Listen) -> None:
    here = listen()
    with dialog(here.port, up_to="EHLO") as one, dialog(here.port, up_to="EHLO") as other:
        begun = time.monotonic()
        for each in (one, other):
            each.say("\r\n".join(["NOOP"] * 200))
        for number in range(5):
            assert send_mail(here.port, subject=f"number {number}").startswith("250")
        mails_seconds = time.monotonic() - begun
        for _ in range(200):
            assert one.hear() == other.hear() == "250 2.0.0 OK"
        turns = 2 * (200 - FREE_REPLIES)
        assert time.monotonic() - begun > turns * smtp_floor.FLOOD_TURN_SECONDS
        assert time.monotonic() - begun > mails_seconds


def test_who_brings_mail_never_waits_for_a_turn(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_floor, "FLOOD_TURN_SECONDS", AN_HOUR)
    here = listen()
    with dialog(here.port, up_to="EHLO") as client:
        for number in range(2 * FREE_REPLIES):
            for command in (f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
                assert client.ask(command)[0] in "23"
            assert client.ask(f"Subject: {number}\r\n\r\nHello\r\n.").startswith("250")


def test_a_mail_to_all_who_are_allowed_never_waits_for_a_turn(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_floor, "FLOOD_TURN_SECONDS", AN_HOUR)
    here = listen(max_recipients=100)
    with dialog(here.port, up_to="MAIL") as client:
        for _ in range(100):
            assert client.ask(f"RCPT TO:<{SUPPORT}>").startswith("250")
        assert client.ask("DATA").startswith("354")
        assert client.ask("Subject: x\r\n\r\nHello\r\n.").startswith("250")


def test_refusals_without_end_are_no_way_round(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_patience, "MAX_IDLE_REPLIES", 50)
    here = listen(max_recipients=1)
    with dialog(here.port, up_to="RCPT") as client:
        client.say("\r\n".join([f"RCPT TO:<{SUPPORT}>"] * 60))
        answers = list(iter(client.hear, ""))
        assert answers[-1].startswith("421 4.7.0")
        assert {answer[:3] for answer in answers[:-1]} == {"452"}
        assert len(answers) <= 50


def test_one_address_has_so_many_new_connections_a_second_and_others_theirs(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_floor, "MAX_NEW_PER_SECOND", 3)
    here = listen()
    greetings = []
    for _ in range(10):  # in two seconds at the most, or there would be no telling
        with dialog(here.port) as client:
            greetings.append(client.hear()[:3])
    assert greetings.count("421") >= 4
    with socket.create_connection(("127.0.0.1", here.port), 5, ("127.0.0.2", 0)) as other:
        assert other.recv(3) == b"220"

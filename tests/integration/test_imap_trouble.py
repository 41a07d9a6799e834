"""Servers that hang, lie, listen in or refuse: bounded time, no password in clear, one alarm."""

import logging
import re
import socket
import threading as workers
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.config.imap import Imap
from gateway.ingest import imap, imap_login
from gateway.ingest.imap import Session
from gateway.ingest.imap_trouble import Lost, Refused, Secret
from support.dovecot import PASSWORD, Dovecot
from support.imap import Fetching
from support.in_process import InProcess, anns
from support.waiting import eventually

SECRET = Secret(password="Tr0ub4dor&3")
GREETING = b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN] ready\r\n"


def settings(port: int, **keys: Any) -> Imap:
    given = {"host": "localhost", "port": port, "username": "u", "security": "none-on-localhost"}
    return Imap.model_validate({**given, "timeout_seconds": 1, **keys})


Answer = Callable[[str, str], str | None]
"""What the server says to (tag, command); None for silence, "" to hang up."""


@contextmanager
def server(answer: Answer, greeting: bytes = GREETING) -> Iterator[tuple[int, list[str]]]:
    """A scripted server on loopback: its port, and all that it was told."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                workers.Thread(target=talk, args=(peer,), daemon=True).start()

        def talk(peer: socket.socket) -> None:
            with peer, peer.makefile("rb") as lines:
                peer.sendall(greeting)
                for line in lines:
                    heard.append(line.decode().strip())
                    tag, _, command = heard[-1].partition(" ")
                    said = answer(tag, command)
                    if said == "":
                        return
                    if said is not None:
                        peer.sendall(said.encode())

        workers.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], heard


def usual(tag: str, command: str) -> str:
    """What a well-behaved server says, with an empty folder."""
    verb = command.upper().removeprefix("UID ").partition(" ")[0]
    said = {
        "SELECT": "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n",
        "SEARCH": "* SEARCH\r\n",
        "CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n",
    }
    return said.get(verb, "") + f"{tag} OK done\r\n"


def silent_at(verb: str) -> Answer:
    return at(verb, None)


def at(verb: str, said: str | None) -> Answer:
    """This answer to commands with the verb, and the usual one to others."""

    def answer(tag: str, command: str) -> str | None:
        return (said and f"{tag} {said}") if verb in command.upper() else usual(tag, command)

    return answer


def open_folder(port: int, secret: Secret = SECRET, **keys: Any) -> Session:
    session = Session(settings(port, **keys), secret)
    session.open()
    return session


@pytest.mark.parametrize("verb", ["AUTHENTICATE", "SELECT"])
def test_silent_server_is_lost_within_the_timeout(verb: str) -> None:
    with server(silent_at(verb)) as (port, _):
        began = time.monotonic()
        with pytest.raises(Lost):
            open_folder(port)
        assert time.monotonic() - began < 5


def test_server_that_does_not_even_greet_is_lost_within_the_timeout() -> None:
    with server(usual, greeting=b"") as (port, _), pytest.raises(Lost, match="localhost"):
        open_folder(port)


def test_server_that_dribbles_is_lost_though_it_never_falls_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "STEP_TIMEOUTS", 2)
    stop = workers.Event()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as lines:
                peer.sendall(GREETING)
                for line in lines:
                    tag, _, command = line.decode().strip().partition(" ")
                    while "SELECT" in command and not stop.wait(0.1):
                        peer.sendall(b"* OK still here\r\n")
                    peer.sendall(usual(tag, command).encode())

        thread = workers.Thread(target=_quietly, args=(serve,), daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(Lost):
            open_folder(port)
        assert 1.5 < time.monotonic() - began < 8
        stop.set()


def _quietly(serve: Callable[[], None]) -> None:
    try:
        serve()
    except OSError:
        return


def test_login_that_breaks_off_is_no_refusal() -> None:
    with server(at("AUTHENTICATE", "")) as (port, _), pytest.raises(Lost, match="login"):
        open_folder(port)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
def test_login_that_cannot_be_tried_now_is_no_refusal(code: str) -> None:
    later = at("AUTHENTICATE", f"NO [{code}] later\r\n")
    with server(later) as (port, _), pytest.raises(Lost, match="later"):
        open_folder(port)


def test_refused_login_says_which_setting_to_look_at_and_not_the_password() -> None:
    no = at("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no\r\n")
    with server(no) as (port, _), pytest.raises(Refused) as refused:
        open_folder(port)
    assert refused.value.key == "password_file"
    assert SECRET.password not in f"{refused.value!r} {refused.value} {SECRET!r}"


def test_starttls_that_was_stripped_is_refused_before_the_password() -> None:
    with server(usual) as (port, heard), pytest.raises(Refused, match="offers no STARTTLS"):
        open_folder(port, security="starttls")
    assert not [line for line in heard if "AUTHENTICATE" in line or "LOGIN" in line]


def test_preauth_greeting_does_not_talk_us_out_of_starttls() -> None:
    greeting = GREETING.replace(b"OK [CAPABILITY", b"PREAUTH [CAPABILITY STARTTLS")
    with server(usual, greeting) as (port, heard), pytest.raises((Refused, Lost)):
        open_folder(port, security="starttls")
    assert not [line for line in heard if "AUTHENTICATE" in line or "SELECT" in line]


def test_password_never_leaves_this_machine_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_login, "is_loopback", lambda host: False)
    with server(usual) as (port, heard), pytest.raises(Refused, match="not this machine"):
        open_folder(port)
    assert not [line for line in heard if "AUTHENTICATE" in line]


def test_news_that_comes_with_the_go_on_to_idle_is_heard() -> None:
    def script(tag: str, command: str) -> str:
        if command == "IDLE":
            return "+ idling\r\n* 1 EXISTS\r\n"
        if tag == "DONE":
            tag = next(line.partition(" ")[0] for line in heard if line.endswith(" IDLE"))
        return usual(tag, command)

    with server(script) as (port, heard):
        session = open_folder(port)
        began = time.monotonic()
        assert session.wait(30, lambda: True)
        assert time.monotonic() - began < 2
        session.close()


def test_stop_is_heard_while_the_server_hangs() -> None:
    with server(silent_at("IDLE")) as (port, heard):
        session = open_folder(port, timeout_seconds=600)
        workers.Timer(0.3, session.hang_up).start()
        began = time.monotonic()
        with pytest.raises(Lost):
            session.wait(600, lambda: True)
        assert time.monotonic() - began < 3
        assert heard[-1].endswith("IDLE")


# on a real server

REAL = Secret(password=PASSWORD)


@pytest.mark.server
def test_certificate_that_nobody_vouches_for_is_refused(dovecot: Dovecot) -> None:
    account = dovecot.account()
    with pytest.raises(Refused, match="certificate of localhost is not accepted"):
        open_folder(dovecot.tls_port, REAL, security="tls", username=account.name)


@pytest.mark.server
@pytest.mark.parametrize("security", ["tls", "starttls", "none-on-localhost"])
def test_every_way_of_connecting_works(dovecot: Dovecot, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    keys = {"security": security, "ca_file": str(dovecot.ca_file), "timeout_seconds": 10}
    session = open_folder(port, REAL, username=dovecot.account().name, **keys)
    assert session.has("IDLE")
    session.close()


@pytest.mark.server
def test_folder_that_is_not_there_is_the_admins_to_name(dovecot: Dovecot) -> None:
    keys = {"username": dovecot.account().name, "folder": "Nowhere", "timeout_seconds": 10}
    with pytest.raises(Refused, match='"Nowhere" cannot be opened') as refused:
        open_folder(dovecot.port, REAL, **keys)
    assert refused.value.key == "folder"


@pytest.mark.server
def test_refused_login_is_one_alarm_and_no_loop(
    sqlite_desk: InProcess, dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    account = dovecot.account()
    fetching = Fetching(sqlite_desk, account, password="wrong")
    with caplog.at_level(logging.INFO):
        for _ in range(2):  # as after a restart
            with fetching.running():
                eventually(lambda: "imap-refused" in caplog.text, 15)
                told = eventually(lambda: sqlite_desk.mails(notices=["alert"]))
    assert caplog.text.count("imap-refused") <= 2
    [alarm] = told
    text = re.sub(rb"=\r?\n", b"", alarm.content).decode()
    assert "gateway.toml:" in text
    assert "imap.password_file" in text
    assert "wrong" not in text.replace("something is wrong", "")


@pytest.mark.server
def test_mail_goes_on_being_taken_where_it_cannot_be_filed(
    sqlite_desk: InProcess, dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    account = dovecot.account()
    account.put(anns(subject="A"))
    fetching = Fetching(sqlite_desk, account, done_folder="no//such")
    with caplog.at_level(logging.INFO), fetching.running():
        eventually(lambda: fetching.uids() == [1])
        eventually(lambda: "imap-not-filed" in caplog.text)
        account.put(anns(subject="B"))
        eventually(lambda: fetching.uids() == [1, 2])
    assert len(sqlite_desk.mails(notices=["alert"])) == 1
    assert account.subjects() == ["A", "B"]

"""Where the listeners listen: Unix sockets, several at once, what systemd hands over."""

import os
import smtplib
import socket
import stat
from pathlib import Path

import pytest

from gateway.errors import GatewayError, TemporaryError
from gateway.message import Source
from support.listening import DEADLINE, Dialog, Listen, Listening
from support.mail import ANN, SUPPORT, a_mail, send_mail


def lmtp(path: Path) -> str:
    """A mail handed in; the answer."""
    with smtplib.LMTP(str(path), timeout=DEADLINE) as client:
        client.ehlo()  # LHLO
        assert client.mail(ANN)[0] == client.rcpt(SUPPORT)[0] == 250
        code, text = client.data(a_mail())
        return f"{code} {text.decode()}"


def at(listen: Listen, path: Path, **settings: str) -> Listening:
    return listen([{"listen": f"unix:{path}", **settings}])


def test_mail_is_taken_over_a_unix_socket(listen: Listen, tmp_path: Path) -> None:
    here = at(listen, tmp_path / "lmtp")
    assert here.places[1] == f"unix:{tmp_path}/lmtp"
    assert lmtp(tmp_path / "lmtp") == "250 2.0.0 accepted as 1"
    envelope, _ = here.spool.kept[0]
    assert (envelope.source, envelope.peer) == (Source.LMTP, "")


def test_two_ways_in_share_one_spool(listen: Listen, tmp_path: Path) -> None:
    here = at(listen, tmp_path / "lmtp")
    send_mail(here.port)
    lmtp(tmp_path / "lmtp")
    assert [envelope.source for envelope, _ in here.spool.kept] == [Source.SMTP, Source.LMTP]


@pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
def test_the_socket_has_its_mode(listen: Listen, tmp_path: Path, mode: str) -> None:
    at(listen, tmp_path / "lmtp", socket_mode=mode)
    assert stat.S_IMODE((tmp_path / "lmtp").stat().st_mode) == int(mode, 8)
    assert os.listdir(tmp_path) == ["lmtp"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another group")
def test_the_socket_has_its_group(listen: Listen, tmp_path: Path) -> None:
    at(listen, tmp_path / "lmtp", socket_group="daemon")
    assert (tmp_path / "lmtp").group() == "daemon"


def test_the_socket_of_a_killed_daemon_is_replaced(listen: Listen, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "lmtp"))
        dead.listen()
    at(listen, tmp_path / "lmtp")
    assert lmtp(tmp_path / "lmtp").startswith("250")


def test_the_socket_is_gone_when_we_are(listen: Listen, tmp_path: Path) -> None:
    here = at(listen, tmp_path / "lmtp")
    here.listener.stop(within_seconds=5)
    assert os.listdir(tmp_path) == []


def test_the_socket_of_somebody_who_listens_is_left_alone(listen: Listen, tmp_path: Path) -> None:
    here = at(listen, tmp_path / "lmtp")
    with pytest.raises(GatewayError, match="another program listens there; stop it"):
        at(listen, tmp_path / "lmtp")
    assert lmtp(tmp_path / "lmtp").startswith("250")
    assert len(here.spool.kept) == 1


def test_a_file_that_is_no_socket_is_left_alone(listen: Listen, tmp_path: Path) -> None:
    (tmp_path / "lmtp").write_text("precious")
    with pytest.raises(GatewayError, match="a file that is no socket is there"):
        at(listen, tmp_path / "lmtp")
    assert (tmp_path / "lmtp").read_text() == "precious"


@pytest.mark.parametrize(
    ("path", "said"),
    [("no/folder/here", "see that its folder is there"), ("x" * 107, "at most 107 octets")],
)
def test_a_socket_that_cannot_be_is_named_with_the_remedy(
    listen: Listen, tmp_path: Path, path: str, said: str
) -> None:
    with pytest.raises(GatewayError, match=said) as error:
        at(listen, tmp_path / path)
    assert str(error.value).startswith("listener.listen: ")


def test_a_group_that_is_not_there_is_named(listen: Listen, tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="no such group"):
        at(listen, tmp_path / "lmtp", socket_group="nobody-has-this")
    assert os.listdir(tmp_path) == []


def test_one_way_that_cannot_be_had_frees_the_others(listen: Listen, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for _ in range(2):
        with pytest.raises(GatewayError, match=r"listener\.listen"):
            listen([{"listen": f"unix:{tmp_path}/no/where"}], listen=f"127.0.0.1:{port}")
    with pytest.raises(ConnectionRefusedError):
        Dialog(port)


def test_sockets_of_systemd_are_taken_by_their_names(listen: Listen) -> None:
    first, second = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    ports = [each.getsockname()[1] for each in (first, second)]
    here = listen(given={"handed": {"smtp": [first, second]}}, listen="systemd:smtp")
    for port in ports:
        send_mail(port)
    assert len(here.spool.kept) == 2


def test_a_socket_that_systemd_does_not_have_is_named(listen: Listen) -> None:
    with pytest.raises(GatewayError) as error:
        listen(listen="systemd:smtp")
    assert str(error.value) == (
        'smtp.listen: "systemd:smtp": systemd handed over no such socket (handed over: none); '
        "write FileDescriptorName=smtp into the .socket unit and start that"
    )


@pytest.mark.parametrize("error", [RuntimeError("secret"), TemporaryError("database: locked")])
def test_lmtp_says_451_to_each_recipient_when_something_is_wrong(
    listen: Listen, tmp_path: Path, error: Exception
) -> None:
    """A bug and a locked database alike; RFC 2033 section 4.2."""
    here = at(listen, tmp_path / "lmtp")
    here.spool.error = error
    with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as heard:
        client.settimeout(DEADLINE)
        client.connect(str(tmp_path / "lmtp"))
        recipients = f"RCPT TO:<{SUPPORT}>\r\nRCPT TO:<hr@example.com>\r\n"
        client.sendall(f"LHLO c\r\nMAIL FROM:<>\r\n{recipients}DATA\r\n".encode())
        while not heard.readline().startswith(b"354"):
            pass
        client.sendall(b"Subject: x\r\n\r\nx\r\n.\r\nNOOP\r\n")
        replies = [heard.readline().decode() for _ in range(3)]
    assert [reply[:9] for reply in replies] == ["451 4.3.0", "451 4.3.0", "250 2.0.0"]
    assert "secret" not in "".join(replies)

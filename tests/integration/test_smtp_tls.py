"""TLS, logins, PROXY headers: who is at the other end, and whether anybody listens in."""

import base64
import contextlib
import smtplib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.desk import certificate, smtp_users_file
from gateway.desk.watched import Watched
from gateway.errors import ConfigError
from support.listening import DEADLINE, Dialog, Listen, Listening, dialog
from support.mail import ANN, SUPPORT, a_mail, send_mail
from support.waiting import eventually

TRUE = base64.b64encode(b"\0printer\0secret").decode()
FALSE = base64.b64encode(b"\0printer\0guess").decode()

ListenTls = Callable[..., Listening]


def write(folder: Path, authority: trustme.CA, name: str = "localhost") -> None:
    """A certificate for `name` with its key."""
    issued = authority.issue_cert(name, "127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "key.pem").chmod(0o600)
    (folder / "cert.pem").write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))


def watched(folder: Path) -> Watched[ssl.SSLContext]:
    files = folder / "cert.pem", folder / "key.pem"
    return Watched(files, lambda: certificate.load(*files))


@pytest.fixture
def listen_tls(listen: Listen, authority: trustme.CA, tmp_path: Path) -> ListenTls:
    """A listener with a certificate and one user, printer, whose password is secret."""
    write(tmp_path, authority)
    users = tmp_path / "users"
    users.write_text(smtp_users_file.line_for("printer", "secret") + "\n")
    users.chmod(0o600)

    def start(**settings: Any) -> Listening:
        given = {
            "certificate": watched(tmp_path),
            "users": Watched((users,), lambda: smtp_users_file.load(users)),
        }
        return listen(given=given, **{"tls": "offered", **settings})

    return start


def secure(client: Dialog, trusting: ssl.SSLContext) -> None:
    """STARTTLS; what is said from here on is said within TLS."""
    assert client.ask("STARTTLS").startswith("220 2.0.0")
    client.wrap(trusting, "localhost")


def offers(client: Dialog, command: str = "EHLO") -> set[str]:
    client.say(f"{command} client.example")
    return {line[4:] for line in client.hear_lines()}


# STARTTLS and TLS from the first byte


def test_starttls_is_offered_taken_and_kept_in_the_envelope(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls()
    with smtplib.SMTP("localhost", here.port, timeout=DEADLINE) as smtp:
        smtp.starttls(context=trusting)
        smtp.sendmail(ANN, [SUPPORT], a_mail())
    send_mail(here.port)
    assert [envelope.tls for envelope, _ in here.spool.kept] == [True, False]
    assert here.spool.kept[0][0].peer == "127.0.0.1"


def test_tls_from_the_first_byte_is_taken_and_kept_in_the_envelope(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(tls="implicit")
    with smtplib.SMTP_SSL("localhost", here.port, timeout=DEADLINE, context=trusting) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("STARTTLS")
        smtp.sendmail(ANN, [SUPPORT], a_mail())
    assert here.spool.kept[0][0].tls


def test_required_tls_takes_no_mail_before_it(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(tls="required")
    with dialog(here.port, up_to="EHLO") as client:
        assert client.ask(f"MAIL FROM:<{ANN}>").startswith("530 5.7.0")
        secure(client, trusting)
        offers(client)
        assert client.ask(f"MAIL FROM:<{ANN}>").startswith("250")


def test_starttls_is_not_offered_twice_nor_begun_within_tls(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls()
    with dialog(here.port, up_to="EHLO") as client:
        secure(client, trusting)
        assert "STARTTLS" not in offers(client)
        assert client.ask("STARTTLS").startswith("503 5.5.1")
        assert client.ask("NOOP").startswith("250")


def test_old_versions_of_tls_are_not_spoken(listen_tls: ListenTls, authority: trustme.CA) -> None:
    here = listen_tls(tls="implicit")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    authority.configure_trust(old)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    raw = socket.create_connection(("127.0.0.1", here.port), DEADLINE)
    with raw, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(raw, server_hostname="localhost")


def test_what_is_said_before_tls_is_forgotten_in_it(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    """CVE-2011-0411 and CVE-2024-34083: commands sent along with STARTTLS in clear text are
    whoever sits in between, and must not be answered inside of TLS."""
    here = listen_tls()
    with dialog(here.port, up_to="EHLO") as client:
        client.say(b"STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@example.org>\r\nRSET\r\n")
        assert client.hear().startswith("220")
        client.wrap(trusting, "localhost")
        assert client.ask("NOOP") == "250 2.0.0 OK"  # and none of the others before it
        assert client.ask(f"MAIL FROM:<{ANN}>").startswith("503")  # EHLO again, RFC 3207
        offers(client)
        for command in (f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            assert client.ask(command)[0] in "23"
        assert client.ask("Subject: x\r\n\r\nHello\r\n.").startswith("250")
    [(envelope, _)] = here.spool.kept
    assert (envelope.mail_from, envelope.helo) == (ANN, "client.example")


def test_garbage_instead_of_a_handshake_harms_nobody(
    listen_tls: ListenTls, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    here, implicit = listen_tls(), listen_tls(tls="implicit")
    for garbage in (b"\x16\x03\x01\xff\xff" + bytes(500), b"GET / HTTP/1.1\r\n\r\n", bytes(2000)):
        with dialog(here.port, up_to="EHLO") as client:
            assert client.ask("STARTTLS").startswith("220")
            client.say(garbage)
            assert _is_closed(client)
        with contextlib.suppress(ConnectionError), dialog(implicit.port) as client:
            client.say(garbage)
            assert _is_closed(client)
    with smtplib.SMTP("localhost", here.port, timeout=DEADLINE) as smtp:
        smtp.starttls(context=trusting)
        smtp.sendmail(ANN, [SUPPORT], a_mail())
    with smtplib.SMTP_SSL("localhost", implicit.port, timeout=DEADLINE, context=trusting) as smtp:
        smtp.sendmail(ANN, [SUPPORT], a_mail())
    eventually(lambda: here.listener.sessions == implicit.listener.sessions == 0)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def _is_closed(client: Dialog) -> bool:
    """Whether the server hangs up; what it says before that is TLS's."""
    with contextlib.suppress(ConnectionError):
        while client.socket.recv(4096):
            pass
    return True


def test_half_a_handshake_takes_one_place_and_no_more(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(tls="implicit", max_connections=2)
    with (
        dialog(here.port),
        smtplib.SMTP_SSL("localhost", here.port, timeout=DEADLINE, context=trusting) as smtp,
    ):
        smtp.sendmail(ANN, [SUPPORT], a_mail())
        with dialog(here.port) as third:
            assert _is_closed(third)
        assert smtp.noop()[0] == 250


@pytest.mark.parametrize("tls", ["implicit", "offered"])
def test_stop_does_not_wait_for_half_a_handshake(listen_tls: ListenTls, tls: str) -> None:
    here = listen_tls(tls=tls)
    with dialog(here.port, up_to="" if tls == "implicit" else "EHLO") as client:
        if tls == "offered":
            assert client.ask("STARTTLS").startswith("220")
        client.say(b"\x16\x03\x01\x02\x00\x01")
        begun = time.monotonic()
        here.listener.stop(within_seconds=1)
        assert not here.listener.is_running
        assert time.monotonic() - begun < 4
        assert _is_closed(client)


def test_stop_does_not_wait_for_half_a_header(listen: Listen) -> None:
    here = listen(**BALANCED)
    with dialog(here.port) as client:
        client.say(v2()[:14])
        here.listener.stop(within_seconds=1)
        assert not here.listener.is_running
        assert _is_closed(client)


# Certificates that change


def names(port: int, authority: trustme.CA) -> set[str]:
    """Whose certificate is shown."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.check_hostname = False
    raw = socket.create_connection(("127.0.0.1", port), DEADLINE)
    with raw, context.wrap_socket(raw) as wrapped:
        shown = wrapped.getpeercert()
    assert shown
    return {value for _, value in shown["subjectAltName"]}  # type: ignore[misc]


@pytest.fixture
def look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.desk.watched.LOOK_AGAIN_SECONDS", 0.0)


@pytest.mark.usefixtures("look_at_once")
def test_a_new_certificate_is_shown_without_a_restart(
    listen_tls: ListenTls, authority: trustme.CA, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    here = listen_tls(tls="implicit")
    assert "localhost" in names(here.port, authority)
    write(tmp_path, authority, "new.example")
    assert "new.example" in names(here.port, authority)
    assert 'file-read-again file="cert.pem, key.pem"' in caplog.text


@pytest.mark.usefixtures("look_at_once")
@pytest.mark.parametrize("broken", ["cert.pem", "key.pem"])
def test_a_broken_new_certificate_leaves_the_old_one_in_force(
    listen_tls: ListenTls,
    authority: trustme.CA,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    here = listen_tls(tls="implicit")
    before = names(here.port, authority)
    good = (tmp_path / broken).read_bytes()
    (tmp_path / broken).write_text("no certificate at all")
    assert names(here.port, authority) == before
    assert names(here.port, authority) == before
    [record] = [each for each in caplog.records if "file-not-used" in each.getMessage()]
    assert "cannot be used" in record.getMessage()
    (tmp_path / broken).write_bytes(good)
    assert names(here.port, authority) == before


def test_a_key_of_another_certificate_is_told(authority: trustme.CA, tmp_path: Path) -> None:
    write(tmp_path, authority)
    chain = (tmp_path / "cert.pem").read_bytes()
    write(tmp_path, authority)
    (tmp_path / "cert.pem").write_bytes(chain)
    with pytest.raises(ConfigError, match=r"is not the key of cert\.pem; write both anew"):
        watched(tmp_path)


# Logins


def test_a_user_logs_in_within_tls_and_is_kept_in_the_envelope(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(login="offered")
    for mechanism in ("PLAIN", "LOGIN"):
        with smtplib.SMTP("localhost", here.port, timeout=DEADLINE) as smtp:
            smtp.ehlo()
            assert not smtp.has_extn("AUTH")
            smtp.starttls(context=trusting)
            smtp.ehlo()
            assert smtp.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
            smtp.user, smtp.password = "printer", "secret"
            smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))
            smtp.sendmail(ANN, [SUPPORT], a_mail())
    assert [envelope.auth_user for envelope, _ in here.spool.kept] == ["printer"] * 2


def test_a_user_logs_in_where_tls_is_from_the_first_byte(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(tls="implicit", login="required")
    with smtplib.SMTP_SSL("localhost", here.port, timeout=DEADLINE, context=trusting) as smtp:
        smtp.ehlo()
        assert smtp.mail(ANN)[0] == 530
        smtp.login("printer", "secret")
        smtp.sendmail(ANN, [SUPPORT], a_mail())


def test_a_login_opens_no_relay(listen_tls: ListenTls, trusting: ssl.SSLContext) -> None:
    here = listen_tls(tls="implicit", login="required")
    with smtplib.SMTP_SSL("localhost", here.port, timeout=DEADLINE, context=trusting) as smtp:
        smtp.login("printer", "secret")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail(ANN, ["victim@elsewhere.example"], a_mail())


def test_a_password_is_not_taken_in_clear(listen_tls: ListenTls) -> None:
    here = listen_tls(login="offered")
    with dialog(here.port, up_to="EHLO") as client:
        assert client.ask(f"AUTH PLAIN {TRUE}").startswith("538 5.7.11")


def test_who_guesses_is_sent_away_and_logged(
    listen_tls: ListenTls, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    here = listen_tls(login="offered")
    with dialog(here.port, up_to="EHLO") as client:
        secure(client, trusting)
        offers(client)
        for _ in range(3):
            assert client.ask(f"AUTH PLAIN {FALSE}") == "535 5.7.8 User name or password is wrong"
        assert client.hear().startswith("421 4.7.0")
        assert client.hear() == ""
    assert 'login-refused peer=127.0.0.1 user=printer reply="535 5.7.8' in caplog.text
    assert "guess" not in caplog.text


def test_who_goes_on_guessing_over_many_sessions_is_not_heard(
    listen_tls: ListenTls, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ingest.smtp_login.MAX_TRIES_OF_NETWORK", 2)
    here = listen_tls(login="offered")
    answers = []
    for _ in range(2):
        with dialog(here.port, up_to="EHLO") as client:
            secure(client, trusting)
            offers(client)
            answers += [client.ask(f"AUTH PLAIN {FALSE}")[:3] for _ in range(2)]
    assert answers == ["535", "535", "454", "454"]


@pytest.mark.parametrize(
    "command",
    [
        "AUTH", "AUTH PLAIN ====", "AUTH PLAIN " + "A" * 9000, "AUTH CRAM-MD5", "AUTH LOGIN \xff",
        "AUTH PLAIN " + base64.b64encode(b"\xff\0\xff\0\xff").decode(),
        "AUTH PLAIN " + base64.b64encode(b"printer").decode(),
        "AUTH PLAIN " + base64.b64encode(b"admin\0printer\0secret").decode(),
    ],
)  # fmt: skip
def test_garbage_in_a_login_is_refused(
    listen_tls: ListenTls,
    trusting: ssl.SSLContext,
    caplog: pytest.LogCaptureFixture,
    command: str,
) -> None:
    here = listen_tls(login="offered")
    with dialog(here.port, up_to="EHLO") as client:
        secure(client, trusting)
        offers(client)
        assert client.ask(command)[0] == "5"
        assert client.ask("NOOP").startswith("250")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_login_may_be_cancelled_and_an_endless_answer_is_refused(
    listen_tls: ListenTls, trusting: ssl.SSLContext
) -> None:
    here = listen_tls(login="offered")
    with dialog(here.port, up_to="EHLO") as client:
        secure(client, trusting)
        offers(client)
        assert client.ask("AUTH LOGIN") == "334 VXNlcm5hbWU6"
        assert client.ask("*").startswith("501 5.7.0")
        assert client.ask("AUTH PLAIN") == "334"
        assert client.ask("A" * 70_000).startswith("501 5.5.2")


# PROXY headers


def v2(peer: str = "192.0.2.7", command: int = 1) -> bytes:
    """The header of a load balancer, version 2."""
    addresses = socket.inet_aton(peer) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", 4711, 25)
    head = struct.pack("!BBH", 0x20 | command, 0x11, len(addresses))
    return b"\r\n\r\n\x00\r\nQUIT\n" + head + addresses


V1 = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\r\n"
BALANCED = {"proxy_from": ("127.0.0.0/8",)}


@pytest.mark.parametrize("header", [v2(), V1], ids=["version 2", "version 1"])
def test_the_load_balancer_says_whose_connection_it_is(listen: Listen, header: bytes) -> None:
    here = listen(**BALANCED)
    with dialog(here.port) as client:
        client.say(header)
        assert client.hear().startswith("220")
        for command in ("EHLO c.example", f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            assert client.ask(command)[0] in "23"
        assert client.ask("Subject: x\r\n\r\nx\r\n.").startswith("250")
    assert here.spool.kept[0][0].peer == "192.0.2.7"


def test_the_header_comes_before_tls(listen_tls: ListenTls, trusting: ssl.SSLContext) -> None:
    here = listen_tls(tls="implicit", **BALANCED)
    with dialog(here.port) as client:
        client.say(v2())
        client.wrap(trusting, "localhost")
        assert client.hear().startswith("220")
        for command in ("EHLO c.example", f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            assert client.ask(command)[0] in "23"
        assert client.ask("Subject: x\r\n\r\nx\r\n.").startswith("250")
    [(envelope, _)] = here.spool.kept
    assert (envelope.peer, envelope.tls) == ("192.0.2.7", True)


def test_nobody_else_is_believed(listen: Listen) -> None:
    here = listen(proxy_from=("10.0.0.0/8",))
    with dialog(here.port) as client:
        client.say(V1)
        assert client.hear().startswith("220")
        assert client.hear().startswith("500 5.5.1")
    send_mail(here.port)
    assert here.spool.kept[0][0].peer == "127.0.0.1"


def test_limits_count_whom_the_header_names(listen: Listen) -> None:
    here = listen(max_connections_per_peer=1, **BALANCED)
    with dialog(here.port) as first, dialog(here.port) as second, dialog(here.port) as third:
        first.say(v2("192.0.2.1"))
        assert first.hear().startswith("220")
        second.say(v2("192.0.2.1"))
        assert second.hear().startswith("421 4.3.2 Too many")
        third.say(v2("192.0.2.2"))
        assert third.hear().startswith("220")


def test_an_ipv4_client_of_a_dual_stack_balancer_has_its_own_address(listen: Listen) -> None:
    here = listen(**BALANCED)
    mapped = b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 25\r\n"
    with dialog(here.port) as client:
        client.say(mapped)
        assert client.hear().startswith("220")
        for line in ("EHLO c.example", f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            client.ask(line)
        assert client.ask("Subject: x\r\n\r\nx\r\n.").startswith("250")
    assert here.spool.kept[0][0].peer == "192.0.2.7"


def test_the_load_balancers_own_connection_is_its_own(listen: Listen) -> None:
    here = listen(**BALANCED)
    with dialog(here.port) as client:
        client.say(v2(command=0))
        assert client.hear().startswith("220")


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO c.example\r\n", b"PROXY TCP4 1.2.3.4\r\n", b"PROXY " + b"x" * 5000,
        v2()[:12] + b"\xff" * 9, b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + b"x" * 70_000,
    ],
)  # fmt: skip
def test_a_balancer_without_a_proper_header_is_cut_off(listen: Listen, header: bytes) -> None:
    here = listen(**BALANCED)
    with dialog(here.port) as client:
        with contextlib.suppress(OSError):  # it may be gone by then
            client.say(header)
            client.socket.shutdown(socket.SHUT_WR)
        heard = b""
        with contextlib.suppress(ConnectionError):
            heard = client.socket.recv(100)
        assert not heard.startswith(b"250")
    with dialog(here.port) as client:
        client.say(v2())
        assert client.hear().startswith("220")

"""The settings of the listeners, the certificate and those who may log in; each with its fault."""

import hashlib
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from gateway.cli.smtp import smtp_user
from gateway.desk import certificate, smtp_users_file
from gateway.desk.folder import load_desk
from gateway.errors import ConfigError
from support.settings import MINIMAL, faults, faults_of, parsed

CERTIFICATE = '[smtp]\ncertificate_file = "cert.pem"\nkey_file = "key.pem"\n'


def test_further_listeners_are_lmtp_unless_said_otherwise() -> None:
    gateway = parsed(MINIMAL + '[[listener]]\nlisten = "unix:lmtp"\n')
    [way] = gateway.listener
    assert (way.protocol, way.listen, way.tls, way.login) == ("lmtp", "unix:lmtp", "off", "never")


@pytest.mark.parametrize("listen", ["127.0.0.1:24", "[::1]:24", "unix:/run/x", "systemd:lmtp"])
def test_places_to_listen(listen: str) -> None:
    assert parsed(f'{MINIMAL}[[listener]]\nlisten = "{listen}"\n').listener[0].listen == listen


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[smtp]\nlisten = "unix:"', 'no path of up to 107 octets; write for example "unix:lmtp"'),
        (f'[smtp]\nlisten = "unix:/{"x" * 107}"', "has no path of up to 107 octets"),
        ('[smtp]\nlisten = "systemd:"', 'has no name of a socket; write for example "systemd:'),
        ('[smtp]\nproxy_from = ["10.0.0.1/8"]', 'is no network; write for example ["10.0.0.0/8"]'),
        ('[smtp]\ntls = "yes"', "smtp.tls: \"yes\" is no word we know here; write \"off\""),
        ('[smtp]\nsocket_mode = "rw"', 'has characters we cannot use; write for example "0660"'),
        ('[smtp]\ntls = "offered"', 'smtp.tls: "offered" needs a certificate; name certificate'),
        ('[[listener]]\nlisten = "a:465"\ntls = "implicit"', "listener.tls: \"implicit\" needs"),
        ("[[listener]]\n", 'listener.listen: is missing; write for example listen = "unix:lmtp"'),
        ('[[listener]]\nlisten = "127.0.0.1:8025"', '"127.0.0.1:8025" is there twice; keep one'),
        ('[[listener]]\nlisten = "0.0.0.0:25"', "is the port of SMTP, where LMTP is forbidden"),
        ('[[listener]]\nlisten = "a:24"\nprotocol = "pop"', '"pop" is no word we know here'),
        ('[smtp]\nlogin = "offered"\nusers_file = "u"', "would let passwords pass in clear"),
        (f'{CERTIFICATE}tls = "required"\nlogin = "offered"', '"offered" needs users; name users'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_the_remedy(text: str, said: str) -> None:
    [fault] = faults(MINIMAL + text)
    assert said in fault


def test_contradictions_are_told_beside_other_faults() -> None:
    found = faults(MINIMAL + '[smtp]\ntls = "offered"\nmax_errors = 0\n')
    assert [each.split(": ")[1] for each in found] == ["smtp.tls", "smtp.max_errors"]


# Files


@pytest.fixture
def desk(folder: Path) -> Path:
    """A desk that names a certificate, its key and a users file, all of them good."""
    issued = trustme.CA().issue_cert("mx.example")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    (folder / "users").write_text(smtp_users_file.line_for("printer", "secret") + "\n# a comment\n")
    for name in ("key.pem", "users"):
        (folder / name).chmod(0o600)
    toml = folder / "gateway.toml"
    more = f'{CERTIFICATE}users_file = "users"\ntls = "required"\nlogin = "required"\n'
    toml.write_text(toml.read_text().replace("[smtp]\n", more))
    return folder


def fault_of(desk: Path) -> str:
    [fault] = faults_of(load_desk, desk, {})
    return fault


def test_a_desk_with_certificate_and_users_is_all_well(desk: Path) -> None:
    assert load_desk(desk, {}).gateway.smtp.tls == "required"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("cert.pem", "nonsense", "cert.pem: cannot be used with key.pem; write the certificate"),
        ("users", "printer:secret", "users:1: is no user; write what `ticket-gateway smtp user"),
        ("users", "a:scrypt:3:8:1:AAAA:AAAA", "users:1: is no user"),
        ("users", "a:scrypt:16777216:8:1:" + "A" * 16 + ":" + "A" * 24, "users:1: is no user"),
    ],
)
def test_a_file_of_no_use_is_told(desk: Path, name: str, text: str, said: str) -> None:
    (desk / name).write_text(text)
    assert said in fault_of(desk)


@pytest.mark.parametrize("name", ["key.pem", "users"])
def test_a_secret_that_everybody_reads_is_told(desk: Path, name: str) -> None:
    (desk / name).chmod(0o644)
    assert f"{name}: is open to every user of this machine" in fault_of(desk)


def test_a_user_who_is_there_twice_is_told(desk: Path) -> None:
    line = smtp_users_file.line_for("printer", "other")
    with (desk / "users").open("a") as file:
        file.write(f"{line}\n")
    assert "users:3: printer is there twice; keep one" in fault_of(desk)


def test_a_certificate_that_is_not_there_is_told(desk: Path) -> None:
    (desk / "cert.pem").unlink()
    assert "cert.pem: cannot be read: No such file or directory; write it in PEM" in fault_of(desk)


def test_a_key_with_a_password_is_told_and_nobody_is_asked(desk: Path) -> None:
    from cryptography.hazmat.primitives import serialization as to

    key = to.load_pem_private_key((desk / "key.pem").read_bytes(), None)
    locked = to.BestAvailableEncryption(b"x")
    (desk / "key.pem").write_bytes(
        key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, locked)
    )
    with pytest.raises(ConfigError, match=r"key\.pem: has a password, and nobody is there"):
        certificate.load(desk / "cert.pem", desk / "key.pem")


# Passwords


def test_only_the_right_password_of_a_known_user_is_right(desk: Path) -> None:
    users = smtp_users_file.load(desk / "users")
    assert users.is_right("printer", "secret")
    assert not users.is_right("printer", "Secret")
    assert not users.is_right("plotter", "secret")
    assert not users.is_right("", "")


def test_an_unknown_user_costs_as_much_as_a_known_one(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time of the answer would tell which names there are."""
    costs = []
    scrypt = hashlib.scrypt

    def counted(*args: object, **kwargs: object) -> bytes:
        costs.append((kwargs["n"], kwargs["r"], kwargs["p"]))
        return scrypt(*args, **kwargs)  # type: ignore[arg-type]

    users = smtp_users_file.load(desk / "users")
    monkeypatch.setattr("hashlib.scrypt", counted)
    users.is_right("printer", "x")
    users.is_right("nobody", "x")
    assert costs[0] == costs[1]


def test_a_line_holds_no_password_and_two_are_never_equal() -> None:
    lines = {smtp_users_file.line_for("printer", "secret") for _ in range(2)}
    assert len(lines) == 2
    assert not [line for line in lines if "secret" in line]


@pytest.mark.parametrize("name", ["", "a b", "a:b", "#a", "a\n"])
def test_a_name_that_has_no_place_in_a_line_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        smtp_users_file.line_for(name, "secret")


def test_the_command_makes_a_line_that_lets_in(tmp_path: Path) -> None:
    done = CliRunner().invoke(smtp_user, ["printer"], input="secret\n")
    assert done.exit_code == 0
    assert "secret" not in done.output
    file = tmp_path / "users"
    file.write_text(done.output)
    file.chmod(0o600)
    assert smtp_users_file.load(file).is_right("printer", "secret")


@pytest.mark.parametrize(("name", "password"), [("a b", "secret\n"), ("printer", "\n")])
def test_the_command_makes_no_line_that_cannot_be_read(name: str, password: str) -> None:
    assert CliRunner().invoke(smtp_user, [name], input=password).exit_code != 0

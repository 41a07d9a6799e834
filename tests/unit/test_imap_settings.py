"""`[[imap]]`: every fault with its line and remedy, and no way to send a password in clear."""

from pathlib import Path

import pytest

from gateway.desk.folder import load_desk
from gateway.errors import ConfigError
from support.settings import MINIMAL, faults, parsed

IMAP = '[[imap]]\nhost = "imap.example.com"\nusername = "support"\n'
TOKENS = 'oauth_provider = "microsoft"\noauth_client_id = "c"\n'


def test_account_needs_a_host_and_a_user_name_and_is_encrypted() -> None:
    [imap] = parsed(MINIMAL + IMAP).imap
    assert (imap.security, imap.folder, imap.when_done) == ("tls", "INBOX", "move")
    assert imap.account == "support@imap.example.com"


def test_desk_without_imap_has_none() -> None:
    assert parsed().imap == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('security = "none"', 'imap.security: "none" is no word we know here'),
        ('security = "none-on-localhost"', "is not this machine, and the password would go there"),
        ('mailbox = "hr@example.com"', 'unknown mailbox "hr@example.com"; mailboxes are support@'),
        ('when_done = "eat"', 'imap.when_done: "eat" is no word we know'),
        ('done_folder = "inbox"', "is the folder that mail is taken from; name another"),
        ("idle_seconds = 1800", "imap.idle_seconds: 1800 is too large; write 1740 or less"),
        ("port = 70000", "imap.port: 70000 is too large"),
        ('pasword_file = "x"', 'unknown key; did you mean "password_file"?'),
        ('oauth_client_id = "c"', "imap.oauth_provider: is missing, though there is oauth_client"),
        (
            'oauth_provider = "google"\noauth_refresh_token_file = "r"',
            "oauth_client_id: is missing",
        ),
        (TOKENS, "imap.oauth_grant: refresh-token needs a first one"),
        (TOKENS + 'oauth_grant = "client-credentials"\noauth_tenant = "t"', "needs a secret"),
        (
            TOKENS + 'oauth_grant = "client-credentials"\noauth_client_secret_file = "s"',
            "imap.oauth_tenant: is missing",
        ),
        (
            'oauth_provider = "google"\noauth_client_id = "c"\noauth_grant = "client-credentials"\n'
            'oauth_client_secret_file = "s"',
            "Google lets no client into a mailbox in its own name",
        ),
        (
            'oauth_provider = "custom"\noauth_client_id = "c"\noauth_refresh_token_file = "r"\n'
            'oauth_token_url = "http://login.example.com/"',
            "is no https address, and secrets would go there in clear",
        ),
        ('oauth_secret_expires = "31.1.2027"', 'is no day; write for example "2027-01-31"'),
        (IMAP, '"INBOX" of this account is there twice; keep one'),
    ],
)
def test_mistake_is_told_with_its_line_and_remedy(lines: str, said: str) -> None:
    [fault] = faults(f"{MINIMAL}{IMAP}{lines}\n")
    assert said in fault
    assert fault.startswith("gateway.toml:1")


def test_every_fault_is_told_at_once() -> None:
    imap = '[[imap]]\nusername = "u"\nmailbox = "x@y.example"\nport = 0\n'
    assert len(faults(MINIMAL + imap)) == 3


def test_same_user_may_read_two_folders() -> None:
    assert len(parsed(MINIMAL + IMAP + IMAP + 'folder = "Sales"\n').imap) == 2


@pytest.fixture
def folder(folder: Path) -> Path:
    """A desk with an account whose password is in a file."""
    toml = folder / "gateway.toml"
    toml.write_text(toml.read_text() + "\n" + IMAP + 'password_file = "secrets/imap"\n')
    return folder


def test_password_comes_from_its_file_and_is_never_shown(folder: Path) -> None:
    secret = folder / "secrets" / "imap"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    desk = load_desk(folder, {})
    assert desk.imap_secrets[0].password == "s3cret"
    assert "s3cret" not in repr(desk)


def test_missing_password_file_is_told_of_its_key(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r'imap.password_file: "secrets/imap" cannot be read'):
        load_desk(folder, {})


def test_password_may_come_from_the_environment(folder: Path) -> None:
    toml = folder / "gateway.toml"
    toml.write_text(toml.read_text().replace('password_file = "secrets/imap"\n', ""))
    assert load_desk(folder, {"TICKET_GATEWAY_IMAP_PASSWORD": "x"}).imap_secrets[0].password == "x"
    with pytest.raises(ConfigError, match=r'imap\.username: "support" has no password'):
        load_desk(folder, {})

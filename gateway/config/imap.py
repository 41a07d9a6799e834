"""The settings of `[[imap]]`: a folder of a mail account that mail is fetched from.

One table an account and folder. What fits together only with other keys or tables is told
by `contradictions`, which takes raw values, so that a file with other faults in it can be
asked too. Nothing here ever leads to a password in clear text on a network.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from gateway.config.faults import Loc, choices_are, shown
from gateway.config.formats import mail_address
from gateway.config.mailboxes import Line, Settings

PASSWORD_VARIABLE = "TICKET_GATEWAY_IMAP_PASSWORD"  # noqa: S105 - the name of a variable
MAX_IDLE_SECONDS = 29 * 60  # RFC 2177 section 3: servers may hang up after 30 minutes


class Imap(Settings):
    """A mail account whose folder is read over IMAP. Each mail is committed first and filed away
    then; what was there before the first start is taken too (`ticket-gateway import` opens
    tickets of old mail without answering)."""

    host: Line = Field(
        min_length=1, examples=["imap.example.com"], description="Name of the IMAP server."
    )
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; 993 for `tls`, else 143, when not set.",
        examples=[993],
    )  # fmt: skip
    security: Literal["tls", "starttls", "none-on-localhost"] = Field(
        "tls",
        description="`tls` from the first byte; `starttls`, without which no login is tried; or "
        "`none-on-localhost` for a server on this very machine. There is no way to send a password "
        "in clear over a network.",
    )
    ca_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/ca.pem"],
        description="Certificates that may vouch for the server, where the system's do not know "
        "its own.",
    )
    username: Line = Field(
        min_length=1, examples=["support@example.com"], description="Who logs in."
    )
    password_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/imap-password"],
        description="File that holds the password. The environment variable "
        f"{PASSWORD_VARIABLE} does the same, for every account that names no file.",
    )
    folder: Line = Field("INBOX", min_length=1, description="The folder that mail is taken from.")
    mailbox: str = Field(
        "",
        examples=["support@example.com"],
        description="The mailbox of this desk that gets a mail whose header names none of them; "
        "the first one of the file when empty.",
    )
    when_done: Literal["move", "mark-read", "delete", "leave"] = Field(
        "move",
        description="What becomes of a mail in its folder once it is safe here: it is moved to "
        "`done_folder`, marked as read, deleted, or left as it is.",
    )
    done_folder: Line = Field(
        "Processed", min_length=1, description="Where `move` moves to; made when it is not there."
    )
    poll_seconds: int = Field(
        60, ge=1, le=86400, description="How often the folder is looked at where the server has no "
        "IDLE, with which it tells of new mail by itself.",
    )  # fmt: skip
    idle_seconds: int = Field(
        9 * 60, ge=1, le=MAX_IDLE_SECONDS, description="How long one IDLE lasts. Firewalls and "
        "servers forget a silent connection, some after ten minutes.",
    )  # fmt: skip
    timeout_seconds: int = Field(
        60, ge=1, le=600, description="Longest wait for one answer; a server that is silent for "
        "longer is hung, and is connected to anew.",
    )  # fmt: skip
    oauth_provider: Literal["", "microsoft", "google", "custom"] = Field(
        "",
        description="Whose access tokens log in in place of a password: Microsoft 365, Google, or "
        "the server at `oauth_token_url`.",
    )
    oauth_tenant: Line = Field(
        "", examples=["example.onmicrosoft.com"], description="Microsoft's name or id of the "
        "tenant.",
    )  # fmt: skip
    oauth_token_url: Line = Field(
        "", description="Where `custom` hands out tokens; https, but on this machine."
    )
    oauth_client_id: Line = Field("", description="The id under which this desk is registered.")
    oauth_client_secret_file: Path | None = Field(
        None, strict=False, examples=["secrets/imap-client-secret"],
        description="File that holds the client's secret.",
    )  # fmt: skip
    oauth_grant: Literal["client-credentials", "refresh-token"] = Field(
        "refresh-token",
        description="`client-credentials` where the desk is let in in its own name (Microsoft "
        "365), `refresh-token` where a person has agreed once.",
    )
    oauth_refresh_token_file: Path | None = Field(
        None, strict=False, examples=["secrets/imap-refresh-token"],
        description="File that holds the first refresh token. Later ones are kept in `data/`.",
    )  # fmt: skip
    oauth_scope: Line = Field("", description="What is asked for; the provider's own when empty.")
    oauth_secret_expires: str = Field(
        "",
        examples=["2027-01-31"],
        description="The day on which the client's secret ends, as the provider's page says; the "
        "admin is reminded by mail from 14 days before.",
    )

    @field_validator("mailbox")
    @classmethod
    def _address(cls, value: str) -> str:
        return mail_address(value) if value else value

    @field_validator("oauth_secret_expires")
    @classmethod
    def _day(cls, value: str) -> str:
        if value and not _is_day(value):
            raise ValueError('is no day; write for example "2027-01-31"')
        return value

    @property
    def account(self) -> str:
        """Who logs in where; names the account in the log, in the spool and at its cursor."""
        return f"{self.username}@{self.host}"

    @property
    def secret_expires_on(self) -> date | None:
        return date.fromisoformat(self.oauth_secret_expires) if self.oauth_secret_expires else None


def is_loopback(host: str) -> bool:
    """Whether this names the very machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1")
    (True, True, True)
    >>> is_loopback("imap.example.com"), is_loopback("10.0.0.1")
    (False, False)
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def contradictions(
    mailboxes: Sequence[str], tables: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Loc, str, str]]:
    """What in `[[imap]]` does not fit together, as place, problem and remedy."""
    known = [address.lower() for address in mailboxes]
    seen: set[tuple[str, ...]] = set()
    for index, table in enumerate(tables):
        key = tuple(str(table.get(name, "")).lower() for name in ("host", "username"))
        folder = (*key, str(table.get("folder", "INBOX")))
        if all(folder) and folder in seen:
            problem = f"{shown(folder[-1])} of this account is there twice"
            yield ("imap", index, "folder"), problem, "keep one"
        seen.add(folder)
        mailbox = table.get("mailbox", "")
        if isinstance(mailbox, str) and mailbox and mailbox.lower() not in known:
            remedy = choices_are("mailboxes", known, mailbox.lower())
            yield ("imap", index, "mailbox"), f"unknown mailbox {shown(mailbox)}", remedy
        for name, problem, remedy in _alone(table):
            yield ("imap", index, name), problem, remedy


def _alone(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What does not fit together within one table, as key, problem and remedy."""
    host = str(table.get("host", ""))
    if host and table.get("security") == "none-on-localhost" and not is_loopback(host):
        problem = f"{shown(host)} is not this machine, and the password would go there in clear"
        yield "security", problem, 'write "tls" or "starttls"'
    if (
        table.get("when_done", "move") == "move"
        and str(table.get("done_folder", "Processed")).lower()
        == str(table.get("folder", "INBOX")).lower()
    ):
        yield "done_folder", "is the folder that mail is taken from", "name another"
    provider = table.get("oauth_provider")
    if not provider:
        yield from _without_provider(table)
        return
    if not table.get("oauth_client_id"):
        yield "oauth_client_id", "is missing", "write the id that the provider gave this desk"
    yield from _grant(table, str(provider))
    yield from _token_url(table, str(provider))


def _without_provider(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in ("oauth_client_id", "oauth_refresh_token_file", "oauth_token_url"):
        if table.get(name):
            remedy = 'write oauth_provider = "microsoft", "google" or "custom"'
            yield "oauth_provider", f"is missing, though there is {name}", remedy
            return


def _grant(table: Mapping[str, Any], provider: str) -> Iterator[tuple[str, str, str]]:
    in_its_own_name = table.get("oauth_grant") == "client-credentials"
    if in_its_own_name and provider == "google":
        problem = "Google lets no client into a mailbox in its own name"
        yield "oauth_grant", problem, 'write "refresh-token"'
    if in_its_own_name and not table.get("oauth_client_secret_file"):
        problem = "client-credentials needs a secret"
        yield "oauth_grant", problem, "name its file in oauth_client_secret_file"
    if not in_its_own_name and not table.get("oauth_refresh_token_file"):
        problem = "refresh-token needs a first one"
        yield "oauth_grant", problem, "name its file in oauth_refresh_token_file"
    if provider == "microsoft" and in_its_own_name and not table.get("oauth_tenant"):
        yield "oauth_tenant", "is missing", 'write for example "example.onmicrosoft.com"'


def _token_url(table: Mapping[str, Any], provider: str) -> Iterator[tuple[str, str, str]]:
    url = str(table.get("oauth_token_url", ""))
    if provider == "custom" and not url:
        yield "oauth_token_url", "is missing", "write where tokens are handed out"
    elif url:
        match = re.match(r"(https?)://(\[[^\]]*\]|[^/:]+)", url)
        if not match or (match[1] == "http" and not is_loopback(match[2])):
            problem = f"{shown(url)} is no https address, and secrets would go there in clear"
            yield "oauth_token_url", problem, 'write "https://..."'


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

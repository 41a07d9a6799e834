"""The settings of `[smtp]` and `[[listener]]`: where mail comes in, from whom, how safely.

`[smtp]` is the first way in and has the limits of all; each `[[listener]]` is one more, such
as LMTP for the mail server in front. What fits together only with other keys is told by
`contradictions`, which takes raw values. Surprising: a password is never asked for outside of
TLS, so `login` without `tls` is a fault and no listener.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from gateway.config.faults import Loc, shown
from gateway.config.formats import endpoint
from gateway.config.mailboxes import Line, Settings

UNIX, SYSTEMD = "unix:", "systemd:"
MAX_SOCKET_PATH_OCTETS = 107  # unix(7): sun_path holds 108 with its final NUL

_WITH_TLS, _WITH_LOGIN = ("offered", "required", "implicit"), ("offered", "required")

Protocol = Literal["smtp", "lmtp"]


class Way(Settings):
    """One way in: what every listener says."""

    listen: str = Field(
        "127.0.0.1:8025",
        examples=["127.0.0.1:8024"],
        description="Where to listen: HOST:PORT, `unix:PATH` (relative to the desk's folder), or "
        "`systemd:NAME` for a socket that systemd hands over (FileDescriptorName=NAME).",
    )
    tls: Literal["off", "offered", "required", "implicit"] = Field(
        "off",
        description="`offered` by STARTTLS, `required` (no mail before STARTTLS), or `implicit` "
        "from the first byte. Needs certificate_file and key_file in `[smtp]`.",
    )
    login: Literal["never", "offered", "required"] = Field(
        "never",
        description="Whether clients log in (AUTH PLAIN and LOGIN, only within TLS) as one of "
        "the users in smtp.users_file. A login opens no relay.",
    )
    proxy_from: tuple[str, ...] = Field(
        (),
        strict=False,
        examples=["10.0.0.0/8"],
        description="Networks of load balancers that begin each connection with a PROXY header "
        "(version 1 or 2), which says whose connection it is. From anybody else none is believed.",
    )
    socket_mode: str = Field(
        "0660",
        pattern=r"^0?[0-7]{3}$",
        examples=["0660"],
        description="Mode of a `unix:` socket: who may write to it may hand in mail.",
    )
    socket_group: Line = Field(
        "",
        examples=["postfix"],
        description="Group of a `unix:` socket, of which the daemon must be a member; its own "
        "when empty.",
    )

    @field_validator("listen")
    @classmethod
    def _place(cls, value: str) -> str:
        if value.startswith(UNIX):
            if not 0 < len(value.removeprefix(UNIX).encode()) <= MAX_SOCKET_PATH_OCTETS:
                raise ValueError('has no path of up to 107 octets; write for example "unix:lmtp"')
            return value
        if value.startswith(SYSTEMD):
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", value.removeprefix(SYSTEMD)):
                raise ValueError('has no name of a socket; write for example "systemd:lmtp"')
            return value
        return endpoint(value)

    @field_validator("proxy_from")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each)
            except ValueError:
                problem = "has something that is no network; write for example"
                raise ValueError(f'{problem} ["10.0.0.0/8"]') from None
        return value


class Smtp(Way):
    """The SMTP listener, and the limits of all listeners together."""

    protocol: ClassVar[Protocol] = "smtp"

    hostname: Line = Field(
        "", description="Name in the greeting; the machine's own name when empty."
    )
    certificate_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/certificate.pem"],
        description="Certificate of this host with its chain, PEM. It is read again when it "
        "changes; one that cannot be used leaves the old one in force, and the log says so.",
    )
    key_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/certificate-key.pem"],
        description="The certificate's private key, PEM, without a password; not open to others.",
    )
    users_file: Path | None = Field(
        None,
        strict=False,
        examples=["secrets/smtp-users"],
        description="Who may log in: lines that `ticket-gateway smtp user NAME` prints.",
    )
    max_message_bytes: int = Field(
        25 * 2**20,
        ge=1024,
        description="Largest message accepted, in bytes; larger ones get 552 5.3.4.",
    )
    max_connections: int = Field(
        200, ge=1, description="Connections served at a time; further ones get 421 4.3.2."
    )
    max_connections_per_peer: int = Field(
        100,
        ge=1,
        description="Connections of one IPv4 address or one IPv6 network (/64) at a "
        "time; further ones get 421 4.3.2.",
    )
    max_memory_bytes: int = Field(
        256 * 2**20,
        ge=2**20,
        description="Bytes of mails in the middle of being received, all sessions together; what "
        "comes on top gets 452 4.3.1 and is sent again later. One mail alone is always received.",
    )
    max_waiting: int = Field(
        100_000,
        ge=1,
        description="Deliveries that may wait in the spool; while there are more, mail gets 451 "
        "4.3.2 and stays with its sender.",
    )
    max_recipients: int = Field(
        100, ge=1, description="Recipients of one message; further ones get 452 4.5.3."
    )
    timeout_seconds: int = Field(
        300, ge=1, description="A session that says nothing for so long is closed."
    )
    max_session_seconds: int = Field(
        3600, ge=1, description="A session that goes on for so long is closed, whatever it does."
    )
    max_errors: int = Field(
        20, ge=1, description="Errors of a client after which its session is closed with 421 4.7.0."
    )


class Further(Way):
    """One more way in, with the limits, the certificate and the users of `[smtp]`."""

    protocol: Protocol = Field(
        "lmtp",
        description="`lmtp` (RFC 2033) for a mail server in front, which gets one answer for each "
        "recipient, or `smtp`.",
    )
    listen: str = Field(
        examples=["unix:lmtp"],
        description="As in `[smtp]`: HOST:PORT, `unix:PATH` or `systemd:NAME`.",
    )


def contradictions(
    smtp: Mapping[str, Any], further: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Loc, str, str]]:
    """What in `[smtp]` and `[[listener]]` does not fit together: place, problem and remedy."""
    ways: list[tuple[Loc, Mapping[str, Any]]] = [(("smtp",), smtp)]
    ways += [(("listener", index), each) for index, each in enumerate(further)]
    seen: set[str] = set()
    for loc, way in ways:
        listen = str(way.get("listen", "" if len(loc) > 1 else "127.0.0.1:8025"))
        if listen and listen in seen:
            yield (*loc, "listen"), f"{shown(listen)} is there twice", "keep one"
        seen.add(listen)
        if len(loc) > 1 and way.get("protocol", "lmtp") == "lmtp" and listen.endswith(":25"):
            # RFC 2033 section 5
            problem = f"{shown(listen)} is the port of SMTP, where LMTP is forbidden"
            yield (*loc, "listen"), problem, "choose another"
        tls, login = way.get("tls", "off"), way.get("login", "never")
        if tls in _WITH_TLS and not (smtp.get("certificate_file") and smtp.get("key_file")):
            remedy = "name certificate_file and key_file in [smtp]"
            yield (*loc, "tls"), f"{shown(tls)} needs a certificate", remedy
        if login in _WITH_LOGIN and tls == "off":
            problem = f"{shown(login)} would let passwords pass in clear"
            yield (*loc, "login"), problem, 'write tls = "required" or "implicit" beside it'
        if login in _WITH_LOGIN and not smtp.get("users_file"):
            yield (*loc, "login"), f"{shown(login)} needs users", "name users_file in [smtp]"

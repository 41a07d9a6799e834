"""One way in, as its sessions see it: the settings, the certificate, who answers.

Surprising: the context of TLS is made anew whenever the certificate's files change, so it is
asked for with each connection and never kept.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from gateway.config.settings import Smtp, Way
from gateway.desk.watched import Watched
from gateway.ingest.smtp_hooks import Hooks
from gateway.ingest.smtp_login import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What the sessions of one way in share. `settings` are the limits of all ways in."""

    settings: Smtp
    way: Way
    hooks: Hooks
    hostname: str
    kind: "Callable[[Entrance, str | None, bool], asyncio.Protocol]"
    certificate: Watched[ssl.SSLContext] | None = None
    login: Login | None = None

    def session(self, peer: str | None = None, *, secure: bool = False) -> asyncio.Protocol:
        """A session for somebody new: `peer` where a PROXY header named them, `secure` where
        TLS is on from the first byte."""
        return self.kind(self, peer, secure)

    def tls_context(self) -> ssl.SSLContext | None:
        """From the newest certificate that could be read."""
        return self.certificate.value if self.certificate else None

    @property
    def is_met_unread(self) -> bool:
        """Whether something comes before SMTP: a PROXY header or a TLS handshake."""
        return self.way.tls == "implicit" or bool(self.way.proxy_from)

    def believes(self, peer: str) -> bool:
        """Whether the peer is a load balancer of ours, whose word about others we take."""
        if not peer:
            return False
        address = ip_address(peer.partition("%")[0])
        return any(address in ip_network(each) for each in self.way.proxy_from)


def peer_of(name: object) -> str:
    """The address of whoever is at the other end; "" for a Unix socket.

    >>> peer_of(("::ffff:192.0.2.7", 1025, 0, 0)), peer_of("")
    ('192.0.2.7', '')
    """
    # RFC 4291 section 2.5.5.2: IPv4 on a socket that serves both
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""

"""Meeting a new connection: let in or turned away, PROXY header and TLS handshake first.

What comes before SMTP is read from the socket itself, octet for octet and not one more, and
counted on the floor meanwhile: whoever stops half way takes a place, for a short time only.
Surprising: a PROXY header of anybody but our own load balancers is just a wrong command.
"""

import asyncio
import functools
import logging
import socket
import ssl
from collections.abc import Callable
from typing import cast

from aiosmtpd.proxy_protocol import get_proxy

from gateway.errors import Reply
from gateway.ingest.smtp_entrance import Entrance, peer_of
from gateway.ingest.smtp_floor import Floor

HEADER_SECONDS = 10.0  # for a PROXY header, which a load balancer sends at once
HANDSHAKE_SECONDS = 30.0
PAUSE_SECONDS = 0.5  # after accept() has failed: out of descriptors, most likely
MAX_HEADER_OCTETS = 107  # of version 1

_log = logging.getLogger(__name__)
logging.getLogger("mail.debug").setLevel(logging.ERROR)  # it warns of each bad header


class Door(asyncio.Protocol):
    """Meets a new connection, and lets it in or turns it away with a 421.

    A class of its own, so that those turned away cost neither a task nor a timer.
    RFC 5321 section 3.1 allows 554 in place of the greeting; 421 makes them come back.
    """

    def __init__(self, floor: Floor, new_session: Callable[[], asyncio.Protocol]) -> None:
        self._floor = floor
        self._new_session = new_session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        refusal = self._floor.refusal(peer_of(stream.get_extra_info("peername")))
        if refusal:
            stream.write(f"{refusal}\r\n".encode())
            stream.close()
            return
        session = self._new_session()
        stream.set_protocol(session)
        session.connection_made(stream)


def let_in(listening: socket.socket, entrance: Entrance) -> Callable[[], None]:
    """Let in whoever comes, each in a task of its own; what ends it and closes the place.

    Accepted in the loop's callback: an accept that is awaited may be cancelled between the
    kernel's yes and ours, and its connection would stay open for ever.
    """
    loop = asyncio.get_running_loop()
    meetings: set[asyncio.Task[None]] = set()
    listening.setblocking(False)

    def come_in() -> None:
        try:
            connection, name = listening.accept()
        except BlockingIOError:  # they have gone
            return
        except OSError as error:  # no file descriptor is left: asking again at once is no help
            _log.warning("accept: %s", error)
            loop.remove_reader(listening)
            loop.call_later(PAUSE_SECONDS, go_on)
            return
        meeting = loop.create_task(_meet(connection, peer_of(name), entrance))
        meetings.add(meeting)
        meeting.add_done_callback(meetings.discard)
        # one that is cancelled before it begins never comes to its own close
        meeting.add_done_callback(functools.partial(_close_if_cancelled, connection))

    def go_on() -> None:
        if listening.fileno() >= 0:
            loop.add_reader(listening, come_in)

    def close() -> None:
        loop.remove_reader(listening)
        listening.close()
        for meeting in meetings:
            meeting.cancel()

    go_on()
    return close


def _close_if_cancelled(connection: socket.socket, meeting: "asyncio.Task[None]") -> None:
    if meeting.cancelled():
        connection.close()


async def _meet(connection: socket.socket, peer: str, entrance: Entrance) -> None:
    """Learn who it is, and begin TLS where it comes first; then the session. Never raises."""
    loop = asyncio.get_running_loop()
    floor = entrance.hooks.floor
    connection.setblocking(False)
    try:
        proxied = entrance.believes(peer)
        refusal = floor.refusal("" if proxied else peer)
        if refusal:
            await _turn_away(connection, refusal, entrance)
            return
        with floor.arriving("" if proxied else peer):
            if proxied:
                peer = await _named_by_proxy(connection, peer)
                refusal = floor.refusal(peer)
        if refusal:
            await _turn_away(connection, refusal, entrance)
            return
        with floor.arriving(peer):
            context = entrance.tls_context() if entrance.way.tls == "implicit" else None
            await loop.connect_accepted_socket(
                lambda: entrance.session(peer, secure=context is not None),
                connection,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
            )
    except (OSError, ssl.SSLError, TimeoutError, EOFError, ValueError) as error:
        _log.info("connection of %s ended before SMTP: %s", peer or "a Unix socket", error)
        connection.close()
    except asyncio.CancelledError:  # we are being stopped
        connection.close()
        raise
    except Exception as error:  # a group of tasks falls with one of them
        _log.error("unexpected error before an SMTP session", exc_info=error)
        connection.close()


async def _turn_away(connection: socket.socket, refusal: Reply, entrance: Entrance) -> None:
    """Say no, where it can be said: before a TLS handshake nobody would understand it."""
    with connection:
        if entrance.way.tls != "implicit":
            await asyncio.get_running_loop().sock_sendall(connection, f"{refusal}\r\n".encode())


async def _named_by_proxy(connection: socket.socket, proxy: str) -> str:
    """Whose connection it is; the proxy's own where it says so (a health check).

    Raises ValueError for a header that is none, TimeoutError where none comes.
    """
    async with asyncio.timeout(HEADER_SECONDS):
        header = await get_proxy(_Exactly(connection))
    if not header.valid:
        raise ValueError(f"PROXY header: {header.error}")
    local = header.version == 2 and not header.command  # 0 is LOCAL
    if local or header.src_addr is None or isinstance(header.src_addr, str | bytes):
        return proxy
    mapped = getattr(header.src_addr, "ipv4_mapped", None)  # RFC 4291 section 2.5.5.2
    return str(mapped or header.src_addr)


class _Exactly:
    """Reads a socket as the library asks, and not one octet more: those are TLS's, or SMTP's."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def read(self, n: int = 1) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._connection, n)

    async def readexactly(self, n: int) -> bytes:
        found = b""
        while len(found) < n:
            piece = await self.read(n - len(found))
            if not piece:
                raise EOFError("the line was closed within a PROXY header")
            found += piece
        return found

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        found = b""
        while not found.endswith(separator) and len(found) <= MAX_HEADER_OCTETS:
            found += await self.readexactly(1)
        return found

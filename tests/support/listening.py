"""A real listener with a spool that does as it is told, and a client that is not polite."""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.ingest.smtp import Listener
from gateway.message import Envelope
from support.mail import ANN, SUPPORT

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
DEADLINE = 10.0
OURS = (SUPPORT, "hr@example.com")


@dataclass
class Spool:
    """Stands for the database: keeps mail, or raises, or takes its time."""

    kept: list[tuple[Envelope, bytes]] = field(default_factory=list)
    error: Exception | None = None
    bug: Exception | None = None  # raised at RCPT
    slow: bool = False  # the next commit waits for `go_on`
    entered: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    committers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    def is_ours(self, address: str) -> bool:
        if self.bug:
            raise self.bug
        return address.lower() in OURS

    def submit(self, envelope: Envelope, content: bytes) -> Future[int]:
        return self.committers.submit(self.accept, envelope, content)

    def accept(self, envelope: Envelope, content: bytes) -> int:
        if self.error:
            raise self.error
        if self.slow:
            self.slow = False
            self.entered.set()
            assert self.go_on.wait(DEADLINE)
            if self.error:
                raise self.error
        self.kept.append((envelope, content))
        return len(self.kept)


@dataclass
class Listening:
    port: int
    spool: Spool
    listener: Listener
    places: list[str] = field(default_factory=list)


Listen = Callable[..., Listening]


class Dialog:
    """A client that says exactly what it is told to say."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.reader = self.socket.makefile("rb")

    def say(self, text: str | bytes) -> None:
        self.socket.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    def hear(self) -> str:
        """One reply, its last line; "" when the server has closed."""
        try:
            return self.hear_lines()[-1]
        except ConnectionResetError:
            return ""

    def hear_lines(self) -> list[str]:
        lines = [self.reader.readline().decode().strip()]
        while lines[-1][3:4] == "-":
            lines.append(self.reader.readline().decode().strip())
        return lines

    def ask(self, text: str | bytes) -> str:
        self.say(text)
        return self.hear()

    def hears_nothing(self, seconds: float = 0.1) -> bool:
        """Whether the server keeps silent, and the line open, for so long."""
        return not select.select([self.socket], [], [], seconds)[0]

    def wrap(self, context: ssl.SSLContext, name: str) -> None:
        """Begin TLS, and check that the certificate is for `name`."""
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.reader = self.socket.makefile("rb")

    def close(self) -> None:
        self.reader.close()
        self.socket.close()


@contextmanager
def dialog(port: int, *, up_to: str = "") -> Iterator[Dialog]:
    """A conversation, taken politely as far as `up_to`: "", EHLO, MAIL, RCPT or DATA."""
    client = Dialog(port)
    try:
        if up_to:
            assert client.hear().startswith("220")
            polite = ["EHLO client.example", f"MAIL FROM:<{ANN}>", f"RCPT TO:<{SUPPORT}>", "DATA"]
            for line in polite:
                assert client.ask(line)[0] in "23"
                if line.startswith(up_to):
                    break
        yield client
    finally:
        client.close()


def accepts(port: int) -> bool:
    """Whether a connection to the port is accepted and greeted."""
    try:
        with dialog(port) as client:
            return client.hear().startswith("220")
    except ConnectionError:
        return False

"""A mail server that keeps what it is given, and misbehaves where a test tells it to.

    sink.answer("RCPT", "450 4.2.0 Greylisted")      once; times=None is for ever
    sink.hang_up("BODY")                             closes in the middle of the mail
    sink.stall("MAIL")                               says nothing more, until stopped
    sink.wait_for(lambda mails: len(mails) == 2)     no sleeping

Steps: CONNECT (the greeting), EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (the 354), BODY
(after the first line of the mail; hang_up or stall), CONTENT (after its final dot),
RSET, QUIT. A mail is kept before CONTENT is answered, so hang_up("CONTENT") leaves a
mail that was taken and never acknowledged; a 4yz or 5yz there takes it back.
"""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Received:
    """One mail as the sink got it; dots unstuffed, line ends CRLF."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    tls: bool = False
    user: str = ""


@dataclass
class Act:
    """What happens at a step instead of the usual answer."""

    kind: str  # answer | hang-up | stall
    text: str = ""
    times: int | None = 1


@dataclass
class Sink:
    """Listens on 127.0.0.1:port from construction until `stop`; `start` takes the same port.

    Offers STARTTLS when it has a context, and AUTH (checked) when it has users.
    """

    tls_context: ssl.SSLContext | None = None
    implicit_tls: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    smtputf8: bool = True
    port: int = 0
    mails: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self._acts: dict[str, list[Act]] = {}
        self._server: _Server | None = None
        self.start()

    def start(self) -> None:
        """Listen again, on the port of the first time."""
        assert self._server is None, "the sink runs already"
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        self._worker = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="sink"
        )
        self._worker.start()

    def stop(self) -> None:
        """Close the port and every conversation. What was received is kept."""
        if self._server is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._worker.join()
        self._server.close_conversations()
        self._server.server_close()
        self._server = None

    def answer(self, step: str, text: str, times: int | None = 1) -> None:
        self._acts.setdefault(step, []).append(Act("answer", text, times))

    def hang_up(self, step: str, times: int | None = 1) -> None:
        self._acts.setdefault(step, []).append(Act("hang-up", times=times))

    def stall(self, step: str, times: int | None = 1) -> None:
        self._acts.setdefault(step, []).append(Act("stall", times=times))

    def behave(self) -> None:
        """Forget every act that was asked for."""
        with self.changed:
            self._acts.clear()

    def wait_for(self, predicate: Callable[[list[Received]], T], seconds: float = 15.0) -> T:
        """The first truthy `predicate(mails)`. Fails after `seconds`, saying what there is."""
        with self.changed:
            if self.changed.wait_for(lambda: predicate(self.mails), seconds):
                return predicate(self.mails)
            there = [(mail.mail_from, mail.rcpt_to) for mail in self.mails]
        raise AssertionError(f"not within {seconds} s; the sink has {there}")

    def wait_for_mails(self, count: int, seconds: float = 15.0) -> list[Received]:
        """The mails, once there are at least so many."""
        return self.wait_for(lambda mails: list(mails) if len(mails) >= count else [], seconds)

    def next_act(self, step: str) -> Act | None:
        with self.changed:
            acts = self._acts.get(step, [])
            while acts:
                act = acts[0]
                if act.times is None:
                    return act
                if act.times > 0:
                    act.times -= 1
                    return act
                acts.pop(0)
            return None


class _HungUp(Exception):
    """Ends a conversation."""


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], sink: Sink) -> None:
        self.sink = sink
        self.open: set[socket.socket] = set()
        super().__init__(address, _Conversation)

    def get_request(self) -> tuple[socket.socket, object]:
        line, address = super().get_request()
        self.open.add(line)  # here and not in its thread, so that `stop` misses none
        return line, address

    def close_conversations(self) -> None:
        for each in list(self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Conversation(socketserver.BaseRequestHandler):
    """One connection. Knows as much SMTP as a client can ask for, and no more."""

    server: _Server

    def handle(self) -> None:
        self.sink = self.server.sink
        self.line: socket.socket = self.request
        with self.sink.changed:
            self.sink.connections += 1
        try:
            if self.sink.implicit_tls:
                self.encrypt()
            else:
                self.reader = self.line.makefile("rb")
            self.converse()
        except (_HungUp, OSError):
            pass
        finally:
            self.server.open.discard(self.line)
            if hasattr(self, "reader"):
                self.reader.close()
            self.line.close()

    def encrypt(self) -> None:
        assert self.sink.tls_context is not None
        plain = self.line
        self.line = self.sink.tls_context.wrap_socket(plain, server_side=True)
        self.server.open.add(self.line)
        self.server.open.discard(plain)
        self.reader = self.line.makefile("rb")

    def say(self, step: str, text: str) -> bool:
        """Answer, or do what the test asked for; whether the usual answer was given."""
        act = self.sink.next_act(step)
        self.do_as_told(act)
        shown = act.text if act is not None else text
        self.line.sendall(shown.encode() + b"\r\n")
        return act is None or shown[:1] in "23"

    def do_as_told(self, act: Act | None) -> None:
        if act is not None and act.kind == "stall":
            self.sink.stopping.wait()
        if act is not None and act.kind != "answer":
            raise _HungUp

    def converse(self) -> None:
        self.user = ""
        self.reset()
        self.say("CONNECT", "220 sink.example ESMTP")
        while line := self.reader.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            verb, _, rest = text.partition(" ")
            verb = verb.upper()
            with self.sink.changed:
                self.sink.commands.append(f"{verb} {rest}".rstrip())
                self.sink.changed.notify_all()
            do = getattr(self, f"do_{verb}", None)
            if do is None:
                self.say(verb, "502 5.5.1 not known")
            else:
                do(rest)

    def reset(self) -> None:
        self.mail_from = ""
        self.rcpt_to: list[str] = []

    def do_EHLO(self, rest: str) -> None:
        tls = isinstance(self.line, ssl.SSLSocket)
        offered = ["sink.example", "SIZE 50000000", "8BITMIME"]
        offered += ["SMTPUTF8"] if self.sink.smtputf8 else []
        offered += ["STARTTLS"] if self.sink.tls_context and not tls else []
        offered += ["AUTH PLAIN"] if self.sink.users else []
        lines = [f"250-{each}" for each in offered[:-1]] + [f"250 {offered[-1]}"]
        self.say("EHLO", "\r\n".join(lines))

    def do_HELO(self, rest: str) -> None:
        self.say("EHLO", "250 sink.example")

    def do_STARTTLS(self, rest: str) -> None:
        if self.say("STARTTLS", "220 2.0.0 go ahead"):
            self.reader.close()
            self.encrypt()

    def do_AUTH(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() != "PLAIN":
            self.say("AUTH", "504 5.5.4 PLAIN only")
            return
        _, user, password = base64.b64decode(initial).decode().split("\0")
        if self.sink.users.get(user) != password:
            self.say("AUTH", "535 5.7.8 Authentication credentials invalid")
        elif self.say("AUTH", "235 2.7.0 welcome"):
            self.user = user

    def do_MAIL(self, rest: str) -> None:
        if self.mail_from:
            self.say("MAIL", "503 5.5.1 nested MAIL")
        elif self.say("MAIL", "250 2.1.0 ok"):
            self.mail_from = rest.partition(":")[2].partition(" ")[0].strip()

    def do_RCPT(self, rest: str) -> None:
        if self.say("RCPT", "250 2.1.5 ok"):
            self.rcpt_to.append(rest.partition(":")[2].partition(" ")[0].strip("<> "))

    def do_DATA(self, rest: str) -> None:
        if not self.say("DATA", "354 go ahead"):
            return
        mail = Received(
            self.mail_from.strip("<>"),
            tuple(self.rcpt_to),
            self.content(),
            isinstance(self.line, ssl.SSLSocket),
            self.user,
        )
        self.reset()
        self.keep(mail)
        if not self.say("CONTENT", "250 2.0.0 kept"):
            with self.sink.changed:
                self.sink.mails.remove(mail)

    def content(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.reader.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            lines.append(line[1:] if line.startswith(b".") else line)
            if len(lines) == 1:
                self.do_as_told(self.sink.next_act("BODY"))
        return b"".join(lines)

    def keep(self, mail: Received) -> None:
        with self.sink.changed:
            self.sink.mails.append(mail)
            self.sink.changed.notify_all()

    def do_RSET(self, rest: str) -> None:
        self.reset()
        self.say("RSET", "250 2.0.0 ok")

    def do_NOOP(self, rest: str) -> None:
        self.say("NOOP", "250 2.0.0 ok")

    def do_QUIT(self, rest: str) -> None:
        self.say("QUIT", "221 2.0.0 bye")
        raise _HungUp

"""The SMTP listener: where mail from the network becomes ours.

Decides how many may come in and how the door is closed; what a session is told
stands in `smtp_session`. asyncio lives in these two files and nowhere else: the
loop runs in one worker of its own, and every commit in a thread of a pool, so
that a slow disk stalls no other session.
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

from gateway.config import Smtp
from gateway.errors import SHUTTING_DOWN, GatewayError
from gateway.ingest.smtp_session import Door, Floor, Hooks, SmtpSession
from gateway.message import Envelope

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with contextlib.suppress(ImportError):  # no wheel for this machine: slower, otherwise the same
    import uvloop

    _new_loop = uvloop.new_event_loop

MAX_COMMITS_AT_ONCE = 16  # threads in `accept`; fewer than the store has connections
CLOSING_SECONDS = 2.0  # what the loop itself needs to end, on top of the drain
BACKLOG = 128

_log = logging.getLogger(__name__)


class Listener:
    """Takes mail on one address until it is stopped.

    `is_ours` says whether mail for an address is taken, at once and without I/O.
    `accept` commits the mail and returns its spool id; it may block, is called from
    several threads, and raises MailError to refuse. `now` is an aware clock.
    """

    def __init__(
        self,
        settings: Smtp,
        *,
        is_ours: Callable[[str], bool],
        accept: Callable[[Envelope, bytes], int],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._is_ours = is_ours
        self._accept = accept
        self._now = now
        self._stop_asked: Future[float] = Future()
        self._worker: threading.Thread | None = None

    def start(self) -> tuple[str, int]:
        """Listen, and return the address and port; port 0 in the settings takes a free one.

        Raises GatewayError when the address cannot be had. A connection that comes
        before the loop runs waits in the backlog, so that mail is taken from here on.
        """
        listening = bind(self._settings.listen)
        host, port = listening.getsockname()[:2]
        # daemon: if the main thread dies, so does the process, and systemd starts it anew
        self._worker = threading.Thread(
            target=self._run, args=(listening,), name="smtp", daemon=True
        )
        self._worker.start()
        return host, port

    @property
    def is_running(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    def stop(self, within_seconds: float) -> None:
        """Take no more mail, but let each commit under way get its 250. May be called twice.

        Sessions that are idle hear 421 4.3.2 at once. One that is still sending after
        `within_seconds` is cut off without an answer: its client keeps the mail.
        """
        if self._worker is None:
            return
        if not self._stop_asked.done():
            self._stop_asked.set_result(within_seconds)
        self._worker.join(within_seconds + CLOSING_SECONDS)
        if self._worker.is_alive():
            _log.error("the SMTP listener still waits for a commit; leaving it behind")

    def _run(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_loop_error)
        loop.set_default_executor(
            ThreadPoolExecutor(MAX_COMMITS_AT_ONCE, thread_name_prefix="smtp-commit")
        )
        floor = Floor(self._settings.max_connections)
        hooks = Hooks(
            floor,
            max_recipients=self._settings.max_recipients,
            is_ours=self._is_ours,
            accept=self._accept,
            now=self._now,
        )
        hostname = self._settings.hostname or socket.gethostname()
        server = await loop.create_server(
            lambda: Door(floor, lambda: SmtpSession(hooks, floor, self._settings, hostname)),
            sock=listening,
        )
        within_seconds = await asyncio.wrap_future(self._stop_asked)
        server.close()
        await _drain(floor, within_seconds)


async def _drain(floor: Floor, within_seconds: float) -> None:
    """Empty the floor, politely and then not. Commits are waited for either way."""
    floor.draining = True
    for smtp_session in list(floor.sessions):
        if smtp_session.is_idle:
            smtp_session.say_goodbye(SHUTTING_DOWN)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_seconds):
            while not floor.is_empty:
                floor.changed.clear()
                await floor.changed.wait()
    for smtp_session in list(floor.sessions):
        smtp_session.hang_up()
    await asyncio.gather(*floor.commits)


def bind(endpoint: str) -> socket.socket:
    """A listening socket on HOST:PORT. Raises GatewayError with the remedy."""
    host, _, port = endpoint.rpartition(":")
    host = host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "write an address of this machine into it")
        reason = os.strerror(error.errno) if error.errno in _REMEDIES else error.strerror
        raise GatewayError(f'smtp.listen: "{endpoint}": {reason}; {remedy}') from error


_REMEDIES = {
    errno.EADDRINUSE: "stop the program that listens there, or choose another port",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE (see the systemd unit); "
    "or choose a port from 1024 on",
}


def _log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio found nobody to tell. A client that went away is no error of ours."""
    error = context.get("exception")
    if isinstance(error, ConnectionError):
        _log.debug("connection lost: %s", error)
    else:
        _log.error("SMTP loop: %s", context.get("message"), exc_info=error)

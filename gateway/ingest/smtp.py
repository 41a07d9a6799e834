"""The SMTP and LMTP listeners: where mail from the network becomes ours.

Decides how many may come in and how the doors are closed; what a session is told stands in
`smtp_session` and `smtp_hooks`. asyncio lives in the `smtp` files and nowhere else: the loop
runs in one worker of its own and only waits for commits, so that a slow disk stalls no other
session. All ways in share one loop, one floor and its limits.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.config.listen import UNIX
from gateway.config.settings import Further, Smtp, Way
from gateway.desk.smtp_users_file import SmtpUsers
from gateway.desk.watched import Watched
from gateway.errors import SHUTTING_DOWN
from gateway.ingest.smtp_accept import Door, let_in
from gateway.ingest.smtp_entrance import Entrance
from gateway.ingest.smtp_floor import Floor
from gateway.ingest.smtp_hooks import Hooks
from gateway.ingest.smtp_lmtp import LmtpSession
from gateway.ingest.smtp_login import Login
from gateway.ingest.smtp_session import SmtpSession
from gateway.ingest.smtp_sockets import Handed, bind, place_of, unlink
from gateway.message import Envelope

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with contextlib.suppress(ImportError):  # no wheel for this machine: slower, otherwise the same
    import uvloop

    _new_loop = uvloop.new_event_loop

CLOSING_SECONDS = 2.0  # what the loop itself needs to end, on top of the drain

_log = logging.getLogger(__name__)

_SESSIONS = {"smtp": SmtpSession, "lmtp": LmtpSession}


class Listener:
    """Takes mail on every way in until it is stopped.

    `is_ours` says whether mail for an address is taken, at once and without I/O.
    `submit` promises the spool id of a mail once it is committed, or a MailError; it
    returns at once. `now` is an aware clock. `folder` is where Unix sockets are named from,
    `handed` the sockets of systemd by name.
    """

    def __init__(
        self,
        settings: Smtp,
        *,
        is_ours: Callable[[str], bool],
        submit: Callable[[Envelope, bytes], Future[int]],
        now: Callable[[], datetime],
        further: Sequence[Further] = (),
        certificate: Watched[ssl.SSLContext] | None = None,
        users: Watched[SmtpUsers] | None = None,
        folder: Path = Path(),
        handed: Handed | None = None,
    ) -> None:
        self._settings = settings
        self._further = further
        self._certificate, self._users = certificate, users
        self._folder, self._handed = folder, handed or {}
        self._stop_asked: Future[float] = Future()
        self._worker: threading.Thread | None = None
        self._floor = Floor(
            max_sessions=settings.max_connections,
            max_sessions_per_peer=settings.max_connections_per_peer,
            max_memory_bytes=settings.max_memory_bytes,
        )
        self._hooks = Hooks(
            self._floor,
            max_recipients=settings.max_recipients,
            is_ours=is_ours,
            submit=submit,
            now=now,
        )

    def start(self) -> list[str]:
        """Listen, and return where, that of `[smtp]` first; port 0 there takes a free one.

        Raises GatewayError when a place cannot be had. A connection that comes before the
        loop runs waits in the backlog, so that mail is taken from here on.
        """
        doors: list[tuple[socket.socket, Way]] = []
        try:
            for key, way in self._ways():
                bound = bind(way, f"{key}.listen", self._folder, self._handed)
                doors += [(listening, way) for listening in bound]
        except Exception:
            for listening, _ in doors:
                listening.close()
            raise
        # daemon: if the main thread dies, so does the process, and systemd starts it anew
        self._worker = threading.Thread(target=self._run, args=(doors,), name="smtp", daemon=True)
        self._worker.start()
        return [place_of(listening, way, self._folder) for listening, way in doors]

    def _ways(self) -> list[tuple[str, Way]]:
        return [("smtp", self._settings), *(("listener", each) for each in self._further)]

    @property
    def is_running(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    @property
    def sessions(self) -> int:
        """Under way now."""
        return len(self._floor.sessions)

    @property
    def held_bytes(self) -> int:
        """Of all mails in the middle of being received."""
        return self._floor.held_bytes

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

    def _run(self, doors: Sequence[tuple[socket.socket, Way]]) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._serve(doors))

    async def _serve(self, doors: Sequence[tuple[socket.socket, Way]]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_loop_error)
        login = Login(self._users) if self._users else None
        closers = [await self._open(listening, way, login) for listening, way in doors]
        within_seconds = await asyncio.wrap_future(self._stop_asked)
        for close in closers:
            close()
        for _, way in doors:
            if way.listen.startswith(UNIX):
                unlink(self._folder / way.listen.removeprefix(UNIX))
        await _drain(self._floor, within_seconds)

    async def _open(
        self, listening: socket.socket, way: Way, login: Login | None
    ) -> Callable[[], object]:
        """Serve at one place; what closes it again."""
        loop = asyncio.get_running_loop()
        protocol = getattr(way, "protocol", "smtp")
        entrance = Entrance(
            settings=self._settings,
            way=way,
            hooks=self._hooks,
            hostname=self._settings.hostname or socket.gethostname(),
            kind=_SESSIONS[protocol],
            certificate=self._certificate,
            login=login if way.login != "never" else None,
        )
        if entrance.is_met_unread:
            return let_in(listening, entrance)
        local = listening.family == socket.AF_UNIX
        create = loop.create_unix_server if local else loop.create_server
        server = await create(lambda: Door(self._floor, entrance.session), sock=listening)
        return server.close


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
    await asyncio.gather(*floor.commits, return_exceptions=True)  # the others' too


def _log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio found nobody to tell. A client that went away is no error of ours."""
    error = context.get("exception")
    if isinstance(error, ConnectionError):
        _log.debug("connection lost: %s", error)
    else:
        _log.error("SMTP loop: %s", context.get("message"), exc_info=error)

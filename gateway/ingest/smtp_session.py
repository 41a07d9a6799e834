"""What one SMTP session is told: who may be written to, how much, and when it is safe.

Never answers 250 to a mail before `accept` has returned, and never lets a stranger
see our insides: a bug is `451 4.3.0`. Two surprises of aiosmtpd are met here. It
cancels a hook whose client has hung up, so a commit runs in a task of its own that
nothing cancels; and the null sender arrives as the text "<>".
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, AnyStr, cast

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as AiosmtpdEnvelope
from aiosmtpd.smtp import Session as AiosmtpdSession

from gateway import maillog
from gateway.config import Smtp
from gateway.errors import (
    IDLE_TOO_LONG,
    NO_SUCH_ADDRESS,
    SHUTTING_DOWN,
    TOO_LARGE,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_RECIPIENTS,
    TRY_LATER,
    MailError,
    Reply,
)
from gateway.ingest.path import reverse_path
from gateway.message import Envelope, Source

MAX_LINE_OCTETS = 65536  # RFC 5322 section 2.1.1 has 998; real mail is longer
MAX_HELO_OCTETS = 255  # RFC 5321 section 4.5.3.1.2

_log = logging.getLogger(__name__)

# It logs each command and each line of DATA, and warns of a stranger's unknown
# commands in the stranger's own bytes. What matters to an operator is logged here.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(slots=True)
class Floor:
    """Who is in: the sessions under way and the commits they wait for.

    `changed` is set whenever one of them ends, so that the drain can count again.
    """

    max_sessions: int
    sessions: set["SmtpSession"] = field(default_factory=set)
    commits: set["asyncio.Task[str]"] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    draining: bool = False

    def refusal(self) -> Reply | None:
        if self.draining:
            return SHUTTING_DOWN
        return TOO_MANY_CONNECTIONS if len(self.sessions) >= self.max_sessions else None

    @property
    def is_empty(self) -> bool:
        return not self.sessions and not self.commits

    def left(self, session: "SmtpSession") -> None:
        self.sessions.discard(session)
        self.changed.set()

    def committed(self, commit: "asyncio.Task[str]") -> None:
        self.commits.discard(commit)
        self.changed.set()


class Door(asyncio.Protocol):
    """Meets a new connection, and lets it in or turns it away with a 421.

    A class of its own, so that those turned away cost neither a task nor a timer.
    RFC 5321 section 3.1 allows 554 in place of the greeting; 421 makes them come back.
    """

    def __init__(self, floor: Floor, new_session: "Callable[[], SmtpSession]") -> None:
        self._floor = floor
        self._new_session = new_session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        refusal = self._floor.refusal()
        if refusal:
            stream.write(f"{refusal}\r\n".encode())
            stream.close()
            return
        session = self._new_session()
        stream.set_protocol(session)
        session.connection_made(stream)


class SmtpSession(SMTP):
    """aiosmtpd's session with its gaps closed; each override says which."""

    line_length_limit = MAX_LINE_OCTETS  # aiosmtpd: 1001, then 500 for the whole mail

    def __init__(self, hooks: "Hooks", floor: Floor, settings: Smtp, hostname: str) -> None:
        super().__init__(
            hooks,
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="ESMTP ticket-gateway",
            timeout=settings.timeout_seconds,
            loop=asyncio.get_running_loop(),
        )
        self._floor = floor
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._floor.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._floor.left(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """aiosmtpd's timer covers all of DATA: a large mail over a slow line was cut off."""
        if self._in_data:
            self._reset_timeout()
        super().data_received(data)

    def _timeout_cb(self) -> None:
        """Say why before closing; RFC 5321 section 3.8 asks for a 421."""
        self.say_goodbye(IDLE_TOO_LONG)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The standard library's parser trips over `<` with an IndexError: that is a 553."""
        try:
            address, rest = super()._getaddr(arg)
        except Exception:  # a header parser fed by strangers; whatever it raises means the same
            return None, None
        return address, rest

    async def push(self, status: AnyStr) -> None:
        """Give the size limit its RFC 3463 status; aiosmtpd's own texts have none."""
        if isinstance(status, str) and status.startswith("552 Error"):
            await super().push(str(TOO_LARGE))
        else:
            await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:
        self._in_data = True
        try:
            await super().smtp_DATA(arg)
        finally:
            self._in_data = False
            if self._floor.draining:
                self.say_goodbye(SHUTTING_DOWN)

    @property
    def is_idle(self) -> bool:
        """False from DATA to its answer: a goodbye in between would cost a second delivery."""
        return not self._in_data

    def say_goodbye(self, reply: Reply) -> None:
        stream = cast("asyncio.Transport | None", self.transport)
        if stream is not None and not stream.is_closing():
            stream.write(f"{reply}\r\n".encode())
            stream.close()

    def hang_up(self) -> None:
        """Close without waiting for a client that does not read. No 250 was said."""
        stream = cast("asyncio.Transport | None", self.transport)
        if stream is not None:
            stream.abort()


class Hooks:
    """Our answers to MAIL, RCPT and DATA, in the form that aiosmtpd calls them."""

    def __init__(
        self,
        floor: Floor,
        *,
        max_recipients: int,
        is_ours: Callable[[str], bool],
        accept: Callable[[Envelope, bytes], int],
        now: Callable[[], datetime],
    ) -> None:
        self._floor = floor
        self._max_recipients = max_recipients
        self._is_ours = is_ours
        self._accept = accept
        self._now = now

    async def handle_MAIL(
        self,
        server: SMTP,
        smtp_session: AiosmtpdSession,
        envelope: AiosmtpdEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        try:
            reverse_path(address)
        except MailError as error:
            maillog.refused(mail_from=address, rcpt="", reply=str(error.reply), cause=str(error))
            return str(error.reply)
        envelope.mail_from = address  # "<>" stays: aiosmtpd takes "" for "no MAIL yet"
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self,
        server: SMTP,
        smtp_session: AiosmtpdSession,
        envelope: AiosmtpdEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        """Refuse a stranger's address here, where the peer still knows which one it was."""
        if len(envelope.rcpt_tos) >= self._max_recipients:
            return str(TOO_MANY_RECIPIENTS)  # RFC 5321 section 4.5.3.1.10
        if not self._is_ours(address):
            maillog.refused(
                mail_from=reverse_path(envelope.mail_from or ""),
                rcpt=address,
                reply=str(NO_SUCH_ADDRESS),
                cause="no mailbox of ours",
            )
            return str(NO_SUCH_ADDRESS)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(
        self, server: SMTP, smtp_session: AiosmtpdSession, envelope: AiosmtpdEnvelope
    ) -> str:
        """Commit, then acknowledge. RFC 5321 section 6.1: a 250 takes the responsibility."""
        content = envelope.original_content or b""
        commit = asyncio.get_running_loop().create_task(
            self._commit(self._envelope_of(smtp_session, envelope), content)
        )
        self._floor.commits.add(commit)
        commit.add_done_callback(self._floor.committed)
        # shielded: a client that hangs up must not cancel a commit under way
        return await asyncio.shield(commit)

    async def handle_exception(self, error: Exception) -> str:
        """A bug is our fault: 4yz. aiosmtpd's own answer is 500 plus the text of the error."""
        _log.error("unexpected error in an SMTP session", exc_info=error)
        return str(TRY_LATER)

    async def _commit(self, envelope: Envelope, content: bytes) -> str:
        """The answer to DATA, once it is true. Never raises."""
        try:
            # in a thread: `accept` waits for the disk, and every session shares this loop
            spool = await asyncio.to_thread(self._accept, envelope, content)
        except MailError as error:
            maillog.refused(
                mail_from=envelope.mail_from,
                rcpt=",".join(envelope.rcpt_to),
                reply=str(error.reply),
                cause=str(error),
            )
            return str(error.reply)
        except Exception as error:
            return await self.handle_exception(error)
        return f"250 2.0.0 accepted as {spool}"

    def _envelope_of(self, smtp_session: Any, envelope: AiosmtpdEnvelope) -> Envelope:
        """aiosmtpd's session and envelope as our value. Its types are loose, hence Any."""
        peer = smtp_session.peer
        return Envelope(
            mail_from=reverse_path(envelope.mail_from or ""),
            rcpt_to=tuple(dict.fromkeys(envelope.rcpt_tos)),
            received_at=self._now(),
            source=Source.SMTP,
            # RFC 4291 section 2.5.5.2: IPv4 on a socket that serves both
            peer=str(peer[0]).removeprefix("::ffff:") if isinstance(peer, tuple) else "",
            helo=_printable(smtp_session.host_name or ""),
        )


def _printable(text: str) -> str:
    """What a peer calls itself, fit for a database and a log.

    >>> _printable("mail.example\\x00\\udcff")
    'mail.example'
    """
    return "".join(each for each in text if each.isprintable())[:MAX_HELO_OCTETS]

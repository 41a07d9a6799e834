"""Our answers to MAIL, RCPT and DATA: who may write, to whom, and when a mail is safe.

Never answers 250 to a mail before its commit, and never lets a stranger see our
insides: a bug is `451 4.3.0`. The surprising fact: aiosmtpd cancels a hook whose client
has hung up; a commit under way is not undone by that, one that waits its turn is not made.
"""

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import Envelope as AiosmtpdEnvelope
from aiosmtpd.smtp import Session as AiosmtpdSession
from aiosmtpd.smtp import TLSSetupException

from gateway import maillog
from gateway.errors import (
    BUSY,
    NO_SUCH_ADDRESS,
    TOO_MANY_RECIPIENTS,
    TRY_LATER,
    MailError,
    TemporaryError,
)
from gateway.ingest.path import reverse_path
from gateway.ingest.smtp_floor import Floor, Guest
from gateway.message import Envelope

MAX_HELO_OCTETS = 255  # RFC 5321 section 4.5.3.1.2
ANSWER_SECONDS = 20  # a client waits 10 minutes, RFC 5321 section 4.5.3.2.6; other mail waits too

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hooks:
    """One for all sessions of a listener, in the form that aiosmtpd calls them."""

    floor: Floor
    max_recipients: int
    is_ours: Callable[[str], bool]
    submit: Callable[[Envelope, bytes], Future[int]]
    now: Callable[[], datetime]

    def __dir__(self) -> Iterable[str]:
        """The hooks. aiosmtpd asks this for each new session, and nothing else does."""
        return _HOOKS

    async def handle_MAIL(
        self,
        server: Guest,
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
        server: Guest,
        smtp_session: AiosmtpdSession,
        envelope: AiosmtpdEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        """Refuse a stranger's address here, where the peer still knows which one it was."""
        if len(envelope.rcpt_tos) >= self.max_recipients:
            return str(TOO_MANY_RECIPIENTS)  # RFC 5321 section 4.5.3.1.10
        if not self.is_ours(address):
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
        self,
        server: Guest,
        smtp_session: AiosmtpdSession,
        envelope: AiosmtpdEnvelope,
    ) -> str:
        """Commit, then acknowledge. RFC 5321 section 6.1: a 250 takes the responsibility.

        Neither a database that hangs is waited for, nor is a client that has hung up: a mail
        that is committed all the same comes twice, and is known by its fingerprint then.
        """
        kept = self.envelope_of(server, envelope)
        promise = self.submit(kept, envelope.original_content or b"")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                spool = await self.floor.committing(promise)
        except asyncio.CancelledError:
            promise.add_done_callback(functools.partial(_unheard, kept))
            raise
        except TimeoutError:
            return refuse(kept, TemporaryError(f"no commit within {ANSWER_SECONDS} s", BUSY))
        except MailError as error:
            return refuse(kept, error)
        return f"250 2.0.0 accepted as {spool}"

    async def handle_exception(self, error: Exception) -> str:
        """A bug is our fault: 4yz. aiosmtpd's own answer is 500 plus the text of the error."""
        if isinstance(error, TLSSetupException):
            _log.info("TLS handshake failed: %s", error.__cause__)
            return str(TRY_LATER)  # nobody hears it: the connection is closed
        _log.error("unexpected error in an SMTP session", exc_info=error)
        return str(TRY_LATER)

    def envelope_of(self, server: Guest, envelope: AiosmtpdEnvelope) -> Envelope:
        """aiosmtpd's session and envelope as our value. Its types are loose, hence Any."""
        smtp_session: Any = server.session
        return Envelope(
            mail_from=reverse_path(envelope.mail_from or ""),
            rcpt_to=tuple(dict.fromkeys(envelope.rcpt_tos)),
            received_at=self.now(),
            source=server.source,
            peer=server.peer,
            helo=_printable(smtp_session.host_name or ""),
            tls=server.is_secure,
            auth_user=_printable(server.user),
        )


_HOOKS = tuple(name for name in vars(Hooks) if name.startswith("handle_"))


def refuse(envelope: Envelope, error: MailError) -> str:
    """The reply to a mail that is not taken, and its line in the log."""
    maillog.refused(
        mail_from=envelope.mail_from,
        rcpt=",".join(envelope.rcpt_to),
        reply=str(error.reply),
        cause=str(error),
    )
    return str(error.reply)


def _unheard(envelope: Envelope, promise: Future[int]) -> None:
    """What became of a commit whose client had hung up: a failure has its line in the log."""
    error = None if promise.cancelled() else promise.exception()
    if isinstance(error, MailError):
        refuse(envelope, error)


def _printable(text: str) -> str:
    """What a peer calls itself, fit for a database and a log.

    >>> _printable("mail.example\\x00\\udcff")
    'mail.example'
    """
    return "".join(each for each in text if each.isprintable())[:MAX_HELO_OCTETS]

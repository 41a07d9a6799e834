"""One SMTP session: aiosmtpd's, with its gaps closed. Each override says which.

What the client is told about mail stands in `smtp_hooks`, how a mail is read in `smtp_data`;
here are the limits of a session, in time and in patience. Surprising: aiosmtpd asks dir() of
every new session for its commands and then looks at all it finds, four fifths of its cost.
"""

import asyncio
import functools
import logging
import re
from collections.abc import Iterable
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP, syntax
from aiosmtpd.smtp import Envelope as AiosmtpdEnvelope
from aiosmtpd.smtp import Session as AiosmtpdSession

from gateway import maillog
from gateway.errors import (
    IDLE_TOO_LONG,
    SHUTTING_DOWN,
    TOO_LARGE,
    TOO_LONG_A_SESSION,
    TOO_MANY_ERRORS,
    MailError,
    Reply,
)
from gateway.ingest import smtp_login
from gateway.ingest.path import plain_path
from gateway.ingest.smtp_data import MAX_LINE_OCTETS, receive
from gateway.ingest.smtp_entrance import Entrance, peer_of
from gateway.ingest.smtp_hooks import refuse
from gateway.ingest.smtp_patience import MAX_COMMAND_OCTETS, CommandSizes, Patience
from gateway.ingest.smtp_replies import with_status
from gateway.message import Source

EXTENSIONS = ("8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP")

_ODD_SIZE = re.compile(r"> .*SIZE=[^ ]*[^\x00-\x7f]", re.IGNORECASE | re.DOTALL)

# It logs each command, and unknown ones in a stranger's own bytes. What matters is logged here.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class SmtpSession(SMTP):
    """aiosmtpd's session with its gaps closed; each override says which."""

    session: AiosmtpdSession  # there from connection_made on
    envelope: AiosmtpdEnvelope
    source = Source.SMTP
    _greets_as = "ESMTP"
    line_length_limit = MAX_LINE_OCTETS  # aiosmtpd: 1001, then 500 for the whole mail
    command_size_limit = MAX_COMMAND_OCTETS
    command_size_limits = CommandSizes()

    def __init__(self, entrance: Entrance, peer: str | None = None, secure: bool = False) -> None:
        """`peer` is whom a PROXY header named; `secure`: TLS is on already."""
        settings, way = entrance.settings, entrance.way
        super().__init__(
            entrance.hooks,
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=entrance.hostname,
            ident=f"{self._greets_as} ticket-gateway",
            tls_context=entrance.tls_context() if way.tls in ("offered", "required") else None,
            require_starttls=way.tls == "required",
            auth_required=way.login == "required",
            timeout=settings.timeout_seconds,
            loop=asyncio.get_running_loop(),
        )
        self.entrance = entrance
        self.peer = peer or ""
        self.user = ""  # who has logged in
        self.login_failures = 0
        self._named_by_proxy = peer is not None
        self._hooks = entrance.hooks
        self._floor = entrance.hooks.floor
        self._settings = settings
        self._secure = secure
        self._in_data = False
        self._patience = Patience(settings.max_errors, settings.max_recipients)
        self._last_call: asyncio.TimerHandle | None = None

    def __dir__(self) -> Iterable[str]:
        """The commands. aiosmtpd asks this of each new session, and nothing else does."""
        return self._commands()

    @classmethod
    @functools.cache
    def _commands(cls) -> list[str]:
        return [name for name in dir(cls) if name.startswith("smtp_")]

    @property
    def is_secure(self) -> bool:
        """Whether this is said within TLS, its handshake done."""
        return self._secure or bool(self.session and self.session.ssl)

    @property
    def may_log_in(self) -> bool:
        """A password is taken within TLS alone."""
        return self.entrance.login is not None and self.is_secure

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again by aiosmtpd when STARTTLS is done, as RFC 3207 section 4.2 has it."""
        if self._original_transport is None:
            if not self._named_by_proxy:
                self.peer = peer_of(transport.get_extra_info("peername"))
            self._floor.entered(self, self.peer)
            self._last_call = asyncio.get_running_loop().call_later(
                self._settings.max_session_seconds, self._over
            )
        super().connection_made(transport)

    async def _handle_client(self) -> None:
        """aiosmtpd forgets our side where a client closes its own during the greeting."""
        try:
            await super()._handle_client()
        finally:
            self._writer.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._last_call:
            self._last_call.cancel()
        self._floor.left(self, self.peer)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """aiosmtpd's timer covers all of DATA: a large mail over a slow line was cut off."""
        if self._in_data:
            self._reset_timeout()
        super().data_received(data)

    def _timeout_cb(self) -> None:
        self.say_goodbye(IDLE_TOO_LONG)  # aiosmtpd says nothing; RFC 5321 section 3.8 wants a 421

    def _over(self) -> None:
        """aiosmtpd has no limit for all of a session: a byte now and then kept it for ever."""
        self.say_goodbye(TOO_LONG_A_SESSION)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """A path and what follows it; (None, None) is a 553. The library's own reading is a third
        of all that a mail costs it, and trips over `<`: plain addresses do not go there."""
        plain = plain_path(arg)
        if plain:
            return plain
        try:
            address, rest = super()._getaddr(arg)
        except Exception:  # a header parser fed by strangers; whatever it raises means the same
            return None, None
        return address, rest

    async def push(self, status: AnyStr) -> None:
        """Give each reply its RFC 3463 status."""
        told = status if isinstance(status, str) else status.decode()
        if told.startswith("552 Error"):
            told = str(TOO_LARGE)
            maillog.refused(mail_from="", rcpt="", reply=told, cause=f"announced by {self.peer}")
        await self._say(with_status(told))

    @syntax("HELP [command]")
    async def smtp_HELP(self, arg: str) -> None:
        """aiosmtpd tells all its commands, which costs it more than any of them."""
        await self.push("214 2.0.0 See RFC 5321")

    async def _say(self, reply: str) -> None:
        """Slow a session of nothing but errors or idle words, and end it; aiosmtpd does neither."""
        # before, not after: what follows the 220 to STARTTLS is TLS. And never without a pause:
        # aiosmtpd works off all that a client has sent ahead while everybody else waits.
        if (pause := self._patience.told(reply)) is not None:
            await asyncio.sleep(pause)
        if self._patience.is_flood(len(self.envelope.rcpt_tos)):
            await self._floor.flood_turn()
        await super().push(reply.encode("utf-8", "replace"))
        if self._patience.is_over and not self._writer.is_closing():
            cause = f"peer {self.peer}"
            maillog.refused(mail_from="", rcpt="", reply=str(TOO_MANY_ERRORS), cause=cause)
            self.say_goodbye(TOO_MANY_ERRORS)

    @syntax("HELO hostname")
    async def smtp_HELO(self, hostname: str) -> None:
        """RFC 2034 section 4: the answer to HELO and EHLO has no status."""
        if await self._is_name(hostname, "HELO"):
            self.session.extended_smtp = False
            await self._say(f"250 {self.hostname}")

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:
        """One write for all lines. aiosmtpd offers AUTH to everybody, PIPELINING to nobody."""
        await self._welcome(hostname, "EHLO")

    async def _welcome(self, hostname: str, command: str) -> None:
        if await self._is_name(hostname, command):
            self.session.extended_smtp = True
            offers = [self.hostname, f"SIZE {self.data_size_limit}"]
            if self.tls_context and not self.is_secure:
                offers.append("STARTTLS")
            if self.may_log_in:
                offers.append("AUTH PLAIN LOGIN")
            offers += EXTENSIONS
            lines = [f"250-{offer}" for offer in offers[:-1]]
            await self._say("\r\n".join([*lines, f"250 {offers[-1]}"]))

    async def ask(self, challenge: str) -> bytes:
        """The client's answer to a 334, without its line end."""
        await self._say(challenge)
        try:
            return (await self._reader.readuntil(b"\n")).strip()
        except asyncio.LimitOverrunError as more:
            await self._reader.readexactly(more.consumed)
            return b"x" * MAX_LINE_OCTETS

    async def _is_name(self, hostname: str, command: str) -> bool:
        """Take the client's name and begin anew; RFC 5321 section 4.1.4."""
        if not hostname:
            await self.push(f"501 5.5.4 Syntax: {command} hostname")
            return False
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session.host_name = hostname
        return True

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        """aiosmtpd takes every digit of Unicode for one that int() reads."""
        if arg and _ODD_SIZE.search(arg):
            await self.push("501 5.5.4 Syntax: SIZE=<octets>")
        else:
            await super().smtp_MAIL(arg)

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:
        """aiosmtpd would begin TLS within TLS."""
        if self.is_secure:
            await self.push("503 5.5.1 TLS is on already")
        else:
            await super().smtp_STARTTLS(arg)

    @syntax("AUTH <mechanism>", when="may_log_in")
    async def smtp_AUTH(self, arg: str) -> None:
        """aiosmtpd would check the password in the loop, where it stops every session."""
        if not await self.check_helo_needed("EHLO"):
            await smtp_login.log_in(self, arg or "")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """aiosmtpd reads line by line; here the mail is read in chunks, within bounds."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
        elif arg:
            await self.push("501 5.5.4 Syntax: DATA")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self._in_data = True
            try:
                reply = await self._taken()
                self._patience.mail_came()
                await self._answer(reply)
            finally:
                self._in_data = False
                self._set_post_data_state()  # type: ignore[no-untyped-call]
                if self._floor.draining:
                    self.say_goodbye(SHUTTING_DOWN)

    async def _taken(self) -> str:
        """The answer to a mail. Raises CancelledError when the client hangs up within it."""
        with self._floor.holding() as held:
            try:
                self.envelope.original_content = await receive(
                    self._reader, self._settings.max_message_bytes, held.is_room
                )
                return await self._hooks.handle_DATA(self, self.session, self.envelope)
            except MailError as error:
                return refuse(self._hooks.envelope_of(self, self.envelope), error)
            except (ConnectionError, EOFError):
                raise
            except Exception as error:
                return await self._hooks.handle_exception(error)

    async def _answer(self, reply: str) -> None:
        await self.push(reply)

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

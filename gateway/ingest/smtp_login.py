"""AUTH PLAIN and LOGIN: who hands in this mail. RFC 4954, and only within TLS.

A login names the user in the envelope and opens nothing: mail is taken for our own addresses
alone. Guessing is slowed twice: a session has three tries, and a network twenty in ten
minutes. Surprising: a password is checked in a thread, for 50 ms in the loop stop everybody.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass, field

from gateway import maillog
from gateway.desk.smtp_users_file import SmtpUsers
from gateway.desk.watched import Watched
from gateway.errors import TOO_MANY_ERRORS, PermanentError, Reply, TemporaryError
from gateway.ingest.smtp_floor import Guest, network_of
from gateway.ingest.smtp_patience import MAX_ANSWER_OCTETS

MAX_TRIES = 3  # of one session
MAX_TRIES_OF_NETWORK = 20
FORGET_SECONDS = 600.0
MAX_NETWORKS = 10_000  # remembered at a time
CHECKS_AT_ONCE = 2

LOGGED_IN = "235 2.7.0 Welcome"
NO_LOGIN = Reply(502, "5.5.1", "There is no login here")
NO_TLS_NO_LOGIN = Reply(538, "5.7.11", "Log in within TLS")
NOT_NOW = Reply(503, "5.5.1", "Log in once, and before MAIL")
UNKNOWN_MECHANISM = Reply(504, "5.5.4", "Mechanisms are PLAIN and LOGIN")
WRONG_LOGIN = Reply(535, "5.7.8", "User name or password is wrong")
NO_BASE64 = Reply(501, "5.5.2", "That is no base64, or not what was asked for")
LOGIN_CANCELLED = Reply(501, "5.7.0", "Cancelled")
TOO_MANY_LOGINS = Reply(454, "4.7.0", "Too many wrong logins from your network, try later")


@dataclass(slots=True)
class Login:
    """Checks passwords, and remembers for a while who got them wrong."""

    users: Watched[SmtpUsers]
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHECKS_AT_ONCE))
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)

    async def check(self, peer: str, name: str, password: str) -> bool:
        """Whether this is a user's password. Raises TemporaryError (454) to who guesses."""
        network, now = network_of(peer), asyncio.get_running_loop().time()
        tries, until = self._wrong.get(network, (0, 0.0))
        if tries >= MAX_TRIES_OF_NETWORK and now < until:
            raise TemporaryError(f"{tries} wrong logins from {network}", TOO_MANY_LOGINS)
        # counted beforehand: many at a time are not let through for none having failed yet
        self._wrong[network] = (tries + 1 if now < until else 1, now + FORGET_SECONDS)
        async with self._slots:
            right = await asyncio.to_thread(self.users.value.is_right, name, password)
        if right:
            self._wrong.pop(network, None)
        while len(self._wrong) > MAX_NETWORKS:
            self._wrong.pop(next(iter(self._wrong)))
        return right


async def log_in(session: Guest, arg: str) -> None:
    """The whole of AUTH: ask what is to be asked, check, answer."""
    mechanism, _, initial = arg.partition(" ")
    name = ""
    try:
        login = _allowed(session)
        name, password = await _credentials(session, mechanism.upper(), initial.strip())
        if not await login.check(session.peer, name, password):
            raise PermanentError("wrong user name or password", WRONG_LOGIN)
    except (PermanentError, TemporaryError) as error:
        maillog.login_refused(
            peer=session.peer, user=name, reply=str(error.reply), cause=str(error)
        )
        await session.push(str(error.reply))
        session.login_failures += 1
        if session.login_failures >= MAX_TRIES:
            session.say_goodbye(TOO_MANY_ERRORS)
        return
    session.session.authenticated = True
    session.user = name
    await session.push(LOGGED_IN)


def _allowed(session: Guest) -> Login:
    login: Login | None = session.entrance.login
    if login is None or not session.session.extended_smtp:
        raise PermanentError("no login on this listener", NO_LOGIN)
    if not session.is_secure:
        raise PermanentError("a password outside of TLS", NO_TLS_NO_LOGIN)
    if session.session.authenticated or session.envelope.mail_from:
        raise PermanentError("logged in already, or within a mail", NOT_NOW)
    return login


async def _credentials(session: Guest, mechanism: str, initial: str) -> tuple[str, str]:
    """User name and password. RFC 4616 for PLAIN; LOGIN is in no RFC and in every client."""
    if mechanism == "PLAIN":
        answer = _decoded(initial) if initial else await _asked(session, "")
        acting_as, _, rest = answer.partition("\0")
        name, separator, password = rest.partition("\0")
        if not separator or "\0" in password or acting_as not in ("", name):
            raise PermanentError("AUTH PLAIN of another form", NO_BASE64)
        return name, password
    if mechanism == "LOGIN":
        name = _decoded(initial) if initial else await _asked(session, "Username:")
        return name, await _asked(session, "Password:")
    raise PermanentError("AUTH with another mechanism", UNKNOWN_MECHANISM)


async def _asked(session: Guest, prompt: str) -> str:
    line = await session.ask(f"334 {base64.b64encode(prompt.encode()).decode()}")
    if line == b"*":
        raise PermanentError("the client cancelled", LOGIN_CANCELLED)
    if len(line) > MAX_ANSWER_OCTETS:
        raise PermanentError("an endless answer", NO_BASE64)
    return _decoded(line.decode("ascii", "replace"))


def _decoded(text: str) -> str:
    """What stands in base64; "=" alone is the empty answer (RFC 4954 section 4)."""
    try:
        return base64.b64decode("" if text == "=" else text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise PermanentError("no base64 of UTF-8", NO_BASE64) from None

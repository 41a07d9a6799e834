"""One conversation with the mail server that takes our mail, and what its answer means.

2yz is sent, 4yz is "later", 5yz is "never"; the caller keeps the clock for "later".
Never retries a mail by itself, because after a lost connection nobody knows whether
it was taken. Surprising: a 5yz at connect, EHLO, STARTTLS or login is temporary. It
says nothing about the mail; it is a fault of the desk's settings, which an admin mends.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import tenacity

from gateway.config import settings as configured
from gateway.errors import GatewayError, PermanentError, TemporaryError
from gateway.outbound.deadline import deadline
from gateway.outbound.maildir import Maildir

MAILS_PER_CONNECTION = 100  # some servers count; a new connection costs little
CONNECT_TRIES = 3
QUIT_SECONDS = 5.0
MAX_TIMEOUTS = 3  # as long as a whole mail may take; below the lease of its row

StartTls = Literal["require", "if-offered", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail to one recipient, as the outbox keeps it. `mail_from` "" is the null sender."""

    mail_from: str
    rcpt_to: str
    content: bytes  # CRLF line ends, signed and final: sent as it is


class Sender(Protocol):
    """A way out. Used by one worker at a time."""

    def send(self, mail: Outgoing) -> str:
        """The server's answer. Raises TemporaryError or PermanentError, whose text it is."""

    def close(self) -> None: ...


def sender_for(settings: configured.Outgoing, folder: Path, password: str | None) -> Sender:
    """The way out that the settings name; a Maildir's path is relative to `folder`."""
    scheme, _, rest = settings.to.partition(":")
    if scheme == "maildir":
        return MaildirSender(folder / rest)
    host, _, port = rest.removeprefix("//").rpartition(":")
    return SmtpSender(
        host.strip("[]"),
        int(port),
        implicit_tls=scheme == "smtps",
        starttls=settings.starttls,
        username=settings.username,
        password=password,
        timeout_seconds=settings.timeout_seconds,
    )


class MaildirSender:
    """Leaves mail in a folder, for trying out: it is read with `mutt -f`."""

    def __init__(self, path: Path) -> None:
        self._maildir = Maildir(path)

    def send(self, mail: Outgoing) -> str:
        name = self._maildir.deliver(mail.mail_from, mail.rcpt_to, mail.content)
        return f"250 2.0.0 kept as {name}"

    def close(self) -> None:
        """Nothing is open between mails."""


class SmtpSender:
    """A smarthost. The connection is kept between mails, and renewed when it is gone.

    `tls_context` replaces the system's certificate authorities, for tests.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        implicit_tls: bool = False,
        starttls: StartTls = "if-offered",
        username: str = "",
        password: str | None = None,
        timeout_seconds: float = 60.0,
        helo: str | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        if username and password is None:
            raise GatewayError(
                f'outgoing.username is "{username}", but there is no password; name a file in '
                "outgoing.password_file or set TICKET_GATEWAY_OUTGOING_PASSWORD"
            )
        self._host = host
        self._port = port
        self._implicit_tls = implicit_tls
        # a password never goes in clear, whatever the setting says
        self._starttls: StartTls = "require" if username else starttls
        self._username = username
        self._password = password or ""
        self._timeout_seconds = timeout_seconds
        self._helo = helo
        self._tls_context = tls_context or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None
        self._mails_left = 0

    def send(self, mail: Outgoing) -> str:
        """The server's answer. Raises TemporaryError or PermanentError, whose text it is.

        After a TemporaryError the mail may have been taken all the same (the answer
        was lost), so it is sent again with the same bytes and Message-ID.
        """
        _check_address(mail.mail_from)
        _check_address(mail.rcpt_to)
        connection = self._ready()
        options = _mail_options(connection, mail)
        self._mails_left -= 1
        step = "MAIL"
        try:
            with deadline(MAX_TIMEOUTS * self._timeout_seconds, lambda: connection.sock):
                self._expect(connection.mail(mail.mail_from, options))
                step = "RCPT"
                self._expect(connection.rcpt(mail.rcpt_to))
                step = "DATA"
                return self._expect(connection.data(mail.content))
        except smtplib.SMTPDataError as error:  # no 354: the mail was not even sent
            raise self._refusal(_answer_in(error)) from error
        except OSError as error:  # smtplib's own errors are of this type, too
            self._drop()
            raise TemporaryError(f"connection lost at {step}: {_reason(error)}") from error

    def _expect(self, answer: tuple[int, bytes]) -> str:
        """The text of a 2yz answer; for any other raises what the answer means."""
        if 200 <= answer[0] < 300:
            return _text(answer)
        raise self._refusal(answer)

    def _refusal(self, answer: tuple[int, bytes]) -> TemporaryError | PermanentError:
        """A mail is given up on a server's clear word only; all else is temporary."""
        if 500 <= answer[0] < 600:
            return PermanentError(_text(answer))
        if not 400 <= answer[0] < 500:
            self._drop()  # it makes no sense: server and client are out of step
        return TemporaryError(_text(answer))

    def close(self) -> None:
        """Say QUIT, and do not wait long for the answer."""
        if self._connection is not None and self._connection.sock is not None:
            self._connection.sock.settimeout(QUIT_SECONDS)
            with contextlib.suppress(OSError):
                self._connection.quit()
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _ready(self) -> smtplib.SMTP:
        """A connection at its start: the one we have, if it still answers, or a new one."""
        if self._connection is not None and self._mails_left > 0:
            with contextlib.suppress(OSError):
                # also ends what a refused mail left open; RFC 5321 section 4.1.1.5
                if self._connection.rset()[0] == 250:
                    return self._connection
        self.close()
        self._connection = self._connected()
        self._mails_left = MAILS_PER_CONNECTION
        return self._connection

    def _connected(self) -> smtplib.SMTP:
        """Connect, trying a few times within seconds. Raises TemporaryError naming the step.

        Only what a network does by itself is tried again: a server that said no, or a
        certificate that is wrong, says the same a second later, and a login that is
        repeated locks the account.
        """
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Unreachable),
            stop=tenacity.stop_after_attempt(CONNECT_TRIES)
            | tenacity.stop_after_delay(self._timeout_seconds),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=2.0),
            reraise=True,
        )
        return tries(self._connect_once)

    def _connect_once(self) -> smtplib.SMTP:
        with _our_fault("connect", lost=_Unreachable):
            connection = self._opened()
        try:
            with _our_fault("EHLO"):
                connection.ehlo_or_helo_if_needed()
            with _our_fault("STARTTLS"):
                self._encrypt(connection)
            with _our_fault("AUTH"):
                if self._username:
                    connection.login(self._username, self._password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened(self) -> smtplib.SMTP:
        if self._implicit_tls:
            return smtplib.SMTP_SSL(
                self._host,
                self._port,
                local_hostname=self._helo,
                timeout=self._timeout_seconds,
                context=self._tls_context,
            )
        return smtplib.SMTP(
            self._host, self._port, local_hostname=self._helo, timeout=self._timeout_seconds
        )

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        if self._implicit_tls or self._starttls == "never":
            return
        if connection.has_extn("starttls"):
            connection.starttls(context=self._tls_context)
            connection.ehlo_or_helo_if_needed()  # RFC 3207 section 4.2: forget what was said before
        elif self._starttls == "require":
            why = "a password is never sent in clear" if self._username else "outgoing.starttls"
            raise smtplib.SMTPNotSupportedError(f"not offered by the server, but required ({why})")


class _Unreachable(TemporaryError):
    """The network's doing: worth another try at once."""


@contextlib.contextmanager
def _our_fault(step: str, lost: type[TemporaryError] = TemporaryError) -> Iterator[None]:
    """Turn what fails before the first mail into TemporaryError with the name of the step."""
    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        raise lost(f"{step}: {_reason(error)}") from error
    except (smtplib.SMTPException, ssl.SSLError) as error:
        raise TemporaryError(f"{step}: {_reason(error)}") from error
    except OSError as error:
        raise lost(f"{step}: {_reason(error)}") from error
    except UnicodeEncodeError:  # smtplib knows ASCII logins only; the error quotes the password
        raise TemporaryError(f"{step}: user name or password is not ASCII") from None


def _mail_options(connection: smtplib.SMTP, mail: Outgoing) -> list[str]:
    """Parameters of MAIL FROM. Raises PermanentError when the server lacks one we need."""
    options = [f"SIZE={len(mail.content)}"] if connection.has_extn("size") else []
    if mail.mail_from.isascii() and mail.rcpt_to.isascii() and mail.content.isascii():
        return options
    if not connection.has_extn("smtputf8"):
        raise PermanentError(
            f"the mail to {mail.rcpt_to} has an address outside ASCII, and the server does not "
            "take those (SMTPUTF8, RFC 6531)"
        )
    return [
        *options,
        "SMTPUTF8",
        "BODY=8BITMIME",
    ]  # RFC 6531 section 3.1: the one implies the other


def _check_address(address: str) -> None:
    """smtplib sends what it can make of an address, which need not be the address we mean."""
    if not address.isprintable() or smtplib.quoteaddr(address) != f"<{address}>":
        raise PermanentError(f"not an address: {address!a}")


def _text(answer: tuple[int, bytes]) -> str:
    r"""The answer on one line, fit for a log.

    >>> _text((450, b"4.2.0 Greylisted,\n4.2.0 see http://x.example"))
    '450 4.2.0 Greylisted, 4.2.0 see http://x.example'
    """
    code, text = answer
    words = text.decode("utf-8", "replace").split()
    return "".join(each for each in " ".join([str(code), *words]) if each.isprintable())


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _text(_answer_in(error))
    return str(error) or type(error).__name__


def _answer_in(error: smtplib.SMTPResponseException) -> tuple[int, bytes]:
    text = error.smtp_error
    return error.smtp_code, text.encode() if isinstance(text, str) else text

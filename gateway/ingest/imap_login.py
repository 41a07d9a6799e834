"""The way into an IMAP account: connect, encrypt, log in.

No secret is sent before the connection is encrypted, or known to stay on this machine.
Surprising: a login that is refused may be no refusal at all. imapclient makes the same
error of a connection that breaks meanwhile and of a server that says "try later".
"""

import imaplib
import ssl

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from gateway.config.imap import Imap, is_loopback
from gateway.ingest.imap_trouble import NOT_NOW, TOKEN, Lost, Refused, Secret

CONNECT_SECONDS = 20.0


def connected(settings: Imap) -> IMAPClient:
    """Connected, and greeted. Raises Lost, or Refused for a certificate."""
    port = settings.port or (993 if settings.security == "tls" else 143)
    timeout = min(CONNECT_SECONDS, settings.timeout_seconds)
    try:
        client = IMAPClient(
            settings.host,
            port,
            ssl=settings.security == "tls",
            ssl_context=_context(settings) if settings.security == "tls" else None,
            timeout=SocketTimeout(connect=timeout, read=settings.timeout_seconds),
        )
    except ssl.SSLCertVerificationError as error:
        raise _bad_certificate(settings, error) from error
    except (OSError, IMAPClientError, ValueError) as error:
        raise Lost(f"{settings.host}:{port}: {type(error).__name__}: {error}") from error
    client.normalise_times = False
    return client


def _context(settings: Imap) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        problem = f"{settings.ca_file} cannot be used: {error}"
        raise Refused("ca_file", problem, "write certificates in PEM form into it") from None


def _bad_certificate(settings: Imap, error: ssl.SSLCertVerificationError) -> Refused:
    problem = f"the certificate of {settings.host} is not accepted: {error.verify_message}"
    return Refused("host", problem, "correct the name, or name who vouches for it in ca_file")


def secure(client: IMAPClient, settings: Imap) -> None:
    """Encrypt, or make sure that nobody listens. Raises Refused: no login goes in clear."""
    if settings.security == "starttls":
        try:
            client.starttls(_context(settings))
        except CapabilityError:
            problem = f"{settings.host} offers no STARTTLS, or somebody between takes it away"
            raise Refused("security", problem, 'ask who runs it; it may take "tls"') from None
        except ssl.SSLCertVerificationError as error:
            raise _bad_certificate(settings, error) from error
    elif settings.security == "none-on-localhost":
        peer = client.socket().getpeername()[0]
        if not is_loopback(str(peer).partition("%")[0]):
            problem = f"{settings.host} is {peer}, not this machine"
            raise Refused("security", problem, 'write "tls" or "starttls"')


def log_in(client: IMAPClient, settings: Imap, secret: Secret) -> None:
    try:
        if secret.token and not client.has_capability("AUTH=XOAUTH2"):
            client.oauthbearer_login(settings.username, secret.token)  # RFC 7628
        elif secret.token:
            client.oauth2_login(settings.username, secret.token)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(settings.username, secret.password)  # RFC 4616: any letters
        else:
            client.login(settings.username, secret.password)
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort) or NOT_NOW.search(str(error)):
            raise Lost(f"login: {error}") from error
        problem = f"{settings.host} does not let {settings.username} in: {error}"
        key = TOKEN if secret.token else "password_file"
        raise Refused(key, problem, "correct user name or secret, then restart") from error
    except UnicodeError:
        problem = f"{settings.host} takes no password with such letters"
        raise Refused("password_file", problem, "choose one of ASCII letters") from None
